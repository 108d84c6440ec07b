//! Works in rounds: looks through the folder, takes in what others did, and gives out what the pages are.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use heph_protocol::request::Missing as Asked;
use heph_protocol::{ErrorCode, WireError};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::standing::{Standing, Why};
use crate::actors::store_handle::{StoreHandle, SyncJob, VaultJob, WhichPages};
use crate::domain::id::{DeviceId, NodeId, StoreId};
use crate::domain::vault::{Missing, Page, Tracked, errands, news};
use crate::environment::Environment;
use crate::store::MirrorChange;
use crate::vault::{Folder, SENTINEL, Scan, Scanner, Sentinel, Watch};

/// Where it is kept which folder was the mirror, and whether a person paused it.
const FOLDER: &str = "vault.folder";
const PAUSED: &str = "vault.paused";

/// How long the folder has to be still before it is looked through, and how long that is waited for.
const STILL: Duration = Duration::from_millis(200);
const STILL_AT_MOST: Duration = Duration::from_secs(2);

/// Changes of the pages that come within this are given out together.
const TOGETHER: Duration = Duration::from_millis(100);

/// How often the folder is looked through though nobody tells of a change: news may be lost.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// The same while something is in the way.
const TRY_EVERY: Duration = Duration::from_secs(5);

/// When a file is looked at again that somebody was at, in milliseconds.
const OVERTAKEN_MS: i64 = 500;

/// Rounds in a row, after which the others have their turn.
const MOST_ROUNDS: usize = 16;

/// What somebody wants of the mirror.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Do nothing.
    Pause,
    /// Go on, and what to do about files that vanished.
    Resume(Asked),
    /// Take the folder as it is.
    Adopt,
}

/// An order, and where the answer goes.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) order: Order,
    pub(super) reply: oneshot::Sender<Result<(), WireError>>,
}

/// Why a round did not come to its end.
#[derive(Debug)]
pub(super) enum Halt {
    /// A person has to say something.
    Paused(Why),
    /// It is tried again.
    Failed(String),
}

impl From<WireError> for Halt {
    fn from(error: WireError) -> Self {
        Self::Failed(error.message)
    }
}

/// What to do after a round.
pub(super) enum Then {
    /// Another one: it may find more.
    Again,
    /// Wait for news, at most until an instant in Unix milliseconds.
    Wait(Option<i64>),
}

/// Keeps a folder and the pages the same.
pub(super) struct Driver {
    pub(super) store: StoreHandle,
    root: PathBuf,
    pub(super) environment: Environment,
    standing: watch::Sender<Standing>,
    pub(super) scanner: Scanner,
    /// What is known of the files, and of the pages.
    pub(super) tracked: BTreeMap<NodeId, Tracked>,
    pub(super) pages: BTreeMap<NodeId, Page>,
    revision: Option<u64>,
    pub(super) missing: Missing,
    /// Files that cannot be taken in or given out, and why; made anew each round.
    pub(super) left_alone: Vec<(String, String)>,
    /// Whether somebody was at a file that was to be written.
    pub(super) is_overtaken: bool,
    is_paused: bool,
    /// What a person said of files that vanished, and of the folder.
    pub(super) trashes: bool,
    pub(super) restores: bool,
    adopts: bool,
    news: Arc<watch::Sender<u64>>,
    watch: Option<(Watch, (u64, u64))>,
}

impl Driver {
    pub(super) fn new(
        store: StoreHandle,
        root: PathBuf,
        environment: Environment,
        standing: watch::Sender<Standing>,
    ) -> Self {
        Self {
            store,
            root,
            environment,
            standing,
            scanner: Scanner::default(),
            tracked: BTreeMap::new(),
            pages: BTreeMap::new(),
            revision: None,
            missing: Missing::new(),
            left_alone: Vec::new(),
            is_overtaken: false,
            is_paused: false,
            trashes: false,
            restores: false,
            adopts: false,
            news: Arc::new(watch::channel(0).0),
            watch: None,
        }
    }

    pub(super) fn now_ms(&self) -> i64 {
        self.environment.clock.now().as_millisecond()
    }

