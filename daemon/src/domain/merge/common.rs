//! Common subsequences: what two lists share, in order: Patience, between its anchors an exact search, or, where that is
//! too large, Myers' ("An O(ND) Difference Algorithm", 1986) as far as the lists differ little.

use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Range;

/// Cells of one exact search.
const MOST_CELLS: u64 = 1_000_000;

/// Differences up to which a larger piece is searched; one that differs more counts as rewritten.
const MOST_DIFFERENCES: usize = 1_000;

/// Steps that are left.
#[derive(Debug)]
pub(super) struct Budget(u64);

impl Budget {
    pub(super) fn new(steps: u64) -> Self {
        Self(steps)
    }

    /// Takes steps if so many are left.
    pub(super) fn take(&mut self, steps: u64) -> bool {
        match self.0.checked_sub(steps) {
            Some(left) => {
                self.0 = left;
                true
            }
            None => false,
        }
    }
}

/// Pairs of places (in `a`, in `b`) of a common subsequence, in order.
pub(super) fn common<T: Eq + Hash>(a: &[T], b: &[T], budget: &mut Budget) -> Vec<(usize, usize)> {
    let (a, b) = numbered(a, b);
    let mut pairs = Vec::new();
    let mut waiting = vec![(0..a.len(), 0..b.len())];
    while let Some((mut in_a, mut in_b)) = waiting.pop() {
        while !in_a.is_empty() && !in_b.is_empty() && a[in_a.start] == b[in_b.start] {
            pairs.push((in_a.start, in_b.start));
            (in_a.start, in_b.start) = (in_a.start + 1, in_b.start + 1);
        }
        while !in_a.is_empty() && !in_b.is_empty() && a[in_a.end - 1] == b[in_b.end - 1] {
            (in_a.end, in_b.end) = (in_a.end - 1, in_b.end - 1);
            pairs.push((in_a.end, in_b.end));
        }
        if in_a.is_empty() || in_b.is_empty() || !budget.take((in_a.len() + in_b.len()) as u64) {
            continue;
        }
        let anchors = anchors(&a, &b, &in_a, &in_b);
        if anchors.is_empty() {
            exact(&a, &b, in_a, in_b, budget, &mut pairs);
            continue;
        }
        let (mut from_a, mut from_b) = (in_a.start, in_b.start);
        for (at_a, at_b) in anchors {
            pairs.push((at_a, at_b));
            waiting.push((from_a..at_a, from_b..at_b));
            (from_a, from_b) = (at_a + 1, at_b + 1);
        }
        waiting.push((from_a..in_a.end, from_b..in_b.end));
    }
    pairs.sort_unstable();
    pairs
}

/// What lies between pairs, and behind the last: where in `a`, where in `b`, and the pair that follows, if one does.
pub(super) fn between(
    pairs: impl IntoIterator<Item = (usize, usize)>,
    a: usize,
    b: usize,
) -> impl Iterator<Item = (Range<usize>, Range<usize>, Option<(usize, usize)>)> {
    let (mut from_a, mut from_b) = (0, 0);
    pairs.into_iter().map(Some).chain([None]).map(move |pair| {
        let (to_a, to_b) = pair.unwrap_or((a, b));
        let piece = (from_a..to_a, from_b..to_b, pair);
        (from_a, from_b) = (to_a + 1, to_b + 1);
        piece
    })
}

/// Numbers instead of values, equal where the values are.
fn numbered<T: Eq + Hash>(a: &[T], b: &[T]) -> (Vec<u32>, Vec<u32>) {
    let mut numbers = HashMap::with_capacity(a.len());
    let mut number = |value| {
        let next = numbers.len() as u32;
        *numbers.entry(value).or_insert(next)
    };
    (a.iter().map(&mut number).collect(), b.iter().map(&mut number).collect())
}

/// What stands once on each side, as far as its order is the same: the longest increasing run.
fn anchors(a: &[u32], b: &[u32], in_a: &Range<usize>, in_b: &Range<usize>) -> Vec<(usize, usize)> {
    let places = |list: &[u32], range: &Range<usize>| {
        let mut places: HashMap<u32, Option<usize>> = HashMap::with_capacity(range.len());
        for at in range.clone() {
            places.entry(list[at]).and_modify(|place| *place = None).or_insert(Some(at));
        }
        places
    };
    let (once_a, once_b) = (places(a, in_a), places(b, in_b));
    let unique = in_a.clone().filter_map(|at| {
        once_a[&a[at]]?;
        Some((at, (*once_b.get(&a[at])?)?))
    });
    longest_increasing(&unique.collect::<Vec<_>>())
}

/// The longest run of pairs that increases in its second part (patience sorting).
fn longest_increasing(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut piles: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; pairs.len()];
    for (index, (_, at)) in pairs.iter().enumerate() {
        let pile = piles.partition_point(|top| pairs[*top].1 < *at);
        before[index] = pile.checked_sub(1).map(|left| piles[left]);
        match piles.get_mut(pile) {
            Some(top) => *top = index,
            None => piles.push(index),
        }
    }
    let mut run = Vec::with_capacity(piles.len());
    let mut next = piles.last().copied();
    while let Some(index) = next {
        run.push(pairs[index]);
        next = before[index];
    }
    run.reverse();
    run
}

