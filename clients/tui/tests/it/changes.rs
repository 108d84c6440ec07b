//! What keys change: each through a real daemon.

use cursive::event::Event;
use heph_tui::model::Effect;

use crate::stage::Stage;

fn three() -> Stage {
    let mut stage = Stage::new();
    for line in ["Call the bank p1 +phone", "Buy milk p2", "Write the report p3"] {
        stage.add(line);
    }
    stage.news();
    stage
}

#[test]
fn done_toggles_and_undo_takes_it_back() {
    let mut stage = three();
    stage.press("3 j d");
    assert_eq!(stage.told(), format!("done {}  Buy milk", id_of(&stage, "done ")));
    assert_eq!(stage.titles(), ["Call the bank", "Write the report"]);
    assert_eq!(stage.selected(), "Write the report", "the neighbour is selected");
    stage.press("u");
    assert!(stage.told().starts_with("undone: done"), "{}", stage.told());
    assert_eq!(stage.titles(), ["Call the bank", "Buy milk", "Write the report"]);
    stage.press("U");
    assert!(stage.told().starts_with("redone: "), "{}", stage.told());
    stage.press("f");
    stage.type_text("status:done");
    stage.press("enter d");
    assert!(stage.told().starts_with("reopened "), "{}", stage.told());
}

fn id_of(stage: &Stage, before: &str) -> String {
    let told = stage.told();
    told.strip_prefix(before).and_then(|rest| rest.split(' ').next()).unwrap_or_default().to_owned()
}

#[test]
fn what_is_marked_changes_together_and_one_undo_takes_all_back() {
    let mut stage = three();
    stage.press("v v d");
    assert_eq!(stage.told(), "done 2 tasks");
    assert_eq!(stage.titles(), ["Write the report"]);
    stage.press("u");
    assert_eq!(stage.titles().len(), 3);
    stage.press("esc V t");
    stage.type_text("home -phone");
    stage.press("enter");
    assert_eq!(stage.told(), "changed 3 tasks");
    assert_eq!(stage.seen().matches("+home").count(), 3);
    stage.press("u");
    assert_eq!(stage.seen().matches("+home").count(), 0);
    assert_eq!(stage.seen().matches("+phone").count(), 1);
}

#[test]
fn start_and_stop() {
    let mut stage = three();
    stage.press("S");
    assert!(stage.told().starts_with("started "), "{}", stage.told());
    assert!(stage.seen().contains("▌ > "), "{}", stage.seen());
    stage.press("S");
    assert!(stage.told().starts_with("stopped "), "{}", stage.told());
}

#[test]
fn priority_is_one_key_and_none_of_it_another() {
    let mut stage = three();
    stage.press("P x");
    assert!(stage.seen().contains("`x` is no priority: 1, 2, 3 or 4 is one"), "{}", stage.seen());
    stage.press("3");
    assert!(stage.seen().contains("p3"), "{}", stage.seen());
    stage.press("P 0");
    assert!(stage.told().starts_with("changed "), "{}", stage.told());
    assert_eq!(stage.seen().matches("p1").count(), 0);
    stage.press("P esc");
    assert!(stage.model(|model| model.prompt.is_none()));
}

#[test]
fn a_project_is_completed() {
    let mut stage = three();
    stage.add("Paint the fence proj:Garden");
    stage.news();
    stage.press("g p");
    stage.type_text("gar");
    assert!(stage.seen().contains("tab: Garden"), "{}", stage.seen());
    stage.press("tab enter");
    assert!(stage.told().starts_with("changed "), "{}", stage.told());
    assert_eq!(stage.seen().matches("Garden").count(), 2);
}

#[test]
fn a_date_word_defers_and_keys_set_other_dates() {
    let mut stage = three();
    stage.press("s");
    stage.type_text("next mon");
    assert!(stage.seen().contains("defer Mon 2026-11-30"), "{}", stage.seen());
    stage.press("enter");
    assert_eq!(stage.titles(), ["Buy milk", "Write the report"], "what is deferred is not next");
    stage.press("s");
    stage.type_text("due:fri plan:tomorrow");
    assert!(stage.seen().contains("planned Tue 2026-11-24 · due Fri 2026-11-27"), "{}", stage.seen());
    stage.press("enter");
    assert!(stage.seen().contains("Fri"), "{}", stage.seen());
    stage.press("s");
    stage.type_text("notadate");
    stage.press("enter");
    let refused = stage.model(|model| model.prompt.as_ref().unwrap().refused.clone());
    assert!(refused.is_some(), "what is not understood stays to be corrected");
}

#[test]
fn trash_asks() {
    let mut stage = three();
    stage.press("x");
    assert!(stage.seen().contains("put “Call the bank” into the trash? y/N"), "{}", stage.seen());
    stage.press("n");
    assert_eq!((stage.told().as_str(), stage.titles().len()), ("nothing was changed", 3));
    stage.press("v v x y");
    assert_eq!((stage.told().as_str(), stage.titles().len()), ("in the trash: 2 tasks", 1));
    stage.press("u");
    assert_eq!(stage.titles().len(), 3);
}

#[test]
fn open_parts_are_asked_about() {
    let mut stage = Stage::new();
    let task = stage.add("Move house p1");
    let request =
        heph_protocol::request::TaskSub { reference: task, lines: vec!["Pack".into(), "Carry".into()] };
    stage.client.call(&request).unwrap();
    stage.news();
    stage.press("3 /");
    stage.type_text("move");
    stage.press("enter d");
    assert!(stage.seen().contains("“Move house” has open parts: finish them too? y/N"), "{}", stage.seen());
    stage.press("y");
    assert_eq!(stage.told(), "done 3 tasks");
    stage.press("esc");
    assert!(stage.titles().is_empty());
}

