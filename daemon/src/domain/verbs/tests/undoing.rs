use proptest::prelude::*;

use super::store::{Store, due, refs};
use crate::domain::change::text_hash;
use crate::domain::id::NodeId;
use crate::domain::node::NodeKind;
use crate::domain::page::RevisionToken;
use crate::domain::verbs::{Children, Command, Outcome, Refusal, RefusalKind, Scope, Transition};

fn undo(store: &mut Store) -> Result<Outcome, Refusal> {
    store.run(Command::Undo { group: None })
}

fn modify(store: &mut Store, id: NodeId, change: &str) -> Outcome {
    store
        .run(Command::Modify { references: refs(&[id]), changes: vec![change.into()], scope: Scope::Usual })
        .unwrap()
}

#[test]
fn undo_and_redo_go_back_and_forth() {
    let mut store = Store::default();
    let id = store.add("x due:fri");
    modify(&mut store, id, "due:sat");
    undo(&mut store).unwrap();
    assert_eq!(due(store.node(id)), Some("2026-11-27"));
    store.run(Command::Redo).unwrap();
    assert_eq!(due(store.node(id)), Some("2026-11-28"));
    undo(&mut store).unwrap();
    undo(&mut store).unwrap();
    assert!(store.node(id).is_trashed(), "what was made is deleted");
    assert!(undo(&mut store).is_err());
    store.run(Command::Redo).unwrap();
    assert!(!store.node(id).is_trashed());
    store.run(Command::Redo).unwrap();
    assert_eq!(due(store.node(id)), Some("2026-11-28"));
    assert!(store.run(Command::Redo).is_err());
    store.check_fold();
}

#[test]
fn a_deed_after_an_undo_ends_redo() {
    let mut store = Store::default();
    let id = store.add("x");
    modify(&mut store, id, "p1");
    undo(&mut store).unwrap();
    modify(&mut store, id, "p2");
    assert!(store.run(Command::Redo).is_err());
}

#[test]
fn an_earlier_group_is_undone_around_later_ones() {
    let mut store = Store::default();
    let id = store.add("x");
    let first = modify(&mut store, id, "p1").group;
    let both = store
        .run(Command::Modify {
            references: refs(&[id]),
            changes: vec!["+tag".into(), "due:fri".into()],
            scope: Scope::Usual,
        })
        .unwrap()
        .group;
    modify(&mut store, id, "due:sat");
    let outcome = store.run(Command::Undo { group: both }).unwrap();
    assert_eq!(outcome.skipped.len(), 1);
    assert_eq!((outcome.skipped[0].field.as_str(), outcome.changed), ("due", vec![id]));
    assert_eq!(due(store.node(id)), Some("2026-11-28"));
    assert_eq!(store.node(id).tags().count(), 0);
    store.run(Command::Undo { group: first }).unwrap();
    assert_eq!(store.node(id).task().unwrap().priority, None);
}

#[test]
fn a_group_that_was_all_overwritten_is_refused_by_name() {
    let mut store = Store::default();
    let id = store.add("x");
    let group = modify(&mut store, id, "p1").group;
    modify(&mut store, id, "p2");
    let refused = store.run(Command::Undo { group }).unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Conflict);
    assert!(refused.message.contains("priority of “x”"), "{}", refused.message);
    assert_eq!(store.node(id).task().unwrap().priority, Some(2));
}

#[test]
fn the_way_past_a_group_that_was_written_over_is_named() {
    let mut store = Store::default();
    store.add("before");
    let group = store.newest_group();
    let page =
        store.run(Command::NewPage { path: "P".into(), text: "one".into(), template: None }).unwrap().changed
            [0];
    let base = RevisionToken::new(store.node(page).text.rev, text_hash("one"));
    store.run(Command::SavePage { id: page, key: None, base, after: vec![], text: "two".into() }).unwrap();
    let hint = undo(&mut store).unwrap_err().hint.unwrap();
    assert_eq!(hint, format!("heph undo {group} takes the step before it back"));
    store.run(Command::Undo { group: Some(group) }).unwrap();
}

#[test]
fn bulk_is_one_step() {
    let mut store = Store::default();
    let ids: Vec<_> = (0..20).map(|n| store.add(&format!("task {n}"))).collect();
    let before = store.state();
    store
        .run(Command::Transition { references: refs(&ids), to: Transition::Done, children: Children::Refuse })
        .unwrap();
    assert_eq!(store.open().len(), 0);
    undo(&mut store).unwrap();
    assert_eq!(store.state(), before);
}

