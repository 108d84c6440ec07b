//! A probe in the store's place: it answers what a test can tell apart, and can be made to wait.
//!
//! `task.why` answers with the request's own words: the reference as the title, the zone and the client as a gate.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix::prelude::*;
use heph_protocol::envelope::to_map;
use heph_protocol::event::Changed;
use heph_protocol::types::{GateReason, NodeRef, Task};
use heph_protocol::{ErrorCode, Request, WireError, response};
use hephd::actors::lifecycle::{FatalOnPanic, StopHandle};
use hephd::actors::store::StoreOptions;
use hephd::actors::store_handle::{
    Call, CallContext, ChangedSince, DescribeStore, Shutdown, StoreFacts, StoreHandle, StoreRecipients,
    SyncJob,
};
use hephd::config::Config;
use hephd::domain::id::{DeviceId, StoreId};
use hephd::environment::Environment;
use hephd::system::{Daemon, StartError};
use tokio::sync::watch;

/// What the test and the probe share.
pub(crate) struct Probe {
    /// While `true`, calls and questions for changes wait.
    hold: watch::Sender<bool>,
    revision: watch::Sender<u64>,
    /// Calls that were begun, and that were answered.
    pub(crate) begun: AtomicUsize,
    pub(crate) answered: AtomicUsize,
    /// How many calls had been answered when the store was told to close.
    pub(crate) answered_at_close: AtomicUsize,
    pub(crate) opened: AtomicUsize,
}

/// A daemon on a folder of its own with a probe for a store.
pub(crate) struct Served {
    pub(crate) daemon: Daemon,
    pub(crate) probe: Arc<Probe>,
    pub(crate) folder: tempfile::TempDir,
}

impl Served {
    pub(crate) fn start() -> Self {
        Self::start_with(|_| {})
    }

    pub(crate) fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::in_folder(folder.path());
        change(&mut config);
        let probe = Probe::new();
        let daemon = Daemon::start_with(config, Environment::system(), probe.opener()).unwrap();
        Self { daemon, probe, folder }
    }
}

impl Probe {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            hold: watch::Sender::new(false),
            revision: watch::Sender::new(7),
            begun: AtomicUsize::new(0),
            answered: AtomicUsize::new(0),
            answered_at_close: AtomicUsize::new(usize::MAX),
            opened: AtomicUsize::new(0),
        })
    }

    /// Opens the probe as the daemon opens a store.
    pub(crate) fn opener(
        self: &Arc<Self>,
    ) -> impl AsyncFn(StoreOptions) -> Result<StoreHandle, StartError> + Send + 'static {
        let probe = Arc::clone(self);
        async move |options| {
            probe.opened.fetch_add(1, Ordering::SeqCst);
            Ok(ProbeStore::handle(Arc::clone(&probe), options.db, options.stop))
        }
    }

    /// Makes calls wait, or lets them go on.
    pub(crate) fn hold(&self, hold: bool) {
        self.hold.send_replace(hold);
    }

    /// Makes a new revision.
    pub(crate) fn commit(&self, revision: u64) {
        self.revision.send_replace(revision);
    }

    pub(crate) fn begun(&self) -> usize {
        self.begun.load(Ordering::SeqCst)
    }

    pub(crate) fn answered(&self) -> usize {
        self.answered.load(Ordering::SeqCst)
    }

    async fn released(&self) {
        self.hold.subscribe().wait_for(|hold| !hold).await.unwrap();
    }
}

struct ProbeStore {
    probe: Arc<Probe>,
    db: PathBuf,
    _fatal: FatalOnPanic,
}

impl ProbeStore {
    fn handle(probe: Arc<Probe>, db: PathBuf, stop: StopHandle) -> StoreHandle {
        let revision = probe.revision.subscribe();
        let (_, reminders) = watch::channel(0);
        let (_, ready) = watch::channel(true);
        let store = Self { probe, db, _fatal: FatalOnPanic::new("probe", stop) }.start();
        let to = StoreRecipients {
            call: store.clone().recipient(),
            changed: store.clone().recipient(),
            describe: store.clone().recipient(),
            sync: store.clone().recipient(),
            shutdown: store.recipient(),
        };
        StoreHandle::new(to, revision, reminders, ready)
    }
}

impl Actor for ProbeStore {
    type Context = Context<Self>;
}

impl Handler<SyncJob> for ProbeStore {
    type Result = ();

    fn handle(&mut self, _: SyncJob, _: &mut Context<Self>) {}
}

impl Handler<Call> for ProbeStore {
    type Result = ResponseFuture<Result<Vec<u8>, WireError>>;

    fn handle(&mut self, Call { request, context, permit, .. }: Call, _: &mut Context<Self>) -> Self::Result {
        let probe = Arc::clone(&self.probe);
        probe.begun.fetch_add(1, Ordering::SeqCst);
        assert!(
            !matches!(&request, Request::TaskWhy(why) if why.reference == "panic"),
            "as the test wants it"
        );
        Box::pin(async move {
            probe.released().await;
            probe.answered.fetch_add(1, Ordering::SeqCst);
            drop(permit);
            answer(request, &context)
        })
    }
}

/// Answers with what the daemon handed on.
fn answer(request: Request, context: &CallContext) -> Result<Vec<u8>, WireError> {
    match request {
        Request::TaskWhy(why) if why.reference == "fault" => {
            Err(WireError::new(ErrorCode::Internal, "the probe is at fault"))
        }
        Request::TaskWhy(why) => {
            let title = if why.reference == "large" { "x".repeat(1 << 20) } else { why.reference };
            let task = Task { title, ..Task::default() };
            let gate = vec![GateReason {
                name: context.zone.iana_name().unwrap_or_default().to_owned(),
                detail: context.client.clone(),
            }];
            Ok(to_map(&response::TaskWhy { task, gate, ..response::TaskWhy::default() }))
        }
        Request::NodeDelete(_) => {
            let id = context.mutation_id.map(|id| id.to_string()).unwrap_or_default();
            let nodes = vec![NodeRef { id, ..NodeRef::default() }];
            Ok(to_map(&response::NodesChanged { nodes, ..response::NodesChanged::default() }))
        }
        other => Err(WireError::new(ErrorCode::Unsupported, format!("the probe knows no {}", other.name()))),
    }
}

impl Handler<ChangedSince> for ProbeStore {
    type Result = ResponseFuture<Changed>;

    fn handle(&mut self, ChangedSince(since): ChangedSince, _: &mut Context<Self>) -> Self::Result {
        let probe = Arc::clone(&self.probe);
        probe.begun.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            probe.released().await;
            let newest = *probe.revision.borrow();
            let nodes = (since + 1..=newest).map(|revision| format!("n{revision}")).collect();
            Changed { revision: newest.to_string(), nodes, many: false }
        })
    }
}

impl Handler<DescribeStore> for ProbeStore {
    type Result = StoreFacts;

    fn handle(&mut self, _: DescribeStore, _: &mut Context<Self>) -> StoreFacts {
        StoreFacts {
            store_id: StoreId::from_bytes([1; 16]),
            device: DeviceId::from_bytes([2; 16]),
            db: self.db.clone(),
            revision: *self.probe.revision.borrow(),
            open_tasks: 3,
            nodes: 5,
            queued_writes: 1,
            db_bytes: 4096,
        }
    }
}

impl Handler<Shutdown> for ProbeStore {
    type Result = ();

    fn handle(&mut self, _: Shutdown, ctx: &mut Context<Self>) {
        self.probe.answered_at_close.store(self.probe.answered(), Ordering::SeqCst);
        ctx.stop();
    }
}