#[test]
fn a_new_task_says_what_was_understood_and_stays_typed_when_refused() {
    let mut stage = Stage::new();
    stage.press("a");
    stage.type_text("Call Ann fri 10:00 p1 +phone");
    assert!(
        stage.seen().contains("due Fri 2026-11-27 10:00 · priority p1 · tag phone · “Call Ann”"),
        "{}",
        stage.seen()
    );
    stage.press("enter");
    assert!(stage.told().starts_with("added ") && stage.told().ends_with("Call Ann"), "{}", stage.told());
    stage.press("a");
    stage.type_text("due:notadate");
    stage.press("enter");
    assert!(stage.seen().contains("error: "), "{}", stage.seen());
    assert!(stage.seen().contains("add> due:notadate"), "{}", stage.seen());
    stage.press("esc a up");
    assert!(stage.seen().contains("add> due:notadate"), "what was left comes back: {}", stage.seen());
}

#[test]
fn pasted_text_is_typed_and_never_obeyed() {
    let mut stage = three();
    stage.event(Event::Unknown(b"d\nx y".to_vec()));
    assert_eq!(stage.titles().len(), 3, "pasted keys change nothing");
    assert!(stage.told().contains("pasted text is taken where something is typed"));
    stage.press("a");
    stage.event(Event::Unknown("Buy bread\nand jam".into()));
    stage.press("enter");
    assert!(stage.titles().contains(&"Buy bread and jam".to_owned()), "{:?}", stage.titles());
}

#[test]
fn the_id_is_copied() {
    let mut stage = three();
    stage.press("y");
    let id = id_of(&stage, "copied ");
    assert_eq!(stage.done, [Effect::Copy(id)]);
}

#[test]
fn a_prompt_changes_only_what_it_is_for() {
    let mut stage = three();
    for (key, text) in [
        ("t", "2026"),
        ("t", "-"),
        ("t", "due:fri"),
        ("t", "!!"),
        ("t", "home x:y"),
        ("s", "due:fri title:New"),
        ("p", "\"a\" b"),
    ] {
        stage.press(key);
        stage.type_text(text);
        stage.press("enter");
        let refused = stage.model(|model| model.prompt.as_ref().and_then(|prompt| prompt.refused.clone()));
        assert!(refused.is_some(), "{text} stays to be corrected");
        assert!(!stage.model(|model| model.prompt.as_ref().is_some_and(|prompt| prompt.pending)), "{text}");
        stage.press("esc");
    }
    assert_eq!(stage.titles(), ["Call the bank", "Buy milk", "Write the report"]);
    stage.press("s");
    stage.type_text("fri +work p3");
    stage.press("enter");
    assert!(stage.model(|model| model.prompt.is_some()), "{}", stage.seen());
    assert!(!stage.seen().contains("defer:") && !stage.seen().contains("defer+"), "{}", stage.seen());
    stage.press("ctrl-u");
    stage.type_text("+a");
    stage.press("enter");
    assert!(!stage.seen().contains("defer:") && !stage.seen().contains("defer+"), "{}", stage.seen());
    stage.press("ctrl-u");
    stage.type_text("next mon 10:00");
    stage.press("enter");
    assert_eq!(stage.titles(), ["Buy milk", "Write the report"]);
    stage.press("3 /");
    stage.type_text("bank");
    stage.press("enter s");
    stage.type_text("none");
    stage.press("enter 1");
    assert_eq!(stage.titles().len(), 3, "{}", stage.told());
}

#[test]
fn very_many_are_changed_only_when_somebody_said_yes() {
    let mut stage = Stage::new();
    for number in 0..21 {
        stage.add(&format!("Task {number:02}"));
    }
    stage.news();
    stage.press("V d");
    assert!(stage.seen().contains("finish 21 tasks? y/N"), "{}", stage.seen());
    stage.press("n");
    assert_eq!((stage.told().as_str(), stage.titles().len()), ("nothing was changed", 21));
    stage.press("P");
    assert!(stage.seen().contains("set the priority of 21 tasks? y/N"), "{}", stage.seen());
    stage.press("y 2");
    assert_eq!(stage.told(), "changed 21 tasks");
    stage.press("V d y");
    assert_eq!((stage.told().as_str(), stage.titles().len()), ("done 21 tasks", 0));
}

#[test]
fn what_repeats_is_said_once() {
    let mut stage = Stage::new();
    stage.add("Water the plants due:fri every 5 days");
    stage.news();
    stage.press("s");
    stage.type_text("mon");
    let seen = stage.seen();
    let echo = seen.lines().last().unwrap();
    assert!(echo.contains("due Fri 2026-11-27 · every 5 days"), "{echo}");
}

#[test]
fn an_echo_is_about_the_line_that_is_seen() {
    let mut stage = Stage::sized(60, 15);
    stage.press("a");
    stage.type_text("A title that is far longer than there is room for on one line due:fri");
    let seen = stage.seen();
    assert!(seen.lines().last().unwrap().starts_with(" due Fri 2026-11-27 · “A title"), "{seen}");
    let problem = heph_tui::call::Problem { is_away: true, ..heph_tui::call::Problem::new("away") };
    stage.act(heph_tui::model::Action::Away(problem));
    stage.press("backspace");
    assert!(!stage.seen().contains("due Fri"), "{}", stage.seen());
}
