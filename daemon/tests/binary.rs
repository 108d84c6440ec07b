//! The binary: exit codes, signals, what it tells the service manager.

use std::io::Read as _;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use heph_protocol::request::DaemonStatus;
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Peer, eventually};

/// `hephd` with a home of its own and nothing from the environment of the test.
fn hephd(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hephd"));
    command.env_clear().env("HOME", home).env("TZ", "UTC").stdin(Stdio::null());
    command
}

/// Ends its process when it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    fn start(command: &mut Command) -> Self {
        Self(command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap())
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn what_it_cannot_do_yet_ends_it_with_78() {
    let home = tempfile::tempdir().unwrap();
    let output = hephd(home.path()).args(["--mode", "local", "--vault", "notes"]).output().unwrap();
    assert_eq!(output.status.code(), Some(78));
    assert_eq!(
        said(&output),
        "hephd: --vault is not in this version of hephd; take it out, or upgrade hephd\n"
    );
    assert!(home.path().read_dir().unwrap().next().is_none(), "nothing was made");
}

#[test]
fn an_unknown_key_in_the_file_ends_it_with_78() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("heph.toml");
    std::fs::write(&file, "# mine\nsokcet = \"/x\"\n").unwrap();
    let output = hephd(home.path()).env("HEPH_CONFIG", &file).output().unwrap();
    assert_eq!(output.status.code(), Some(78));
    let start = format!("hephd: {}, line 2: unknown field `sokcet`", file.display());
    assert!(said(&output).starts_with(&start), "{}", said(&output));
}

#[test]
fn it_serves_at_the_default_places_until_a_signal() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".local/share/heph");
    let notified = UnixDatagram::bind(home.path().join("notify")).unwrap();
    notified.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut running = Running::start(hephd(home.path()).env("NOTIFY_SOCKET", home.path().join("notify")));
    let mut state = String::new();
    while state != "READY=1\n" {
        let mut bytes = [0; 64];
        let read = notified.recv(&mut bytes).unwrap();
        state = String::from_utf8(bytes[..read].to_vec()).unwrap();
    }
    let mut peer = Peer::greeted(&folder.join("hephd.sock"));
    let status = peer.call(&DaemonStatus {}).unwrap();
    assert_eq!(status.pid, running.0.id());
    assert_eq!(status.log.as_deref(), folder.join("hephd.log").to_str());
    let second = hephd(home.path()).output().unwrap();
    assert_eq!(second.status.code(), Some(75));
    assert!(
        said(&second).contains(&format!("another hephd (process {})", running.0.id())),
        "{}",
        said(&second)
    );
    running.signal(Signal::TERM);
    assert_eq!(running.0.wait().unwrap().code(), Some(0));
    assert!(!folder.join("hephd.sock").exists());
    let mut bytes = [0; 64];
    let read = notified.recv(&mut bytes).unwrap();
    assert_eq!(&bytes[..read], b"STOPPING=1\n");
    let log = std::fs::read_to_string(folder.join("hephd.log")).unwrap();
    assert!(log.contains("serving") && log.contains("stopped"), "{log}");
    for entry in folder.read_dir().unwrap() {
        use std::os::unix::fs::PermissionsExt as _;
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode & 0o077, 0, "{} has mode {mode:o}", entry.path().display());
    }
    let checked = hephd(home.path()).arg("check").output().unwrap();
    assert_eq!(checked.status.code(), Some(0));
    assert!(String::from_utf8(checked.stdout).unwrap().ends_with("nothing is wrong\n"));
}

#[test]
fn a_daemon_that_was_killed_leaves_nothing_in_the_way() {
    let home = tempfile::tempdir().unwrap();
    let socket = home.path().join(".local/share/heph/hephd.sock");
    let mut first = Running::start(&mut hephd(home.path()));
    eventually("the daemon serves", || std::os::unix::net::UnixStream::connect(&socket).is_ok());
    first.signal(Signal::KILL);
    first.0.wait().unwrap();
    assert!(socket.exists());
    let mut again = Running::start(&mut hephd(home.path()));
    eventually("the daemon serves again", || std::os::unix::net::UnixStream::connect(&socket).is_ok());
    Peer::greeted(&socket);
    again.signal(Signal::INT);
    assert_eq!(again.0.wait().unwrap().code(), Some(0));
}

#[test]
fn logs_go_to_standard_error_as_json_if_so_configured() {
    let home = tempfile::tempdir().unwrap();
    let socket = home.path().join(".local/share/heph/hephd.sock");
    let mut running = Running::start(hephd(home.path()).args(["--log", "-", "--log-format", "json"]));
    eventually("the daemon serves", || std::os::unix::net::UnixStream::connect(&socket).is_ok());
    running.signal(Signal::HUP);
    assert_eq!(running.0.wait().unwrap().code(), Some(0));
    let mut log = String::new();
    running.0.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    let serving: serde_json::Value = log
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .find(|line| line["message"] == "serving")
        .unwrap();
    assert_eq!(serving["socket"], socket.display().to_string());
    assert!(!home.path().join(".local/share/heph/hephd.log").exists());
}
