use super::store::{Store, refs};
use crate::domain::id::NodeId;
use crate::domain::node::register;
use crate::domain::verbs::{Command, Place, RefusalKind, Scope};

fn sub(store: &mut Store, parent: NodeId, lines: &[&str]) -> Vec<NodeId> {
    let lines = lines.iter().map(|line| (*line).to_owned()).collect();
    store.run(Command::Sub { reference: parent.to_string(), lines }).unwrap().changed
}

fn titles(store: &Store, parent: NodeId) -> String {
    store.open().parts(parent).iter().map(|task| &*task.title).collect::<Vec<_>>().join(" ")
}

fn put(store: &mut Store, task: NodeId, to: Place) {
    store.run(Command::Move { reference: task.to_string(), to }).unwrap();
}

#[test]
fn parts_keep_the_order_they_were_typed_in() {
    let mut store = Store::default();
    let parent = store.add("door proj:Home");
    sub(&mut store, parent, &["buy", "sand due:2026-12-01 p1", "paint"]);
    let added = sub(&mut store, parent, &["admire proj:Fun"]);
    assert_eq!(titles(&store, parent), "buy sand paint admire");
    let projects: Vec<_> = store.open().parts(parent).iter().map(|task| task.project).collect();
    assert_eq!(projects[0], store.open().get(parent).unwrap().project);
    assert_ne!(projects[3], projects[0]);
    let refused = store.run(Command::Sub { reference: parent.to_string(), lines: Vec::new() }).unwrap_err();
    assert!(matches!(refused.kind, RefusalKind::Invalid { .. }));
    store.run(Command::Undo { group: None }).unwrap();
    assert!(store.open().get(added[0]).is_none());
    store.check_fold();
}

#[test]
fn parts_without_a_place_get_one_when_it_matters() {
    let mut store = Store::default();
    let parent = store.add("p");
    let old: Vec<NodeId> = ["a", "b"].map(|title| store.add(&format!("{title} parent:{parent}"))).into();
    let new = sub(&mut store, parent, &["c", "d"]);
    assert_eq!(titles(&store, parent), "a b c d");
    put(&mut store, new[1], Place::First);
    assert_eq!(titles(&store, parent), "d a b c");
    put(&mut store, old[0], Place::Last);
    put(&mut store, new[0], Place::Before(old[1].to_string()));
    assert_eq!(titles(&store, parent), "d c b a");
    put(&mut store, new[1], Place::After(old[1].to_string()));
    assert_eq!(titles(&store, parent), "c b d a");
    let elsewhere = store.add("x");
    let to = Place::After(elsewhere.to_string());
    let refused = store.run(Command::Move { reference: new[0].to_string(), to }).unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Refused);
}

#[test]
fn a_copy_is_new_and_has_its_parts() {
    let mut store = Store::default();
    let other = store.add("other");
    let body = Some("how to".to_owned());
    let line = format!("door p2 +home est:1h due:2026-12-01 dep:{other}");
    let parent =
        store.run(Command::AddTask { line, literal: false, body, context: None }).unwrap().changed[0];
    let parts = sub(&mut store, parent, &["buy", "sand"]);
    let dep = Command::Modify {
        references: refs(&[parts[1]]),
        changes: vec![format!("dep:{}", parts[0])],
        scope: Scope::default(),
    };
    store.run(dep).unwrap();
    store.run(Command::Log { reference: parent.to_string(), text: "seen".into() }).unwrap();
    store.run(Command::Pin { references: refs(&[parent]), pinned: true }).unwrap();
    let copies = store.run(Command::Duplicate { reference: parent.to_string() }).unwrap().changed;
    assert_eq!(copies.len(), 3);
    assert_eq!(titles(&store, copies[0]), "buy sand");
    assert_eq!(store.open().blockers(copies[2]), [copies[1]]);
    assert_eq!(store.open().blockers(copies[0]), [other]);
    let (old, new) = (store.node(parent).clone(), store.node(copies[0]));
    assert_eq!((new.text.hash, new.log().len()), (old.text.hash, 0));
    let (old, new) = (old.task().unwrap(), new.task().unwrap());
    assert_eq!(
        (new.title, new.due, new.tags, new.estimate_minutes, new.pinned_on),
        (old.title, old.due, old.tags, old.estimate_minutes, None)
    );
    assert!(store.node(copies[0]).registers.value(register::STATUS).is_nil());
    store.run(Command::Undo { group: None }).unwrap();
    assert!(store.open().get(copies[1]).is_none());
    store.check_fold();
}
