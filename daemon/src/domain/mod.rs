//! The rules of heph, pure: no IO, no async, no clock or randomness of its own.
//!
//! Time comes in as [`date::Now`], randomness as bytes. What a change means is decided in [`change`], what a task or
//! page is stands in [`task`] and [`page`].

pub mod change;
pub mod date;
pub mod decimal;
pub mod id;
pub mod import;
pub mod merge;
pub mod node;
pub mod page;
pub mod search;
pub mod settings;
pub mod short_id;
pub(crate) mod suggest;
pub mod sync;
pub mod task;
pub mod update;
pub mod value;
pub mod verbs;
