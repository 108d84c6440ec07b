//! A date or a local date-time.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use super::Now;

/// A civil date, or a local date-time with the zone it was meant in.
///
/// Its text form, used in registers, is `2026-11-27` or `2026-11-27T17:00:00[Europe/Berlin]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum When {
    /// The whole day, wherever the user is.
    Day(Date),
    /// A wall-clock time in a zone.
    Time {
        /// The wall clock.
        at: DateTime,
        /// IANA name of the zone.
        zone: Arc<str>,
    },
}

/// A stored text is no date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a date")]
pub struct NotADate;

impl When {
    /// The wall-clock date, in its own zone.
    pub fn date(&self) -> Date {
        match self {
            Self::Day(date) => *date,
            Self::Time { at, .. } => at.date(),
        }
    }

    /// The date it falls on where the user is.
    pub fn local_date(&self, now: &Now) -> Date {
        match self {
            Self::Day(date) => *date,
            Self::Time { .. } => self.instant().to_zoned_datetime(now.zone.clone()).date(),
        }
    }

    /// The instant of a time; a day's first instant in UTC. A time in a gap is moved forward, one in a fold is the
    /// first (jiff's "compatible" rule, RFC 5545 3.3.5). An unknown zone counts as UTC.
    pub fn instant(&self) -> Timestamp {
        match self {
            Self::Day(date) => to_instant(date.to_datetime(jiff::civil::Time::midnight()), &TimeZone::UTC),
            Self::Time { at, zone } => to_instant(*at, &TimeZone::get(zone).unwrap_or(TimeZone::UTC)),
        }
    }

    /// First instant of it for the user: the time, or the start of the day where the user is.
    pub fn starts(&self, now: &Now) -> Timestamp {
        match self {
            Self::Day(date) => to_instant(date.to_datetime(jiff::civil::Time::midnight()), &now.zone),
            Self::Time { .. } => self.instant(),
        }
    }

    /// The instant after which it is past: the time itself, or the end of the day where the user is.
    pub fn ends(&self, now: &Now) -> Timestamp {
        match self {
            Self::Day(date) => {
                let next = date.checked_add(1.day()).unwrap_or(Date::MAX);
                to_instant(next.to_datetime(jiff::civil::Time::midnight()), &now.zone)
            }
            Self::Time { .. } => self.instant(),
        }
    }

    /// Whether it has come: today or earlier, or the time has been reached.
    pub fn has_come(&self, now: &Now) -> bool {
        match self {
            Self::Day(date) => *date <= now.today(),
            Self::Time { .. } => self.instant() <= now.instant,
        }
    }

    /// Whether it is over: the day has ended where the user is, or the time has been reached.
    pub fn is_past(&self, now: &Now) -> bool {
        match self {
            Self::Day(date) => *date < now.today(),
            Self::Time { .. } => self.instant() <= now.instant,
        }
    }

    /// Local days from today to it; negative when past.
    pub fn days_from(&self, now: &Now) -> i32 {
        days_between(now.today(), self.local_date(now))
    }

    /// Order of two for one user: by local date, a time before the whole day, then by instant.
    pub fn compare(&self, other: &Self, now: &Now) -> Ordering {
        self.local_date(now).cmp(&other.local_date(now)).then_with(|| self.ends(now).cmp(&other.ends(now)))
    }
}

/// Whole days from one date to another.
pub(crate) fn days_between(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}

fn to_instant(at: DateTime, zone: &TimeZone) -> Timestamp {
    zone.to_ambiguous_zoned_datetime(at).compatible().map_or_else(
        |_| if at.year() < 1970 { Timestamp::MIN } else { Timestamp::MAX },
        |zoned| zoned.timestamp(),
    )
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(date) => write!(f, "{date}"),
            Self::Time { at, zone } => write!(f, "{at}[{zone}]"),
        }
    }
}

impl FromStr for When {
    type Err = NotADate;

    fn from_str(text: &str) -> Result<Self, NotADate> {
        let Some((at, zone)) = text.strip_suffix(']').and_then(|text| text.split_once('[')) else {
            return text.parse().map(Self::Day).map_err(|_| NotADate);
        };
        let at = at.parse().map_err(|_| NotADate)?;
        Ok(Self::Time { at, zone: zone.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now(instant: &str, zone: &str) -> Now {
        Now::new(instant.parse().unwrap(), TimeZone::get(zone).unwrap())
    }

    #[test]
    fn text_form_comes_back() {
        for text in ["2026-11-27", "2026-11-27T17:00:00[Europe/Berlin]"] {
            assert_eq!(text.parse::<When>().unwrap().to_string(), text);
        }
        assert_eq!("2026-02-30".parse::<When>(), Err(NotADate));
        assert_eq!("fri".parse::<When>(), Err(NotADate));
    }

    #[test]
    fn a_day_is_over_when_it_ends_where_the_user_is() {
        let due: When = "2026-11-23".parse().unwrap();
        assert!(!due.is_past(&now("2026-11-23T22:59:00Z", "Europe/Berlin")));
        assert!(due.is_past(&now("2026-11-23T23:01:00Z", "Europe/Berlin")));
        assert!(!due.is_past(&now("2026-11-24T04:00:00Z", "America/New_York")));
    }

    #[test]
    fn a_time_is_an_instant_wherever_the_user_is() {
        let at: When = "2026-11-23T23:30:00[America/New_York]".parse().unwrap();
        let berlin = now("2026-11-24T04:00:00Z", "Europe/Berlin");
        assert_eq!(at.local_date(&berlin).to_string(), "2026-11-24");
        assert!(!at.is_past(&berlin));
        assert!(at.is_past(&now("2026-11-24T04:31:00Z", "Asia/Tokyo")));
    }

    #[test]
    fn far_dates_do_not_panic() {
        for text in [
            "9999-12-31",
            "-009999-01-01",
            "9999-12-31T23:59:59[Pacific/Kiritimati]",
            "2026-01-01T00:00:00[No/Zone]",
        ] {
            let when: When = text.parse().unwrap();
            let now = now("2026-11-23T12:00:00Z", "Europe/Berlin");
            let _ = (when.starts(&now), when.ends(&now), when.days_from(&now), when.is_past(&now));
        }
    }
}
