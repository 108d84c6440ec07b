//! Without a daemon: exit 69, the command that starts one, and nothing is started.

use std::os::unix::net::UnixListener;

use crate::harness::Home;

#[test]
fn every_verb_that_needs_the_daemon_says_how_to_start_it() {
    let home = Home::new();
    insta::assert_snapshot!(home.run(&["next"]), @r"
    --- stderr
    error: hephd is not running: there is no socket at [HOME]/.local/share/heph/hephd.sock
    hint: start it: heph daemon start
    --- exit 69
    ");
    for verb in
        [&["add", "x"][..], &["list"], &["show", "7k3"], &["done", "7k3"], &["undo"], &["today"], &["events"]]
    {
        let ran = home.run(verb);
        assert_eq!(ran.code, 69, "{verb:?}: {ran}");
        assert!(ran.stderr.contains("heph daemon start"), "{verb:?}: {ran}");
        assert_eq!(ran.stdout, "", "{verb:?}: {ran}");
    }
    assert!(!home.path().join(".local").exists(), "a client makes no folder of the daemon");
}

#[test]
fn a_stale_socket_is_told_from_a_missing_one() {
    let home = Home::new();
    drop(UnixListener::bind(home.socket()).unwrap());
    insta::assert_snapshot!(home.run(&["next"]), @r"
    --- stderr
    error: hephd is not running: nobody answers at the stale socket [HOME]/.local/share/heph/hephd.sock
    hint: start it, it clears the socket by itself: heph daemon start
    --- exit 69
    ");
}

#[test]
fn programs_get_the_error_as_json() {
    let home = Home::new();
    for form in ["--json", "--ndjson"] {
        let ran = home.run(&["next", form]);
        assert_eq!((ran.code, ran.stdout.as_str()), (69, ""));
        let error: serde_json::Value = serde_json::from_str(&ran.stderr).unwrap();
        assert_eq!(error["error"]["code"], "unreachable");
        assert!(error["error"]["hint"].as_str().unwrap().contains("heph daemon start"));
    }
}

#[test]
fn heph_alone_says_how_to_begin() {
    insta::assert_snapshot!(Home::new().run(&[]), @r"
    heph keeps your tasks, pages and journal on this machine, in a daemon called hephd.

      heph daemon start                         start it, now and at every login
      heph add Call the bank due:fri p1 +phone  add a task
      heph next                                 see what to do next
      heph --help                               see all verbs

    --- stderr
    error: hephd is not running: there is no socket at [HOME]/.local/share/heph/hephd.sock
    hint: start it: heph daemon start
    --- exit 69
    ");
}

#[test]
fn doctor_names_what_is_missing() {
    let mut home = Home::new();
    home.set("EDITOR", "ed");
    insta::assert_snapshot!(home.run(&["doctor"]), @r"
    ok    config  [HOME]/.config/heph/config.toml is not there; defaults hold
    fail  socket  [HOME]/.local/share/heph/hephd.sock is not there
                  hephd makes it when it starts; --socket or HEPH_SOCKET name another
    fail  daemon  hephd is not running: there is no socket at [HOME]/.local/share/heph/hephd.sock
                  start it: heph daemon start
    ok    zone    UTC
    ok    editor  ed (environment)
    --- exit 69
    ");
}

#[test]
fn the_settings_are_shown_without_a_daemon() {
    let mut home = Home::new();
    home.file(".config/heph/config.toml", "db = '/x'\n[cli]\nlimit = 9\ncolor = 'never'\n");
    home.set("HEPH_CONTEXT", "+work");
    let ran = home.run(&["config", "show", "-n", "7", "--json"]);
    assert_eq!(ran.code, 0, "{ran}");
    let document = ran.json();
    let shown = |name: &str| {
        let settings = document["settings"].as_array().unwrap();
        let setting = settings.iter().find(|setting| setting["name"] == name).unwrap();
        (setting["value"].as_str().unwrap().to_owned(), setting["origin"].as_str().unwrap().to_owned())
    };
    let pair = |value: &str, origin: &str| (value.to_owned(), origin.to_owned());
    assert_eq!(shown("cli.limit"), pair("7", "flag"));
    assert_eq!(shown("cli.context"), pair("+work", "environment"));
    assert_eq!(shown("cli.color"), pair("never", "file"));
    assert_eq!(shown("cli.editor"), pair("vi", "default"));
    assert_eq!(shown("socket"), pair("[HOME]/.local/share/heph/hephd.sock", "default"));
    insta::assert_snapshot!(home.run(&["config", "show"]).stderr, @r"the daemon does not answer, so its settings are not shown: heph doctor");
}

#[test]
fn a_broken_configuration_is_78_and_names_the_line() {
    let home = Home::new();
    home.file(".config/heph/config.toml", "[cli]\ncolour = 'never'\n");
    insta::assert_snapshot!(home.run(&["next"]), @r"
    --- stderr
    error: [HOME]/.config/heph/config.toml: line 2: unknown field `colour`, expected one of `color`, `context`, `editor`, `limit`, `pager`
    hint: correct the file, or name another one with HEPH_CONFIG
    --- exit 78
    ");
    let doctor = home.run(&["doctor"]);
    assert!(doctor.stdout.starts_with("fail  config"), "{doctor}");
}

#[test]
fn a_configuration_that_was_named_has_to_be_there() {
    let mut home = Home::new();
    home.set("HEPH_CONFIG", "/nowhere/heph.toml");
    insta::assert_snapshot!(home.run(&["next"]), @r"
    --- stderr
    error: cannot read /nowhere/heph.toml: no such file or directory
    hint: correct it, or name another file with HEPH_CONFIG
    --- exit 78
    ");
}
