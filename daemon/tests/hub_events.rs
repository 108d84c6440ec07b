//! News: event streams and long polls.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use heph_protocol::hub::{Head, Ops, Verdict};
use reqwest::Method;

use crate::support::hub::{Answer, Spoke, TestHub, hex, id, set};

/// An open event stream.
struct Events {
    response: std::pin::Pin<Box<dyn futures_util::Stream<Item = reqwest::Result<Vec<u8>>>>>,
    buffer: String,
}

impl Events {
    async fn open(spoke: &Spoke) -> Self {
        let response = spoke.request(Method::GET, "/v1/events").send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        let chunks = response.bytes_stream().map(|chunk| chunk.map(|bytes| bytes.to_vec()));
        Self { response: Box::pin(chunks), buffer: String::new() }
    }

    /// The next event's name and data, `None` at the end.
    async fn next(&mut self) -> Option<(String, String)> {
        loop {
            if let Some((event, rest)) = self.buffer.split_once("\n\n") {
                let field = |name: &str| {
                    let line = event.lines().find_map(|line| line.strip_prefix(name));
                    line.unwrap_or_default().trim().to_owned()
                };
                let event = (field("event:"), field("data:"));
                self.buffer = rest.to_owned();
                return Some(event);
            }
            let next = tokio::time::timeout(Duration::from_secs(15), self.response.next()).await;
            match next.expect("no event came") {
                Some(Ok(chunk)) => self.buffer.push_str(&String::from_utf8(chunk).unwrap()),
                Some(Err(_)) | None => return None,
            }
        }
    }

    async fn head(&mut self) -> u64 {
        let (name, data) = self.next().await.unwrap();
        assert_eq!(name, "head");
        serde_json::from_str::<Head>(&data).unwrap().head
    }
}

#[tokio::test]
async fn a_stream_tells_the_head_at_once_and_when_it_moves() {
    let folder = tempfile::tempdir().unwrap();
    let hub = TestHub::start(folder.path());
    let (laptop, phone, stranger) =
        (hub.spoke("ann", 1).await, hub.spoke("ann", 2).await, hub.spoke("ben", 3).await);
    let mut events = Events::open(&phone).await;
    assert_eq!(events.head().await, 0);
    stranger.push((1..=9).map(set).collect()).await;
    laptop.push(vec![set(1)]).await;
    assert_eq!(events.head().await, 1);
    laptop.push(vec![set(1)]).await;
    laptop.push(vec![set(2), set(3)]).await;
    assert_eq!(events.head().await, 3);
}

#[tokio::test]
async fn a_stream_ends_when_its_device_is_locked_out() {
    let folder = tempfile::tempdir().unwrap();
    let hub = TestHub::start(folder.path());
    let (laptop, phone) = (hub.spoke("ann", 1).await, hub.spoke("ann", 2).await);
    let (mut mine, mut theirs) = (Events::open(&laptop).await, Events::open(&phone).await);
    assert_eq!((mine.head().await, theirs.head().await), (0, 0));
    let delete = laptop.request(Method::DELETE, &format!("/v1/devices/{}", hex(id(2))));
    assert_eq!(Answer::of(delete).await.status, 204);
    assert_eq!(theirs.next().await.unwrap().0, "revoked");
    assert_eq!(theirs.next().await, None);
    assert_eq!(laptop.push(vec![set(1)]).await, [Verdict::Ok(1)]);
    assert_eq!(mine.head().await, 1);
}

#[tokio::test]
async fn a_stream_ends_with_its_token_and_with_the_hub() {
    let folder = tempfile::tempdir().unwrap();
    let hub = TestHub::start(folder.path());
    let short = hub.spoke("ann/short", 1).await;
    let mut events = Events::open(&short).await;
    events.head().await;
    assert_eq!(events.next().await, None);
    let spoke = hub.spoke("ann", 2).await;
    let mut events = Events::open(&spoke).await;
    events.head().await;
    let start = Instant::now();
    let waiting = tokio::spawn(async move { spoke.get("/v1/ops?after=0&wait=25").await });
    let stopping = tokio::task::spawn_blocking(move || hub.stop());
    assert_eq!(events.next().await, None);
    // Whether the poll began before the hub stopped is open; it has not been waited out in any case.
    let _ = waiting.await;
    stopping.await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_device_has_four_streams_and_places_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let hub = TestHub::start(folder.path());
    let (laptop, phone) = (hub.spoke("ann", 1).await, hub.spoke("ann", 2).await);
    let mut streams = Vec::new();
    for _ in 0..4 {
        let mut events = Events::open(&laptop).await;
        events.head().await;
        streams.push(events);
    }
    let fifth = laptop.get("/v1/events").await;
    assert_eq!(fifth.refusal(), (429, "streams".to_owned()));
    assert!(fifth.headers.contains_key("retry-after"));
    let mut other = Events::open(&phone).await;
    other.head().await;
    drop(streams);
    let start = Instant::now();
    loop {
        let response = laptop.request(Method::GET, "/v1/events").send().await.unwrap();
        if response.status() == 200 {
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "no place came back");
        // What is written tells the hub that nobody reads.
        phone.push(vec![set(start.elapsed().as_nanos() as u64)]).await;
    }
}

#[tokio::test]
async fn a_long_poll_is_answered_by_the_next_push() {
    let folder = tempfile::tempdir().unwrap();
    let hub = TestHub::start(folder.path());
    let (laptop, phone) = (hub.spoke("ann", 1).await, hub.spoke("ann", 2).await);
    let start = Instant::now();
    let polling = {
        let phone = phone.clone();
        tokio::spawn(async move { phone.get("/v1/ops?after=0&wait=25").await.value::<Ops>() })
    };
    laptop.push(vec![set(1)]).await;
    let ops = polling.await.unwrap();
    assert_eq!((ops.ops.len(), ops.head, ops.more), (1, 1, false));
    assert!(start.elapsed() < Duration::from_secs(20));
    let nothing: Ops = phone.get("/v1/ops?after=1&wait=0.05").await.value();
    assert_eq!((nothing.ops.len(), nothing.head, nothing.more), (0, 1, false));
    let at_once: Ops = phone.get("/v1/ops?after=7&wait=1000000000").await.value();
    assert_eq!((at_once.ops.len(), at_once.head), (0, 1));
    // Of another stream, nothing comes before the time is up.
    let other: Ops = phone.get(&format!("/v1/ops?after=0&wait=0.05&stream={}", hex(id(9)))).await.value();
    assert_eq!((other.ops.len(), other.head, other.more), (0, 1, false));
}
