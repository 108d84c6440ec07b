//! Tasks: what they are, and the rules about them.

pub mod filter;
mod model;
mod status;

pub use model::Task;
pub use status::Status;
