//! What both sides put at one place: identical pieces once, the rest as whole blocks, theirs first.

use std::hash::Hash;

use super::common::{Budget, between, common};

/// A piece of a union, and whose it is; what both have counts as theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// The place in theirs.
    Theirs(usize),
    /// The place in mine.
    Mine(usize),
}

/// How two insertions may be put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grain {
    /// Pieces that stand for themselves, as the items of a flat list: what both have stands once, wherever it stands.
    Pieces,
    /// Blocks that are not to be woven into each other.
    Blocks,
}

/// The union of two lists. `says` tells which pieces say something: spaces and empty lines are shared by any two texts,
/// so they alone hold nothing together.
pub(super) fn union<T: Eq + Hash + Ord>(
    theirs: &[T],
    mine: &[T],
    grain: Grain,
    says: impl Fn(&T) -> bool,
    budget: &mut Budget,
) -> Vec<Whose> {
    let of_theirs = |range: std::ops::Range<usize>| range.map(Whose::Theirs);
    let of_mine = |range: std::ops::Range<usize>| range.map(Whose::Mine);
    let holds =
        |whole: &[T], part: &[T]| part.is_empty() || whole.windows(part.len()).any(|piece| piece == part);
    if theirs.len() * mine.len() <= 1 << 20 {
        if theirs.len() >= mine.len() && holds(theirs, mine) {
            return of_theirs(0..theirs.len()).collect();
        }
        if holds(mine, theirs) {
            return of_mine(0..mine.len()).collect();
        }
    }
    if grain == Grain::Pieces {
        return woven(theirs, mine, budget);
    }
    let head = theirs.iter().zip(mine).take_while(|(one, other)| one == other).count();
    let head = if theirs[..head].iter().any(&says) { head } else { 0 };
    let ends = theirs[head..].iter().rev().zip(mine[head..].iter().rev());
    let tail = ends.take_while(|(one, other)| one == other).count();
    let tail = if theirs[theirs.len() - tail..].iter().any(&says) { tail } else { 0 };
    of_theirs(0..theirs.len() - tail)
        .chain(of_mine(head..mine.len() - tail))
        .chain(of_theirs(theirs.len() - tail..theirs.len()))
        .collect()
}

/// The union where each piece stands for itself.
fn woven<T: Eq + Hash + Ord>(theirs: &[T], mine: &[T], budget: &mut Budget) -> Vec<Whose> {
    // Which of several equally long runs is taken as shared must not hang on who is who.
    let shared = if theirs <= mine {
        common(theirs, mine, budget)
    } else {
        common(mine, theirs, budget).into_iter().map(|(mine, theirs)| (theirs, mine)).collect()
    };
    let mut out = Vec::with_capacity(theirs.len() + mine.len());
    for (only_theirs, only_mine, pair) in between(shared, theirs.len(), mine.len()) {
        out.extend(only_theirs.map(Whose::Theirs));
        out.extend(only_mine.map(Whose::Mine));
        out.extend(pair.map(|(at, _)| Whose::Theirs(at)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn united(theirs: &str, mine: &str, grain: Grain) -> String {
        let (theirs, mine): (Vec<char>, Vec<char>) = (theirs.chars().collect(), mine.chars().collect());
        union(&theirs, &mine, grain, |c| *c != ' ', &mut Budget::new(1 << 20))
            .into_iter()
            .map(|piece| match piece {
                Whose::Theirs(at) => theirs[at],
                Whose::Mine(at) => mine[at],
            })
            .collect()
    }

    #[test]
    fn what_both_put_there_stands_once() {
        for grain in [Grain::Pieces, Grain::Blocks] {
            assert_eq!(united("abc", "abc", grain), "abc");
            assert_eq!(united("b", "abc", grain), "abc");
            assert_eq!(united("abc", "", grain), "abc");
            assert_eq!(united("axb", "ayb", grain), "axyb");
        }
        assert_eq!(united("abc", "xbz", Grain::Pieces), "axbcz");
        assert_eq!(united("abc", "xbz", Grain::Blocks), "abcxbz");
        assert_eq!(united(" a", " b", Grain::Blocks), " a b");
        assert_eq!(united("a ", "b ", Grain::Blocks), "a b ");
        let sorted = |text: String| {
            let mut letters: Vec<char> = text.chars().collect();
            letters.sort_unstable();
            letters
        };
        assert_eq!(sorted(united("ab", "ba", Grain::Pieces)), sorted(united("ba", "ab", Grain::Pieces)));
    }
}
