//! Updates with the real daemon, a forge and a cargo that are none.

mod forge;
mod machine;

use std::time::Duration;

use heph_client::ClientError;
use heph_protocol::request::{UpdateCheck, UpdateRun};
use hephd::update::forge::{Forge as Asked, Kind, Limits};
use serde_json::json;

use self::forge::{Answer, Forge};
use self::machine::{Machine, NEW, OLD, PATIENCE, numbered, script};
use crate::support::eventually_within;

/// What was refused, in a sentence.
fn refusal<T: std::fmt::Debug>(asked: Result<T, ClientError>) -> String {
    match asked {
        Err(ClientError::Daemon(error)) => error.message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_answer_that_is_none_is_told_plainly() {
    let limits = Limits { page: 1 << 20, silence: Duration::from_millis(500), whole: Duration::from_secs(5) };
    let forge = Forge::start(Answer::Closed);
    let asked = Asked::of(&forge.repo(), None).unwrap();
    for (answer, expected) in [
        (Answer::Status(500), "500"),
        (Answer::Status(404), "the forge knows no repository at"),
        (Answer::Status(429), "the forge wants to be asked less often"),
        (Answer::Page, "the answer is a web page and no list of releases"),
        (Answer::Text("<html>"), "the forge cannot be asked"),
        (Answer::Text("{\"message\":\"no\"}"), "the forge cannot be asked"),
        (Answer::Nothing, "it took too long"),
        (Answer::Closed, "the forge cannot be asked"),
        (Answer::Endless, "larger than any list of releases"),
        (Answer::TenGigabytes, "larger than any list of releases"),
    ] {
        forge.answers(answer.clone());
        let error = asked.releases(limits).unwrap_err().to_string();
        assert!(error.contains(expected), "{answer:?}: {error}");
    }
}

#[test]
fn the_releases_of_either_kind_of_forge_are_read() {
    let tags = ["v0.2.0", "v0.3.0-rc.1", "nightly", "0.1.9"].map(str::to_owned).to_vec();
    let forge = Forge::start(Answer::Releases(tags));
    for kind in [Kind::Gitea, Kind::Github] {
        let asked = Asked::of(&forge.repo(), Some(kind)).unwrap();
        let offered = asked.releases(Limits::default()).unwrap();
        let versions: Vec<_> = offered.iter().map(|one| one.version.to_string()).collect();
        assert_eq!(versions, ["0.2.0", "0.3.0-rc.1", "0.1.9"], "{kind:?}");
    }
}

#[test]
fn an_update_by_hand_hands_over_and_is_confirmed() {
    let mut machine = Machine::new();
    machine.start();
    machine.add("Water the plants");
    let nothing = machine.client().call(&UpdateCheck {}).unwrap();
    assert_eq!((nothing.phase.as_str(), nothing.release), ("idle", None));
    machine.release(NEW, None);
    let found = machine.client().call(&UpdateCheck {}).unwrap();
    assert_eq!((found.phase.as_str(), found.release.as_deref()), ("idle", Some(NEW)));
    assert_eq!(machine.says("hephd"), format!("hephd {OLD}"), "a look changes nothing");

    let mut connected = machine.client();
    connected.hello().unwrap();
    // The build takes until somebody has heard of it.
    let wait = "until [ -e \"$HOME/heard\" ] || [ $((n += 1)) -gt 600 ]; do sleep 0.05; done";
    machine.cargo_does(&format!("n=0; echo '   Compiling heph' >&2; {wait}"));
    let heard = machine.path("heard");
    let mut notes = Vec::new();
    let answered = connected.call_with_progress(&UpdateRun {}, &mut |news| {
        if !news.note.is_empty() {
            std::fs::write(&heard, "").unwrap();
        }
        notes.push(news.note);
    });
    assert!(answered.is_ok(), "{answered:?}");
    assert!(notes.iter().any(|note| !note.is_empty()), "{notes:?}");
    let status = machine.until(NEW, "confirmed");
    assert_eq!((status.release.as_deref(), status.failed.len()), (Some(NEW), 0));
    machine.until_ready();
    assert_eq!(machine.titles(), ["Water the plants"]);
    assert!(connected.call(&UpdateCheck {}).is_ok(), "the client that was connected heals");
    machine.add("Call the bank");
    for program in ["heph", "heph-tui", "hephd"] {
        assert_eq!(machine.says(program), format!("{program} {NEW}"));
        assert_eq!(machine.says(&format!("{program}.old")), format!("{program} {OLD}"));
    }
    assert!(!machine.path("bin/.heph-update").exists(), "nothing is left of the build");
    assert!(!machine.path("try.sock").exists() && !machine.path("try.sock.lock").exists());
    machine.stop();
    machine.start();
    assert_eq!(machine.titles().len(), 2);
}

#[test]
fn a_hub_updates_itself_with_its_owners_store() {
    for owner in [&["--owner", "ada"][..], &[]] {
        let mut machine = Machine::new();
        machine.flags = [&["--mode", "server", "--http-addr", "127.0.0.1:0"], owner].concat();
        machine.start();
        if !owner.is_empty() {
            machine.add("Water the plants");
        }
        machine.release(NEW, None);
        machine.client().call(&UpdateRun {}).unwrap();
        machine.until(NEW, "confirmed");
        machine.until_ready();
        let stores = machine.ledger()["attempt"]["stores"].as_array().unwrap().len();
        assert_eq!(stores, if owner.is_empty() { 1 } else { 2 });
        if !owner.is_empty() {
            assert_eq!(machine.titles(), ["Water the plants"]);
        }
    }
}

#[test]
fn whatever_is_wrong_with_a_release_leaves_the_old_one_running() {
    let mut machine = Machine::new();
    machine.start();
    machine.add("Water the plants");
    let pid = machine.pid();
    let hephd = |settings: &str, check: &str| {
        format!(
            "case \"$1\" in --version) echo hephd {NEW} ;; settings) {settings} ;; check) {check} ;; *) exit 1 ;; esac"
        )
    };
    let good = "true";
    for (cargo, program, expected) in [
        (
            "echo 'error: could not compile `hephd`' >&2; exit 101",
            None,
            "does not build (exit code 101: error: could not compile `hephd`)",
        ),
        (
            "echo 'error: No space left on device (os error 28)' >&2; exit 101",
            None,
            "No space left on device",
        ),
        ("kill -9 $$", None, "does not build (signal 9"),
        ("rm \"$HOME/releases/$tag/heph-tui\"", Some(hephd(good, good)), "has no program heph-tui"),
        (good, Some(format!("echo hephd {OLD}")), "its hephd is 0.1.0 and not 0.9.9"),
        (good, Some("exit 1".to_owned()), "its hephd does not run: exit code 1"),
        (
            good,
            Some(hephd("echo 'hephd: no --db' >&2; exit 78", good)),
            "it does not take the settings in force: exit code 78: hephd: no --db",
        ),
        (
            good,
            Some(hephd(good, "echo 'hephd: migration 8 failed' >&2; exit 70")),
            "it cannot use a copy of the store: exit code 70: hephd: migration 8 failed",
        ),
        (good, Some(hephd(good, good)), "it does not serve a copy of the store: it ended with"),
    ] {
        machine.note(&json!({}));
        machine.release(NEW, Some(program.as_deref().unwrap_or("exit 1")));
        machine.cargo_does(cargo);
        let said = refusal(machine.client().call(&UpdateRun {}));
        assert!(said.contains(expected), "{said}");
        let status = machine.status().unwrap();
        assert_eq!((status.phase.as_str(), status.running.as_str()), ("refused", OLD), "{said}");
        assert_eq!(status.failed.len(), 1, "{said}");
        assert_eq!(machine.says("hephd"), format!("hephd {OLD}"));
        assert!(!machine.path("bin/.heph-update").exists(), "{said}");
    }
    assert_eq!(machine.pid(), pid);
    assert_eq!(machine.titles(), ["Water the plants"]);
    // Three times is enough, but for who asks by hand.
    machine.note(&json!({ "failures": { NEW: { "count": 3, "reason": "it does not build" } } }));
    let said = refusal(machine.client().call(&UpdateRun {}));
    assert!(said.contains("it does not serve"), "{said}");
}

#[test]
fn what_is_missing_on_the_machine_is_told_and_no_fault_of_the_release() {
    let mut machine = Machine::new();
    std::fs::remove_file(machine.path("tools/cargo")).unwrap();
    machine.start();
    machine.release(NEW, Some("exit 1"));
    let said = refusal(machine.client().call(&UpdateRun {}));
    assert!(said.starts_with("cargo is not found"), "{said}");
    assert!(machine.status().unwrap().failed.is_empty());
    machine.forge.answers(Answer::Status(500));
    let said = refusal(machine.client().call(&UpdateRun {}));
    assert!(said.starts_with("the forge cannot be asked"), "{said}");
    assert_eq!(machine.titles(), Vec::<String>::new());
}

#[test]
fn a_developers_build_is_left_alone() {
    let mut machine = Machine::new();
    let target = machine.path("target/debug");
    std::fs::create_dir_all(target.parent().unwrap()).unwrap();
    std::fs::rename(machine.path("bin"), &target).unwrap();
    std::os::unix::fs::symlink(&target, machine.path("bin")).unwrap();
    machine.start();
    machine.release(NEW, Some("exit 1"));
    let said = refusal(machine.client().call(&UpdateRun {}));
    assert!(said.ends_with("is a developer's build; update it with git and cargo build"), "{said}");
}

/// A release archive, signed by a key, and the file of checksums.
fn archive(machine: &Machine, key: &zipsign_api::SigningKey) -> Vec<(String, Vec<u8>)> {
    let name = hephd::update::asset::archive_name(NEW, self_update::get_target());
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut tar = tar::Builder::new(gzip);
    for program in ["heph", "heph-tui", "hephd"] {
        let from = machine.path("releases").join(format!("v{NEW}")).join(program);
        tar.append_path_with_name(from, format!("heph-{NEW}/{program}")).unwrap();
    }
    let plain = tar.into_inner().unwrap().finish().unwrap();
    let mut signed = std::io::Cursor::new(Vec::new());
    let (mut plain, context) = (std::io::Cursor::new(plain), Some(name.as_bytes()));
    zipsign_api::sign::copy_and_sign_tar(&mut plain, &mut signed, std::slice::from_ref(key), context)
        .unwrap();
    let signed = signed.into_inner();
    let sum = {
        use sha2::Digest as _;
        sha2::Sha256::digest(&signed).iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let sums = format!("{sum}  {name}\n");
    vec![(name, signed), ("SHA256SUMS".to_owned(), sums.into_bytes())]
}

#[test]
fn a_release_file_needs_its_checksum_and_the_right_signature() {
    let mut machine = Machine::new();
    let [key, other] = [[7; 32], [8; 32]].map(|seed| zipsign_api::SigningKey::from_bytes(&seed));
    let public: String = key.verifying_key().as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let settings = format!(
        "notifications = \"off\"\nupdate.repo = \"{}\"\nupdate.assets = \"on\"\nupdate.key = \"{public}\"\n",
        machine.forge.repo()
    );
    std::fs::write(machine.path(".config/heph/config.toml"), settings).unwrap();
    machine.cargo_does("echo 'error: nothing is built here' >&2; exit 101");
    machine.start();
    machine.release(NEW, None);
    let good = archive(&machine, &key);
    let mut torn = good.clone();
    torn[0].1.pop();
    let mut renamed = good.clone();
    renamed[1].1 = String::from_utf8(renamed[1].1.clone()).unwrap().replace("heph-", "other-").into_bytes();
    for (files, expected) in [
        (torn, "is not the file that SHA256SUMS describes; it is not used"),
        (renamed, "is not the file that SHA256SUMS describes; it is not used"),
        (archive(&machine, &other), "is not signed by update.key"),
        // Without an archive of this target it is built.
        (vec![good[1].clone()], "nothing is built here"),
    ] {
        machine.note(&json!({}));
        machine.forge.answers(Answer::Files(NEW.to_owned(), files));
        let said = refusal(machine.client().call(&UpdateRun {}));
        assert!(said.contains(expected), "{said}");
        assert_eq!(machine.says("hephd"), format!("hephd {OLD}"));
    }
    machine.note(&json!({}));
    machine.forge.answers(Answer::Files(NEW.to_owned(), good));
    machine.client().call(&UpdateRun {}).unwrap();
    machine.until(NEW, "confirmed");
}

/// What a `kill -9` leaves in each phase, and what the next start makes of it.
#[test]
fn after_a_kill_in_any_phase_the_next_start_serves() {
    let mut machine = Machine::new();
    machine.start();
    machine.add("Water the plants");
    machine.stop();
    let (old, new) = (machine.path("hephd-old"), machine.path("hephd-new"));
    std::fs::copy(machine.path("bin/hephd"), &old).unwrap();
    numbered(&new, NEW);
    let put = |is_new: bool, name: &str| {
        let to = machine.path("bin").join(name);
        let _ = std::fs::remove_file(&to);
        match name.trim_end_matches(".old") {
            "hephd" => drop(std::fs::copy(if is_new { &new } else { &old }, to).unwrap()),
            program => script(&to, &format!("echo {program} {}", if is_new { NEW } else { OLD })),
        }
    };
    let mut cases = Vec::new();
    // Phase; which of heph, heph-tui and hephd are new; what comes of it.
    for (phase, are_new, served, rests) in [
        ("staging", [false; 3], OLD, "refused"),
        ("verified", [false; 3], OLD, "refused"),
        ("swapping", [false; 3], OLD, "rolled back"),
        ("swapping", [true, false, false], OLD, "rolled back"),
        ("swapping", [true, true, false], OLD, "rolled back"),
        ("swapping", [true; 3], NEW, "confirmed"),
        ("swapped", [true; 3], NEW, "confirmed"),
        ("handing off", [true; 3], NEW, "confirmed"),
        ("confirmed", [true; 3], NEW, "confirmed"),
        ("rolling back", [true; 3], OLD, "rolled back"),
        ("rolling back", [false, true, true], OLD, "rolled back"),
        ("rolling back", [false; 3], OLD, "rolled back"),
        ("rolled back", [false; 3], OLD, "rolled back"),
    ] {
        for (program, is_new) in ["heph", "heph-tui", "hephd"].into_iter().zip(are_new) {
            put(is_new, program);
            put(false, &format!("{program}.old"));
        }
        machine.note(&json!({ "attempt": {
            "from": OLD, "to": NEW, "phase": phase, "programs": ["heph", "heph-tui", "hephd"],
            "stores": [{ "path": machine.path("heph.db"), "format": hephd::store::FORMAT }],
        }}));
        cases.push((phase, are_new, served, rests));
        let mut command = machine.command();
        let mut child = command.spawn().unwrap();
        machine.until_ready();
        let status = machine.until(served, rests);
        assert_eq!(status.running, served, "{phase} {are_new:?}");
        assert_eq!(machine.titles(), ["Water the plants"]);
        for program in ["heph", "heph-tui", "hephd"] {
            assert_eq!(machine.says(program), format!("{program} {served}"), "{phase} {are_new:?}");
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert_eq!(cases.len(), 13);
}

/// The new version migrates the store and then fails: what it does is what a migration does, since the two programs are
/// one and know one format.
#[test]
fn a_version_that_does_not_start_is_taken_back_with_its_store_at_the_third_start() {
    let mut machine = Machine::new();
    machine.start();
    machine.add("Water the plants");
    machine.stop();
    let format = hephd::store::FORMAT;
    let db = machine.path("heph.db");
    let backups = machine.path("backups");
    std::fs::create_dir_all(&backups).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let backup = backups.join(format!("before-format-{:04}.db", format + 1));
    runtime.block_on(hephd::store::copy(&db, &backup)).unwrap();
    runtime.block_on(async {
        use sqlx::ConnectOptions as _;
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&db);
        let mut connection = options.connect().await.unwrap();
        let newer = format!("PRAGMA user_version = {}", format + 1);
        sqlx::raw_sql(sqlx::AssertSqlSafe(newer)).execute(&mut connection).await.unwrap();
        sqlx::Connection::close(connection).await.unwrap();
    });
    for program in ["heph", "heph-tui", "hephd"] {
        std::fs::rename(
            machine.path("bin").join(program),
            machine.path("bin").join(format!("{program}.old")),
        )
        .unwrap();
    }
    machine.release(NEW, None);
    for program in ["heph", "heph-tui", "hephd"] {
        let from = machine.path("releases").join(format!("v{NEW}")).join(program);
        std::fs::copy(from, machine.path("bin").join(program)).unwrap();
    }
    machine.note(&json!({ "attempt": {
        "from": OLD, "to": NEW, "phase": "swapped", "programs": ["heph", "heph-tui", "hephd"],
        "stores": [{ "path": db, "format": format }],
    }}));
    // A store that is too new ends with 78 otherwise, which no service manager starts again.
    for start in 1..=2 {
        assert_eq!(machine.run_to_its_end(), Some(70));
        assert_eq!(machine.ledger()["attempt"]["starts"], start);
    }
    machine.start();
    let status = machine.until(OLD, "rolled back");
    assert!(status.failed[0].was_rolled_back);
    assert_eq!(machine.titles(), ["Water the plants"]);
    for program in ["heph", "heph-tui", "hephd"] {
        assert_eq!(machine.says(program), format!("{program} {OLD}"));
    }
    let avoided = machine.client().call(&UpdateRun {}).unwrap();
    assert_eq!((avoided.phase.as_str(), avoided.release.as_deref()), ("refused", Some(NEW)));
    assert_eq!(machine.says("hephd"), format!("hephd {OLD}"), "it is not taken again");
}

#[test]
fn a_build_ends_with_the_daemon_and_is_no_fault_of_the_release() {
    let mut machine = Machine::new();
    machine.start();
    machine.release(NEW, Some("exit 1"));
    machine.cargo_does("echo $$ > \"$HOME/cargo-pid\"; exec sleep 600");
    let mut client = machine.client();
    let asked = std::thread::spawn(move || client.call(&UpdateRun {}));
    eventually_within(PATIENCE, "cargo runs", || {
        std::thread::sleep(Duration::from_millis(20));
        machine.path("cargo-pid").exists()
    });
    let busy = machine.client().call(&UpdateCheck {});
    assert!(matches!(busy, Err(ClientError::Daemon(error)) if error.message == "an update is under way"));
    machine.stop();
    assert!(asked.join().unwrap().is_err());
    let pid = std::fs::read_to_string(machine.path("cargo-pid")).unwrap();
    assert!(!std::path::Path::new("/proc").join(pid.trim()).exists(), "the build is over");
    machine.start();
    let status = machine.status().unwrap();
    assert_eq!((status.phase.as_str(), status.failed.len()), ("refused", 0));
    // And by a kill, which the next start notes.
    let mut client = machine.client();
    std::fs::remove_file(machine.path("cargo-pid")).unwrap();
    let asked = std::thread::spawn(move || client.call(&UpdateRun {}));
    eventually_within(PATIENCE, "cargo runs", || {
        std::thread::sleep(Duration::from_millis(20));
        machine.path("cargo-pid").exists()
    });
    machine.kill();
    machine.start();
    assert!(asked.join().unwrap().is_err());
    let status = machine.status().unwrap();
    assert_eq!((status.phase.as_str(), status.failed[0].count), ("refused", 1));
    assert!(!machine.path("bin/.heph-update").exists());
}
