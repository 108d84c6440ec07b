//! Reminders with a clock, an alarm and a desktop that the test decides.

use std::pin::Pin;
use std::sync::Mutex;

use jiff::SignedDuration;
use tokio::sync::mpsc;

use super::*;
use crate::actors::store::{self, StoreOptions};
use crate::actors::store_handle::CallContext;
use crate::environment::{Clock as _, FixedClock};
use heph_protocol::Request;
use heph_protocol::request::TaskAdd;

/// A desktop that writes down what it shows.
#[derive(Default)]
struct Shown(Mutex<Vec<String>>);

impl Notifier for Shown {
    fn show(&self, notice: &Notice) {
        self.0.lock().unwrap().push(format!("{}|{}", notice.summary, notice.body));
    }
}

/// An alarm that rings when the test says so, and tells what it was set to.
struct Bell {
    rings: Arc<tokio::sync::Notify>,
    set: mpsc::UnboundedSender<Timestamp>,
}

impl Alarm for Bell {
    fn until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + '_>> {
        let _ = self.set.send(at);
        Box::pin(self.rings.notified())
    }
}

struct Bench {
    store: StoreHandle,
    scheduler: SchedulerHandle,
    clock: Arc<FixedClock>,
    shown: Arc<Shown>,
    rings: Arc<tokio::sync::Notify>,
    set: mpsc::UnboundedReceiver<Timestamp>,
    environment: Environment,
    folder: tempfile::TempDir,
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::open(folder, "2026-11-23T09:00:00Z").await
    }

    async fn open(folder: tempfile::TempDir, now: &str) -> Self {
        let clock = Arc::new(FixedClock::new(now.parse().unwrap()));
        let shown = Arc::new(Shown::default());
        let mut environment = Environment::fixed(clock.now(), 7);
        environment.clock = clock.clone();
        environment.notifier = Some(shown.clone());
        let stop = StopHandle::new();
        let db = folder.path().join("heph.db");
        let options =
            StoreOptions { db, attachment_limit: 0, environment: environment.clone(), stop: stop.clone() };
        let store = store::start(options).await.unwrap();
        let rings = Arc::new(tokio::sync::Notify::new());
        let (tell, set) = mpsc::unbounded_channel();
        let scheduler = start(SchedulerOptions {
            store: store.clone(),
            alarm: Box::new(Bell { rings: rings.clone(), set: tell }),
            zone: || TimeZone::get("Europe/Berlin").unwrap(),
            environment: environment.clone(),
            stop,
        });
        Self { store, scheduler, clock, shown, rings, set, environment, folder }
    }

    async fn add(&self, line: &str) {
        let context = CallContext {
            request_id: 1,
            zone: TimeZone::get("Europe/Berlin").unwrap(),
            mutation_id: None,
            client: String::new(),
        };
        let add = TaskAdd { line: line.into(), ..TaskAdd::default() };
        self.store.call(Request::TaskAdd(add), context).await.unwrap();
    }

    /// The instant the alarm is set to next.
    async fn set_to(&mut self) -> String {
        self.set.recv().await.unwrap().to_string()
    }

    fn shown(&self) -> Vec<String> {
        std::mem::take(&mut *self.shown.0.lock().unwrap())
    }

    /// Moves the clock and rings.
    fn ring_at(&self, now: &str) {
        self.clock.set(now.parse().unwrap());
        self.rings.notify_one();
    }

    async fn close(self) -> tempfile::TempDir {
        assert!(self.scheduler.shutdown(Duration::from_secs(5)).await);
        assert!(self.store.shutdown(Duration::from_secs(5)).await);
        self.folder
    }
}

#[actix::test]
async fn reminders_fire_when_their_time_has_come_and_once() {
    let mut bench = Bench::new().await;
    let mut fired = bench.scheduler.fired();
    bench.add("Call Ada due:2026-11-23T17:00 remind:due-1h remind:due").await;
    // Five in the afternoon in Berlin, less an hour.
    assert_eq!(bench.set_to().await, "2026-11-23T15:00:00Z");
    bench.ring_at("2026-11-23T15:00:01Z");
    assert_eq!(bench.set_to().await, "2026-11-23T16:00:00Z");
    assert_eq!(bench.shown(), ["Call Ada|due Mon 2026-11-23 17:00"]);
    fired.changed().await.unwrap();
    let news = fired.borrow_and_update().clone();
    let heard: Vec<_> = news.after(0).map(|(_, one)| (one.task.title.as_str(), one.at.as_str())).collect();
    assert_eq!(heard, [("Call Ada", "2026-11-23T15:00:00Z")]);
    // It rang too early: nothing happens, and the alarm is set again.
    bench.rings.notify_one();
    assert_eq!(bench.set_to().await, "2026-11-23T16:00:00Z");
    assert_eq!(bench.shown(), Vec::<String>::new());

    // What was missed while the machine slept or the daemon was away comes once, also after a restart.
    let folder = bench.close().await;
    let mut bench = Bench::open(folder, "2026-11-24T08:00:00Z").await;
    bench.add("Later remind:2026-12-24").await;
    assert_eq!(bench.set_to().await, "2026-12-24T08:00:00Z");
    assert_eq!(bench.shown(), ["Call Ada|due Mon 2026-11-23 17:00"]);
    let folder = bench.close().await;
    let mut bench = Bench::open(folder, "2026-11-24T08:01:00Z").await;
    assert_eq!(bench.set_to().await, "2026-12-24T08:00:00Z");
    assert_eq!(bench.shown(), Vec::<String>::new());
    assert!(bench.environment.notifier.is_some());
    bench.close().await;
}

#[actix::test]
async fn many_missed_ones_are_one_notice() {
    let mut bench = Bench::new().await;
    for n in 0..6 {
        bench.add(&format!("task {n} remind:2026-11-24T0{n}:00")).await;
    }
    bench.add("Later remind:2026-12-24").await;
    bench.clock.set("2026-11-26T09:00:00Z".parse().unwrap());
    bench.rings.notify_one();
    while bench.set_to().await != "2026-12-24T08:00:00Z" {}
    assert_eq!(bench.shown(), ["6 reminders|task 0, task 1, task 2, task 3 and 2 more"]);
    // A week later they would have been forgotten.
    bench.add("old remind:2026-11-01").await;
    assert_eq!(bench.set_to().await, "2026-12-24T08:00:00Z");
    assert_eq!(bench.shown(), Vec::<String>::new());
    bench.clock.set(bench.clock.now() + SignedDuration::from_hours(1));
    bench.close().await;
}
