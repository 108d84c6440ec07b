//! Times of day and ISO 8601 forms.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, ISOWeekDate, Time, Weekday};
use jiff::tz::TimeZone;

use super::{Now, When};

/// Reads `9:30`, `17:00`, `17:00:30`, `5pm`, `5:30am`, in lower case.
pub(crate) fn parse_time(text: &str) -> Option<Time> {
    let (clock, half) = match (text.strip_suffix("am"), text.strip_suffix("pm")) {
        (Some(clock), _) => (clock, Some(0)),
        (_, Some(clock)) => (clock, Some(12)),
        _ => (text, None),
    };
    let mut parts = clock.split(':');
    let hour = number(parts.next()?, 1..=2)?;
    let minute = parts.next().map(|part| number(part, 2..=2));
    let second = parts.next().map(|part| number(part, 2..=2));
    // A bare number is a time only with `am` or `pm` behind it.
    let minute = match (minute, half) {
        (Some(minute), _) => minute?,
        (None, Some(_)) => 0,
        (None, None) => return None,
    };
    let hour = match half {
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(half) => hour % 12 + half,
        None => hour,
    };
    if parts.next().is_some() {
        return None;
    }
    let second = match second {
        Some(second) => second?,
        None => 0,
    };
    Time::new(hour, minute, second, 0).ok()
}

fn number(digits: &str, length: std::ops::RangeInclusive<usize>) -> Option<i8> {
    let plausible = length.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plausible { digits.parse().ok() } else { None }
}

/// Reads `2026-11-27`, `2026-W48`, `2026-W48-5`, and `2026-11-27T17:00` with seconds, `Z`, an offset or `[Zone]`.
///
/// `None` when it has none of these shapes; `Some(None)` when it has, but no such date exists.
pub(super) fn parse_iso(text: &str, now: &Now) -> Option<Option<When>> {
    if has_shape(text, "dddd-dd-dd") {
        return Some(text.parse().ok().map(When::Day));
    }
    if has_shape(text, "dddd-wdd") || has_shape(text, "dddd-wdd-d") {
        return Some(parse_week(text).map(When::Day));
    }
    let (date, time) = text.split_at_checked(10).filter(|(date, _)| has_shape(date, "dddd-dd-dd"))?;
    let time = time.strip_prefix(['T', 't'])?;
    let clock_end = time.find(['Z', 'z', '+', '-', '[']).unwrap_or(time.len());
    let (clock, behind) = time.split_at(clock_end);
    let zone_start = behind.find('[').unwrap_or(behind.len());
    let (offset, zone) = behind.split_at(zone_start);
    // What stands behind the clock may be arithmetic instead.
    let is_offset = ["", "z", "+dd", "-dd", "+dd:dd", "-dd:dd", "+dddd", "-dddd"]
        .into_iter()
        .any(|pattern| has_shape(offset, pattern));
    let is_zone = zone.is_empty() || zone.ends_with(']');
    (is_offset && is_zone).then(|| parse_iso_time(date, clock, offset, zone, now))
}

fn parse_iso_time(date: &str, clock: &str, offset: &str, zone: &str, now: &Now) -> Option<When> {
    let date: Date = date.parse().ok()?;
    let at = date.to_datetime(parse_time(clock).filter(|_| has_two_digits(clock))?);
    let zone = match zone.strip_prefix('[').and_then(|zone| zone.strip_suffix(']')) {
        Some(name) => TimeZone::get(name).ok()?,
        None => now.zone.clone(),
    };
    let at = if offset.is_empty() {
        at
    } else {
        at_offset(at, offset)?.to_zoned_datetime(zone.clone()).datetime()
    };
    Some(When::Time { at, zone: zone.iana_name().unwrap_or("UTC").into() })
}

fn at_offset(at: DateTime, offset: &str) -> Option<Timestamp> {
    format!("{at}{offset}").parse().ok()
}

fn has_two_digits(clock: &str) -> bool {
    clock.find(':') == Some(2)
}

fn parse_week(text: &str) -> Option<Date> {
    let year = text.get(..4)?.parse().ok()?;
    let week = text.get(6..8)?.parse().ok()?;
    let weekday = match text.get(9..) {
        Some(day) => Weekday::from_monday_one_offset(day.parse().ok()?).ok()?,
        None => Weekday::Monday,
    };
    Some(ISOWeekDate::new(year, week, weekday).ok()?.date())
}

/// Whether a text is as long as the pattern and has a digit for `d`, `w` in either case, and else the same.
fn has_shape(text: &str, pattern: &str) -> bool {
    text.len() == pattern.len()
        && text.bytes().zip(pattern.bytes()).all(|(byte, wanted)| match wanted {
            b'd' => byte.is_ascii_digit(),
            _ => byte.eq_ignore_ascii_case(&wanted),
        })
}
