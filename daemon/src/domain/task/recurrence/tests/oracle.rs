//! Our dates against those of the crate `rrule`.

use chrono::Datelike as _;
use jiff::civil::Date;
use proptest::prelude::*;
use rrule::RRuleSet;

use super::super::dates::Dates;
use super::super::rule::Rule;
use super::date;
use super::phrases::rule_text;

/// How many dates are compared.
const COMPARED: u16 = 40;

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn dates_are_those_of_the_crate(text in rule_text(), start in 0i32..5_000) {
        let start = date("2024-01-01").checked_add(jiff::Span::new().days(start)).unwrap();
        let rule: Rule = text.parse().unwrap();
        // In the first days of January the crate, as dateutil, takes the number of last year's weeks from this year.
        prop_assume!(rule.by_week_no.is_empty());
        // What it leaves open is filled by us on purpose; see `Rule::filled`.
        let filled = rule.filled(start);
        let expected = theirs(&filled, start);
        let ours: Vec<Date> = Dates::new(&rule, start).take(COMPARED.into()).collect();
        // The crate gives up at its own limits; as far as it goes, both agree.
        let compared = ours.len().min(expected.len());
        prop_assert_eq!(&ours[..compared], &expected[..compared], "{} from {}", filled, start);
        prop_assert!(ours.len() >= expected.len());
    }

    #[test]
    fn weeks_are_those_of_iso_8601(week in 1i8..=53, start in 0i32..5_000) {
        let start = date("2024-01-01").checked_add(jiff::Span::new().days(start)).unwrap();
        let rule: Rule = format!("FREQ=YEARLY;BYWEEKNO={week}").parse().unwrap();
        let days = start.series(jiff::Span::new().days(1)).filter(|day| day.iso_week_date().week() == week);
        prop_assert!(days.take(40).eq(Dates::new(&rule, start).take(40)));
    }

    /// To begin later is to leave out what was before.
    #[test]
    fn a_later_beginning_skips(text in rule_text(), start in 0i32..5_000, later in 0i32..3_000) {
        let start = date("2024-01-01").checked_add(jiff::Span::new().days(start)).unwrap();
        let from = start.checked_add(jiff::Span::new().days(later)).unwrap();
        let rule: Rule = text.parse().unwrap();
        let walked: Vec<Date> = Dates::new(&rule, start).skip_while(|date| *date < from).take(20).collect();
        let skipped: Vec<Date> = Dates::new(&rule, start).from(from).take(20).collect();
        prop_assert_eq!(walked, skipped);
    }
}

fn theirs(rule: &Rule, start: Date) -> Vec<Date> {
    // `UNTIL` has to be a time in UTC when the start is.
    let text = rule.to_string();
    let text = match rule.until {
        Some(until) => {
            text.replace(&until.strftime("%Y%m%d").to_string(), &until.strftime("%Y%m%dT000000Z").to_string())
        }
        None => text,
    };
    let text = format!("DTSTART:{}\nRRULE:{text}", start.strftime("%Y%m%dT000000Z"));
    // One that ends before it starts is an error there.
    let Ok(set) = text.parse::<RRuleSet>() else {
        assert!(rule.until.is_some_and(|until| until < start), "{text}");
        return Vec::new();
    };
    let dates = set.all(COMPARED).dates.into_iter();
    dates.map(|at| Date::new(at.year() as i16, at.month() as i8, at.day() as i8).unwrap()).collect()
}
