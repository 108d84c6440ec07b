//! Every phrase with its rule, its words, and its first dates from Monday, 2026-11-23.

use proptest::prelude::*;

use super::super::{Mode, Phrase, Rule, describe_rule, parse_phrase};
use super::{dates, now};

/// What stands behind `every`, its rule, its words, its first three dates.
const PHRASES: &[(&str, &str, &str, &str)] = &[
    ("day", "FREQ=DAILY", "day", "2026-11-23 2026-11-24 2026-11-25"),
    ("5 days", "FREQ=DAILY;INTERVAL=5", "5 days", "2026-11-23 2026-11-28 2026-12-03"),
    ("5d", "FREQ=DAILY;INTERVAL=5", "5 days", "2026-11-23 2026-11-28 2026-12-03"),
    ("other day", "FREQ=DAILY;INTERVAL=2", "2 days", "2026-11-23 2026-11-25 2026-11-27"),
    ("daily", "FREQ=DAILY", "day", "2026-11-23 2026-11-24 2026-11-25"),
    ("week", "FREQ=WEEKLY", "week", "2026-11-23 2026-11-30 2026-12-07"),
    ("2w", "FREQ=WEEKLY;INTERVAL=2", "2 weeks", "2026-11-23 2026-12-07 2026-12-21"),
    ("weekday", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "weekday", "2026-11-23 2026-11-24 2026-11-25"),
    ("workdays", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "weekday", "2026-11-23 2026-11-24 2026-11-25"),
    ("weekend", "FREQ=WEEKLY;BYDAY=SA,SU", "weekend", "2026-11-28 2026-11-29 2026-12-05"),
    ("fri", "FREQ=WEEKLY;BYDAY=FR", "fri", "2026-11-27 2026-12-04 2026-12-11"),
    ("fridays", "FREQ=WEEKLY;BYDAY=FR", "fri", "2026-11-27 2026-12-04 2026-12-11"),
    ("other fri", "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", "2 weeks on fri", "2026-11-27 2026-12-11 2026-12-25"),
    ("thu, mon and fri", "FREQ=WEEKLY;BYDAY=MO,TH,FR", "mon, thu, fri", "2026-11-23 2026-11-26 2026-11-27"),
    (
        "2 weeks on mon,thu",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH",
        "2 weeks on mon, thu",
        "2026-11-23 2026-11-26 2026-12-07",
    ),
    ("month", "FREQ=MONTHLY", "month", "2026-11-23 2026-12-23 2027-01-23"),
    ("quarter", "FREQ=MONTHLY;INTERVAL=3", "3 months", "2026-11-23 2027-02-23 2027-05-23"),
    (
        "month on last",
        "FREQ=MONTHLY;BYMONTHDAY=-1",
        "month on the last day",
        "2026-11-30 2026-12-31 2027-01-31",
    ),
    ("last day", "FREQ=MONTHLY;BYMONTHDAY=-1", "month on the last day", "2026-11-30 2026-12-31 2027-01-31"),
    ("15th", "FREQ=MONTHLY;BYMONTHDAY=15", "month on the 15th", "2026-12-15 2027-01-15 2027-02-15"),
    (
        "month on the 1st, 15",
        "FREQ=MONTHLY;BYMONTHDAY=1,15",
        "month on the 1st, 15th",
        "2026-12-01 2026-12-15 2027-01-01",
    ),
    (
        "31st",
        "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1",
        "month on the 31st",
        "2026-11-30 2026-12-31 2027-01-31",
    ),
    (
        "2 months on 30th",
        "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=28,29,30;BYSETPOS=-1",
        "2 months on the 30th",
        "2026-11-30 2027-01-30 2027-03-30",
    ),
    (
        "month on 15 and 31",
        "FREQ=MONTHLY;BYMONTHDAY=-1,15",
        "month on the last day, 15th",
        "2026-11-30 2026-12-15 2026-12-31",
    ),
    ("3rd friday", "FREQ=MONTHLY;BYDAY=3FR", "3rd fri", "2026-12-18 2027-01-15 2027-02-19"),
    ("5th friday", "FREQ=MONTHLY;BYDAY=5FR", "5th fri", "2027-01-29 2027-04-30 2027-07-30"),
    ("1st and 3rd mon", "FREQ=MONTHLY;BYDAY=1MO,3MO", "1st mon, 3rd mon", "2026-12-07 2026-12-21 2027-01-04"),
    (
        "1st mon and 3rd mon",
        "FREQ=MONTHLY;BYDAY=1MO,3MO",
        "1st mon, 3rd mon",
        "2026-12-07 2026-12-21 2027-01-04",
    ),
    ("month on the second tuesday", "FREQ=MONTHLY;BYDAY=2TU", "2nd tue", "2026-12-08 2027-01-12 2027-02-09"),
    (
        "3 months on last fri",
        "FREQ=MONTHLY;INTERVAL=3;BYDAY=-1FR",
        "3 months on the last fri",
        "2026-11-27 2027-02-26 2027-05-28",
    ),
    (
        "last workday",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "last workday",
        "2026-11-30 2026-12-31 2027-01-29",
    ),
    (
        "15th workday of the month",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=15",
        "15th workday",
        "2026-12-21 2027-01-21 2027-02-19",
    ),
    ("year", "FREQ=YEARLY", "year", "2026-11-23 2027-11-23 2028-11-23"),
    (
        "year on feb 29",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1",
        "year on 29 feb",
        "2027-02-28 2028-02-29 2029-02-28",
    ),
    ("25 dec", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25", "year on 25 dec", "2026-12-25 2027-12-25 2028-12-25"),
    (
        "2 years on jan 27th",
        "FREQ=YEARLY;INTERVAL=2;BYMONTH=1;BYMONTHDAY=27",
        "2 years on 27 jan",
        "2028-01-27 2030-01-27 2032-01-27",
    ),
    (
        "4th thu of nov",
        "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH",
        "year on the 4th thu of nov",
        "2026-11-26 2027-11-25 2028-11-23",
    ),
    ("day x2", "FREQ=DAILY;COUNT=2", "day x2", "2026-11-23 2026-11-24"),
    ("week 10 times", "FREQ=WEEKLY;COUNT=10", "week x10", "2026-11-23 2026-11-30 2026-12-07"),
    (
        "mon until 30 nov",
        "FREQ=WEEKLY;BYDAY=MO;UNTIL=20261130",
        "mon until 2026-11-30",
        "2026-11-23 2026-11-30",
    ),
    (
        "RRULE:FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
        "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
        "RRULE:FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
        "2027-05-17 2028-05-15 2029-05-14",
    ),
    ("FREQ=WEEKLY", "FREQ=WEEKLY", "week", "2026-11-23 2026-11-30 2026-12-07"),
];

#[test]
fn every_phrase_means_its_rule_and_is_told_in_words() {
    for (phrase, rule, words, first) in PHRASES {
        let read = parse_phrase(phrase, &now()).unwrap_or_else(|error| panic!("{phrase}: {error}"));
        assert_eq!(read.rule.to_string(), *rule, "{phrase}");
        assert_eq!(describe_rule(&read.rule, Mode::Catchup), format!("every {words}"), "{phrase}");
        assert_eq!(dates(rule, "2026-11-23", 3), *first, "{phrase}");
    }
}

#[test]
fn a_phrase_may_name_a_time_a_beginning_and_an_end() {
    let read = parse_phrase("weekday at 9:30 from 1 dec until 24 dec", &now()).unwrap();
    assert_eq!(read.at.unwrap().to_string(), "09:30:00");
    assert_eq!(read.from.unwrap().to_string(), "2026-12-01");
    assert_eq!(read.rule.until.unwrap().to_string(), "2026-12-24");
    let Phrase { at, from, .. } = parse_phrase("mon 5pm starting next mon", &now()).unwrap();
    assert_eq!((at.unwrap().hour(), from.unwrap().to_string()), (17, "2026-11-30".to_owned()));
}

#[test]
fn weeks_of_other_beginnings_are_written_down() {
    let sunday = crate::domain::date::Now { week_start: jiff::civil::Weekday::Sunday, ..now() };
    let read = parse_phrase("2 weeks on tue,sun", &sunday).unwrap();
    assert_eq!(read.rule.to_string(), "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU");
    assert_eq!(parse_phrase("tue,sun", &sunday).unwrap().rule.to_string(), "FREQ=WEEKLY;BYDAY=TU,SU");
}

#[test]
fn what_is_no_phrase_is_named() {
    for (phrase, message, word) in [
        ("", "how often is missing behind `every`", None),
        ("guest", "`guest` is no unit of repetition", Some("guest")),
        ("3", "`3` of what is missing, as in `3 days`", Some("3")),
        ("3 guests", "`guests` is no unit of repetition", Some("guests")),
        ("0 days", "an interval is 1 to 9999, not 0", Some("0")),
        (
            "99999999999999999999 days",
            "an interval is 1 to 9999, not 99999999999999999999",
            Some("99999999999999999999"),
        ),
        ("4000 quarters", "an interval is 1 to 9999, not quarters", Some("quarters")),
        ("2m", "`m` may mean months or minutes: write `mo`", Some("2m")),
        ("week on 15th", "`15th` is not a weekday", Some("15th")),
        ("week on", "a weekday is missing behind `on`", Some("on")),
        ("month on foo", "`foo` is not a day of a month", Some("foo")),
        ("month on 32nd", "`32nd` is not a day of a month", Some("32nd")),
        ("15th day, last workday", "days, weekdays and workdays cannot be mixed", None),
        ("6th friday", "no month has a 6th friday", Some("6th")),
        ("feb 30", "there is no date `feb 30`", Some("feb")),
        ("year on 15th", "the month is missing, as in `year on the 4th thu of nov`", None),
        ("day at noon", "`noon` is not a time", Some("noon")),
        ("day until", "a date is missing behind `until`", Some("until")),
        ("day until nix", "`nix` is not a date", Some("nix")),
        ("day x0", "a task repeats 1 to 10000 times, not 0", Some("x0")),
        ("day x3 until fri", "it ends twice: after a number of times and on a day", None),
        ("day 9:00 at 10:00", "`at` is given twice", Some("at")),
        ("day foo", "`foo` is not understood behind `every`", Some("foo")),
        ("day until yesterday", "it never falls on a day", None),
        ("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "it never falls on a day", None),
        ("RRULE:FREQ=HOURLY", "FREQ=HOURLY: a task repeats by days or longer", None),
    ] {
        let error = parse_phrase(phrase, &now()).expect_err(phrase);
        assert_eq!((error.message.as_str(), error.word.as_deref()), (message, word), "{phrase}");
    }
}

proptest! {
    /// Words are read again as the rule they were made of.
    #[test]
    fn words_come_back(text in rule_text()) {
        let rule: Rule = text.parse().unwrap();
        let words = describe_rule(&rule, Mode::Catchup);
        match parse_phrase(words.strip_prefix("every ").unwrap(), &now()) {
            Ok(read) => prop_assert_eq!(read.rule, rule, "{}", words),
            Err(error) => prop_assert_eq!(error.message, "it never falls on a day"),
        }
    }

    #[test]
    fn no_text_panics(text in ".{0,40}", words in prop::collection::vec("[a-z0-9,:]{1,6}|on|the|mon|3rd|last|x9|until|at|month", 0..8)) {
        let _ = text.parse::<Rule>();
        let _ = parse_phrase(&text, &now());
        let _ = parse_phrase(&words.join(" "), &now());
    }
}

/// Rules of all kinds.
pub(super) fn rule_text() -> impl Strategy<Value = String> {
    let days = prop::sample::subsequence(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"], 1..6)
        .prop_map(|days| format!(";BYDAY={}", days.join(",")));
    let numbered = prop::sample::subsequence(vec!["1MO", "-1FR", "3TU", "5SU", "2WE"], 1..3)
        .prop_map(|days| format!(";BYDAY={}", days.join(",")));
    let month_days = prop::sample::subsequence(vec![-3, -1, 1, 7, 15, 28, 29, 30, 31], 1..5)
        .prop_map(|days| format!(";BYMONTHDAY={}", joined(&days)));
    let months = prop::sample::subsequence(vec![1, 2, 4, 6, 11, 12], 1..3)
        .prop_map(|m| format!(";BYMONTH={}", joined(&m)));
    let year_days = prop::sample::subsequence(vec![-366, -1, 1, 60, 366], 1..3)
        .prop_map(|days| format!(";BYYEARDAY={}", joined(&days)));
    let weeks = prop::sample::subsequence(vec![-1, 1, 20, 52, 53], 1..3)
        .prop_map(|weeks| format!(";BYWEEKNO={}", joined(&weeks)));
    let place = prop::sample::select(vec!["", ";BYSETPOS=1", ";BYSETPOS=-1", ";BYSETPOS=-2,2"]);
    let none = || Just(String::new());
    let parts = prop_oneof![
        Just("DAILY".to_owned()),
        months.clone().prop_map(|m| format!("DAILY{m}")),
        Just("WEEKLY".to_owned()),
        days.clone().prop_map(|d| format!("WEEKLY{d}")),
        Just("MONTHLY".to_owned()),
        (month_days.clone(), place.clone()).prop_map(|(d, p)| format!("MONTHLY{d}{p}")),
        (days.clone(), place.clone()).prop_map(|(d, p)| format!("MONTHLY{d}{p}")),
        numbered.clone().prop_map(|d| format!("MONTHLY{d}")),
        Just("YEARLY".to_owned()),
        (months.clone(), prop_oneof![none(), month_days, days.clone(), numbered])
            .prop_map(|(m, d)| format!("YEARLY{m}{d}")),
        year_days.prop_map(|d| format!("YEARLY{d}")),
        (weeks, days, place).prop_map(|(w, d, p)| format!("YEARLY{w}{d}{p}")),
    ];
    let interval = prop_oneof![3 => Just(1), 1 => 2u32..14];
    let end = prop_oneof![
        Just(String::new()),
        (1u32..30).prop_map(|n| format!(";COUNT={n}")),
        (2027u32..2040).prop_map(|y| format!(";UNTIL={y}0615"))
    ];
    (parts, interval, end).prop_map(|(parts, interval, end)| format!("FREQ={parts};INTERVAL={interval}{end}"))
}

fn joined(numbers: &[i32]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}
