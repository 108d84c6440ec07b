//! No daemon, small terminals, hostile titles.

use heph_protocol::request::ImportBatch;
use heph_tui::call::Problem;
use heph_tui::key::Key;
use heph_tui::keymap::Keymap;
use heph_tui::model::{Action, Effect, Link, Model, Silence, ViewId};

use crate::stage::Stage;

#[test]
fn a_daemon_that_is_away_is_said_and_nothing_typed_is_lost() {
    let mut stage = Stage::new();
    stage.add("Call the bank");
    stage.news();
    stage.press("a");
    stage.type_text("Buy milk");
    stage.hephd.stop();
    let problem = Problem {
        hint: Some("start it: heph daemon start".into()),
        is_away: true,
        ..Problem::new("hephd is not running")
    };
    stage.act(Action::Away(problem));
    assert!(stage.seen().contains("no daemon · start it: heph daemon start"), "{}", stage.seen());
    assert!(stage.seen().contains("Call the bank"), "what was read stays: {}", stage.seen());
    stage.press("enter");
    assert!(stage.seen().contains("add> Buy milk"), "{}", stage.seen());
    assert!(stage.seen().contains("error: hephd "), "{}", stage.seen());
    stage.hephd.start();
    stage.connect();
    stage.press("enter");
    let mut titles = stage.titles();
    titles.sort();
    assert_eq!(titles, ["Buy milk", "Call the bank"]);
    assert!(stage.model(|model| model.link == Link::Up));
}

#[test]
fn without_a_daemon_from_the_start_it_says_what_to_do() {
    let mut stage = Stage::new();
    stage.act(Action::Away(Problem {
        hint: Some("start it: heph daemon start".into()),
        ..Problem::new("there is none")
    }));
    stage.press("e");
    assert!(stage.told().contains("heph daemon start"), "{}", stage.told());
}

#[test]
fn another_store_begins_anew() {
    let mut stage = Stage::new();
    stage.add("Call the bank");
    stage.news();
    stage.press("enter");
    stage.act(Action::Connected { db: "x".into(), store: "another".into() });
    assert_eq!(stage.told(), "hephd serves another store now");
    assert_eq!(stage.model(|model| model.layers.len()), 0);
}

#[test]
fn a_small_terminal_is_told_how_large_it_has_to_be() {
    let mut stage = Stage::sized(59, 15);
    assert_eq!(
        stage.seen().lines().take(2).collect::<Vec<_>>(),
        ["heph needs 60 columns and 15 lines here; this terminal has", "59 and 15"]
    );
    let mut stage = Stage::sized(5, 2);
    assert_eq!(stage.seen(), "heph\nneeds\n");
}

#[test]
fn titles_are_shown_and_not_obeyed() {
    let mut stage = Stage::sized(60, 15);
    let task = |id: usize, title: &str| {
        format!(
            "{{\"uuid\":\"00000000-0000-4000-8000-{id:012}\",\"status\":\"pending\",\"entry\":\"20260101T000000Z\",\"description\":{title}}}"
        )
    };
    let items = vec![
        task(1, "\"\\u001b[2J\\u001b[31mred \\u202egnihton\""),
        task(2, "\"漢字 👩‍👩‍👧 שלום مرحبا e\\u0301 ᄀᄀᄀᄀ\""),
    ];
    stage.client.call(&ImportBatch { source: "taskwarrior".into(), items, dry_run: false }).unwrap();
    stage.news();
    let seen = stage.seen();
    assert!(!seen.contains('\u{1b}') && !seen.contains('\u{202e}'), "{seen:?}");
    assert!(seen.contains("漢字 👩‍👩‍👧 שלום مرحبا é \u{fffd}") || seen.contains("漢字"), "{seen}");
    stage.press("enter /");
    stage.type_text("x");
    assert!(!stage.seen().contains('\u{1b}'));
}

/// A model whose calls nobody answers, and the call it makes first.
fn hung() -> (Model, Vec<Effect>) {
    let mut model = Model::new(Keymap::default(), ViewId::Next, Default::default(), String::new());
    let asked = model.update(Action::Connected { db: "db".into(), store: "store".into() });
    (model, asked)
}

fn screen(model: &Model) -> String {
    heph_tui::views::frame(model).text()
}

#[test]
fn a_daemon_that_does_not_answer_is_said_until_it_does() {
    let (mut model, asked) = hung();
    assert_eq!((asked.len(), model.waiting()), (1, 1));
    assert!(!screen(&model).contains("waiting …"));
    model.update(Action::Silence(Silence::Waits));
    assert!(screen(&model).contains("waiting …") && !screen(&model).contains("does not answer"));
    let height = model.height();
    model.update(Action::Silence(Silence::Silent));
    assert!(screen(&model).contains("hephd does not answer"), "{}", screen(&model));
    assert_eq!(model.height(), height - 1);
    // The deadline passed: it stays said, and it is asked again.
    let Some(Effect::Call(purpose, _)) = asked.into_iter().next() else { panic!("nothing is asked") };
    let late = Problem { is_late: true, ..Problem::new("hephd did not answer within 10 s") };
    let again = model.update(Action::Answered(purpose, Err(late)));
    assert_eq!((again.len(), model.waiting(), model.silence), (1, 1, Silence::Silent));
    let Some(Effect::Call(purpose, _)) = again.into_iter().next() else { panic!("nothing is asked") };
    let next = heph_tui::call::Reply::TaskNext(Box::default());
    let reread = model.update(Action::Answered(purpose, Ok(next.clone())));
    let Some(Effect::Call(purpose, _)) = reread.into_iter().next() else { panic!("it is not read anew") };
    assert!(model.update(Action::Answered(purpose, Ok(next))).is_empty());
    assert_eq!(model.silence, Silence::None);
    assert!(!screen(&model).contains("does not answer"));
    // Whatever was not answered, something is asked that shows when the daemon is back.
    let late = Problem { is_late: true, ..Problem::new("hephd did not answer within 10 s") };
    let undo = model.update(Action::Key(Key::char('u')));
    let Some(Effect::Call(purpose, _)) = undo.into_iter().next() else { panic!("nothing is asked") };
    assert_eq!(model.update(Action::Answered(purpose, Err(late))).len(), 1);
}
