//! `heph conflicts`: what was overwritten unseen, put back or taken off the list.

use heph_protocol::request::{ConflictDismiss, ConflictRestore};
use heph_protocol::response::{ConflictList, Done, NodesChanged};
use heph_protocol::types::Conflict;
use heph_protocol::{ErrorCode, Request};

use crate::fake::{Fake, node, refuse, reply};
use crate::terminal;

fn with_conflicts(count: usize) -> Fake {
    let conflict = |number: usize| Conflict {
        id: format!("c{number}"),
        node: node(&format!("7k{number}"), "Call the bank about the mortgage"),
        field: ["due", "title"][number % 2].into(),
        lost: (number != 2).then(|| "2026-11-27".into()),
        kept: Some("2026-12-01".into()),
        is_own: number != 1,
        at: "2026-11-23T17:58:00Z".into(),
        circle: Vec::new(),
    };
    let conflicts: Vec<Conflict> = (0..count).map(conflict).collect();
    Fake::new(move |request| match request {
        Request::ConflictList(_) => reply(&ConflictList { conflicts: conflicts.clone() }),
        Request::ConflictRestore(ConflictRestore { id })
        | Request::ConflictDismiss(ConflictDismiss { id })
            if id == "c9" =>
        {
            refuse(ErrorCode::NotFound, "there is no conflict `c9`")
        }
        Request::ConflictRestore(restore) => reply(&NodesChanged {
            nodes: vec![node(&restore.id.replace('c', "7k"), "Call the bank about the mortgage")],
            group: Some(format!("group-of-{}", restore.id)),
            ..NodesChanged::default()
        }),
        Request::ConflictDismiss(_) => reply(&Done {}),
        other => refuse(ErrorCode::Internal, other.name()),
    })
}

#[test]
fn conflicts_are_a_table_with_both_values() {
    let mut fake = with_conflicts(3);
    insta::assert_snapshot!(fake.run(&["conflicts"]), @r"
    c0  7k0  Call the bank about the mortgage  due    2026-11-27 → 2026-12-01  yours   2026-11-23 17:58
    c1  7k1  Call the bank about the mortgage  title  2026-11-27 → 2026-12-01  theirs  2026-11-23 17:58
    c2  7k2  Call the bank about the mortgage  due    none → 2026-12-01        yours   2026-11-23 17:58
    --- exit 0
    ");
    insta::assert_snapshot!(with_conflicts(0).run(&["conflicts"]), @r"
    --- stderr
    no conflicts: nothing was overwritten unseen
    --- exit 0
    ");
    let json = fake.run(&["conflicts", "--json"]).json();
    assert_eq!((&json["schema"], &json["conflicts"][1]["field"]), (&1.into(), &"title".into()));
    assert_eq!(with_conflicts(0).run(&["conflicts", "--json"]).json()["conflicts"], serde_json::json!([]));
    assert_eq!(fake.run(&["conflicts", "--ndjson"]).clean().lines().count(), 3);
    assert_eq!(fake.run(&["conflicts", "-q"]).clean(), "c0\nc1\nc2\n");
    fake.home.set("NO_COLOR", "1");
    insta::assert_snapshot!(terminal::run(&fake.home, &["conflicts"], "", (44, 24)).0, @r"
    ID  OF   FIELD  LOST → KEPT
    c0  7k0  due    2026-11-27 → 2026-12-01
    c1  7k1  title  2026-11-27 → 2026-12-01
    c2  7k2  due    none → 2026-12-01
    heph conflicts restore <id> puts a lost value back; dismiss takes it off the list
    ");
    let (seen, _) = terminal::run(&fake.home, &["conflicts", "-n", "1"], "", (80, 24));
    assert!(seen.contains("1 shown, there are more"), "{seen}");
}

#[test]
fn a_lost_value_is_put_back() {
    let fake = with_conflicts(3);
    insta::assert_snapshot!(fake.run(&["conflicts", "restore", "c0"]), @r"
    restored 7k0  Call the bank about the mortgage
    --- exit 0
    ");
    let json = fake.run(&["conflicts", "restore", "c0", "--json"]).json();
    assert_eq!(json["group"], "group-of-c0");
    let json = fake.run(&["conflicts", "restore", "c0", "c1", "--json"]).json();
    assert_eq!((json["nodes"].as_array().map(Vec::len), json.get("group")), (Some(2), None));
    insta::assert_snapshot!(fake.run(&["conflicts", "restore", "c0", "c9"]), @r"
    --- stderr
    error: there is no conflict `c9`
    hint: the first is restored; heph conflicts lists them
    --- exit 3
    ");
    insta::assert_snapshot!(fake.run(&["conflicts", "restore"]), @r"
    --- stderr
    error: the following required arguments were not provided:
      <ID>...

    Usage: heph conflicts restore <ID>...

    For more information, try '--help'.
    --- exit 2
    ");
}

#[test]
fn what_is_right_as_it_is_leaves_the_list() {
    let fake = with_conflicts(3);
    insta::assert_snapshot!(fake.run(&["conflicts", "dismiss", "c0", "c1"]), @r"
    dismissed 2 conflicts
    --- exit 0
    ");
    assert_eq!(fake.last(), Request::ConflictDismiss(ConflictDismiss { id: "c1".into() }));
    insta::assert_snapshot!(fake.run(&["conflicts", "dismiss", "--all"]), @r"
    dismissed all conflicts
    --- exit 0
    ");
    assert_eq!(fake.last(), Request::ConflictDismiss(ConflictDismiss { id: String::new() }));
    insta::assert_snapshot!(fake.run(&["conflicts", "dismiss", "c9"]), @r"
    --- stderr
    error: there is no conflict `c9`
    hint: heph conflicts lists them
    --- exit 3
    ");
    assert_eq!(fake.run(&["conflicts", "dismiss"]).code, 2);
    assert_eq!(fake.run(&["conflicts", "dismiss", "c0", "--all"]).code, 2);
    let json = fake.run(&["conflicts", "dismiss", "c0", "--json"]).json();
    assert_eq!((&json["dismissed"][0], &json["all"]), (&"c0".into(), &false.into()));
}
