use jiff::ToSpan as _;
use proptest::prelude::*;

use super::store::{Store, refs};
use crate::domain::change::text_hash;
use crate::domain::id::NodeId;
use crate::domain::node::register;
use crate::domain::page::RevisionToken;
use crate::domain::task::Status;
use crate::domain::task::own::OwnFields;
use crate::domain::task::recurrence::OccurrenceState;
use crate::domain::verbs::{Children, Command, Outcome, Refusal, Scope, SeenLine, Transition};

fn to(store: &mut Store, id: NodeId, to: Transition) -> Result<Outcome, Refusal> {
    let command = Command::Transition { references: refs(&[id]), to, children: Children::Refuse };
    store.run(command)
}

fn modify(store: &mut Store, id: NodeId, scope: Scope, changes: &[&str]) -> Result<Outcome, Refusal> {
    let changes = changes.iter().map(|change| (*change).to_owned()).collect();
    store.run(Command::Modify { references: refs(&[id]), changes, scope })
}

fn days_later(store: &mut Store, days: i64) {
    store.now.instant = store.now.local().checked_add(days.days()).unwrap().timestamp();
}

/// The due date as it is shown.
fn due(store: &Store, id: NodeId) -> String {
    store.node(id).task().unwrap().due.map_or_else(String::new, |when| when.to_string())
}

fn status(store: &Store, id: NodeId) -> Status {
    store.node(id).status().0
}

/// `due planned defer`, `-` for none.
fn dates(store: &Store, id: NodeId) -> String {
    let task = store.node(id).task().unwrap();
    let shown =
        [task.due, task.planned, task.defer].map(|when| when.map_or("-".to_owned(), |w| w.to_string()));
    shown.join(" ")
}

fn blockers(store: &Store, id: NodeId) -> Vec<NodeId> {
    store.open().blockers(id)
}

#[test]
fn done_gives_the_next_date_and_says_it() {
    let mut store = Store::default();
    let id = store.add("Standup every weekday 9:30 +work");
    // It is ten o'clock: today's is past.
    assert_eq!(due(&store, id), "2026-11-24T09:30:00[Europe/Berlin]");
    to(&mut store, id, Transition::Start).unwrap();
    let outcome = to(&mut store, id, Transition::Done).unwrap();
    assert_eq!(outcome.notes, ["“Standup” comes again Wed 2026-11-25 09:30"]);
    assert_eq!((status(&store, id), &*due(&store, id)), (Status::Todo, "2026-11-25T09:30:00[Europe/Berlin]"));
    days_later(&mut store, 9);
    to(&mut store, id, Transition::Done).unwrap();
    assert_eq!(due(&store, id), "2026-12-03T09:30:00[Europe/Berlin]", "missed ones are dropped");
    assert_eq!(store.node(id).occurrences().len(), 2);
}

#[test]
fn a_series_ends_as_it_says() {
    let mut store = Store::default();
    let id = store.add("Pills every day x2");
    assert_eq!(due(&store, id), "2026-11-23");
    to(&mut store, id, Transition::Done).unwrap();
    assert_eq!((status(&store, id), &*due(&store, id)), (Status::Todo, "2026-11-24"));
    let outcome = to(&mut store, id, Transition::Skip).unwrap();
    assert_eq!(outcome.notes, ["“Pills” comes no more: that was the last one"]);
    assert_eq!(status(&store, id), Status::Done);
    assert_eq!(to(&mut store, id, Transition::Done).unwrap().unchanged, [id]);
    assert!(to(&mut store, id, Transition::Skip).unwrap_err().to_string().contains("is done"));
    to(&mut store, id, Transition::Reopen).unwrap();
    assert_eq!((status(&store, id), &*due(&store, id)), (Status::Todo, "2026-11-24"));
    to(&mut store, id, Transition::Cancel).unwrap();
    assert_eq!(status(&store, id), Status::Cancelled);
    let plain = store.add("Once");
    let refusal = to(&mut store, plain, Transition::Skip).unwrap_err();
    assert_eq!(refusal.to_string(), "“Once” does not repeat");
}

