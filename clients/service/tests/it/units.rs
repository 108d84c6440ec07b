//! Units that are not as heph writes them.

use crate::home::inside;

#[test]
fn an_older_unit_is_upgraded_and_what_is_in_it_stays() {
    inside("units::an_older_unit_is_upgraded_and_what_is_in_it_stays", "home", |home| {
        let hephd = home.path().join("bin/hephd");
        let unit = format!(
            "[Unit]\nDescription=my heph\nAfter=basic.target\n[Service]\nExecStart={} --mode local --log-format json\n\
             Restart=on-failure\nEnvironment=RUST_LOG=debug\n[Install]\nWantedBy=default.target\n",
            hephd.display()
        );
        home.write(".config/systemd/user/heph.service", &unit);
        home.systemctl(&["daemon-reload"]);
        home.systemctl(&["enable", "heph.service"]);
        let ran = home.heph(&["daemon", "restart"]);
        assert_eq!(ran.code, 0, "{ran}");
        for kept in ["Description=my heph", "After=basic.target", "Environment=RUST_LOG=debug"] {
            assert!(ran.stderr.contains(&format!("kept in the service's file: {kept}")), "{ran}");
            assert!(home.unit_text().contains(kept), "{}", home.unit_text());
        }
        assert_eq!(home.property("Restart"), "always");
        assert_eq!(home.property("Type"), "notify");
        assert!(ran.stdout.contains("--mode local --log-format json"), "{ran}");
        assert!(std::fs::read_to_string(home.data("hephd.log")).unwrap().contains("\"level\":\"DEBUG\""));
        let before = home.unit_text();
        home.does(&["daemon", "restart"]);
        assert_eq!(home.unit_text(), before, "the second time there is nothing to change");
    });
}

#[test]
fn a_unit_that_names_other_paths_is_read_for_them() {
    inside("units::a_unit_that_names_other_paths_is_read_for_them", "home", |home| {
        home.does(&["daemon", "start"]);
        let other = home.path().join("other place");
        std::fs::create_dir(&other).unwrap();
        home.write(
            ".config/systemd/user/heph.service.d/override.conf",
            "[Service]\nEnvironment=\"HEPH_DB=%h/other place/my.db\"\nEnvironment=HEPH_SOCKET=%h/o.sock\n",
        );
        assert!(
            home.problems().is_empty(),
            "systemd has not read it, and neither do we: {:?}",
            home.problems()
        );
        home.does(&["daemon", "restart"]);
        let status = home.status();
        assert_eq!(status["socket"], home.path().join("o.sock").to_str().unwrap());
        assert_eq!(status["db"]["path"], other.join("my.db").to_str().unwrap());
        assert_eq!(status["socket_state"], "ready");
        assert!(!home.unit_text().contains("HEPH_DB"), "what stands beside the unit stays there");
    });
}

#[test]
fn a_unit_that_a_person_linked_stays_linked() {
    inside("units::a_unit_that_a_person_linked_stays_linked", "home", |home| {
        home.does(&["daemon", "start"]);
        let kept = home.path().join("dotfiles/heph.service");
        std::fs::create_dir(kept.parent().unwrap()).unwrap();
        std::fs::rename(home.unit(), &kept).unwrap();
        std::os::unix::fs::symlink(&kept, home.unit()).unwrap();
        home.systemctl(&["daemon-reload"]);
        home.does(&["daemon", "restart"]);
        home.does(&["daemon", "start"]);
        assert!(home.unit().is_symlink() && kept.exists());
        assert_eq!(home.status()["enabled"], true);
        home.does(&["daemon", "uninstall"]);
        assert!(!home.unit().is_symlink());
    });
}

#[test]
fn other_flags_in_the_unit_take_effect_with_a_start() {
    inside("units::other_flags_in_the_unit_take_effect_with_a_start", "home", |home| {
        home.does(&["daemon", "start"]);
        let other = home.path().join("other.db");
        let text =
            home.unit_text().replace("--mode local", &format!("--mode local --db {}", other.display()));
        std::fs::write(home.unit(), text).unwrap();
        assert_eq!(home.status()["restart_due"], true);
        assert!(home.does(&["daemon", "start"]).starts_with("updated and started anew"));
        assert_eq!(home.status()["db"]["path"], other.to_str().unwrap());
        home.does(&["daemon", "start", "--unset", "db"]);
        assert_eq!(home.status()["db"]["path"], home.data("heph.db").to_str().unwrap());
    });
}

#[test]
fn a_file_changed_by_hand_is_noticed() {
    inside("units::a_file_changed_by_hand_is_noticed", "home", |home| {
        home.does(&["daemon", "start"]);
        let text = home.unit_text().replace("RestartSec=2", "RestartSec=1");
        std::fs::write(home.unit(), format!("{text}nonsense\n")).unwrap();
        let problems = home.problems().join("\n");
        assert!(
            problems.contains("changed since it was loaded") && problems.contains("nonsense"),
            "{problems}"
        );
        home.does(&["daemon", "restart"]);
        assert!(home.problems().is_empty(), "{:?}", home.problems());
        assert_eq!(home.property("RestartUSec"), "1s", "a preset of one's own stays");
    });
}

#[test]
fn a_program_that_was_named_stays_until_it_is_taken_out() {
    inside("units::a_program_that_was_named_stays_until_it_is_taken_out", "home", |home| {
        let named = home.path().join("opt/my hephd");
        std::fs::create_dir_all(named.parent().unwrap()).unwrap();
        std::fs::copy(home.path().join("bin/hephd"), &named).unwrap();
        let runs = |home: &crate::home::Home| home.status()["command"][0].as_str().unwrap().to_owned();
        home.does(&["daemon", "start", "--hephd", named.to_str().unwrap()]);
        home.does(&["daemon", "restart"]);
        assert_eq!(runs(home), named.to_str().unwrap());
        home.does(&["daemon", "restart", "--unset", "hephd"]);
        assert_eq!(runs(home), home.path().join("bin/hephd").to_str().unwrap());
        let ran = home.heph(&["daemon", "start", "--unset", "nothing"]);
        assert_eq!(ran.code, 2, "{ran}");
        let ran = home.heph(&["daemon", "start", "--vault", "notes"]);
        assert_eq!(ran.code, 78, "{ran}");
        assert!(ran.stderr.contains("--vault is not in this version"), "{ran}");
        assert!(!home.unit_text().contains("vault"), "what hephd refuses is not written");
    });
}

#[test]
fn a_home_of_odd_characters_is_no_trouble() {
    let odd = "a b%h$HOME\"'\\&<é";
    inside("units::a_home_of_odd_characters_is_no_trouble", odd, |home| {
        home.does(&["daemon", "start"]);
        home.does(&["add", "Water the plants"]);
        home.does(&["daemon", "restart"]);
        assert!(home.does(&["next"]).contains("Water the plants"));
        assert!(home.problems().is_empty(), "{:?}", home.problems());
        home.does(&["daemon", "uninstall"]);
        assert!(home.data("heph.db").exists());
    });
}
