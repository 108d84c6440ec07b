//! What a hub keeps: accounts, their devices and one log each, in a database of its own.
//!
//! One [`HubWriter`] writes, several pushes a commit; [`HubStore`] is the face everybody else has. What enters a log is
//! decided in `domain::sync::hub`; the bodies of operations are never read.

mod check;
mod control;
mod error;
mod floor;
mod handle;
mod news;
mod open;
mod plan;
mod push;
mod read;
mod record;
mod seen;
#[cfg(test)]
mod snapshot_tests;
mod snapshots;
#[cfg(test)]
mod tests;
mod writer;

pub use check::{HubReport, check};
pub use error::HubError;
pub use floor::Tended;
pub use handle::HubStore;
pub use news::Head;
pub use record::{
    AccountId, AccountRecord, Caller, DeviceRecord, DeviceState, LoggedRecord, NewSnapshot, OpsPage,
    PartHash, Pushed, SnapshotId, SnapshotRecord,
};
pub use writer::HubWriter;

/// What an account may hold, in bytes, unless its row says otherwise.
pub const DEFAULT_QUOTA: u64 = 1 << 30;

/// What an operation counts beside its body, in bytes.
pub const OP_OVERHEAD: u64 = 100;
