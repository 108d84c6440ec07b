//! News of a hub, as server-sent events.

use std::time::Duration;

use eventsource_stream::Eventsource as _;
use futures_util::{Stream, StreamExt as _};
use heph_protocol::hub::Head;
use reqwest::Response;
use tokio::time::timeout;

/// The longest silence; a hub says something every 20 s.
const SILENCE: Duration = Duration::from_secs(45);

/// What a hub tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// The account's log goes so far.
    Head(Head),
    /// This device was locked out.
    Revoked,
}

/// An open stream of news.
pub struct Events {
    stream: std::pin::Pin<Box<dyn Stream<Item = Option<News>>>>,
}

impl Events {
    /// Reads the body of a reply as events.
    pub fn new(response: Response) -> Self {
        let events = response.bytes_stream().eventsource();
        let news = events.map(|event| match event {
            Ok(event) if event.event == "revoked" => Some(News::Revoked),
            Ok(event) if event.event == "head" => read_head(&event.data),
            Ok(_) | Err(_) => None,
        });
        Self { stream: Box::pin(news) }
    }

    /// The next news; `None` when the stream has ended, was cut off, or says nothing for too long.
    pub async fn next(&mut self) -> Option<News> {
        timeout(SILENCE, self.stream.next()).await.ok()??
    }
}

fn read_head(data: &str) -> Option<News> {
    serde_json::from_str(data).ok().map(News::Head)
}
