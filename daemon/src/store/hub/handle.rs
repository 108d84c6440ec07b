//! The async face of the hub's store.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};
use tokio::time::timeout;

use super::admin::{self, AccountSummary};
use super::blobs::{self, HubBlobs, NewBlob};
use super::control::is_before_lock_out;
use super::error::HubError;
use super::figures::{self, Figures};
use super::news::{Head, News};
use super::plan::Offer;
use super::record::{AccountId, AccountRecord, Caller, DeviceRecord, DeviceState, OpsPage, Pushed};
use super::seen::{Seen, Sign};
use super::writer::{HubWriter, Job, QUEUE, Reply};
use super::{open, read};
use crate::domain::id::{DeviceId, NodeId, OpId};
use crate::domain::page::BlobHash;
use crate::domain::sync::hub::Offered;
use crate::environment::Environment;
use crate::store::{Database, StoreError};

/// How long a job waits for a place in the queue.
const QUEUE_DEADLINE: Duration = Duration::from_secs(10);

/// How long the writer may take for a job; its outcome is unknown after that.
const JOB_DEADLINE: Duration = Duration::from_secs(50);

/// How long the writer may take to say that it is there.
const PING_DEADLINE: Duration = Duration::from_secs(2);

/// The hub's store. Cheap to clone; every thread may have one.
#[derive(Debug, Clone)]
pub struct HubStore {
    db: Database,
    /// Gone once the store is closed, which lets the writer finish.
    jobs: Arc<Mutex<Option<mpsc::Sender<Job>>>>,
    news: Arc<News>,
    pub(super) seen: Arc<Seen>,
    blobs: HubBlobs,
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
        let blobs = HubBlobs::beside(db.path())?;
        let hub_writer = HubWriter {
            jobs: queue,
            writer,
            news: Arc::clone(&news),
            seen: Arc::clone(&seen),
            blobs: blobs.clone(),
            environment: environment.clone(),
            quota,
        };
        let jobs = Arc::new(Mutex::new(Some(jobs)));
        Ok((Self { db, jobs, news, seen, blobs, environment: environment.clone() }, hub_writer))
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

    /// The accounts, at most 1,000, those that asked last first; and how many there are.
    ///
    /// # Errors
    /// [`HubError::Busy`], [`HubError::Store`]
    pub async fn accounts(&self) -> Result<(Vec<AccountSummary>, u64), HubError> {
        Ok(admin::accounts(&self.db.readers).await?)
    }

    /// The accounts of a number or of a subject: one, or none, or several of different issuers.
    ///
    /// # Errors
    /// [`HubError::Busy`], [`HubError::Store`]
    pub async fn accounts_named(&self, name: &str) -> Result<Vec<AccountSummary>, HubError> {
        Ok(admin::named(&self.db.readers, name).await?)
    }

    /// Sets how many bytes an account may hold; what it has stays, also where that is more.
    ///
    /// # Errors
    /// [`HubError::Busy`], [`HubError::Store`]
    pub async fn set_quota(&self, account: AccountId, bytes: u64) -> Result<(), HubError> {
        self.ask(|reply| Job::SetQuota { account, bytes, reply }).await
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

    /// The size of a file of an account; none where the account has none of that hash.
    ///
    /// # Errors
    /// [`HubError::Busy`], [`HubError::Store`]
    pub async fn blob(&self, account: AccountId, hash: BlobHash) -> Result<Option<u64>, HubError> {
        Ok(blobs::size(&self.db.readers, account, hash).await?)
    }

    /// Which of these files an account has not.
    ///
    /// # Errors
    /// [`HubError::Busy`], [`HubError::Store`]
    pub async fn missing_blobs(
        &self,
        account: AccountId,
        hashes: &[BlobHash],
    ) -> Result<Vec<BlobHash>, HubError> {
        Ok(blobs::missing(&self.db.readers, account, hashes).await?)
    }

    /// Opens a file of an account that is recorded.
    ///
    /// # Errors
    /// [`HubError::Store`]
    pub async fn open_blob(&self, account: AccountId, hash: BlobHash) -> Result<Option<File>, HubError> {
        let blobs = self.blobs.of(account);
        Ok(apart(move || blobs::open(&blobs, hash)).await?)
    }

    /// A path for a file that comes now, on the file system of those that are kept. What lies there after a kill is
    /// removed at the next start.
    pub fn incoming_blob(&self) -> PathBuf {
        self.blobs.incoming(&self.environment)
    }

    /// Takes in a durable file that came and has this hash and size; it is moved.
    ///
    /// # Errors
    /// [`HubError::Quota`] when there is no room for it; [`HubError::Busy`], [`HubError::Store`]
    pub async fn keep_blob(
        &self,
        account: AccountId,
        hash: BlobHash,
        bytes: u64,
        incoming: PathBuf,
    ) -> Result<(), HubError> {
        let blobs = self.blobs.of(account);
        apart(move || Ok(blobs.place(&incoming, hash)?)).await?;
        self.ask(|reply| Job::KeepBlob { new: NewBlob { account, hash, bytes }, reply }).await
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

    /// Whether the writer answers within two seconds.
    pub async fn is_writing(&self) -> bool {
        let answer = self.ask(|reply| Job::Ping { reply });
        matches!(timeout(PING_DEADLINE, answer).await, Ok(Ok(())))
    }

    /// The hub in figures.
    ///
    /// # Errors
    /// [`HubError::Busy`], [`HubError::Store`]
    pub async fn figures(&self) -> Result<Figures, HubError> {
        let read = figures::read(&self.db.readers).await?;
        Ok(Figures { database_bytes: self.bytes(), queued: self.queued() as u64, ..read })
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

/// Does work on files where it holds nobody up.
async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| StoreError::from(std::io::Error::other(error)))?
}