#[test]
fn modes_differ_in_what_they_count_from() {
    for (line, after) in [
        ("A every+ 2 days", "2026-11-25"),
        ("A every 2 days", "2026-11-29"),
        ("A every! 2 days", "2026-11-30"),
    ] {
        let mut store = Store::default();
        let id = store.add(line);
        days_later(&mut store, 5);
        to(&mut store, id, Transition::Done).unwrap();
        assert_eq!(due(&store, id), after, "{line}");
    }
}

#[test]
fn all_dates_move_by_the_same_delta() {
    let mut store = Store::default();
    let id = store.add("Report every fri due:2026-11-27 plan:2026-11-26 defer:due-3d");
    assert_eq!(dates(&store, id), "2026-11-27 2026-11-26 2026-11-24");
    to(&mut store, id, Transition::Done).unwrap();
    assert_eq!(dates(&store, id), "2026-12-04 2026-12-03 2026-12-01");
    // One occurrence, then the one after it is where it was.
    let outcome = modify(&mut store, id, Scope::Usual, &["due:2026-12-06"]).unwrap();
    assert_eq!(outcome.notes, ["only this occurrence was moved; with --series those that follow move too"]);
    assert_eq!(dates(&store, id), "2026-12-06 2026-12-05 2026-12-03");
    modify(&mut store, id, Scope::This, &["plan:", "defer:2026-12-06"]).unwrap();
    assert_eq!(dates(&store, id), "2026-12-06 - 2026-12-06");
    to(&mut store, id, Transition::Done).unwrap();
    assert_eq!(dates(&store, id), "2026-12-11 2026-12-10 2026-12-08");
    // The other dates of the whole series.
    modify(&mut store, id, Scope::Series, &["plan:due-2d"]).unwrap();
    assert_eq!(dates(&store, id), "2026-12-11 2026-12-09 2026-12-08");
    to(&mut store, id, Transition::Done).unwrap();
    assert_eq!(dates(&store, id), "2026-12-18 2026-12-16 2026-12-15");
    // The rule itself.
    let refusal = modify(&mut store, id, Scope::Series, &["due:2026-12-19"]).unwrap_err();
    assert_eq!(refusal.to_string(), "2026-12-19 is no day of “every fri”");
    modify(&mut store, id, Scope::Series, &["due:2026-12-19", "every:sat"]).unwrap();
    assert_eq!(dates(&store, id), "2026-12-19 2026-12-16 2026-12-15");
    to(&mut store, id, Transition::Done).unwrap();
    assert_eq!(due(&store, id), "2026-12-26");
}

#[test]
fn a_rule_without_a_date_says_where_it_begins() {
    let mut store = Store::default();
    let mut notes = |line: &str| {
        let add = Command::AddTask { line: line.into(), literal: false, body: None, context: None };
        store.run(add).unwrap().notes
    };
    assert_eq!(notes("Pay rent every month on last"), ["begins Mon 2026-11-30"]);
    assert_eq!(notes("Pay rent every month due:2026-12-01"), [""; 0]);
}

#[test]
fn a_moved_date_keeps_its_time_of_day() {
    let mut store = Store::default();
    let id = store.add("Standup every weekday 9:30");
    modify(&mut store, id, Scope::This, &["due:2026-11-27"]).unwrap();
    assert_eq!(due(&store, id), "2026-11-27T09:30:00[Europe/Berlin]");
    modify(&mut store, id, Scope::This, &["due:2026-11-27T11:00"]).unwrap();
    assert_eq!(due(&store, id), "2026-11-27T11:00:00[Europe/Berlin]");
    modify(&mut store, id, Scope::Series, &["due:2026-11-30", "every:mon"]).unwrap();
    assert_eq!(due(&store, id), "2026-11-30T11:00:00[Europe/Berlin]");
    modify(&mut store, id, Scope::Series, &["due:2026-12-07T08:00"]).unwrap();
    modify(&mut store, id, Scope::Series, &["due:2026-12-14"]).unwrap();
    assert_eq!(due(&store, id), "2026-12-14T08:00:00[Europe/Berlin]");
    modify(&mut store, id, Scope::Usual, &["every:", "due:2026-12-15"]).unwrap();
    assert_eq!(due(&store, id), "2026-12-15", "no more a series");
}

