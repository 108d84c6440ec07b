//! Gives out what the pages are: files are written, moved and removed.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::driver::{Driver, Halt, in_words};
use crate::actors::store_handle::{SyncJob, VaultJob, WhichPages};
use crate::domain::change::{TextHash, text_hash};
use crate::domain::id::NodeId;
use crate::domain::vault::{Content, Errand, FileId, Tracked};
use crate::store::MirrorChange;
use crate::vault::{Done, Folder, Replaced, Scan, Scanner};

/// Files that are written together: what is known of them is kept as one.
const TOGETHER: usize = 64;

/// Something to do to a file, with all that it takes.
enum Deed {
    Write { id: NodeId, path: String, spelled: PathBuf, text: String, over: Replaced },
    Move { id: NodeId, from: PathBuf, to: String },
    Remove { id: NodeId, spelled: PathBuf, disk: TextHash },
}

/// What became of it.
struct Outcome {
    deed: Deed,
    done: std::io::Result<Done>,
    file: Option<FileId>,
}

impl Driver {
    /// Does all errands; answers whether any was done.
    pub(super) async fn give_out(
        &mut self,
        folder: &Arc<Folder>,
        scan: &Scan,
        errands: Vec<Errand>,
    ) -> Result<bool, Halt> {
        let mut is_done = false;
        let mut errands = errands.into_iter().peekable();
        while errands.peek().is_some() {
            let some: Vec<Errand> = errands.by_ref().take(TOGETHER).collect();
            let deeds = self.prepare(scan, some).await?;
            is_done |= self.perform(folder, deeds).await?;
        }
        Ok(is_done)
    }

    /// Gets the texts that are to be written, and notes that they are about to be, so that after a kill they are known.
    async fn prepare(&mut self, scan: &Scan, errands: Vec<Errand>) -> Result<Vec<Deed>, Halt> {
        let written = errands.iter().filter_map(|errand| match errand {
            Errand::Make { id, .. } | Errand::Write { id, .. } => Some(*id),
            _ => None,
        });
        let mut texts = self.texts(written.collect()).await?;
        let (mut deeds, mut kept) = (Vec::new(), Vec::new());
        for errand in errands {
            match errand {
                Errand::Make { id, path } | Errand::Write { id, path } => {
                    let Some(text) = texts.remove(&id) else { continue };
                    let known = self.tracked.get(&id).filter(|file| file.is_there());
                    let over = known.map_or(Replaced::Nothing, |file| Replaced::Text(file.disk));
                    if known.is_none() {
                        // What the file of a page was that came back means nothing.
                        kept.push(MirrorChange::Forget(id));
                    }
                    kept.push(MirrorChange::Written(id, text.clone()));
                    deeds.push(Deed::Write { id, spelled: scan.spelled(&path), path, text, over });
                }
                Errand::Move { id, from, to } => deeds.push(Deed::Move { id, from: scan.spelled(&from), to }),
                Errand::Remove { id, path } => {
                    let Some(disk) = self.tracked.get(&id).map(|file| file.disk) else { continue };
                    deeds.push(Deed::Remove { id, spelled: scan.spelled(&path), disk });
                }
                Errand::Forget { id } => {
                    if let Some(file) = self.tracked.get_mut(&id) {
                        file.gone_at = Some(self.environment.clock.now().as_millisecond());
                        kept.push(MirrorChange::File(id, file.clone()));
                    }
                }
            }
        }
        self.keep(kept).await?;
        Ok(deeds)
    }

