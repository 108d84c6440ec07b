//! Dates as people mean them: a civil day, or a local time in a zone; nothing else.

mod describe;
mod now;
mod when;

pub use describe::describe;
pub use now::Now;
pub(crate) use when::days_between;
pub use when::{NotADate, When};