/// A longest common subsequence, if the piece is not too large.
fn exact(
    a: &[u32],
    b: &[u32],
    in_a: Range<usize>,
    in_b: Range<usize>,
    budget: &mut Budget,
    pairs: &mut Vec<(usize, usize)>,
) {
    let cells = (in_a.len() as u64).saturating_mul(in_b.len() as u64);
    if cells > MOST_CELLS {
        return little_changed(&a[in_a.clone()], &b[in_b.clone()], (in_a.start, in_b.start), budget, pairs);
    }
    if !budget.take(cells) {
        return;
    }
    let width = in_b.len() + 1;
    let mut lengths = vec![0_u32; (in_a.len() + 1) * width];
    for i in (0..in_a.len()).rev() {
        for j in (0..in_b.len()).rev() {
            lengths[i * width + j] = if a[in_a.start + i] == b[in_b.start + j] {
                lengths[(i + 1) * width + j + 1] + 1
            } else {
                lengths[(i + 1) * width + j].max(lengths[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < in_a.len() && j < in_b.len() {
        if a[in_a.start + i] == b[in_b.start + j] {
            pairs.push((in_a.start + i, in_b.start + j));
            (i, j) = (i + 1, j + 1);
        } else if lengths[(i + 1) * width + j] >= lengths[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
}

/// Finds what two long pieces share if they differ in few places, going only so far along each diagonal.
fn little_changed(
    a: &[u32],
    b: &[u32],
    (from_a, from_b): (usize, usize),
    budget: &mut Budget,
    pairs: &mut Vec<(usize, usize)>,
) {
    let most = MOST_DIFFERENCES as isize;
    let at = |diagonal: isize| (diagonal + most + 1) as usize;
    // By diagonal (place in a minus place in b): how far in a one gets; kept for each number of differences.
    let mut furthest = vec![0_usize; 2 * MOST_DIFFERENCES + 3];
    let mut kept: Vec<Vec<usize>> = Vec::new();
    for differences in 0..=most {
        if !budget.take(2 * differences as u64 + 1) {
            return;
        }
        kept.push(furthest[at(-differences)..=at(differences)].to_vec());
        for diagonal in (-differences..=differences).step_by(2) {
            let goes_down = diagonal == -differences
                || (diagonal != differences && furthest[at(diagonal - 1)] < furthest[at(diagonal + 1)]);
            let mut in_a =
                if goes_down { furthest[at(diagonal + 1)] } else { furthest[at(diagonal - 1)] + 1 };
            let Some(mut in_b) = in_a.checked_add_signed(-diagonal) else { continue };
            let begun = in_a;
            while in_a < a.len() && in_b < b.len() && a[in_a] == b[in_b] {
                (in_a, in_b) = (in_a + 1, in_b + 1);
            }
            if !budget.take((in_a - begun) as u64) {
                return;
            }
            furthest[at(diagonal)] = in_a;
            if in_a >= a.len() && in_b >= b.len() {
                walk_back(&kept, (a.len(), b.len()), (from_a, from_b), pairs);
                return;
            }
        }
    }
}

/// Reads the way back off what was kept.
fn walk_back(
    kept: &[Vec<usize>],
    (mut in_a, mut in_b): (usize, usize),
    (from_a, from_b): (usize, usize),
    pairs: &mut Vec<(usize, usize)>,
) {
    for (differences, furthest) in kept.iter().enumerate().rev() {
        let differences = differences as isize;
        let at = |diagonal: isize| furthest[(diagonal + differences) as usize];
        let diagonal = in_a as isize - in_b as isize;
        let goes_down =
            diagonal == -differences || (diagonal != differences && at(diagonal - 1) < at(diagonal + 1));
        let before = if differences == 0 {
            (0, 0)
        } else {
            let diagonal = if goes_down { diagonal + 1 } else { diagonal - 1 };
            (at(diagonal), (at(diagonal) as isize - diagonal) as usize)
        };
        while in_a > before.0 && in_b > before.1 {
            (in_a, in_b) = (in_a - 1, in_b - 1);
            pairs.push((from_a + in_a, from_b + in_b));
        }
        (in_a, in_b) = before;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chars(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    fn shared(a: &str, b: &str) -> String {
        let a = chars(a);
        common(&a, &chars(b), &mut Budget::new(1 << 20)).into_iter().map(|(at, _)| a[at]).collect()
    }

    #[test]
    fn what_is_shared_is_found() {
        assert_eq!(shared("abcde", "xbdy"), "bd");
        assert_eq!(shared("aaa", "aa"), "aa");
        assert_eq!(shared("abab", "baba").len(), 3);
        assert_eq!(shared("", "a"), "");
    }

    #[test]
    fn without_a_budget_the_ends_are_still_shared() {
        let pairs = common(&chars("abXYcd"), &chars("abZcd"), &mut Budget::new(0));
        assert_eq!(pairs, [(0, 0), (1, 1), (4, 3), (5, 4)]);
    }

    proptest! {
        #[test]
        fn the_search_for_long_pieces_is_as_good(a in "[abc]{0,30}", b in "[abc]{0,30}") {
            let (a, b) = numbered(&chars(&a), &chars(&b));
            let (mut long, mut short) = (Vec::new(), Vec::new());
            exact(&a, &b, 0..a.len(), 0..b.len(), &mut Budget::new(1 << 20), &mut short);
            little_changed(&a, &b, (0, 0), &mut Budget::new(1 << 20), &mut long);
            long.sort_unstable();
            prop_assert!(long.iter().all(|(in_a, in_b)| a[*in_a] == b[*in_b]));
            prop_assert!(long.is_sorted_by(|one, next| one.0 < next.0 && one.1 < next.1));
            prop_assert_eq!(long.len(), short.len());
        }

        #[test]
        fn pairs_are_equal_and_in_order(a in "[abcd]{0,30}", b in "[abcd]{0,30}", steps in 0_u64..2_000) {
            let (a, b) = (chars(&a), chars(&b));
            let pairs = common(&a, &b, &mut Budget::new(steps));
            prop_assert!(pairs.iter().all(|(at_a, at_b)| a[*at_a] == b[*at_b]));
            prop_assert!(pairs.is_sorted_by(|one, next| one.0 < next.0 && one.1 < next.1));
        }
    }
}
