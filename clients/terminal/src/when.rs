//! Dates and times as people say them.
//!
//! The daemon derives what depends on today (`due_in_days`), so nothing here reads a clock; only instants are turned
//! into the local zone.

use std::path::Path;
use std::sync::OnceLock;

use heph_protocol::types::When;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::environment::zone;

/// Beyond so many days a count says less than the date.
const COUNTED_DAYS: i32 = 60;

/// The zone of the user, read once and only when an instant is shown.
fn local() -> &'static TimeZone {
    static LOCAL: OnceLock<TimeZone> = OnceLock::new();
    LOCAL.get_or_init(|| zone_file().unwrap_or_else(TimeZone::system))
}

/// A due date by its distance: `today 17:00`, `tomorrow`, `Fri`, `in 9 d`, `3 d ago`, or the date alone when it is far.
pub fn due(when: &When, in_days: Option<i32>) -> String {
    match in_days {
        // Years from now the hour tells nothing, and the column is narrow.
        Some(days) if !(-COUNTED_DAYS..=COUNTED_DAYS).contains(&days) => when.date.clone(),
        _ => with_time(distance(when, in_days), when),
    }
}

fn distance(when: &When, in_days: Option<i32>) -> String {
    match in_days {
        Some(days @ 2..=6) => weekday(&when.date).map_or_else(|| away(days), str::to_owned),
        Some(days) if (-COUNTED_DAYS..=COUNTED_DAYS).contains(&days) => away(days),
        _ => when.date.clone(),
    }
}

/// How far away a day is: `today`, `tomorrow`, `in 9 d`, `3 d ago`.
pub fn away(days: i32) -> String {
    match days {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        -1 => "yesterday".to_owned(),
        2.. => format!("in {days} d"),
        _ => format!("{} d ago", days.unsigned_abs()),
    }
}

/// A day with its weekday: `Fri 2026-11-27`.
pub fn day(date: &str) -> String {
    weekday(date).map_or_else(|| date.to_owned(), |name| format!("{name} {date}"))
}

/// The day so many days from another, `YYYY-MM-DD`; none for what is no date, or outside of the calendar.
pub fn days_from(date: &str, days: i64) -> Option<String> {
    let date: Date = date.parse().ok()?;
    date.checked_add(jiff::ToSpan::days(days)).ok().map(|date| date.to_string())
}

/// A date with its weekday: `Fri 2026-11-27 17:00`.
pub fn date(when: &When) -> String {
    let day = match weekday(&when.date) {
        Some(name) => format!("{name} {}", when.date),
        None => when.date.clone(),
    };
    with_time(day, when)
}

/// A date for a narrow column: `2026-11-27 17:00`.
pub fn short(when: &When) -> String {
    with_time(when.date.clone(), when)
}

fn with_time(day: String, when: &When) -> String {
    match local_time(when) {
        Some(time) => format!("{day} {time}"),
        None => day,
    }
}

/// The user's zone from its file. To ask for it by name would list all zones first, which costs as much as the call
/// to the daemon.
fn zone_file() -> Option<TimeZone> {
    let name = zone()?;
    let file = Path::new("/usr/share/zoneinfo").join(&name);
    TimeZone::tzif(&name, &std::fs::read(file).ok()?).ok()
}

/// The time of day here; with its zone when the instant cannot be told.
fn local_time(when: &When) -> Option<String> {
    let time = when.time.as_ref()?;
    match when.at.as_ref().and_then(|at| at.parse::<Timestamp>().ok()) {
        Some(instant) => {
            let here = instant.to_zoned_datetime(local().clone());
            // Where the day differs as well, the time of the zone it was given in is the clearer one.
            if here.date().to_string() == when.date {
                Some(here.strftime("%H:%M").to_string())
            } else {
                in_its_zone(when)
            }
        }
        None => Some(time.clone()),
    }
}

fn in_its_zone(when: &When) -> Option<String> {
    let time = when.time.as_ref()?;
    Some(match &when.zone {
        Some(zone) => format!("{time} {zone}"),
        None => time.clone(),
    })
}

/// An instant in the local zone: `2026-11-23 18:05`; as it came if it cannot be read.
pub fn instant(at: &str) -> String {
    match at.parse::<Timestamp>() {
        Ok(instant) => instant.to_zoned_datetime(local().clone()).strftime("%Y-%m-%d %H:%M").to_string(),
        Err(_) => at.to_owned(),
    }
}

fn weekday(date: &str) -> Option<&'static str> {
    use jiff::civil::Weekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
    let date: Date = date.parse().ok()?;
    Some(match date.weekday() {
        Monday => "Mon",
        Tuesday => "Tue",
        Wednesday => "Wed",
        Thursday => "Thu",
        Friday => "Fri",
        Saturday => "Sat",
        Sunday => "Sun",
    })
}

