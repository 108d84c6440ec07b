//! `cargo xtask service`, from nothing to an upgrade and back.

use std::process::{Command, Stdio};

use crate::home::{Home, inside};

/// Runs `cargo xtask service` for the home's own `.local`.
fn xtask(home: &Home, arguments: &[&str]) -> String {
    let program = std::env::var_os("HEPH_XTASK").expect("HEPH_XTASK: see `cargo xtask test --only service`");
    let mut command = Command::new(program);
    command.arg("service").args(arguments).arg("--root").arg(home.path().join(".local"));
    if arguments == ["install"] {
        command.args(["--debug", "--offline"]);
    }
    let output = command.stdin(Stdio::null()).output().unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{arguments:?}: {said}");
    said
}

#[test]
fn heph_is_installed_upgraded_in_place_and_removed() {
    inside("install::heph_is_installed_upgraded_in_place_and_removed", "home", |home| {
        let said = xtask(home, &["install"]);
        assert!(said.contains("installed and started hephd"), "{said}");
        assert!(said.contains("is not on your PATH"), "{said}");
        let local = home.path().join(".local");
        for file in [
            "bin/heph",
            "bin/heph-tui",
            "bin/hephd",
            "share/man/man1/heph.1",
            "share/bash-completion/completions/heph",
        ] {
            assert!(local.join(file).exists(), "{file}");
        }
        home.does(&["add", "Water the plants"]);
        assert!(home.status()["command"][0].as_str().unwrap().ends_with("/.local/bin/hephd"));

        let before = home.pid();
        let said = xtask(home, &["install"]);
        assert!(said.contains("restarted hephd"), "{said}");
        assert_ne!(home.pid(), before, "the new build runs");
        assert!(home.does(&["next"]).contains("Water the plants"));
        assert!(xtask(home, &["status"]).contains("running"));

        xtask(home, &["uninstall"]);
        assert!(!local.join("bin/heph").exists() && !local.join("bin/heph-tui").exists());
        assert!(!local.join("share/man/man1/heph.1").exists());
        assert!(!home.unit().exists() && home.data("heph.db").exists());
        xtask(home, &["uninstall"]);
    });
}
