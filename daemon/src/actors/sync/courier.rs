//! Carries files: sends what the hub has not, fetches what somebody asked for. One at a time, beside the driver, so that
//! no long file holds up what people type.
//!
//! Nothing is kept of what was sent: when the hub is met it is asked which of the files here it has not. So a kill, or a
//! hub that was restored, leaves nothing behind. What was asked for is noted beside the files.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use heph_protocol::hub::{BLOBS, MAX_BLOB_HASHES};
use heph_protocol::types::SyncState;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};

use super::desk::{Ask as AskDesk, ask};
use super::standing::Standing;
use crate::actors::store_handle::{Files, StoreHandle, SyncJob};
use crate::domain::page::BlobHash;
use crate::store::hub::OP_OVERHEAD;
use crate::store::{BlobState, Blobs};
use crate::sync::hub::HubError;
use crate::sync::way::Way;

/// The most files that may wait to be fetched.
const MOST_WANTED: usize = 1_000;

/// When what failed is tried again.
const PAUSE: Duration = Duration::from_secs(30);

/// A file that somebody asks for.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) hash: BlobHash,
    pub(super) bytes: u64,
    /// Told when it is here.
    pub(super) here: oneshot::Sender<()>,
}

/// How the files stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Carrying {
    /// Files that the hub has not yet.
    pub(super) unsent: u64,
    /// Files that were asked for and are not here.
    pub(super) wanted: u64,
    /// Why they do not move.
    pub(super) problem: Option<String>,
}

/// What is done next.
enum Next {
    Fetch(BlobHash, u64),
    Send(BlobHash, u64),
    /// Nothing until there is news, or until the pause after what failed is over.
    Rest,
}

pub(super) struct Courier {
    hub: Way,
    store: StoreHandle,
    desk: mpsc::Sender<AskDesk>,
    blobs: Blobs,
    standing: watch::Receiver<Standing>,
    carrying: watch::Sender<Carrying>,
    /// The revision whose files are known; none before all were looked at since the hub was met.
    revision: Option<u64>,
    /// Whether the hub keeps files; unknown before it was asked.
    is_able: Option<bool>,
    unsent: BTreeMap<BlobHash, u64>,
    wanted: BTreeMap<BlobHash, u64>,
    waiting: HashMap<BlobHash, Vec<oneshot::Sender<()>>>,
    /// When each of what failed is tried again.
    rested: HashMap<BlobHash, Instant>,
    /// When what concerns all is.
    rests: Option<Instant>,
    /// Whether both had the same when it was last looked.
    was_idle: bool,
}

impl Courier {
    pub(super) fn new(
        hub: Way,
        store: StoreHandle,
        desk: mpsc::Sender<AskDesk>,
        blobs: Blobs,
        standing: watch::Receiver<Standing>,
        carrying: watch::Sender<Carrying>,
    ) -> Self {
        let (unsent, wanted) = (BTreeMap::new(), BTreeMap::new());
        let (waiting, rested) = (HashMap::new(), HashMap::new());
        Self {
            hub,
            store,
            desk,
            blobs,
            standing,
            carrying,
            revision: None,
            is_able: None,
            unsent,
            wanted,
            waiting,
            rested,
            rests: None,
            was_idle: false,
        }
    }

    /// Works until nobody asks any more.
    pub(super) async fn run(mut self, mut asked: mpsc::Receiver<Wanted>) {
        if !self.store.until_ready().await {
            return;
        }
        self.recall().await;
        let mut revision = self.store.revision();
        loop {
            let _ = (revision.borrow_and_update(), self.standing.borrow_and_update());
            while let Ok(wanted) = asked.try_recv() {
                self.want(wanted).await;
            }
            let is_resting = self.step().await;
            self.tell();
            if !is_resting {
                continue;
            }
            let until = self.wakes_at();
            tokio::select! {
                wanted = asked.recv() => match wanted {
                    Some(wanted) => self.want(wanted).await,
                    None => return,
                },
                changed = revision.changed() => if changed.is_err() { return },
                changed = self.standing.changed() => if changed.is_err() { return },
                () = sleep_until(until) => {}
            }
        }
    }

    /// Recalls what was asked for before the daemon was started.
    async fn recall(&mut self) {
        let blobs = self.blobs.clone();
        match apart(move || blobs.wanted()).await {
            Ok(wanted) => self.wanted.extend(wanted.into_iter().take(MOST_WANTED)),
            Err(error) => {
                tracing::warn!(%error, "files that were asked for before are not fetched by themselves")
            }
        }
    }

