//! Dates in plain language at the end of a line.

use std::ops::Range;

use super::line::{Line, WordKind};
use crate::domain::date::{DateWord, Now, is_plain_language, parse_date};

/// Most words of a date: `27 nov 2027 at 17:00`.
const MOST_WORDS: usize = 5;

/// A date at the end of the words that are still free.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Trailing {
    /// Its words, with a preposition before it.
    pub(super) words: Range<usize>,
    pub(super) date: DateWord,
}

/// Finds the longest date that ends the free words and leaves at least one of them for the title.
pub(super) fn find(line: &Line, free: &[bool], now: &Now) -> Option<Trailing> {
    let end = free.iter().rposition(|&is_free| is_free)? + 1;
    let is_usable = |word: usize| free[word] && line.kind(word) == WordKind::Plain;
    let run = (0..end).rev().take_while(|&word| is_usable(word)).count();
    (1..=run.min(MOST_WORDS))
        .rev()
        .find_map(|count| {
            let first = end - count;
            let words: Vec<String> = (first..end).map(|word| line.word(word).to_lowercase()).collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let before = (first > 0 && is_usable(first - 1)).then(|| line.word(first - 1).to_lowercase());
            // In `the sun` or `a fri` the word is a noun.
            let is_noun = count == 1 && matches!(before.as_deref(), Some("the" | "a" | "an"));
            if is_noun || !is_plain_language(&words) {
                return None;
            }
            let date =
                parse_date(&words.join(" "), now, &|_| None).ok().filter(|date| *date != DateWord::None)?;
            let with_preposition = match (before.as_deref(), words.as_slice()) {
                (Some("at"), [time]) => time.contains(':') || time.ends_with('m'),
                (Some("by"), _) => true,
                (Some("on"), [first, ..]) => {
                    !matches!(*first, "today" | "tomorrow" | "someday" | "next" | "in")
                }
                _ => false,
            };
            let first = if with_preposition { first - 1 } else { first };
            Some(Trailing { words: first..end, date })
        })
        // Only the longest reading counts: `next fri` alone is a title, not the task `next`.
        .filter(|found| free[..found.words.start].contains(&true))
}
