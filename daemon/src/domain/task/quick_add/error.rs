//! Where and why a line cannot be understood.

use std::ops::Range;

use crate::domain::task::span::scalars;

/// A line cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ParseError {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// First Unicode scalar of the place in the line, from 0.
    pub start: usize,
    /// One past its last.
    pub end: usize,
}

impl ParseError {
    /// Makes an error about a byte range of a text.
    pub(super) fn at(
        text: &str,
        bytes: Range<usize>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        let scalars = scalars(text, &bytes);
        Self { message: message.into(), hint: Some(hint.into()), start: scalars.start, end: scalars.end }
    }
}
