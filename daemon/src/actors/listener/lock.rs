//! Locks that keep two daemons off one store or one socket.
//!
//! A lock is `flock` on a file of its own beside what it guards, never on the database itself, whose locks are
//! SQLite's. The file stays: removing it would let two daemons lock two files of one name.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// A lock could not be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another daemon has it.
    #[error("another hephd{} has {} open; stop it first", of_process(*holder), guarded.display())]
    Held {
        /// What the lock guards.
        guarded: PathBuf,
        /// The other daemon's process id, if it wrote it down.
        holder: Option<u32>,
    },
    /// The lock file cannot be used.
    #[error("the lock {} cannot be taken: {source}; check the folder's owner and space", path.display())]
    Io {
        /// The lock file.
        path: PathBuf,
        /// What is wrong with it.
        source: io::Error,
    },
}

fn of_process(holder: Option<u32>) -> String {
    holder.map_or_else(String::new, |pid| format!(" (process {pid})"))
}

/// A lock that is held until this is dropped or the process ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock that guards a file (`<file>.lock`) and writes our process id into it.
    ///
    /// # Errors
    /// [`LockError::Held`] names the daemon that has it.
    pub fn acquire(guarded: &Path) -> Result<Self, LockError> {
        let mut path = guarded.as_os_str().to_owned();
        path.push(".lock");
        let path = PathBuf::from(path);
        let mut file = open(&path).map_err(|source| LockError::Io { path: path.clone(), source })?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LockError::Held { guarded: guarded.to_owned(), holder: holder(&mut file) });
            }
            Err(TryLockError::Error(source)) => return Err(LockError::Io { path, source }),
        }
        write_pid(&mut file).map_err(|source| LockError::Io { path, source })?;
        Ok(Self { _file: file })
    }
}

fn open(path: &Path) -> io::Result<File> {
    // Not truncated: until the lock is ours the content is another's.
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

fn write_pid(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_second_is_told_who_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let db = folder.path().join("heph.db");
        let held = Lock::acquire(&db).unwrap();
        let error = Lock::acquire(&db).unwrap_err();
        let ours = std::process::id();
        assert_eq!(
            error.to_string(),
            format!("another hephd (process {ours}) has {} open; stop it first", db.display())
        );
        drop(held);
        let again = Lock::acquire(&db);
        assert!(again.is_ok());
        let mode = folder.path().join("heph.db.lock").metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(!db.exists());
    }

    #[test]
    fn a_stale_lock_file_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let db = folder.path().join("heph.db");
        std::fs::write(folder.path().join("heph.db.lock"), "4194304\nleft by a crash").unwrap();
        let _held = Lock::acquire(&db).unwrap();
        let text = std::fs::read_to_string(folder.path().join("heph.db.lock")).unwrap();
        assert_eq!(text, format!("{}\n", std::process::id()));
    }
}
