use super::store::{Store, refs};
use crate::domain::node::{NodeKind, register};
use crate::domain::task::{Project, ProjectStatus};
use crate::domain::verbs::{Command, Outcome, Refusal, Scope, Transition};

fn modify(store: &mut Store, reference: &str, changes: &[&str]) -> Result<Outcome, Refusal> {
    let changes = changes.iter().map(|change| (*change).to_owned()).collect();
    store.run(Command::Modify { references: vec![reference.to_owned()], changes, scope: Scope::default() })
}

#[test]
fn a_project_takes_its_fields() {
    let mut store = Store::default();
    let task = store.add("dig proj:Garden");
    let id = store.open().get(task).unwrap().project.unwrap();
    let typed = ["status:on-hold", "review:2w", "outcome:A green one", "sequential:yes", "area:Life/Home"];
    assert_eq!(modify(&mut store, "Garden", &typed).unwrap().changed, [id]);
    let project = Project::of(store.node(id));
    assert_eq!((project.status, project.on_hold, project.sequential), (ProjectStatus::OnHold, true, true));
    assert_eq!((project.review_days, project.outcome.as_deref()), (Some(14), Some("A green one")));
    let area = store.node(project.area.unwrap());
    assert_eq!((area.kind(), area.path()), (NodeKind::Area, "Life/Home".to_owned()));
    assert_eq!(modify(&mut store, "Garden", &typed).unwrap().unchanged, [id]);
    modify(&mut store, "Garden", &["status:active", "review:", "outcome:", "sequential:no", "area:"])
        .unwrap();
    let project = Project::of(store.node(id));
    assert_eq!(Project { created: project.created, ..Project::new(id, "Garden") }, project);
    store.run(Command::Undo { group: None }).unwrap();
    assert_eq!(Project::of(store.node(id)).status, ProjectStatus::OnHold);
    store.check_fold();
}

#[test]
fn what_a_project_does_not_take_is_said() {
    let mut store = Store::default();
    store.add("dig proj:Garden");
    let refused = |store: &mut Store, change: &str| {
        let refusal = modify(store, "Garden", &[change]).unwrap_err();
        (refusal.message, refusal.hint.unwrap_or_default())
    };
    let fields = "a project has status: outcome: review: reviewed: sequential: area: weight: kind:";
    for (change, message, hint) in [
        ("due:fri", "`due:fri` is no field of a project", fields),
        ("stauts:active", "`stauts:active` is no field of a project", "did you mean `status:`?"),
        ("status:paused", "`paused` is no status of a project", "active, on-hold, someday, done, archived"),
        ("review:often", "`often` is no interval", "write `review:2w` or `review:1mo`"),
        ("weight:2.5", "`2.5` is no weight of a project", "whole points from -10 to 10"),
        ("sequential:perhaps", "`perhaps` is neither yes nor no", ""),
        (
            "title:Yard",
            "`title:Yard` is no field of a project",
            "heph page rename gives a project another title",
        ),
        ("words", "`words` is no field of a project", fields),
    ] {
        assert_eq!(refused(&mut store, change), (message.to_owned(), hint.to_owned()));
    }
    modify(&mut store, "Garden", &["area:Garden"]).unwrap_err();
    store.add("x proj:Other");
    modify(&mut store, "Garden", &["area:Other"]).unwrap_err();
    store.run(Command::Capture { line: "x".into(), date: String::new() }).unwrap();
    modify(&mut store, "2026-11-23", &["status:active"]).unwrap_err();
}

#[test]
fn a_page_becomes_a_project_and_an_area() {
    let mut store = Store::default();
    let page = Command::NewPage { path: "Garden".into(), text: "green\n".into(), template: None };
    let id = store.run(page).unwrap().changed[0];
    modify(&mut store, "Garden", &["review:1mo"]).unwrap();
    assert_eq!(store.node(id).kind(), NodeKind::Project);
    modify(&mut store, "Garden", &["kind:area"]).unwrap();
    assert_eq!(store.node(id).kind(), NodeKind::Area);
    assert_eq!(store.text(id), "green\n");
    assert_eq!(store.node(id).registers.value(register::REVIEW).as_int(), Some(30));
}

#[test]
fn a_sequential_project_shows_one_task_after_the_other() {
    let mut store = Store::default();
    let first = store.add("dig proj:Garden");
    let second = store.add("sow proj:Garden p1");
    let part = store.add(&format!("buy seed proj:Garden parent:{second}"));
    modify(&mut store, "Garden", &["sequential:yes"]).unwrap();
    let available = |store: &Store| {
        let now = &store.now;
        let all = [first, second, part].into_iter();
        let is_available =
            |id| store.open().get(id).is_some_and(|task| store.open().facts(task, now).available);
        all.map(is_available).collect::<Vec<_>>()
    };
    assert_eq!(available(&store), [true, false, false]);
    let to = |references, to| Command::Transition {
        references,
        to,
        children: crate::domain::verbs::Children::Refuse,
    };
    store.run(to(refs(&[first]), Transition::Done)).unwrap();
    assert_eq!(available(&store), [false, false, true]);
    store.run(to(refs(&[first]), Transition::Reopen)).unwrap();
    let last = crate::domain::verbs::Place::Last;
    store.run(Command::Move { reference: first.to_string(), to: last }).unwrap();
    assert_eq!(available(&store), [false, false, true]);
}
