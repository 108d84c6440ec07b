//! Our dates of 2,000 random rules in random zones against those of python-dateutil, each difference explained.
//!
//! `cargo xtask test --only rrule` runs this: it fetches python-dateutil and names the Python that has it in
//! `HEPH_DATEUTIL`. Without it there is nothing to compare with.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use hephd::domain::date::When;
use hephd::domain::task::recurrence::{Rule, dates};
use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime, Time};

use random::Random;

mod random;

/// How many rules are compared.
const RULES: usize = 2_000;

/// How many dates of each.
const DATES: usize = 30;

/// How long a rule without an end goes on, in years.
const YEARS: i32 = 12;

const ZONES: [&str; 8] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Pacific/Apia",
    "Asia/Tokyo",
];

/// A rule from a time in a zone.
struct Case {
    rule: Rule,
    start: DateTime,
    zone: &'static str,
}

/// Why both differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Difference {
    /// None.
    Same,
    /// The rule says no day and starts on the 29th to 31st: RFC 5545 passes short months over, we take their last day.
    /// Said by the rule itself, dateutil agrees.
    ShortMonthsFilled,
    /// On the first days of January dateutil takes the number of last year's weeks from the length of this year.
    WeekNumberInJanuary,
    /// dateutil begins the first week at the start, and counts BYSETPOS from there; we, as later weeks, from its first day.
    FirstWeek,
    /// Not known.
    Unknown,
}

#[test]
fn two_thousand_random_rules_have_the_dates_of_dateutil() {
    let Some(python) = std::env::var_os("HEPH_DATEUTIL") else {
        println!("nothing to compare with: see `cargo xtask test --only rrule`");
        return;
    };
    let mut random = Random(0x2026_1126);
    let cases: Vec<Case> = (0..RULES).map(|_| case(&mut random)).collect();
    let as_written: Vec<_> = cases.iter().map(|case| asked(case, &case.rule)).collect();
    let as_filled: Vec<_> =
        cases.iter().map(|case| asked(case, &case.rule.filled(case.start.date()))).collect();
    let (theirs, filled) = (answers(&python, &as_written), answers(&python, &as_filled));
    let mut found = BTreeMap::<Difference, usize>::new();
    let mut compared = 0;
    for (case, (theirs, filled)) in cases.iter().zip(theirs.iter().zip(&filled)) {
        let ours = own(case);
        compared += ours.len();
        let difference = explain(case, &ours, theirs, filled);
        assert_ne!(
            difference,
            Difference::Unknown,
            "{} from {} in {}\nours   {ours:?}\ntheirs {theirs:?}",
            case.rule,
            case.start,
            case.zone
        );
        *found.entry(difference).or_default() += 1;
    }
    println!("{RULES} rules, {compared} dates: {found:?}");
}

/// A date on the wall, and as an instant.
type Pair = (String, String);

fn own(case: &Case) -> Vec<Pair> {
    let all = dates(&case.rule, case.start.date()).take(DATES).map(|date| {
        let at = date.to_datetime(case.start.time());
        let when = When::Time { at, zone: case.zone.into() };
        (at.to_string(), when.instant().to_string())
    });
    all.collect()
}

fn explain(case: &Case, ours: &[Pair], theirs: &[Pair], filled: &[Pair]) -> Difference {
    if ours == theirs {
        return Difference::Same;
    }
    if ours == filled {
        return Difference::ShortMonthsFilled;
    }
    let differing: Vec<Date> = ours
        .iter()
        .filter(|date| !theirs.contains(date))
        .chain(theirs.iter().filter(|date| !ours.contains(date)))
        .map(|(wall, _)| wall[..10].parse().unwrap())
        .collect();
    // The longer list goes on where the shorter one has something more.
    let last = ours.last().zip(theirs.last()).map(|(one, other)| one.min(other).0[..10].parse().unwrap());
    let mut differing = differing.into_iter().filter(|date| last.is_none_or(|last: Date| *date <= last));
    let first_week = case.start.date().checked_add(7.days()).unwrap();
    if !case.rule.by_week_no.is_empty() {
        return match differing.all(|date| date.month() == 1 && date.day() <= 3) {
            true => Difference::WeekNumberInJanuary,
            false => Difference::Unknown,
        };
    }
    let is_weekly = case.rule.to_string().starts_with("FREQ=WEEKLY") && !case.rule.by_set_pos.is_empty();
    match is_weekly && differing.all(|date| date < first_week) {
        true => Difference::FirstWeek,
        false => Difference::Unknown,
    }
}

/// A case as the other program takes it. A day that is the last one includes its time.
fn asked(case: &Case, rule: &Rule) -> String {
    let text = match rule.until {
        Some(until) => {
            let day = until.strftime("%Y%m%d").to_string();
            rule.to_string().replace(&format!("UNTIL={day}"), &format!("UNTIL={day}T235959"))
        }
        None => rule.to_string(),
    };
    format!(
        "{{\"rule\":\"{text}\",\"start\":\"{}\",\"zone\":\"{}\",\"count\":{DATES}}}\n",
        case.start, case.zone
    )
}

fn answers(python: &std::ffi::OsStr, cases: &[String]) -> Vec<Vec<Pair>> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/dateutil/dates.py");
    let mut command = Command::new(python);
    let mut child =
        command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Python starts");
    let mut input = child.stdin.take().unwrap();
    let text = cases.concat();
    // Written beside the reading: both pipes are short.
    let writing = std::thread::spawn(move || input.write_all(text.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    assert!(output.status.success(), "dates.py failed");
    let lines = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<Vec<Pair>> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), cases.len());
    answers
}

fn case(random: &mut Random) -> Case {
    // All dates are before 2038: dateutil knows no change of clocks from then on.
    let day = Date::constant(2000, 1, 1).checked_add(random.below(9_000).days()).unwrap();
    // Every fifth one in the night in which clocks are changed.
    let time = match random.below(5) {
        0 => Time::constant(2, 30, 0, 0),
        _ => Time::constant(random.below(24) as i8, random.below(60) as i8, 0, 0),
    };
    let zone = ZONES[random.below(ZONES.len() as i64) as usize];
    let mut rule = random.rule();
    let end = day.checked_add(YEARS.years()).unwrap();
    let bounded = Rule { until: Some(end), ..rule.clone() };
    match random.below(3) {
        // Only where it comes to an end: dateutil looks until the year 9999.
        0 if dates(&bounded, day).count() > 20 && rule.by_set_pos.is_empty() => {
            rule.count = Some(random.below(20) as u32 + 1);
        }
        1 => rule.until = Some(day.checked_add(random.below(2_000).days()).unwrap()),
        _ => rule.until = Some(end),
    }
    Case { rule, start: day.to_datetime(time), zone }
}
