//! The async face of the hub's store.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};
use tokio::time::timeout;

use super::control::is_before_lock_out;
use super::error::HubError;
use super::floor::Tended;
use super::news::{Head, News};
use super::plan::Offer;
use super::record::{
    AccountId, AccountRecord, Caller, DeviceRecord, DeviceState, NewSnapshot, OpsPage, PartHash, Pushed,
    SnapshotId, SnapshotRecord,
};
use super::seen::{Seen, Sign};
use super::snapshots::Step;
use super::writer::{HubWriter, Job, QUEUE, Reply};
use super::{open, read, snapshots};
use crate::domain::id::{DeviceId, NodeId, OpId};
use crate::domain::sync::hub::Offered;
use crate::environment::Environment;
use crate::store::{Database, StoreError};

/// How long a job waits for a place in the queue.
const QUEUE_DEADLINE: Duration = Duration::from_secs(10);

/// How long the writer may take for a job; its outcome is unknown after that.
const JOB_DEADLINE: Duration = Duration::from_secs(50);

/// The hub's store. Cheap to clone; every thread may have one.
#[derive(Debug, Clone)]
pub struct HubStore {
    db: Database,
    /// Gone once the store is closed, which lets the writer finish.
    jobs: Arc<Mutex<Option<mpsc::Sender<Job>>>>,
    news: Arc<News>,
    pub(super) seen: Arc<Seen>,
    environment: Environment,
}

impl HubStore {
    /// Opens the database at a path, or makes one there. The caller holds its lock and runs the writer.
    ///
    /// # Errors
    /// [`StoreError::Newer`] and [`StoreError::NotAStore`], the file being left as it is.
    pub async fn open(
        path: &Path,
        environment: &Environment,
        quota: u64,
    ) -> Result<(Self, HubWriter), StoreError> {
        let (db, writer) = open::open(path, environment).await?;
        let (jobs, queue) = mpsc::channel(QUEUE);
        let (news, seen) = (Arc::new(News::new()), Arc::new(Seen::default()));
        let hub_writer = HubWriter {
            jobs: queue,
            writer,
            news: Arc::clone(&news),
            seen: Arc::clone(&seen),
            environment: environment.clone(),
            quota,
        };
        let jobs = Arc::new(Mutex::new(Some(jobs)));
        Ok((Self { db, jobs, news, seen, environment: environment.clone() }, hub_writer))
    }

    /// The account of a login, made on first use, and the state of one of its devices.
    ///
    /// # Errors
    /// [`HubError::Busy`], [`HubError::Store`]
    pub async fn caller(&self, iss: &str, sub: &str, device: Option<DeviceId>) -> Result<Caller, HubError> {
        if let Some(caller) = read::caller(&self.db.readers, iss, sub, device).await? {
            return Ok(caller);
        }
        let (iss, sub) = (iss.to_owned(), sub.to_owned());
        let account = self.ask(|reply| Job::Account { iss, sub, reply }).await?;
        Ok(Caller { account, device: DeviceState::Unknown })
    }

    /// An account in figures.
    ///
    /// # Errors
    /// [`HubError::Busy`], [`HubError::Store`]
    pub async fn account(&self, account: AccountId) -> Result<AccountRecord, HubError> {
        Ok(read::account(&self.db.readers, account).await?)
    }

    /// Makes a device known, or gives a known one another name. `login_ms` is when the person logged in, Unix
    /// milliseconds; none where nobody does.
    ///
    /// # Errors
    /// [`HubError::RevokedDevice`], [`HubError::LoginTooOld`], [`HubError::TooManyDevices`], [`HubError::Busy`], [`HubError::Store`]
    pub async fn register_device(
        &self,
        account: AccountId,
        device: DeviceId,
        name: &str,
        login_ms: Option<i64>,
    ) -> Result<(), HubError> {
        let name = name.to_owned();
        self.ask(|reply| Job::Register { account, device, name, login_ms, reply }).await
    }

