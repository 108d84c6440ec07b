//! A machine on which heph is installed, with a forge of its own and a cargo that builds nothing.
//!
//! `hephd` is the real one. A newer version of it is the same program with another number in it, and `cargo` is a script
//! that puts ready programs where the real one would: the real one, a real git repository and a real service manager are
//! in the suite `service`.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use heph_client::{Client, ClientError, Options};
use heph_protocol::request::{TaskAdd, TaskList, UpdateStatus};
use heph_protocol::response;
use tempfile::TempDir;

use super::forge::{Answer, Forge};
use crate::support::{PROGRAM, eventually_within};

/// The version that is installed, and the newer one.
pub(super) const OLD: &str = env!("CARGO_PKG_VERSION");
pub(super) const NEW: &str = "0.9.9";

/// How long an update may take on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);

/// Puts ready programs in place of building them; says and does before that what the test wants.
const CARGO: &str = r#"#!/bin/sh
set -e
while [ $# -gt 0 ]; do
    case "$1" in
        --root) root=$2; shift ;;
        --tag) tag=$2; shift ;;
    esac
    shift
done
echo "    Updating git repository" >&2
. "$HOME/cargo-does"
cp -p "$HOME/releases/$tag/"* "$root/bin/"
"#;

pub(super) struct Machine {
    folder: TempDir,
    pub(super) forge: Forge,
    /// Flags beside the paths.
    pub(super) flags: Vec<&'static str>,
    daemon: Option<Child>,
}

impl Machine {
    /// The old version, installed and not running.
    pub(super) fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("h").tempdir_in("/tmp").unwrap();
        let machine = Self {
            folder,
            forge: Forge::start(Answer::Releases(Vec::new())),
            flags: Vec::new(),
            daemon: None,
        };
        for path in ["bin", "tools", "releases", ".config/heph"] {
            std::fs::create_dir_all(machine.path(path)).unwrap();
        }
        std::fs::copy(PROGRAM, machine.path("bin/hephd")).unwrap();
        script(&machine.path("bin/heph"), &format!("echo heph {OLD}"));
        script(&machine.path("bin/heph-tui"), &format!("echo heph-tui {OLD}"));
        script(&machine.path("tools/cargo"), CARGO.trim_start_matches("#!/bin/sh\n"));
        machine.cargo_does("true");
        let settings = format!("notifications = \"off\"\nupdate.repo = \"{}\"\n", machine.forge.repo());
        std::fs::write(machine.path(".config/heph/config.toml"), settings).unwrap();
        machine
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What cargo does before it is done.
    pub(super) fn cargo_does(&self, what: &str) {
        std::fs::write(self.path("cargo-does"), what).unwrap();
    }

    /// A release whose daemon is this script; without one the real daemon with another number in it.
    pub(super) fn release(&self, version: &str, hephd: Option<&str>) {
        let folder = self.path("releases").join(format!("v{version}"));
        std::fs::create_dir_all(&folder).unwrap();
        for program in ["heph", "heph-tui"] {
            script(&folder.join(program), &format!("echo {program} {version}"));
        }
        match hephd {
            Some(text) => script(&folder.join("hephd"), text),
            None => numbered(&folder.join("hephd"), version),
        }
        self.forge.answers(Answer::Releases(vec![format!("v{version}")]));
    }

