//! From what went wrong to what a client sees.

use heph_protocol::error::{ErrorData, Span};
use heph_protocol::types::NodeRef;
use heph_protocol::{ErrorCode, WireError};

use crate::domain::search::QueryError;
use crate::domain::task::filter::FilterError;
use crate::domain::verbs::{Refusal, RefusalKind};
use crate::store::StoreError;

/// A refusal, with its candidates already shown.
pub fn refusal_error(refusal: Refusal, candidates: Vec<NodeRef>) -> WireError {
    let mut data = ErrorData { candidates, ..ErrorData::default() };
    let code = match refusal.kind {
        RefusalKind::NotFound => ErrorCode::NotFound,
        RefusalKind::Ambiguous(_) => ErrorCode::Ambiguous,
        RefusalKind::Conflict => ErrorCode::Conflict,
        RefusalKind::Refused => ErrorCode::Refused,
        RefusalKind::Invalid { text, start, end } => {
            data.span = Some(span(text, start, end));
            ErrorCode::Invalid
        }
    };
    let has_data = data != ErrorData::default();
    let (message, hint) = (clipped(refusal.message), refusal.hint.map(clipped));
    let error = WireError { code, message, hint, data: None };
    if has_data { error.data(data) } else { error }
}

/// A filter or sort order that cannot be understood.
pub(super) fn filter_error(text: &str, error: FilterError) -> WireError {
    error_at(text, (error.start, error.end), error.message, error.hint)
}

/// A query that cannot be understood.
pub fn query_error(text: &str, error: QueryError) -> WireError {
    error_at(text, (error.start, error.end), error.message, error.hint)
}

fn error_at(text: &str, (start, end): (usize, usize), message: String, hint: Option<String>) -> WireError {
    let data = ErrorData { span: Some(span(text.to_owned(), start, end)), ..ErrorData::default() };
    let (message, hint) = (clipped(message), hint.map(clipped));
    WireError { code: ErrorCode::Invalid, message, hint, data: Some(data) }
}

/// A sentence whose middle is left out where somebody typed, or pasted, more into it than anybody reads.
fn clipped(sentence: String) -> String {
    /// Characters kept of either end.
    const KEPT: usize = 200;
    let count = sentence.chars().count();
    if count <= 2 * KEPT + 1 {
        return sentence;
    }
    let (begin, end) = (sentence.chars().take(KEPT), sentence.chars().skip(count - KEPT));
    begin.chain(['…']).chain(end).collect()
}

fn span(text: String, start: usize, end: usize) -> Span {
    let place = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
    Span { text, start: place(start), end: place(end) }
}

/// A fault of the store. The cause goes to the log; a client may try again when it is of the kind that passes.
pub fn store_error(error: &StoreError) -> WireError {
    match error {
        StoreError::Full => {
            tracing::error!("the disk is full, a write failed");
            WireError::new(ErrorCode::Busy, "the disk is full; nothing was written")
                .hint("free some space and try again; reading goes on")
        }
        StoreError::Busy => {
            tracing::warn!(%error, "the store is busy");
            WireError::new(ErrorCode::Busy, "the store is busy; nothing was written")
                .hint("try again in a moment")
        }
        StoreError::NoRoom { .. } => {
            tracing::warn!(%error, "a copy of the store has no room");
            WireError::new(ErrorCode::Refused, error.to_string()).hint("the store itself is untouched")
        }
        other => {
            tracing::error!(error = %other, "the store failed");
            WireError::new(ErrorCode::Internal, "the store failed").hint("see the log; heph doctor names it")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_keeps_both_its_ends() {
        assert_eq!(clipped("unknown key `ä`".to_owned()), "unknown key `ä`");
        let long = clipped(format!("unknown key `{}`: nothing was changed", "ä".repeat(100_000)));
        assert_eq!(long.chars().count(), 401);
        assert!(long.starts_with("unknown key `ä") && long.ends_with("`: nothing was changed"), "{long}");
    }
}
