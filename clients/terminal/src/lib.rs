//! What heph's surfaces on a terminal share, so that a task, a date or a page reads the same in each.
//!
//! Nothing here prints, asks the daemon, or knows a rule: texts go in, texts and styles come out. The one thing done is
//! [`editor`], which runs the user's editor on a file of its own.

pub mod config_file;
pub mod editor;
pub mod environment;
pub mod fields;
pub mod line;
pub mod markdown;
pub mod node;
pub mod style;
pub mod text;
pub mod when;
