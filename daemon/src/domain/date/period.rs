//! Days, weeks, months, quarters and years as stretches of days.

use jiff::civil::{Date, Weekday};

use super::Step;

/// A kind of period of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Period {
    Day,
    Week,
    /// Monday to Friday of the week.
    WorkWeek,
    Month,
    Quarter,
    Year,
}

/// Which end of a period is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    First,
    Last,
}

impl Period {
    /// The letters of Taskwarrior's words: `w` of `sow`.
    fn from_letters(letters: &str) -> Option<Self> {
        Some(match letters {
            "d" => Self::Day,
            "w" => Self::Week,
            "ww" => Self::WorkWeek,
            "m" => Self::Month,
            "q" => Self::Quarter,
            "y" => Self::Year,
            _ => return None,
        })
    }

    /// The word behind `next`.
    pub(super) fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "week" => Self::Week,
            "month" => Self::Month,
            "quarter" => Self::Quarter,
            "year" => Self::Year,
            _ => return None,
        })
    }

    /// First or last day of the period `offset` periods from the one a day is in; `None` beyond the calendar.
    pub(super) fn day(self, today: Date, offset: i64, end: End, week_start: Weekday) -> Option<Date> {
        let first = |day: Date| -> Option<Date> {
            Some(match self {
                Self::Day => day,
                Self::Week => first_of_week(day, week_start)?,
                Self::WorkWeek => {
                    let first = first_of_week(day, week_start)?;
                    Step::days(i64::from(first.weekday().until(Weekday::Monday))).add_to_day(first)?
                }
                Self::Month => day.first_of_month(),
                Self::Quarter => Date::new(day.year(), (day.month() - 1) / 3 * 3 + 1, 1).ok()?,
                Self::Year => day.first_of_year(),
            })
        };
        let start = first(self.length(offset).add_to_day(first(today)?)?)?;
        match (end, self) {
            (End::First, _) => Some(start),
            (End::Last, Self::WorkWeek) => Step::days(4).add_to_day(start),
            (End::Last, Self::Year) => Some(start.last_of_year()),
            (End::Last, Self::Month) => Some(start.last_of_month()),
            (End::Last, Self::Quarter) => Some(Step::months(2).add_to_day(start)?.last_of_month()),
            (End::Last, Self::Week) => Step::days(6).add_to_day(start),
            (End::Last, Self::Day) => Some(start),
        }
    }

    fn length(self, count: i64) -> Step {
        match self {
            Self::Day => Step::days(count),
            Self::Week | Self::WorkWeek => Step::days(count * 7),
            Self::Month => Step::months(count),
            Self::Quarter => Step::months(count * 3),
            Self::Year => Step::months(count * 12),
        }
    }
}

/// Reads `sow`, `eonm`, `sodp` …: which end, which period, how many periods from now.
///
/// `n` (next) and `p` (previous) may stand inside, as Taskwarrior has them, or at the end.
pub(super) fn parse_period_word(word: &str) -> Option<(End, Period, i64)> {
    let (end, rest) = match word.split_at_checked(2)? {
        ("so", rest) => (End::First, rest),
        ("eo", rest) => (End::Last, rest),
        _ => return None,
    };
    if let Some(period) = Period::from_letters(rest) {
        return Some((end, period, 0));
    }
    let shifted = |letter: char| {
        let letters = rest.strip_prefix(letter).or_else(|| rest.strip_suffix(letter))?;
        Period::from_letters(letters)
    };
    if let Some(period) = shifted('n') {
        return Some((end, period, 1));
    }
    shifted('p').map(|period| (end, period, -1))
}

/// First day of the week a day is in; `None` before the calendar's begin.
fn first_of_week(day: Date, week_start: Weekday) -> Option<Date> {
    Step::days(-i64::from(day.weekday().since(week_start))).add_to_day(day)
}
