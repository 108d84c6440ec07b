//! Data of other programs, read as plain data. What it becomes in the store is decided elsewhere.

mod imported_task;
pub mod obsidian;
pub mod taskwarrior;

pub use imported_task::{ImportProblem, ImportedTask, LogNote};
pub use obsidian::ImportedPage;
