//! Tasks: what they are, and the rules about them.

pub mod agenda;
pub mod amount;
pub mod complete;
mod deadline;
pub mod filter;
pub mod gate;
mod model;
pub mod open_tasks;
pub mod order;
pub mod own;
mod project;
pub mod quick_add;
pub mod rank;
pub mod recurrence;
pub mod reminder;
pub mod review;
pub mod saved_view;
mod span;
mod status;
pub mod tag;
pub mod time;
pub mod today;
pub mod why;

pub use deadline::Deadline;
pub use model::Task;
pub use project::{MOST_WEIGHT as MOST_PROJECT_WEIGHT, Project, ProjectStatus};
pub use status::Status;
