//! The messages the Store actor answers, and the handle by which all others reach it.
//!
//! The handle knows recipients, not the actor, so that a test can answer in its place. It flattens mailbox errors:
//! nobody else sees a mailbox.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use heph_protocol::event::{Changed, Reminder};
use heph_protocol::types::NodeRef;
use heph_protocol::{ErrorCode, Kind, Request, WireError};
use jiff::tz::TimeZone;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};
use tokio::time::timeout;
use tracing::{Instrument as _, Span};

use crate::domain::change::Kind as OperationKind;
use crate::domain::date::Now;
use crate::domain::id::{DeviceId, MutationId, NodeId, OpId, StoreId};
use crate::domain::page::BlobHash;
use crate::domain::sync::Arrived;
use crate::domain::sync::hub::Offered;
use crate::store::{SyncCounts, SyncState};

/// The most store requests that wait or run at once; the next one is `busy`. actix mailboxes bound nothing.
pub const MAX_STORE_REQUESTS: usize = 1024;

/// How long a read or a mutation may take before its caller is told that something is wrong.
const CALL_DEADLINE: Duration = Duration::from_secs(60);

/// The same for bulk work, which checks and copies whole stores.
const BULK_DEADLINE: Duration = Duration::from_secs(3600);

/// Who asks, and from where.
#[derive(Debug, Clone)]
pub struct CallContext {
    /// Id of the request in the log, unique in this process.
    pub request_id: u64,
    /// Zone in which the user lives now.
    pub zone: TimeZone,
    /// The mutation's id, for those that change the store.
    pub mutation_id: Option<MutationId>,
    /// Name of the client.
    pub client: String,
}

/// Carries out a client's request; answers the encoded result map.
#[derive(Debug, Message)]
#[rtype(result = "Result<Vec<u8>, WireError>")]
pub struct Call {
    /// The request.
    pub request: Request,
    /// Who asks.
    pub context: CallContext,
    /// Admission slot: travels with the request to the writer and is freed with its answer.
    pub permit: OwnedSemaphorePermit,
    /// Names the request in the log; work on it is done inside.
    pub span: Span,
}

/// Tells which nodes changed after a revision.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "Changed")]
pub struct ChangedSince(pub u64);

/// Work for sync and the scheduler, which the writer does between changes.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub enum SyncJob {
    /// Takes the reminders that fire at a now, so that nobody gets them again.
    TakeReminders(Box<Now>, Reply<TakenReminders>),
    /// Tells how the store stands to its hub.
    State(Reply<Option<SyncState>>),
    /// Joins an account, or another epoch of it.
    Join(Joined, Reply<()>),
    /// Folds in what came.
    Fold(Vec<Arrived>, Reply<Folded>),
    /// Tells how things stand, with what waits and what is wrong.
    Report(Reply<SyncReport>),
    /// Compares nodes of an account with those of the store.
    Compare(Vec<NodeId>, Reply<Compared>),
    /// Tells whether the store has all of these operations.
    Knows(Vec<OpId>, Reply<bool>),
    /// Tells the files that nodes have, of all or of those that were changed after a revision, and the revision.
    Files(Option<u64>, Reply<Files>),
    /// Makes the next push.
    Offer(Offers, Reply<Vec<Offered>>),
    /// Notes what the hub said of a push.
    Told(Vec<Told>, Reply<()>),
    /// Notes how far the hub's clock is ahead, in milliseconds.
    Clock(i64, Reply<()>),
    /// Notes that both have the same.
    Agreed(Reply<()>),
    /// Tries again what the hub refused; answers how much that was.
    Retry(Reply<u64>),
    /// Gives up what the hub refused; answers how much that was.
    Discard(Reply<u64>),
    /// Keeps a value for this machine alone, or forgets it.
    KeepHere(&'static str, Option<String>, Reply<()>),
    /// Hides values that lost.
    Dismiss(Vec<(NodeId, Box<str>, OpId)>, Reply<()>),
}

/// Reminders that fire, and when there are more.
#[derive(Debug, Clone, Default)]
pub struct TakenReminders {
    /// Those that fire, oldest first.
    pub fired: Vec<Reminder>,
    /// The next instant, Unix milliseconds.
    pub next: Option<i64>,
}

