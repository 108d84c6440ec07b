//! The filter language: one parser for every surface, saved views and query blocks.
//!
//! A text becomes a [`Filter`], that with its dates resolved a [`BoundFilter`], which is asked about tasks. What a
//! task does not hold itself is asked of [`Facts`].

mod bind;
mod bound;
mod complete;
mod error;
mod explain;
mod expression;
mod facts;
mod grammar;
mod group;
mod key;
mod print;
mod scope;
mod sort;
mod sort_place;
mod term;
mod text;
mod token;
mod value;
mod words;

pub use bind::{Filter, parse};
pub use bound::{BoundFilter, LinkTarget};
pub(in crate::domain::task) use complete::cut;
pub use complete::{is_words, keys, modifiers, typed};
pub use error::FilterError;
pub use expression::ProjectTest;
pub use facts::Facts;
pub use group::{Group, Grouping};
pub use scope::Scope;
pub use sort::{Direction, Placing, Sort, SortKey};
pub use sort_place::SortPlace;
pub use text::TextTerm;

#[cfg(test)]
mod tests;
