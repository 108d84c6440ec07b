//! Takes in what others did to the files: moves are renames, edits are merged, new files are new pages, files that are
//! gone are pages in the trash.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::future::join_all;
use heph_protocol::{ErrorCode, WireError};

use super::driver::{Driver, Halt, in_words};
use super::standing::Why;
use crate::actors::store_handle::{SyncJob, VaultJob};
use crate::domain::change::text_hash;
use crate::domain::id::NodeId;
use crate::domain::page::{Journal, folder_key, join_path, title_key};
use crate::domain::vault::{News, Place, Tracked, Vanished, base_of, moved_place, page_of, vanished};
use crate::domain::verbs::Command;
use crate::store::MirrorChange;
use crate::vault::{Folder, Scan};

/// Files that are taken in together: the store writes them as one.
const TOGETHER: usize = 128;

/// What tells a page by its place: journals by their date alone.
#[derive(Debug, PartialEq, Eq, Hash)]
enum PlaceKey {
    Journal(NodeId),
    Page(String, String),
}

impl PlaceKey {
    fn of(folder: &str, title: &str) -> Self {
        match Journal::from_title(title) {
            Some(journal) => Self::Journal(journal.id()),
            None => Self::Page(folder_key(folder), title_key(title)),
        }
    }
}

/// A file that is to be taken in: of a page, or of none yet.
struct Taking {
    path: String,
    id: Option<NodeId>,
    command: Command,
    text: String,
}

impl Driver {
    /// Takes in what is new. Answers whether anything was done, and when files that are missing are given up, Unix
    /// milliseconds.
    pub(super) async fn take_in(
        &mut self,
        folder: &Arc<Folder>,
        scan: &Scan,
        news: News,
        now_ms: i64,
    ) -> Result<(bool, Option<i64>), Halt> {
        let mut is_done = !news.moved.is_empty();
        for (id, path) in news.moved {
            self.take_move(id, path, scan).await?;
        }
        for files in news.edited.chunks(TOGETHER) {
            is_done |= self.take_edits(folder, scan, files).await?;
        }
        if !news.came.is_empty() {
            is_done |= self.take_new(folder, scan, &news.came).await?;
        }
        let (gone, settles_at) = self.take_missing(&news.missing, now_ms).await?;
        Ok((is_done | gone, settles_at))
    }

    /// Renames the page of a file that was moved. A page that cannot be called so keeps its name, and its file goes back.
    async fn take_move(&mut self, id: NodeId, path: String, scan: &Scan) -> Result<(), Halt> {
        let Some(mut file) = self.tracked.get(&id).cloned() else { return Ok(()) };
        if let Some(page) = self.pages.get(&id) {
            let refused = match moved_place(page, &file.path, &path) {
                Ok(Place { folder, title }) if folder == page.folder && title == page.title => None,
                Ok(Place { folder, title }) => {
                    let to = if folder.is_empty() { format!("/{title}") } else { join_path(&folder, &title) };
                    let rename = Command::Rename { reference: id.to_string(), to };
                    self.store.mirror(rename).await.err().map(refusal).transpose()?
                }
                Err(error) => Some(error.to_string()),
            };
            if let Some(why) = refused {
                tracing::warn!(path, why, "a file is put back where it was");
                self.left_alone.push((path.clone(), why));
            }
        }
        file.file = scan.seen.get(&path).and_then(|seen| seen.file);
        file.path = path;
        self.keep(vec![MirrorChange::File(id, file.clone())]).await?;
        self.tracked.insert(id, file);
        Ok(())
    }

    /// Merges files that were edited into their pages.
    async fn take_edits(
        &mut self,
        folder: &Arc<Folder>,
        scan: &Scan,
        files: &[(NodeId, String)],
    ) -> Result<bool, Halt> {
        let texts = self.read(folder, scan, files.iter().map(|(_, path)| path.clone())).await?;
        let ids: Vec<NodeId> = files.iter().map(|(id, _)| *id).collect();
        let mut versions = self.store.sync(|reply| SyncJob::Vault(VaultJob::Versions(ids, reply))).await?;
        let (mut takings, mut kept) = (Vec::new(), Vec::new());
        for ((id, path), text) in files.iter().zip(texts) {
            let (Some(text), Some(known)) = (text, self.tracked.get(id)) else { continue };
            let versions = versions.remove(id).unwrap_or_default();
            let hash = text_hash(&text);
            // What was about to be written when a kill came: it was.
            if known.is_there() && versions.last() == Some(&text) {
                let file = self.file(path, hash, scan);
                kept.push((*id, file));
                continue;
            }
            let base = base_of(&versions, known.disk, &text).to_owned();
            let command = Command::SaveFile { id: *id, base, text: text.clone() };
            takings.push(Taking { path: path.clone(), id: Some(*id), command, text });
        }
        let is_done = !kept.is_empty();
        self.keep(kept.iter().map(|(id, file)| MirrorChange::File(*id, file.clone())).collect()).await?;
        self.tracked.extend(kept);
        Ok(self.take(scan, takings).await? | is_done)
    }

