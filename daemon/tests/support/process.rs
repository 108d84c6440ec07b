//! The binary as a process: started on a folder, killed, stopped, its store checked.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::{Peer, eventually_within};

/// The binary.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_hephd");

/// How long a daemon may take to serve, on a machine that is busy with other tests.
const START: Duration = Duration::from_secs(60);

/// A `hephd` of its own on a folder; killed when it is dropped.
pub(crate) struct Hephd {
    child: Child,
    folder: PathBuf,
}

impl Hephd {
    /// Starts a daemon on the store in a folder, and waits until it is ready.
    pub(crate) fn start(folder: &Path) -> Self {
        Self::start_by(Command::new(PROGRAM), folder, &folder.join("heph.db"))
    }

    /// The same by a command that leads to the program, with the database elsewhere.
    pub(crate) fn start_by(mut command: Command, folder: &Path, db: &Path) -> Self {
        prepare(&mut command, folder, db);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let daemon = Self { child, folder: folder.to_owned() };
        eventually_within(START, "the daemon serves", || Peer::try_greeted(&daemon.socket()).is_ok());
        daemon
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.join("hephd.sock")
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("hephd.log")).unwrap()
    }

    /// `kill -9`, with whatever it is doing.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// The most memory it ever held, in bytes; Linux only tells.
    pub(crate) fn peak_memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? << 10)
    }

    /// Stops it by SIGTERM.
    pub(crate) fn stop(mut self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "{}", self.log());
    }
}

impl Drop for Hephd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The places of a folder, and nothing from the environment of the test but where programs are.
fn prepare(command: &mut Command, folder: &Path, db: &Path) {
    let programs = std::env::var_os("PATH").unwrap_or_default();
    command.env_clear().env("PATH", programs).env("HOME", folder).env("TZ", "UTC").stdin(Stdio::null());
    command.arg("--db").arg(db);
    command.arg("--socket").arg(folder.join("hephd.sock")).arg("--log").arg(folder.join("hephd.log"));
}

/// Runs `hephd check` on the stopped store of a folder; it has to find nothing.
pub(crate) fn assert_sound(folder: &Path) {
    assert_sound_by(Command::new(PROGRAM), folder, &folder.join("heph.db"));
}

/// The same by a command that leads to the program, with the database elsewhere.
pub(crate) fn assert_sound_by(mut command: Command, folder: &Path, db: &Path) {
    prepare(&mut command, folder, db);
    let Output { status, stdout, stderr } = command.arg("check").output().unwrap();
    let (said, failed) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert_eq!(status.code(), Some(0), "{said}{failed}");
    assert!(said.ends_with("nothing is wrong\n"), "{said}");
}
