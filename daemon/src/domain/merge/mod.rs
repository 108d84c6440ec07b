//! `merge3`: one text out of a base and the two texts that were made of it.
//!
//! It serves every place where two edits meet: a save over a page that was changed since, undo of a text that was, and
//! sync. Nothing that either side typed is lost, nothing is marked as a conflict, and no word comes out that nobody
//! typed. Lines are aligned first ([`lines`]); a line that both sides changed is merged by its words ([`words`]).
//! Only who makes a text merges; what is stored and sent is plain splices, so merging may change from version to version.

mod common;
mod lines;
mod tokens;
mod union;
mod words;

#[cfg(test)]
mod tests;

use self::common::Budget;

/// Steps of comparison a merge may take, some 200 ms; after that lines are no longer compared with each other.
const STEPS: u64 = 60_000_000;

/// What becomes of a place that both sides changed, each in its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clash {
    /// Both stand, side by side.
    Both,
    /// Theirs stands.
    Theirs,
}

/// Merges `theirs` and `mine`, which were both made of `base`.
///
/// The laws: what only one side changed is as that side has it, and what both changed alike is so once. With the sides
/// exchanged, the same words come out, in another order where both put something at one place.
pub fn merge3(base: &str, theirs: &str, mine: &str) -> String {
    if theirs == mine || base == mine {
        return theirs.to_owned();
    }
    if base == theirs {
        return mine.to_owned();
    }
    lines::merge(base, theirs, mine, Clash::Both, &mut Budget::new(STEPS))
}

/// The text `now` without what made `after` of `before`: a merge in which what was changed again since stays as it is.
pub fn take_back(after: &str, now: &str, before: &str) -> String {
    if now == after {
        return before.to_owned();
    }
    lines::merge(after, now, before, Clash::Theirs, &mut Budget::new(STEPS))
}
