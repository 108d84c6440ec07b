//! Dates in words a person reads at a glance.

use jiff::civil::{Date, Weekday};

use super::{Now, When};

/// Writes a date as `Fri 2026-11-27`, a time as `Fri 2026-11-27 17:00`, with its zone when that is not the user's.
pub fn describe(when: &When, now: &Now) -> String {
    match when {
        When::Day(date) => describe_day(*date),
        When::Time { at, zone } => {
            let time = at.time();
            let mut text = format!("{} {:02}:{:02}", describe_day(at.date()), time.hour(), time.minute());
            if time.second() != 0 {
                text.push_str(&format!(":{:02}", time.second()));
            }
            if &**zone != now.zone_name() {
                text.push_str(&format!(" {zone}"));
            }
            text
        }
    }
}

fn describe_day(date: Date) -> String {
    let weekday = match date.weekday() {
        Weekday::Monday => "Mon",
        Weekday::Tuesday => "Tue",
        Weekday::Wednesday => "Wed",
        Weekday::Thursday => "Thu",
        Weekday::Friday => "Fri",
        Weekday::Saturday => "Sat",
        Weekday::Sunday => "Sun",
    };
    format!("{weekday} {date}")
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    #[test]
    fn a_foreign_zone_is_named() {
        let now = Now::new("2026-11-23T09:00:00Z".parse().unwrap(), TimeZone::get("Europe/Berlin").unwrap());
        let written = |text: &str| describe(&text.parse().unwrap(), &now);
        assert_eq!(written("2026-11-27"), "Fri 2026-11-27");
        assert_eq!(written("2026-11-27T17:00:00[Europe/Berlin]"), "Fri 2026-11-27 17:00");
        assert_eq!(written("2026-11-27T17:00:09[Asia/Tokyo]"), "Fri 2026-11-27 17:00:09 Asia/Tokyo");
    }
}
