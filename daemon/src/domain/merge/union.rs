//! What both sides put at one place: identical pieces once, the rest in order, theirs first.

use std::hash::Hash;

use super::common::{Budget, common};

/// A piece of a union, and whose it is; what both have counts as theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// The place in theirs.
    Theirs(usize),
    /// The place in mine.
    Mine(usize),
}

/// The union of two lists.
pub(super) fn union<T: Eq + Hash + Ord>(theirs: &[T], mine: &[T], budget: &mut Budget) -> Vec<Whose> {
    // Which of several equally long runs is taken as shared must not hang on who is who.
    let shared = if theirs <= mine {
        common(theirs, mine, budget)
    } else {
        common(mine, theirs, budget).into_iter().map(|(mine, theirs)| (theirs, mine)).collect()
    };
    let mut out = Vec::with_capacity(theirs.len() + mine.len());
    let (mut in_theirs, mut in_mine) = (0, 0);
    for (at_theirs, at_mine) in shared.into_iter().chain([(theirs.len(), mine.len())]) {
        out.extend((in_theirs..at_theirs).map(Whose::Theirs));
        out.extend((in_mine..at_mine).map(Whose::Mine));
        if at_theirs < theirs.len() {
            out.push(Whose::Theirs(at_theirs));
        }
        (in_theirs, in_mine) = (at_theirs + 1, at_mine + 1);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn united(theirs: &str, mine: &str) -> String {
        let (theirs, mine): (Vec<char>, Vec<char>) = (theirs.chars().collect(), mine.chars().collect());
        union(&theirs, &mine, &mut Budget::new(1 << 20))
            .into_iter()
            .map(|piece| match piece {
                Whose::Theirs(at) => theirs[at],
                Whose::Mine(at) => mine[at],
            })
            .collect()
    }

    #[test]
    fn what_both_put_there_stands_once() {
        assert_eq!(united("abc", "abc"), "abc");
        assert_eq!(united("abc", "xbz"), "axbcz");
        assert_eq!(united("ab", "ba").len(), 3);
        let sorted = |text: String| {
            let mut letters: Vec<char> = text.chars().collect();
            letters.sort_unstable();
            letters
        };
        assert_eq!(sorted(united("ab", "ba")), sorted(united("ba", "ab")));
        assert_eq!(united("", "x"), "x");
    }
}