    /// A command that runs the installed daemon.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(self.path("bin/hephd"));
        command.env_clear().env("HOME", self.folder.path()).env("TZ", "UTC").stdin(Stdio::null());
        command.env("PATH", format!("{}:/usr/bin:/bin", self.path("tools").display()));
        for (flag, file) in [("--db", "heph.db"), ("--socket", "hephd.sock"), ("--log", "hephd.log")] {
            command.arg(flag).arg(self.path(file));
        }
        command.args(&self.flags);
        command
    }

    /// Starts it and waits until it is ready.
    pub(super) fn start(&mut self) {
        let mut command = self.command();
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        self.daemon = Some(child);
        self.until_ready();
    }

    pub(super) fn until_ready(&self) {
        eventually_within(PATIENCE, "the daemon is ready", || {
            let ready = self.client().hello().is_ok_and(|hello| hello.ready);
            if !ready {
                std::thread::sleep(Duration::from_millis(20));
            }
            ready
        });
    }

    /// Runs the installed daemon until it ends by itself; answers its exit code.
    pub(super) fn run_to_its_end(&self) -> Option<i32> {
        self.command().stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().code()
    }

    pub(super) fn pid(&self) -> u32 {
        self.daemon.as_ref().unwrap().id()
    }

    /// `kill -9`.
    pub(super) fn kill(&mut self) {
        let mut daemon = self.daemon.take().unwrap();
        daemon.kill().unwrap();
        daemon.wait().unwrap();
    }

    /// Stops it in order.
    pub(super) fn stop(&mut self) {
        let mut daemon = self.daemon.take().unwrap();
        rustix::process::kill_process(
            rustix::process::Pid::from_child(&daemon),
            rustix::process::Signal::TERM,
        )
        .unwrap();
        assert_eq!(daemon.wait().unwrap().code(), Some(0), "{}", self.log());
    }

    pub(super) fn client(&self) -> Client {
        Client::new(Options {
            socket: self.path("hephd.sock"),
            client: "test".to_owned(),
            version: "0".to_owned(),
            zone: None,
        })
    }

    pub(super) fn add(&self, title: &str) {
        let add = TaskAdd { line: title.to_owned(), ..TaskAdd::default() };
        self.client().call(&add).unwrap();
    }

    pub(super) fn titles(&self) -> Vec<String> {
        let list = self.client().call(&TaskList::default()).unwrap();
        list.tasks.into_iter().map(|task| task.title).collect()
    }

    pub(super) fn status(&self) -> Result<response::UpdateStatus, ClientError> {
        self.client().call(&UpdateStatus {})
    }

    /// Waits until a version has come to rest in a phase.
    pub(super) fn until(&self, running: &str, phase: &str) -> response::UpdateStatus {
        let mut last = None;
        let mut rests = || {
            std::thread::sleep(Duration::from_millis(20));
            last = self.status().ok();
            last.as_ref().is_some_and(|status| status.running == running && status.phase == phase)
        };
        let what = format!("{running} {phase}");
        eventually_within(PATIENCE, &what, &mut rests);
        last.unwrap()
    }

    /// What an installed program says it is.
    pub(super) fn says(&self, program: &str) -> String {
        let output = Command::new(self.path("bin").join(program)).arg("--version").output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    pub(super) fn ledger(&self) -> serde_json::Value {
        serde_json::from_str(&std::fs::read_to_string(self.path("bin/.heph-update.json")).unwrap()).unwrap()
    }

    pub(super) fn note(&self, ledger: &serde_json::Value) {
        std::fs::write(self.path("bin/.heph-update.json"), ledger.to_string()).unwrap();
    }

    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.path("hephd.log")).unwrap_or_default()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- the log\n{}", self.log());
        }
        if let Some(mut daemon) = self.daemon.take() {
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }
}

/// Writes a script. Not in place: the kernel does not run what somebody has open for writing.
pub(super) fn script(path: &Path, text: &str) {
    let new = path.with_extension("new");
    std::fs::write(&new, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::rename(&new, path).unwrap();
}

/// The daemon with another number in it, of the same length.
pub(super) fn numbered(path: &Path, version: &str) {
    assert_eq!(version.len(), OLD.len());
    let change = format!("s/{}/{version}/g", OLD.replace('.', "\\."));
    let file = std::fs::File::create(path).unwrap();
    let sed = Command::new("sed").env("LC_ALL", "C").arg(change).arg(PROGRAM).stdout(file).status();
    assert!(sed.unwrap().success());
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}