/// Where the answer of a [`SyncJob`] goes.
pub type Reply<T> = oneshot::Sender<Result<T, WireError>>;

/// The files that nodes have.
#[derive(Debug, Clone, Default)]
pub struct Files {
    /// The revision of which this is told, at least.
    pub revision: u64,
    /// Hashes with sizes.
    pub files: Vec<(BlobHash, u64)>,
}

/// How a store stands to its hub.
#[derive(Debug, Clone, Default)]
pub struct SyncReport {
    /// The account, and how far it is read.
    pub state: Option<SyncState>,
    /// How much there is.
    pub counts: SyncCounts,
    /// Values that were overwritten unseen and that somebody would miss.
    pub conflicts: u64,
    /// What the hub refuses, and why.
    pub parked: Vec<(NodeRef, String)>,
    /// Some of the changes of others that could not be taken in, and why.
    pub unfit: Vec<(NodeRef, String)>,
}

/// What a store and an account have in common.
#[derive(Debug, Clone, Default)]
pub struct Compared {
    /// Nodes of the store.
    pub here: u64,
    /// Some of those that both have.
    pub both: Vec<NodeRef>,
    /// How many both have.
    pub both_count: u64,
}

/// The account that a store joins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// Issuer of the login.
    pub issuer: String,
    /// Subject of the login.
    pub subject: String,
    /// The account's epoch.
    pub epoch: u64,
    /// The device id that the hub knows now.
    pub device: DeviceId,
}

/// What became of operations that came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Folded {
    /// How far the log is read now.
    pub cursor: u64,
    /// The kind of the operation that only a later version understands.
    pub upgrade: Option<OperationKind>,
    /// How many could not be folded in.
    pub unfit: usize,
    /// Whether it stopped before an operation of this device that came without its body.
    pub lacks_body: bool,
}

/// How much a push may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offers {
    /// Operations.
    pub operations: usize,
    /// Bytes of their bodies.
    pub bytes: usize,
}

/// What the hub said of an operation, where there is something to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// The page has a newer text.
    Stale {
        /// The page.
        node: NodeId,
    },
    /// It is refused.
    Refused {
        /// The operation.
        op: OpId,
        /// Its node.
        node: NodeId,
        /// The hub's code.
        reason: String,
    },
}

/// Asks for the figures of `daemon.status`.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "StoreFacts")]
pub struct DescribeStore;

/// The store, in figures.
#[derive(Debug, Clone, PartialEq, Eq, MessageResponse)]
pub struct StoreFacts {
    /// The store's id.
    pub store_id: StoreId,
    /// This installation's device id.
    pub device: DeviceId,
    /// The database file.
    pub db: PathBuf,
    /// The newest revision.
    pub revision: u64,
    /// Open tasks.
    pub open_tasks: u64,
    /// All nodes.
    pub nodes: u64,
    /// Changes that wait for the writer.
    pub queued_writes: u32,
    /// Bytes of the database and its write-ahead log.
    pub db_bytes: u64,
}

/// Finishes what was taken, closes, and stops the actor.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct Shutdown {
    /// How long it may take.
    pub deadline: Duration,
}

/// Where the messages of the store go: the Store actor, or a probe in its place.
#[derive(Clone)]
pub struct StoreRecipients {
    /// Takes [`Call`].
    pub call: Recipient<Call>,
    /// Takes [`ChangedSince`].
    pub changed: Recipient<ChangedSince>,
    /// Takes [`DescribeStore`].
    pub describe: Recipient<DescribeStore>,
    /// Takes [`SyncJob`].
    pub sync: Recipient<SyncJob>,
    /// Takes [`Shutdown`].
    pub shutdown: Recipient<Shutdown>,
}

/// The async face of the store. Clones share the admission slots.
#[derive(Clone)]
pub struct StoreHandle {
    to: StoreRecipients,
    revision: watch::Receiver<u64>,
    reminders: watch::Receiver<u64>,
    ready: watch::Receiver<bool>,
    permits: Arc<Semaphore>,
}

