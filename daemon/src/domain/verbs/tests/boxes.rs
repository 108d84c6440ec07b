use super::store::{Store, refs};
use crate::domain::change::text_hash;
use crate::domain::id::NodeId;
use crate::domain::node::{NodeKind, register};
use crate::domain::page::{RevisionRef, RevisionToken, task_anchor};
use crate::domain::task::Status;
use crate::domain::task::time::{sum, worked};
use crate::domain::verbs::{
    Children, Command, Outcome, Refusal, RefusalKind, Scope, SeenLine, Transition, source_of,
};

fn page(store: &mut Store, path: &str, text: &str) -> NodeId {
    let command = Command::NewPage { path: path.into(), text: text.into(), template: None };
    store.run(command).unwrap().changed[0]
}

fn token(store: &Store, id: NodeId) -> RevisionToken {
    RevisionToken::new(store.node(id).text.rev, text_hash(store.text(id)))
}

/// Promotes a line as somebody sees it who has just opened the page.
fn promote(store: &mut Store, page: NodeId, number: u32) -> Result<Outcome, Refusal> {
    let text = store.text(page).lines().nth(number as usize - 1).unwrap_or_default().to_owned();
    let seen = SeenLine { reference: page.to_string(), base: token(store, page), number, text };
    store.run(Command::Promote(seen))
}

fn save(store: &mut Store, page: NodeId, text: &str) -> Outcome {
    let base = token(store, page);
    let command = Command::SavePage { id: page, key: None, base, after: vec![], text: text.into() };
    store.run(command).unwrap()
}

fn transition(store: &mut Store, task: NodeId, to: Transition) {
    let command = Command::Transition { references: refs(&[task]), to, children: Children::Refuse };
    store.run(command).unwrap();
}

#[test]
fn a_line_that_moves_to_another_page_takes_its_task_along() {
    for cut_first in [true, false] {
        let mut store = Store::default();
        let from = page(&mut store, "From", "- [ ] call Bob\nrest\n");
        let to = page(&mut store, "To", "before\n");
        let task = promote(&mut store, from, 1).unwrap().changed[0];
        let line = store.text(from).lines().next().unwrap().to_owned();
        let source = |store: &Store| source_of(store.node(task)).map(|(page, _)| page);
        if cut_first {
            save(&mut store, from, "rest\n");
        }
        save(&mut store, to, &format!("before\n{line}\n"));
        if !cut_first {
            assert_eq!(source(&store), Some(from), "as long as it stands there it is from there");
            save(&mut store, from, "rest\n");
            save(&mut store, to, &format!("before\n{line}\nafter\n"));
        }
        assert_eq!(source(&store), Some(to), "cut first: {cut_first}");
        let text = store.text(to).replacen("[ ]", "[x]", 1);
        assert_eq!(save(&mut store, to, &text).changed, [to, task]);
        transition(&mut store, task, Transition::Reopen);
        assert!(store.text(to).contains("- [ ] call Bob"), "and its box follows it there");
        store.check_fold();
    }
}

#[test]
fn a_line_that_is_ticked_as_it_moves_ticks_its_task() {
    let mut store = Store::default();
    let (from, to) = (page(&mut store, "From", "- [ ] call Bob\n"), page(&mut store, "To", "x\n"));
    let task = promote(&mut store, from, 1).unwrap().changed[0];
    let line = store.text(from).replacen("[ ]", "[x]", 1);
    save(&mut store, from, "");
    assert_eq!(save(&mut store, to, &format!("x\n{line}")).changed, [to, task]);
    assert_eq!((store.node(task).status().0, store.text(to).contains("[x]")), (Status::Done, true));
    store.check_fold();
}

#[test]
fn a_box_that_says_begun_starts_the_clock() {
    let mut store = Store::default();
    let list = page(&mut store, "P", "- [ ] one\n");
    let task = promote(&mut store, list, 1).unwrap().changed[0];
    let minutes = |store: &Store| sum(&worked(store.node(task), i64::MIN, i64::MAX, store.now.ms())) / 60_000;
    let begun = store.text(list).replacen("[ ]", "[/]", 1);
    save(&mut store, list, &begun);
    assert_eq!(store.node(task).status().0, Status::Doing);
    store.now.instant += jiff::SignedDuration::from_mins(25);
    save(&mut store, list, &begun.replacen("[/]", "[x]", 1));
    store.now.instant += jiff::SignedDuration::from_mins(25);
    assert_eq!((store.node(task).status().0, minutes(&store)), (Status::Done, 25));
    store.check_fold();
}

