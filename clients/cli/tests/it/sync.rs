//! `heph sync`: how the store stands to its hub, and what a person can do about it.

use heph_protocol::request::SyncRevoke;
use heph_protocol::response::{SyncDevices, SyncPreview, SyncStatus};
use heph_protocol::types::{ParkedChange, SyncDevice, SyncState};
use heph_protocol::{ErrorCode, Request};
use jiff::Timestamp;

use crate::fake::{Fake, node, refuse, reply};
use crate::terminal;

/// A store that was in sync a good two minutes ago.
fn at(state: SyncState) -> SyncStatus {
    SyncStatus {
        hub: Some("https://hub.example:8787".into()),
        state,
        live: Some("events".into()),
        account: Some("alice".into()),
        cursor: 300,
        head: 300,
        synced_at: Some(Timestamp::from_second(Timestamp::now().as_second() - 130).unwrap().to_string()),
        ..SyncStatus::default()
    }
}

fn parked() -> Vec<ParkedChange> {
    vec![
        ParkedChange { node: node("7k3", "Call the bank"), reason: "it is longer than 5 MiB".into() },
        ParkedChange {
            node: node("9ab", "A very long\u{1b}[31m title of a page"),
            reason: "too many".into(),
        },
    ]
}

/// A daemon whose store stands so, whatever is done about it.
fn standing(status: SyncStatus) -> Fake {
    Fake::new(move |request| match request {
        Request::SyncStatus(_) | Request::SyncNow(_) | Request::SyncJoin(_) | Request::SyncRetry(_) => {
            reply(&status)
        }
        Request::SyncDiscard(_) => reply(&SyncStatus { parked: Vec::new(), ..status.clone() }),
        other => refuse(ErrorCode::Internal, other.name()),
    })
}

