//! Days, counts and points as `heph why` says them.

use jiff::civil::Date;

use crate::domain::date::{When, days_between, describe};
use crate::domain::decimal::show_decimal;
use crate::domain::task::rank::{MILLI, Weights};
use crate::domain::task::today::Today;

/// Titles shown before "and n more".
const TITLES_SHOWN: usize = 3;

/// A date: `today`, `tomorrow`, `yesterday` or `Mon 2026-11-30`, with the local time of one that has it.
pub(super) fn when(when: &When, today: &Today<'_>) -> String {
    match when {
        When::Day(date) => day(*date, today),
        When::Time { .. } => {
            let local = today.now.zone.to_datetime(when.instant());
            format!("{} {}", day(local.date(), today), local.strftime("%H:%M"))
        }
    }
}

/// A day, by its name when it is near.
pub(super) fn day(date: Date, today: &Today<'_>) -> String {
    match days_between(today.date, date) {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        -1 => "yesterday".to_owned(),
        _ => describe(&When::Day(date), today.now),
    }
}

/// How far a deadline is away.
pub(super) fn due(days: i32) -> String {
    match days {
        0 => "due today".to_owned(),
        1.. => format!("due in {}", count(days.into(), "day")),
        _ => format!("due {} ago", count(i64::from(days).abs(), "day")),
    }
}

/// What a deadline so many days away weighs.
pub(super) fn due_weight(weights: &Weights, days: i32) -> String {
    let (due, overdue) = (show_decimal(weights.due), show_decimal(weights.overdue));
    match days {
        0.. => format!("{due} today, from {} ahead", count(weights.due_horizon_days.into(), "day")),
        _ => format!("{due} and up to {overdue} when overdue"),
    }
}

/// A number of things.
pub(super) fn count(number: i64, thing: &str) -> String {
    match (number, thing.strip_suffix("child")) {
        (1, _) => format!("1 {thing}"),
        (_, Some(front)) => format!("{number} {front}children"),
        (_, None) => format!("{number} {thing}s"),
    }
}

/// Titles in quotes, the first few of them.
pub(super) fn titles(titles: &[&str]) -> String {
    let shown: Vec<String> = titles.iter().take(TITLES_SHOWN).map(|title| format!("\"{title}\"")).collect();
    match titles.len().saturating_sub(TITLES_SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Points without their sign: one decimal place, three when they are small.
pub(super) fn points(milli: i64) -> String {
    let milli = milli.unsigned_abs();
    let thousandths = if milli < 100 { milli } else { (milli + 50) / 100 * 100 };
    let text = format!("{}.{:03}", thousandths / MILLI.unsigned_abs(), thousandths % MILLI.unsigned_abs());
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_short() {
        let table = [
            (15_000, "15"),
            (-4_000, "4"),
            (643, "0.6"),
            (660, "0.7"),
            (14, "0.014"),
            (0, "0"),
            (9_960, "10"),
        ];
        for (milli, text) in table {
            assert_eq!(points(milli), text);
        }
    }

    #[test]
    fn counts_agree_with_their_noun() {
        assert_eq!(count(1, "day"), "1 day");
        assert_eq!(count(0, "day"), "0 days");
        assert_eq!(count(2, "open child"), "2 open children");
    }
}