#[test]
fn a_series_that_says_no_day_follows_its_date() {
    let mut store = Store::default();
    let id = store.add("Rent every month x5 due:2026-12-31");
    to(&mut store, id, Transition::Done).unwrap();
    to(&mut store, id, Transition::Done).unwrap();
    assert_eq!(due(&store, id), "2027-02-28");
    let moved = modify(&mut store, id, Scope::Series, &["due:2027-03-30"]).unwrap();
    assert_eq!(moved.notes, [""; 0]);
    for expected in ["2027-03-30", "2027-04-30", "2027-05-30"] {
        assert_eq!(due(&store, id), expected);
        to(&mut store, id, Transition::Done).unwrap();
    }
    assert_eq!(status(&store, id), Status::Done, "two of five were done before it moved");
}

#[test]
fn repetition_is_given_and_taken_away() {
    let mut store = Store::default();
    let id = store.add("Call Bob due:wed 17:00");
    let outcome = modify(&mut store, id, Scope::Usual, &["every:2 weeks on fri"]).unwrap();
    assert_eq!(outcome.notes, ["begins Fri 2026-11-27: Wed 2026-11-25 is no day of it"]);
    assert_eq!(due(&store, id), "2026-11-27T17:00:00[Europe/Berlin]");
    modify(&mut store, id, Scope::Usual, &["every!", "3", "days"]).unwrap();
    assert_eq!(store.node(id).task().unwrap().repeats.unwrap().recurrence.words(), "every! 3 days");
    assert_eq!(due(&store, id), "2026-11-27T17:00:00[Europe/Berlin]");
    let refusal = modify(&mut store, id, Scope::Usual, &["due:"]).unwrap_err();
    assert_eq!(refusal.to_string(), "“Call Bob” repeats by its due date");
    to(&mut store, id, Transition::Done).unwrap();
    modify(&mut store, id, Scope::Usual, &["every:"]).unwrap();
    assert_eq!(due(&store, id), "2026-11-29T17:00:00[Europe/Berlin]", "four days early: two intervals on");
    assert_eq!(store.node(id).task().unwrap().repeats, None);
    for scope in [Scope::This, Scope::Series] {
        let refusal = modify(&mut store, id, scope, &["due:fri"]).unwrap_err();
        assert_eq!(refusal.to_string(), "“Call Bob” does not repeat");
    }
    let weekly = store.add("Weekly every fri");
    let refusal = modify(&mut store, weekly, Scope::Series, &["p1"]).unwrap_err();
    assert_eq!(refusal.to_string(), "--this and --series move dates, and none is named");
    let refusal = modify(&mut store, weekly, Scope::Usual, &["every:fri until 2026-11-30", "due:2026-12-24"]);
    assert!(refusal.unwrap_err().to_string().contains("has no day from 2026-12-24 on"));
}

#[test]
fn a_moved_date_earlier_than_one_recorded_begins_anew() {
    let mut store = Store::default();
    let id = store.add("A every week due:2026-11-27");
    to(&mut store, id, Transition::Done).unwrap();
    modify(&mut store, id, Scope::Series, &["due:2026-11-26"]).unwrap();
    assert_eq!(due(&store, id), "2026-11-26", "what was recorded later belongs to the earlier series");
    to(&mut store, id, Transition::Done).unwrap();
    assert_eq!(due(&store, id), "2026-12-03");
}

#[test]
fn boxes_of_the_body_are_empty_again() {
    let mut store = Store::default();
    let body =
        "- [x] bins\n- [/] glass\n- [-] paper\n- [>] odd\n```\n- [x] code\n```\n- [x] Other ^t-7k3fq2mw\n";
    let line = "Tidy every week".to_owned();
    let command = Command::AddTask { line, literal: false, body: Some(body.into()), context: None };
    let id = store.run(command).unwrap().changed[0];
    to(&mut store, id, Transition::Done).unwrap();
    assert_eq!(
        store.text(id),
        "- [ ] bins\n- [ ] glass\n- [ ] paper\n- [>] odd\n```\n- [x] code\n```\n- [x] Other ^t-7k3fq2mw\n"
    );
    store.run(Command::Undo { group: None }).unwrap();
    assert_eq!((store.text(id), &*due(&store, id)), (body, "2026-11-23"));
}

