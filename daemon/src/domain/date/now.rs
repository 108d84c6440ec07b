//! The moment and place a request is asked in.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

/// Now, where the user is. Every rule that depends on time takes one.
#[derive(Debug, Clone)]
pub struct Now {
    /// The instant.
    pub instant: Timestamp,
    /// The user's zone.
    pub zone: TimeZone,
    /// First day of the user's week.
    pub week_start: Weekday,
}

impl Now {
    /// Makes a now with weeks that begin on Monday.
    pub fn new(instant: Timestamp, zone: TimeZone) -> Self {
        Self { instant, zone, week_start: Weekday::Monday }
    }

    /// The instant as local time.
    pub fn local(&self) -> ZonedDateTime {
        self.instant.to_zoned_datetime(self.zone.clone())
    }

    /// The user's day.
    pub fn today(&self) -> Date {
        self.local().date()
    }

    /// IANA name of the zone, `UTC` for one without a name.
    pub fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// The instant in Unix milliseconds.
    pub fn ms(&self) -> i64 {
        self.instant.as_millisecond()
    }
}
