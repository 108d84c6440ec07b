//! Snapshots of an account: the log up to a place, shortened by a device to what still counts.

use serde::{Deserialize, Serialize};
use serde_bytes::{ByteArray, ByteBuf};

use super::Id;

/// What a hub that keeps snapshots names in [`super::Hello::features`].
pub const SNAPSHOTS: &str = "snapshots";

/// The longest part of a snapshot, in bytes.
pub const MAX_SNAPSHOT_PART: usize = 4 << 20;

/// The most parts of a snapshot.
pub const MAX_SNAPSHOT_PARTS: usize = 256;

/// A BLAKE3 hash.
pub type Hash = ByteArray<32>;

/// `POST /v1/snapshots`: begins a snapshot. A repeat is no error; another one of the device that is not whole is dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BeginSnapshot {
    /// Its id, which the device chose.
    pub id: Id,
    /// The epoch the spoke knows.
    pub epoch: u64,
    /// The place up to which it has the log.
    pub seq: u64,
    /// How its parts are to be read; the hub does not read them.
    pub format: u32,
}

/// `PUT /v1/snapshots/{id}/parts/{n}` and the reply to `GET` of it. A repeat replaces the part.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SnapshotPart {
    /// The part.
    pub bytes: ByteBuf,
}

/// `POST /v1/snapshots/{id}/commit`: the snapshot is whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CommitSnapshot {
    /// The hashes of all parts, in order.
    pub parts: Vec<Hash>,
    /// Hash of the state that the log up to its place makes.
    pub state_hash: Hash,
}

/// A part of a snapshot, as its manifest has it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PartOf {
    /// Its hash.
    pub hash: Hash,
    /// Its length in bytes.
    pub bytes: u64,
}

/// `GET /v1/snapshots/latest`: the newest whole snapshot.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Snapshot {
    /// Its id.
    pub id: Id,
    /// The device that made it.
    pub device: Id,
    /// The place up to which it has the log.
    pub seq: u64,
    /// How its parts are to be read.
    pub format: u32,
    /// When it was whole.
    pub made_ms: i64,
    /// Hash of the state that the log up to its place makes.
    pub state_hash: Hash,
    /// Its parts, in order.
    pub parts: Vec<PartOf>,
}
