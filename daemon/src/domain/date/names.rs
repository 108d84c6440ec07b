//! The words of the date table.

use jiff::civil::Weekday;

/// Weekday names; three letters do.
pub(super) const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// Month names, January first; three letters do.
pub(super) const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Words for suggestions, beside weekdays and months.
pub(super) const OTHERS: [&str; 22] = [
    "now",
    "today",
    "yesterday",
    "tomorrow",
    "someday",
    "next",
    "sod",
    "sow",
    "soww",
    "som",
    "soq",
    "soy",
    "eod",
    "eow",
    "eoww",
    "eom",
    "eoq",
    "eoy",
    "due",
    "planned",
    "defer",
    "days",
];

/// Fields a date can be counted from, with the names they go by.
pub(super) const FIELDS: [(&str, &str); 8] = [
    ("due", "due"),
    ("planned", "planned"),
    ("plan", "planned"),
    ("defer", "defer"),
    ("expires", "expires"),
    ("follow_up", "follow_up"),
    ("follow-up", "follow_up"),
    ("followup", "follow_up"),
];

/// The weekday of a name.
pub(crate) fn weekday(word: &str) -> Option<Weekday> {
    WEEKDAYS.into_iter().find(|(name, _)| is_name(word, name)).map(|(_, weekday)| weekday)
}

/// The month of a name, from 1.
pub(crate) fn month(word: &str) -> Option<i8> {
    let place =
        MONTHS.into_iter().position(|name| is_name(word, name) || word == "sept" && name == "september")?;
    i8::try_from(place + 1).ok()
}

fn is_name(word: &str, name: &str) -> bool {
    word == name || word == &name[..3]
}

/// The day of an ordinal with its right ending, `1st` to `31st`.
pub(crate) fn ordinal(word: &str) -> Option<i8> {
    let (digits, ending) = word.split_at_checked(word.len().checked_sub(2)?)?;
    let day = day_of_month(digits)?;
    let right = match (day % 10, day / 10) {
        (1, tens) if tens != 1 => "st",
        (2, tens) if tens != 1 => "nd",
        (3, tens) if tens != 1 => "rd",
        _ => "th",
    };
    (ending == right).then_some(day)
}

/// A plain number from 1 to 31.
pub(crate) fn day_of_month(digits: &str) -> Option<i8> {
    let plausible = matches!(digits.len(), 1 | 2) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plausible { digits.parse().ok().filter(|day| (1..=31).contains(day)) } else { None }
}
