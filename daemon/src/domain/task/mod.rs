//! Tasks: what they are, and the rules about them.

mod model;
mod status;

pub use model::Task;
pub use status::Status;
