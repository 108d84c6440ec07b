//! Long lists: windows, selections that stay, filters.

use crate::stage::Stage;

fn with(count: usize) -> Stage {
    let mut stage = Stage::new();
    for number in 0..count {
        // The order is that of the numbers.
        stage.add(&format!("Task {number:04} due:2026-12-{:02}", 1 + number * 28 / count));
    }
    stage.press("3");
    stage.news();
    stage
}

#[test]
fn a_long_list_is_read_as_far_as_it_is_looked_at() {
    let mut stage = with(650);
    let loaded = |stage: &Stage| stage.model(|model| model.list(model.view).rows().len());
    assert_eq!(loaded(&stage), 200);
    for _ in 0..40 {
        stage.press("ctrl-d");
    }
    assert_eq!(loaded(&stage), 400);
    stage.press("G");
    assert_eq!((loaded(&stage), stage.model(|model| model.list(model.view).has_more())), (650, false));
    let last = stage.titles().pop().unwrap();
    assert_eq!(stage.selected(), last);
    stage.press("g");
    assert_eq!(stage.titles().first(), Some(&stage.selected()));
}

#[test]
fn the_selection_stays_with_its_task() {
    let mut stage = with(5);
    stage.press("j j");
    let selected = stage.selected();
    stage.add("Urgent due:2026-11-01 p1");
    stage.news();
    assert_eq!((stage.titles().first().map(String::as_str), stage.selected()), (Some("Urgent"), selected));
}

#[test]
fn a_fuzzy_filter_counts_and_keeps_the_selection() {
    let mut stage = with(30);
    stage.add("Call the bank");
    stage.news();
    stage.press("/");
    stage.type_text("clbnk");
    assert!(stage.seen().contains("/clbnk: 1 of 31"), "{}", stage.seen());
    stage.press("enter");
    assert_eq!(stage.selected(), "Call the bank");
    stage.press("esc");
    assert_eq!((stage.titles().len(), stage.selected()), (31, "Call the bank".to_owned()));
    stage.press("/");
    stage.type_text("zzz");
    assert!(stage.seen().contains("Nothing here matches; esc shows all again."), "{}", stage.seen());
    stage.press("esc");
    assert_eq!(stage.titles().len(), 31);
}

#[test]
fn a_filter_is_explained_and_a_wrong_one_stays_to_be_corrected() {
    let mut stage = with(3);
    stage.add("Ring Bob +phone");
    stage.press("f");
    stage.type_text("+phone and (");
    stage.press("enter");
    assert!(stage.seen().contains("error: "), "{}", stage.seen());
    stage.press("backspace backspace backspace backspace backspace backspace enter");
    assert_eq!(stage.titles(), ["Ring Bob"]);
    assert!(stage.seen().contains("Tasks  filter +phone"), "{}", stage.seen());
}

#[test]
fn next_is_asked_for_more_when_its_end_comes_near() {
    let mut stage = with(230);
    stage.press("1");
    let loaded = |stage: &Stage| stage.model(|model| model.list(model.view).rows().len());
    assert_eq!(loaded(&stage), 200);
    assert!(stage.seen().contains("1/200 of 230"), "{}", stage.seen());
    stage.press("G");
    assert_eq!(loaded(&stage), 230);
}

#[test]
fn lists_stay_within_the_context() {
    let mut stage = with(2);
    stage.add("Ring Bob +work");
    stage.change(|model| model.context = Some("+work or +study".into()));
    stage.news();
    assert_eq!(stage.titles(), ["Ring Bob"]);
    assert!(stage.seen().contains("Tasks  context +work or +study"), "{}", stage.seen());
    stage.press("a");
    stage.type_text("Elsewhere +home");
    stage.press("enter");
    assert!(stage.told().ends_with("the context +work or +study hides it"), "{}", stage.told());
}

#[test]
fn all_rows_are_marked_and_not_only_those_that_were_read() {
    let mut stage = with(650);
    stage.press("V");
    assert_eq!((stage.told().as_str(), stage.model(|model| model.targets().len())), ("650 are marked", 650));
    stage.press("esc /");
    stage.type_text("task");
    assert!(stage.seen().contains("/task: 650 of 650"), "{}", stage.seen());
    stage.press("esc v /");
    stage.type_text("0002");
    assert!(stage.seen().contains("1 marked, 1 not shown"), "{}", stage.seen());
    stage.press("enter d");
    assert!(stage.told().contains("that are marked are not shown; esc shows all again"), "{}", stage.told());
    stage.press("2 3");
    assert_eq!(stage.model(|model| model.list(model.view).marks.len()), 0, "another view takes marks away");
}
