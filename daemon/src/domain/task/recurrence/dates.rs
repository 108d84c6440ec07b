//! The dates of a rule, period by period, without walking through those before the one asked for.

use std::collections::VecDeque;

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};

use super::rule::{Frequency, Rule, WeekdayNum};
use crate::domain::date::days_between;

/// Dates of a rule from the date it starts from, in order, each once.
#[derive(Debug)]
pub(super) struct Dates {
    /// Filled from `start`.
    rule: Rule,
    start: Date,
    /// The next period, counted in intervals from the one `start` is in.
    period: i64,
    /// Dates of the periods worked out already.
    ready: VecDeque<Date>,
    /// How many more dates there may be.
    left: Option<u32>,
}

impl Dates {
    /// The dates of `rule`, which starts from `start`; the start itself is one only if the rule falls on it.
    pub(super) fn new(rule: &Rule, start: Date) -> Self {
        let rule = rule.filled(start);
        Self { left: rule.count, rule, start, period: 0, ready: VecDeque::new() }
    }

    /// The same from a date on. What a count leaves is counted from the start all the same.
    pub(super) fn from(mut self, from: Date) -> impl Iterator<Item = Date> {
        if self.left.is_none() && from > self.start {
            let behind = match self.rule.frequency {
                Frequency::Daily => i64::from(days_between(self.start, from)),
                Frequency::Weekly => i64::from(days_between(self.start, from)) / 7,
                Frequency::Monthly => months_of(from) - months_of(self.start),
                Frequency::Yearly => i64::from(from.year() - self.start.year()),
            };
            // One less: a week may have begun before its first whole seven days.
            self.period = (behind / i64::from(self.rule.interval) - 1).max(0);
        }
        self.skip_while(move |date| *date < from)
    }

    /// How many periods without a date are looked through before none is expected: longer than any gap of a calendar
    /// date (eight years between two 29th of February, forty if it has to be a Monday).
    fn patience(&self) -> u32 {
        match self.rule.frequency {
            Frequency::Daily => 4_000,
            Frequency::Weekly | Frequency::Monthly => 1_000,
            Frequency::Yearly => 400,
        }
    }

    /// Works the next period out; `None` beyond the calendar.
    fn fill(&mut self) -> Option<()> {
        let count = self.period.checked_mul(i64::from(self.rule.interval))?;
        self.period += 1;
        let (first, last) = self.period_at(count)?;
        let rule = &self.rule;
        let mut days = Vec::new();
        let mut day = Some(first);
        while let Some(date) = day.filter(|date| *date <= last) {
            if falls_on(rule, date) {
                days.push(date);
            }
            day = date.tomorrow().ok();
        }
        if !rule.by_set_pos.is_empty() {
            let chosen = rule.by_set_pos.iter().filter_map(|&place| nth_of(&days, place));
            let mut chosen: Vec<Date> = chosen.collect();
            chosen.sort_unstable();
            chosen.dedup();
            days = chosen;
        }
        let until = rule.until.unwrap_or(Date::MAX);
        self.ready.extend(days.into_iter().filter(|date| *date >= self.start && *date <= until));
        Some(())
    }

    /// First and last day of the period so many units from the start's.
    fn period_at(&self, count: i64) -> Option<(Date, Date)> {
        Some(match self.rule.frequency {
            Frequency::Daily => {
                let day = plus_days(self.start, count)?;
                (day, day)
            }
            Frequency::Weekly => {
                let first =
                    plus_days(first_of_week(self.start, self.rule.week_start)?, count.checked_mul(7)?)?;
                (first, plus_days(first, 6)?)
            }
            Frequency::Monthly => {
                let month = months_of(self.start).checked_add(count)?;
                let year = i16::try_from(month.div_euclid(12)).ok()?;
                let first = Date::new(year, i8::try_from(month.rem_euclid(12)).ok()? + 1, 1).ok()?;
                (first, first.last_of_month())
            }
            Frequency::Yearly => {
                let year = i64::from(self.start.year()).checked_add(count)?;
                let first = Date::new(i16::try_from(year).ok()?, 1, 1).ok()?;
                (first, first.last_of_year())
            }
        })
    }

