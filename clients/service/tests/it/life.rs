//! From the installation to the end, as a person goes through it.

use heph_protocol::request::TaskList;

use crate::home::{inside, signal, tool, until};

#[test]
fn it_is_installed_started_stopped_and_uninstalled() {
    inside("life::it_is_installed_started_stopped_and_uninstalled", "home", |home| {
        assert_eq!(home.heph(&["daemon", "status"]).code, 69);
        assert_eq!(home.heph(&["daemon", "restart"]).code, 3, "nothing is installed yet");
        assert_eq!(
            home.does(&["daemon", "stop"]),
            "the service is not installed: there is nothing to stop\n"
        );

        assert!(home.does(&["daemon", "start"]).starts_with("installed and started hephd "));
        let link = home.path().join(".config/systemd/user/default.target.wants/heph.service");
        assert!(link.is_symlink(), "it is enabled for login");
        let verified = tool("systemd-analyze", &["--user", "verify", home.unit().to_str().unwrap()]);
        assert_eq!(verified.trim(), "", "systemd finds nothing to complain of");
        let status = home.status();
        assert_eq!(status["activity"], "running");
        assert_eq!((&status["enabled"], &status["socket_state"]), (&true.into(), &"ready".into()));
        assert_eq!(status["running_version"], status["installed_version"]);
        assert_eq!(status["restart_due"], false);
        assert_eq!(status["problems"].as_array().unwrap().len(), 0, "{status}");
        assert_eq!((&status["hub"], &status["sync"]), (&"".into(), &"".into()));
        home.does(&["add", "Water the plants"]);

        let pid = home.pid();
        assert!(home.does(&["daemon", "start"]).starts_with("runs already"));
        assert_eq!(home.pid(), pid, "who starts what runs changes nothing");

        assert_eq!(home.does(&["daemon", "stop"]), "stopped\n");
        assert_eq!(home.heph(&["next"]).code, 69);
        assert!(link.is_symlink(), "it comes back at the next login");
        assert_eq!(home.does(&["daemon", "stop"]), "it did not run\n");
        assert!(home.does(&["daemon", "start"]).starts_with("started hephd "));
        assert!(home.does(&["next"]).contains("Water the plants"));

        assert!(home.does(&["daemon", "uninstall"]).starts_with("uninstalled"));
        assert!(!home.unit().exists() && !link.is_symlink());
        assert!(home.data("heph.db").exists(), "the store stays");
        assert_eq!(home.property("LoadState"), "not-found");
        assert_eq!(home.does(&["daemon", "uninstall"]), "the service is not installed\n");
    });
}

#[test]
fn it_comes_back_after_a_kill_and_after_a_clean_exit_and_clients_heal() {
    inside("life::it_comes_back_after_a_kill_and_after_a_clean_exit_and_clients_heal", "home", |home| {
        home.does(&["daemon", "start"]);
        home.does(&["add", "Water the plants"]);
        let mut client = home.client();
        let tasks =
            |client: &mut heph_client::Client| client.call(&TaskList::default()).map(|list| list.tasks.len());
        assert_eq!(tasks(&mut client).unwrap(), 1);
        for kind in ["KILL", "TERM"] {
            let before = home.pid().unwrap();
            signal(kind, before);
            until("another process serves", || home.pid().is_some_and(|pid| pid != before));
            until("it is ready", || home.status()["socket_state"] == "ready");
            assert_eq!(tasks(&mut client).unwrap(), 1, "the connected client heals after {kind}");
        }
        assert_eq!(home.status()["restarts"], 2);
        let before = home.pid();
        home.does(&["daemon", "restart"]);
        assert_ne!(home.pid(), before);
        assert_eq!(tasks(&mut client).unwrap(), 1, "and after a restart");
    });
}

#[test]
fn an_upgrade_is_told_and_done_by_restart() {
    inside("life::an_upgrade_is_told_and_done_by_restart", "home", |home| {
        home.does(&["daemon", "start"]);
        let hephd = home.path().join("bin/hephd");
        let new = home.path().join("bin/hephd.new");
        std::fs::copy(&hephd, &new).unwrap();
        std::fs::rename(&new, &hephd).unwrap();
        assert_eq!(home.status()["restart_due"], true);
        assert!(home.does(&["daemon", "status"]).contains("restart due"));
        home.does(&["daemon", "restart"]);
        assert_eq!(home.status()["restart_due"], false);
    });
}

#[test]
fn the_log_is_shown_and_followed() {
    inside("life::the_log_is_shown_and_followed", "home", |home| {
        home.does(&["daemon", "start"]);
        assert!(home.does(&["daemon", "logs"]).contains("serving"));
        assert_eq!(home.does(&["daemon", "logs", "-n", "1"]).lines().count(), 1);
        let said = home.path().join("followed");
        let file = std::fs::File::create(&said).unwrap();
        let mut follow = home.command("heph").args(["daemon", "logs", "-f"]).stdout(file).spawn().unwrap();
        let shown = || std::fs::read_to_string(&said).unwrap();
        until("what is there is shown", || shown().contains("serving"));
        let before = shown().matches("serving").count();
        home.does(&["daemon", "restart"]);
        until("what is added is shown", || shown().matches("serving").count() > before);
        follow.kill().unwrap();
        follow.wait().unwrap();
    });
}