#[test]
fn of_two_ticks_at_once_the_one_that_stands_is_the_status() {
    let mut store = Store::default();
    let list = page(&mut store, "P", "- [ ] one\n");
    let task = promote(&mut store, list, 1).unwrap().changed[0];
    transition(&mut store, task, Transition::Start);
    let (base, begun) = (token(&store, list), store.text(list).to_owned());
    transition(&mut store, task, Transition::Done);
    let text = begun.replace("[/]", "[ ]");
    store.run(Command::SavePage { id: list, key: None, base, after: vec![], text }).unwrap();
    assert_eq!((store.node(task).status().0, store.text(list).contains("[x]")), (Status::Done, true));
}

#[test]
fn what_holds_a_text_together_is_no_task() {
    let mut store = Store::default();
    let text =
        "a|b\n-|-\nc|d\n\nTitle\n===\n\n[^1]: foot\n\n[ref]: http://x\n\n***\n\n- [a] plain\n\nsee [ref]\n";
    let list = page(&mut store, "List", text);
    for number in [1, 2, 3, 5, 6, 8, 10, 12] {
        assert_eq!(
            promote(&mut store, list, number).unwrap_err().message,
            "this line cannot be a task",
            "{number}"
        );
    }
    assert_eq!(store.text(list), text);
    promote(&mut store, list, 16).unwrap();
}

#[test]
fn a_line_that_reads_as_one_before_is_another_task() {
    let mut store = Store::default();
    let list = page(&mut store, "List", "- [ ] buy milk\n");
    let first = promote(&mut store, list, 1).unwrap().changed[0];
    let text = format!("- [ ] buy milk\n{}", store.text(list));
    save(&mut store, list, &text);
    let second = promote(&mut store, list, 1).unwrap().changed[0];
    assert_ne!(first, second, "the anchor of the first stands in the text");

    transition(&mut store, second, Transition::Done);
    save(&mut store, list, "- [ ] buy milk\n");
    let third = promote(&mut store, list, 1).unwrap().changed[0];
    assert_eq!(third, first, "its anchor is gone, and it is open as the line is");
    transition(&mut store, first, Transition::Done);
    save(&mut store, list, "- [ ] buy milk\n");
    let fourth = promote(&mut store, list, 1).unwrap().changed[0];
    assert!(fourth != first && fourth != second, "what is done is not begun again");
    assert_eq!(store.node(fourth).status().0, Status::Todo);
    store.check_fold();
}

#[test]
fn a_line_whose_task_is_in_the_trash_brings_it_back() {
    let mut store = Store::default();
    let list = page(&mut store, "List", "- [ ] delta\n");
    let task = promote(&mut store, list, 1).unwrap().changed[0];
    store.run(Command::Trash { references: refs(&[task]), trashed: true }).unwrap();
    assert!(store.node(task).is_trashed());
    let outcome = promote(&mut store, list, 1).unwrap();
    assert_eq!((outcome.changed[0], store.node(task).is_trashed()), (task, false));
    store.run(Command::Undo { group: None }).unwrap();
    assert!(store.node(task).is_trashed());
}

#[test]
fn a_line_becomes_a_task_with_a_stable_anchor() {
    let mut store = Store::default();
    let text = "# Day\n\n- [ ] Call Bob due:fri +phone\r\n- [ ] Call Bob due:fri +phone\n  1. [x] done it\nplain ünd text\n- item";
    let list = page(&mut store, "Lists/Day", text);
    let outcome = promote(&mut store, list, 3).unwrap();
    let task = outcome.changed[0];
    assert_eq!(task, NodeId::derived(&format!("item:{list}:Call Bob due:fri +phone:0")));
    let anchor = task_anchor(task);
    assert_eq!(outcome.summary, format!("- [ ] Call Bob due:fri +phone ^{anchor}"));
    assert_eq!(store.text(list), text.replacen("+phone\r\n", &format!("+phone ^{anchor}\r\n"), 1));
    assert_eq!(store.node(task).title(), "Call Bob");
    assert_eq!(store.node(task).tags().collect::<Vec<_>>(), ["phone"]);
    assert_eq!(source_of(store.node(task)), Some((list, anchor.as_str())));
    assert_eq!(outcome.recognised.len(), 2);
    let again = promote(&mut store, list, 3).unwrap();
    assert_eq!((again.changed, again.unchanged), (vec![], vec![task, list]));

    let second = promote(&mut store, list, 4).unwrap().changed[0];
    assert_eq!(second, NodeId::derived(&format!("item:{list}:Call Bob due:fri +phone:1")));
    let done = promote(&mut store, list, 5).unwrap().changed[0];
    assert_eq!(store.node(done).status().0, Status::Done);
    promote(&mut store, list, 6).unwrap();
    promote(&mut store, list, 7).unwrap();
    let lines: Vec<_> = store.text(list).lines().map(|line| line.split(" ^").next().unwrap()).collect();
    assert_eq!(lines[4..], ["  1. [x] done it", "- [ ] plain ünd text", "- [ ] item"]);
    store.check_fold();

    for _ in 0..5 {
        store.run(Command::Undo { group: None }).unwrap();
    }
    assert_eq!(store.text(list), text);
    assert!(store.node(task).is_trashed());
    assert_eq!(promote(&mut store, list, 3).unwrap().changed[0], task, "the same task comes back");
    assert!(!store.node(task).is_trashed());
}

