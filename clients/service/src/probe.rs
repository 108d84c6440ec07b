//! Whether a daemon answers at a socket, and which one.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use heph_client::{Client, ClientError, Options};
use heph_protocol::request::{DaemonStatus, SyncStatus};
use heph_protocol::response;
use heph_protocol::types::SyncState;

use crate::hephd::Settings;

/// What is at a socket.
#[derive(Debug, Clone, PartialEq)]
pub enum Probe {
    /// Nothing.
    Absent,
    /// A socket that a daemon left behind.
    Stale,
    /// A daemon that answers, and whether it takes writes.
    Answers(Box<response::DaemonStatus>, bool),
    /// Something that does not answer as a daemon does.
    Strange(String),
}

impl Probe {
    /// What the daemon tells of itself.
    pub fn status(&self) -> Option<&response::DaemonStatus> {
        match self {
            Self::Answers(status, _) => Some(status),
            _ => None,
        }
    }

    /// Whether a daemon takes writes there.
    pub fn is_ready(&self) -> bool {
        matches!(self, Self::Answers(_, true))
    }
}

fn client(socket: &Path) -> Client {
    Client::new(Options {
        socket: socket.to_owned(),
        client: "heph daemon".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        zone: None,
    })
}

/// Looks what is at a socket.
pub fn probe(socket: &Path) -> Probe {
    let mut client = client(socket);
    let ready = match client.hello() {
        Ok(hello) => hello.ready,
        Err(ClientError::NotRunning { .. }) => return Probe::Absent,
        Err(ClientError::StaleSocket { .. }) => return Probe::Stale,
        Err(error) => return Probe::Strange(error.message()),
    };
    match client.call(&DaemonStatus {}) {
        Ok(status) => Probe::Answers(Box::new(status), ready),
        Err(error) => Probe::Strange(error.message()),
    }
}

/// How the daemon at a socket stands to its hub, in a word; `None` where it has no hub or does not tell.
pub(crate) fn sync_state(socket: &Path) -> Option<String> {
    let mut client = client(socket);
    let word = match client.call(&SyncStatus {}).ok()?.state {
        SyncState::Off => return None,
        SyncState::Idle => "in sync",
        SyncState::Pulling => "reading",
        SyncState::Pushing => "sending",
        SyncState::Backoff => "not in sync: the hub is away",
        SyncState::AuthRequired => "not logged in",
        SyncState::UpgradeRequired => "an upgrade is due",
        SyncState::Paused => "waits for a person: heph sync",
    };
    Some(word.to_owned())
}

/// The process that holds the lock of a store or socket; `None` when nobody does.
pub(crate) fn holder_of(guarded: &Path) -> Option<u32> {
    let mut path = guarded.as_os_str().to_owned();
    path.push(".lock");
    let mut file = std::fs::File::open(PathBuf::from(path)).ok()?;
    // Whoever gets the lock for a moment is in nobody's way: a daemon that starts tries again, its manager starts it.
    if file.try_lock_shared().is_ok() {
        return None;
    }
    let mut text = String::new();
    file.by_ref().take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

/// The process that holds the store or the socket of these settings and is not this one, and which file it holds.
pub(crate) fn other_holder(settings: &Settings, own: Option<u32>) -> Option<(u32, &Path)> {
    let files = [&settings.db, &settings.socket].into_iter();
    files.filter_map(|file| Some((holder_of(file)?, file.as_path()))).find(|(pid, _)| Some(*pid) != own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_holds_a_lock_is_told_while_it_is_held() {
        let folder = tempfile::tempdir().unwrap();
        let db = folder.path().join("heph.db");
        assert_eq!(holder_of(&db), None);
        let lock = folder.path().join("heph.db.lock");
        std::fs::write(&lock, "4711\n").unwrap();
        assert_eq!(holder_of(&db), None, "a file alone is no lock");
        let held = std::fs::File::open(&lock).unwrap();
        held.lock().unwrap();
        assert_eq!(holder_of(&db), Some(4711));
        drop(held);
        assert_eq!(holder_of(&db), None);
    }

    #[test]
    fn what_is_at_a_socket_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("s");
        assert_eq!(probe(&socket), Probe::Absent);
        drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
        assert_eq!(probe(&socket), Probe::Stale);
    }
}
