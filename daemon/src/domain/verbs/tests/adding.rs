use super::store::{Store, due, refs, value};
use crate::domain::node::{NodeKind, register};
use crate::domain::verbs::{Command, RefusalKind, Scope};

#[test]
fn a_line_becomes_a_task() {
    let mut store = Store::default();
    let outcome = store
        .run(Command::AddTask {
            line: "Call the bank due:fri p1 +phone proj:Home".into(),
            literal: false,
            body: Some("why".into()),
            context: None,
        })
        .unwrap();
    let id = outcome.changed[0];
    let task = store.node(id).task().unwrap();
    assert_eq!(&*task.title, "Call the bank");
    assert_eq!(due(store.node(id)), Some("2026-11-27"));
    assert_eq!((task.priority, &*task.tags), (Some(1), &["phone".into()][..]));
    assert_eq!(store.node(task.project.unwrap()).title(), "Home");
    assert_eq!(store.node(task.project.unwrap()).kind(), NodeKind::Project);
    assert_eq!(store.text(id), "why");
    assert_eq!(outcome.recognised.len(), 4);
    assert_eq!(outcome.notes, ["made project “Home”"]);
    assert!(outcome.group.is_some());
    store.check_fold();
}

#[test]
fn one_project_serves_all_who_name_it() {
    let mut store = Store::default();
    for line in ["a proj:Home", "b proj:home", "c proj:\"  HOME \""] {
        store.add(line);
    }
    assert_eq!(store.of_kind(NodeKind::Project).len(), 1);
    store.add("d proj:Work/Home");
    assert_eq!(store.of_kind(NodeKind::Project).len(), 2);
    let refused = store.run(Command::AddTask {
        line: "e proj:2026-11-23".into(),
        literal: false,
        body: None,
        context: None,
    });
    assert_eq!(refused.unwrap_err().kind, RefusalKind::Refused);
}

#[test]
fn a_page_named_as_a_project_becomes_one() {
    let mut store = Store::default();
    let page = store
        .run(Command::NewPage { path: "House".into(), text: "plans\n".into(), template: None })
        .unwrap()
        .changed[0];
    store.add("paint proj:house");
    assert_eq!(store.node(page).kind(), NodeKind::Project);
    assert_eq!((store.node(page).title(), store.text(page)), ("House", "plans\n"));
    store.check_fold();
}

#[test]
fn literal_lines_and_bad_ones() {
    let mut store = Store::default();
    let literal =
        |line: &str| Command::AddTask { line: line.into(), literal: true, body: None, context: None };
    let id = store.run(literal("buy +milk due:fri")).unwrap().changed[0];
    assert_eq!(store.node(id).title(), "buy +milk due:fri");
    let bad = store
        .run(Command::AddTask { line: "x due:flyday".into(), literal: false, body: None, context: None })
        .unwrap_err();
    assert!(matches!(bad.kind, RefusalKind::Invalid { start, end, .. } if start < end), "{bad:?}");
    assert!(store.run(literal("  ")).is_err());
}

#[test]
fn dependencies_are_found_and_cycles_refused() {
    let mut store = Store::default();
    let (a, b, c) = (store.add("a"), store.add("b"), store.add("c"));
    let depends = |store: &Store, on| Command::Modify {
        references: refs(&[a]),
        changes: vec![format!("dep:{}", store.short(on))],
        scope: Scope::Usual,
    };
    store.run(depends(&store, b)).unwrap();
    assert_eq!(store.open().blockers(a), [b]);
    store
        .run(Command::Modify {
            references: refs(&[b]),
            changes: vec![format!("dep:{}", store.short(c))],
            scope: Scope::Usual,
        })
        .unwrap();
    let cycle = Command::Modify {
        references: refs(&[c]),
        changes: vec![format!("dep:{}", store.short(a))],
        scope: Scope::Usual,
    };
    assert_eq!(store.run(cycle).unwrap_err().kind, RefusalKind::Refused);
    assert_eq!(store.run(depends(&store, a)).unwrap_err().kind, RefusalKind::Refused);
}

#[test]
fn a_title_with_a_capital_letter_is_not_taken_for_an_id() {
    let mut store = Store::default();
    let has_letter = |short: &String| short.bytes().any(|byte| byte.is_ascii_lowercase());
    let (other, short) = (0..100)
        .map(|_| {
            let id = store.add("something else");
            (id, store.short(id))
        })
        .find(|(_, short)| has_letter(short))
        .unwrap();
    let titled = store.add(&short.to_uppercase());
    let mut pin = |reference: String| {
        store.run(Command::Pin { references: vec![reference], pinned: true }).unwrap().changed
    };
    assert_eq!(pin(short.to_uppercase()), [titled]);
    assert_eq!(pin(short), [other]);
}

#[test]
fn references_by_title_prefix_and_last() {
    let mut store = Store::default();
    let id = store.add("Write the minutes");
    let mut pin =
        |reference: &str| store.run(Command::Pin { references: vec![reference.into()], pinned: true });
    assert_eq!(pin("write THE  minutes").unwrap().changed, [id]);
    assert_eq!(pin("@last").unwrap().unchanged, [id]);
    assert_eq!(pin("nobody knows this").unwrap_err().kind, RefusalKind::NotFound);
    store.add("Write the minutes");
    let refused = store.run(Command::Pin { references: vec!["write the minutes".into()], pinned: true });
    assert!(matches!(refused.unwrap_err().kind, RefusalKind::Ambiguous(ids) if ids.len() == 2));
    assert_eq!(value(store.node(id), register::PINNED_ON), Some("2026-11-23"));
}

#[test]
fn a_task_is_made_with_a_status() {
    let mut store = Store::default();
    let task = store.add("Call due:someday soon");
    assert_eq!(store.node(task).status().0, crate::domain::task::Status::Someday);
}