impl StoreHandle {
    /// Makes the handle of a store that tells its newest revision, when its reminders change, and whether it takes
    /// writes.
    pub fn new(
        to: StoreRecipients,
        revision: watch::Receiver<u64>,
        reminders: watch::Receiver<u64>,
        ready: watch::Receiver<bool>,
    ) -> Self {
        Self { to, revision, reminders, ready, permits: Arc::new(Semaphore::new(MAX_STORE_REQUESTS)) }
    }

    /// Carries out a request and answers the encoded result map.
    ///
    /// # Errors
    /// What the store answers; `busy` when too much waits already; `internal` when the store is gone or silent, in
    /// which case the outcome is unknown.
    pub async fn call(&self, request: Request, context: CallContext) -> Result<Vec<u8>, WireError> {
        let permit = Arc::clone(&self.permits).try_acquire_owned().map_err(|_| busy())?;
        let span = tracing::info_span!("request", request_id = context.request_id, method = request.name());
        let deadline = match request.kind() {
            Kind::Read | Kind::Mutation => CALL_DEADLINE,
            Kind::Bulk => BULK_DEADLINE,
        };
        let sent = self.to.call.send(Call { request, context, permit, span: span.clone() });
        async {
            match timeout(deadline, sent).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(error)) => Err(gone(error)),
                Err(_) => Err(silent(deadline)),
            }
        }
        .instrument(span)
        .await
    }

    /// Tells which nodes changed after a revision.
    ///
    /// # Errors
    /// `internal` when the store is gone or silent.
    pub async fn changed_since(&self, revision: u64) -> Result<Changed, WireError> {
        flatten(timeout(CALL_DEADLINE, self.to.changed.send(ChangedSince(revision))).await)
    }

    /// Tells the store's identity and figures.
    ///
    /// # Errors
    /// `internal` when the store is gone or silent.
    pub async fn describe(&self) -> Result<StoreFacts, WireError> {
        flatten(timeout(CALL_DEADLINE, self.to.describe.send(DescribeStore)).await)
    }

    /// Has the writer do something for sync; `job` makes the message of where its answer goes.
    ///
    /// # Errors
    /// What the store answers; `internal` when it is gone or silent.
    pub async fn sync<T>(&self, job: impl FnOnce(Reply<T>) -> SyncJob) -> Result<T, WireError> {
        let (reply, answer) = oneshot::channel();
        flatten(timeout(CALL_DEADLINE, self.to.sync.send(job(reply))).await)?;
        match timeout(BULK_DEADLINE, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(gone(MailboxError::Closed)),
            Err(_) => Err(silent(BULK_DEADLINE)),
        }
    }

    /// Lets the store finish what it took and close; `false` when it did not within the deadline.
    pub async fn shutdown(&self, deadline: Duration) -> bool {
        matches!(timeout(deadline, self.to.shutdown.send(Shutdown { deadline })).await, Ok(Ok(())))
    }

    /// The newest revision, as news.
    pub fn revision(&self) -> watch::Receiver<u64> {
        self.revision.clone()
    }

    /// News whenever the reminders of open tasks may be others. The number itself means nothing.
    pub fn reminders(&self) -> watch::Receiver<u64> {
        self.reminders.clone()
    }

    /// Waits until the store takes writes; `false` when it is gone before that.
    pub async fn until_ready(&self) -> bool {
        self.ready.clone().wait_for(|is_ready| *is_ready).await.is_ok()
    }

    /// Whether the store takes writes now.
    pub fn is_ready(&self) -> bool {
        *self.ready.borrow()
    }
}

fn flatten<T>(sent: Result<Result<T, MailboxError>, tokio::time::error::Elapsed>) -> Result<T, WireError> {
    match sent {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(gone(error)),
        Err(_) => Err(silent(CALL_DEADLINE)),
    }
}

fn busy() -> WireError {
    WireError::new(ErrorCode::Busy, "too many requests wait for the store").hint("try again in a moment")
}

fn gone(error: MailboxError) -> WireError {
    tracing::error!(%error, "the store does not take messages");
    WireError::new(ErrorCode::Internal, "the store is closed").hint("see the log; heph doctor names it")
}

fn silent(deadline: Duration) -> WireError {
    tracing::error!(seconds = deadline.as_secs(), "the store did not answer in time");
    WireError::new(ErrorCode::Internal, format!("the store did not answer within {} s", deadline.as_secs()))
        .hint("see the log; heph doctor names it")
}