    /// Makes pages of files that came, or merges them into the pages that stand in their places.
    async fn take_new(&mut self, folder: &Arc<Folder>, scan: &Scan, came: &[String]) -> Result<bool, Halt> {
        let there = self.pages.iter().map(|(id, page)| (PlaceKey::of(&page.folder, &page.title), *id));
        let there: HashMap<PlaceKey, NodeId> = there.collect();
        let (mut places, mut taken) = (Vec::new(), HashSet::new());
        for path in came {
            let place = match page_of(path) {
                Ok(place) => place,
                Err(error) => {
                    self.left_alone.push((path.clone(), error.to_string()));
                    continue;
                }
            };
            let key = PlaceKey::of(&place.folder, &place.title);
            let other = there.get(&key).and_then(|id| self.tracked.get(id)).filter(|file| file.is_there());
            let other = other.map(|file| file.path.clone());
            if let Some(other) = other.or_else(|| taken.contains(&key).then(|| "another file".to_owned())) {
                let why = format!("its page has a file already: {other}; give it another name");
                self.left_alone.push((path.clone(), why));
                continue;
            }
            taken.insert(key);
            places.push((path.clone(), place));
        }
        let mut is_done = false;
        for places in places.chunks(TOGETHER) {
            let texts = self.read(folder, scan, places.iter().map(|(path, _)| path.clone())).await?;
            let takings = places.iter().zip(texts).filter_map(|((path, place), text)| {
                let text = text?;
                let Place { folder, title } = place.clone();
                let command = Command::NewFile { folder, title, text: text.clone() };
                Some(Taking { path: path.clone(), id: None, command, text })
            });
            is_done |= self.take(scan, takings.collect()).await?;
        }
        Ok(is_done)
    }

    /// Has the store take files in, and notes which it took.
    async fn take(&mut self, scan: &Scan, takings: Vec<Taking>) -> Result<bool, Halt> {
        let changes = takings.iter().map(|taking| self.store.mirror(taking.command.clone()));
        let answers = join_all(changes).await;
        let (mut kept, mut files) = (Vec::new(), Vec::new());
        let mut failed = None;
        for (taking, answer) in takings.into_iter().zip(answers) {
            let id = match answer {
                Ok(changed) => taking.id.or(changed.first().copied()),
                Err(error) => match refusal(error) {
                    Ok(why) => {
                        self.left_alone.push((taking.path, why));
                        continue;
                    }
                    Err(halt) => {
                        failed = Some(halt);
                        continue;
                    }
                },
            };
            let Some(id) = id else { continue };
            let file = self.file(&taking.path, text_hash(&taking.text), scan);
            kept.push(MirrorChange::Read(id, taking.text));
            kept.push(MirrorChange::File(id, file.clone()));
            files.push((id, file));
        }
        let is_done = !files.is_empty();
        self.keep(kept).await?;
        self.tracked.extend(files);
        failed.map_or(Ok(is_done), Err)
    }

    fn file(&self, path: &str, disk: crate::domain::change::TextHash, scan: &Scan) -> Tracked {
        let file = scan.seen.get(path).and_then(|seen| seen.file);
        Tracked { path: path.to_owned(), disk, file, gone_at: None }
    }

    /// Decides about files that are not there.
    async fn take_missing(&mut self, missing: &[NodeId], now_ms: i64) -> Result<(bool, Option<i64>), Halt> {
        // Of a page that is gone as well, the file is only forgotten.
        let missing: Vec<NodeId> = missing.iter().copied().filter(|id| self.pages.contains_key(id)).collect();
        let still: HashSet<NodeId> = missing.iter().copied().collect();
        self.missing.retain(|id, _| still.contains(id));
        for id in &missing {
            self.missing.entry(*id).or_insert(now_ms);
        }
        if std::mem::take(&mut self.restores) {
            self.missing.clear();
            missing.iter().for_each(|id| drop(self.tracked.remove(id)));
            self.keep(missing.iter().map(|id| MirrorChange::Forget(*id)).collect()).await?;
            return Ok((!missing.is_empty(), None));
        }
        let all = self.tracked.values().filter(|file| file.is_there()).count();
        match vanished(&self.missing, all, now_ms) {
            Vanished::None => {
                self.trashes = false;
                Ok((false, None))
            }
            Vanished::Wait(at) if !self.trashes => Ok((false, Some(at))),
            Vanished::Ask if !self.trashes => Err(Halt::Paused(Why::Vanished(self.missing.len()))),
            _ => {
                self.trash(missing, now_ms).await?;
                Ok((true, None))
            }
        }
    }

