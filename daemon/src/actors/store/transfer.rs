//! Backups out, stores and attachments in, a piece at a time, through files in the store's own folder.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use heph_protocol::envelope::to_map;
use heph_protocol::request;
use heph_protocol::response::{AttachmentReady, BackupPart, BackupReady, Done, RestoreReady, Restored};
use heph_protocol::{ErrorCode, WireError};

use crate::actors::lifecycle::{StopHandle, StopReason};
use crate::domain::page::BlobHash;
use crate::domain::verbs::NewAttachment;
use crate::rpc::store_error;
use crate::store::{Blobs, Database, beside, kept_name, sync_folder, verify_file};

/// Bytes of one piece.
const PIECE: usize = 1 << 20;

/// The most transfers at once.
const MOST: usize = 4;

/// A transfer that nobody asked for so long was given up by its client.
const GIVEN_UP: Duration = Duration::from_secs(600);

/// What the file of a copy that goes out is called behind the database's name.
const BACKUP: &str = "backup";

/// And that of a store that comes in.
const INCOMING: &str = "incoming";

/// And that of a file that is to be attached.
const ATTACHED: &str = "attached";

/// Transfers under way.
pub(super) struct Transfers {
    db: PathBuf,
    blobs: Blobs,
    files: RefCell<HashMap<String, Transfer>>,
    restored: Cell<bool>,
}

struct Transfer {
    path: PathBuf,
    /// Bytes announced, for what comes in.
    expected: Option<u64>,
    /// What the file is to be attached to, and what of it is kept by now.
    attaching: Option<NewAttachment>,
    is_kept: bool,
    /// When it was last asked for.
    used: Instant,
}

impl Drop for Transfer {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Transfers {
    /// None yet, beside a database. Files of transfers that a kill interrupted are removed.
    pub(super) fn new(db: PathBuf) -> Self {
        if let Err(error) = remove_left_over(&db) {
            tracing::warn!(%error, "copies left over from before are not removed");
        }
        let blobs = Blobs::beside(&db);
        Self { db, blobs, files: RefCell::default(), restored: Cell::new(false) }
    }

    /// Forgets transfers that were given up, and removes their files.
    fn forget_given_up(&self, now: Instant) {
        self.files.borrow_mut().retain(|_, transfer| now.saturating_duration_since(transfer.used) < GIVEN_UP);
    }

    fn open(&self, kind: &str, expected: Option<u64>) -> Result<(String, PathBuf), WireError> {
        self.forget_given_up(Instant::now());
        let mut files = self.files.borrow_mut();
        if files.len() >= MOST {
            return Err(WireError::new(ErrorCode::Busy, "other backups or files are under way")
                .hint("try again in a moment"));
        }
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|error| failed(&error))?;
        let id = format!("{:016x}", u64::from_be_bytes(random));
        let path = beside(&self.db, &format!("{kind}-{id}"));
        let (attaching, is_kept, used) = (None, false, Instant::now());
        files.insert(id.clone(), Transfer { path: path.clone(), expected, attaching, is_kept, used });
        Ok((id, path))
    }

    fn path(&self, id: &str) -> Result<PathBuf, WireError> {
        self.used(id).map(|(path, _)| path)
    }

    /// The file of a transfer that is asked for now, and how many bytes were announced for it.
    fn used(&self, id: &str) -> Result<(PathBuf, u64), WireError> {
        let mut files = self.files.borrow_mut();
        let transfer = files.get_mut(id).ok_or_else(no_such)?;
        transfer.used = Instant::now();
        Ok((transfer.path.clone(), transfer.expected.unwrap_or_default()))
    }

    /// Makes a consistent copy.
    pub(super) async fn backup(&self, db: &Database) -> Result<Vec<u8>, WireError> {
        let (id, path) = self.open(BACKUP, None)?;
        match db.backup_to(&path).await {
            Ok(bytes) => Ok(to_map(&BackupReady { id, bytes })),
            Err(error) => {
                self.files.borrow_mut().remove(&id);
                Err(store_error(&error))
            }
        }
    }

