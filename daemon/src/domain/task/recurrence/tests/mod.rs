//! Phrases and rules in tables, and what holds of all of them.

mod oracle;
mod phrases;
mod series;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::dates::Dates;
use super::rule::Rule;
use crate::domain::date::Now;

/// Monday, 2026-11-23, 10:00 in Berlin.
fn now() -> Now {
    Now::new("2026-11-23T09:00:00Z".parse().unwrap(), TimeZone::get("Europe/Berlin").unwrap())
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// The first dates of a rule, joined by spaces.
fn dates(rule: &str, start: &str, count: usize) -> String {
    let rule: Rule = rule.parse().unwrap();
    let dates: Vec<String> =
        Dates::new(&rule, date(start)).take(count).map(|date| date.to_string()).collect();
    dates.join(" ")
}

#[test]
fn short_months_do_not_drift() {
    assert_eq!(
        dates("FREQ=MONTHLY", "2026-01-31", 5),
        "2026-01-31 2026-02-28 2026-03-31 2026-04-30 2026-05-31"
    );
    assert_eq!(dates("FREQ=MONTHLY", "2027-12-30", 3), "2027-12-30 2028-01-30 2028-02-29");
    assert_eq!(dates("FREQ=MONTHLY;INTERVAL=13", "2026-01-31", 3), "2026-01-31 2027-02-28 2028-03-31");
    assert_eq!(
        dates("FREQ=YEARLY", "2024-02-29", 5),
        "2024-02-29 2025-02-28 2026-02-28 2027-02-28 2028-02-29"
    );
    assert_eq!(dates("FREQ=YEARLY;BYMONTH=1,4", "2026-01-31", 3), "2026-01-31 2027-01-31 2028-01-31");
    // A rule that names its day is that of the RFC.
    assert_eq!(dates("FREQ=MONTHLY;BYMONTHDAY=31", "2026-01-31", 3), "2026-01-31 2026-03-31 2026-05-31");
}

#[test]
fn weeks_begin_when_the_rule_says_so() {
    // RFC 5545, 3.8.5.3: the example about WKST.
    assert_eq!(
        dates("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "1997-08-05", 9),
        "1997-08-05 1997-08-10 1997-08-19 1997-08-24"
    );
    assert_eq!(
        dates("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "1997-08-05", 9),
        "1997-08-05 1997-08-17 1997-08-19 1997-08-31"
    );
    assert_eq!(dates("FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO", "2026-01-01", 2), "2026-12-28 2032-12-27");
    assert_eq!(dates("FREQ=WEEKLY;INTERVAL=2", "2026-12-28", 2), "2026-12-28 2027-01-11");
}

#[test]
fn rules_without_a_day_end() {
    assert_eq!(dates("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "2026-01-01", 1), "");
    assert_eq!(dates("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "2026-01-01", 1), "");
    assert_eq!(dates("FREQ=MONTHLY;BYDAY=5FR;BYMONTHDAY=1", "2026-01-01", 1), "");
    assert_eq!(dates("FREQ=DAILY", "9999-12-30", 5), "9999-12-30 9999-12-31");
    assert_eq!(dates("FREQ=YEARLY;INTERVAL=9999", "2026-01-01", 5), "2026-01-01");
    assert_eq!(dates("FREQ=DAILY;UNTIL=20260102", "2026-01-01", 5), "2026-01-01 2026-01-02");
    assert_eq!(
        dates("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO", "2026-01-01", 2),
        "2044-02-29 2072-02-29"
    );
}

#[test]
fn rules_come_back_as_they_are_written() {
    for text in [
        "FREQ=DAILY",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;WKST=SU;COUNT=10",
        "FREQ=MONTHLY;BYMONTHDAY=-1;UNTIL=20271231",
        "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH",
        "FREQ=YEARLY;BYWEEKNO=-1,1;BYYEARDAY=100;BYDAY=SU;BYSETPOS=-1",
    ] {
        assert_eq!(text.parse::<Rule>().unwrap().to_string(), text);
    }
    let rule: Rule = "rrule:byday=th,mo,th;freq=weekly;until=20271231T235959Z".parse().unwrap();
    assert_eq!(rule.to_string(), "FREQ=WEEKLY;BYDAY=MO,TH;UNTIL=20271231");
}

#[test]
fn bad_rules_are_told_apart() {
    for (text, message) in [
        ("", "FREQ is missing"),
        ("INTERVAL=2", "FREQ is missing"),
        ("FREQ=HOURLY", "FREQ=HOURLY: a task repeats by days or longer"),
        ("FREQ=FORTNIGHTLY", "FREQ=FORTNIGHTLY is unknown; DAILY, WEEKLY, MONTHLY and YEARLY are"),
        ("FREQ=DAILY;INTERVAL=0", "`0` is no value of INTERVAL"),
        ("FREQ=DAILY;INTERVAL=99999999999999999999", "`99999999999999999999` is no value of INTERVAL"),
        ("FREQ=DAILY;COUNT=0", "`0` is no value of COUNT"),
        ("FREQ=DAILY;COUNT=10001", "`10001` is no value of COUNT"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101", "COUNT and UNTIL exclude each other"),
        ("FREQ=DAILY;UNTIL=20270230", "`20270230` is no value of UNTIL"),
        ("FREQ=DAILY;FREQ=WEEKLY", "FREQ is given twice"),
        ("FREQ=DAILY;BYHOUR=9", "BYHOUR: the time of day is that of the task's date"),
        ("FREQ=DAILY;COLOUR=RED", "COLOUR is no part of a rule"),
        ("FREQ=DAILY;BYDAY", "`BYDAY` is no part of a rule; write `NAME=value`"),
        ("FREQ=WEEKLY;BYDAY=1MO", "a numbered weekday (`1MO`) needs FREQ=MONTHLY or YEARLY"),
        ("FREQ=MONTHLY;BYDAY=0MO", "`0MO` is no value of BYDAY"),
        ("FREQ=MONTHLY;BYDAY=é", "`É` is no value of BYDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "`32` is no value of BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "`0` is no value of BYMONTHDAY"),
        ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS needs another BY part to choose from"),
        ("FREQ=MONTHLY;BYWEEKNO=1", "BYWEEKNO needs FREQ=YEARLY"),
    ] {
        let told = text.parse::<Rule>().unwrap_err().to_string();
        // Only ASCII letters are made upper case.
        assert_eq!(told.replace('é', "É"), message, "{text}");
    }
}