/// Minutes of work, as quick-add takes them: `45m`, `1h30m`, `2h`.
pub fn minutes(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, rest) => format!("{rest}m"),
        (hours, 0) => format!("{hours}h"),
        (hours, rest) => format!("{hours}h{rest}m"),
    }
}

/// Seconds since a start: `42 s`, `12 min`, `3 h`, `5 d`.
pub fn elapsed(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// An instant by its distance from now: `just now`, `12 min ago`; the instant itself where that is not in the past.
pub fn ago(at: &str, now: Timestamp) -> String {
    let Ok(then) = at.parse::<Timestamp>() else { return at.to_owned() };
    match u64::try_from(now.as_second() - then.as_second()) {
        Ok(0..60) => "just now".to_owned(),
        Ok(seconds @ 60..120) => format!("{} min ago", seconds / 60),
        Ok(seconds) => format!("{} ago", elapsed(seconds)),
        Err(_) => instant(at),
    }
}

/// A number of bytes: `812 B`, `1.4 MiB`.
#[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
pub fn bytes(bytes: u64) -> String {
    const KIB: u64 = 1 << 10;
    const MIB: u64 = 1 << 20;
    match bytes {
        0..KIB => format!("{bytes} B"),
        KIB..MIB => format!("{:.1} KiB", bytes as f64 / KIB as f64),
        _ => format!("{:.1} MiB", bytes as f64 / MIB as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(date: &str) -> When {
        When { date: date.to_owned(), ..When::default() }
    }

    #[test]
    fn near_days_have_names_and_far_ones_dates() {
        let friday = day("2026-11-27");
        for (in_days, said) in [
            (Some(0), "today"),
            (Some(1), "tomorrow"),
            (Some(-1), "yesterday"),
            (Some(4), "Fri"),
            (Some(7), "in 7 d"),
            (Some(60), "in 60 d"),
            (Some(61), "2026-11-27"),
            (Some(-3), "3 d ago"),
            (Some(-61), "2026-11-27"),
            (Some(i32::MIN), "2026-11-27"),
            (None, "2026-11-27"),
        ] {
            assert_eq!(due(&friday, in_days), said, "{in_days:?}");
        }
        assert_eq!([4, 400, i32::MIN].map(away), ["in 4 d", "in 400 d", "2147483648 d ago"]);
    }

    #[test]
    fn a_time_stands_behind_its_day() {
        let when = When { time: Some("17:00".into()), ..day("2026-11-27") };
        assert_eq!(due(&when, Some(0)), "today 17:00");
        assert_eq!(due(&when, Some(-2_000)), "2026-11-27", "years away the hour tells nothing");
        assert_eq!(date(&when), "Fri 2026-11-27 17:00");
        assert_eq!(short(&when), "2026-11-27 17:00");
        assert_eq!(date(&day("not a date")), "not a date");
    }

    #[test]
    fn days_are_counted_from_a_day() {
        assert_eq!(days_from("2026-11-27", 7).as_deref(), Some("2026-12-04"));
        assert_eq!(days_from("2026-03-01", -1).as_deref(), Some("2026-02-28"));
        assert_eq!(days_from("9999-12-31", 1), None);
        assert_eq!(days_from("fri", 1), None);
    }

    #[test]
    fn the_past_is_told_by_its_distance() {
        let now: Timestamp = "2026-11-23T18:00:00Z".parse().unwrap();
        for (at, said) in [
            ("2026-11-23T18:00:00Z", "just now"),
            ("2026-11-23T17:59:01Z", "just now"),
            ("2026-11-23T17:59:00Z", "1 min ago"),
            ("2026-11-23T17:57:50Z", "2 min ago"),
            ("2026-11-23T14:00:00Z", "4 h ago"),
            ("2026-11-20T18:00:00Z", "3 d ago"),
            ("whenever", "whenever"),
        ] {
            assert_eq!(ago(at, now), said, "{at}");
        }
        assert!(!ago("2026-11-23T18:00:01Z", now).contains("ago"), "a clock was set back");
    }

    #[test]
    fn amounts_are_short() {
        assert_eq!([45, 60, 90, 605].map(minutes), ["45m", "1h", "1h30m", "10h5m"]);
        assert_eq!(
            [0, 119, 120, 7_199, 7_200, 172_800].map(elapsed),
            ["0 s", "119 s", "2 min", "119 min", "2 h", "2 d"]
        );
        assert_eq!([812, 1_536, 1_500_000].map(bytes), ["812 B", "1.5 KiB", "1.4 MiB"]);
    }
}
