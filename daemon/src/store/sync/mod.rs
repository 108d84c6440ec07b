//! What sync keeps in the store, and what it asks of it.

mod adopt;
mod changes;
mod offer;
mod read;

pub(super) use adopt::adopt;
pub(super) use changes::loads;
pub use changes::{SyncChanges, SyncState};
pub use offer::{Offering, Unsent, UnsentText};
pub use read::{ConflictRow, ParkedRow, SyncCounts};
