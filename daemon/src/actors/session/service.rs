//! What all sessions of one daemon share.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use heph_protocol::types::Setting;
use heph_protocol::{response, version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::actors::lifecycle::{StopHandle, StopReason};
use crate::actors::metrics::Metrics;
use crate::actors::scheduler::SchedulerHandle;
use crate::actors::store_handle::{StoreFacts, StoreHandle};
use crate::actors::sync::SyncHandle;
use crate::actors::updater::UpdaterHandle;
use crate::config::Deadlines;
use crate::store::hub::HubStore;

/// The most connections at once.
pub const MAX_SESSIONS: usize = 256;

/// The most frames over 1 MiB that are read and worked on at once, over all sessions.
const MAX_LARGE_FRAMES: usize = 4;

/// What the daemon tells of itself.
#[derive(Debug, Clone)]
pub struct About {
    /// `local` or `server`.
    pub mode: String,
    /// Path of the socket.
    pub socket: PathBuf,
    /// Path of the log file, if there is one.
    pub log: Option<PathBuf>,
    /// Settings in force.
    pub settings: Vec<Setting>,
    /// How long sessions wait.
    pub deadlines: Deadlines,
    /// Whether this version has still to be confirmed: it takes no writes then.
    pub is_on_trial: bool,
}

/// The actors beside the store that clients reach.
#[derive(Clone, Default)]
pub struct Helpers {
    /// Sync, where there is a hub.
    pub sync: Option<SyncHandle>,
    /// Reminders, where there is a personal store.
    pub scheduler: Option<SchedulerHandle>,
    /// The hub's store, in server mode.
    pub hub: Option<HubStore>,
    /// Updates, unless this version is on trial.
    pub updater: Option<UpdaterHandle>,
}

/// What all sessions of one daemon share.
pub struct Service {
    /// The store.
    pub store: StoreHandle,
    /// The actors beside it.
    pub(super) helpers: Helpers,
    /// Times of the methods.
    pub metrics: Metrics,
    pub(super) deadlines: Deadlines,
    /// Places for large frames.
    pub(super) large_frames: Arc<Semaphore>,
    /// Tells the sessions to end.
    pub(super) closing: CancellationToken,
    about: About,
    identity: StoreFacts,
    stop: StopHandle,
    places: Arc<Semaphore>,
    requests: AtomicU64,
    started: Instant,
}

impl Service {
    /// Makes the service of a store whose first description is `identity`.
    pub fn new(
        store: StoreHandle,
        helpers: Helpers,
        identity: StoreFacts,
        about: About,
        stop: StopHandle,
    ) -> Self {
        Self {
            store,
            helpers,
            metrics: Metrics::default(),
            deadlines: about.deadlines,
            large_frames: Arc::new(Semaphore::new(MAX_LARGE_FRAMES)),
            closing: CancellationToken::new(),
            about,
            identity,
            stop,
            places: Arc::new(Semaphore::new(MAX_SESSIONS)),
            requests: AtomicU64::new(1),
            started: Instant::now(),
        }
    }

    /// Takes a place for a connection, if one is free.
    pub fn admit(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    /// Tells all sessions to end, and waits until they have.
    pub async fn close(&self) {
        self.closing.cancel();
        // Every session holds a place until it is gone.
        let _ = self.places.acquire_many(MAX_SESSIONS as u32).await;
    }

    /// A new id for a request, unique in this process.
    pub(super) fn next_request_id(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed)
    }

    /// Whether the daemon comes back at once when it stops.
    pub(super) fn is_restarting(&self) -> bool {
        self.stop.reason().is_some_and(StopReason::comes_back)
    }

    /// Whether this version has still to be confirmed.
    pub(super) fn is_on_trial(&self) -> bool {
        self.about.is_on_trial
    }

    /// The answer to `hello`.
    pub(super) fn hello(&self) -> response::Hello {
        response::Hello {
            protocol: version::PROTOCOL,
            server_version: env!("CARGO_PKG_VERSION").to_owned(),
            features: Vec::new(),
            device: self.identity.device.to_string(),
            store_id: self.identity.store_id.to_string(),
            db: self.identity.db.display().to_string(),
            ready: self.store.is_ready() && !self.about.is_on_trial,
        }
    }

    /// The answer to `daemon.status`.
    pub(super) fn status(&self, store: &StoreFacts) -> response::DaemonStatus {
        let sessions = MAX_SESSIONS.saturating_sub(self.places.available_permits());
        response::DaemonStatus {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            mode: self.about.mode.clone(),
            pid: std::process::id(),
            uptime_seconds: self.started.elapsed().as_secs(),
            revision: store.revision.to_string(),
            socket: self.about.socket.display().to_string(),
            db: store.db.display().to_string(),
            db_bytes: store.db_bytes,
            log: self.about.log.as_ref().map(|path| path.display().to_string()),
            sessions: sessions as u32,
            queued_writes: store.queued_writes,
            open_tasks: store.open_tasks,
            nodes: store.nodes,
            methods: self.metrics.snapshot(),
            settings: self.about.settings.clone(),
        }
    }
}
