//! Values of the user's own fields in a line: `effort:3`, `size:large`, `deadline:next fri`.

use std::ops::Range;

use super::key::Purpose;
use super::line::WordKind;
use super::value::{Context, MOST_FOLLOWING};
use super::{Change, ParseError};
use crate::domain::task::own::{BadValue, FieldKind, OwnField, meaning};

/// A `name:value` of a field of the user's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OwnPair {
    pub(super) field: OwnField,
    /// Bytes of the value in the line, without quotes.
    pub(super) value: Range<usize>,
    /// Whether it stood in quotes, so that nothing behind it belongs to it.
    pub(super) quoted: bool,
}

/// A value that was read: the change, what it was understood as, the word behind the last one that belongs to it.
pub(super) struct ReadOwn {
    pub(super) change: Change,
    pub(super) meaning: String,
    pub(super) end: usize,
}

impl Context<'_> {
    /// Reads a value; a date goes on over as many free words as still make one.
    pub(super) fn read_own(
        &self,
        pair: &OwnPair,
        following: Range<usize>,
        is_free: impl Fn(usize) -> bool,
    ) -> Result<ReadOwn, ParseError> {
        let OwnPair { field, value: bytes, .. } = pair;
        let name = field.name.clone();
        let text = &self.line.text()[bytes.clone()];
        if text.trim().is_empty() && self.purpose == Purpose::Modify {
            let change = Change::Own(name, None);
            return Ok(ReadOwn { change, meaning: "none".to_owned(), end: following.start });
        }
        let is_usable = |word: &usize| is_free(*word) && self.line.kind(*word) == WordKind::Plain;
        let more = match field.kind {
            FieldKind::Date => following.clone().take(MOST_FOLLOWING).take_while(is_usable).count(),
            _ => 0,
        };
        let mut first_error =
            BadValue { message: "a value is missing".into(), hint: "write it behind the `:`".into() };
        for count in (0..=more).rev() {
            let end = following.start + count;
            let last = if count == 0 { bytes.end } else { self.line.bytes(end - 1).end };
            match field.read(&self.line.text()[bytes.start..last], self.now) {
                Ok(value) => {
                    let meaning = meaning(&value, self.now);
                    return Ok(ReadOwn { change: Change::Own(name, Some(value)), meaning, end });
                }
                // The shortest reading names the word at fault best.
                Err(error) => first_error = error,
            }
        }
        Err(self.error(bytes, first_error.message, first_error.hint))
    }
}