#[test]
fn a_store_in_sync_is_one_line() {
    let fake = standing(at(SyncState::Idle));
    insta::assert_snapshot!(fake.run(&["sync"]), @r"
    in sync with https://hub.example:8787, 2 min ago
    --- exit 0
    ");
    assert_eq!(fake.run(&["sync", "status"]), fake.run(&["sync"]));
    assert_eq!(fake.run(&["sync", "-q"]).clean(), "up to date\n");
    insta::assert_snapshot!(fake.run(&["sync", "now"]), @r"
    in sync with https://hub.example:8787, 2 min ago
    --- exit 0
    ");
    assert_eq!(fake.run(&["sync", "now", "-q"]).clean(), "");
}

#[test]
fn what_waits_is_counted() {
    insta::assert_snapshot!(standing(SyncStatus { unsent: 3, ..at(SyncState::Idle) }).run(&["sync"]), @r"
    connected to https://hub.example:8787
    3 changes wait
    last in sync 2 min ago
    --- exit 0
    ");
    insta::assert_snapshot!(standing(SyncStatus { cursor: 120, ..at(SyncState::Pulling) }).run(&["sync"]), @r"
    reading from https://hub.example:8787: 120 of 300 changes
    last in sync 2 min ago
    --- exit 0
    ");
    insta::assert_snapshot!(standing(SyncStatus { unsent: 1, ..at(SyncState::Pushing) }).run(&["sync"]), @r"
    sending to https://hub.example:8787
    1 change waits
    last in sync 2 min ago
    --- exit 0
    ");
}

#[test]
fn files_that_wait_are_told() {
    let status = SyncStatus {
        files_unsent: 2,
        files_wanted: 1,
        files_problem: Some("the account has no room for some files".into()),
        ..at(SyncState::Idle)
    };
    insta::assert_snapshot!(standing(status).run(&["sync"]), @r"
    in sync with https://hub.example:8787, 2 min ago
    2 files are not at the hub yet
    1 file is still to come
    the account has no room for some files
    --- exit 0
    ");
}

#[test]
fn without_a_hub_it_is_said_how_to_get_one() {
    let fake = standing(SyncStatus::default());
    insta::assert_snapshot!(fake.run(&["sync"]), @r"
    no hub: everything stays on this machine
    --- stderr
    to sync with other machines: heph daemon restart --hub-url https://hub.example:8787, then heph auth login
    --- exit 0
    ");
    insta::assert_snapshot!(fake.run(&["sync", "now"]), @r"
    --- stderr
    error: there is no hub to sync with
    hint: to sync with other machines: heph daemon restart --hub-url https://hub.example:8787, then heph auth login
    --- exit 5
    ");
}

#[test]
fn a_problem_is_told_with_what_to_do_and_its_exit_code() {
    let offline = SyncStatus {
        unsent: 3,
        problem: Some("the hub does not answer".into()),
        hint: Some("is this machine online? heph doctor tries the way step by step".into()),
        retry_at: Some("2026-11-23T18:05:00Z".into()),
        ..at(SyncState::Backoff)
    };
    insta::assert_snapshot!(standing(offline.clone()).run(&["sync"]), @r"
    not in sync with https://hub.example:8787: the hub does not answer
    3 changes wait, and are kept here
    last in sync 2 min ago
    next try at 2026-11-23 18:05
    is this machine online? heph doctor tries the way step by step
    --- exit 75
    ");
    insta::assert_snapshot!(standing(offline).run(&["sync", "now"]), @r"
    --- stderr
    not at the hub yet, and kept here: 3 changes
    error: not in sync with https://hub.example:8787: the hub does not answer
    hint: is this machine online? heph doctor tries the way step by step
    --- exit 75
    ");
    insta::assert_snapshot!(standing(at(SyncState::AuthRequired)).run(&["sync"]), @r"
    not logged in at https://hub.example:8787
    last in sync 2 min ago
    log in with: heph auth login
    --- exit 77
    ");
    insta::assert_snapshot!(standing(at(SyncState::AuthRequired)).run(&["sync", "now"]), @r"
    --- stderr
    error: not logged in at https://hub.example:8787
    hint: log in with: heph auth login
    --- exit 77
    ");
    insta::assert_snapshot!(standing(at(SyncState::UpgradeRequired)).run(&["sync", "now"]), @r"
    --- stderr
    error: https://hub.example:8787 and this hephd are of different versions
    hint: install the same release on both; then heph daemon restart
    --- exit 78
    ");
    let paused = SyncStatus {
        problem: Some("the hub is empty, and this machine has read from it before".into()),
        hint: Some("heph sync join uploads everything again".into()),
        ..at(SyncState::Paused)
    };
    insta::assert_snapshot!(standing(paused).run(&["sync"]), @r"
    sync with https://hub.example:8787 is paused: the hub is empty, and this machine has read from it before
    last in sync 2 min ago
    heph sync join uploads everything again
    --- exit 5
    ");
}

#[test]
fn what_a_person_has_to_look_at_is_listed() {
    let much = SyncStatus {
        unsent: 4,
        parked: parked(),
        conflicts: 2,
        unfit: 1,
        clock_ahead_s: -300,
        ..at(SyncState::Idle)
    };
    insta::assert_snapshot!(standing(much).run(&["sync"]), @r"
    connected to https://hub.example:8787
    2 changes wait
    last in sync 2 min ago
    the hub refuses 2 changes:
    7k3  Call the bank                    it is longer than 5 MiB
    9ab  A very long[31m title of a page  too many
    2 values were overwritten unseen: heph conflicts
    1 change of another machine could not be taken in: heph doctor
    heph sync retry offers them again; heph sync discard gives them up
    --- stderr
    warning: this machine's clock is 5 min ahead of the hub's: set it right
    --- exit 5
    ");
}

#[test]
fn on_a_narrow_terminal_titles_give_way() {
    let mut fake = standing(SyncStatus { unsent: 2, parked: parked(), ..at(SyncState::Idle) });
    fake.home.set("NO_COLOR", "1");
    let (seen, code) = terminal::run(&fake.home, &["sync"], "", (36, 24));
    assert_eq!(code, 5);
    insta::assert_snapshot!(seen, @r"
    connected to https://hub.example:8787
    last in sync 2 min ago
    the hub refuses 2 changes:
    ID   TITLE          REFUSED BECAUSE
    7k3  Call the bank  it is longer th…
    9ab  A very long[…  too many
    heph sync retry offers them again; heph sync discard gives them up
    ");
}

#[test]
fn programs_get_the_status_as_it_is() {
    let document = standing(SyncStatus { unsent: 3, parked: parked(), ..at(SyncState::Backoff) });
    let ran = document.run(&["sync", "--json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (75, ""));
    let json = ran.json();
    assert_eq!((&json["schema"], &json["sync"]["state"]), (&1.into(), &"backoff".into()));
    assert_eq!(json["sync"]["parked"][0]["node"]["short"], "7k3");
    let ran = document.run(&["sync", "now", "--json"]);
    assert_eq!(ran.code, 75);
    assert!(ran.stderr.starts_with(r#"{"error":{"code":"busy""#), "{ran}");
    assert_eq!(ran.json()["sync"]["unsent"], 3);
}

#[test]
fn a_daemon_that_refuses_is_heard() {
    for (code, exit) in [(ErrorCode::Unauthenticated, 77), (ErrorCode::Unsupported, 78)] {
        let fake = Fake::new(move |_| refuse(code, "it cannot be"));
        for line in
            [&["sync"][..], &["sync", "now"], &["sync", "devices"], &["conflicts"], &["auth", "login"]]
        {
            assert_eq!(fake.run(line).code, exit, "{line:?}");
        }
    }
}

#[test]
fn refused_changes_are_offered_again_or_given_up() {
    let fake = standing(SyncStatus { unsent: 2, parked: parked(), ..at(SyncState::Idle) });
    insta::assert_snapshot!(fake.run(&["sync", "retry"]), @r"
    7k3  Call the bank                    it is longer than 5 MiB
    9ab  A very long[31m title of a page  too many
    --- stderr
    error: https://hub.example:8787 refuses 2 changes
    hint: change what is refused, or give it up: heph sync discard
    --- exit 5
    ");
    insta::assert_snapshot!(fake.run(&["sync", "discard"]), @r"
    7k3  Call the bank                    it is longer than 5 MiB
    9ab  A very long[31m title of a page  too many
    --- stderr
    error: give up 2 changes and take what the hub has: nobody can be asked here
    hint: add --yes to do it without asking
    --- exit 5
    ");
    assert!(!fake.heard().iter().any(|request| matches!(request, Request::SyncDiscard(_))));
    insta::assert_snapshot!(fake.run(&["sync", "discard", "--yes"]), @r"
    7k3  Call the bank                    it is longer than 5 MiB
    9ab  A very long[31m title of a page  too many
    gave up 2 changes
    --- exit 0
    ");
    assert_eq!(fake.run(&["sync", "discard", "--yes", "--json"]).json()["discarded"], 2);
    insta::assert_snapshot!(standing(at(SyncState::Idle)).run(&["sync", "discard"]), @r"
    --- stderr
    the hub refuses nothing: there is nothing to give up
    --- exit 0
    ");
}

/// A daemon that has not joined, and has these on both sides.
fn joining(both: usize) -> Fake {
    let both: Vec<_> =
        (0..both).map(|number| node(&format!("{number:03}"), &format!("Task {number}"))).collect();
    Fake::new(move |request| match request {
        Request::SyncPreview(_) => reply(&SyncPreview {
            here: 120,
            there: if both.is_empty() { 0 } else { 300 },
            both_count: both.len() as u64,
            both: both.clone(),
            joined: false,
        }),
        Request::SyncJoin(_) => reply(&at(SyncState::Idle)),
        other => refuse(ErrorCode::Internal, other.name()),
    })
}

#[test]
fn joining_is_shown_before_it_is_done() {
    let fake = joining(2);
    insta::assert_snapshot!(fake.run(&["sync", "join", "--dry-run"]), @r"
    here         120 pages, tasks and journals
    the account  300 pages, tasks and journals
    2 are on both sides, and will be merged:
      000  Task 0
      001  Task 1
    --- stderr
    both sides keep everything
    --- exit 0
    ");
    insta::assert_snapshot!(fake.run(&["sync", "join"]), @r"
    here         120 pages, tasks and journals
    the account  300 pages, tasks and journals
    2 are on both sides, and will be merged:
      000  Task 0
      001  Task 1
    --- stderr
    both sides keep everything
    error: join the account: nobody can be asked here
    hint: add --yes to do it without asking
    --- exit 5
    ");
    assert!(fake.heard().iter().all(|request| matches!(request, Request::SyncPreview(_))));
    insta::assert_snapshot!(joining(0).run(&["sync", "join", "--yes"]), @r"
    here         120 pages, tasks and journals
    the account  nothing
    none is on both sides; nothing is merged
    in sync with https://hub.example:8787, 2 min ago
    --- stderr
    both sides keep everything
    --- exit 0
    ");
    let json = fake.run(&["sync", "join", "--dry-run", "--json"]).json();
    assert_eq!((&json["preview"]["here"], &json["dry_run"]), (&120.into(), &true.into()));
    assert_eq!(fake.run(&["sync", "join", "--yes", "--json"]).json()["sync"]["state"], "idle");
}

#[test]
fn on_a_terminal_a_person_says_whether_to_join() {
    let mut fake = joining(30);
    fake.home.set("NO_COLOR", "1");
    let (seen, code) = terminal::run(&fake.home, &["sync", "join"], "n\n", (80, 50));
    assert_eq!(code, 130, "{seen}");
    assert!(seen.contains("… and 10 more") && seen.contains("join the account? [y/N]"), "{seen}");
    assert!(fake.heard().iter().all(|request| matches!(request, Request::SyncPreview(_))));
    let (seen, code) = terminal::run(&fake.home, &["sync", "join"], "y\n", (80, 50));
    assert!(code == 0 && seen.contains("in sync with https://hub.example:8787"), "{seen}");
}

fn devices() -> Vec<SyncDevice> {
    let device = |id: &str, name: &str| SyncDevice {
        id: id.into(),
        name: name.into(),
        registered_at: "2026-11-01T08:00:00Z".into(),
        seen_at: "2026-11-23T17:58:00Z".into(),
        ..SyncDevice::default()
    };
    vec![
        SyncDevice { is_this: true, ..device("0190f3a26f1e7c3a", "Desk") },
        SyncDevice { behind: 12, ..device("0190f3a2701e7c3a", "Laptop of the \u{202e}kitchen") },
        SyncDevice { is_revoked: true, ..device("a1b2c3d4e5f60718", "Old phone") },
    ]
}

fn with_devices(all: Vec<SyncDevice>) -> Fake {
    Fake::new(move |request| match request {
        Request::SyncDevices(_) | Request::SyncRevoke(_) => reply(&SyncDevices { devices: all.clone() }),
        other => refuse(ErrorCode::Internal, other.name()),
    })
}

#[test]
fn the_machines_of_the_account_are_a_table() {
    let mut fake = with_devices(devices());
    insta::assert_snapshot!(fake.run(&["sync", "devices"]), @r"
    0190f3a26  Desk                   2026-11-23 17:58  this machine
    0190f3a27  Laptop of the kitchen  2026-11-23 17:58  12 behind
    a1b2c3d4e  Old phone              2026-11-23 17:58  locked out
    --- exit 0
    ");
    insta::assert_snapshot!(with_devices(Vec::new()).run(&["sync", "devices"]), @r"
    --- stderr
    no machines yet: heph sync join makes this one known
    --- exit 0
    ");
    let json = fake.run(&["sync", "devices", "--json"]).json();
    assert_eq!((&json["schema"], &json["devices"][1]["behind"]), (&1.into(), &12.into()));
    assert_eq!(fake.run(&["sync", "devices", "-q"]).clean().lines().next(), Some("0190f3a26f1e7c3a"));
    fake.home.set("NO_COLOR", "1");
    insta::assert_snapshot!(terminal::run(&fake.home, &["sync", "devices"], "", (44, 24)).0, @r"
    ID         NAME      SEEN       STATE
    0190f3a26  Desk      2026-11-…  this machine
    0190f3a27  Laptop…   2026-11-…  12 behind
    a1b2c3d4e  Old pho…  2026-11-…  locked out
    ");
}

#[test]
fn a_machine_is_locked_out_when_somebody_says_so() {
    let fake = with_devices(devices());
    insta::assert_snapshot!(fake.run(&["sync", "devices", "--revoke", "0190f3a270"]), @r"
    --- stderr
    error: lock Laptop of the kitchen out of the account: nobody can be asked here
    hint: add --yes to do it without asking
    --- exit 5
    ");
    insta::assert_snapshot!(fake.run(&["sync", "devices", "--revoke", "Desk"]).stderr, @r"
    error: lock this machine, Desk, out of the account: nobody can be asked here
    hint: add --yes to do it without asking
    ");
    assert!(!fake.heard().iter().any(|request| matches!(request, Request::SyncRevoke(_))));
    insta::assert_snapshot!(fake.run(&["sync", "devices", "--revoke", "a1b2", "--yes"]), @r"
    Old phone is locked out
    --- stderr
    was it lost or stolen? end its login at the identity provider too
    --- exit 0
    ");
    assert_eq!(fake.last(), Request::SyncRevoke(SyncRevoke { device: "a1b2".into() }));
    assert_eq!(
        fake.run(&["sync", "devices", "--revoke", "a1b2", "--yes", "--json"]).json()["devices"][2]["name"],
        "Old phone"
    );
}
