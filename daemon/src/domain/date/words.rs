//! The date words of every surface: one table, one parser, never a guess.

use std::fmt;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

use super::clock::{parse_iso, parse_time};
use super::names::{self, FIELDS, MONTHS, OTHERS, WEEKDAYS};
use super::period::{End, Period, parse_period_word};
use super::step::{NoStep, Step, parse_count};
use super::{Now, When};
use crate::domain::suggest::nearest;

/// Most characters of a date; longer texts are none.
const LONGEST: usize = 80;

/// What a date word means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DateWord {
    /// A date.
    When(When),
    /// `someday`: a status, not a date.
    Someday,
    /// Nothing was written: no date.
    None,
}

/// A text is no date the table knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DateError {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl DateError {
    fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: Some(hint.into()) }
    }

    fn out_of_range(text: impl fmt::Display) -> Self {
        Self::new(format!("`{text}` is beyond the calendar"), "dates end with the year 9999")
    }
}

/// Reads a date in words: `fri`, `next fri 17:00`, `in 3 days`, `eom`, `27 nov`, `2026-11-27`, `due-3d` …
///
/// Letter case does not count. `field` gives the task's own dates for arithmetic (`due`, `planned`, `defer`,
/// `expires`, `follow_up`). A weekday, an ordinal or a month is the next one after today; a date without year
/// (`27 nov`) the next one from today on; a day a month lacks is its last when steps lead to it.
///
/// # Errors
/// [`DateError`] naming the word that is not known, or saying that there is no such date.
pub fn parse_date(
    text: &str,
    now: &Now,
    field: &dyn Fn(&str) -> Option<When>,
) -> Result<DateWord, DateError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(DateWord::None);
    }
    if text.chars().count() > LONGEST {
        return Err(DateError::new("that is too long for a date", "write a date as `fri` or `2026-11-27`"));
    }
    if text.eq_ignore_ascii_case("someday") {
        return Ok(DateWord::Someday);
    }
    Reader { now, field }.date(text).map(DateWord::When)
}

struct Reader<'a> {
    now: &'a Now,
    field: &'a dyn Fn(&str) -> Option<When>,
}

