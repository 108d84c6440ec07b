//! On a terminal: headings, 50 rows, questions, the pager, the editor.

use heph_protocol::response::{TaskList, TasksChanged};
use heph_protocol::types::Task;
use heph_protocol::{ErrorCode, Request};

use crate::fake::{Fake, refuse, reply, task};
use crate::hephd::Hephd;
use crate::terminal;

fn with_tasks(count: usize) -> Fake {
    let tasks: Vec<Task> =
        (0..count).map(|number| task(&format!("{number:03}"), &format!("Task {number}"))).collect();
    Fake::new(move |request| match request {
        Request::TaskList(list) => {
            let to = tasks.len().min(list.limit.unwrap() as usize);
            reply(&TaskList {
                tasks: tasks[..to].to_vec(),
                next_page: (to < tasks.len()).then(|| "more".into()),
                ..TaskList::default()
            })
        }
        Request::TaskModify(modify) => reply(&TasksChanged {
            tasks: tasks[..1].to_vec(),
            count: if modify.filter.is_some() { 12 } else { 1 },
            ..TasksChanged::default()
        }),
        other => refuse(ErrorCode::Internal, other.name()),
    })
}

#[test]
fn a_terminal_gets_headings_colour_and_its_width() {
    let mut fake = with_tasks(2);
    let (seen, code) = terminal::run(&fake.home, &["list"], "", (80, 24));
    assert_eq!(code, 0);
    assert!(seen.contains("\u{1b}["), "{seen:?}");
    fake.home.set("NO_COLOR", "1");
    insta::assert_snapshot!(terminal::run(&fake.home, &["list"], "", (10, 24)).0, @r"
    ID   TITLE
    000  Task…
    001  Task…
    ");
}

#[test]
fn a_terminal_gets_50_rows_and_is_told_of_more() {
    let mut fake = with_tasks(80);
    fake.home.set("NO_COLOR", "1");
    let (seen, _) = terminal::run(&fake.home, &["list"], "", (80, 24));
    let lines: Vec<&str> = seen.lines().collect();
    assert_eq!((lines.len(), lines[0], lines[51]), (52, "ID   TITLE", "50 shown, there are more: --limit N"));
    let (seen, _) = terminal::run(&fake.home, &["list", "-n", "70", "-q"], "", (80, 24));
    assert_eq!(seen.lines().count(), 70);
}

#[test]
fn a_question_is_answered_with_yes_or_nothing_happens() {
    let fake = with_tasks(1);
    let modify = ["mod", "--where", "+home", "p1", "--color=never"];
    let (seen, code) = terminal::run(&fake.home, &modify, "n\n", (80, 24));
    assert_eq!(code, 130, "{seen}");
    assert!(seen.contains("change 12 tasks? [y/N]") && seen.contains("error: nothing was changed"), "{seen}");
    assert!(
        fake.heard().iter().all(|request| matches!(request, Request::TaskModify(asked) if asked.dry_run))
    );
    let (seen, code) = terminal::run(&fake.home, &modify, "y\n", (80, 24));
    assert_eq!(code, 0, "{seen}");
    assert!(matches!(fake.last(), Request::TaskModify(asked) if !asked.dry_run));
}

#[test]
fn the_pager_shows_what_overflows_and_nothing_else() {
    let mut fake = with_tasks(30);
    fake.home.set("NO_COLOR", "1");
    fake.home.set("PAGER", "sed 's/^/paged /'");
    let (long, _) = terminal::run(&fake.home, &["list"], "", (80, 10));
    assert!(long.lines().all(|line| line.starts_with("paged ")), "{long}");
    let (short, _) = terminal::run(&fake.home, &["list"], "", (80, 40));
    assert!(short.starts_with("ID   TITLE"), "{short}");
    fake.home.set("PAGER", "true");
    assert_eq!(terminal::run(&fake.home, &["list"], "", (80, 10)), (String::new(), 0));
}

#[test]
fn today_and_a_new_page_open_the_editor() {
    let mut hephd = Hephd::new();
    hephd.home.set("EDITOR", "f() { echo 'saw a kingfisher' >> \"$1\"; }; f");
    let (seen, code) = terminal::run(&hephd.home, &["today"], "", (80, 24));
    assert!(code == 0 && seen.contains("2026-11-23"), "{seen}");
    assert!(hephd.run(&["today"]).clean().ends_with("saw a kingfisher\n"));
    let (seen, code) = terminal::run(&hephd.home, &["page", "new", "Birds"], "", (80, 24));
    assert!(code == 0 && seen.contains("Birds"), "{seen}");
    assert_eq!(hephd.run(&["page", "show", "Birds"]).clean(), "saw a kingfisher\n");
}

#[test]
fn a_form_with_a_mistake_can_be_corrected_without_typing_it_again() {
    let mut hephd = Hephd::new();
    let task = hephd.add("Call the bank");
    // The first time a mistake, the second time its correction: what was typed before is still there.
    hephd.home.set(
        "EDITOR",
        "f() { if grep -q nonsense \"$1\"; then sed -i 's/^nonsense:.*//; s/bank/baker/' \"$1\"; \
         else sed -i '1s/^/nonsense: 1\\n/' \"$1\"; fi; }; f",
    );
    let (seen, code) = terminal::run(&hephd.home, &["edit", &task, "--color=never"], "y\n", (80, 24));
    assert_eq!(code, 0, "{seen}");
    assert!(seen.contains("open the editor again? [y/N]") && seen.contains("Call the baker"), "{seen}");
    let (seen, code) = terminal::run(&hephd.home, &["edit", &task, "--color=never"], "n\n", (80, 24));
    assert_eq!(code, 2, "{seen}");
    assert!(seen.contains("your text is kept in [HOME]/heph-"), "{seen}");
}
