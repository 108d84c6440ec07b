//! Lists: filters, columns, pages, forms of output, closed pipes.

use std::io::Read as _;
use std::process::Stdio;

use heph_protocol::response::{FilterExplained, NodeHistory, PageList, TaskList, TaskNext};
use heph_protocol::types::{FieldChange, Flag, HistoryEntry, NodeRef, Page, Task, When};
use heph_protocol::{ErrorCode, Request};

use crate::fake::{Fake, node, refuse, reply, task};

/// A daemon with so many tasks, that gives at most 1,000 at once.
fn with_tasks(count: usize) -> Fake {
    let tasks: Vec<Task> =
        (0..count).map(|number| task(&format!("{number:03}"), &format!("Task {number}"))).collect();
    Fake::new(move |request| match request {
        Request::TaskList(list) => {
            let from: usize = list.page.as_ref().map_or(0, |token| token.parse().unwrap());
            let to = (from + list.limit.unwrap() as usize).min(tasks.len());
            let next_page = (to < tasks.len()).then(|| to.to_string());
            reply(&TaskList { tasks: tasks[from..to].to_vec(), next_page, ..TaskList::default() })
        }
        other => refuse(ErrorCode::Internal, other.name()),
    })
}

fn due(in_days: i32, date: &str) -> (Option<When>, Option<i32>) {
    (Some(When { date: date.into(), ..When::default() }), Some(in_days))
}

fn next() -> Fake {
    Fake::new(|_| {
        let (late, since) = due(-3, "2026-11-20");
        let (soon, left) = due(4, "2026-11-27");
        let bank = Task {
            due: late,
            due_in_days: since,
            flags: vec![Flag::Available, Flag::Overdue],
            priority: Some(1),
            tags: vec!["phone".into()],
            project: Some(NodeRef { title: "Home".into(), ..NodeRef::default() }),
            score: Some(17.25),
            ..task("7k3", "Call the bank about the card that came yesterday")
        };
        let shopping = Task { due: soon, due_in_days: left, ..task("9ab", "買い物に行く") };
        reply(&TaskNext { tasks: vec![bank, shopping], available: 12, ..TaskNext::default() })
    })
}

