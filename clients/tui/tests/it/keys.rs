//! Where keys and the mouse lead.

use cursive::Vec2;
use cursive::event::{Event, MouseButton, MouseEvent};
use heph_tui::model::{Effect, Source, ViewId};

use crate::stage::Stage;

#[test]
fn views_are_reached_by_number_and_in_a_row() {
    let mut stage = Stage::new();
    for (key, view) in ["1", "2", "3", "4", "5", "7"].iter().zip([
        ViewId::Next,
        ViewId::Agenda,
        ViewId::Tasks,
        ViewId::Journal,
        ViewId::Pages,
        ViewId::Sync,
    ]) {
        stage.press(key);
        assert_eq!(stage.model(|model| model.view), view);
    }
    stage.press("tab");
    assert_eq!(stage.model(|model| model.view), ViewId::Next);
    stage.press("[ shift-tab");
    assert_eq!(stage.model(|model| model.view), ViewId::Search);
    assert!(stage.model(|model| model.prompt.is_some()), "a search begins with its words");
}

#[test]
fn layers_lie_on_one_another_and_go_one_by_one() {
    let mut stage = Stage::new();
    stage.add("Call the bank");
    stage.news();
    stage.press("enter w ?");
    assert_eq!(stage.model(|model| model.layers.len()), 3);
    stage.press("esc q");
    assert!(stage.model(|model| matches!(model.layer().unwrap().source, Source::Node(_))));
    stage.press("esc esc");
    assert_eq!(stage.told(), "q ends the program");
    stage.press("q");
    assert_eq!(stage.done, [Effect::Quit]);
}

#[test]
fn a_key_that_means_nothing_says_which_one_helps() {
    let mut stage = Stage::new();
    stage.press("Z");
    assert_eq!(stage.told(), "`Z` does nothing here; ? lists the keys");
    stage.press("ctrl-z");
    assert_eq!(stage.done, [Effect::Suspend]);
}

#[test]
fn the_mouse_selects_opens_turns_and_changes_views() {
    let mut stage = Stage::new();
    for number in 0..30 {
        stage.add(&format!("Task {number:02} p1"));
    }
    stage.news();
    let press = |x: usize, y: usize| Event::Mouse {
        offset: Vec2::zero(),
        position: Vec2::new(x, y),
        event: MouseEvent::Press(MouseButton::Left),
    };
    stage.event(press(20, 4));
    let selected = stage.selected();
    assert_eq!(stage.titles().iter().position(|title| *title == selected), Some(2));
    stage.event(press(20, 4));
    assert_eq!(stage.model(|model| model.layers.len()), 1, "a second click opens");
    stage.press("esc");
    let wheel = Event::Mouse { offset: Vec2::zero(), position: Vec2::zero(), event: MouseEvent::WheelDown };
    stage.event(wheel);
    let turned = stage.selected();
    assert_eq!(stage.titles().iter().position(|title| *title == turned), Some(5));
    stage.event(press(12, 0));
    assert_eq!(stage.model(|model| model.view), ViewId::Agenda);
}

#[test]
fn links_are_followed_and_backlinks_lead_back() {
    let mut stage = Stage::new();
    stage.page("Garden plan", "see [[Bulbs]], [[Nowhere]] and [[Bulbs]]\n");
    stage.page("Bulbs", "back to [[Garden plan]]\n");
    stage.press("5 g");
    assert_eq!(stage.selected(), "Bulbs");
    stage.press("o");
    assert_eq!(top(&stage), "Garden plan", "the only link is followed at once");
    stage.press("o");
    assert_eq!(top(&stage), "Links of “Garden plan”");
    stage.press("j enter");
    assert!(stage.told().starts_with("there is no page “Nowhere” yet"), "{}", stage.told());
    stage.press("k enter");
    assert_eq!(top(&stage), "Bulbs");
    stage.press("b enter");
    assert_eq!(top(&stage), "Garden plan");
}