    /// Works until the store is gone.
    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        if !self.store.until_ready().await {
            return;
        }
        while let Err(error) = self.load().await {
            tracing::warn!(
                error = error.message,
                "what is known of the mirror cannot be read; it is tried again"
            );
            sleep(TRY_EVERY).await;
        }
        let (mut revision, mut files) = (self.store.revision(), self.news.subscribe());
        loop {
            revision.mark_unchanged();
            let until = Instant::now() + self.rounds().await;
            let asked = loop {
                tokio::select! {
                    command = commands.recv() => match command {
                        Some(command) => break Some(command),
                        None => return,
                    },
                    changed = revision.changed() => {
                        if changed.is_err() {
                            return;
                        }
                        sleep(TOGETHER).await;
                        revision.mark_unchanged();
                        // Tasks change more often than pages, and have no files.
                        if !matches!(self.look_at_pages().await, Ok(false)) {
                            break None;
                        }
                    }
                    // The sender is this driver's own.
                    _ = files.changed() => {
                        still(&mut files).await;
                        break None;
                    }
                    () = sleep_until(until) => break None,
                }
            };
            if let Some(command) = asked {
                self.answer(command).await;
            }
        }
    }

    /// Does what somebody wants, then answers.
    async fn answer(&mut self, command: Command) {
        let obeyed = self.obey(command.order).await;
        if obeyed.is_ok() {
            self.rounds().await;
        }
        // Who asked may have gone.
        let _ = command.reply.send(obeyed);
    }

    async fn load(&mut self) -> Result<(), WireError> {
        let tidy = vec![MirrorChange::Tidy(self.now_ms())];
        self.store.sync(|reply| SyncJob::KeepMirror(tidy, reply)).await?;
        self.tracked = self.store.sync(|reply| SyncJob::Vault(VaultJob::Files(reply))).await?;
        self.is_paused = self.setting(PAUSED).await?.is_some();
        Ok(())
    }

    async fn setting(&self, name: &'static str) -> Result<Option<String>, WireError> {
        self.store.sync(|reply| SyncJob::Vault(VaultJob::Setting(name, reply))).await
    }

    async fn set(&self, name: &'static str, value: Option<String>) -> Result<(), WireError> {
        self.store.sync(|reply| SyncJob::KeepHere(name, value, reply)).await
    }

    pub(super) async fn keep(&self, changes: Vec<MirrorChange>) -> Result<(), WireError> {
        if changes.is_empty() {
            return Ok(());
        }
        self.store.sync(|reply| SyncJob::KeepMirror(changes, reply)).await
    }

    /// Notes what somebody wants; the next round does it.
    async fn obey(&mut self, order: Order) -> Result<(), WireError> {
        let why = self.standing.borrow().paused;
        let refused = |message: &str, hint: &str| {
            Err(WireError::new(ErrorCode::Refused, message.to_owned()).hint(hint.to_owned()))
        };
        match (order, why) {
            (Order::Pause, _) => {
                self.set(PAUSED, Some("by hand".to_owned())).await?;
                self.is_paused = true;
            }
            (Order::Resume(Asked::Ask), Some(Why::Vanished(count))) => {
                return refused(
                    &format!("{count} files vanished at once"),
                    "heph vault resume --trash puts their pages into the trash, --restore writes the files again",
                );
            }
            (Order::Resume(_), Some(Why::NotEmpty | Why::Foreign | Why::NoSentinel | Why::NotThere)) => {
                return refused(
                    "the folder is not known to be the mirror",
                    "heph vault adopt takes it as it is",
                );
            }
            (Order::Resume(missing), _) => {
                self.set(PAUSED, None).await?;
                self.is_paused = false;
                self.trashes = missing == Asked::Trash;
                self.restores = missing == Asked::Restore;
            }
            (Order::Adopt, Some(Why::NotEmpty | Why::Foreign | Why::NoSentinel | Why::NotThere)) => {
                self.adopts = true;
            }
            (Order::Adopt, _) => return refused("there is nothing to adopt", "heph vault status tells more"),
        }
        Ok(())
    }

    /// Makes rounds until nothing is left to do; answers how long to wait for news.
    async fn rounds(&mut self) -> Duration {
        for _ in 0..MOST_ROUNDS {
            match self.round().await {
                Ok(Then::Again) => {}
                Ok(Then::Wait(at)) => {
                    let until = at.map(|at| u64::try_from(at - self.now_ms()).unwrap_or(0));
                    return until.map_or(LOOK_EVERY, |ms| LOOK_EVERY.min(Duration::from_millis(ms + 10)));
                }
                Err(halt) => {
                    self.halt(halt);
                    return TRY_EVERY;
                }
            }
        }
        STILL
    }

    fn halt(&mut self, halt: Halt) {
        let (paused, problem) = match halt {
            Halt::Paused(why) => (Some(why), None),
            Halt::Failed(problem) => (None, Some(problem)),
        };
        let before = self.standing.borrow().clone();
        if before.paused != paused || before.problem != problem {
            tracing::warn!(?paused, problem, "the mirror stands still");
        }
        self.standing.send_modify(|standing| {
            (standing.paused, standing.problem) = (paused, problem);
            standing.files = self.tracked.values().filter(|file| file.is_there()).count();
        });
    }

    /// Looks through the folder once, takes in, gives out.
    async fn round(&mut self) -> Result<Then, Halt> {
        if self.is_paused {
            return Err(Halt::Paused(Why::ByHand));
        }
        let folder = Arc::new(self.folder().await?);
        self.listen(&folder).await;
        self.look_at_pages().await?;
        let (scan, now_ms) = self.scan(&folder).await?;
        self.left_alone.clone_from(&scan.unfit);
        let is_blind = folder.is_blind_to_case(SENTINEL);
        let cleaned = self.clean_up(&folder, &scan).await?;
        let found = news(&self.tracked, &scan.seen, now_ms, is_blind);
        self.left_alone.extend(found.unfit.iter().cloned());
        let mut look_at = found.look_at;
        let (taken, settles_at) = self.take_in(&folder, &scan, found, now_ms).await?;
        look_at = earlier(look_at, settles_at);
        self.look_at_pages().await?;
        let todo = errands(&self.pages, &self.tracked, &scan.seen, now_ms, is_blind);
        look_at = earlier(look_at, todo.look_at);
        let later = todo.later;
        let given = self.give_out(&folder, &scan, todo.now).await?;
        if std::mem::take(&mut self.is_overtaken) {
            look_at = earlier(look_at, Some(now_ms + OVERTAKEN_MS));
        }
        self.begun(later);
        if taken || given || cleaned { Ok(Then::Again) } else { Ok(Then::Wait(look_at)) }
    }

    fn begun(&mut self, later: usize) {
        let (now, left_alone) = (self.environment.clock.now(), std::mem::take(&mut self.left_alone));
        self.standing.send_modify(|standing| {
            *standing = Standing {
                is_begun: true,
                files: self.tracked.values().filter(|file| file.is_there()).count(),
                later,
                left_alone,
                mirrored_at: Some(now),
                ..Standing::default()
            };
        });
    }

    /// Opens the folder, if it is known to be the mirror of this store.
    async fn folder(&mut self) -> Result<Folder, Halt> {
        let facts = self.store.describe().await?;
        let (store, device) = (facts.store_id, facts.device);
        let name = self.root.to_string_lossy().into_owned();
        let was = self.setting(FOLDER).await?;
        let is_known = was.as_deref() == Some(name.as_str());
        let folder = match Folder::open(&self.root) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                if is_known && !self.adopts {
                    return Err(Halt::Paused(Why::NotThere));
                }
                Folder::make(&self.root).map_err(|error| self.failed("cannot be made", &error))?
            }
            other => other.map_err(|error| self.failed("cannot be opened", &error))?,
        };
        let sentinel = Sentinel::read(folder.path(), store, device)
            .map_err(|error| self.failed("cannot be read", &error))?;
        match sentinel {
            Sentinel::Ours if is_known => {}
            Sentinel::Ours => self.set(FOLDER, Some(name)).await?,
            Sentinel::Absent if is_known && self.adopts => self.adopt(&folder, None, (store, device)).await?,
            Sentinel::Absent if is_known => return Err(Halt::Paused(Why::NoSentinel)),
            Sentinel::Absent if self.adopts || is_free(&folder) => {
                self.adopt(&folder, Some(name), (store, device)).await?;
            }
            Sentinel::Absent => return Err(Halt::Paused(Why::NotEmpty)),
            Sentinel::Foreign if self.adopts => self.adopt(&folder, Some(name), (store, device)).await?,
            Sentinel::Foreign => return Err(Halt::Paused(Why::Foreign)),
        }
        self.adopts = false;
        Ok(folder)
    }

    /// Takes a folder as it is. Of another one (`name`), what was known does not hold.
    async fn adopt(
        &mut self,
        folder: &Folder,
        name: Option<String>,
        (store, device): (StoreId, DeviceId),
    ) -> Result<(), Halt> {
        if let Some(name) = name {
            self.keep(vec![MirrorChange::Clear]).await?;
            self.tracked.clear();
            self.scanner = Scanner::default();
            self.set(FOLDER, Some(name)).await?;
        }
        Sentinel::write(folder.path(), store, device)
            .map_err(|error| self.failed("cannot be written to", &error))?;
        // What is not there was not taken away from this folder.
        self.restores = true;
        tracing::info!(folder = %folder.path().display(), "the folder mirrors the pages");
        Ok(())
    }

    pub(super) fn failed(&self, what: &str, error: &std::io::Error) -> Halt {
        Halt::Failed(format!("{} {what}: {}", self.root.display(), in_words(error)))
    }

    /// Hears of changes in the folder from now on, if it does not already.
    async fn listen(&mut self, folder: &Arc<Folder>) {
        let Ok(identity) = folder.identity() else { return };
        if self.watch.as_ref().is_some_and(|(_, watched)| *watched == identity) {
            return;
        }
        let (folder, news) = (Arc::clone(folder), Arc::clone(&self.news));
        let begun = tokio::task::spawn_blocking(move || Watch::begin(folder.path(), news)).await;
        self.watch = match begun.map_err(|error| error.to_string()).flatten() {
            Ok(watch) => Some((watch, identity)),
            Err(error) => {
                tracing::warn!(
                    error,
                    "the system does not tell of changes; the folder is looked through every 30 s"
                );
                None
            }
        };
    }

    async fn scan(&mut self, folder: &Arc<Folder>) -> Result<(Scan, i64), Halt> {
        let (mut scanner, folder) = (std::mem::take(&mut self.scanner), Arc::clone(folder));
        let now_ms = self.now_ms();
        let looked = tokio::task::spawn_blocking(move || {
            let scan = scanner.scan(&folder, now_ms);
            (scanner, scan)
        });
        let (scanner, scan) = looked.await.map_err(|error| Halt::Failed(error.to_string()))?;
        self.scanner = scanner;
        Ok((scan.map_err(|error| self.failed("cannot be looked through", &error))?, now_ms))
    }

    /// Learns which pages are others by now; answers whether any is.
    async fn look_at_pages(&mut self) -> Result<bool, Halt> {
        let Some(revision) = self.revision else { return self.look_at_all_pages().await };
        let changed = self.store.changed_since(revision).await?;
        if changed.many {
            return self.look_at_all_pages().await;
        }
        let ids: Vec<NodeId> = changed.nodes.iter().filter_map(|id| id.parse().ok()).collect();
        let mut is_other = false;
        if !ids.is_empty() {
            let which = WhichPages::These(ids);
            let told = self.store.sync(|reply| SyncJob::Vault(VaultJob::Pages(which, reply))).await?;
            for (id, page, _) in told.pages {
                is_other |= self.pages.get(&id) != Some(&page);
                self.pages.insert(id, page);
            }
            for id in &told.gone {
                is_other |= self.pages.remove(id).is_some();
            }
        }
        self.revision = changed.revision.parse().ok();
        Ok(is_other)
    }

    async fn look_at_all_pages(&mut self) -> Result<bool, Halt> {
        let revision = *self.store.revision().borrow();
        let (mut pages, mut after) = (BTreeMap::new(), None);
        loop {
            let which = WhichPages::After(after);
            let told = self.store.sync(|reply| SyncJob::Vault(VaultJob::Pages(which, reply))).await?;
            pages.extend(told.pages.into_iter().map(|(id, page, _)| (id, page)));
            after = told.next;
            if after.is_none() {
                break;
            }
        }
        let is_other = self.pages != pages;
        (self.pages, self.revision) = (pages, Some(revision));
        Ok(is_other)
    }
}

/// What an error of the system means for a person.
pub(super) fn in_words(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::StorageFull => "the disk is full; it is tried again".to_owned(),
        std::io::ErrorKind::QuotaExceeded => "the quota is used up; it is tried again".to_owned(),
        std::io::ErrorKind::ReadOnlyFilesystem => "the disk is read-only; it is tried again".to_owned(),
        _ => error.to_string(),
    }
}

fn earlier(one: Option<i64>, other: Option<i64>) -> Option<i64> {
    [one, other].into_iter().flatten().min()
}

/// Whether nothing is in a folder but what is hidden.
fn is_free(folder: &Folder) -> bool {
    let Ok(entries) = folder.path().read_dir() else { return false };
    entries.flatten().all(|entry| entry.file_name().as_encoded_bytes().starts_with(b"."))
}

/// Waits until nothing changes for a moment.
async fn still(files: &mut watch::Receiver<u64>) {
    let end = Instant::now() + STILL_AT_MOST;
    while Instant::now() < end && timeout(STILL, files.changed()).await.is_ok() {}
}
