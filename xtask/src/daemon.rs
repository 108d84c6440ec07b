//! A `hephd` on paths of its own, ready or reported.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use heph_client::{Client, Options};

use crate::interrupt;
use crate::process::Background;

/// How long a daemon may take until it is ready.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// Where a daemon keeps what it has.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// Stands for the home folder, so that no settings of the user's are read.
    pub(crate) home: PathBuf,
    /// The store.
    pub(crate) db: PathBuf,
    /// The socket.
    pub(crate) socket: PathBuf,
}

impl Place {
    /// Everything in one folder.
    pub(crate) fn within(folder: &Path) -> Self {
        Self { home: folder.to_path_buf(), db: folder.join("heph.db"), socket: folder.join("hephd.sock") }
    }

    /// A command that knows of nothing but this place.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        let ours = std::env::vars_os().map(|(name, _)| name).filter(|name| {
            let name = name.to_string_lossy();
            name.starts_with("HEPH_") || name.starts_with("XDG_")
        });
        for name in ours {
            command.env_remove(name);
        }
        command.env("HOME", &self.home).env("HEPH_SOCKET", &self.socket).env("HEPH_DB", &self.db);
        command
    }

    /// The command that runs the daemon here.
    pub(crate) fn hephd(&self, hephd: &Path) -> Command {
        self.hephd_as("local", hephd)
    }

    /// The command that runs the daemon here, in a mode.
    pub(crate) fn hephd_as(&self, mode: &str, hephd: &Path) -> Command {
        let mut command = self.command(hephd);
        command.args(["--mode", mode, "--log", "-", "--db"]).arg(&self.db).arg("--socket").arg(&self.socket);
        command
    }

    /// A client of the daemon here; it connects at its first call.
    pub(crate) fn client(&self) -> Client {
        Client::new(Options {
            socket: self.socket.clone(),
            client: "xtask".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            zone: None,
        })
    }
}

/// A daemon that runs until this is dropped.
#[derive(Debug)]
#[cfg_attr(not(feature = "bench"), expect(dead_code, reason = "only the bench looks into a daemon"))]
pub(crate) struct Daemon {
    /// Its process.
    pub(crate) process: Background,
    /// Start of the process until hello said `ready`.
    pub(crate) ready_after: Duration,
    /// Where it is.
    pub(crate) place: Place,
}

impl Daemon {
    /// Starts a daemon and waits until it takes writes. What it says goes to `log`.
    ///
    /// # Errors
    /// When it ends before, or is not ready within a minute.
    pub(crate) fn start(hephd: &Path, place: Place, log: &Path) -> anyhow::Result<Self> {
        let command = place.hephd(hephd);
        Self::start_by(command, place, log)
    }

    /// Starts a daemon by a command that leads to it.
    ///
    /// # Errors
    /// When it ends before, or is not ready within a minute.
    pub(crate) fn start_by(mut command: Command, place: Place, log: &Path) -> anyhow::Result<Self> {
        let said = std::fs::File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        command.stdin(Stdio::null()).stdout(said.try_clone()?).stderr(said);
        let began = Instant::now();
        let mut process = Background::start(&mut command)?;
        loop {
            if let Some(status) = process.ended() {
                let said = std::fs::read_to_string(log).unwrap_or_default();
                bail!("hephd ended before it was ready ({status}): {}", said.trim());
            }
            if place.socket.exists() && place.client().hello().is_ok_and(|hello| hello.ready) {
                return Ok(Self { process, ready_after: began.elapsed(), place });
            }
            if interrupt::happened() {
                bail!("interrupted");
            }
            if began.elapsed() > READY_WITHIN {
                bail!("hephd is not ready after {} s; see {}", READY_WITHIN.as_secs(), log.display());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program that stands in for hephd.
    fn program(folder: &Path, script: &str) -> PathBuf {
        let path = folder.join("hephd");
        // Written by another process: a file this one has open for writing, in whatever thread's fork, cannot be run.
        let mut write = Command::new("sh");
        write.args(["-c", "cat > \"$1\" && chmod 755 \"$1\"", "sh"]).arg(&path);
        crate::process::feed(&mut write, Some(&format!("#!/bin/sh\n{script}\n"))).unwrap();
        path
    }

    #[test]
    fn a_daemon_that_ends_is_reported_with_what_it_said() {
        let folder = tempfile::tempdir().unwrap();
        let hephd = program(folder.path(), "echo 'the store is newer' >&2; exit 78");
        let place = Place::within(folder.path());
        let error = Daemon::start(&hephd, place, &folder.path().join("out")).unwrap_err().to_string();
        assert_eq!(error, "hephd ended before it was ready (exit status: 78): the store is newer");
    }

    #[test]
    fn a_program_knows_of_its_place_only() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::within(folder.path());
        let hephd =
            program(folder.path(), "echo \"$HOME|$HEPH_DB|$HEPH_SOCKET|$XDG_DATA_HOME|$HEPH_CONTEXT|$*\"");
        let said = crate::process::read(&mut place.hephd(&hephd)).unwrap();
        let within = |name: &str| folder.path().join(name).display().to_string();
        let (home, db, socket) = (folder.path().display(), within("heph.db"), within("hephd.sock"));
        let arguments = format!("--mode local --log - --db {db} --socket {socket}");
        assert_eq!(said.trim(), format!("{home}|{db}|{socket}|||{arguments}"));
    }
}
