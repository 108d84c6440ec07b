//! Texts: the editor, standard input, and that nothing typed is lost.

use heph_protocol::request::{PageNew, PageSave};
use heph_protocol::response::{NodeShown, PageOpened, PageSaved, TaskForm, TasksChanged};
use heph_protocol::types::{NodeKind, NodeRef, OpenPage, Page};
use heph_protocol::{ErrorCode, Request};

use crate::fake::{Answer, Fake, node, refuse, reply, task};

fn journal() -> Page {
    Page {
        id: "j1".into(),
        short: "j4n".into(),
        kind: NodeKind::Journal,
        title: "2026-11-23".into(),
        ..Page::default()
    }
}

/// A daemon with one text, `one\n`; saves are answered by `save`.
fn with_text(save: impl Fn(&PageSave) -> Answer + Send + Sync + 'static) -> Fake {
    Fake::new(move |request| match request {
        Request::JournalOpen(_) | Request::PageOpen(_) => reply(&PageOpened {
            open: OpenPage {
                page: journal(),
                key: Some("journal:2026-11-23".into()),
                text: "one\n".into(),
                rev: "7-abc".into(),
                exists: true,
            },
        }),
        Request::PageSave(asked) => save(asked),
        Request::PageNew(_) | Request::JournalCapture(_) => {
            reply(&PageSaved { page: journal(), ..PageSaved::default() })
        }
        Request::NodeShow(show) if show.reference == "7k3" => {
            reply(&NodeShown { node: node("7k3", "Call the bank"), ..NodeShown::default() })
        }
        Request::NodeShow(_) => reply(&NodeShown {
            node: NodeRef { id: "j1".into(), ..NodeRef::default() },
            page: Some(journal()),
            text: "one\u{1b}[2J\n".into(),
            ..NodeShown::default()
        }),
        Request::TaskForm(_) => reply(&TaskForm {
            text: "title: Call\n---\n".into(),
            base: "b1".into(),
            task: task("7k3", "Call"),
        }),
        Request::TaskFormSave(asked) if asked.text.contains("bad") => {
            refuse(ErrorCode::Invalid, "line 1: no such field")
        }
        Request::TaskFormSave(_) => {
            reply(&TasksChanged { tasks: vec![task("7k3", "Call Bob")], count: 1, ..TasksChanged::default() })
        }
        other => refuse(ErrorCode::Internal, other.name()),
    })
}

fn saved(_: &PageSave) -> Answer {
    reply(&PageSaved { page: journal(), rev: "8-def".into(), ..PageSaved::default() })
}

#[test]
fn today_prints_into_a_pipe_and_saves_from_one() {
    let fake = with_text(saved);
    assert_eq!(fake.run(&["today"]).clean(), "one\n");
    let _ = fake.run(&["today", "-1"]);
    assert!(matches!(fake.last(), Request::JournalOpen(asked) if asked.date == "-1"));
    assert_eq!(fake.home.run_with_input(&["today", "--stdin"], "two\n").clean(), "saved j4n  2026-11-23\n");
    let expected = PageSave {
        id: "j1".into(),
        key: Some("journal:2026-11-23".into()),
        base_rev: "7-abc".into(),
        after: Vec::new(),
        text: "two\n".into(),
    };
    assert_eq!(fake.last(), Request::PageSave(expected));
}

