//! Where and why a filter cannot be understood.

/// A filter cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FilterError {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// First Unicode scalar of the place in the filter, from 0.
    pub start: usize,
    /// One past its last.
    pub end: usize,
}