    async fn texts(&mut self, ids: Vec<NodeId>) -> Result<HashMap<NodeId, String>, Halt> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let which = WhichPages::These(ids);
        let told = self.store.sync(|reply| SyncJob::Vault(VaultJob::Pages(which, reply))).await?;
        let texts = told.pages.into_iter().map(|(id, _, text)| (id, text));
        Ok(texts.collect())
    }

    /// Does what is to be done to the files, makes it durable, and keeps what is known of them then.
    async fn perform(&mut self, folder: &Arc<Folder>, deeds: Vec<Deed>) -> Result<bool, Halt> {
        if deeds.is_empty() {
            return Ok(false);
        }
        let (folder, mut scanner) = (Arc::clone(folder), std::mem::take(&mut self.scanner));
        let work = tokio::task::spawn_blocking(move || {
            let outcomes = perform(&folder, &mut scanner, deeds);
            let touched = outcomes.iter().flat_map(|outcome| outcome.deed.paths());
            let synced = folder.sync(touched.collect::<Vec<_>>().into_iter());
            (scanner, outcomes, synced)
        });
        let (scanner, outcomes, synced) = work.await.map_err(|error| Halt::Failed(error.to_string()))?;
        self.scanner = scanner;
        synced.map_err(|error| self.failed("cannot be written to", &error))?;
        let (mut kept, mut is_done, mut failed) = (Vec::new(), false, None);
        for outcome in outcomes {
            match outcome.done {
                Ok(Done::Done) => {
                    is_done = true;
                    kept.extend(self.note(outcome.deed, outcome.file));
                }
                // The next round finds what somebody did meanwhile.
                Ok(Done::Overtaken) => self.is_overtaken = true,
                Err(error) if is_of_disk(&error) => {
                    failed = Some(self.failed("cannot be written to", &error))
                }
                Err(error) => {
                    let path = outcome.deed.paths().last().map(|path| path.display().to_string());
                    let why = format!("cannot be written: {}", in_words(&error));
                    self.left_alone.push((path.unwrap_or_default(), why));
                }
            }
        }
        self.keep(kept).await?;
        failed.map_or(Ok(is_done), Err)
    }

    /// What is known of a file once something was done to it.
    fn note(&mut self, deed: Deed, file: Option<FileId>) -> Option<MirrorChange> {
        let (id, tracked) = match deed {
            Deed::Write { id, path, text, .. } => {
                (id, Tracked { path, disk: text_hash(&text), file, gone_at: None })
            }
            Deed::Move { id, to, .. } => {
                let known = self.tracked.get(&id)?;
                (id, Tracked { path: to, ..known.clone() })
            }
            Deed::Remove { id, .. } => {
                let now = self.now_ms();
                let known = self.tracked.get(&id)?;
                (id, Tracked { gone_at: Some(now), ..known.clone() })
            }
        };
        self.tracked.insert(id, tracked.clone());
        Some(MirrorChange::File(id, tracked))
    }
}

impl Deed {
    /// The files it is about.
    fn paths(&self) -> impl Iterator<Item = &Path> {
        let (one, other): (&Path, Option<&Path>) = match self {
            Self::Write { spelled, .. } | Self::Remove { spelled, .. } => (spelled, None),
            Self::Move { from, to, .. } => (from, Some(Path::new(to))),
        };
        std::iter::once(one).chain(other)
    }
}

/// Does it, until the disk takes no more.
fn perform(folder: &Folder, scanner: &mut Scanner, deeds: Vec<Deed>) -> Vec<Outcome> {
    let mut outcomes = Vec::with_capacity(deeds.len());
    for deed in deeds {
        let mut file = None;
        let done = match &deed {
            Deed::Write { id, spelled, text, over, .. } => {
                let done = folder.write(*id, spelled, text, *over);
                if matches!(done, Ok(Done::Done)) {
                    let content = Content::Text { hash: text_hash(text), is_empty: text.is_empty() };
                    file = scanner.wrote(folder, spelled, content);
                }
                done
            }
            Deed::Move { from, to, .. } => folder.rename(from, Path::new(to)),
            Deed::Remove { id, spelled, disk } => folder.remove(*id, spelled, *disk),
        };
        let is_over = done.as_ref().is_err_and(is_of_disk);
        outcomes.push(Outcome { deed, done, file });
        if is_over {
            break;
        }
    }
    outcomes
}

/// Whether an error is of the whole disk and not of one file.
fn is_of_disk(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    matches!(error.kind(), QuotaExceeded | ReadOnlyFilesystem | StorageFull)
}
