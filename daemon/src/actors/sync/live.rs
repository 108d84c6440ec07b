//! Hears the hub's news: as a stream of events, else by requests that wait, else not at all.

use std::time::Duration;

use heph_protocol::hub::Head;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use super::standing::Live;
use crate::sync::events::{Events, News};
use crate::sync::hub::{HttpHub, HubError};
use crate::sync::own::OwnHub;
use crate::sync::way::Way;

/// How long the first news of a stream may take: something on the way holds events back then.
const FIRST_NEWS: Duration = Duration::from_secs(10);

/// How long requests that wait are used before a stream is tried again.
const POLLING: Duration = Duration::from_secs(600);

/// How long a request waits for something.
const POLL: Duration = Duration::from_secs(25);

/// A stream that ends sooner, with news or without, is not opened again at once.
const SHORTEST: Duration = Duration::from_secs(5);

/// Between two tries with a token that the hub does not take; with another token another listens.
const REFUSED: Duration = Duration::from_secs(60);

/// Between two tries.
const PAUSE: Duration = Duration::from_secs(5);

/// What was heard.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) live: Live,
    pub(super) head: u64,
    /// Epoch of the account, 0 before it is known.
    pub(super) epoch: u64,
    pub(super) is_revoked: bool,
}

/// Listens with a token until dropped, or until the hub locks this device out.
pub(super) async fn listen(hub: Way, bearer: String, cursor: u64, heard: watch::Sender<Heard>) {
    let hub = match hub {
        Way::Http(hub) => hub,
        Way::Own(hub) => return listen_here(&hub, &heard).await,
    };
    let mut without_stream = None;
    loop {
        let is_polling = without_stream.is_some_and(|since: Instant| since.elapsed() < POLLING);
        let began = Instant::now();
        let ended = match is_polling {
            true => poll(&hub, &bearer, cursor, &heard).await,
            false => stream(&hub, &bearer, &heard).await,
        };
        let pause = match ended {
            Ended::Revoked => return,
            Ended::Never => {
                without_stream = Some(began);
                continue;
            }
            Ended::Well if began.elapsed() >= SHORTEST || is_polling => continue,
            Ended::Well | Ended::Away => PAUSE,
            Ended::Refused => REFUSED,
        };
        heard.send_if_modified(|heard| set(&mut heard.live, Live::Timer));
        sleep(pause).await;
    }
}

/// Listens to the hub of this daemon.
async fn listen_here(hub: &OwnHub, heard: &watch::Sender<Heard>) {
    let Ok(mut news) = hub.watch().await else { return };
    loop {
        let news_of = *news.borrow_and_update();
        tell(heard, Live::Events, news_of.epoch, news_of.head);
        if news.changed().await.is_err() {
            return;
        }
    }
}

enum Ended {
    Revoked,
    /// No news came: there is no stream to be had.
    Never,
    /// It went well until then.
    Well,
    /// The hub cannot be asked.
    Away,
    /// The hub does not take the token.
    Refused,
}

async fn stream(hub: &HttpHub, bearer: &str, heard: &watch::Sender<Heard>) -> Ended {
    let mut events = match timeout(FIRST_NEWS, hub.events(bearer)).await {
        Ok(Ok(response)) => Events::new(response),
        Ok(Err(HubError::Refused(_) | HubError::NotOurs(_))) | Err(_) => return Ended::Never,
        Ok(Err(HubError::Revoked)) => return revoked(heard),
        Ok(Err(HubError::Unauthorized(_))) => return Ended::Refused,
        Ok(Err(_)) => return Ended::Away,
    };
    let mut first = true;
    loop {
        let next =
            if first { timeout(FIRST_NEWS, events.next()).await.ok().flatten() } else { events.next().await };
        match next {
            Some(News::Head(Head { epoch, head })) => {
                first = false;
                tell(heard, Live::Events, epoch, head);
            }
            Some(News::Revoked) => return revoked(heard),
            None if first => return Ended::Never,
            None => return Ended::Well,
        }
    }
}

async fn poll(hub: &HttpHub, bearer: &str, cursor: u64, heard: &watch::Sender<Heard>) -> Ended {
    let (after, began) = (heard.borrow().head.max(cursor), Instant::now());
    match hub.ops(bearer, after, POLL, true).await {
        Ok(page) => {
            tell(heard, Live::Poll, page.epoch, page.head);
            // What does not wait though there is nothing is not asked without a pause.
            if page.head > after || began.elapsed() >= SHORTEST { Ended::Well } else { Ended::Away }
        }
        Err(HubError::Revoked) => revoked(heard),
        Err(HubError::Unauthorized(_)) => Ended::Refused,
        Err(_) => Ended::Away,
    }
}

fn tell(heard: &watch::Sender<Heard>, live: Live, epoch: u64, head: u64) {
    heard.send_if_modified(|heard| {
        let news = set(&mut heard.live, live);
        let news = set(&mut heard.epoch, epoch) || news;
        set(&mut heard.head, head) || news
    });
}

fn revoked(heard: &watch::Sender<Heard>) -> Ended {
    heard.send_if_modified(|heard| set(&mut heard.is_revoked, true));
    Ended::Revoked
}

fn set<T: PartialEq>(place: &mut T, value: T) -> bool {
    let is_news = *place != value;
    *place = value;
    is_news
}