    /// Whether a device could be made known now; `login_ms` as there.
    ///
    /// # Errors
    /// [`HubError::RevokedDevice`], [`HubError::LoginTooOld`], [`HubError::Busy`], [`HubError::Store`]
    pub async fn check_registering(
        &self,
        account: AccountId,
        device: DeviceId,
        login_ms: Option<i64>,
    ) -> Result<(), HubError> {
        match read::locked_out(&self.db.readers, account, device).await? {
            (_, true) => Err(HubError::RevokedDevice),
            (at, false) if is_before_lock_out(login_ms, at) => Err(HubError::LoginTooOld),
            _ => Ok(()),
        }
    }

    /// All devices of an account, those that are locked out included.
    ///
    /// # Errors
    /// [`HubError::Busy`], [`HubError::Store`]
    pub async fn devices(&self, account: AccountId) -> Result<Vec<DeviceRecord>, HubError> {
        let mut devices = read::devices(&self.db.readers, account).await?;
        for device in &mut devices {
            // What is not written yet counts as well.
            let (cursor, seen_ms) = self.seen.of(account, device.device);
            (device.cursor, device.seen_ms) = (device.cursor.max(cursor), device.seen_ms.max(seen_ms));
        }
        Ok(devices)
    }

    /// Locks a device out for good; `false` when the account has none of that id.
    ///
    /// # Errors
    /// [`HubError::Busy`], [`HubError::Store`]
    pub async fn revoke_device(&self, account: AccountId, device: DeviceId) -> Result<bool, HubError> {
        self.ask(|reply| Job::Revoke { account, device, reply }).await
    }

    /// Decides on operations and answers when those that enter are on disk. It commits even if nobody waits any more.
    ///
    /// `memory` is held until then.
    ///
    /// # Errors
    /// [`HubError`]; nothing entered then, except after a [`HubError::Busy`], which leaves it open.
    pub async fn push(
        &self,
        account: AccountId,
        device: DeviceId,
        epoch: u64,
        ops: Vec<Offered>,
        memory: Option<OwnedSemaphorePermit>,
    ) -> Result<Pushed, HubError> {
        let offer = Offer { account, device, epoch, ops };
        self.ask(|reply| Job::Push { offer, reply, memory }).await
    }

    /// The log after a place, of one stream or of all; a page may end before the limit when it grows large.
    ///
    /// # Errors
    /// [`HubError::Busy`], [`HubError::Store`]
    pub async fn ops(
        &self,
        account: AccountId,
        after: u64,
        limit: u32,
        stream: Option<NodeId>,
    ) -> Result<OpsPage, HubError> {
        Ok(read::ops(&self.db.readers, account, after, limit, stream).await?)
    }

    /// The places of operations that were taken.
    ///
    /// # Errors
    /// [`HubError::Busy`], [`HubError::Store`]
    pub async fn status(&self, account: AccountId, ids: &[OpId]) -> Result<HashMap<OpId, u64>, HubError> {
        Ok(read::status(&self.db.readers, account, ids).await?)
    }

    /// Begins a snapshot that a device makes; another one of it that is not whole is dropped.
    ///
    /// # Errors
    /// [`HubError::Epoch`], [`HubError::FutureSnapshot`], [`HubError::OlderSnapshot`], [`HubError::NoSnapshot`] when the
    /// id is in use, [`HubError::Busy`], [`HubError::Store`]
    pub async fn begin_snapshot(
        &self,
        account: AccountId,
        device: DeviceId,
        new: NewSnapshot,
    ) -> Result<(), HubError> {
        self.snapshot(account, device, Step::Begin(new), None).await
    }

    /// Takes a part of a snapshot that a device makes; a repeat replaces it. `memory` is held until it is written.
    ///
    /// # Errors
    /// [`HubError::NoSnapshot`], [`HubError::Quota`], [`HubError::Busy`], [`HubError::Store`]
    pub async fn put_snapshot_part(
        &self,
        account: AccountId,
        device: DeviceId,
        snapshot: SnapshotId,
        part: u32,
        body: Vec<u8>,
        memory: Option<OwnedSemaphorePermit>,
    ) -> Result<(), HubError> {
        let hash = *blake3::hash(&body).as_bytes();
        self.snapshot(account, device, Step::Part { snapshot, part, hash, body }, memory).await
    }