fn top(stage: &Stage) -> String {
    stage.model(|model| model.layer().unwrap().title())
}

#[test]
fn the_command_line_takes_words_and_remembers_them() {
    let mut stage = Stage::new();
    stage.press(":");
    stage.type_text("mod 7k3 title:\"Call the bank\"");
    stage.press("enter");
    let words = ["mod", "7k3", "title:Call the bank"].map(str::to_owned).to_vec();
    assert_eq!(stage.done.pop(), Some(Effect::Run(words)));
    stage.press(":");
    stage.type_text("list");
    stage.press("enter");
    assert!(stage.seen().contains("still runs"), "{}", stage.seen());
    stage.press("esc esc");
    assert_eq!(stage.done.pop(), Some(Effect::StopRun));
    stage.act(heph_tui::model::Action::Ran { line: "mod".into(), output: Ok("one\ntwo\n".into()) });
    assert_eq!(top(&stage), "heph mod 7k3 title:\"Call the bank\"");
    stage.press("esc : up");
    assert!(stage.seen().contains(":mod 7k3 title:"), "{}", stage.seen());
    stage.press("ctrl-u");
    stage.type_text("add \"open");
    stage.press("enter");
    assert!(stage.seen().contains("a quote is not closed"), "{}", stage.seen());
}

#[test]
fn days_go_by() {
    let mut stage = Stage::new();
    stage.press("2");
    let first = |stage: &Stage| stage.model(|model| model.agenda.first.clone().unwrap());
    assert_eq!(first(&stage), "2026-11-23");
    stage.press("l l h");
    assert_eq!(first(&stage), "2026-11-24");
    stage.press("W l");
    assert_eq!(first(&stage), "2026-11-30");
    stage.press(".");
    assert_eq!(first(&stage), "2026-11-23");
    stage.press("f");
    stage.type_text("2026-12-24");
    stage.press("enter W");
    assert_eq!(first(&stage), "2026-12-24");
}

#[test]
fn a_verb_without_a_reference_is_for_what_is_selected_or_marked() {
    let mut stage = Stage::new();
    let ids = ["One p1", "Two p2"].map(|line| stage.add(line));
    stage.news();
    let run = |stage: &mut Stage, line: &str| {
        stage.press(":");
        stage.type_text(line);
        stage.press("enter");
    };
    stage.press(":");
    stage.type_text("mod p1");
    assert!(stage.seen().contains("for “One”"), "{}", stage.seen());
    stage.press("enter");
    assert_eq!(stage.done.pop(), Some(Effect::Run(["mod", &ids[0], "p1"].map(str::to_owned).to_vec())));
    let ran = |text: &str| heph_tui::model::Action::Ran { line: String::new(), output: Ok(text.into()) };
    stage.act(ran(""));
    stage.press("v v");
    run(&mut stage, "why");
    assert!(stage.seen().contains("`why` is about one; 2 are marked"), "{}", stage.seen());
    stage.press("esc");
    run(&mut stage, "delete");
    assert!(stage.seen().contains("delete 2 that are marked? y/N"), "{}", stage.seen());
    stage.press("y");
    let Some(Effect::Run(words)) = stage.done.pop() else { panic!("nothing runs") };
    assert_eq!((words.len(), words[0].as_str(), words.contains(&ids[1])), (3, "delete", true));
    // What heph would have asked is asked here, and said to it.
    stage.act(ran("error: delete 5 nodes: nobody can be asked here\nhint: add --yes to do it without asking\n\n[exit 4]\n"));
    assert!(stage.seen().contains("delete 5 nodes? y/N"), "{}", stage.seen());
    stage.press("y");
    let Some(Effect::Run(words)) = stage.done.pop() else { panic!("nothing runs") };
    assert_eq!(words[..2], ["--yes", "delete"]);
}

