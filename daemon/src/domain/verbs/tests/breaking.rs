use super::store::{Store, due, refs};
use crate::domain::id::NodeId;
use crate::domain::import::taskwarrior;
use crate::domain::node::{NodeKind, register, status_value};
use crate::domain::task::Status;
use crate::domain::task::own::OwnFields;
use crate::domain::verbs::{Command, ImportItem, Outcome, Refusal, RefusalKind, Scope, render_form};

fn undo(store: &mut Store) -> Result<Outcome, Refusal> {
    store.run(Command::Undo { group: None })
}

fn run_modify(store: &mut Store, id: NodeId, change: &str) -> Outcome {
    store
        .run(Command::Modify { references: refs(&[id]), changes: vec![change.into()], scope: Scope::Usual })
        .unwrap()
}

fn new_page(store: &mut Store, path: &str) -> Result<Outcome, Refusal> {
    store.run(Command::NewPage { path: path.into(), text: String::new(), template: None })
}

#[test]
fn a_project_others_use_since_outlives_the_undoing_of_what_made_it() {
    let mut store = Store::default();
    let first = store.add("first proj:New");
    let made = store.run(Command::AddTask {
        line: "second proj:New".into(),
        literal: false,
        body: None,
        context: None,
    });
    let (project, second) = (store.of_kind(NodeKind::Project)[0], made.unwrap().changed[0]);
    let group = store.group_of(first);
    let outcome = store.run(Command::Undo { group: Some(group) }).unwrap();
    assert!(store.node(first).is_trashed() && !store.node(second).is_trashed());
    assert!(!store.node(project).is_trashed(), "the second task is in it");
    assert_eq!(outcome.skipped.len(), 1);
    assert_eq!((outcome.skipped[0].node, &*outcome.skipped[0].reason), (project, "used by others since"));
    store.run(Command::Redo).unwrap();
    assert!(!store.node(first).is_trashed());
}

#[test]
fn undoing_an_undo_by_its_group_is_a_redo() {
    let mut store = Store::default();
    let id = store.add("x");
    run_modify(&mut store, id, "due:fri");
    undo(&mut store).unwrap();
    let undoing = store.newest_group();
    store.run(Command::Undo { group: Some(undoing) }).unwrap();
    assert_eq!(due(store.node(id)), Some("2026-11-27"));
    undo(&mut store).unwrap();
    assert_eq!(due(store.node(id)), None, "the newest deed that stands is undone");
    assert!(!store.node(id).is_trashed());
    store.run(Command::Redo).unwrap();
    assert_eq!(due(store.node(id)), Some("2026-11-27"));
}

#[test]
fn what_was_added_and_undone_comes_back_from_the_trash_whole() {
    let mut store = Store::default();
    let command = Command::AddTask {
        line: "x p1".into(),
        literal: false,
        body: Some("the body".into()),
        context: None,
    };
    let id = store.run(command).unwrap().changed[0];
    undo(&mut store).unwrap();
    store.run(Command::Trash { references: refs(&[id]), trashed: false }).unwrap();
    assert_eq!(store.text(id), "the body");
    assert_eq!(store.node(id).task().unwrap().priority, Some(1));
}

#[test]
fn folders_are_clean_and_fold_alike_everywhere() {
    let mut store = Store::default();
    new_page(&mut store, "A//B / C/Plan").unwrap();
    assert_eq!(store.node(store.of_kind(NodeKind::Page)[0]).folder(), "A/B/C");
    assert_eq!(new_page(&mut store, "a/b/c/plan").unwrap_err().kind, RefusalKind::Refused);
    assert_eq!(new_page(&mut store, "A//B/C/Plan").unwrap_err().kind, RefusalKind::Refused);
    store.add("x proj:\"P//Q/R\"");
    store.add("y proj:\"P//Q/R\"");
    assert_eq!(store.of_kind(NodeKind::Project).len(), 1);
    for bad in ["a\nb/c", "a[[b/c", "a|b/c"] {
        assert!(matches!(new_page(&mut store, bad).unwrap_err().kind, RefusalKind::Invalid { .. }), "{bad}");
    }
}

#[test]
fn a_reference_that_is_not_there_is_named_itself() {
    let mut store = Store::default();
    let id = store.add("x");
    let missing = NodeId::derived("missing");
    let refused = store
        .run(Command::Modify {
            references: refs(&[id, id, missing]),
            changes: vec!["p1".into()],
            scope: Scope::Usual,
        })
        .unwrap_err();
    assert!(refused.message.contains(&missing.to_string()), "{}", refused.message);
}

#[test]
fn who_one_waits_for_goes_with_the_waiting() {
    let mut store = Store::default();
    let id = store.add("x");
    let base = render_form(store.node(id), &OwnFields::NONE, "", "", &[], "");
    let edited = base.replace("status: todo", "status: waiting").replace("waiting on:", "waiting on: Bob");
    store.run(Command::SaveForm { id, base, text: edited }).unwrap();
    assert_eq!(store.node(id).status().2, Some("Bob"));
    let base = render_form(store.node(id), &OwnFields::NONE, "", "", &[], "");
    let edited = base.replace("status: waiting", "status: todo");
    store.run(Command::SaveForm { id, base, text: edited }).unwrap();
    assert_eq!(
        store.node(id).registers.value(register::STATUS),
        &status_value(Status::Todo, store.now.ms(), None)
    );
}