impl Reader<'_> {
    fn date(&self, text: &str) -> Result<When, DateError> {
        // Before folding: a zone's name has upper case.
        if let Some(found) = parse_iso(text, self.now) {
            return found.ok_or_else(|| no_such_date(text));
        }
        let text = text.to_lowercase();
        let words: Vec<&str> = text.split_whitespace().collect();
        if let Some(when) = self.with_time(&words) {
            return when;
        }
        if let Some(when) = self.relative(&words) {
            return when;
        }
        if let Some(when) = self.arithmetic(&text) {
            return when;
        }
        match *words.as_slice() {
            [word] => self.word(word),
            ["next", word] => self.next(word),
            _ => self.day_and_month(&words),
        }
    }

    /// `17:00`, `fri 17:00`, `tomorrow at 9:30`.
    fn with_time(&self, words: &[&str]) -> Option<Result<When, DateError>> {
        let (last, before) = words.split_last()?;
        let time = parse_time(last)?;
        let before = before.strip_suffix(&["at"]).unwrap_or(before);
        if before.is_empty() {
            let today = self.time(self.now.today(), time);
            if today.is_past(self.now)
                && let Some(tomorrow) = Step::days(1).add_to_day(self.now.today())
            {
                return Some(Ok(self.time(tomorrow, time)));
            }
            return Some(Ok(today));
        }
        Some(match self.date(&before.join(" ")) {
            Ok(When::Day(day)) => Ok(self.time(day, time)),
            Ok(When::Time { .. }) => Err(DateError::new(
                format!("`{}` has a time already", before.join(" ")),
                format!("leave `{last}` out"),
            )),
            Err(error) => Err(error),
        })
    }

    fn time(&self, day: Date, time: jiff::civil::Time) -> When {
        When::Time { at: day.to_datetime(time), zone: self.now.zone_name().into() }
    }

    /// `3d`, `in 3 days`, `3 days ago`, `in a week`: steps from today, or from now when hours are among them.
    fn relative(&self, words: &[&str]) -> Option<Result<When, DateError>> {
        let (words, sign) = match words {
            ["in", rest @ ..] => (rest, Sign::Plus),
            [rest @ .., "ago"] => (rest, Sign::Minus),
            rest => (rest, Sign::Plus),
        };
        let step = match *words {
            [compact] if compact.starts_with(|c: char| c.is_ascii_digit()) => Step::parse(compact),
            ["a" | "an", unit] => Step::of(1, unit),
            [count, unit] => Step::of(parse_count(count)?, unit),
            _ => return None,
        };
        Some(match step {
            Ok(step) => self.step_from_now(sign.of(step), &words.join(" ")),
            Err(NoStep::MonthsOrMinutes) => Err(months_or_minutes(&words.join(" "))),
            Err(NoStep::Other) => return None,
        })
    }

    /// `due-3d`, `tomorrow+2d`, `+3d`, `now + 90min`: the last sign with a step behind it.
    fn arithmetic(&self, text: &str) -> Option<Result<When, DateError>> {
        let at = text.rfind(['+', '-'])?;
        let (base, behind) = text.split_at(at);
        let (base, sign) = (base.trim(), if behind.starts_with('+') { Sign::Plus } else { Sign::Minus });
        let typed = behind[1..].trim();
        let step = match Step::parse(typed) {
            Ok(step) => sign.of(step),
            Err(NoStep::MonthsOrMinutes) => return Some(Err(months_or_minutes(typed))),
            Err(NoStep::Other) => return None,
        };
        if base.is_empty() {
            return Some(self.step_from_now(step, text));
        }
        Some(self.date(base).and_then(|start| add(&start, step, text)))
    }

    fn step_from_now(&self, step: Step, text: &str) -> Result<When, DateError> {
        let start = if step.has_time() { self.this_minute() } else { When::Day(self.now.today()) };
        add(&start, step, text)
    }

    fn this_minute(&self) -> When {
        let at = self.now.local().datetime();
        let time = at.time().with().second(0).subsec_nanosecond(0).build().unwrap_or(at.time());
        When::Time { at: at.date().to_datetime(time), zone: self.now.zone_name().into() }
    }

    fn word(&self, word: &str) -> Result<When, DateError> {
        let today = self.now.today();
        let days = |count| Step::days(count).add_to_day(today);
        let day = match word {
            "now" => return Ok(self.this_minute()),
            "today" | "tod" => Some(today),
            "tomorrow" | "tom" => days(1),
            "yesterday" => days(-1),
            _ => {
                if let Some(weekday) = names::weekday(word) {
                    days(days_until(today.weekday(), weekday))
                } else if let Some(day) = names::ordinal(word) {
                    next_day_of_month(today, day)
                } else if let Some(month) = names::month(word) {
                    next_month(today, month)
                } else if let Some((end, period, offset)) = parse_period_word(word) {
                    period.day(today, offset, end, self.now.week_start)
                } else if let Some(&(_, name)) = FIELDS.iter().find(|(name, _)| *name == word) {
                    return self.own(name);
                } else {
                    return Err(unknown(word));
                }
            }
        };
        day.map(When::Day).ok_or_else(|| DateError::out_of_range(word))
    }

    fn own(&self, name: &str) -> Result<When, DateError> {
        (self.field)(name).ok_or_else(|| {
            DateError::new(
                format!("{name} is not set, so nothing can be counted from it"),
                "write a date instead",
            )
        })
    }

    /// `next fri`: that of next week; `next week`, `next month` …: its first day.
    fn next(&self, word: &str) -> Result<When, DateError> {
        let (today, week_start) = (self.now.today(), self.now.week_start);
        let day = if let Some(weekday) = names::weekday(word) {
            Period::Week
                .day(today, 1, End::First, week_start)
                .and_then(|first| Step::days(i64::from(weekday.since(first.weekday()))).add_to_day(first))
        } else if let Some(period) = Period::from_word(word) {
            period.day(today, 1, End::First, week_start)
        } else {
            return Err(unknown(word));
        };
        day.map(When::Day).ok_or_else(|| DateError::out_of_range(format!("next {word}")))
    }

    /// `27 nov`, `nov 27`, `27th november 2027`.
    fn day_and_month(&self, words: &[&str]) -> Result<When, DateError> {
        let day = |word| names::day_of_month(word).or_else(|| names::ordinal(word));
        let [first, second, year @ ..] = words else { return Err(unknown(&words.join(" "))) };
        let (day, month) = match (day(first), names::month(second), names::month(first), day(second)) {
            (Some(day), Some(month), ..) | (_, _, Some(month), Some(day)) => (day, month),
            _ => return Err(self.unknown_of(words)),
        };
        let text = || words.join(" ");
        let date = match year {
            [] => next_date(self.now.today(), month, day),
            [year] if year.len() == 4 => year.parse().ok().and_then(|year| Date::new(year, month, day).ok()),
            _ => return Err(self.unknown_of(words)),
        };
        date.map(When::Day).ok_or_else(|| no_such_date(&text()))
    }

    /// Names the first of several words that no date has.
    fn unknown_of(&self, words: &[&str]) -> DateError {
        let known = |word: &&&str| {
            parse_count(word).is_some()
                || matches!(**word, "next" | "in" | "at" | "ago" | "a" | "an")
                || Step::of(1, word).is_ok()
                || self.word(word).is_ok()
        };
        match words.iter().find(|word| !known(word)) {
            Some(word) => unknown(word),
            None => unknown(&words.join(" ")),
        }
    }
}

