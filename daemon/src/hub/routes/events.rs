//! `GET /v1/events`: server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::stream;
use heph_protocol::hub::Head as WireHead;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::hub::caller::{Asking, asking, check_device};
use crate::hub::presence::StreamPlace;
use crate::hub::refusal::Refusal;
use crate::hub::state::Hub;
use crate::store::hub::Head;

/// How often the head is told though it is as it was.
const REPEAT: Duration = Duration::from_secs(30);

/// How often a comment tells that the connection lives.
const COMMENT: Duration = Duration::from_secs(20);

/// The longest a stream without an end of its own lives; its client opens another.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// Opens an event stream.
pub(super) async fn events(request: HttpRequest, hub: web::Data<Hub>) -> Result<HttpResponse, Refusal> {
    let asking = asking(&hub, &request).await?;
    let place = hub.presences.open_stream(asking.account, asking.device)?;
    let news = hub.store.watch(asking.account).await?;
    // Locked out before it was watched, it would not be told.
    check_device(&hub, &asking).await?;
    let stream = EventStream::new(hub, asking, news, place);
    let events = stream::unfold(stream, async |mut stream| {
        let event = stream.next().await?;
        Some((Ok::<_, Infallible>(event), stream))
    });
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(Box::pin(events)))
}

/// An open stream.
struct EventStream {
    hub: web::Data<Hub>,
    asking: Asking,
    news: watch::Receiver<Head>,
    told: Option<Head>,
    ends: Instant,
    repeat: Instant,
    comment: Instant,
    is_over: bool,
    _place: StreamPlace,
}

/// What happens next on a stream.
enum Next {
    News,
    Repeat,
    Comment,
    End,
}

impl EventStream {
    fn new(hub: web::Data<Hub>, asking: Asking, news: watch::Receiver<Head>, place: StreamPlace) -> Self {
        let now = Instant::now();
        let left = asking.login.expires_ms.map(|expires| expires.saturating_sub(hub.now_ms()));
        let left = left.map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or_default()));
        Self {
            hub,
            asking,
            news,
            told: None,
            ends: now + left.unwrap_or(LONGEST).min(LONGEST),
            repeat: now + REPEAT,
            comment: now + COMMENT,
            is_over: false,
            _place: place,
        }
    }

    /// The next event, `None` at the end.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if self.is_over {
                return None;
            }
            match self.wait().await {
                Next::End => return None,
                Next::Comment => {
                    self.comment = Instant::now() + COMMENT;
                    return Some(Bytes::from_static(b": still here\n\n"));
                }
                Next::Repeat => return Some(self.head()),
                Next::News => {
                    if let Some(event) = self.news().await {
                        return Some(event);
                    }
                }
            }
        }
    }

    async fn wait(&mut self) -> Next {
        if self.told.is_none() {
            return Next::Repeat;
        }
        tokio::select! {
            biased;
            () = self.hub.closing.cancelled() => Next::End,
            () = sleep_until(self.ends) => Next::End,
            changed = self.news.changed() => if changed.is_ok() { Next::News } else { Next::End },
            () = sleep_until(self.repeat) => Next::Repeat,
            () = sleep_until(self.comment) => Next::Comment,
        }
    }

    /// Tells what changed, if it concerns this device.
    async fn news(&mut self) -> Option<Bytes> {
        let (news, told) = (*self.news.borrow_and_update(), self.told.unwrap_or_default());
        let is_locked_out =
            news.revocations != told.revocations && check_device(&self.hub, &self.asking).await.is_err();
        if is_locked_out {
            self.is_over = true;
            return Some(Bytes::from_static(b"event: revoked\ndata: {}\n\n"));
        }
        let is_as_told = (news.epoch, news.head) == (told.epoch, told.head);
        if is_as_told {
            self.told = Some(news);
            return None;
        }
        Some(self.head())
    }

    /// Tells the newest head.
    fn head(&mut self) -> Bytes {
        let news = *self.news.borrow_and_update();
        // Who was locked out meanwhile is still to be looked at.
        let revocations = self.told.map_or(news.revocations, |told| told.revocations);
        if revocations != news.revocations {
            self.news.mark_changed();
        }
        self.told = Some(Head { revocations, ..news });
        self.repeat = Instant::now() + REPEAT;
        let head = WireHead { epoch: news.epoch, head: news.head };
        let data = serde_json::json!({ "epoch": head.epoch, "head": head.head });
        Bytes::from(format!("event: head\ndata: {data}\n\n"))
    }
}