#[test]
fn next_is_a_table_without_headings_in_a_pipe() {
    insta::assert_snapshot!(next().run(&["next"]), @r"
    7k3  p1  !3 d ago  Call the bank about the card that came yesterday  Home  +phone
    9ab      Fri       買い物に行く
    --- exit 0
    ");
    assert_eq!(next().run(&["next", "-q"]).clean(), "7k3\n9ab\n");
}

#[test]
fn a_narrow_terminal_cuts_titles() {
    let mut fake = next();
    fake.home.set("COLUMNS", "48");
    insta::assert_snapshot!(fake.run(&["next"]), @r"
    7k3  p1  !3 d ago  Call the bank…   Home  +phone
    9ab      Fri       買い物に行く
    --- exit 0
    ");
}

#[test]
fn colour_is_for_terminals_unless_it_is_forced() {
    let mut fake = next();
    assert!(!fake.run(&["next"]).stdout.contains('\u{1b}'));
    assert!(fake.run(&["next", "--color", "always"]).stdout.contains("\u{1b}[1m\u{1b}[31m!3 d ago\u{1b}[0m"));
    fake.home.set("CLICOLOR_FORCE", "1");
    assert!(fake.run(&["next"]).stdout.contains('\u{1b}'));
    assert!(!fake.run(&["next", "--color=never"]).stdout.contains('\u{1b}'));
}

#[test]
fn json_is_one_document_and_ndjson_one_object_a_line() {
    let document = next().run(&["next", "--json"]).json();
    assert_eq!((&document["schema"], &document["available"]), (&1.into(), &12.into()));
    assert_eq!(document["tasks"][1]["title"], "買い物に行く");
    let lines = next().run(&["next", "--ndjson"]).clean();
    let shorts: Vec<String> = lines
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["short"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(shorts, ["7k3", "9ab"]);
}

#[test]
fn an_empty_list_is_a_success() {
    let empty = with_tasks(0);
    insta::assert_snapshot!(empty.run(&["list", "+none"]), @r"
    --- stderr
    no task matches
    --- exit 0
    ");
    assert_eq!(empty.run(&["list", "--json"]).clean(), "{\"schema\":1,\"tasks\":[]}\n");
    assert_eq!(empty.run(&["list", "--ndjson"]).clean(), "");
}

#[test]
fn a_pipe_gets_every_row_page_by_page() {
    let fake = with_tasks(2_345);
    let all = fake.run(&["list"]).clean();
    assert_eq!(all.lines().count(), 2_345);
    assert_eq!(all.lines().last().unwrap(), "2344  Task 2344");
    assert_eq!(fake.heard().len(), 3);
    let document = fake.run(&["list", "--json"]).json();
    assert_eq!(document["tasks"].as_array().unwrap().len(), 2_345);
    assert_eq!(fake.run(&["list", "-n", "1500", "-q"]).clean().lines().count(), 1_500);
    assert_eq!(fake.run(&["list", "--limit", "3"]).clean().lines().count(), 3);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let fake = with_tasks(30_000);
    let mut child = fake
        .home
        .command(&["list", "--ndjson"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 100];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_full_disk_is_an_error() {
    let fake = with_tasks(3);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = fake.home.command(&["list"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        fake.home.shown(&output.stderr).starts_with("error: cannot write standard output: no space left")
    );
}

#[test]
fn the_filter_is_what_was_typed_within_the_context() {
    let mut fake = with_tasks(1);
    let asked = |fake: &Fake| match fake.last() {
        Request::TaskList(list) => (list.filter, list.sort),
        other => panic!("{other:?}"),
    };
    for arguments in [
        &["list", "-home", "due<fri", "--sort", "due,score-"][..],
        &["list", "--sort=due,score-", "-home due<fri"],
    ] {
        let _ = fake.run(arguments);
        assert_eq!(asked(&fake), ("-home due<fri".into(), Some("due,score-".into())));
    }
    let context = |fake: &Fake| match fake.last() {
        Request::TaskList(list) => list.context,
        other => panic!("{other:?}"),
    };
    // Without anything said the daemon knows which context is active.
    assert_eq!(context(&fake), None);
    fake.home.set("HEPH_CONTEXT", "work");
    let _ = fake.run(&["list", "p1", "or", "p2"]);
    assert_eq!((asked(&fake).0, context(&fake)), ("p1 or p2".into(), Some("work".into())));
    let _ = fake.run(&["list", "p1", "--no-context"]);
    assert_eq!((asked(&fake).0, context(&fake)), ("p1".into(), Some(String::new())));
    fake.home.set("HEPH_CONTEXT", "");
    let _ = fake.run(&["list"]);
    assert_eq!(context(&fake), Some(String::new()));
}

#[test]
fn columns_are_chosen() {
    let fake = with_tasks(2);
    insta::assert_snapshot!(fake.run(&["list", "--columns", "title,created,status"]), @r"
    Task 0  2026-11-20 09:30  todo
    Task 1  2026-11-20 09:30  todo
    --- exit 0
    ");
    assert_eq!(fake.run(&["list", "--columns", "si:ze"]).code, 2);
}

#[test]
fn pages_and_history_are_lists_too() {
    let fake = Fake::new(|request| match request {
        Request::PageList(_) => {
            let page = Page {
                short: "p4g".into(),
                title: "Trip to Rome".into(),
                folder: Some("Travel".into()),
                tags: vec!["italy".into()],
                modified: "2026-11-21T10:00:00Z".into(),
                ..Page::default()
            };
            reply(&PageList { pages: vec![page], next_page: None })
        }
        Request::NodeHistory(_) => {
            let change = |field: &str, before: Option<&str>, after: Option<&str>| FieldChange {
                field: field.into(),
                before: before.map(str::to_owned),
                after: after.map(str::to_owned),
            };
            let changes = vec![
                change("due", Some("2026-11-27"), Some("2026-11-28")),
                change("tag", None, Some("phone")),
            ];
            let entry = HistoryEntry {
                rev: "12".into(),
                at: "2026-11-21T10:00:00Z".into(),
                group: Some("g7".into()),
                changes,
                ..HistoryEntry::default()
            };
            reply(&NodeHistory { node: node("7k3", "Call the bank"), entries: vec![entry], next_page: None })
        }
        Request::FilterExplain(_) => reply(&FilterExplained {
            parse: "and\n  tag home".into(),
            canonical: "-home +work".into(),
            answered_from: "memory".into(),
        }),
        other => refuse(ErrorCode::Internal, other.name()),
    });
    insta::assert_snapshot!(fake.run(&["page", "list", "Travel"]), @r"
    p4g  Travel/Trip to Rome  italy  2026-11-21 10:00
    --- exit 0
    ");
    insta::assert_snapshot!(fake.run(&["history", "7k3"]), @r"
    7k3  Call the bank
    2026-11-21 10:00  group g7
      due  2026-11-27 → 2026-11-28
      tag  phone
    --- exit 0
    ");
    assert_eq!(fake.run(&["history", "7k3", "--json"]).json()["history"][0]["group"], "g7");
    insta::assert_snapshot!(fake.run(&["filter", "explain", "-home", "+work"]), @r"
    and
      tag home
    written as -home +work
    answered from memory
    --- exit 0
    ");
    assert!(matches!(fake.last(), Request::FilterExplain(asked) if asked.filter == "-home +work"));
}
