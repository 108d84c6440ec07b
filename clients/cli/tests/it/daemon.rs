//! What heph says of the daemon itself: `doctor`, `config show`, `heph` alone.

use std::os::unix::fs::PermissionsExt as _;

use heph_protocol::request::TaskNext;
use heph_protocol::response::{self, DaemonStatus, SyncChecked, SyncStatus};
use heph_protocol::types::{CheckStep, ParkedChange, Setting, SyncState, SyncedSetting};
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
        Request::SyncStatus(_) => reply(&SyncStatus::default()),
        Request::SettingsList(_) => {
            let (key, value) = ("week_start".into(), "sunday".into());
            let set = SyncedSetting { key, value, default: "monday".into(), ..SyncedSetting::default() };
            reply(&response::SettingsList { settings: vec![set] })
        }
        Request::TaskNext(asked) => {
            let tasks = vec![task("7k3", "Call the bank")];
            let available = if asked.context.is_none() { 12 } else { 1 };
            reply(&response::TaskNext { tasks, available, ..response::TaskNext::default() })
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
    ok    hub     no hub (optional)
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
    ok    hub     no hub (optional)
    ok    zone    UTC
    ok    editor  ed (environment)
    --- exit 0
    ");
    assert_eq!(fake.run(&["doctor", "--json"]).json()["checks"][1]["verdict"], "warn");
}

/// A daemon with a hub to which the way is open up to its last step.
fn with_hub(last_is_ok: bool) -> Fake {
    let step = |name: &str, message: &str| CheckStep {
        name: name.into(),
        ok: true,
        message: message.into(),
        hint: None,
    };
    let last = match last_is_ok {
        true => step("login", "as alice"),
        false => CheckStep {
            ok: false,
            hint: Some("log in with: heph auth login".into()),
            ..step("login", "nobody is logged in")
        },
    };
    let steps = vec![step("address", "10.0.0.7"), step("hello", "hephd 0.1.0"), last];
    Fake::new(move |request| match request {
        Request::DaemonStatus(_) => {
            reply(&DaemonStatus { version: env!("CARGO_PKG_VERSION").into(), ..DaemonStatus::default() })
        }
        Request::SyncStatus(_) => reply(&SyncStatus {
            hub: Some("https://hub.example:8787".into()),
            state: if last_is_ok { SyncState::Idle } else { SyncState::AuthRequired },
            parked: if last_is_ok { vec![ParkedChange::default()] } else { Vec::new() },
            unfit: if last_is_ok { 2 } else { 0 },
            clock_ahead_s: if last_is_ok { 300 } else { 0 },
            ..SyncStatus::default()
        }),
        Request::SyncCheck(_) => reply(&SyncChecked { steps: steps.clone() }),
        other => refuse(ErrorCode::Internal, other.name()),
    })
}

/// The lines of `doctor` that speak of the hub.
fn of_hub(ran: &crate::harness::Ran) -> String {
    let lines = ran.stdout.lines().skip_while(|line| !line.contains("  hub  "));
    let lines: Vec<&str> = lines.take_while(|line| !line.contains("  zone  ")).collect();
    format!("{}\n--- exit {}", lines.join("\n"), ran.code)
}

#[test]
fn doctor_tries_the_way_to_the_hub() {
    insta::assert_snapshot!(of_hub(&with_hub(true).run(&["doctor"])), @r"
    ok    hub     https://hub.example:8787
    ok    hub     address: 10.0.0.7
    ok    hub     hello: hephd 0.1.0
    ok    hub     login: as alice
    warn  sync    the hub refuses 1 change
                  heph sync names them and why
    warn  sync    2 changes of other machines could not be taken in
                  they are kept as they came; a newer hephd may understand them
    warn  sync    this machine's clock is 5 min behind the hub's: set it right
    --- exit 0
    ");
    insta::assert_snapshot!(of_hub(&with_hub(false).run(&["doctor"])), @r"
    ok    hub     https://hub.example:8787
    ok    hub     address: 10.0.0.7
    ok    hub     hello: hephd 0.1.0
    fail  hub     login: nobody is logged in
                  log in with: heph auth login
    --- exit 1
    ");
    let document = with_hub(false).run(&["doctor", "--json"]).json();
    assert_eq!(
        (&document["steps"][2]["name"], &document["steps"][2]["ok"]),
        (&"login".into(), &false.into())
    );
}

#[test]
fn doctor_does_not_mind_a_daemon_of_before_there_was_sync() {
    let fake = Fake::new(|request| match request {
        Request::DaemonStatus(_) => reply(&DaemonStatus::default()),
        _ => refuse(ErrorCode::Unsupported, "there is no method"),
    });
    let ran = fake.run(&["doctor"]);
    assert!(ran.code == 0 && !ran.stdout.contains("  hub  "), "{ran}");
}

#[test]
fn the_daemons_settings_stand_beside_the_clients() {
    let document = healthy().run(&["config", "show", "--json"]).json();
    assert_eq!(document["daemon"][0]["name"], "mode");
    let shown = healthy().run(&["config", "show"]).clean();
    let ends = "\nhephd\nmode  local  default\n\nall machines\nweek_start  sunday  default\n";
    assert!(shown.ends_with(ends), "{shown}");
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
    assert_eq!(fake.last(), Request::TaskNext(TaskNext { limit: Some(5), ..TaskNext::default() }));
    fake.home.set("HEPH_CONTEXT", "+work");
    assert_eq!(fake.run(&["--json", "-n", "3"]).json()["available"], 1);
    let asked = TaskNext { limit: Some(3), context: Some("+work".into()), ..TaskNext::default() };
    assert_eq!(fake.last(), Request::TaskNext(asked));
}
