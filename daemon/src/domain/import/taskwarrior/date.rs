//! Taskwarrior's dates: instants in UTC, behind which a whole day may stand.

use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;

use crate::domain::date::{Now, When};

/// The last second of a day, which Taskwarrior's `eod`, `eow` … mean.
const LAST_SECOND: Time = Time::constant(23, 59, 59, 0);

/// Which edge of a whole day counts for a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    /// It has come when the day begins: not before, planned for.
    Start,
    /// It is over when the day ends: due, expires.
    End,
}

/// Reads `20261127T160000Z`, also with separators; without the Z it is the user's local time.
pub(super) fn instant(text: &str, now: &Now) -> Option<Timestamp> {
    if let Ok(instant) = text.parse() {
        return Some(instant);
    }
    let local: DateTime = text.parse().ok()?;
    now.zone.to_timestamp(local).ok()
}

/// The date an instant stands for: the whole day at local midnight and at the last second of the day, else the time.
///
/// The last second stands for the next day where what counts is when it has come, lest `wait:eow` end a day early.
pub(super) fn when(instant: Timestamp, edge: Edge, now: &Now) -> When {
    let local = now.zone.to_datetime(instant);
    let (date, time) = (local.date(), local.time());
    if time == Time::midnight() {
        return When::Day(date);
    }
    if time == LAST_SECOND {
        return When::Day(match edge {
            Edge::Start => date.tomorrow().unwrap_or(date),
            Edge::End => date,
        });
    }
    match now.zone.iana_name() {
        Some(zone) => When::Time { at: local, zone: zone.into() },
        None => When::Time { at: TimeZone::UTC.to_datetime(instant), zone: "UTC".into() },
    }
}
