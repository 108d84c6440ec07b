//! Where a half-typed word of quick-add or of a change goes on.

use super::key::Key;
use crate::domain::task::complete::{Of, PRIORITIES, Typed};
use crate::domain::task::filter::cut;

/// The keys that are offered, each with what it sets.
pub const KEYS: [(&str, &str); 15] = [
    ("due", "when it has to be finished"),
    ("plan", "when one means to do it"),
    ("defer", "not before"),
    ("expires", "out of next from then on"),
    ("follow-up", "when to ask again"),
    ("remind", "when one wants to be told of it"),
    ("every", "how it repeats: every:week"),
    ("lead", "days before due from which it shows"),
    ("est", "estimated work"),
    ("proj", "its project"),
    ("parent", "the task it is part of"),
    ("dep", "what has to be finished first"),
    ("priority", "p1 to p4"),
    ("title", "its title"),
    ("status", "todo, doing, waiting, someday, done, cancelled"),
];

/// Cuts a word where it goes on.
pub fn typed(word: &str) -> Typed<'_> {
    for sign in ["+", "-"] {
        if let Some(tag) = word.strip_prefix(sign) {
            return Typed::Value(sign, Of::Tags, tag);
        }
    }
    let Some(mark) = word.find(':') else { return Typed::Key("", word) };
    let of = match Key::from_name(&word[..mark].to_lowercase()) {
        Some(Key::Date(_)) => Of::Dates,
        Some(Key::Priority) => Of::Words(PRIORITIES),
        Some(Key::Project) => Of::Projects,
        Some(Key::Parent | Key::DependsOn) => Of::Tasks,
        Some(Key::Status) => Of::Statuses,
        Some(Key::Lead | Key::Estimate | Key::Title) | None => Of::Nothing,
    };
    cut(word, mark + 1, of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_that_is_offered_is_one() {
        for (name, _) in KEYS.iter().filter(|(name, _)| *name != "every") {
            assert!(Key::from_name(name).is_some(), "{name}");
        }
    }
}