#[test]
fn the_editor_changes_a_text() {
    let mut fake = with_text(saved);
    insta::assert_snapshot!(fake.run(&["note", "7k3"]), @r"
    --- stderr
    error: there is no terminal for an editor
    hint: give the text with --stdin, or set VISUAL or EDITOR to a program that needs none
    --- exit 5
    ");
    fake.home.set("EDITOR", "sed -i s/one/two/");
    assert_eq!(fake.run(&["note", "7k3"]).clean(), "saved j4n  2026-11-23\n");
    assert!(matches!(fake.last(), Request::PageSave(asked) if asked.text == "two\n"));
    fake.home.set("VISUAL", "true");
    insta::assert_snapshot!(fake.run(&["note", "7k3"]), @r"
    --- stderr
    no change
    --- exit 0
    ");
    assert_eq!(std::fs::read_dir(fake.home.path()).unwrap().count(), 1, "the draft is removed");
}

/// The file a hint names, its text.
fn kept(fake: &Fake, stderr: &str) -> String {
    let path = stderr.split("your text is kept in ").nth(1).unwrap().split([';', '\n']).next().unwrap();
    std::fs::read_to_string(path.replace("[HOME]", fake.home.path().to_str().unwrap())).unwrap()
}

#[test]
fn a_text_that_cannot_be_saved_is_kept() {
    let mut fake = with_text(|_| refuse(ErrorCode::Conflict, "the page changed since"));
    fake.home.set("EDITOR", "sed -i s/one/two/");
    let ran = fake.run(&["page", "edit", "Trip"]);
    assert_eq!(ran.code, 6, "{ran}");
    assert_eq!(kept(&fake, &ran.stderr), "two\n");
}

#[test]
fn a_form_is_edited_and_kept_when_it_is_not_understood() {
    let mut fake = with_text(saved);
    fake.home.set("EDITOR", "sed -i 's/Call/Call Bob/'");
    assert_eq!(fake.run(&["edit", "7k3"]).clean(), "changed 7k3  Call Bob\n");
    assert!(matches!(fake.last(), Request::TaskFormSave(asked) if asked.base == "b1"));
    fake.home.set("EDITOR", "sed -i s/title/bad/");
    let ran = fake.run(&["edit", "7k3"]);
    assert_eq!(ran.code, 2, "{ran}");
    assert_eq!(kept(&fake, &ran.stderr), "bad: Call\n---\n");
}

#[test]
fn page_show_is_byte_for_byte_in_a_pipe() {
    assert_eq!(with_text(saved).run(&["page", "show", "Trip"]).clean(), "one\u{1b}[2J\n");
    assert_eq!(with_text(saved).run(&["page", "show", "7k3"]).code, 3);
}

#[test]
fn page_new_takes_its_text_from_standard_input() {
    let fake = with_text(saved);
    let ran = fake.home.run_with_input(&["page", "new", "Travel/Trip", "to", "Rome", "--stdin"], "text\n");
    assert_eq!(ran.clean(), "made j4n  2026-11-23\n");
    let expected =
        PageNew { title: "Travel/Trip to Rome".into(), text: "text\n".into(), ..PageNew::default() };
    assert_eq!(fake.last(), Request::PageNew(expected));
    assert_eq!(fake.run(&["page", "new", "Empty", "-q"]).clean(), "j4n\n");
    assert_eq!(fake.run(&["page", "new", "Other", "--dry-run"]).clean(), "would make Other\n");
}

#[test]
fn capture_sends_one_line() {
    let fake = with_text(saved);
    assert_eq!(fake.run(&["capture", "saw", "a", "kingfisher"]).clean(), "captured in j4n  2026-11-23\n");
    assert_eq!(fake.run(&["capture", "paid", "--on", "-1"]).code, 0);
    assert!(
        matches!(fake.last(), Request::JournalCapture(asked) if asked.date == "-1" && asked.line == "paid")
    );
    assert_eq!(fake.run(&["capture"]).code, 2);
    let asked = fake.heard().len();
    assert_eq!(fake.run(&["capture", "x", "--dry-run"]).clean(), "would capture x\n");
    assert_eq!(fake.heard().len(), asked);
}

#[test]
fn standard_input_has_to_be_text() {
    use std::io::Write as _;
    use std::process::Stdio;
    let fake = with_text(saved);
    let mut child = fake
        .home
        .command(&["note", "7k3", "--stdin"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"a\xff").unwrap();
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(2));
    assert!(!fake.heard().iter().any(|request| matches!(request, Request::PageSave(_))));
}
