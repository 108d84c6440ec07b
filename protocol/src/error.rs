//! What went wrong, as a client sees it.

use serde::{Deserialize, Serialize};

use crate::types::NodeRef;

/// The closed list of error codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Nothing answers to that reference.
    NotFound,
    /// Several things answer to it; `data.candidates` lists them.
    Ambiguous,
    /// The request cannot be understood; `data.span` says where in the text.
    Invalid,
    /// The thing changed since the base the client had.
    Conflict,
    /// Understood, but a rule forbids it.
    Refused,
    /// Too much waits; try again with the same mutation id.
    Busy,
    /// Log in first.
    Unauthenticated,
    /// This daemon does not do that.
    Unsupported,
    /// A fault of the daemon; its log has the cause.
    Internal,
}

/// An error reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[error("{message}")]
pub struct WireError {
    /// What kind of error.
    pub code: ErrorCode,
    /// What happened and where, in one sentence without a full stop.
    pub message: String,
    /// What to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Details for programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<ErrorData>,
}

/// Details of an error, for programs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ErrorData {
    /// What an ambiguous reference may mean.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<NodeRef>,
    /// Where in a text the error stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
    /// Id under which the daemon's log has the cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The file that belongs to a page and whose bytes are not on this machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub absent: Option<AbsentFile>,
}

/// A file whose record is here and whose bytes are not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct AbsentFile {
    /// BLAKE3 of its bytes, in hexadecimal.
    pub hash: String,
    /// How many it has.
    pub bytes: u64,
}

/// A place in a text the client sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Span {
    /// The text.
    pub text: String,
    /// First Unicode scalar of the place, from 0.
    pub start: u32,
    /// One past its last Unicode scalar.
    pub end: u32,
}

impl WireError {
    /// Makes an error without hint or data.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None, data: None }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds details for programs.
    #[must_use]
    pub fn data(mut self, data: ErrorData) -> Self {
        self.data = Some(data);
        self
    }

    /// Whether the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        self.code == ErrorCode::Busy
    }
}