    /// Makes a snapshot whole, if its parts have these hashes. Repeated, it stays so.
    ///
    /// # Errors
    /// [`HubError::NoSnapshot`], [`HubError::SnapshotParts`], [`HubError::OlderSnapshot`], [`HubError::Epoch`],
    /// [`HubError::Busy`], [`HubError::Store`]
    pub async fn commit_snapshot(
        &self,
        account: AccountId,
        device: DeviceId,
        snapshot: SnapshotId,
        parts: Vec<PartHash>,
        state_hash: PartHash,
    ) -> Result<(), HubError> {
        self.snapshot(account, device, Step::Commit { snapshot, parts, state_hash }, None).await
    }

    async fn snapshot(
        &self,
        account: AccountId,
        device: DeviceId,
        step: Step,
        memory: Option<OwnedSemaphorePermit>,
    ) -> Result<(), HubError> {
        self.ask(|reply| Job::Snapshot { account, device, step, reply, memory }).await
    }

    /// The newest whole snapshot of an account.
    ///
    /// # Errors
    /// [`HubError::Busy`], [`HubError::Store`]
    pub async fn newest_snapshot(&self, account: AccountId) -> Result<Option<SnapshotRecord>, HubError> {
        Ok(snapshots::newest(&self.db.readers, account).await?)
    }

    /// A part of a whole snapshot; none when there is none, or not any more.
    ///
    /// # Errors
    /// [`HubError::Busy`], [`HubError::Store`]
    pub async fn snapshot_part(
        &self,
        account: AccountId,
        snapshot: SnapshotId,
        part: u32,
    ) -> Result<Option<Vec<u8>>, HubError> {
        Ok(snapshots::part(&self.db.readers, account, &snapshot, part).await?)
    }

    /// Gives up a piece of what is not needed any more, as the writer does by itself now and then.
    ///
    /// # Errors
    /// [`HubError::Busy`], [`HubError::Store`]
    pub async fn tend(&self) -> Result<Tended, HubError> {
        self.ask(|reply| Job::Tend { reply }).await
    }

    /// News of an account, from where it is now.
    ///
    /// # Errors
    /// [`HubError::Busy`], [`HubError::Store`]
    pub async fn watch(&self, account: AccountId) -> Result<watch::Receiver<Head>, HubError> {
        let receiver = self.news.watch(account, 0, 0);
        // Read after it is watched: what is committed from now on is told.
        let record = self.account(account).await?;
        self.news.tell(account, record.epoch, record.head);
        Ok(receiver)
    }

    /// Notes that a device of an account asked, and how far it has read; written with the next push or within a minute.
    pub fn note_seen(&self, account: AccountId, device: DeviceId, cursor: u64) {
        let seen_ms = self.environment.clock.now().as_millisecond();
        self.seen.note(Sign { account, device, cursor, seen_ms });
    }

    /// Whether the database answers.
    pub async fn is_alive(&self) -> bool {
        sqlx::query("SELECT 1 FROM account LIMIT 1").fetch_optional(&self.db.readers).await.is_ok()
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        self.db.path()
    }

    /// Bytes of the database and its write-ahead log.
    pub fn bytes(&self) -> u64 {
        self.db.bytes()
    }

    /// Jobs that wait for the writer.
    pub fn queued(&self) -> usize {
        self.sender().map_or(0, |jobs| jobs.max_capacity() - jobs.capacity())
    }

    /// Takes no more writes, so that the writer ends when it has done what it took.
    pub fn finish_writing(&self) {
        *self.jobs.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Closes the readers.
    pub async fn close(&self) {
        self.finish_writing();
        self.db.close().await;
    }

    fn sender(&self) -> Option<mpsc::Sender<Job>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn ask<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<T, HubError> {
        let jobs = self.sender().ok_or(HubError::Busy)?;
        let (reply, answer) = oneshot::channel();
        let place = timeout(QUEUE_DEADLINE, jobs.reserve()).await;
        let place = place.map_err(|_| HubError::Busy)?.map_err(|_| HubError::Busy)?;
        place.send(job(reply));
        drop(jobs);
        timeout(JOB_DEADLINE, answer).await.map_err(|_| HubError::Busy)?.map_err(|_| HubError::Busy)?
    }
}
