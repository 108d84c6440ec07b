//! Updates under a real systemd: a forge with a real git repository served over HTTP, built by the real cargo.
//!
//! One thing is not as it is in life: building all of heph takes many minutes. The crates of these releases are of the
//! right names and versions and have an empty `main`; what is linked in their place is the real heph and hephd with
//! another number in them ([`LINKER`]). Everything before and after is as it is: cargo fetches, reads the lock file,
//! compiles, and installs; hephd tries what it gets and puts it in place; systemd starts it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use heph_protocol::request::TaskList;
use serde_json::{Value, json};

use crate::home::{Home, inside, tool, until, until_within};

/// The versions of these tests, each as long as the one that is built.
const OLD: &str = env!("CARGO_PKG_VERSION");
const NEW: &str = "0.9.8";
const NEWER: &str = "0.9.9";

/// How long an update may take, from the release to the new version.
const PATIENCE: Duration = Duration::from_secs(240);

/// Links a ready program in the place of one of ours; anything else as usual.
const LINKER: &str = r#"#!/bin/sh
ready="$HOME/ready/$CARGO_PKG_VERSION/$CARGO_BIN_NAME"
if [ -n "$CARGO_BIN_NAME" ] && [ -f "$ready" ]; then
    while [ "$1" != -o ]; do shift; done
    exec cp "$ready" "$2"
fi
exec cc "$@"
"#;

/// A forge that ends with this value.
struct Forge {
    folder: PathBuf,
    process: Child,
}

impl Drop for Forge {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Forge {
    /// A forge with an empty repository and no releases.
    fn start(home: &Home) -> Self {
        let folder = home.path().join("forge");
        let work = home.path().join("work");
        std::fs::create_dir_all(folder.join("o")).unwrap();
        std::fs::write(folder.join("releases.json"), "[]").unwrap();
        let bare = folder.join("o/heph.git");
        tool("git", &["init", "--quiet", "--bare", bare.to_str().unwrap()]);
        tool("git", &["init", "--quiet", work.to_str().unwrap()]);
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/forge.py");
        let process = Command::new("python3").arg(script).arg(&folder).stdin(Stdio::null()).spawn().unwrap();
        let forge = Self { folder, process };
        until("the forge serves", || forge.folder.join("port").exists());
        let port = std::fs::read_to_string(forge.folder.join("port")).unwrap();
        let settings = format!("notifications = 'off'\nupdate.repo = 'http://127.0.0.1:{port}/o/heph'\n");
        home.write(".config/heph/config.toml", &settings);
        // The user manager hands it to every service, and so to cargo.
        let linker = executable(home, "linker", LINKER);
        let target = std::env::consts::ARCH.to_uppercase();
        let variable = format!("CARGO_TARGET_{target}_UNKNOWN_LINUX_GNU_LINKER={}", linker.display());
        assert_eq!(home.systemctl(&["set-environment", &variable]).code, 0);
        forge
    }

    /// Publishes a release whose daemon has this source.
    fn publish(&self, home: &Home, version: &str, source: &str) {
        let work = home.path().join("work");
        let write = |name: &str, text: &str| home.write(&format!("work/{name}"), text);
        write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"heph\", \"heph-tui\", \"hephd\"]\n");
        let mut lock = "version = 4\n".to_owned();
        for name in ["heph", "heph-tui", "hephd"] {
            let package =
                format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2024\"\n");
            write(&format!("{name}/Cargo.toml"), &package);
            write(&format!("{name}/src/main.rs"), if name == "hephd" { source } else { "fn main() {}\n" });
            lock.push_str(&format!("\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n"));
        }
        write("Cargo.lock", &lock);
        for name in ["heph", "hephd"] {
            numbered(home, name, version);
        }
        executable(
            home,
            &format!("ready/{version}/heph-tui"),
            &format!("#!/bin/sh\necho heph-tui {version}\n"),
        );
        let git = |arguments: &[&str]| {
            let identity =
                ["-C", work.to_str().unwrap(), "-c", "user.name=Ada", "-c", "user.email=ada@example.org"];
            tool("git", &[&identity[..], arguments].concat());
        };
        git(&["add", "--all"]);
        git(&["commit", "--quiet", "--message", version]);
        git(&["tag", &format!("v{version}")]);
        git(&[
            "push",
            "--quiet",
            self.folder.join("o/heph.git").to_str().unwrap(),
            "HEAD:refs/heads/main",
            "--tags",
        ]);
        let releases = json!([{
            "tag_name": format!("v{version}"), "name": version, "created_at": "2026-11-01T00:00:00Z", "assets": [],
        }]);
        std::fs::write(self.folder.join("releases.json"), releases.to_string()).unwrap();
    }
}

