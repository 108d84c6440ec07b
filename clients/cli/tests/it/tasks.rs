//! Verbs that change tasks: what they ask, and what they say.

use heph_protocol::request::{
    Children, Scope, TaskDefer, TaskLog, TaskModify, TaskPin, TaskTransition, Transition,
};
use heph_protocol::response::{NodeShown, NodesChanged, TaskAdded, TaskWhy, TasksChanged, Undone};
use heph_protocol::types::{GateReason, Recognised, ScoreTerm, Skipped, When};
use heph_protocol::{ErrorCode, Request};

use crate::fake::{Fake, node, refuse, reply, task};

fn adding() -> Fake {
    Fake::new(|request| match request {
        Request::TaskAdd(add) => {
            let piece = |text: &str, field: &str, meaning: &str| Recognised {
                text: text.into(),
                field: field.into(),
                meaning: meaning.into(),
                ..Recognised::default()
            };
            reply(&TaskAdded {
                task: task("7k3", "Call the bank"),
                recognised: vec![piece("due:fri", "due", "Fri 2026-11-27"), piece("+phone", "tag", "phone")],
                notes: vec!["the project Home was made".into()],
                hidden_by: add.context.clone().filter(|context| !context.is_empty()),
                ..TaskAdded::default()
            })
        }
        other => refuse(ErrorCode::Internal, other.name()),
    })
}

fn line_of(fake: &Fake) -> String {
    match fake.last() {
        Request::TaskAdd(add) => add.line,
        other => panic!("{other:?}"),
    }
}