#[test]
fn a_ticked_box_of_a_page_advances_and_is_empty() {
    let mut store = Store::default();
    let page = Command::NewPage {
        path: "House".into(),
        text: "- [ ] Water plants every! 5 days\n".into(),
        template: None,
    };
    let page = store.run(page).unwrap().changed[0];
    let token = |store: &Store| RevisionToken::new(store.node(page).text.rev, text_hash(store.text(page)));
    let promote = Command::Promote(SeenLine {
        reference: page.to_string(),
        base: token(&store),
        number: 1,
        text: "- [ ] Water plants every! 5 days".into(),
    });
    let outcome = store.run(promote).unwrap();
    let id = outcome.changed.into_iter().find(|id| *id != page).unwrap();
    assert_eq!(due(&store, id), "2026-11-23");
    let ticked = store.text(page).replace("[ ]", "[x]");
    let base = token(&store);
    let save = Command::SavePage { id: page, key: None, base, after: vec![], text: ticked.clone() };
    let outcome = store.run(save).unwrap();
    assert_eq!(store.text(page), ticked.replace("[x]", "[ ]"));
    assert_eq!(outcome.summary, store.text(page), "the editor is given the text to show");
    assert_eq!(outcome.notes, ["“Water plants” comes again Sat 2026-11-28"]);
    assert_eq!((status(&store, id), &*due(&store, id)), (Status::Todo, "2026-11-28"));
}

#[test]
fn a_dependent_waits_for_one_occurrence() {
    let mut store = Store::default();
    let blocker = store.add("Collect figures every fri");
    let short = store.short(blocker);
    let once = store.add(&format!("Tell Bob dep:{short}"));
    let weekly = store.add(&format!("Send report every fri dep:{short}"));
    assert_eq!((blockers(&store, once), blockers(&store, weekly)), (vec![blocker], vec![blocker]));
    let outcome = to(&mut store, blocker, Transition::Done).unwrap();
    let mut unblocked = vec![once, weekly];
    unblocked.sort_unstable();
    assert_eq!(outcome.unblocked, unblocked);
    assert_eq!((blockers(&store, once), blockers(&store, weekly)), (vec![], vec![]));
    // The weekly one waits again for the figures of its next week.
    to(&mut store, weekly, Transition::Done).unwrap();
    assert_eq!((blockers(&store, once), blockers(&store, weekly)), (vec![], vec![blocker]));
    store.run(Command::Undo { group: None }).unwrap();
    store.run(Command::Undo { group: None }).unwrap();
    assert_eq!(blockers(&store, once), [blocker]);
    // A turn that comes later is a cycle all the same.
    to(&mut store, blocker, Transition::Done).unwrap();
    let on_weekly = format!("dep:{}", store.short(weekly));
    let cycle = modify(&mut store, blocker, Scope::Usual, &[&on_weekly]);
    assert!(cycle.unwrap_err().to_string().contains("closes a circle"));
}

#[test]
fn daylight_saving_changes_no_time_of_day() {
    let mut store = Store::default();
    let id = store.add("Backup every+ day due:2027-03-27T02:30");
    let mut instants = Vec::new();
    for _ in 0..3 {
        let when = store.node(id).task().unwrap().due.unwrap();
        instants.push(format!("{} {}", when, when.instant()));
        to(&mut store, id, Transition::Done).unwrap();
    }
    assert_eq!(
        instants,
        [
            "2027-03-27T02:30:00[Europe/Berlin] 2027-03-27T01:30:00Z",
            // There is no half past two that night: half past three.
            "2027-03-28T02:30:00[Europe/Berlin] 2027-03-28T01:30:00Z",
            "2027-03-29T02:30:00[Europe/Berlin] 2027-03-29T00:30:00Z",
        ]
    );
}

#[test]
fn the_form_shows_and_changes_how_it_repeats() {
    let mut store = Store::default();
    let id = store.add("Water every! 5 days");
    let form = crate::domain::verbs::render_form(store.node(id), &OwnFields::NONE, "", "", &[], "");
    assert!(form.contains("repeats: every! 5 days\n"), "{form}");
    let save = |store: &mut Store, to: &str| {
        let base = crate::domain::verbs::render_form(store.node(id), &OwnFields::NONE, "", "", &[], "");
        let was = base.lines().find(|line| line.starts_with("repeats:")).unwrap().to_owned();
        let text = base.replace(&was, to);
        store.run(Command::SaveForm { id, base, text })
    };
    save(&mut store, "repeats: every+ 2 weeks on mon, thu").unwrap();
    assert_eq!(store.node(id).repeats().unwrap().recurrence.words(), "every+ 2 weeks on mon, thu");
    assert!(save(&mut store, "repeats: often").is_err());
    assert!(save(&mut store, "repeats: every! 5 dayz").is_err());
    save(&mut store, "repeats:").unwrap();
    assert_eq!(store.node(id).repeats(), None);
}

