//! Sends a session its `changed` events: one waits at most, newer ones merge into it.

use std::sync::Arc;

use heph_protocol::Event;
use tokio::sync::{Semaphore, watch};

use super::writer::Outbox;
use crate::actors::store_handle::StoreHandle;

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
