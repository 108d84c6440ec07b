//! What can be wrong, and what is then said.

use std::os::unix::net::UnixListener;

use crate::home::{inside, signal, until};

#[test]
fn a_bad_setting_stays_down_and_says_why() {
    inside("trouble::a_bad_setting_stays_down_and_says_why", "home", |home| {
        home.does(&["daemon", "start"]);
        let config = home.write(".config/heph/config.toml", "log_format = 'sideways'\n");
        signal("KILL", home.pid().unwrap());
        until("it gave up", || home.property("ActiveState") == "failed");
        let (status, problems) = (home.status(), home.problems().join("\n"));
        assert_eq!(status["activity"], "failed");
        assert!(problems.contains("exit code 78"), "{problems}");
        assert!(problems.contains("sideways"), "{problems}");
        let text = home.heph(&["daemon", "status"]);
        assert_eq!(text.code, 69);
        let ran = home.heph(&["daemon", "start"]);
        assert_eq!(ran.code, 78, "{ran}");
        assert!(ran.stderr.contains("sideways") && ran.stderr.contains("hint:"), "{ran}");
        std::fs::remove_file(config).unwrap();
        home.does(&["daemon", "start"]);
        assert_eq!(home.problems(), Vec::<String>::new());
    });
}

#[test]
fn a_store_that_is_newer_is_refused_with_the_log() {
    inside("trouble::a_store_that_is_newer_is_refused_with_the_log", "home", |home| {
        home.does(&["daemon", "start"]);
        home.does(&["daemon", "stop"]);
        // The version of the format stands at byte 60 of a SQLite file, as a big-endian number.
        let db = home.data("heph.db");
        let mut bytes = std::fs::read(&db).unwrap();
        bytes[60..64].copy_from_slice(&99_u32.to_be_bytes());
        std::fs::write(&db, bytes).unwrap();
        let ran = home.heph(&["daemon", "start"]);
        assert_eq!(ran.code, 69, "{ran}");
        assert!(
            ran.stderr.contains("exit code 78") && ran.stderr.contains("stays down: the store has format 99"),
            "{ran}"
        );
        assert_eq!(home.property("ActiveState"), "failed", "it is not started again and again");
    });
}

#[test]
fn a_store_that_another_daemon_holds_is_told_and_taken_over() {
    inside("trouble::a_store_that_another_daemon_holds_is_told_and_taken_over", "home", |home| {
        let mut other = home.foreground(&["--mode", "local"]);
        let ran = home.heph(&["daemon", "start"]);
        assert_eq!(ran.code, 69, "{ran}");
        let pid = other.0.id();
        assert!(ran.stderr.contains(&format!("another hephd (process {pid}) has")), "{ran}");
        assert!(ran.stderr.contains(&format!("kill {pid}")), "{ran}");
        let problems = home.problems().join("\n");
        assert!(problems.contains(&format!("process {pid}")), "{problems}");
        other.0.kill().unwrap();
        other.0.wait().unwrap();
        until("the service has it", || home.status()["socket_state"] == "ready");
        assert_eq!(home.problems(), Vec::<String>::new());
    });
}

#[test]
fn what_is_left_behind_is_cleared() {
    inside("trouble::what_is_left_behind_is_cleared", "home", |home| {
        std::fs::create_dir_all(home.data("")).unwrap();
        drop(UnixListener::bind(home.data("hephd.sock")).unwrap());
        assert_eq!(home.status()["socket_state"], "stale");
        assert!(home.problems()[0].contains("left its socket behind"));
        home.does(&["daemon", "start"]);
        assert_eq!(home.status()["socket_state"], "ready");
    });
}

#[test]
fn a_masked_unit_and_a_half_installed_one_are_told() {
    inside("trouble::a_masked_unit_and_a_half_installed_one_are_told", "home", |home| {
        home.systemctl(&["mask", "heph.service"]);
        let ran = home.heph(&["daemon", "start"]);
        assert_eq!(ran.code, 5, "{ran}");
        assert!(ran.stderr.contains("unmask heph.service"), "{ran}");
        assert_eq!(home.status()["masked"], true);
        home.systemctl(&["unmask", "heph.service"]);

        home.does(&["daemon", "start"]);
        home.systemctl(&["disable", "heph.service"]);
        assert!(home.problems()[0].contains("does not start at login"));
        home.does(&["daemon", "start"]);
        assert_eq!(home.status()["enabled"], true, "a start mends it");

        std::fs::rename(home.path().join("bin/hephd"), home.path().join("bin/away")).unwrap();
        assert!(home.problems().join("\n").contains("there is no hephd at"));
        let ran = home.heph(&["daemon", "restart"]);
        assert_eq!(ran.code, 3, "{ran}");
        assert_eq!(home.property("ActiveState"), "active", "what runs is left alone");
    });
}