    async fn want(&mut self, Wanted { hash, bytes, here }: Wanted) {
        if self.wanted.len() >= MOST_WANTED && !self.wanted.contains_key(&hash) {
            return;
        }
        let blobs = self.blobs.clone();
        let noted =
            apart(
                move || {
                    if blobs.has(hash, bytes) { Ok(true) } else { blobs.want(hash, bytes).map(|()| false) }
                },
            );
        match noted.await {
            Ok(true) => drop(here.send(())),
            noted => {
                if let Err(error) = noted {
                    tracing::warn!(%error, "a file that is wanted cannot be noted; a restart forgets it");
                }
                // Somebody asks, so it is tried at once.
                self.rested.remove(&hash);
                self.rests = None;
                self.wanted.insert(hash, bytes);
                self.waiting.entry(hash).or_default().push(here);
            }
        }
    }

    /// Does what is next; `true` when there is nothing to do.
    async fn step(&mut self) -> bool {
        let (is_idle, reads) = {
            let standing = self.standing.borrow();
            (standing.state == SyncState::Idle, !standing.is_stuck() || standing.is_full)
        };
        if is_idle && !self.was_idle {
            // The hub is back, or there is news: what failed before may go well now.
            self.rested.clear();
        }
        self.was_idle = is_idle;
        if !reads {
            // It is met anew, and asked then what it has.
            (self.revision, self.is_able, self.rests) = (None, None, None);
            return true;
        }
        if self.rests.is_some_and(|until| until > Instant::now()) {
            return true;
        }
        self.rests = None;
        if is_idle && let Err(problem) = self.look().await {
            return self.rest(problem);
        }
        match self.next(is_idle) {
            Next::Fetch(hash, bytes) => self.fetch(hash, bytes).await,
            Next::Send(hash, bytes) => self.send(hash, bytes).await,
            Next::Rest => return true,
        }
        false
    }

    fn next(&self, is_idle: bool) -> Next {
        let now = Instant::now();
        let is_due = |hash: &BlobHash| self.rested.get(hash).is_none_or(|until| *until <= now);
        let due = |files: &BTreeMap<BlobHash, u64>| {
            files.iter().find(|(hash, _)| is_due(hash)).map(|(hash, bytes)| (*hash, *bytes))
        };
        match (due(&self.wanted), due(&self.unsent)) {
            (Some((hash, bytes)), _) => Next::Fetch(hash, bytes),
            (None, Some((hash, bytes))) if is_idle => Next::Send(hash, bytes),
            _ => Next::Rest,
        }
    }

    /// When something that failed is tried again.
    fn wakes_at(&self) -> Instant {
        let some_day = Instant::now() + Duration::from_secs(3_600);
        let waits = |hash: &&BlobHash| self.wanted.contains_key(hash) || self.unsent.contains_key(hash);
        let rested = self.rested.iter().filter(|(hash, _)| waits(hash)).map(|(_, until)| *until).min();
        self.rests.or(rested).unwrap_or(some_day).min(some_day)
    }

    /// Learns which files the hub has not: of all when it was just met, else of those that came since.
    async fn look(&mut self) -> Result<(), String> {
        let newest = *self.store.revision().borrow();
        if self.revision.is_some_and(|known| known >= newest) {
            return Ok(());
        }
        let after = self.revision;
        let files = self.store.sync(|reply| SyncJob::Files(after, reply)).await;
        let Files { revision, files } = files.map_err(|error| error.message)?;
        let here = self.here(files).await;
        if !here.is_empty() {
            self.check_able().await?;
        }
        let sizes: HashMap<BlobHash, u64> = here.iter().copied().collect();
        let hashes: Vec<BlobHash> = sizes.keys().copied().collect();
        for hashes in hashes.chunks(MAX_BLOB_HASHES) {
            let asked = self.asked(async |hub, bearer| hub.missing_files(bearer, hashes).await).await;
            let missing = asked.map_err(|error| error.to_string())?;
            self.unsent.extend(missing.iter().filter_map(|hash| Some((*hash, *sizes.get(hash)?))));
        }
        self.revision = Some(revision.max(newest));
        Ok(())
    }

    /// Those of some files whose bytes are on this machine.
    async fn here(&self, files: Vec<(BlobHash, u64)>) -> Vec<(BlobHash, u64)> {
        let blobs = self.blobs.clone();
        let here =
            apart(move || Ok(files.into_iter().filter(|(hash, bytes)| blobs.has(*hash, *bytes)).collect()));
        here.await.unwrap_or_default()
    }

    async fn check_able(&mut self) -> Result<(), String> {
        let is_able = match self.is_able {
            Some(is_able) => is_able,
            None => {
                let hello = self.hub.hello().await.map_err(|error| error.to_string())?;
                hello.features.iter().any(|feature| feature == BLOBS)
            }
        };
        self.is_able = Some(is_able);
        if is_able {
            Ok(())
        } else {
            Err("this hub keeps no files; upgrade the hephd that is the hub".to_owned())
        }
    }

