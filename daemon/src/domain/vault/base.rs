//! Which text an outside edit was made from.

use std::collections::HashMap;

use crate::domain::change::{TextHash, text_hash};

/// The texts of a file that are kept: what was last read from it, and what was written since.
pub const MOST_VERSIONS: usize = 16;

/// Lines that are compared by their words, at most; a rewrite of more has no base that explains it line by line.
const MOST_COMPARED: usize = 64;

/// How alike two lines are that one was made of the other: twice the common words over all words, in percent.
const ALIKE: usize = 50;

/// The text, of those a file has had (oldest first), that `text` was made from: the one of which it drops fewest lines,
/// the newest of several. A line that was edited is not dropped, unless an older text explains the edited line as well.
///
/// A text the file had before, to the letter, is a return to it: its base is what stood on the disk (`disk`).
pub fn base_of<'a>(versions: &'a [String], disk: TextHash, text: &str) -> &'a str {
    let newest = versions.last().map_or("", String::as_str);
    let on_disk = || versions.iter().rev().find(|version| text_hash(version) == disk);
    if versions.iter().any(|version| version == text) {
        return on_disk().map_or(newest, String::as_str);
    }
    let lefts: Vec<Left<'_>> = versions.iter().map(|version| Left::of(version, text)).collect();
    let dropped = |at: usize| lefts[at].dropped(&lefts[..at]);
    let best = (0..versions.len()).rev().min_by_key(|at| dropped(*at));
    best.map_or(newest, |at| versions[at].as_str())
}

/// What two texts do not have in common.
struct Left<'a> {
    /// Lines of the older text alone.
    gone: Vec<&'a str>,
    /// Lines of the newer one alone.
    come: Vec<&'a str>,
}

impl<'a> Left<'a> {
    fn of(before: &'a str, after: &'a str) -> Self {
        Self { gone: without(before, after), come: without(after, before) }
    }

    /// How many lines are gone that no new line was made of.
    fn dropped(&self, older: &[Self]) -> usize {
        if self.gone.len() > MOST_COMPARED || self.come.len() > MOST_COMPARED {
            return self.gone.len();
        }
        let mut come: Vec<&str> = self.come.clone();
        let mut dropped = 0;
        for gone in &self.gone {
            let of_older = |line: &str| {
                let lines = older.iter().flat_map(|left| left.gone.iter().take(MOST_COMPARED));
                lines.map(|other| likeness(other, line)).max().unwrap_or(0)
            };
            let edited = |line: &str| {
                let likeness = likeness(gone, line);
                likeness >= ALIKE && likeness > of_older(line)
            };
            match come.iter().position(|line| edited(line)) {
                Some(at) => drop(come.swap_remove(at)),
                None => dropped += 1,
            }
        }
        dropped
    }
}

/// The lines of `text` that `other` has not, counted.
fn without<'a>(text: &'a str, other: &str) -> Vec<&'a str> {
    let mut there = HashMap::<&str, usize>::new();
    for line in other.lines() {
        *there.entry(line).or_default() += 1;
    }
    let is_alone = |line: &&str| match there.get_mut(*line) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    };
    text.lines().filter(is_alone).collect()
}

/// Twice the words two lines have in common over all their words, in percent.
fn likeness(one: &str, other: &str) -> usize {
    let mut words = HashMap::<&str, usize>::new();
    let (mut all, mut common) = (0_usize, 0_usize);
    for word in one.split_whitespace() {
        *words.entry(word).or_default() += 1;
        all += 1;
    }
    for word in other.split_whitespace() {
        all += 1;
        if let Some(count) = words.get_mut(word).filter(|count| **count > 0) {
            *count -= 1;
            common += 1;
        }
    }
    (200 * common).checked_div(all).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(versions: &[&str], text: &str) -> usize {
        let versions: Vec<String> = versions.iter().map(|text| (*text).to_owned()).collect();
        let disk = text_hash(versions.last().unwrap());
        let base = base_of(&versions, disk, text);
        versions.iter().rposition(|version| version == base).unwrap()
    }

    #[test]
    fn an_edit_is_of_the_text_it_drops_least_of() {
        assert_eq!(base(&["a\nb\n", "a\nb\nc\n"], "a\nb\nmine\n"), 0, "the editor had not seen c");
        assert_eq!(base(&["a\nb\n", "a\nb\nc\n"], "a\nb\nc\nmine\n"), 1, "the newest of several");
        assert_eq!(base(&["a\n", "a\nx\n", "a\nx\ny\n"], "a\nx\nmine\n"), 1);
        assert_eq!(base(&["a\n"], "something else\n"), 0);
        assert_eq!(base_of(&[], text_hash(""), "a"), "");
    }

    #[test]
    fn a_line_that_was_edited_is_not_dropped() {
        assert_eq!(base(&["a\n", "a\n- call bob\n"], "a\n- call bob today\n"), 1);
        let stale = base(&["- call bob\n", "- call bob at noon\n"], "- call bob today\n");
        assert_eq!(stale, 0, "the older one explains the line as well");
    }

    #[test]
    fn a_text_of_before_is_a_return_to_it() {
        assert_eq!(base(&["a\n", "a\nb\n"], "a\n"), 1, "b was taken out");
    }
}
