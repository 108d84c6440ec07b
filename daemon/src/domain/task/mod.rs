//! Tasks: what they are, and the rules about them.

mod deadline;
pub mod filter;
pub mod gate;
mod model;
pub mod open_tasks;
pub mod rank;
mod status;
pub mod today;
pub mod why;

pub use deadline::Deadline;
pub use model::Task;
pub use status::Status;