const ITEM: &str = r#"{"uuid":"00000000-0000-4000-8000-000000000001","description":"paint","status":"pending",
    "entry":"20260101T090000Z","project":"Home","tags":["diy","old"],"due":"20261201T090000Z"}"#;

fn import(store: &mut Store, item: &str) -> [u64; 3] {
    let item = ImportItem::new("taskwarrior", item, taskwarrior::map(item, &store.now).unwrap());
    store.run(Command::Import { items: vec![item] }).unwrap().imported
}

#[test]
fn what_was_changed_here_outlives_every_import_that_changes_something_else() {
    let mut store = Store::default();
    import(&mut store, ITEM);
    let id = store.of_kind(NodeKind::Task)[0];
    for change in ["due:fri", "+mine", "-old", "p1", "title:\"paint the wall\""] {
        run_modify(&mut store, id, change);
    }
    let again = ITEM.replace("\"pending\"", "\"pending\",\"priority\":\"L\",\"estimate\":\"1\"");
    assert_eq!(import(&mut store, &again), [0, 1, 0]);
    let third = again.replace("[\"diy\",", "[\"more\",").replace("\"estimate\":\"1\"", "\"estimate\":\"2\"");
    assert_eq!(import(&mut store, &third), [0, 1, 0]);
    let node = store.node(id);
    assert_eq!((due(node), node.title()), (Some("2026-11-27"), "paint the wall"));
    assert_eq!(node.tags().collect::<Vec<_>>(), ["mine", "more"], "diy went at its source, old here");
    assert_eq!(node.registers.value("field:taskwarrior.estimate").as_text(), Some("2"));
    let priority = node.task().unwrap().priority;
    assert_eq!(priority, Some(3), "both changed it: what the source says comes in");

    store.run(Command::Trash { references: refs(&[id]), trashed: true }).unwrap();
    import(&mut store, &third.replace("more", "most"));
    assert!(store.node(id).is_trashed(), "what was deleted here stays deleted");
}

#[test]
fn an_import_makes_its_project_where_a_name_means_nothing_or_too_much() {
    let mut store = Store::default();
    for path in ["A/Home", "B/Home"] {
        new_page(&mut store, path).unwrap();
    }
    import(&mut store, ITEM);
    let projects = store.of_kind(NodeKind::Project);
    assert_eq!(projects.iter().map(|id| store.node(*id).path()).collect::<Vec<_>>(), ["Home"]);
    let dated = ITEM.replace("00001\"", "00002\"").replace("\"Home\"", "\"2026-11-23\"");
    assert_eq!(import(&mut store, &dated), [1, 0, 0]);
    let tasks = store.of_kind(NodeKind::Task);
    let projects: Vec<_> = tasks.iter().map(|id| store.node(*id).task().unwrap().project.is_some()).collect();
    assert_eq!(projects.iter().filter(|has| **has).count(), 1, "no journal is a project");
}

#[test]
fn far_dates_and_odd_words_do_not_panic() {
    let mut store = Store::default();
    let id = store.add("x due:9999-12-31 defer:9999-12-31");
    for word in
        ["9999-12-31", "9999-W52", "-9999-01-01", "+3000000", "-9999999999", "+99999999999999", "0000-00-00"]
    {
        let _ = store.run(Command::Capture { line: "x".into(), date: word.into() });
        let _ = store.run(Command::Defer { references: refs(&[id]), until: word.into() });
    }
    for line in [
        "",
        "\u{0}",
        "é\u{301}\u{200d}",
        "due:",
        "proj:",
        "proj:/",
        "proj://",
        "proj:\"/ /\"",
        "+",
        "p1 p2 p3",
        "{fri",
        "est:99999999999999999999h",
        "every day",
        "dep:@last",
        "due:due+1d",
        "due:9999-12-31+9999y",
    ] {
        for literal in [true, false] {
            let _ = store.run(Command::AddTask { line: line.into(), literal, body: None, context: None });
        }
        let _ = store.run(Command::Modify {
            references: refs(&[id]),
            changes: vec![line.into()],
            scope: Scope::Usual,
        });
    }
    for reference in ["", "@last", "[[", "]]", "[[]]", "[[t:]]", "[[t:é]]", "é", "t:", "/", "-1", "2026-W99"]
    {
        let _ = store.run(Command::Trash { references: vec![reference.into()], trashed: true });
    }
    for form in ["", "---", "---\n", ":", "title", "title: x\r\n---\r\nb", "due: \"", "tags: ,,,+ +"] {
        let _ = store.run(Command::SaveForm { id, base: String::new(), text: form.into() });
        let _ = store.run(Command::SaveForm { id, base: form.into(), text: String::new() });
    }
    store.check_fold();
}