#[test]
fn no_line_is_taken_for_another() {
    let mut store = Store::default();
    let list = page(
        &mut store,
        "P",
        "- [ ] a\n- [ ] b\n- [ ] b\n\n```\n- [ ] code\n```\n# head\n\n- x ^mine\n- [ ] y ^mine\n",
    );
    let base = token(&store, list);
    let text = format!("- [ ] new\n{}", store.text(list));
    save(&mut store, list, &text);
    let mut seen = |number, text: &str, base| {
        let seen = SeenLine { reference: "[[P]]".into(), base, number, text: text.into() };
        store.run(Command::Promote(seen)).map(|outcome| outcome.summary).map_err(|refusal| refusal.kind)
    };
    let line = seen(1, "- [ ] a", base).unwrap();
    assert!(line.starts_with("- [ ] a ^t-"), "{line}");
    assert_eq!(seen(2, "- [ ] b", base), Err(RefusalKind::Ambiguous(vec![])));
    assert_eq!(seen(2, "- [ ] c", base), Err(RefusalKind::Conflict));
    assert_eq!(seen(99, "- [ ] c", base), Err(RefusalKind::Conflict));
    for (number, refused) in [
        (7, "this line cannot be a task"),
        (9, "this line cannot be a task"),
        (5, "this line cannot be a task"),
        (12, "the line has an anchor already, ^mine"),
    ] {
        assert_eq!(promote(&mut store, list, number).unwrap_err().message, refused, "{number}");
    }
    let task = store.add("Task");
    assert_eq!(promote(&mut store, task, 1).unwrap_err().message, "“Task” is a task already");
}

#[test]
fn statuses_and_boxes_follow_each_other() {
    let mut store = Store::default();
    let list = page(&mut store, "P", "- [ ] one\n- [ ] two\n");
    let (one, two) =
        (promote(&mut store, list, 1).unwrap().changed[0], promote(&mut store, list, 2).unwrap().changed[0]);
    let tokens =
        |store: &Store| store.text(list).lines().map(|line| line[3..4].to_owned()).collect::<String>();
    transition(&mut store, one, Transition::Start);
    assert_eq!(tokens(&store), "/ ");
    transition(&mut store, one, Transition::Done);
    assert_eq!(tokens(&store), "x ");
    store.run(Command::Undo { group: None }).unwrap();
    assert_eq!((tokens(&store).as_str(), store.node(one).status().0), ("/ ", Status::Doing));

    // A save ticks what it changes, and nothing else.
    let text = store.text(list).replacen("- [ ] two", "- [x] two", 1) + "more\n";
    let outcome = save(&mut store, list, &text);
    assert_eq!(outcome.changed, [list, two]);
    assert_eq!(store.text(list), text);
    assert_eq!((store.node(one).status().0, store.node(two).status().0), (Status::Doing, Status::Done));
    // Unknown tokens are kept and tick nothing; a deleted line leaves its task.
    let text = text.replacen("[/]", "[?]", 1);
    let outcome = save(&mut store, list, &text);
    assert_eq!((outcome.changed, store.node(one).status().0), (vec![list], Status::Doing));
    save(&mut store, list, "gone\n");
    assert_eq!(store.node(two).status().0, Status::Done);
    transition(&mut store, two, Transition::Reopen);
    assert_eq!(store.text(list), "gone\n");
    // A line that comes back shows the status; its token in the text says nothing.
    save(&mut store, list, &text);
    assert_eq!(store.node(two).status().0, Status::Todo);
    store.check_fold();
}

#[test]
fn a_copied_line_ticks_nothing_and_a_waiting_task_stays_so() {
    let mut store = Store::default();
    let list = page(&mut store, "P", "- [ ] one\n");
    let one = promote(&mut store, list, 1).unwrap().changed[0];
    let command = |changes: &[&str]| Command::Modify {
        references: refs(&[one]),
        changes: changes.iter().map(|change| (*change).to_owned()).collect(),
        scope: Scope::Usual,
    };
    store.run(command(&["status:waiting"])).unwrap();
    let line = store.text(list).to_owned();
    save(&mut store, list, &format!("{line}text\n{}", line.replace("[ ]", "[x]")));
    assert_eq!(store.node(one).status().0, Status::Waiting, "the first line counts");
    // Another page that holds the anchor is not the one the task came from.
    let other = page(&mut store, "Q", &line);
    save(&mut store, other, &line.replace("[ ]", "[x]"));
    assert_eq!(store.node(one).status().0, Status::Waiting);
}

