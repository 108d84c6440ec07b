//! The filter language: one parser for every surface, saved views and query blocks.
//!
//! A text becomes a [`Filter`], that with its dates resolved a [`BoundFilter`], which is asked about tasks. What a
//! task does not hold itself is asked of [`Facts`].

mod bind;
mod bound;
mod complete;
mod conjunction;
mod error;
mod explain;
mod expression;
mod facts;
mod grammar;
mod group;
mod key;
mod own;
mod print;
mod scope;
mod sort;
mod sort_place;
mod term;
mod text;
mod token;
mod value;
mod view;
mod vocabulary;
mod words;

pub use bind::{Filter, parse};
pub use bound::{BoundFilter, LinkTarget};
pub(in crate::domain::task) use complete::cut;
pub use complete::{is_words, keys, modifiers, own_modifiers, typed};
pub use conjunction::tokens_of_conjunction;
pub use error::FilterError;
pub use expression::ProjectTest;
pub use facts::Facts;
pub use group::{Group, Grouping};
pub(crate) use key::is_key;
pub use scope::Scope;
pub use sort::{Direction, Placing, Sort, SortKey};
pub use sort_place::SortPlace;
pub use text::TextTerm;
pub use vocabulary::Vocabulary;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod vocabulary_tests;
