//! News of a hub, as server-sent events.

use std::future::ready;
use std::pin::Pin;
use std::time::Duration;

use eventsource_stream::Eventsource as _;
use futures_util::{Stream, StreamExt as _};
use heph_protocol::hub::Head;
use reqwest::Response;
use tokio::time::{Instant, sleep_until, timeout};

/// The longest silence; a hub says something every 20 s.
const SILENCE: Duration = Duration::from_secs(45);

/// The most bytes of one event; those of a hub have a hundred.
const MAX_EVENT: usize = 64 << 10;

/// Least time between two heads that are told; the newest of those in between is told then.
const PAUSE: Duration = Duration::from_millis(20);

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
    /// Ends at the first event that is none of a hub.
    stream: Pin<Box<dyn Stream<Item = Option<News>>>>,
    /// The newest head that is not told yet.
    head: Option<Head>,
    /// When the next head may be told.
    not_before: Instant,
    is_over: bool,
}

impl Events {
    /// Reads the body of a reply as events.
    pub fn new(response: Response) -> Self {
        Self::of(response.bytes_stream())
    }

    fn of<B: AsRef<[u8]> + 'static, E: 'static>(chunks: impl Stream<Item = Result<B, E>> + 'static) -> Self {
        let mut gauge = Gauge::default();
        let chunks = chunks
            .take_while(move |chunk| ready(chunk.as_ref().is_ok_and(|chunk| gauge.takes(chunk.as_ref()))));
        let news = chunks.eventsource().map(|event| match event {
            Ok(event) if event.event == "revoked" => Some(News::Revoked),
            Ok(event) if event.event == "head" => read_head(&event.data),
            Ok(_) | Err(_) => None,
        });
        Self { stream: Box::pin(news), head: None, not_before: Instant::now(), is_over: false }
    }

    /// The next news; `None` when the stream has ended, was cut off, or says nothing for too long.
    pub async fn next(&mut self) -> Option<News> {
        while !self.is_over {
            tokio::select! {
                biased;
                () = sleep_until(self.not_before), if self.head.is_some() => break,
                news = timeout(SILENCE, self.stream.next()) => match news.ok().flatten().flatten() {
                    Some(News::Head(head)) => self.head = Some(head),
                    Some(News::Revoked) => return Some(News::Revoked),
                    None => self.is_over = true,
                },
            }
        }
        self.not_before = Instant::now() + PAUSE;
        self.head.take().map(News::Head)
    }
}

fn read_head(data: &str) -> Option<News> {
    serde_json::from_str(data).ok().map(News::Head)
}

/// Counts the bytes of an event, which ends with an empty line.
#[derive(Debug, Default)]
struct Gauge {
    bytes: usize,
    line: usize,
    last: u8,
}

impl Gauge {
    /// Whether the event is still as short as one may be after these bytes.
    fn takes(&mut self, chunk: &[u8]) -> bool {
        for &byte in chunk {
            match (self.last, byte) {
                // One line end in two bytes.
                (b'\r', b'\n') => {}
                (_, b'\r' | b'\n') if self.line == 0 => self.bytes = 0,
                (_, b'\r' | b'\n') => self.line = 0,
                _ => self.line += 1,
            }
            self.last = byte;
            self.bytes += 1;
            if self.bytes > MAX_EVENT {
                return false;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    fn head(head: u64) -> String {
        format!("event: head\ndata: {{\"epoch\": 1, \"head\": {head}}}\n\n")
    }

    fn events(chunks: Vec<String>) -> Events {
        Events::of(stream::iter(chunks.into_iter().map(Ok::<_, std::io::Error>)).chain(stream::pending()))
    }

    async fn next_head(events: &mut Events) -> Option<u64> {
        match events.next().await {
            Some(News::Head(head)) => Some(head.head),
            _ => None,
        }
    }

    #[tokio::test]
    async fn an_event_without_an_end_ends_the_stream() {
        for endless in [": still here\n", "data: more\r\n", "no line end "] {
            let chunks = (0..).map(move |_| Ok::<_, std::io::Error>(endless.to_owned()));
            assert_eq!(Events::of(stream::iter(chunks)).next().await, None, "{endless:?}");
        }
        for (short, line_end) in [(": still here", "\n"), ("data: more", "\r\n")] {
            let event = format!("{short}{line_end}{line_end}");
            let mut gauge = Gauge::default();
            assert!((0..MAX_EVENT).all(|_| gauge.takes(event.as_bytes())), "each is an event of its own");
        }
    }

    #[tokio::test]
    async fn many_heads_are_told_seldom_and_the_last_always() {
        let mut events = events((1..=1_000).map(head).collect());
        let began = Instant::now();
        let mut told = 0;
        loop {
            let head = next_head(&mut events).await.unwrap();
            told += 1;
            if head == 1_000 {
                break;
            }
        }
        assert!(told <= 1 + began.elapsed().as_millis() / PAUSE.as_millis(), "{told}");
    }

    #[tokio::test]
    async fn a_stream_that_ends_still_tells_its_last_head() {
        let mut events = Events::of(stream::iter([head(1), head(2)].map(Ok::<_, std::io::Error>)));
        assert_eq!(next_head(&mut events).await, Some(2));
        assert_eq!(events.next().await, None);
        let locked_out = head(1) + "event: revoked\ndata: {}\n\n";
        let mut events = Events::of(stream::iter([Ok::<_, std::io::Error>(locked_out)]));
        while let Some(news) = events.next().await {
            if news == News::Revoked {
                return;
            }
        }
        panic!("it was not told");
    }
}
