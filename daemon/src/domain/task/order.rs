//! Places by hand: fractional indices, so that a task is moved by writing its own place alone.
//!
//! A place is a fraction in base 36 without its `0.`: between any two there is another. Two random digits at the end keep
//! two machines that put something in the same gap from choosing the same place. Texts compare as the fractions do.

use std::cmp::Ordering;

use super::Task;

/// The digits, in the order of their bytes.
const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// The longest place that is written; beyond that the gap counts as full.
const LONGEST: usize = 200;

/// A place between two others, `None` for an open end; `None` when the two leave no room or are none of ours.
///
/// `random` are the digits at the end, any numbers.
pub fn place_between(before: Option<&str>, after: Option<&str>, random: [u8; 2]) -> Option<String> {
    let before = values(before.unwrap_or_default())?;
    let mut place = match after {
        Some(after) => middle(&before, Some(&values(after)?)),
        None => middle(&before, None),
    }?;
    place.push(random[0] % 36);
    // A fraction that ended with a zero would leave no room before it.
    place.push(1 + random[1] % 35);
    let text: String = place.into_iter().map(|digit| char::from(DIGITS[usize::from(digit)])).collect();
    (text.len() <= LONGEST).then_some(text)
}

/// Order of likes by hand: those with a place first, then by age.
pub fn by_place(one: &Task, other: &Task) -> Ordering {
    (one.rank.is_none(), &one.rank, one.created, one.id).cmp(&(
        other.rank.is_none(),
        &other.rank,
        other.created,
        other.id,
    ))
}

fn values(place: &str) -> Option<Vec<u8>> {
    let value =
        |byte: u8| DIGITS.iter().position(|digit| *digit == byte).and_then(|at| u8::try_from(at).ok());
    place.bytes().map(value).collect()
}

/// A fraction between two that begins neither of them; behind the last one just one digit on, so that a list that grows
/// at its end has short places.
fn middle(before: &[u8], after: Option<&[u8]>) -> Option<Vec<u8>> {
    let mut place = Vec::new();
    let mut after = after;
    for at in 0..=LONGEST {
        let low = before.get(at).copied().unwrap_or(0);
        let high = match after {
            Some(after) => *after.get(at)?,
            None => 36,
        };
        if low > high {
            return None;
        }
        if high - low > 1 {
            let is_first = before.is_empty() && after.is_none();
            let digit = match after {
                None if !is_first => low + 1,
                _ => low + (high - low) / 2,
            };
            place.push(digit);
            return Some(place);
        }
        place.push(low);
        if high > low {
            after = None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn there_is_always_room(moves in prop::collection::vec((any::<prop::sample::Index>(), any::<[u8; 2]>()), 1..60)) {
            let mut places: Vec<String> = Vec::new();
            for (index, random) in moves {
                let at = index.index(places.len() + 1);
                let before = at.checked_sub(1).map(|at| places[at].as_str());
                let after = places.get(at).map(String::as_str);
                let place = place_between(before, after, random).unwrap();
                prop_assert!(before.is_none_or(|before| before < &*place), "{before:?} {place}");
                prop_assert!(after.is_none_or(|after| &*place < after), "{place} {after:?}");
                places.insert(at, place);
            }
        }

        #[test]
        fn hostile_places_do_not_hang(before in ".{0,20}", after in ".{0,20}") {
            let _ = place_between(Some(&before), Some(&after), [0, 0]);
        }
    }

    #[test]
    fn a_list_that_grows_at_its_end_has_short_places() {
        let mut last = place_between(None, None, [9, 9]).unwrap();
        for _ in 0..500 {
            last = place_between(Some(&last), None, [9, 9]).unwrap();
        }
        assert!(last.len() < 60, "{last}");
    }
}
