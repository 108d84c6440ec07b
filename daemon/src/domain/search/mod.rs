//! Searching: what a query means, what of a node is indexed, and the piece of a text that is shown of a hit.

mod document;
mod facet;
mod lexer;
mod query;
mod snippet;
mod words;

pub use document::SearchDocument;
pub use query::{Query, QueryError};
pub use snippet::{Snippet, marks_of, snippet};
