//! The template of recurring tasks, as one series.
//!
//! Taskwarrior makes a task of each date and hides the template. Those that are made already stay tasks of their own;
//! the series goes on with the first date that has none, so that none is there twice.

use jiff::civil::Date;

use super::attributes::Attributes;
use super::date::Edge;
use crate::domain::date::{Now, When, days_between};
use crate::domain::task::recurrence::{
    Mode, Recurrence, Rule, ShownDates, TaskDate, dates, on_day, parse_phrase,
};

/// Names of periods that no phrase has.
const PERIODS: [(&str, &str); 9] = [
    ("sennight", "1w"),
    ("biweekly", "2w"),
    ("fortnight", "2w"),
    ("bimonthly", "2mo"),
    ("semiannual", "6mo"),
    ("annual", "1y"),
    ("biannual", "2y"),
    ("biyearly", "2y"),
    ("quarterly", "3mo"),
];

/// What a template becomes: its recurrence, and its dates at the first occurrence.
pub(super) struct Series {
    pub(super) recurrence: Recurrence,
    pub(super) dates: ShownDates,
}

/// Reads a template; `None` for any other task, and for one whose period or dates make no series, which is noted.
pub(super) fn series(attributes: &mut Attributes<'_>, dates: &ShownDates, now: &Now) -> Option<Series> {
    if attributes.peek("status") != Some("recurring") {
        return None;
    }
    let due = dates[TaskDate::Due as usize].clone()?;
    let mut rule = attributes.peek("recur").and_then(|period| rule(period, now))?;
    let end = attributes.peek("until").map(str::to_owned);
    rule.until = end.and_then(|end| attributes.when_of(&end, Edge::End)).map(|until| until.date());
    let anchor = first_unmade(&rule, due.date(), attributes.peek("mask").unwrap_or_default())?;
    let mode = if attributes.peek("rtype") == Some("chained") { Mode::After } else { Mode::Fixed };
    let delta = days_between(due.date(), anchor);
    let shifted = |when: &When| {
        let day = when.date().checked_add(jiff::Span::new().days(delta)).ok()?;
        Some(on_day(when, day))
    };
    let mut dates: ShownDates = dates.clone().map(|when| when.as_ref().and_then(shifted));
    // `until` ends the series; no occurrence expires by it.
    dates[TaskDate::Expires as usize] = None;
    attributes.note(format!("is the template of recurring tasks; its series goes on with {anchor}"));
    Some(Series { recurrence: Recurrence::new(rule, mode, TaskDate::Due, anchor, &dates), dates })
}

/// The first date that Taskwarrior has made no task of: its mask has a sign for each.
fn first_unmade(rule: &Rule, due: Date, mask: &str) -> Option<Date> {
    dates(rule, due).nth(mask.chars().count())
}

/// The rule of a period: `weekly`, `3wks`, `weekdays`, `P14D`.
fn rule(period: &str, now: &Now) -> Option<Rule> {
    let period = period.trim().to_lowercase();
    let named = PERIODS.iter().find(|(name, _)| *name == period).map(|(_, phrase)| (*phrase).to_owned());
    let phrase = named.or_else(|| iso_period(&period)).unwrap_or(period);
    parse_phrase(&phrase, now)
        .ok()
        .filter(|phrase| phrase.at.is_none() && phrase.from.is_none())
        .map(|p| p.rule)
}

/// `p14d`, `p1m`: one number and one unit of days or longer.
fn iso_period(period: &str) -> Option<String> {
    let body = period.strip_prefix('p')?;
    let (digits, unit) = body.split_at_checked(body.len().checked_sub(1)?)?;
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let unit = match unit {
        "d" | "w" | "y" => unit,
        "m" => "mo",
        _ => return None,
    };
    is_number.then(|| format!("{digits}{unit}"))
}