    async fn send(&mut self, hash: BlobHash, bytes: u64) {
        let blobs = self.blobs.clone();
        let opened = apart(move || match blobs.state(hash, bytes)? {
            BlobState::Sound => blobs.open(hash),
            BlobState::Absent | BlobState::Damaged => Ok(None),
        });
        let file = match opened.await {
            Ok(Some(file)) => file,
            // What is damaged is named by a check; it is asked about again when the hub is met.
            Ok(None) => {
                self.unsent.remove(&hash);
                return;
            }
            Err(error) => return self.fails(hash, format!("a file cannot be read: {error}")),
        };
        let asked = async |hub: &Way, bearer: &str| {
            // Asked before: a hub that has no room does not read what comes, and then its answer may be lost.
            let account = hub.account(bearer).await?;
            if bytes.saturating_add(OP_OVERHEAD) > account.quota.saturating_sub(account.bytes) {
                return Err(HubError::Full(String::new()));
            }
            let file = file.try_clone().map_err(|error| HubError::Refused(error.to_string()))?;
            hub.send_file(bearer, hash, bytes, file).await
        };
        match self.asked(asked).await {
            Ok(()) => {
                self.unsent.remove(&hash);
                self.goes_well();
            }
            Err(HubError::Full(_)) => self.fails(
                hash,
                "the account has no room for some files; whoever runs the hub can give it more (heph hub quota)"
                    .to_owned(),
            ),
            Err(error) => self.fails(hash, format!("a file is not sent: {error}")),
        }
    }

    async fn fetch(&mut self, hash: BlobHash, bytes: u64) {
        if let Err(problem) = self.check_able().await {
            return self.fails(hash, problem);
        }
        let blobs = self.blobs.clone();
        let into = match apart(move || blobs.gathering(hash)).await {
            Ok(into) => into,
            Err(error) => return self.fails(hash, format!("a file cannot be kept: {error}")),
        };
        match self.asked(async |hub, bearer| hub.fetch_file(bearer, hash, bytes, &into).await).await {
            Ok(()) => {}
            Err(HubError::Absent) => {
                let problem = "the machine that has a file has not sent it to the hub yet";
                return self.fails(hash, problem.to_owned());
            }
            Err(error) => return self.fails(hash, format!("a file is not fetched: {error}")),
        }
        let blobs = self.blobs.clone();
        match apart(move || blobs.keep_as(&into, hash)).await {
            Ok(true) => {
                self.wanted.remove(&hash);
                for here in self.waiting.remove(&hash).unwrap_or_default() {
                    let _ = here.send(());
                }
                self.goes_well();
            }
            Ok(false) => {
                self.fails(hash, "what came from the hub is another file; it is fetched again".to_owned())
            }
            Err(error) => self.fails(hash, format!("a file cannot be kept: {error}")),
        }
    }

    /// Asks the hub, and once more with another token if it does not take the one at hand.
    async fn asked<T>(&self, call: impl AsyncFn(&Way, &str) -> Result<T, HubError>) -> Result<T, HubError> {
        let bearer = self.bearer(None).await?;
        match call(&self.hub, &bearer).await {
            Err(HubError::Unauthorized(_)) => {
                let bearer = self.bearer(Some(bearer)).await?;
                call(&self.hub, &bearer).await
            }
            answer => answer,
        }
    }

    async fn bearer(&self, refused: Option<String>) -> Result<String, HubError> {
        if !self.hub.needs_login() {
            return Ok(String::new());
        }
        let away = |reason: String| HubError::Away { reason, retry_after: None };
        let bearer = ask(&self.desk, |reply| AskDesk::Bearer(refused, reply)).await;
        let bearer = bearer.ok_or_else(|| away("sync is closing".to_owned()))?;
        bearer.map(|bearer| bearer.token).map_err(|error| away(error.to_string()))
    }

    fn fails(&mut self, hash: BlobHash, problem: String) {
        // Who waits is told that it is not here yet.
        self.waiting.remove(&hash);
        self.rested.insert(hash, Instant::now() + PAUSE);
        tracing::info!(%hash, %problem, "a file is tried again later");
        self.carrying.send_modify(|carrying| carrying.problem = Some(problem));
    }

    fn rest(&mut self, problem: String) -> bool {
        self.rests = Some(Instant::now() + PAUSE);
        self.waiting.clear();
        self.carrying.send_modify(|carrying| carrying.problem = Some(problem));
        true
    }

    fn goes_well(&mut self) {
        let now = Instant::now();
        self.rested.retain(|_, until| *until > now);
    }

    fn tell(&mut self) {
        let (unsent, wanted) = (self.unsent.len() as u64, self.wanted.len() as u64);
        self.rested.retain(|hash, _| self.unsent.contains_key(hash) || self.wanted.contains_key(hash));
        let is_well = self.rested.is_empty() && self.rests.is_none();
        self.carrying.send_if_modified(|carrying| {
            let before = carrying.clone();
            (carrying.unsent, carrying.wanted) = (unsent, wanted);
            if is_well {
                carrying.problem = None;
            }
            *carrying != before
        });
    }
}

/// Does work on files where it holds nobody up.
async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> std::io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other)?
}