#[test]
fn a_box_that_cannot_be_ticked_keeps_the_text_and_says_so() {
    let mut store = Store::default();
    let list = page(&mut store, "P", "- [ ] whole\n");
    let whole = promote(&mut store, list, 1).unwrap().changed[0];
    store.add(&format!("part parent:{}", store.short(whole)));
    let text = store.text(list).replace("[ ]", "[x]") + "typed\n";
    let outcome = save(&mut store, list, &text);
    assert_eq!(outcome.notes.len(), 1);
    assert!(outcome.notes[0].starts_with("“whole” is left as it is"), "{:?}", outcome.notes);
    assert_eq!(store.text(list), text);
    assert_eq!(store.node(whole).status().0, Status::Todo);
    // The next save of the same buffer has the token it typed as its base.
    let outcome = save(&mut store, list, &(text.clone() + "more\n"));
    assert_eq!(outcome.changed, [list]);
    let reopened = save(&mut store, list, &(text.replace("[x]", "[ ]") + "more\n"));
    assert_eq!(reopened.changed, [list], "it is open already");
}

#[test]
fn items_of_a_project_belong_to_it() {
    let mut store = Store::default();
    let task = store.add("Paint proj:House");
    let house = store.of_kind(NodeKind::Project)[0];
    save(&mut store, house, "- [ ] Buy paint\n");
    let promoted = promote(&mut store, house, 1).unwrap().changed[0];
    let project = |id| store.node(id).registers.value(register::PROJECT).clone();
    assert_eq!(project(promoted), project(task));
}

#[test]
fn an_earlier_text_comes_back_and_can_be_undone() {
    let mut store = Store::default();
    let list = page(&mut store, "P", "one\n");
    let first = token(&store, list);
    save(&mut store, list, "two\n");
    let revert = |rev: &str| Command::Revert { reference: "[[P]]".into(), rev: rev.parse().unwrap() };
    let outcome = store.run(revert(&first.to_string())).unwrap();
    assert_eq!((store.text(list), outcome.changed), ("one\n", vec![list]));
    store.run(Command::Undo { group: None }).unwrap();
    assert_eq!(store.text(list), "two\n");
    store.run(revert(&first.rev.to_string())).unwrap();
    assert_eq!(store.run(revert(&first.to_string())).unwrap().unchanged, [list]);
    for wrong in [format!("{}-00000000", first.rev), "99".to_owned()] {
        assert_eq!(store.run(revert(&wrong)).unwrap_err().kind, RefusalKind::NotFound, "{wrong}");
    }
    assert!("x".parse::<RevisionRef>().is_err());
}

#[test]
fn templates_are_filled_in() {
    let mut store = Store::default();
    page(&mut store, "Templates/Meeting", "# {{title}}\n{{date}} {{time}}\n");
    page(&mut store, "Templates/Journal", "\n## Plan for {{date:dddd}}\n");
    let new = |path: &str, template: &str| Command::NewPage {
        path: path.into(),
        text: "more".into(),
        template: Some(template.into()),
    };
    let made = store.run(new("Work/Kick-off", "meeting")).unwrap().changed[0];
    assert_eq!(store.text(made), "# Kick-off\n2026-11-23 10:00\nmore");
    assert_eq!(store.run(new("Other", "nothing")).unwrap_err().kind, RefusalKind::NotFound);
    let journal = store.run(Command::Capture { line: "rain".into(), date: "fri".into() }).unwrap().changed[0];
    assert_eq!(store.text(journal), "# 2026-11-27\n\n\n## Plan for Friday\n- rain\n");
}

#[test]
fn home_is_one_page_however_it_is_made() {
    let mut store = Store::default();
    let save = |key: Option<&str>| Command::SavePage {
        id: NodeId::home(),
        key: key.map(Into::into),
        base: RevisionToken::new(0, text_hash("")),
        after: vec![],
        text: "hello\n".into(),
    };
    assert_eq!(store.run(save(None)).unwrap_err().kind, RefusalKind::NotFound);
    store.run(save(Some("page:home"))).unwrap();
    assert_eq!(store.node(NodeId::home()).path(), "Home");
    let mut store = Store::default();
    assert_eq!(page(&mut store, "home", ""), NodeId::home());
    assert_ne!(page(&mut store, "Work/Home", ""), NodeId::home());
}