#[test]
fn captures_are_undone_unless_somebody_wrote_on() {
    let mut store = Store::default();
    let capture = |line: &str| Command::Capture { line: line.into(), date: String::new() };
    let id = store.run(capture("one")).unwrap().changed[0];
    store.run(capture("two")).unwrap();
    undo(&mut store).unwrap();
    assert_eq!(store.text(id), "# 2026-11-23\n- one\n");
    undo(&mut store).unwrap();
    assert!(store.node(id).is_trashed());
    store.run(capture("three")).unwrap();
    assert_eq!(store.text(id), "# 2026-11-23\n- three\n", "the undone line does not come back");

    let base = RevisionToken::new(store.node(id).text.rev, text_hash(store.text(id)));
    let text = "# 2026-11-23\n- three\nby hand\n".to_owned();
    store.run(Command::SavePage { id, key: None, base, after: vec![], text: text.clone() }).unwrap();
    let skipped = undo(&mut store).unwrap().skipped;
    assert_eq!(skipped.len(), 1, "what was written by hand is not put into the trash");
    assert_eq!(store.text(id), "# 2026-11-23\nby hand\n", "the captured line alone is taken out");
    assert!(!store.node(id).is_trashed());
}

#[test]
fn saves_and_imports_are_no_steps() {
    let mut store = Store::default();
    let page =
        store.run(Command::NewPage { path: "P".into(), text: "a".into(), template: None }).unwrap().changed
            [0];
    let base = RevisionToken::new(store.node(page).text.rev, text_hash("a"));
    store.run(Command::SavePage { id: page, key: None, base, after: vec![], text: "b".into() }).unwrap();
    assert_eq!(undo(&mut store).unwrap_err().kind, RefusalKind::Conflict, "the page was written on");
    assert!(!store.node(page).is_trashed());
}

/// Commands by small numbers, over the tasks there are.
fn command(store: &Store, kind: u8, which: usize, value: u8) -> Command {
    let tasks = store.of_kind(NodeKind::Task);
    if tasks.is_empty() || kind == 0 {
        return Command::AddTask {
            line: format!("task {value} +t{} p{}", value % 3, value % 4 + 1),
            literal: false,
            body: Some(format!("body {value}")),
            context: None,
        };
    }
    let references = refs(&[tasks[which % tasks.len()]]);
    let children = Children::Leave;
    match kind {
        1 => Command::Modify {
            references,
            changes: vec![format!("due:{}d", value % 5), format!("+x{}", value % 2)],
            scope: Scope::Usual,
        },
        2 => {
            Command::Modify { references, changes: vec![format!("p{}", value % 4 + 1)], scope: Scope::Usual }
        }
        3 => Command::Transition { references, to: Transition::Done, children },
        4 => Command::Transition { references, to: Transition::Reopen, children },
        5 => Command::Trash { references, trashed: value.is_multiple_of(2) },
        6 => Command::Capture { line: format!("line {value}"), date: String::new() },
        7 => {
            Command::Modify { references, changes: vec![format!("proj:P{}", value % 2)], scope: Scope::Usual }
        }
        8 => Command::Defer { references, until: format!("{}d", value % 4) },
        _ => Command::Log { reference: references[0].clone(), text: format!("note {value}") },
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn undoing_everything_returns_to_the_beginning(
        steps in prop::collection::vec((0u8..10, any::<usize>(), any::<u8>()), 1..25),
    ) {
        let mut store = Store::default();
        let mut states = vec![store.state()];
        for (kind, which, value) in steps {
            let command = command(&store, kind, which, value);
            if store.run(command).is_ok_and(|outcome| outcome.group.is_some()) {
                states.push(store.state());
            }
            store.now.instant += jiff::SignedDuration::from_millis(i64::from(value));
        }
        store.check_fold();
        let all = states.clone();
        while let Some(now) = states.pop() {
            prop_assert_eq!(store.state(), now);
            if !states.is_empty() {
                undo(&mut store).unwrap();
            }
        }
        for after in &all[1..] {
            store.run(Command::Redo).unwrap();
            prop_assert_eq!(&store.state(), after);
        }
        store.check_fold();
    }
}

#[test]
fn a_step_back_takes_nothing_out_of_the_trash() {
    let mut store = Store::default();
    let id = store.add("x");
    let group = modify(&mut store, id, "p1").group;
    store.run(Command::Trash { references: refs(&[id]), trashed: true }).unwrap();
    let refusal = store.run(Command::Undo { group }).unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Conflict);
    assert!(refusal.message.contains("is in the trash"), "{}", refusal.message);
    assert!(store.node(id).is_trashed());
    undo(&mut store).unwrap();
    assert!(!store.node(id).is_trashed(), "the trashing itself is taken back");
}

#[test]
fn what_was_typed_into_a_new_page_is_not_thrown_away() {
    let mut store = Store::default();
    let new = Command::NewPage { path: "P".into(), text: String::new(), template: None };
    let made = store.run(new).unwrap();
    let id = made.changed[0];
    let base = RevisionToken::new(0, text_hash(""));
    let text = "typed\n".to_owned();
    store.run(Command::SavePage { id, key: None, base, after: Vec::new(), text }).unwrap();
    let refusal = store.run(Command::Undo { group: made.group }).unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Conflict);
    assert!(!store.node(id).is_trashed());
}