#[test]
fn add_echoes_what_was_understood() {
    let fake = adding();
    insta::assert_snapshot!(fake.run(&["add", "Call", "the", "bank", "due:fri", "+phone"]), @r"
    added 7k3  Call the bank
      due Fri 2026-11-27 · tag phone
    --- stderr
    the project Home was made
    --- exit 0
    ");
    assert_eq!(line_of(&fake), "Call the bank due:fri +phone");
    assert_eq!(fake.run(&["add", "-q", "x"]).clean(), "7k3\n");
    insta::assert_snapshot!(fake.run(&["add", "--dry-run", "x"]), @r"
    would add  Call the bank
      due Fri 2026-11-27 · tag phone
    --- stderr
    the project Home was made
    --- exit 0
    ");
}

#[test]
fn one_quoted_string_equals_the_split_form_and_dashes_are_words() {
    let fake = adding();
    for (arguments, line) in [
        (&["add", "Call the bank p1"][..], "Call the bank p1"),
        (&["add", "Turn", "to", "-5", "-q"], "Turn to -5"),
        (&["add", "Say", "--", "--yes", "-q"], "Say --yes -q"),
        (&["--quiet", "add", "done"], "done"),
        (&["add", "Fix", "proj:Big House"], "Fix proj:\"Big House\""),
        (&["add", "Fix", "proj:Big House", "--literal"], "Fix proj:Big House"),
    ] {
        let _ = fake.run(arguments);
        assert_eq!(line_of(&fake), line);
    }
}

#[test]
fn add_takes_its_line_from_standard_input() {
    let fake = adding();
    assert_eq!(fake.home.run_with_input(&["add", "--stdin", "-q"], "Buy milk +shop\n").code, 0);
    assert_eq!(line_of(&fake), "Buy milk +shop");
    let several = fake.home.run_with_input(&["add", "--stdin"], "one\ntwo\n");
    insta::assert_snapshot!(several, @r#"
    --- stderr
    error: standard input has more than one line
    hint: one line is expected; for several: while read -r line; do heph add "$line"; done
    --- exit 2
    "#);
    assert_eq!(fake.home.run_with_input(&["add", "--stdin"], "").code, 2);
    assert_eq!(fake.heard().len(), 1);
}

#[test]
fn add_says_when_the_context_hides_the_task() {
    let mut fake = adding();
    fake.home.set("HEPH_CONTEXT", "+work");
    insta::assert_snapshot!(fake.run(&["add", "x"]), @r"
    added 7k3  Call the bank
      due Fri 2026-11-27 · tag phone
    --- stderr
    the project Home was made
    warning: context `+work` hides this task; heph list --no-context shows it
    --- exit 0
    ");
    let aside = fake.run(&["add", "x", "--no-context"]);
    assert!(!aside.stderr.contains("hides"), "{aside}");
}

#[test]
fn add_as_json_is_one_document() {
    let document = adding().run(&["add", "x", "--json"]).json();
    assert_eq!(document["schema"], 1);
    assert_eq!(document["task"]["short"], "7k3");
    assert_eq!(document["recognised"][0]["meaning"], "Fri 2026-11-27");
}

fn changing() -> Fake {
    Fake::new(|request| match request {
        Request::TaskTransition(_) => reply(&TasksChanged {
            tasks: vec![task("7k3", "Call the bank")],
            count: 1,
            unchanged: vec![node("9ab", "Water the plants")],
            unblocked: vec![node("c4d", "Pay the bill")],
            group: Some("g1".into()),
            ..TasksChanged::default()
        }),
        Request::TaskModify(modify) => reply(&TasksChanged {
            tasks: vec![task("7k3", "Call the bank")],
            count: if modify.filter.is_some() { 12 } else { 1 },
            ..TasksChanged::default()
        }),
        Request::TaskDefer(_) | Request::TaskPin(_) | Request::TaskLog(_) => reply(&TasksChanged {
            tasks: vec![task("7k3", "Call the bank")],
            count: 1,
            notes: vec!["deferred beyond its due date".into()],
            ..TasksChanged::default()
        }),
        Request::NodeShow(show) => {
            reply(&NodeShown { node: node(&show.reference, "Call the bank"), ..NodeShown::default() })
        }
        Request::NodeDelete(_) | Request::NodeRestore(_) => {
            reply(&NodesChanged { nodes: vec![node("7k3", "Call the bank")], ..NodesChanged::default() })
        }
        other => refuse(ErrorCode::Internal, other.name()),
    })
}

#[test]
fn done_tells_what_is_free_now_and_what_was_done_already() {
    let fake = changing();
    insta::assert_snapshot!(fake.run(&["done", "7k3", "9ab"]), @r"
    done 7k3  Call the bank
    unblocked c4d  Pay the bill
    --- stderr
    already done: 9ab Water the plants
    --- exit 0
    ");
    let expected = TaskTransition {
        references: vec!["7k3".into(), "9ab".into()],
        to: Transition::Done,
        children: Children::Refuse,
    };
    assert_eq!(fake.last(), Request::TaskTransition(expected));
    assert_eq!(fake.run(&["done", "7k3 9ab", "--quiet"]).clean(), "7k3\n");
    assert!(matches!(fake.last(), Request::TaskTransition(asked) if asked.references.len() == 2));
}

#[test]
fn every_transition_asks_for_its_own() {
    let fake = changing();
    for (arguments, to, children) in [
        (&["done", "7k3", "--with-children"][..], Transition::Done, Children::Close),
        (&["cancel", "7k3", "--leave-children"], Transition::Cancel, Children::Leave),
        (&["start", "7k3"], Transition::Start, Children::Refuse),
        (&["stop", "7k3"], Transition::Stop, Children::Refuse),
        (&["reopen", "Call the bank"], Transition::Reopen, Children::Refuse),
    ] {
        assert_eq!(fake.run(arguments).code, 0, "{arguments:?}");
        match fake.last() {
            Request::TaskTransition(asked) => assert_eq!((asked.to, asked.children), (to, children)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(fake.run(&["start", "7k3", "--with-children"]).code, 2);
}

#[test]
fn a_dry_run_changes_nothing() {
    let fake = changing();
    for verb in ["done", "start", "stop", "cancel", "reopen", "delete", "restore", "pin", "unpin"] {
        let ran = fake.run(&[verb, "7k3", "--dry-run"]).clean();
        assert!(ran.starts_with("would ") && ran.ends_with("7k3  Call the bank\n"), "{ran}");
    }
    assert_eq!(
        fake.run(&["defer", "7k3", "2w", "--dry-run"]).clean(),
        "would defer to 2w 7k3  Call the bank\n"
    );
    assert!(fake.heard().iter().all(|request| matches!(request, Request::NodeShow(_))));
}

#[test]
fn mod_splits_references_from_changes() {
    let fake = changing();
    insta::assert_snapshot!(fake.run(&["mod", "7k3", "due:fri", "-home", "p1"]), @r"
    changed 7k3  Call the bank
    --- exit 0
    ");
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let asked = |references: &[&str], filter: Option<&str>, changes: &[&str], dry_run| {
        let filter = filter.map(str::to_owned);
        Request::TaskModify(TaskModify {
            references: words(references),
            filter,
            changes: words(changes),
            scope: Scope::Usual,
            dry_run,
        })
    };
    assert_eq!(fake.last(), asked(&["7k3"], None, &["due:fri", "-home", "p1"], false));
    let _ = fake.run(&["mod", "--where", "+home due<today", "due:tomorrow", "--dry-run"]);
    assert_eq!(fake.last(), asked(&[], Some("+home due<today"), &["due:tomorrow"], true));
}

#[test]
fn many_changes_want_a_yes() {
    let fake = changing();
    insta::assert_snapshot!(fake.run(&["mod", "--where", "+home", "p1"]), @r"
    --- stderr
    error: change 12 tasks: nobody can be asked here
    hint: add --yes to do it without asking
    --- exit 5
    ");
    // Only the count was asked for.
    assert!(matches!(fake.last(), Request::TaskModify(asked) if asked.dry_run));
    assert_eq!(fake.run(&["mod", "--where", "+home", "p1", "--yes"]).code, 0);
    assert!(matches!(fake.last(), Request::TaskModify(asked) if !asked.dry_run));
    let four = fake.run(&["delete", "7k3", "9ab", "c4d", "e5f"]);
    assert_eq!(four.code, 5, "{four}");
    assert_eq!(fake.run(&["delete", "7k3", "9ab", "c4d"]).clean(), "deleted 7k3  Call the bank\n");
    assert_eq!(fake.run(&["restore", "7k3"]).clean(), "restored 7k3  Call the bank\n");
}

#[test]
fn defer_pin_and_log_say_what_they_did() {
    let fake = changing();
    insta::assert_snapshot!(fake.run(&["defer", "7k3", "next", "mon"]), @r"
    deferred 7k3  Call the bank
    --- stderr
    deferred beyond its due date
    --- exit 0
    ");
    assert_eq!(
        fake.last(),
        Request::TaskDefer(TaskDefer { references: vec!["7k3".into()], until: "next mon".into() })
    );
    let _ = fake.run(&["defer", "7k3", "none"]);
    assert_eq!(
        fake.last(),
        Request::TaskDefer(TaskDefer { references: vec!["7k3".into()], until: String::new() })
    );
    let _ = fake.run(&["unpin", "7k3"]);
    assert_eq!(fake.last(), Request::TaskPin(TaskPin { references: vec!["7k3".into()], pinned: false }));
    let _ = fake.run(&["log", "@last", "called", "-", "no", "answer"]);
    assert_eq!(
        fake.last(),
        Request::TaskLog(TaskLog { reference: "@last".into(), text: "called - no answer".into() })
    );
}

#[test]
fn undo_tells_what_it_could_not_put_back() {
    let fake = Fake::new(|_| {
        let reason = "changed since, on another device".into();
        reply(&Undone {
            group: "g1".into(),
            summary: "done 7k3 Call the bank".into(),
            nodes: vec![node("7k3", "Call the bank")],
            skipped: vec![Skipped { node: node("9ab", "Trip"), field: "text".into(), reason }],
        })
    });
    insta::assert_snapshot!(fake.run(&["undo"]), @r"
    undid: done 7k3 Call the bank
      7k3  Call the bank
    --- stderr
    warning: text of 9ab Trip was left: changed since, on another device
    --- exit 0
    ");
    assert!(fake.run(&["redo"]).stdout.starts_with("redid: "));
    assert_eq!(fake.run(&["undo", "g1", "--json"]).json()["skipped"][0]["field"], "text");
}

#[test]
fn why_shows_gate_terms_and_the_next_change() {
    let fake = Fake::new(|_| {
        let term = |name: &str, input: &str, points| ScoreTerm {
            name: name.into(),
            input: input.into(),
            points,
            weight: "9 today".into(),
        };
        reply(&TaskWhy {
            task: task("7k3", "Call the bank"),
            gate: vec![GateReason {
                name: "deferred".into(),
                detail: "deferred until Mon 2026-11-30".into(),
            }],
            terms: vec![
                term("due", "due in 3 days", 7.07),
                term("priority", "p1", 6.0),
                term("age", "", -0.0),
            ],
            score: 13.07,
            place: None,
            changes: Some("2026-11-30T00:00:00Z".into()),
        })
    });
    insta::assert_snapshot!(fake.run(&["why", "7k3"]), @r"
    7k3  Call the bank
    not in next:
      deferred until Mon 2026-11-30
    due        7.07  due in 3 days  9 today
    priority   6.00  p1             9 today
    age        0.00                 9 today
    score     13.07
    changes by itself 2026-11-30 00:00
    --- exit 0
    ");
}

#[test]
fn show_prints_the_fields_that_are_set() {
    let fake = Fake::new(|_| {
        let mut shown = task("7k3", "Call the bank\u{1b}[31m");
        shown.priority = Some(1);
        shown.due = Some(When { date: "2026-11-27".into(), ..When::default() });
        shown.due_in_days = Some(4);
        shown.tags = vec!["phone".into()];
        shown.depends_on = vec![node("9ab", "Find the card")];
        reply(&NodeShown {
            node: node("7k3", "Call the bank\u{1b}[31m"),
            task: Some(shown),
            text: "Ask for Anna.\n".into(),
            log: vec![heph_protocol::types::LogEntry {
                at: "2026-11-22T08:15:00Z".into(),
                text: "no answer".into(),
            }],
            ..NodeShown::default()
        })
    });
    insta::assert_snapshot!(fake.run(&["show", "7k3"]), @r"
    7k3  Call the bank[31m
      status    todo
      priority  p1
      due       Fri 2026-11-27 (in 4 d)
      tags      +phone
      after     9ab  Find the card
      created   2026-11-20 09:30
      modified  2026-11-21 10:00
      id        0190f3a2-6f1e-7c3a-8b1d-0000000007k3

    Ask for Anna.

    log
      2026-11-22 08:15  no answer
    --- exit 0
    ");
}