    /// Reads a piece; the empty one behind the end removes the copy.
    pub(super) async fn read(&self, asked: &request::StoreBackupRead) -> Result<Vec<u8>, WireError> {
        let (path, offset) = (self.path(&asked.id)?, asked.offset);
        let bytes = blocking(move || {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(offset))?;
            let mut bytes = Vec::with_capacity(PIECE);
            file.take(PIECE as u64).read_to_end(&mut bytes)?;
            Ok(bytes)
        })
        .await?;
        if bytes.is_empty() {
            self.files.borrow_mut().remove(&asked.id);
        }
        Ok(to_map(&BackupPart { bytes }))
    }

    /// Makes room for a store to come.
    pub(super) async fn begin_restore(&self, bytes: u64) -> Result<Vec<u8>, WireError> {
        let (id, path) = self.open(INCOMING, Some(bytes))?;
        blocking(move || create(&path).map(drop)).await?;
        Ok(to_map(&RestoreReady { id }))
    }

    /// Makes room for a file to attach.
    pub(super) async fn begin_attachment(&self, new: NewAttachment) -> Result<Vec<u8>, WireError> {
        let (id, path) = self.open(ATTACHED, Some(new.bytes))?;
        if let Some(transfer) = self.files.borrow_mut().get_mut(&id) {
            transfer.attaching = Some(new);
        }
        blocking(move || create(&path).map(drop)).await?;
        Ok(to_map(&AttachmentReady { id, part: PIECE as u32 }))
    }

    /// Makes a file that came whole durable under its hash. What is to be recorded of it is answered again until it is
    /// forgotten, so that whoever finds the writer busy can ask once more.
    pub(super) async fn keep(&self, id: &str) -> Result<NewAttachment, WireError> {
        let (path, expected) = self.used(id)?;
        let (attaching, is_kept) = {
            let files = self.files.borrow();
            let transfer = files.get(id);
            (
                transfer.and_then(|transfer| transfer.attaching.clone()),
                transfer.is_some_and(|transfer| transfer.is_kept),
            )
        };
        let mut new = attaching.ok_or_else(no_such)?;
        if is_kept {
            return Ok(new);
        }
        let came = std::fs::metadata(&path).map_err(|error| failed(&error))?.len();
        came_whole(came, expected)?;
        let blobs = self.blobs.clone();
        (new.hash, new.bytes) = blocking(move || blobs.keep(&path)).await?;
        if let Some(transfer) = self.files.borrow_mut().get_mut(id) {
            (transfer.attaching, transfer.is_kept) = (Some(new.clone()), true);
        }
        Ok(new)
    }

    /// Forgets a transfer that is through.
    pub(super) fn forget(&self, id: &str) {
        self.files.borrow_mut().remove(id);
    }

    /// Reads a piece of an attached file; `None` for one whose bytes are not here.
    pub(super) async fn read_blob(&self, hash: BlobHash, offset: u64) -> Result<Option<Vec<u8>>, WireError> {
        let blobs = self.blobs.clone();
        blocking(move || blobs.read(hash, offset, PIECE)).await
    }

    /// Takes in a piece.
    pub(super) async fn write(&self, id: &str, offset: u64, bytes: Vec<u8>) -> Result<Vec<u8>, WireError> {
        let (path, expected) = self.used(id)?;
        let end = offset.saturating_add(bytes.len() as u64);
        if bytes.len() > PIECE || end > expected {
            return Err(WireError::new(ErrorCode::Invalid, "the piece is longer than what was announced"));
        }
        blocking(move || {
            let mut file = OpenOptions::new().append(true).open(path)?;
            if file.metadata()?.len() != offset {
                return Err(std::io::Error::other("the pieces do not come in order"));
            }
            file.write_all(&bytes)
        })
        .await?;
        Ok(to_map(&Done {}))
    }

    /// Whether another store waits to take this one's place.
    pub(super) fn is_restored(&self) -> bool {
        self.restored.get()
    }

    /// Checks what came and restarts the daemon on it.
    pub(super) async fn commit_restore(&self, id: &str, stop: &StopHandle) -> Result<Vec<u8>, WireError> {
        let (path, expected) = self.used(id)?;
        let came = std::fs::metadata(&path).map_err(|error| failed(&error))?.len();
        came_whole(came, expected)?;
        let checked = verify_file(&path).await;
        if let Err(error) = checked {
            self.files.borrow_mut().remove(id);
            return Err(WireError::new(ErrorCode::Refused, format!("this store is not taken: {error}"))
                .hint("the store of now is untouched"));
        }
        let waiting = beside(&self.db, "restore");
        let db = self.db.clone();
        let moved = waiting.clone();
        blocking(move || {
            File::open(&path)?.sync_all()?;
            std::fs::rename(&path, &moved)?;
            sync_folder(&moved)
        })
        .await?;
        let kept_as = kept_name(&db, &waiting).map_err(|error| failed(&error))?;
        self.restored.set(true);
        tracing::info!(kept_as = %kept_as.display(), "a store was restored; restarting on it");
        stop.stop(StopReason::Restart);
        Ok(to_map(&Restored { kept_as: kept_as.display().to_string() }))
    }
}