fn executable(home: &Home, name: &str, text: &str) -> PathBuf {
    let path = home.write(name, text);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// A program of this build with another number in it.
fn numbered(home: &Home, name: &str, version: &str) {
    assert_eq!(version.len(), OLD.len());
    let path = executable(home, &format!("ready/{version}/{name}"), "");
    let change = format!("s/{}/{version}/g", OLD.replace('.', "\\."));
    // What is installed may be a newer one by now.
    let built = PathBuf::from(std::env::var_os("HEPH_PROGRAMS").unwrap()).join(name);
    let file = std::fs::File::create(path).unwrap();
    let sed = Command::new("sed").env("LC_ALL", "C").arg(change).arg(built).stdout(file).status().unwrap();
    assert!(sed.success());
}

/// Waits for something that takes as long as a build.
fn patiently(what: &str, home: &Home, mut holds: impl FnMut(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let status = home.status();
        if holds(&status) {
            return status;
        }
        assert!(began.elapsed() < PATIENCE, "waited in vain until {what}: {status:#}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn is(status: &Value, running: &str, phase: &str) -> bool {
    status["running_version"] == running
        && status["socket_state"] == "ready"
        && status["update"]["phase"] == phase
}

#[test]
fn it_updates_itself_and_hands_over_and_a_bad_release_changes_nothing() {
    inside("update::it_updates_itself_and_hands_over_and_a_bad_release_changes_nothing", "home", |home| {
        let forge = Forge::start(home);
        home.does(&["daemon", "start", "--self-update", "--self-update-interval-secs", "60"]);
        home.does(&["add", "Water the plants"]);
        let mut client = home.client();
        client.hello().unwrap();
        forge.publish(home, NEW, "fn main() {}\n");
        let status = patiently("it has updated itself", home, |status| is(status, NEW, "confirmed"));
        assert_eq!(status["installed_version"], NEW);
        assert_eq!((&status["restart_due"], &status["activity"]), (&false.into(), &"running".into()));
        assert_eq!(client.call(&TaskList::default()).unwrap().tasks.len(), 1, "the connected client heals");
        assert!(home.does(&["--version"]).contains(NEW), "the command line is updated as well");
        assert!(home.does(&["daemon", "status"]).contains(&format!("updated to {NEW}")));
        home.does(&["add", "Call the bank"]);
        home.does(&["daemon", "restart"]);
        assert!(
            home.unit_text().contains("--self-update --self-update-interval-secs 60"),
            "{}",
            home.unit_text()
        );

        let pid = home.pid();
        std::fs::write(forge.folder.join("status"), "500").unwrap();
        let ran = home.heph(&["daemon", "update", "--check"]);
        assert!(ran.code != 0 && ran.stderr.contains("the forge cannot be asked"), "{ran}");
        std::fs::remove_file(forge.folder.join("status")).unwrap();
        forge.publish(home, NEWER, "compile_error!(\"as the test wants it\");\n");
        assert!(home.does(&["daemon", "update", "--check"]).starts_with(&format!("{NEWER} is there")));
        let ran = home.heph(&["daemon", "update"]);
        assert!(ran.stderr.contains(&format!("v{NEWER} does not build")), "{ran}");
        assert_eq!((home.pid(), home.status()["running_version"] == NEW), (pid, true));
        assert_eq!(client.call(&TaskList::default()).unwrap().tasks.len(), 2);
    });
}

#[test]
fn a_version_that_does_not_start_is_taken_back_and_not_tried_again() {
    inside("update::a_version_that_does_not_start_is_taken_back_and_not_tried_again", "home", |home| {
        let forge = Forge::start(home);
        home.does(&["daemon", "start"]);
        home.does(&["add", "Water the plants"]);
        forge.publish(home, NEW, "fn main() {}\n");
        // Somebody takes the store as soon as the old version lets go of it, so that the new one cannot start.
        let lock = std::fs::File::open(home.data("heph.db.lock")).unwrap();
        let ledger = home.path().join("bin/.heph-update.json");
        let starts = || -> Option<u64> {
            let text = std::fs::read_to_string(&ledger).ok()?;
            serde_json::from_str::<Value>(&text).ok()?["attempt"]["starts"].as_u64()
        };
        let ran = std::thread::scope(|scope| {
            let updating = scope.spawn(|| home.heph(&["daemon", "update"]));
            until_within(PATIENCE, "the old version let go of the store, or there is no update", || {
                lock.try_lock().is_ok() || updating.is_finished()
            });
            until_within(PATIENCE, "the new version failed twice", || {
                starts() == Some(2) && home.property("SubState") == "auto-restart" || updating.is_finished()
            });
            lock.unlock().unwrap();
            updating.join().unwrap()
        });
        assert!(
            ran.code != 0 && ran.stderr.contains(&format!("{NEW} was taken back: it did not start")),
            "{ran}"
        );
        let status = patiently("the old version is back", home, |status| is(status, OLD, "rolled back"));
        assert_eq!(status["update"]["failed"][0]["was_rolled_back"], true);
        assert!(home.does(&["next"]).contains("Water the plants"));
        assert!(!home.path().join("bin/heph-tui").exists(), "it was not there before");
        let said = home.does(&["daemon", "update"]);
        assert!(said.starts_with(&format!("{NEW} is there and not taken: it did not start")), "{said}");
    });
}
