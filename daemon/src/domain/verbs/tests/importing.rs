use super::store::{Store, refs};
use crate::domain::import::taskwarrior;
use crate::domain::node::{NodeKind, register};
use crate::domain::task::Status;
use crate::domain::verbs::{Command, ImportItem, Scope};

fn import(store: &mut Store, items: &[&str]) -> [u64; 3] {
    let items = items
        .iter()
        .map(|item| ImportItem::new("taskwarrior", item, taskwarrior::map(item, &store.now).unwrap()))
        .collect();
    store.run(Command::Import { items }).unwrap().imported
}

const FIRST: &str = r#"{"uuid":"00000000-0000-4000-8000-000000000001","description":"paint","status":"pending",
    "entry":"20260101T090000Z","project":"Home.Kitchen","tags":["Diy"],"estimate":"30",
    "depends":["00000000-0000-4000-8000-000000000002"],
    "annotations":[{"entry":"20260102T090000Z","description":"red"}]}"#;
const SECOND: &str = r#"{"uuid":"00000000-0000-4000-8000-000000000002","description":"buy paint","status":"completed",
    "entry":"20260101T090000Z","end":"20260103T090000Z","project":"Home.Kitchen"}"#;

#[test]
fn twice_is_once_and_what_the_source_changed_comes_in() {
    let mut store = Store::default();
    assert_eq!(import(&mut store, &[FIRST, SECOND]), [2, 0, 0]);
    assert_eq!(import(&mut store, &[FIRST, SECOND]), [0, 0, 2]);
    assert_eq!(store.of_kind(NodeKind::Project).len(), 1);
    let paint =
        store.of_kind(NodeKind::Task).into_iter().find(|id| store.node(*id).title() == "paint").unwrap();
    assert_eq!(store.node(paint).registers.value("field:taskwarrior.estimate").as_text(), Some("30"));
    assert_eq!(store.node(paint).tags().collect::<Vec<_>>(), ["diy"]);
    assert_eq!(store.node(paint).log().len(), 1);

    store
        .run(Command::Modify { references: refs(&[paint]), changes: vec!["p1".into()], scope: Scope::Usual })
        .unwrap();
    assert_eq!(import(&mut store, &[FIRST]), [0, 0, 1], "what was changed here stays");
    assert_eq!(store.node(paint).task().unwrap().priority, Some(1));

    let changed = FIRST.replace(r#""tags":["Diy"],"#, "").replace("pending", "completed");
    assert_eq!(import(&mut store, &[&changed]), [0, 1, 0]);
    assert_eq!(store.node(paint).tags().count(), 0);
    assert_eq!(store.node(paint).status().0, Status::Done);
    store.check_fold();
}

#[test]
fn dependencies_hold_whatever_the_order() {
    let mut store = Store::default();
    import(&mut store, &[FIRST]);
    import(&mut store, &[&SECOND.replace("completed", "pending")]);
    let find = |title: &str| {
        store.of_kind(NodeKind::Task).into_iter().find(|id| store.node(*id).title() == title).unwrap()
    };
    assert_eq!(store.open().blockers(find("paint")), [find("buy paint")]);
    assert!(
        store
            .node(find("paint"))
            .registers
            .value(register::KEY)
            .as_text()
            .unwrap()
            .starts_with("import:taskwarrior:")
    );
}

#[test]
fn an_item_twice_in_one_batch_is_one_task() {
    let mut store = Store::default();
    assert_eq!(import(&mut store, &[FIRST, FIRST]), [1, 1, 0]);
    assert_eq!(store.of_kind(NodeKind::Task).len(), 1);
}
