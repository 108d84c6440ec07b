//! What is seen of each view.

use heph_tui::call::Problem;
use heph_tui::model::Action;

use crate::stage::Stage;

/// A store with a little of everything.
fn stage() -> Stage {
    let mut stage = Stage::new();
    for line in [
        "Call the bank due:fri 10:00 p1 +phone proj:Home",
        "Write the report due:2026-11-20 p2",
        "Water the plants every! 5 days +home",
        "漢字 を書く +study",
        "Plan the trip plan:tomorrow proj:Rome",
    ] {
        stage.add(line);
    }
    stage.page("Garden plan", "# Beds\n\nsee [[Home]], *soon*\n\n- [ ] dig\n- buy [[Bulbs]]\n");
    stage.capture("saw a kingfisher, [[Garden plan]]");
    stage.news();
    stage
}

#[test]
fn the_first_run_says_what_to_press() {
    insta::assert_snapshot!(Stage::new().seen());
}

#[test]
fn next() {
    insta::assert_snapshot!(stage().seen());
}

#[test]
fn a_line_that_is_typed() {
    let mut stage = stage();
    stage.press("a");
    stage.type_text("Ring Ann tomorrow p2 +phone");
    insta::assert_snapshot!(stage.seen());
}

#[test]
fn the_agenda_of_a_week() {
    let mut stage = stage();
    stage.press("2 W");
    insta::assert_snapshot!(stage.seen());
}

#[test]
fn tasks_by_a_filter_with_marks() {
    let mut stage = stage();
    stage.press("3 f");
    stage.type_text("proj:Home or +study");
    stage.press("enter v");
    insta::assert_snapshot!(stage.seen());
}

#[test]
fn a_task_to_read() {
    let mut stage = stage();
    stage.press("3 j enter");
    insta::assert_snapshot!(stage.seen());
}

#[test]
fn why() {
    let mut stage = stage();
    stage.press("w");
    insta::assert_snapshot!(stage.seen());
}

#[test]
fn the_journal() {
    let mut stage = stage();
    stage.press("4");
    insta::assert_snapshot!(stage.seen());
}

#[test]
fn pages_and_one_of_them_to_read() {
    let mut stage = stage();
    stage.press("5");
    let list = stage.seen();
    stage.press("enter");
    insta::assert_snapshot!(format!("{list}\n{}", stage.seen()));
}

#[test]
fn links_and_backlinks() {
    let mut stage = stage();
    stage.press("5 o");
    let links = stage.seen();
    stage.press("esc b");
    insta::assert_snapshot!(format!("{links}\n{}", stage.seen()));
}

#[test]
fn a_search() {
    let mut stage = stage();
    stage.press("6");
    stage.type_text("plan");
    insta::assert_snapshot!(stage.seen());
}

#[test]
fn sync_without_a_hub() {
    let mut stage = stage();
    stage.press("7");
    insta::assert_snapshot!(stage.seen());
}

#[test]
fn help() {
    let mut stage = Stage::sized(80, 78);
    stage.press("?");
    insta::assert_snapshot!(stage.seen());
}

#[test]
fn no_daemon() {
    let mut stage = stage();
    let hint = Some("start it: heph daemon start".to_owned());
    stage.act(Action::Away(Problem {
        hint,
        ..Problem::new("hephd is not running: there is no socket at /home/ann/.local/share/heph/hephd.sock")
    }));
    insta::assert_snapshot!(stage.seen());
}

#[test]
fn a_narrow_terminal() {
    let mut stage = Stage::sized(60, 15);
    stage
        .add("A title that is longer than there is room for on one line of it due:tomorrow +home proj:House");
    stage.news();
    insta::assert_snapshot!(stage.seen());
}

#[test]
fn a_large_terminal() {
    let mut stage = Stage::sized(200, 60);
    stage.add("Call the bank due:fri 10:00 p1 +phone proj:Home");
    stage.news();
    let seen = stage.seen();
    assert_eq!(seen.lines().count(), 60);
    insta::assert_snapshot!(seen.lines().take(4).collect::<Vec<_>>().join("\n"));
}
