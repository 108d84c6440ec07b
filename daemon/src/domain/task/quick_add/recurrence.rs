//! Phrases of repetition. They are not understood in this version, but are kept from being taken for a date.

use super::line::{Line, WordKind};
use crate::domain::date::{DateWord, Now, parse_date};

/// The word from which a line says how often, if it does: `every! 5 days`, `every:week`, `every mon`.
///
/// `Thank every guest` and `Create monthly report` do not.
pub(super) fn begins_at(line: &Line, now: &Now) -> Option<usize> {
    (0..line.len()).filter(|&word| line.kind(word) == WordKind::Plain).find(|&word| {
        let text = line.word(word).to_lowercase();
        let next = (word + 1 < line.len()).then(|| line.word(word + 1).to_lowercase());
        match text.as_str() {
            "every!" | "every+" => next.is_some(),
            "every" => next.is_some_and(|next| is_interval(&next, now)),
            _ => ["every:", "every!:", "every+:", "rrule:"]
                .iter()
                .any(|key| text.strip_prefix(key).is_some_and(|value| !value.is_empty())),
        }
    })
}

fn is_interval(word: &str, now: &Now) -> bool {
    const UNITS: [&str; 15] = [
        "other", "last", "second", "third", "day", "week", "month", "quarter", "year", "weekday", "workday",
        "weekend", "morning", "evening", "night",
    ];
    let word = word.trim_end_matches([',', '.']);
    let is_date = || matches!(parse_date(word, now, &|_| None), Ok(DateWord::When(_)));
    UNITS.contains(&word) || word.bytes().all(|byte| byte.is_ascii_digit()) || is_date()
}
