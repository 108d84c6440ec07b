//! Quick-add: a line as a person types it becomes a title and changes; the same words change a task that is there.
//!
//! Marked tokens (`+tag due:fri p1 proj:Home`) are recognised anywhere, dates in plain language only at the end of
//! the line or in `{…}`. What is not recognised stays in the title.

mod change;
mod complete;
mod defaults;
mod error;
mod key;
mod line;
mod modify;
mod own;
mod reader;
mod recurrence;
mod title;
mod trailing;
mod value;

pub use change::{Change, Repeat};
pub use complete::{KEYS, typed};
pub use defaults::parse_defaults;
pub use error::ParseError;
pub(crate) use key::is_key;
pub use modify::parse_changes;
pub use reader::{QuickAdd, Recognised, parse};
pub use recurrence::read_repeat;

#[cfg(test)]
mod tests;
