//! The Scheduler actor: fires reminders.
//!
//! Transport only: which reminders fire is decided in `domain::task::reminder` and noted by the Store actor, which has
//! them once a device. One task waits for the next instant, for a change of the reminders, or for another zone to live
//! in, whichever comes first: it has no clock that ticks.

mod alarm;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use heph_protocol::event::Reminder;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use self::alarm::{Alarm, SystemAlarm};
use super::lifecycle::{FatalOnPanic, StopHandle};
use super::store_handle::{StoreHandle, SyncJob, TakenReminders};
use crate::desktop::{Notice, Notifier};
use crate::domain::date::Now;
use crate::environment::Environment;

/// How many fired reminders are kept for sessions that are behind.
const RECENT: usize = 64;

/// So many at once are told in one notice.
const ONE_BY_ONE: usize = 4;

/// How long is waited when the store does not answer.
const AGAIN: Duration = Duration::from_secs(60);

/// What the scheduler is started with.
pub struct SchedulerOptions {
    /// The store.
    pub store: StoreHandle,
    /// Waits for an instant.
    pub alarm: Box<dyn Alarm>,
    /// The zone the person lives in.
    pub zone: fn() -> TimeZone,
    /// Time, and who tells the person.
    pub environment: Environment,
    /// Stops the daemon after a fault.
    pub stop: StopHandle,
}

/// Ends the task and stops the actor.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct StopScheduler;

/// The reminders that fired last, as news: each with its number.
#[derive(Debug, Clone, Default)]
pub struct Fired {
    recent: Arc<Vec<(u64, Reminder)>>,
}

impl Fired {
    /// Those behind a number.
    pub fn after(&self, number: u64) -> impl Iterator<Item = &(u64, Reminder)> {
        self.recent.iter().filter(move |(own, _)| *own > number)
    }

    /// The number of the newest.
    pub fn newest(&self) -> u64 {
        self.recent.last().map_or(0, |(number, _)| *number)
    }

    fn with(&self, reminders: &[Reminder]) -> Self {
        let mut recent: Vec<_> = self.recent.to_vec();
        let next = self.newest() + 1;
        recent.extend((next..).zip(reminders.iter().cloned()));
        let skip = recent.len().saturating_sub(RECENT);
        Self { recent: Arc::new(recent.split_off(skip)) }
    }
}

/// The async face of the scheduler.
#[derive(Clone)]
pub struct SchedulerHandle {
    stop: Recipient<StopScheduler>,
    fired: watch::Receiver<Fired>,
}

impl SchedulerHandle {
    /// The reminders that fire, as news.
    pub fn fired(&self) -> watch::Receiver<Fired> {
        self.fired.clone()
    }

    /// Ends the scheduler; `false` when that took too long.
    pub async fn shutdown(&self, deadline: Duration) -> bool {
        matches!(tokio::time::timeout(deadline, self.stop.send(StopScheduler)).await, Ok(Ok(())))
    }
}

struct SchedulerActor {
    ends: CancellationToken,
    _fatal: FatalOnPanic,
}

impl Actor for SchedulerActor {
    type Context = Context<Self>;
}

impl Handler<StopScheduler> for SchedulerActor {
    type Result = ();

    fn handle(&mut self, _: StopScheduler, ctx: &mut Context<Self>) {
        self.ends.cancel();
        ctx.stop();
    }
}

/// Starts to fire reminders.
pub fn start(options: SchedulerOptions) -> SchedulerHandle {
    let (fired_tx, fired) = watch::channel(Fired::default());
    let ends = CancellationToken::new();
    let stop = options.stop.clone();
    let (guard, ended) = (FatalOnPanic::new("scheduler", stop.clone()), ends.clone());
    actix_rt::spawn(async move {
        let _guard = guard;
        tokio::select! {
            () = run(options, fired_tx) => {}
            () = ended.cancelled() => {}
        }
    });
    let address = SchedulerActor { ends, _fatal: FatalOnPanic::new("scheduler", stop) }.start();
    SchedulerHandle { stop: address.recipient(), fired }
}

/// Fires what is due, then waits, until the store is gone.
async fn run(options: SchedulerOptions, fired: watch::Sender<Fired>) {
    let (mut revision, mut reminders) = (options.store.revision(), options.store.reminders());
    if !options.store.until_ready().await {
        return;
    }
    loop {
        reminders.mark_unchanged();
        let zone = (options.zone)();
        let now = Now::new(options.environment.clock.now(), zone.clone());
        let next = match options.store.sync(|reply| SyncJob::TakeReminders(Box::new(now), reply)).await {
            Ok(taken) => {
                let next = taken.next;
                tell(options.environment.notifier.as_ref(), taken, &fired).await;
                next
            }
            Err(error) => {
                tracing::debug!(%error, "reminders are looked for again in a minute");
                tokio::time::sleep(AGAIN).await;
                continue;
            }
        };
        let wait = async {
            match next.and_then(|ms| Timestamp::from_millisecond(ms).ok()) {
                Some(at) => options.alarm.until(at).await,
                None => std::future::pending().await,
            }
        };
        // Who travels works on; the first change in another zone is soon enough.
        let moved = revision.wait_for(|_| (options.zone)() != zone);
        tokio::select! {
            changed = reminders.changed() => if changed.is_err() { return },
            moved = moved => if moved.is_err() { return },
            () = wait => {}
        }
    }
}

/// Tells clients, then the person. A desktop that does not answer holds nobody up but later notices.
async fn tell(notifier: Option<&Arc<dyn Notifier>>, taken: TakenReminders, fired: &watch::Sender<Fired>) {
    if taken.fired.is_empty() {
        return;
    }
    tracing::info!(count = taken.fired.len(), "reminders fired");
    fired.send_modify(|news| *news = news.with(&taken.fired));
    let Some(notifier) = notifier.cloned() else { return };
    let notices = notices(&taken.fired);
    let shown = tokio::task::spawn_blocking(move || notices.iter().for_each(|notice| notifier.show(notice)));
    if tokio::time::timeout(Duration::from_secs(10), shown).await.is_err() {
        tracing::warn!("the desktop does not show notifications in time");
    }
}

/// One notice each; many at once, as after a holiday, in one.
fn notices(fired: &[Reminder]) -> Vec<Notice> {
    if fired.len() <= ONE_BY_ONE {
        let notice = |one: &Reminder| Notice { summary: one.task.title.clone(), body: one.detail.clone() };
        return fired.iter().map(notice).collect();
    }
    let titles: Vec<&str> = fired.iter().take(ONE_BY_ONE).map(|one| one.task.title.as_str()).collect();
    let more = fired.len() - titles.len();
    let summary = format!("{} reminders", fired.len());
    vec![Notice { summary, body: format!("{} and {more} more", titles.join(", ")) }]
}