#[test]
fn the_program_ends_from_anywhere() {
    let mut stage = Stage::new();
    stage.press("? ctrl-c");
    assert_eq!(stage.done.pop(), Some(Effect::Quit));
    stage.press("ctrl-l");
    assert_eq!(stage.done.pop(), Some(Effect::Redraw));
    stage.press(":");
    stage.type_text("q");
    stage.press("enter");
    assert_eq!((stage.done.pop(), stage.model(|model| model.typed().is_some())), (Some(Effect::Quit), false));
}

#[test]
fn the_help_is_found_by_the_names_of_commands() {
    let mut stage = Stage::sized(60, 20);
    stage.press("? /");
    stage.type_text("copy-id");
    assert!(stage.seen().contains("copy its id"), "{}", stage.seen());
    stage.press("esc");
    assert!(!stage.seen().contains('…'), "nothing is cut: {}", stage.seen());
}

#[test]
fn the_days_of_the_journal_follow_one_another() {
    let mut stage = Stage::new();
    for date in ["2026-11-10", "2026-11-15"] {
        let capture = heph_protocol::request::JournalCapture { line: "saw a bird".into(), date: date.into() };
        stage.client.call(&capture).unwrap();
    }
    stage.news();
    stage.press("4 j enter");
    assert_eq!(top(&stage), "2026-11-15");
    stage.press("h");
    assert_eq!(top(&stage), "2026-11-10");
    stage.press("h");
    assert_eq!(
        (top(&stage).as_str(), stage.told().as_str()),
        ("2026-11-10", "no earlier day is in the list")
    );
    stage.press("l l");
    assert!(stage.seen().contains("Nothing is written yet"), "{}", stage.seen());
    stage.press("h esc");
    assert_eq!(stage.selected(), "2026-11-15");
}

#[test]
fn a_date_that_is_none_stays_to_be_corrected() {
    let mut stage = Stage::new();
    for view in ["2", "4"] {
        stage.press(view);
        stage.press("f");
        stage.type_text("notadate");
        stage.press("enter");
        assert!(
            stage.seen().contains("day> notadate") && stage.seen().contains("error: "),
            "{}",
            stage.seen()
        );
        stage.press("ctrl-u");
        stage.type_text("2026-11-24");
        stage.press("enter");
        assert!(stage.model(|model| model.prompt.is_none()), "{}", stage.seen());
        assert!(stage.seen().contains("2026-11-24"), "{}", stage.seen());
    }
}

#[test]
fn a_page_that_is_linked_to_is_made_under_its_title() {
    let mut stage = Stage::new();
    stage.page("Garden plan", "see [[Home]] and [[Nowhere yet]], [[Home]]\n");
    stage.page("Home", "\n");
    stage.press("5 g enter o");
    stage.press("j n");
    assert!(stage.seen().contains("new page> Nowhere yet"), "{}", stage.seen());
    stage.press("esc esc esc j b");
    assert_eq!(stage.seen().matches("Garden plan").count(), 1, "{}", stage.seen());
}

#[test]
fn a_second_search_begins_with_the_first() {
    let mut stage = Stage::new();
    stage.page("Garden plan", "\n");
    stage.press("6");
    stage.type_text("plan");
    stage.press("enter");
    assert!(stage.seen().contains("f search "), "{}", stage.seen());
    stage.press("6");
    assert!(stage.seen().contains("search> plan"), "{}", stage.seen());
}

#[test]
fn a_link_out_of_heph_is_offered_and_copied() {
    let mut stage = Stage::new();
    stage.page("Garden plan", "see [bulbs](https://bulbs.example/a) and [[Home]], https://bulbs.example/a\n");
    stage.news();
    stage.press("5 enter o");
    assert_eq!(stage.seen().matches("https://bulbs.example/a").count(), 1, "{}", stage.seen());
    stage.press("G enter");
    assert_eq!(stage.done.pop(), Some(Effect::Copy("https://bulbs.example/a".into())));
    stage.press("y");
    assert_eq!(stage.done.pop(), Some(Effect::Copy("https://bulbs.example/a".into())));
}
