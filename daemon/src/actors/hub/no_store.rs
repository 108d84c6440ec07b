//! What stands in the store's place on a hub: it answers that there is none.

use actix::prelude::*;
use heph_protocol::event::Changed;
use heph_protocol::{ErrorCode, WireError};
use tokio::sync::watch;

use crate::actors::lifecycle::{FatalOnPanic, StopHandle};
use crate::actors::store_handle::{
    Call, ChangedSince, DescribeStore, Shutdown, StoreFacts, StoreHandle, StoreRecipients, SyncJob,
};
use crate::domain::id::{DeviceId, StoreId};
use crate::store::hub::HubStore;

/// Answers in the place of a personal store.
pub struct NoStore {
    hub: HubStore,
    /// Nothing ever changes, but who listens must not think that the store is gone.
    _revision: watch::Sender<u64>,
    _ready: watch::Sender<bool>,
    _fatal: FatalOnPanic,
}

impl NoStore {
    /// Starts to answer.
    pub fn start(hub: HubStore, stop: StopHandle) -> StoreHandle {
        let (revision, newest) = watch::channel(0);
        let (ready, is_ready) = watch::channel(true);
        let fatal = FatalOnPanic::new("no store", stop);
        let address = Actor::start(Self { hub, _revision: revision, _ready: ready, _fatal: fatal });
        let to = StoreRecipients {
            call: address.clone().recipient(),
            changed: address.clone().recipient(),
            describe: address.clone().recipient(),
            sync: address.clone().recipient(),
            shutdown: address.recipient(),
        };
        StoreHandle::new(to, newest.clone(), newest, is_ready)
    }
}

impl Actor for NoStore {
    type Context = Context<Self>;
}

impl Handler<Call> for NoStore {
    type Result = Result<Vec<u8>, WireError>;

    fn handle(&mut self, _: Call, _: &mut Context<Self>) -> Self::Result {
        Err(WireError::new(ErrorCode::Unsupported, "this hub holds no personal store")
            .hint("ask a hephd that runs with --mode local"))
    }
}

impl Handler<SyncJob> for NoStore {
    type Result = ();

    /// There is nothing to sync: whoever asks sees its answer dropped.
    fn handle(&mut self, _: SyncJob, _: &mut Context<Self>) {}
}

impl Handler<ChangedSince> for NoStore {
    type Result = MessageResult<ChangedSince>;

    fn handle(&mut self, _: ChangedSince, _: &mut Context<Self>) -> Self::Result {
        MessageResult(Changed { revision: "0".to_owned(), ..Changed::default() })
    }
}

impl Handler<DescribeStore> for NoStore {
    type Result = ResponseFuture<StoreFacts>; // the watchdog is fed by this answer, so the database is asked first

    fn handle(&mut self, _: DescribeStore, _: &mut Context<Self>) -> Self::Result {
        let hub = self.hub.clone();
        Box::pin(async move {
            if !hub.is_alive().await {
                tracing::error!("the hub's database does not answer");
            }
            facts(&hub)
        })
    }
}

fn facts(hub: &HubStore) -> StoreFacts {
    StoreFacts {
        store_id: StoreId::from_bytes([0; 16]),
        device: DeviceId::from_bytes([0; 16]),
        db: hub.path().to_owned(),
        revision: 0,
        open_tasks: 0,
        nodes: 0,
        queued_writes: u32::try_from(hub.queued()).unwrap_or(u32::MAX),
        db_bytes: hub.bytes(),
    }
}

impl Handler<Shutdown> for NoStore {
    type Result = ();

    fn handle(&mut self, _: Shutdown, ctx: &mut Context<Self>) {
        ctx.stop();
    }
}
