//! Splices: a text change as positions over Unicode scalars.

use similar::{Algorithm, DiffOp};

/// Replaces `delete` Unicode scalars at `at` of the base by `insert`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Splice {
    /// First scalar, counted in the base.
    pub at: u32,
    /// How many scalars go.
    pub delete: u32,
    /// What comes in their place.
    pub insert: String,
}

/// Splices do not fit the text they are applied to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("splices do not fit the text")]
pub struct BadSplice;

/// The splices that make `after` of `before`, in order and apart from each other.
///
/// Lines are compared first, then each changed run is narrowed to the scalars that differ at its ends.
pub fn diff_splices(before: &str, after: &str) -> Vec<Splice> {
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let mut splices = Vec::new();
    let mut position = 0;
    let mut line = 0;
    for op in similar::capture_diff_slices(Algorithm::Patience, &old, &new) {
        if matches!(op, DiffOp::Equal { .. }) {
            continue;
        }
        let (old_lines, new_lines) = (op.old_range(), op.new_range());
        position += scalars(&old[line..old_lines.start]);
        let (gone, come) = (old[old_lines.clone()].concat(), new[new_lines].concat());
        splices.push(narrow(position, &gone, &come));
        position += gone.chars().count() as u32;
        line = old_lines.end;
    }
    splices
}

fn scalars(lines: &[&str]) -> u32 {
    lines.iter().map(|line| line.chars().count() as u32).sum()
}

/// Cuts off what a deletion and its insertion begin and end with alike.
fn narrow(at: u32, gone: &str, come: &str) -> Splice {
    let head = gone.chars().zip(come.chars()).take_while(|(a, b)| a == b).count();
    let (gone, come): (Vec<char>, Vec<char>) =
        (gone.chars().skip(head).collect(), come.chars().skip(head).collect());
    let tail = gone.iter().rev().zip(come.iter().rev()).take_while(|(a, b)| a == b).count();
    Splice {
        at: at + head as u32,
        delete: (gone.len() - tail) as u32,
        insert: come[..come.len() - tail].iter().collect(),
    }
}

/// Applies splices to their base.
///
/// # Errors
/// [`BadSplice`] when one lies outside the text or before the one before it.
pub fn apply_splices(base: &str, splices: &[Splice]) -> Result<String, BadSplice> {
    let mut out =
        String::with_capacity(base.len() + splices.iter().map(|splice| splice.insert.len()).sum::<usize>());
    let mut rest = base;
    let mut position = 0;
    for splice in splices {
        let keep = splice.at.checked_sub(position).ok_or(BadSplice)?;
        let (kept, behind) = split_scalars(rest, keep)?;
        let (_, behind) = split_scalars(behind, splice.delete)?;
        out.push_str(kept);
        out.push_str(&splice.insert);
        position = splice.at.checked_add(splice.delete).ok_or(BadSplice)?;
        rest = behind;
    }
    out.push_str(rest);
    Ok(out)
}

fn split_scalars(text: &str, count: u32) -> Result<(&str, &str), BadSplice> {
    if count == 0 {
        return Ok(("", text));
    }
    let (last, letter) = text.char_indices().nth(count as usize - 1).ok_or(BadSplice)?;
    Ok(text.split_at(last + letter.len_utf8()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_diff_applied_gives_the_new_text(before in "[abc\n😀é]{0,60}", after in "[abc\n😀é]{0,60}") {
            let splices = diff_splices(&before, &after);
            prop_assert_eq!(apply_splices(&before, &splices), Ok(after));
        }

        #[test]
        fn any_splices_do_not_panic(
            base in ".{0,20}",
            splices in prop::collection::vec((any::<u32>(), any::<u32>(), ".{0,3}"), 0..4),
        ) {
            let splices: Vec<_> =
                splices.into_iter().map(|(at, delete, insert)| Splice { at, delete, insert }).collect();
            let _ = apply_splices(&base, &splices);
        }
    }

    #[test]
    fn a_word_changed_in_a_line_is_a_small_splice() {
        let splices = diff_splices("one\ntwo words\nthree\n", "one\ntwo swords\nthree\n");
        assert_eq!(splices, [Splice { at: 8, delete: 0, insert: "s".into() }]);
    }
}
