//! Which lists a filter reaches into, what an index can be asked, and orders.

use super::*;
use crate::domain::task::own::OwnFields;

#[test]
fn closed_tasks_and_the_trash_are_found_only_when_asked_for() {
    let done = closed(Status::Done);
    let scope = |text: &str| {
        let Scope { open, closed, trashed } = bind(text).scope();
        [(open, 'o'), (closed, 'c'), (trashed, 't')]
            .iter()
            .filter(|(is, _)| *is)
            .map(|&(_, c)| c)
            .collect::<String>()
    };
    for (text, expected) in [
        ("", "o"),
        ("+home", "o"),
        ("not is:done", "o"),
        ("status.not:done", "o"),
        ("is:open", "o"),
        ("status:done", "c"),
        ("is:closed", "c"),
        ("not is:open", "c"),
        ("status:todo,done", "oc"),
        ("status.any:", "oc"),
        ("closed.after:sow", "c"),
        ("closed:", "o"),
        ("closed.any:", "c"),
        ("+home or is:done", "oc"),
        ("trashed", "t"),
        ("is:trashed +home", "t"),
        ("not trashed", "o"),
        ("is:done or trashed", "ct"),
        ("is:done trashed", "t"),
        ("is:open is:done", ""),
    ] {
        assert_eq!(scope(text), expected, "{text}");
        assert_eq!(parse(text, &Vocabulary::NONE).unwrap().scope(), bind(text).scope());
    }
    for text in [
        "status:done",
        "is:closed",
        "not is:open",
        "closed.after:sat-1w",
        "closed:yesterday",
        "is:done +phone",
        "status.any: closed>=sat-1w",
    ] {
        assert!(matches(text, &done), "{text}");
    }
    for text in ["", "+home", "not is:doing", "bank", "is:cancelled", "closed:today", "is:overdue"] {
        assert!(!matches(text, &done), "{text}");
    }
    let trashed = Task { trashed: true, ..task() };
    assert!(matches("trashed", &trashed) && matches("is:trashed +home", &trashed));
    assert!(!matches("+home", &trashed) && !matches("not trashed", &trashed));
    assert!(matches("trashed is:done", &Task { trashed: true, ..done }));
}

#[test]
fn an_index_can_be_asked_first() {
    let tag = |text: &str| bind(text).required_tag().map(str::to_owned);
    let project = |text: &str| bind(text).required_project().map(|test| test.is_met_by("Home/Kitchen"));
    assert_eq!(tag("due:fri +Home p1"), Some("home".into()));
    assert_eq!(tag("(+home +x) p1"), Some("home".into()));
    assert_eq!(tag("tag.is:home"), Some("home".into()));
    assert_eq!(tag("-home"), None);
    assert_eq!(tag("+home or +x"), None);
    assert_eq!(tag("not +home"), None);
    assert_eq!(project("proj:Home/ p1"), Some(true));
    assert_eq!(project("proj:Garden"), Some(false));
    assert_eq!(project("proj:Home/ or p1"), None);
    let terms: Vec<String> = bind("bank /x y/ title:no \"a b\"")
        .text_terms()
        .iter()
        .map(|term| term.source().to_owned())
        .collect();
    assert_eq!(terms, ["bank", "x y", "a b"]);
}

#[test]
fn sorts() {
    let mut tasks = [task(), bare(), closed(Status::Done)];
    tasks[1].id = NodeId::from_bytes([0; 16]);
    tasks[2].id = NodeId::from_bytes([3; 16]);
    tasks[2].due = Some("2026-11-27".parse().unwrap());
    let said = Said { now: now(), terms: Vec::new() };
    let sorted = |keys: &str| {
        let sort = Sort::parse(keys, &OwnFields::NONE).unwrap();
        let mut order: Vec<usize> = vec![0, 1, 2];
        order.sort_by(|&one, &other| sort.compare(&tasks[one], &tasks[other], &said));
        order
    };
    // A time comes before the whole day; what is unset comes last in both directions.
    assert_eq!(sorted("due"), [0, 2, 1]);
    assert_eq!(sorted("due-"), [2, 0, 1]);
    assert_eq!(sorted("title"), [1, 0, 2]);
    assert_eq!(sorted("title-"), [0, 2, 1]);
    assert_eq!(sorted("proj,status-"), [2, 0, 1]);
    assert_eq!(sorted("score,title"), [1, 0, 2]);
    assert_eq!(sorted("closed,created"), [2, 1, 0]);
    assert_eq!(sorted("modified"), [0, 2, 1]);
    assert_eq!(sorted("priority,planned,rank,defer"), [0, 2, 1]);
    let error = Sort::parse("due,scroe-", &OwnFields::NONE).unwrap_err();
    assert_eq!((error.message.as_str(), error.start, error.end), ("unknown sort key `scroe`", 4, 10));
    assert_eq!(error.hint.unwrap(), "did you mean `score`?");
    assert!(Sort::parse("", &OwnFields::NONE).is_err());
    assert!(Sort::parse("due--", &OwnFields::NONE).is_err());
}
