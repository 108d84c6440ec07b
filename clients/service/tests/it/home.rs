//! A home folder with a user manager of its own.
//!
//! A test runs twice: outside, where it makes the home and the namespaces and runs itself in them; and inside, where it
//! does what it is about.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use heph_client::{Client, Options};
use serde_json::Value;
use tempfile::TempDir;

/// Says that a test runs inside, and where its home is.
const INSIDE: &str = "HEPH_TEST_HOME";

/// Makes a machine of its own with nothing but systemd's user manager in it, and runs the rest of the line there.
const INIT: &str = r#"
set -e
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system "$XDG_RUNTIME_DIR"
chmod 700 "$XDG_RUNTIME_DIR"
/lib/systemd/systemd --user >"$1" 2>&1 &
tries=0
until systemctl --user is-active --quiet default.target; do
    tries=$((tries + 1))
    [ $tries -lt 200 ] || { cat "$1"; echo "the user manager does not start"; exit 1; }
    sleep 0.05
done
shift
exec "$@"
"#;

/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a program did.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit {}\n{}\n{}", self.code, self.stdout, self.stderr)
    }
}

/// A home folder with `heph` and `hephd` in `bin`.
pub(crate) struct Home {
    path: PathBuf,
}

/// Runs a test inside, in a home of this name.
pub(crate) fn inside(test: &str, name: &str, body: impl FnOnce(&Home)) {
    if let Some(path) = std::env::var_os(INSIDE) {
        return body(&Home { path: path.into() });
    }
    let (_folder, path) = new_home(name);
    let mut command = machine(&path);
    command.arg(std::env::current_exe().unwrap()).args([test, "--exact", "--nocapture"]);
    let xtask = std::env::var_os("HEPH_XTASK").unwrap_or_default();
    command.env("HEPH_XTASK", xtask).env("HEPH_PROGRAMS", programs()).env(INSIDE, &path);
    let output = command.stdin(Stdio::null()).output().expect("unshare runs");
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let log = std::fs::read_to_string(path.join(".local/share/heph/hephd.log")).unwrap_or_default();
    assert!(output.status.success(), "{said}\n--- hephd's log\n{log}");
    assert!(said.contains("1 passed"), "{said}");
}

/// Where `heph` and `hephd` were built.
fn programs() -> PathBuf {
    let programs = std::env::var_os("HEPH_PROGRAMS");
    programs.expect("HEPH_PROGRAMS: see `cargo xtask test --only service`").into()
}

/// Makes a home of this name with the programs in `bin`, in a folder that goes with the first value.
pub(crate) fn new_home(name: &str) -> (TempDir, PathBuf) {
    // A socket's path has to be short.
    let folder = tempfile::Builder::new().prefix("h").tempdir_in("/tmp").unwrap();
    let path = folder.path().join(name);
    std::fs::create_dir_all(path.join("bin")).unwrap();
    for program in ["heph", "hephd"] {
        std::fs::copy(programs().join(program), path.join("bin").join(program)).unwrap();
    }
    (folder, path)
}

/// The beginning of a command that runs on a machine of its own, in a home: what is still to come is the command.
pub(crate) fn machine(home: &Path) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c", INIT, "sh"]);
    command.arg(home.with_file_name("systemd.log"));
    for (variable, _) in std::env::vars_os() {
        let text = variable.to_string_lossy();
        if text.starts_with("HEPH_") || text.starts_with("XDG_") || text.starts_with("DBUS_") {
            command.env_remove(&variable);
        }
    }
    command.env("HOME", home).env("USER", "root");
    command.env("XDG_RUNTIME_DIR", "/run/user/0").env_remove("RUST_LOG");
    // cargo and its toolchains are where they were.
    let before = std::env::home_dir().unwrap();
    for (variable, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
        command.env(variable, std::env::var_os(variable).map_or_else(|| before.join(folder), PathBuf::from));
    }
    command
}

impl Home {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn data(&self, name: &str) -> PathBuf {
        self.path.join(".local/share/heph").join(name)
    }

    pub(crate) fn unit(&self) -> PathBuf {
        self.path.join(".config/systemd/user/heph.service")
    }

    pub(crate) fn unit_text(&self) -> String {
        std::fs::read_to_string(self.unit()).unwrap()
    }

    /// Writes a file of the home folder, with its folders.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.path.join("bin").join(program));
        command.stdin(Stdio::null());
        command
    }

    /// Runs `heph`.
    pub(crate) fn heph(&self, arguments: &[&str]) -> Ran {
        ran(self.command("heph").args(arguments).output().unwrap())
    }

    /// Runs `heph`, which has to succeed.
    pub(crate) fn does(&self, arguments: &[&str]) -> String {
        let ran = self.heph(arguments);
        assert_eq!(ran.code, 0, "heph {}: {ran}", arguments.join(" "));
        ran.stdout
    }

    /// The answer of `heph daemon status --json`.
    pub(crate) fn status(&self) -> Value {
        let ran = self.heph(&["daemon", "status", "--json"]);
        let document: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran}"));
        document["service"].clone()
    }

    /// What `status` says is not as it should be.
    pub(crate) fn problems(&self) -> Vec<String> {
        let status = self.status();
        let problems = status["problems"].as_array().unwrap();
        problems.iter().map(|problem| problem["what"].as_str().unwrap().to_owned()).collect()
    }

    /// The process of the service.
    pub(crate) fn pid(&self) -> Option<u64> {
        self.status()["pid"].as_u64()
    }

    pub(crate) fn systemctl(&self, arguments: &[&str]) -> Ran {
        ran(Command::new("systemctl").arg("--user").args(arguments).output().unwrap())
    }

    /// A property of the unit.
    pub(crate) fn property(&self, name: &str) -> String {
        self.systemctl(&["show", "heph.service", "--value", "--property", name]).stdout.trim().to_owned()
    }

    /// A client of the daemon at the default socket.
    pub(crate) fn client(&self) -> Client {
        Client::new(Options {
            socket: self.data("hephd.sock"),
            client: "test".to_owned(),
            version: "0".to_owned(),
            zone: None,
        })
    }

    /// Runs `hephd` in the foreground, without the service, until the value is dropped.
    pub(crate) fn foreground(&self, arguments: &[&str]) -> Foreground {
        let mut command = self.command("hephd");
        command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
        // A group of its own: systemd's manager has nothing to do with it.
        let child = command.process_group(0).spawn().unwrap();
        let mut client = self.client();
        until("the daemon in the foreground is ready", || client.hello().is_ok_and(|hello| hello.ready));
        Foreground(child)
    }
}

/// A daemon that the service manager knows nothing of.
pub(crate) struct Foreground(pub(crate) Child);

impl Drop for Foreground {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Waits until something holds; fails when it does not within the patience of a test.
pub(crate) fn until(what: &str, holds: impl FnMut() -> bool) {
    until_within(PATIENCE, what, holds);
}

/// The same with another patience.
pub(crate) fn until_within(patience: Duration, what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < patience, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Sends a signal.
pub(crate) fn signal(signal: &str, pid: u64) {
    let sent = Command::new("kill").arg(format!("-{signal}")).arg(pid.to_string()).status().unwrap();
    assert!(sent.success());
}

/// Runs a program that is not ours and has to succeed.
pub(crate) fn tool<S: AsRef<OsStr>>(program: &str, arguments: &[S]) -> String {
    let ran = ran(Command::new(program).args(arguments).output().unwrap());
    assert_eq!(ran.code, 0, "{program}: {ran}");
    ran.stdout + &ran.stderr
}