#[test]
fn a_unit_whose_flags_would_be_lost_is_left_alone() {
    inside("trouble::a_unit_whose_flags_would_be_lost_is_left_alone", "home", |home| {
        home.does(&["daemon", "start"]);
        let hephd = home.path().join("bin/hephd");
        for start in [
            format!("/usr/bin/nice -n 5 {} --mode local --db /tmp/x", hephd.display()),
            format!("{} \"--mode local --db /tmp/x", hephd.display()),
        ] {
            let text = format!("[Service]\nType=notify\nExecStart={start}\n");
            std::fs::write(home.unit(), &text).unwrap();
            let ran = home.heph(&["daemon", "restart"]);
            assert!(ran.code == 1 && ran.stderr.contains("its flags would be lost"), "{ran}");
            assert_eq!(home.unit_text(), text);
            assert!(home.problems().join("\n").contains("is not understood"), "{:?}", home.problems());
        }
        home.does(&["daemon", "uninstall"]);
        assert!(!home.unit().exists());
    });
}

#[test]
fn what_only_the_manager_knows_starts_no_second_daemon() {
    inside("trouble::what_only_the_manager_knows_starts_no_second_daemon", "home", |home| {
        home.does(&["daemon", "start"]);
        let text =
            home.unit_text().replace("--mode local", "--mode local --socket %t/o.sock --db ${HOME}/x.db");
        std::fs::write(home.unit(), text).unwrap();
        let _ = home.status();
        let there = |name: &str| home.path().join(name).exists() || std::path::Path::new(name).exists();
        assert!(!there("settings") && !there("settings.lock"), "nothing served a store called settings");
        assert!(home.problems().join("\n").contains("changed since it was loaded"));
    });
}

#[test]
fn a_service_without_its_file_is_told_stopped_and_installed_anew() {
    inside("trouble::a_service_without_its_file_is_told_stopped_and_installed_anew", "home", |home| {
        home.does(&["daemon", "start"]);
        let before = home.pid();
        std::fs::remove_file(home.unit()).unwrap();
        assert!(home.problems()[0].contains("its file is gone"), "{:?}", home.problems());
        home.does(&["daemon", "start"]);
        assert_ne!(home.pid(), before, "what runs is what was installed");
        std::fs::remove_file(home.unit()).unwrap();
        assert!(home.does(&["daemon", "uninstall"]).starts_with("uninstalled"));
        assert_eq!(home.status()["socket_state"], "absent");
        assert!(!home.path().join(".config/systemd/user/default.target.wants/heph.service").is_symlink());
    });
}

#[test]
fn variables_of_the_session_do_not_move_the_store() {
    inside("trouble::variables_of_the_session_do_not_move_the_store", "home", |home| {
        home.systemctl(&["set-environment", "HEPH_DB=/tmp/elsewhere.db", "HEPH_SOCKET=/tmp/elsewhere.sock"]);
        home.does(&["daemon", "start"]);
        assert_eq!(home.status()["db"]["path"], home.data("heph.db").to_str().unwrap());
    });
}

#[test]
fn without_a_manager_it_says_how_to_run_hephd() {
    inside("trouble::without_a_manager_it_says_how_to_run_hephd", "home", |home| {
        for (name, value) in [("XDG_RUNTIME_DIR", "/run/nobody"), ("PATH", "/nowhere")] {
            let mut command = home.command("heph");
            let output = command.args(["daemon", "start"]).env(name, value).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(78), "{said}");
            assert!(said.contains("/bin/hephd --mode local"), "{said}");
        }
        let mut command = home.command("heph");
        let output = command.args(["daemon", "status"]).env("PATH", "/nowhere").output().unwrap();
        assert!(String::from_utf8_lossy(&output.stdout).contains("systemctl cannot be run"));
    });
}
