//! A rule in words: a phrase that, read again, is the same rule.

use jiff::civil::Weekday;

use super::rule::{Frequency, Rule, WeekdayNum};
use super::series::Mode;

/// How a task repeats: `every 2 weeks on mon, thu`, or the RRULE where no phrase says it.
pub fn describe_rule(rule: &Rule, mode: Mode) -> String {
    format!("{} {}", mode.every(), phrase(rule).unwrap_or_else(|| format!("RRULE:{rule}")))
}

fn phrase(rule: &Rule) -> Option<String> {
    // Weeks that begin on another day matter only where some are left out, and no word says so.
    let has_parts = !rule.by_week_no.is_empty() || !rule.by_year_day.is_empty();
    if has_parts || rule.week_start != Weekday::Monday {
        return None;
    }
    let mut words = match rule.frequency {
        Frequency::Daily => bare(rule, "day"),
        Frequency::Weekly => weekly(rule),
        Frequency::Monthly => monthly(rule),
        Frequency::Yearly => yearly(rule),
    }?;
    if let Some(until) = rule.until {
        words.push_str(&format!(" until {until}"));
    }
    if let Some(count) = rule.count {
        words.push_str(&format!(" x{count}"));
    }
    Some(words)
}

/// `day`, `3 days`.
fn units(interval: u16, unit: &str) -> String {
    if interval == 1 { unit.to_owned() } else { format!("{interval} {unit}s") }
}

fn bare(rule: &Rule, unit: &str) -> Option<String> {
    let says_more = !rule.by_month.is_empty()
        || !rule.by_month_day.is_empty()
        || !rule.by_day.is_empty()
        || !rule.by_set_pos.is_empty();
    (!says_more).then(|| units(rule.interval, unit))
}

fn weekly(rule: &Rule) -> Option<String> {
    if rule.by_day.is_empty() {
        return bare(rule, "week");
    }
    if !rule.by_month.is_empty() || !rule.by_set_pos.is_empty() {
        return None;
    }
    let days: Vec<&str> = rule.by_day.iter().map(|day| weekday(day.day)).collect();
    Some(match (rule.interval, is_workdays(rule), days.as_slice()) {
        (1, true, _) => "weekday".to_owned(),
        (1, _, ["sat", "sun"]) => "weekend".to_owned(),
        (1, _, days) => days.join(", "),
        (interval, _, days) => format!("{} on {}", units(interval, "week"), days.join(", ")),
    })
}

fn monthly(rule: &Rule) -> Option<String> {
    if !rule.by_month.is_empty() {
        return None;
    }
    match in_month(rule)? {
        InMonth::Nothing => Some(units(rule.interval, "month")),
        InMonth::Days(days) => Some(format!("{} on the {days}", units(rule.interval, "month"))),
        InMonth::Nth(nth) if rule.interval == 1 => Some(nth),
        InMonth::Nth(nth) => Some(format!("{} on the {nth}", units(rule.interval, "month"))),
    }
}

fn yearly(rule: &Rule) -> Option<String> {
    let years = units(rule.interval, "year");
    let [month] = rule.by_month[..] else { return bare(rule, "year") };
    let month = month_name(month)?;
    match in_month(rule)? {
        InMonth::Nothing => None,
        InMonth::Days(_) => match (rule.clamped_day(), &rule.by_month_day[..]) {
            (Some(29), _) if month == "feb" => Some(format!("{years} on 29 feb")),
            (None, [day @ 1..=31]) => Some(format!("{years} on {day} {month}")),
            _ => None,
        },
        InMonth::Nth(nth) => Some(format!("{years} on the {nth} of {month}")),
    }
}

/// What a rule says of a month.
enum InMonth {
    Nothing,
    Days(String),
    Nth(String),
}

fn in_month(rule: &Rule) -> Option<InMonth> {
    let join = |words: Vec<String>| words.join(", ");
    if let Some(day) = rule.clamped_day() {
        return Some(InMonth::Days(ordinal(day.into())));
    }
    if is_workdays(rule) && !rule.by_set_pos.is_empty() && rule.by_month_day.is_empty() {
        let places = rule.by_set_pos.iter().map(|&place| nth(place).map(|nth| format!("{nth} workday")));
        return places.collect::<Option<Vec<_>>>().map(|words| InMonth::Nth(join(words)));
    }
    if !rule.by_set_pos.is_empty() {
        return None;
    }
    match (rule.by_month_day.is_empty(), rule.by_day.is_empty()) {
        (true, true) => Some(InMonth::Nothing),
        (false, true) => {
            // One late day alone is said of what fills short months.
            if matches!(rule.by_month_day[..], [29..=31]) || rule.by_month_day.contains(&31) {
                return None;
            }
            let days = rule.by_month_day.iter().map(|&day| match day {
                -1 => Some("last day".to_owned()),
                1..=30 => Some(ordinal(day.into())),
                _ => None,
            });
            days.collect::<Option<Vec<_>>>().map(|words| InMonth::Days(join(words)))
        }
        (true, false) => {
            let days = rule.by_day.iter().map(nth_weekday);
            days.collect::<Option<Vec<_>>>().map(|words| InMonth::Nth(join(words)))
        }
        (false, false) => None,
    }
}

fn nth_weekday(day: &WeekdayNum) -> Option<String> {
    let nth = nth(day.nth.into()).filter(|_| matches!(day.nth, -1 | 1..=5))?;
    Some(format!("{nth} {}", weekday(day.day)))
}

fn nth(place: i16) -> Option<String> {
    match place {
        -1 => Some("last".to_owned()),
        1..=23 => Some(ordinal(place)),
        _ => None,
    }
}

fn is_workdays(rule: &Rule) -> bool {
    use Weekday::{Friday, Monday, Thursday, Tuesday, Wednesday};
    rule.by_day.iter().copied().eq([Monday, Tuesday, Wednesday, Thursday, Friday].map(WeekdayNum::every))
}

fn ordinal(day: i16) -> String {
    let ending = match (day % 10, day / 10) {
        (1, tens) if tens != 1 => "st",
        (2, tens) if tens != 1 => "nd",
        (3, tens) if tens != 1 => "rd",
        _ => "th",
    };
    format!("{day}{ending}")
}

fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "mon",
        Weekday::Tuesday => "tue",
        Weekday::Wednesday => "wed",
        Weekday::Thursday => "thu",
        Weekday::Friday => "fri",
        Weekday::Saturday => "sat",
        Weekday::Sunday => "sun",
    }
}

fn month_name(month: i8) -> Option<&'static str> {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    MONTHS.get(usize::try_from(month).ok()?.checked_sub(1)?).copied()
}
