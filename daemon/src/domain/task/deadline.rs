//! An effective due date in eight bytes, in the order `next` breaks ties by.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use crate::domain::date::{Now, When, days_between};

const EPOCH: Date = Date::constant(1970, 1, 1);

/// Seconds of a whole day: after every time of that day.
const WHOLE_DAY: u32 = u32::MAX;

/// Room before the date in UTC, since a zone's day may begin before UTC's.
const TWO_DAYS_IN_SECONDS: i64 = 2 * 24 * 60 * 60;

/// When a task has to be finished, for one user: the local date, then the instant, a time before the whole day.
///
/// Smaller is earlier; [`Deadline::NONE`] is last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(i64);

impl Deadline {
    /// No deadline at all.
    pub const NONE: Self = Self(i64::MAX);

    /// The deadline a due date makes where the user is.
    pub fn of(due: Option<&When>, now: &Now) -> Self {
        let Some(due) = due else { return Self::NONE };
        let date = due.local_date(now);
        let second = match due {
            When::Day(_) => WHOLE_DAY,
            When::Time { .. } => seconds_from(date, due.instant()),
        };
        Self(i64::from(days_between(EPOCH, date)) << 32 | i64::from(second))
    }

    /// Whether there is none.
    pub fn is_none(self) -> bool {
        self == Self::NONE
    }

    /// Local days from a date to it; `None` without a deadline.
    pub fn days_from(self, date: Date) -> Option<i32> {
        (!self.is_none()).then(|| self.epoch_day() - days_between(EPOCH, date))
    }

    /// The number, for cursors.
    pub(super) const fn number(self) -> i64 {
        self.0
    }

    /// Reads the number of a cursor.
    pub(super) const fn from_number(number: i64) -> Self {
        Self(number)
    }

    fn epoch_day(self) -> i32 {
        // The high half of the number is an i32 by construction.
        (self.0 >> 32) as i32
    }
}

/// Seconds from two days before the date began in UTC to the instant, so that times of one date keep their order.
fn seconds_from(date: Date, instant: Timestamp) -> u32 {
    let Ok(start) = TimeZone::UTC.to_timestamp(date.to_datetime(Time::midnight())) else { return 0 };
    let seconds = instant.as_second() - start.as_second() + TWO_DAYS_IN_SECONDS;
    u32::try_from(seconds).unwrap_or(0).min(WHOLE_DAY - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deadline(text: &str) -> Deadline {
        let now = Now::new(Timestamp::UNIX_EPOCH, TimeZone::get("Europe/Berlin").unwrap());
        Deadline::of(Some(&text.parse().unwrap()), &now)
    }

    #[test]
    fn deadlines_sort_by_local_date_then_instant() {
        let sorted = [
            "-009999-01-01",
            "1969-12-31",
            "1970-01-01",
            "2026-11-26T23:59:00[Europe/Berlin]",
            "2026-11-26",
            // Already the 27th in Berlin.
            "2026-11-26T18:30:00[America/New_York]",
            "2026-11-27T09:00:00[Europe/Berlin]",
            "2026-11-27",
            "9999-12-31",
        ];
        for pair in sorted.windows(2) {
            assert!(deadline(pair[0]) < deadline(pair[1]), "{} before {}", pair[0], pair[1]);
        }
        assert!(deadline("9999-12-31") < Deadline::NONE);
    }

    #[test]
    fn days_come_back() {
        let today = Date::constant(2026, 11, 23);
        assert_eq!(deadline("2026-11-26").days_from(today), Some(3));
        assert_eq!(deadline("1969-12-31").days_from(today), Some(-20_781));
        assert_eq!(deadline("2026-11-23T23:00:00[Europe/Berlin]").days_from(today), Some(0));
        assert_eq!(Deadline::NONE.days_from(today), None);
    }
}