/// Removes what transfers left beside a database that is not served yet.
fn remove_left_over(db: &Path) -> std::io::Result<()> {
    let (Some(folder), Some(name)) = (db.parent(), db.file_name()) else { return Ok(()) };
    for entry in folder.read_dir()? {
        let entry = entry?;
        let file = entry.file_name();
        let of_transfer = |kind: &str| {
            let start = [name.as_encoded_bytes(), b".", kind.as_bytes(), b"-"].concat();
            file.as_encoded_bytes().starts_with(&start)
        };
        if [BACKUP, INCOMING, ATTACHED].into_iter().any(of_transfer) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn no_such() -> WireError {
    WireError::new(ErrorCode::NotFound, "there is no such transfer").hint("begin again")
}

fn came_whole(came: u64, expected: u64) -> Result<(), WireError> {
    if came == expected {
        return Ok(());
    }
    let message = format!("{came} of {expected} bytes came");
    Err(WireError::new(ErrorCode::Invalid, message).hint("send the rest, or begin again"))
}

fn create(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, WireError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(failed(&error)),
        Err(error) => Err(failed(&error)),
    }
}

fn failed(error: &dyn std::fmt::Display) -> WireError {
    tracing::error!(%error, "a transfer failed");
    WireError::new(ErrorCode::Internal, format!("the copy failed: {error}"))
        .hint("is there room on the disk?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_up_makes_room() {
        let folder = tempfile::tempdir().unwrap();
        let transfers = Transfers::new(folder.path().join("heph.db"));
        let paths: Vec<PathBuf> = (0..MOST)
            .map(|_| {
                let (_, path) = transfers.open(BACKUP, None).unwrap();
                create(&path).unwrap();
                path
            })
            .collect();
        assert_eq!(transfers.open(BACKUP, None).unwrap_err().code, ErrorCode::Busy);
        transfers.forget_given_up(Instant::now() + GIVEN_UP);
        assert!(paths.iter().all(|path| !path.exists()));
        transfers.open(BACKUP, None).unwrap();
    }

    #[test]
    fn what_a_kill_left_is_removed_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let names = [
            "heph.db",
            "heph.db-wal",
            "heph.db.backup-1f",
            "heph.db.incoming-2e",
            "heph.db.attached-3d",
            "heph.db.restore",
        ];
        for name in names {
            std::fs::write(file(name), "x").unwrap();
        }
        Transfers::new(file("heph.db"));
        let left: Vec<bool> = names.iter().map(|name| file(name).exists()).collect();
        assert_eq!(left, [true, true, false, false, false, true]);
    }
}
