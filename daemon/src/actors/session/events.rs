//! Sends a session its `changed` events: one waits at most, newer ones merge into it.

use std::sync::Arc;

use heph_protocol::Event;
use heph_protocol::event::Sync;
use tokio::sync::{Semaphore, watch};

use super::writer::Outbox;
use crate::actors::scheduler::Fired;
use crate::actors::store_handle::StoreHandle;
use crate::actors::sync::Standing;

/// Sends events for what changes after revision `told`, the one `news` has seen; ends with the store.
pub(super) async fn run(store: StoreHandle, outbox: Outbox, mut news: watch::Receiver<u64>, mut told: u64) {
    let places = Arc::new(Semaphore::new(1));
    while news.changed().await.is_ok() {
        // Free once the event before is written: till then changes gather in the log, not here.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let newest = *news.borrow_and_update();
        if newest <= told {
            // The event before was made after this news and tells it already.
            continue;
        }
        let Ok(changed) = store.changed_since(told).await else { return };
        told = changed.revision.parse().unwrap_or(newest);
        outbox.event(&Event::Changed(changed), place).await;
    }
}

/// Sends events of what sync is at; ends with it.
pub(super) async fn sync(outbox: Outbox, mut standing: watch::Receiver<Standing>) {
    let places = Arc::new(Semaphore::new(1));
    let mut told = None;
    while standing.changed().await.is_ok() {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let now = standing.borrow_and_update().clone();
        let event = Sync { state: now.state, problem: now.problem };
        // How far the log goes, and the like, is for who asks.
        if told.as_ref() == Some(&event) {
            continue;
        }
        told = Some(event.clone());
        outbox.event(&Event::Sync(event), place).await;
    }
}

/// Sends events of reminders that fire from now on; ends with the scheduler.
pub(super) async fn reminders(outbox: Outbox, mut fired: watch::Receiver<Fired>) {
    let places = Arc::new(Semaphore::new(1));
    let mut told = fired.borrow_and_update().newest();
    while fired.changed().await.is_ok() {
        let news = fired.borrow_and_update().clone();
        for (number, reminder) in news.after(told) {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            outbox.event(&Event::Reminder(reminder.clone()), place).await;
            told = *number;
        }
    }
}
