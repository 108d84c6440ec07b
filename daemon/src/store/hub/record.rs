//! What the hub's store hands out.

use crate::domain::id::{DeviceId, NodeId, OpId};
use crate::domain::sync::hub::Verdict;

/// An account's number in this database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(pub(in crate::store) i64);

#[cfg(test)]
impl AccountId {
    /// An account of no store.
    pub(crate) fn of_test(number: i64) -> Self {
        Self(number)
    }
}

/// An account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountRecord {
    /// Its number.
    pub id: AccountId,
    /// Another one after the hub was restored.
    pub epoch: u64,
    /// The newest place of its log.
    pub head: u64,
    /// Its log begins after this place.
    pub floor: u64,
    /// The place of its newest whole snapshot, 0 for none.
    pub snapshot: u64,
    /// Bytes it holds.
    pub bytes: u64,
    /// Bytes it may hold.
    pub quota: u64,
    /// Devices that are not locked out.
    pub devices: u32,
}

/// Whether a device may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceState {
    /// It may.
    Known,
    /// It is locked out.
    Revoked,
    /// The account has none of that id.
    Unknown,
}

/// Who asks: an account, and one of its devices if it named one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// The account.
    pub account: AccountId,
    /// The device.
    pub device: DeviceState,
}

/// A device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRecord {
    /// Its id.
    pub device: DeviceId,
    /// Its name.
    pub name: String,
    /// When it was registered.
    pub registered_ms: i64,
    /// When it asked for something last.
    pub seen_ms: i64,
    /// How far it has read the log.
    pub cursor: u64,
    /// Whether it is locked out.
    pub revoked: bool,
}

/// What became of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// The account's epoch.
    pub epoch: u64,
    /// The newest place of its log.
    pub head: u64,
    /// When the first of those that were accepted was, Unix milliseconds; each other one a millisecond after the last.
    pub received_at: i64,
    /// For each operation, in order.
    pub verdicts: Vec<Verdict>,
}

/// An operation of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedRecord {
    /// Its place.
    pub seq: u64,
    /// Its id.
    pub id: OpId,
    /// Who made it.
    pub device: DeviceId,
    /// The stream it belongs to.
    pub stream: NodeId,
    /// Its kind.
    pub kind: u8,
    /// For texts: what it changes.
    pub base: Option<u64>,
    /// How far its device had read the log.
    pub cursor: u64,
    /// When it was taken.
    pub received_at: i64,
    /// What it does.
    pub body: Vec<u8>,
}

/// A part of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpsPage {
    /// The account's epoch.
    pub epoch: u64,
    /// The newest place of its log.
    pub head: u64,
    /// Its log begins after this place.
    pub floor: u64,
    /// The place of its newest whole snapshot, 0 for none.
    pub snapshot: u64,
    /// In order.
    pub ops: Vec<LoggedRecord>,
    /// Whether there are more; never with an empty page.
    pub more: bool,
}

/// A snapshot that a device begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewSnapshot {
    /// Its id, which the device chose.
    pub id: SnapshotId,
    /// The epoch the device knows.
    pub epoch: u64,
    /// The place up to which it has the log.
    pub seq: u64,
    /// How its parts are to be read; never read here.
    pub format: u32,
}

/// The id of a snapshot.
pub type SnapshotId = [u8; 16];

/// A BLAKE3 hash.
pub type PartHash = [u8; 32];

/// A whole snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotRecord {
    /// Its id.
    pub id: SnapshotId,
    /// The device that made it.
    pub device: DeviceId,
    /// The place up to which it has the log.
    pub seq: u64,
    /// How its parts are to be read.
    pub format: u32,
    /// When it was whole, Unix milliseconds.
    pub made_ms: i64,
    /// Hash of the state that the log up to its place makes.
    pub state_hash: PartHash,
    /// Hash and length in bytes of each part, in order.
    pub parts: Vec<(PartHash, u64)>,
}