#[derive(Clone, Copy)]
enum Sign {
    Plus,
    Minus,
}

impl Sign {
    fn of(self, step: Step) -> Step {
        match self {
            Self::Plus => step,
            Self::Minus => step.negated(),
        }
    }
}

/// Adds a step to a date; `text` is what an error names.
fn add(start: &When, step: Step, text: &str) -> Result<When, DateError> {
    let sum = match start {
        When::Day(_) if step.has_time() => {
            return Err(DateError::new(
                format!("`{text}` adds hours to a day without a time"),
                "give the day a time first, as in `fri 9:00+3h`",
            ));
        }
        When::Day(day) => step.add_to_day(*day).map(When::Day),
        When::Time { at, zone } => step
            .add_to_time(*at, &TimeZone::get(zone).unwrap_or(TimeZone::UTC))
            .map(|at| When::Time { at, zone: zone.clone() }),
    };
    sum.ok_or_else(|| DateError::out_of_range(text))
}

/// Days from one weekday to the next of another, 1 to 7.
fn days_until(from: Weekday, to: Weekday) -> i64 {
    match from.until(to) {
        0 => 7,
        days => i64::from(days),
    }
}

/// The next such day of a month after today; months that lack it are passed over.
fn next_day_of_month(today: Date, day: i8) -> Option<Date> {
    (0..=2)
        .filter_map(|months| Step::months(months).add_to_day(today.first_of_month()))
        .filter_map(|month| Date::new(month.year(), month.month(), day).ok())
        .find(|&date| date > today)
}

/// First day of the next such month after today.
fn next_month(today: Date, month: i8) -> Option<Date> {
    let this_year = Date::new(today.year(), month, 1).ok()?;
    if this_year > today { Some(this_year) } else { Date::new(today.year().checked_add(1)?, month, 1).ok() }
}

/// The next such date from today on; 29 February may be eight years away.
fn next_date(today: Date, month: i8, day: i8) -> Option<Date> {
    (0..=8)
        .filter_map(|years| Date::new(today.year().checked_add(years)?, month, day).ok())
        .find(|&date| date >= today)
}

fn no_such_date(text: &str) -> DateError {
    DateError::new(format!("there is no date `{text}`"), "look at the day, the month and the time")
}

fn months_or_minutes(text: &str) -> DateError {
    DateError::new(format!("`{text}` may mean months or minutes"), "write `mo` or `min`")
}

fn unknown(word: &str) -> DateError {
    let names = || WEEKDAYS.into_iter().map(|(name, _)| name).chain(MONTHS);
    let words = names().chain(names().map(|name| &name[..3])).chain(OTHERS);
    let hint = nearest(word, words).map_or_else(
        || "write a date as `fri`, `tomorrow 9:30`, `3d`, `eom`, `27 nov` or `2026-11-27`".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    DateError::new(format!("unknown date `{word}`"), hint)
}
