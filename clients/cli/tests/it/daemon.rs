//! What heph says of the daemon itself: `doctor`, `config show`, `heph` alone.

use std::os::unix::fs::PermissionsExt as _;

use heph_protocol::request::TaskNext;
use heph_protocol::response::{self, DaemonStatus};
use heph_protocol::types::Setting;
use heph_protocol::{ErrorCode, Request};

use crate::fake::{Fake, refuse, reply, task};

fn healthy() -> Fake {
    Fake::new(|request| match request {
        Request::DaemonStatus(_) => reply(&DaemonStatus {
            version: env!("CARGO_PKG_VERSION").into(),
            pid: 42,
            uptime_seconds: 7_200,
            db: "/somewhere/heph.db".into(),
            db_bytes: 1 << 20,
            log: Some("/somewhere/hephd.log".into()),
            open_tasks: 12,
            settings: vec![Setting { name: "mode".into(), value: "local".into(), origin: "default".into() }],
            ..DaemonStatus::default()
        }),
        Request::TaskNext(asked) => {
            let tasks = vec![task("7k3", "Call the bank")];
            reply(&response::TaskNext { tasks, available: if asked.filter.is_empty() { 12 } else { 1 } })
        }
        other => refuse(ErrorCode::Internal, other.name()),
    })
}

#[test]
fn doctor_is_content_with_a_healthy_daemon() {
    let mut fake = healthy();
    fake.home.set("EDITOR", "ed");
    let private = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    private(&fake.home.socket(), 0o600);
    private(fake.home.socket().parent().unwrap(), 0o700);
    insta::assert_snapshot!(fake.run(&["doctor"]), @r"
    ok    config  [HOME]/.config/heph/config.toml is not there; defaults hold
    ok    socket  [HOME]/.local/share/heph/hephd.sock (mode 600)
    ok    folder  [HOME]/.local/share/heph (mode 700)
    ok    daemon  hephd 0.1.0, pid 42, up 2 h
    ok    store   /somewhere/heph.db (1.0 MiB, 12 open tasks)
    ok    log     /somewhere/hephd.log
    ok    zone    UTC
    ok    editor  ed (environment)
    --- exit 0
    ");
    private(&fake.home.socket(), 0o666);
    fake.home.set("HEPH_DB", "/elsewhere/heph.db");
    insta::assert_snapshot!(fake.run(&["doctor"]), @r"
    ok    config  [HOME]/.config/heph/config.toml is not there; defaults hold
    warn  socket  [HOME]/.local/share/heph/hephd.sock (mode 666)
                  others may reach it: chmod 600 [HOME]/.local/share/heph/hephd.sock
    ok    folder  [HOME]/.local/share/heph (mode 700)
    ok    daemon  hephd 0.1.0, pid 42, up 2 h
    warn  store   /somewhere/heph.db (1.0 MiB, 12 open tasks), while HEPH_DB is /elsewhere/heph.db
                  the daemon decides which store it serves: start it with HEPH_DB set, or unset HEPH_DB here
    ok    log     /somewhere/hephd.log
    ok    zone    UTC
    ok    editor  ed (environment)
    --- exit 0
    ");
    assert_eq!(fake.run(&["doctor", "--json"]).json()["checks"][1]["verdict"], "warn");
}

#[test]
fn the_daemons_settings_stand_beside_the_clients() {
    let document = healthy().run(&["config", "show", "--json"]).json();
    assert_eq!(document["daemon"][0]["name"], "mode");
    let shown = healthy().run(&["config", "show"]).clean();
    assert!(shown.ends_with("\nhephd\nmode  local  default\n"), "{shown}");
}

#[test]
fn heph_alone_shows_the_top_of_next() {
    let mut fake = healthy();
    insta::assert_snapshot!(fake.run(&[]), @r"
    7k3  Call the bank
    --- stderr
    1 of 12: heph next shows more
    heph --help lists the verbs
    --- exit 0
    ");
    assert_eq!(fake.last(), Request::TaskNext(TaskNext { limit: Some(5), filter: String::new() }));
    fake.home.set("HEPH_CONTEXT", "+work");
    assert_eq!(fake.run(&["--json", "-n", "3"]).json()["available"], 1);
    assert_eq!(fake.last(), Request::TaskNext(TaskNext { limit: Some(3), filter: "+work".into() }));
}
