//! Tags in a text: `#a/b` behind white space or at a line's start.

use std::ops::Range;

use crate::domain::task::tag::{is_tag_char, parse_tag};

/// Collects tags from the runs of plain text that the parser shows, which may be cut anywhere.
pub(super) struct TagScanner<'a> {
    text: &'a str,
    /// The run being put together.
    run: Range<usize>,
    found: Vec<String>,
}

impl<'a> TagScanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, run: 0..0, found: Vec::new() }
    }

    /// Takes a piece of plain text.
    pub(super) fn text(&mut self, piece: Range<usize>) {
        if piece.start != self.run.end {
            self.scan();
            self.run = piece;
        } else {
            self.run.end = piece.end;
        }
    }

    /// The tags found, folded.
    pub(super) fn finish(mut self) -> Vec<String> {
        self.scan();
        self.found
    }

    fn scan(&mut self) {
        let run = std::mem::replace(&mut self.run, 0..0);
        let Some(plain) = self.text.get(run.clone()) else { return };
        for (at, _) in plain.match_indices('#') {
            let before = self.text[..run.start + at].chars().next_back();
            if before.is_some_and(|before| !before.is_whitespace()) {
                continue;
            }
            let behind = &plain[at + 1..];
            let end = behind.find(|c| !is_tag_char(c)).unwrap_or(behind.len());
            self.found.extend(parse_tag(behind[..end].trim_end_matches('/')));
        }
    }
}
