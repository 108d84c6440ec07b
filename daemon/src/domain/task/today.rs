//! The user's day, worked out once for many tasks.

use jiff::civil::Date;

use crate::domain::date::{Now, When, days_between};

/// A now with its local date, which costs a zone lookup to find.
#[derive(Debug, Clone, Copy)]
pub struct Today<'a> {
    /// The moment and the zone.
    pub now: &'a Now,
    /// The local date of that moment.
    pub date: Date,
}

impl<'a> Today<'a> {
    /// Works out the day of a now.
    pub fn of(now: &'a Now) -> Self {
        Self { now, date: now.today() }
    }

    /// Local days from today to a date; negative when past.
    pub fn days_to(&self, when: &When) -> i32 {
        days_between(self.date, when.local_date(self.now))
    }

    /// Local days since an instant in Unix milliseconds; 0 for one that is still to come.
    pub fn days_since(&self, ms: i64) -> i32 {
        let Ok(instant) = jiff::Timestamp::from_millisecond(ms) else { return 0 };
        let date = self.now.zone.to_datetime(instant).date();
        days_between(date, self.date).max(0)
    }

    /// Whether a date has come: its day is today or earlier, or its time has been reached.
    pub fn has_come(&self, when: &When) -> bool {
        match when {
            When::Day(date) => *date <= self.date,
            When::Time { .. } => when.instant() <= self.now.instant,
        }
    }

    /// Whether a date is over: its day has ended, or its time has been reached.
    pub fn is_past(&self, when: &When) -> bool {
        match when {
            When::Day(date) => *date < self.date,
            When::Time { .. } => when.instant() <= self.now.instant,
        }
    }
}
