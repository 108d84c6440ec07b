//! What comes next, in each mode, whoever recorded what.

use std::collections::BTreeMap;

use jiff::civil::Date;
use proptest::prelude::*;

use super::super::{Mode, Occurrence, OccurrenceState, Occurrences, Rule, next};
use super::date;
use super::phrases::rule_text;

/// Reads `2026-11-20:done@2026-11-25 …`.
fn recorded(text: &str) -> Occurrences {
    let one = |word: &str| {
        let (nominal, rest) = word.split_once(':').unwrap();
        let (state, on) = rest.split_once('@').unwrap();
        let state = OccurrenceState::from_word(state).unwrap();
        (date(nominal), Occurrence { state, at: 0, on: date(on) })
    };
    text.split_whitespace().map(one).collect()
}

fn after(rule: &str, mode: Mode, text: &str) -> String {
    let next = next(&rule.parse().unwrap(), date("2026-11-20"), mode, &recorded(text));
    next.map_or_else(|| "none".to_owned(), |date| date.to_string())
}

#[test]
fn what_comes_next() {
    use Mode::{After, Catchup, Fixed};
    let weekly = "FREQ=WEEKLY";
    for (rule, mode, done, expected) in [
        // From Friday 2026-11-20; done in time, early, late.
        (weekly, Catchup, "", "2026-11-20"),
        (weekly, Catchup, "2026-11-20:done@2026-11-20", "2026-11-27"),
        (weekly, Catchup, "2026-11-20:done@2026-11-18", "2026-11-27"),
        (weekly, Catchup, "2026-11-20:done@2026-12-05", "2026-12-11"),
        // Done late on the very day of another one: that one counts as done.
        (weekly, Catchup, "2026-11-20:done@2026-11-27", "2026-12-04"),
        // Skipped late on such a day: that one is still to be done.
        (weekly, Catchup, "2026-11-20:skipped@2026-11-27", "2026-11-27"),
        (weekly, Catchup, "2026-11-20:skipped@2026-11-18", "2026-11-27"),
        (weekly, Fixed, "2026-11-20:done@2026-12-05", "2026-11-27"),
        (weekly, Fixed, "2026-11-27:done@2026-12-05", "2026-11-20"),
        ("FREQ=DAILY;INTERVAL=5", After, "", "2026-11-20"),
        ("FREQ=DAILY;INTERVAL=5", After, "2026-11-20:done@2026-11-22", "2026-11-27"),
        ("FREQ=DAILY;INTERVAL=5", After, "2026-11-20:done@2026-11-18", "2026-11-23"),
        // So early that the interval ends before the date itself.
        ("FREQ=DAILY;INTERVAL=5", After, "2026-11-20:done@2026-11-10", "2026-11-25"),
        ("FREQ=DAILY;INTERVAL=5", After, "2026-11-20:skipped@2026-11-18", "2026-11-25"),
        ("FREQ=DAILY;INTERVAL=5", After, "2026-11-20:skipped@2026-11-22", "2026-11-27"),
        ("FREQ=MONTHLY", After, "2026-11-20:done@2027-01-31", "2027-02-28"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", After, "2026-11-20:done@2026-11-25", "2026-12-07"),
        // What is before the anchor belongs to an earlier rule.
        (weekly, Catchup, "2026-11-13:done@2027-05-01", "2026-11-20"),
        // Ends.
        ("FREQ=WEEKLY;COUNT=2", Catchup, "2026-11-20:done@2026-11-20", "2026-11-27"),
        ("FREQ=WEEKLY;COUNT=2", Catchup, "2026-11-27:done@2026-11-27", "none"),
        ("FREQ=WEEKLY;COUNT=2", Catchup, "2026-11-20:done@2026-12-24", "none"),
        ("FREQ=DAILY;COUNT=2", After, "2026-11-20:done@2026-12-24", "2026-12-25"),
        ("FREQ=DAILY;COUNT=2", After, "2026-11-20:done@2026-12-24 2026-12-25:skipped@2026-12-25", "none"),
        ("FREQ=DAILY;UNTIL=20261121", Fixed, "2026-11-20:done@2026-12-24", "2026-11-21"),
        ("FREQ=DAILY;UNTIL=20261121", After, "2026-11-20:done@2026-12-24", "none"),
    ] {
        assert_eq!(after(rule, mode, done), expected, "{rule} {mode:?} {done}");
    }
}

/// A deed at a machine: which of the two, whether it is done, and on which day after the start.
type Deed = (bool, bool, i32);

/// Two machines that record what they see, and then what both know.
fn recorded_apart(rule: &Rule, mode: Mode, deeds: &[Deed], anchor: Date) -> [Occurrences; 2] {
    let mut machines = [Occurrences::new(), Occurrences::new()];
    let mut on = anchor;
    for (at, (machine, is_done, days)) in (0..).zip(deeds) {
        on = on.checked_add(jiff::Span::new().days(*days)).unwrap();
        let own = &mut machines[usize::from(*machine)];
        let Some(nominal) = next(rule, anchor, mode, own) else { continue };
        let state = if *is_done { OccurrenceState::Done } else { OccurrenceState::Skipped };
        own.insert(nominal, Occurrence { state, at, on });
    }
    machines
}

/// What both know: of what both recorded the later.
fn merged(one: &Occurrences, other: &Occurrences) -> Occurrences {
    let mut all: BTreeMap<Date, Occurrence> = one.clone();
    for (date, theirs) in other {
        all.entry(*date)
            .and_modify(|ours| {
                if theirs.at > ours.at {
                    *ours = *theirs;
                }
            })
            .or_insert(*theirs);
    }
    all
}

fn modes() -> impl Strategy<Value = Mode> {
    prop::sample::select(Mode::ALL.to_vec())
}

proptest! {
    #[test]
    fn it_never_goes_backwards_and_never_stays(
        text in rule_text(), mode in modes(), deeds in prop::collection::vec((any::<bool>(), any::<bool>(), -9i32..40), 0..30),
    ) {
        let (rule, anchor): (Rule, _) = (text.parse().unwrap(), date("2026-11-20"));
        let [mut own, _] = recorded_apart(&rule, mode, &[], anchor);
        let mut on = anchor;
        for (_, is_done, days) in deeds {
            on = on.checked_add(jiff::Span::new().days(days)).unwrap();
            let Some(nominal) = next(&rule, anchor, mode, &own) else { break };
            prop_assert!(!own.contains_key(&nominal));
            prop_assert!(own.last_key_value().is_none_or(|(last, _)| *last < nominal));
            let state = if is_done { OccurrenceState::Done } else { OccurrenceState::Skipped };
            own.insert(nominal, Occurrence { state, at: 0, on });
        }
    }

    #[test]
    fn two_machines_find_one_next_date(
        text in rule_text(), mode in modes(), deeds in prop::collection::vec((any::<bool>(), any::<bool>(), 0i32..9), 0..24),
    ) {
        let (rule, anchor): (Rule, _) = (text.parse().unwrap(), date("2026-11-20"));
        let [one, other] = recorded_apart(&rule, mode, &deeds, anchor);
        let (here, there) = (merged(&one, &other), merged(&other, &one));
        let found = next(&rule, anchor, mode, &here);
        prop_assert_eq!(found, next(&rule, anchor, mode, &there));
        // It is none that either has dealt with.
        if let Some(found) = found {
            prop_assert!(!one.contains_key(&found) && !other.contains_key(&found));
        }
        // What only repeats the other's deeds moves nothing.
        if let Some((&last, _)) = one.last_key_value() && mode != Mode::After {
            prop_assert!(found.is_none_or(|found| mode == Mode::Fixed || found > last));
        }
    }
}