    /// Puts the pages of files that are gone into the trash.
    async fn trash(&mut self, missing: Vec<NodeId>, now_ms: i64) -> Result<(), Halt> {
        tracing::info!(count = missing.len(), "files are gone; their pages go into the trash");
        let references = missing.iter().map(ToString::to_string).collect();
        self.store.mirror(Command::Trash { references, trashed: true }).await?;
        let mut kept = Vec::new();
        for id in missing {
            if let Some(file) = self.tracked.get_mut(&id) {
                file.gone_at = Some(now_ms);
                kept.push(MirrorChange::File(id, file.clone()));
            }
        }
        self.missing.clear();
        self.trashes = false;
        Ok(self.keep(kept).await?)
    }

    /// Removes what a kill left behind. What somebody wrote in the moment of the kill is taken in before.
    pub(super) async fn clean_up(&mut self, folder: &Arc<Folder>, scan: &Scan) -> Result<bool, Halt> {
        for left in &scan.left_over {
            let text = self.read_one(folder, left.path.clone()).await?;
            if let (Some(id), Some(text)) = (left.node, text) {
                self.rescue(id, text).await?;
            }
            let (folder, path) = (Arc::clone(folder), left.path.clone());
            let removed = tokio::task::spawn_blocking(move || folder.remove_left_over(&path)).await;
            match removed.map_err(|error| Halt::Failed(error.to_string()))? {
                Ok(()) => {}
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(self.failed("cannot be cleaned up", &error)),
            }
        }
        Ok(!scan.left_over.is_empty())
    }

    /// Takes in a text that was taken out of a file's place, unless it is one that is known.
    async fn rescue(&mut self, id: NodeId, text: String) -> Result<(), Halt> {
        let versions = self.store.sync(|reply| SyncJob::Vault(VaultJob::Versions(vec![id], reply))).await?;
        let versions = versions.into_values().next().unwrap_or_default();
        let Some(known) = self.tracked.get(&id) else { return Ok(()) };
        if versions.contains(&text) || known.disk == text_hash(&text) {
            return Ok(());
        }
        let base = base_of(&versions, known.disk, &text).to_owned();
        match self.store.mirror(Command::SaveFile { id, base, text }).await.map_err(refusal) {
            Ok(_) => Ok(()),
            Err(Ok(why)) => Err(Halt::Failed(format!("a file of {} cannot be taken in: {why}", known.path))),
            Err(Err(halt)) => Err(halt),
        }
    }

    /// Reads files; nothing for one that is no text by now, or gone.
    async fn read(
        &mut self,
        folder: &Arc<Folder>,
        scan: &Scan,
        paths: impl Iterator<Item = String>,
    ) -> Result<Vec<Option<String>>, Halt> {
        let paths: Vec<(String, PathBuf)> = paths
            .map(|path| {
                let spelled = scan.spelled(&path);
                (path, spelled)
            })
            .collect();
        let folder = Arc::clone(folder);
        let read = tokio::task::spawn_blocking(move || {
            let read = |path: &Path| folder.text(path);
            paths.into_iter().map(|(path, spelled)| (path, read(&spelled))).collect::<Vec<_>>()
        });
        let mut texts = Vec::new();
        for (path, read) in read.await.map_err(|error| Halt::Failed(error.to_string()))? {
            texts.push(read.unwrap_or_else(|error| {
                self.left_alone.push((path, in_words(&error)));
                None
            }));
        }
        Ok(texts)
    }

    async fn read_one(&self, folder: &Arc<Folder>, path: PathBuf) -> Result<Option<String>, Halt> {
        let folder = Arc::clone(folder);
        let read = tokio::task::spawn_blocking(move || folder.text(&path)).await;
        let read = read.map_err(|error| Halt::Failed(error.to_string()))?;
        read.map_err(|error| self.failed("cannot be read", &error))
    }
}

/// Why the store refuses a change; an error that has nothing to do with the change ends the round.
fn refusal(error: WireError) -> Result<String, Halt> {
    match error.code {
        ErrorCode::Busy | ErrorCode::Internal => Err(error.into()),
        _ => Ok(match error.hint {
            Some(hint) => format!("{}; {hint}", error.message),
            None => error.message,
        }),
    }
}
