//! Steps in time: `3d`, `2w`, `1mo`, `1q`, `1y`, `5h`, `30min`, and several in a row.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// A length of time: months, then days, then minutes are added.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Step {
    months: i64,
    days: i64,
    minutes: i64,
}

/// Most digits of a count: enough for any date, far from overflow.
const COUNT_DIGITS: usize = 7;

/// Why a text is no step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoStep {
    /// It does not look like one.
    Other,
    /// `m` may mean months or minutes.
    MonthsOrMinutes,
}

impl Step {
    pub(super) const fn days(days: i64) -> Self {
        Self { months: 0, days, minutes: 0 }
    }

    pub(super) const fn months(months: i64) -> Self {
        Self { months, days: 0, minutes: 0 }
    }

    /// `count` times a unit's word (`d`, `days`, `mo` …).
    pub(super) fn of(count: i64, unit: &str) -> Result<Self, NoStep> {
        let mut step = Self::default();
        match unit {
            "d" | "day" | "days" => step.days = count,
            "w" | "wk" | "wks" | "week" | "weeks" => step.days = count * 7,
            "mo" | "mos" | "mth" | "mths" | "month" | "months" => step.months = count,
            "q" | "qtr" | "qtrs" | "quarter" | "quarters" => step.months = count * 3,
            "y" | "yr" | "yrs" | "year" | "years" => step.months = count * 12,
            "h" | "hr" | "hrs" | "hour" | "hours" => step.minutes = count * 60,
            "min" | "mins" | "minute" | "minutes" => step.minutes = count,
            "m" => return Err(NoStep::MonthsOrMinutes),
            _ => return Err(NoStep::Other),
        }
        Ok(step)
    }

    /// Reads one or more counts with units, without spaces (`1w2d`), in lower case.
    pub(super) fn parse(text: &str) -> Result<Self, NoStep> {
        let mut rest = text;
        let mut sum = Self::default();
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or(NoStep::Other)?;
            let (count, behind) = rest.split_at(digits);
            let letters = behind.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(behind.len());
            let (unit, behind) = behind.split_at(letters);
            let part = Self::of(parse_count(count).ok_or(NoStep::Other)?, unit)?;
            sum.months += part.months;
            sum.days += part.days;
            sum.minutes += part.minutes;
            rest = behind;
        }
        if text.is_empty() { Err(NoStep::Other) } else { Ok(sum) }
    }

    pub(super) fn negated(self) -> Self {
        Self { months: -self.months, days: -self.days, minutes: -self.minutes }
    }

    /// Whether it is counted in hours or minutes, at least in part, and so needs a time to start from.
    pub(super) fn has_time(self) -> bool {
        self.minutes != 0
    }

    /// Adds months (a day the month lacks becomes its last) and days; `None` beyond the calendar.
    pub(super) fn add_to_day(self, day: Date) -> Option<Date> {
        day.checked_add(self.calendar_span()?).ok()
    }

    /// Adds months and days to the wall clock, then hours and minutes to the instant, so that `5h` is five hours on a
    /// day that has 23; `None` beyond the calendar.
    pub(super) fn add_to_time(self, at: DateTime, zone: &TimeZone) -> Option<DateTime> {
        let at = at.checked_add(self.calendar_span()?).ok()?;
        if !self.has_time() {
            return Some(at);
        }
        let start: Timestamp = zone.to_ambiguous_zoned_datetime(at).compatible().ok()?.timestamp();
        let end = start.checked_add(Span::new().try_minutes(self.minutes).ok()?).ok()?;
        Some(end.to_zoned_datetime(zone.clone()).datetime())
    }

    fn calendar_span(self) -> Option<Span> {
        Span::new().try_months(self.months).ok()?.try_days(self.days).ok()
    }
}

/// Reads a count that cannot overflow anything.
pub(super) fn parse_count(digits: &str) -> Option<i64> {
    let fits = !digits.is_empty() && digits.len() <= COUNT_DIGITS;
    if fits && digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
}