#[test]
fn odd_registers_do_no_harm() {
    let mut store = Store::default();
    let id = store.add("A every week");
    for (name, value) in [
        ("occ:", "x".into()),
        ("occ:2026-99-99", "x".into()),
        ("occ:2026-11-23", "done".into()),
        ("occ:2026-11-23", crate::domain::value::Value::List(vec!["done".into()])),
        ("moved:2026-11-23", "nonsense".into()),
        ("moved:2026-11-23", 7_i64.into()),
        (register::RECURRENCE, "FREQ=WEEKLY".into()),
        (register::RECURRENCE, crate::domain::value::Value::List(vec!["FREQ=WEEKLY".into(), "x".into()])),
    ] {
        store.run(Command::Restore { node: id, name: name.into(), value }).unwrap();
        assert_eq!(due(&store, id), "2026-11-23");
    }
}

/// One deed, by number.
fn deed(store: &mut Store, id: NodeId, what: u8, days: i64) {
    days_later(store, days);
    let modified = |store: &mut Store, scope, changes: &[&str]| modify(store, id, scope, changes).map(drop);
    let _ = match what % 10 {
        0..=2 => to(store, id, Transition::Done).map(drop),
        3 => to(store, id, Transition::Skip).map(drop),
        4 => modified(store, Scope::Usual, &["due:due+2d"]),
        5 => modified(store, Scope::Series, &["due:due+3d", "every!:3d"]),
        6 => modified(store, Scope::Usual, &["every:month", "plan:due-1d"]),
        7 => modified(store, Scope::Usual, &["every:"]),
        8 => to(store, id, if days % 2 == 0 { Transition::Cancel } else { Transition::Reopen }).map(drop),
        _ => modified(store, Scope::This, &["plan:due", "defer:"]),
    };
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Undo of any sequence comes back to the same state, step by step; redo goes the same way forth.
    #[test]
    fn undo_walks_back_through_the_same_states(deeds in prop::collection::vec((any::<u8>(), 0i64..9), 1..14)) {
        let mut store = Store::default();
        let line = "Tidy every week x6 due:2026-11-27 defer:due-2d".to_owned();
        let body = Some("- [x] bins\n".to_owned());
        let id = store.run(Command::AddTask { line, literal: false, body, context: None }).unwrap().changed[0];
        let seen = |store: &Store| {
            let mut task = store.node(id).task().unwrap();
            task.modified = 0;
            (task, store.node(id).occurrences(), store.text(id).to_owned())
        };
        let mut states = vec![seen(&store)];
        for (what, days) in deeds {
            deed(&mut store, id, what, days);
            let now = seen(&store);
            if states.last() != Some(&now) {
                states.push(now);
            }
        }
        for state in states.iter().rev().skip(1) {
            let mut undone = seen(&store);
            while undone != *state {
                prop_assert!(store.run(Command::Undo { group: None }).is_ok(), "{:?} was never come to", state);
                undone = seen(&store);
            }
        }
        for state in states.iter().skip(1) {
            let mut redone = seen(&store);
            while redone != *state {
                prop_assert!(store.run(Command::Redo).is_ok(), "{:?} was never come to", state);
                redone = seen(&store);
            }
        }
    }

    /// What is recorded is never recorded again, and no date shown is one of those.
    #[test]
    fn no_occurrence_comes_twice(deeds in prop::collection::vec((0u8..4, 0i64..9), 1..20)) {
        let mut store = Store::default();
        let id = store.add("Tidy every 2 days");
        let mut last = 0;
        for (what, days) in deeds {
            deed(&mut store, id, what, days);
            let recorded = store.node(id).occurrences();
            prop_assert_eq!(recorded.len(), last + 1);
            last = recorded.len();
            let current = store.node(id).repeats().unwrap().current.unwrap();
            prop_assert!(recorded.keys().all(|date| *date < current));
            prop_assert!(recorded.values().all(|o| matches!(o.state, OccurrenceState::Done | OccurrenceState::Skipped)));
        }
    }
}
