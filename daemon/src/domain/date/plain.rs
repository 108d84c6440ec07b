//! Which dates are clear enough to be seen in a sentence without a mark.
//!
//! `Call Bob fri` has a date; `Buy soy`, `Call Tom`, `Blender 3d`, `Plan for may` and `What happened yesterday` have
//! none, though each ends with a word of the table.

use super::clock::parse_time;
use super::names;
use super::period::{End, parse_period_word};

/// Whether words at the end of a sentence may be taken for a date, if [`parse_date`](super::parse_date) knows them.
pub(crate) fn is_plain_language(words: &[&str]) -> bool {
    match words {
        [] => false,
        [word] => is_plain_word(word),
        ["next" | "in", ..] => true,
        [day @ .., last] if parse_time(last).is_some() => {
            let day = day.strip_suffix(&["at"]).unwrap_or(day);
            is_plain_language(day)
        }
        [one, other] | [one, other, _] => names::month(one).is_some() != names::month(other).is_some(),
        _ => false,
    }
}

fn is_plain_word(word: &str) -> bool {
    let is_iso = || {
        word.len() >= 8
            && word.bytes().take(4).all(|byte| byte.is_ascii_digit())
            && word[4..].starts_with('-')
    };
    matches!(word, "today" | "tomorrow" | "someday")
        || names::weekday(word).is_some()
        || matches!(parse_period_word(word), Some((End::Last, ..)))
        || parse_time(word).is_some()
        || is_iso()
}