    /// Whether the period that comes next begins after the last day there may be.
    fn is_over(&self) -> bool {
        let Some(until) = self.rule.until else { return false };
        let count = self.period.saturating_mul(i64::from(self.rule.interval));
        self.period_at(count).is_none_or(|(first, _)| first > until)
    }
}

impl Iterator for Dates {
    type Item = Date;

    fn next(&mut self) -> Option<Date> {
        if self.left == Some(0) {
            return None;
        }
        let mut patience = self.patience();
        while self.ready.is_empty() {
            if patience == 0 || self.is_over() {
                return None;
            }
            patience -= 1;
            self.fill()?;
        }
        self.left = self.left.map(|left| left - 1);
        self.ready.pop_front()
    }
}

/// Months since the year 0.
fn months_of(date: Date) -> i64 {
    i64::from(date.year()) * 12 + i64::from(date.month()) - 1
}

fn plus_days(date: Date, days: i64) -> Option<Date> {
    date.checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

fn first_of_week(date: Date, week_start: Weekday) -> Option<Date> {
    date.checked_sub(i64::from(date.weekday().since(week_start)).days()).ok()
}

/// The `place`th of some days, from 1, or from the end when negative.
fn nth_of(days: &[Date], place: i16) -> Option<Date> {
    let place = i64::from(place);
    let length = days.len() as i64;
    let at = if place > 0 { place - 1 } else { length + place };
    usize::try_from(at).ok().and_then(|at| days.get(at)).copied()
}

/// Whether a filled rule falls on a day of one of its periods.
fn falls_on(rule: &Rule, date: Date) -> bool {
    (rule.by_month.is_empty() || rule.by_month.contains(&date.month()))
        && (rule.by_month_day.is_empty() || is_month_day(&rule.by_month_day, date))
        && (rule.by_day.is_empty() || rule.by_day.iter().any(|day| is_weekday(rule, *day, date)))
        && (rule.by_year_day.is_empty() || is_year_day(&rule.by_year_day, date))
        && (rule.by_week_no.is_empty() || is_in_week(rule, date))
}

fn is_month_day(days: &[i8], date: Date) -> bool {
    let from_end = date.day() - date.days_in_month() - 1;
    days.contains(&date.day()) || days.contains(&from_end)
}

fn is_year_day(days: &[i16], date: Date) -> bool {
    let from_end = date.day_of_year() - date.days_in_year() - 1;
    days.contains(&date.day_of_year()) || days.contains(&from_end)
}

/// A numbered weekday counts within the month where the rule is monthly or names months, else within the year.
fn is_weekday(rule: &Rule, wanted: WeekdayNum, date: Date) -> bool {
    if date.weekday() != wanted.day {
        return false;
    }
    if wanted.nth == 0 {
        return true;
    }
    let in_month = rule.frequency == Frequency::Monthly || !rule.by_month.is_empty();
    let (day, length) = match in_month {
        true => (i16::from(date.day()), i16::from(date.days_in_month())),
        false => (date.day_of_year(), date.days_in_year()),
    };
    let nth = i16::from(wanted.nth);
    if nth > 0 { (day - 1) / 7 + 1 == nth } else { (length - day) / 7 + 1 == -nth }
}

/// Whether a day is in one of the weeks, numbered as ISO 8601 does, whatever day they begin on.
fn is_in_week(rule: &Rule, date: Date) -> bool {
    let Some(first) = first_of_week(date, rule.week_start) else { return false };
    // A week belongs to the year that has four of its days.
    let Some(middle) = plus_days(first, 3) else { return false };
    let number = (middle.day_of_year() - 1) / 7 + 1;
    let weeks = (middle.days_in_year() - middle.day_of_year()) / 7 + number;
    let of = |wanted: i16| if wanted > 0 { wanted } else { weeks + 1 + wanted };
    rule.by_week_no.iter().any(|&wanted| of(i16::from(wanted)) == number)
}
