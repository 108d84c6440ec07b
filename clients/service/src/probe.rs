//! Whether a daemon answers at a socket, and which one.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use heph_client::{Client, ClientError, Options};
use heph_protocol::request::{DaemonStatus, SyncStatus, UpdateStatus};
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

/// How the daemon at a socket is kept up to date; `None` where it does not tell.
pub(crate) fn update_status(socket: &Path) -> Option<response::UpdateStatus> {
    client(socket).call(&UpdateStatus {}).ok()
}

/// The same, in a line.
pub(crate) fn update_in_words(status: &response::UpdateStatus) -> String {
    let mut words = match (status.enabled, status.interval_seconds / 3600) {
        (false, _) => "off (heph daemon update does it by hand)".to_owned(),
        (true, 0) => format!("on, every {} min", status.interval_seconds / 60),
        (true, hours) => format!("on, every {hours} h"),
    };
    let of_release = status.release.as_ref().map(|release| format!("{} {release}", status.phase));
    let doing = match status.phase.as_str() {
        "idle" => status.release.as_ref().map(|release| format!("{release} is there")),
        "confirmed" => status.release.as_ref().map(|release| format!("updated to {release}")),
        _ => of_release.or(Some(status.phase.clone())),
    };
    for part in doing.into_iter().chain(Some(status.detail.clone())).chain(status.problem.clone()) {
        if !part.is_empty() {
            words.push_str("; ");
            words.push_str(&part);
        }
    }
    words
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
    fn an_update_is_told_in_a_line() {
        let status = |enabled, phase: &str, release: Option<&str>, problem: Option<&str>| {
            update_in_words(&response::UpdateStatus {
                enabled,
                interval_seconds: 21600,
                phase: phase.to_owned(),
                release: release.map(str::to_owned),
                problem: problem.map(str::to_owned),
                ..response::UpdateStatus::default()
            })
        };
        assert_eq!(status(false, "idle", None, None), "off (heph daemon update does it by hand)");
        assert_eq!(status(true, "idle", Some("0.2.0"), None), "on, every 6 h; 0.2.0 is there");
        assert_eq!(status(true, "staging", Some("0.2.0"), None), "on, every 6 h; staging 0.2.0");
        assert_eq!(status(true, "confirmed", Some("0.2.0"), None), "on, every 6 h; updated to 0.2.0");
        let refused = status(true, "refused", Some("0.2.0"), Some("v0.2.0 does not build"));
        assert_eq!(refused, "on, every 6 h; refused 0.2.0; v0.2.0 does not build");
    }

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
