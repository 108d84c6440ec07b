//! The socket file: bound under its lock, private, and removed in the end.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// Longest path of a socket in bytes: `sun_path` less its closing NUL.
pub const MAX_SOCKET_PATH: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// The socket cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// The path is too long for a socket.
    #[error(
        "the socket's path {} has {} bytes, this system allows {MAX_SOCKET_PATH}; choose a shorter one with --socket \
         or HEPH_SOCKET",
        path.display(),
        path.as_os_str().len()
    )]
    PathTooLong {
        /// The path.
        path: PathBuf,
    },
    /// Something else is there.
    #[error("{} is not a socket; move it away or choose another path with --socket", path.display())]
    NotASocket {
        /// The path.
        path: PathBuf,
    },
    /// Somebody answers there, though nobody holds the lock.
    #[error("another program answers on {}; stop it or choose another path with --socket", path.display())]
    Answered {
        /// The path.
        path: PathBuf,
    },
    /// It cannot be made.
    #[error("the socket {} cannot be opened: {source}; check the folder's owner and space", path.display())]
    Io {
        /// The path.
        path: PathBuf,
        /// What is wrong.
        source: io::Error,
    },
}

/// A bound socket; its file is removed when this is dropped, if it is still ours.
#[derive(Debug)]
pub struct Socket {
    path: PathBuf,
    /// Device and inode of our file, to know it again.
    file: (u64, u64),
}

impl Socket {
    /// Binds a socket only its owner may use. Call it with the socket's lock held: a stale file is removed.
    ///
    /// # Errors
    /// [`SocketError`] when the path cannot be used or something else is there.
    pub fn bind(path: &Path) -> Result<(Self, UnixListener), SocketError> {
        check_length(path)?;
        remove_stale(path)?;
        let failed = |source| SocketError::Io { path: path.to_owned(), source };
        let listener = UnixListener::bind(path).map_err(failed)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let file = identity(path).map_err(failed)?;
        Ok((Self { path: path.to_owned(), file }, listener))
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|file| file == self.file)
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(path = %self.path.display(), %error, "the socket file stays behind");
        }
    }
}

/// Checks that a path can be a socket's.
///
/// # Errors
/// [`SocketError::PathTooLong`].
pub fn check_length(path: &Path) -> Result<(), SocketError> {
    if path.as_os_str().as_bytes().len() > MAX_SOCKET_PATH {
        return Err(SocketError::PathTooLong { path: path.to_owned() });
    }
    Ok(())
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    fs::symlink_metadata(path).map(|metadata| (metadata.dev(), metadata.ino()))
}

fn remove_stale(path: &Path) -> Result<(), SocketError> {
    let failed = |source| SocketError::Io { path: path.to_owned(), source };
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    if !metadata.file_type().is_socket() {
        return Err(SocketError::NotASocket { path: path.to_owned() });
    }
    if UnixStream::connect(path).is_ok() {
        return Err(SocketError::Answered { path: path.to_owned() });
    }
    tracing::info!(path = %path.display(), "removing a stale socket");
    fs::remove_file(path).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_socket_is_private_and_removed_in_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hephd.sock");
        let (socket, listener) = Socket::bind(&path).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        drop(listener);
        drop(socket);
        assert!(!path.exists());
    }

    #[test]
    fn a_stale_socket_is_replaced_and_a_live_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hephd.sock");
        let other = UnixListener::bind(&path).unwrap();
        assert!(matches!(Socket::bind(&path), Err(SocketError::Answered { .. })));
        drop(other);
        assert!(path.exists());
        assert!(Socket::bind(&path).is_ok());
    }

    #[test]
    fn what_is_no_socket_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hephd.sock");
        fs::write(&path, "mine").unwrap();
        assert!(matches!(Socket::bind(&path), Err(SocketError::NotASocket { .. })));
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    }

    #[test]
    fn another_socket_at_our_path_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hephd.sock");
        let (socket, _listener) = Socket::bind(&path).unwrap();
        fs::rename(&path, folder.path().join("moved")).unwrap();
        let _theirs = UnixListener::bind(&path).unwrap();
        drop(socket);
        assert!(path.exists());
    }

    #[test]
    fn a_path_over_the_limit_is_said_in_plain_words() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s".repeat(MAX_SOCKET_PATH));
        let error = Socket::bind(&path).unwrap_err();
        assert!(error.to_string().contains("choose a shorter one with --socket or HEPH_SOCKET"), "{error}");
    }
}
