//! Amounts of work and of days, as people write them.

/// Most minutes and days: more than anybody plans, far from overflow.
const LARGEST: u32 = 1_000_000;

/// Reads an amount of work (`30m`, `1h30m`, `2h`, `90min`) as minutes.
pub fn parse_minutes(text: &str) -> Option<u32> {
    sum_of(text, |unit| match unit {
        "m" | "min" | "mins" | "minutes" => Some(1),
        "h" | "hr" | "hrs" | "hours" | "hour" => Some(60),
        _ => None,
    })
}

/// Reads a length of time up to years (`30m`, `1h30m`, `2d`, `1w`) as minutes; a day has 1,440.
pub fn parse_minutes_of_any_length(text: &str) -> Option<i32> {
    let minutes = sum_of(text, |unit| match unit {
        "m" | "min" | "mins" | "minutes" => Some(1),
        "h" | "hr" | "hrs" | "hours" | "hour" => Some(60),
        "d" | "day" | "days" => Some(1_440),
        "w" | "wk" | "wks" | "week" | "weeks" => Some(10_080),
        _ => None,
    })?;
    i32::try_from(minutes).ok()
}

/// Reads an amount of days (`3d`, `2w`, `1w3d`).
pub fn parse_days(text: &str) -> Option<u32> {
    sum_of(text, |unit| match unit {
        "d" | "day" | "days" => Some(1),
        "w" | "wk" | "wks" | "week" | "weeks" => Some(7),
        _ => None,
    })
}

/// Reads the interval of a review as days (`10d`, `2w`, `1mo`, `1q`, `1y`): a month counts as 30, a quarter as 91, a
/// year as 365.
pub fn parse_review_days(text: &str) -> Option<u32> {
    sum_of(text, |unit| match unit {
        "d" | "day" | "days" => Some(1),
        "w" | "wk" | "wks" | "week" | "weeks" => Some(7),
        "mo" | "mos" | "month" | "months" => Some(30),
        "q" | "quarter" | "quarters" => Some(91),
        "y" | "yr" | "year" | "years" => Some(365),
        _ => None,
    })
}

/// Writes days as they are read, in the largest unit that fits: `2w`, `1mo`.
pub fn describe_review_days(days: u32) -> String {
    let units = [(365, "y"), (91, "q"), (30, "mo"), (7, "w")];
    match units.into_iter().find(|(worth, _)| days > 0 && days.is_multiple_of(*worth)) {
        Some((worth, unit)) => format!("{}{unit}", days / worth),
        None => format!("{days}d"),
    }
}

/// Writes minutes as they are read: `1h30m`.
pub fn describe_minutes(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes}m"),
        (hours, 0) => format!("{hours}h"),
        (hours, minutes) => format!("{hours}h{minutes}m"),
    }
}

fn sum_of(text: &str, worth: impl Fn(&str) -> Option<u32>) -> Option<u32> {
    let text = text.to_ascii_lowercase();
    let mut rest = text.as_str();
    let mut sum: u32 = 0;
    while !rest.is_empty() {
        let (count, behind) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let letters = behind.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(letters);
        sum = sum.checked_add(count.parse::<u32>().ok()?.checked_mul(worth(unit)?)?)?;
        rest = behind;
    }
    (!text.is_empty() && sum <= LARGEST).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts() {
        for (text, minutes) in [("30m", 30), ("1h30m", 90), ("2H", 120), ("90min", 90), ("0m", 0)] {
            assert_eq!(parse_minutes(text), Some(minutes), "{text}");
        }
        for text in ["", "30", "h", "1.5h", "-1h", "4294967296m", "99999999h", "2d", "1h 30m", "٣m"] {
            assert_eq!(parse_minutes(text), None, "{text}");
        }
        assert_eq!(parse_days("1w3d"), Some(10));
        assert_eq!(parse_days("3h"), None);
        assert_eq!([30, 90, 120, 0].map(describe_minutes), ["30m", "1h30m", "2h", "0m"]);
    }
}
