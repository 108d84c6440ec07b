//! The HTTP API between a spoke and its hub: bodies are MessagePack maps ([`CONTENT_TYPE`]), compressed with zstd.
//!
//! Ids are 16 bytes, instants Unix milliseconds, sequence numbers count from 1 within an account. The hub never reads
//! the body of an operation.

mod snapshot;

use serde::{Deserialize, Serialize};
use serde_bytes::{ByteArray, ByteBuf};

pub use self::snapshot::{
    BeginSnapshot, CommitSnapshot, Hash, MAX_SNAPSHOT_PART, MAX_SNAPSHOT_PARTS, PartOf, SNAPSHOTS, Snapshot,
    SnapshotPart,
};

/// The version of this API; a hub and a spoke need one in common.
pub const PROTO: u32 = 1;

/// Media type of requests and replies.
pub const CONTENT_TYPE: &str = "application/msgpack";

/// Content coding of requests and replies; a body without it is taken too.
pub const CONTENT_ENCODING: &str = "zstd";

/// Names the version of the API that a spoke speaks; an unknown one is answered with 426.
pub const PROTO_HEADER: &str = "heph-proto";

/// Names the device that asks, in hexadecimal; every call but `hello`, `account` and `devices` has it.
pub const DEVICE_HEADER: &str = "heph-device";

/// The most operations of one push.
pub const MAX_PUSH_OPS: usize = 256;

/// The longest push, in bytes of its operations' bodies.
pub const MAX_PUSH_BYTES: usize = 8 << 20;

/// The longest body of an operation, in bytes.
pub const MAX_OP_BYTES: usize = 5 << 20;

/// The most operations of one page of the log.
pub const MAX_PAGE_OPS: u32 = 1_000;

/// The longest a page of the log may be waited for, in seconds.
pub const MAX_WAIT_S: u32 = 25;

/// The most operations one status request asks for.
pub const MAX_STATUS_OPS: usize = 1_000;

/// The most devices of an account.
pub const MAX_DEVICES: usize = 50;

/// The longest name of a device, in bytes.
pub const MAX_DEVICE_NAME: usize = 200;

/// An id.
pub type Id = ByteArray<16>;

/// `GET /v1/hello`: what hub this is. Asked without a token.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hello {
    /// The lowest and the highest version of the API it speaks.
    pub proto: [u32; 2],
    /// Its version.
    pub server_version: String,
    /// Its clock.
    pub server_ms: i64,
    /// The issuer it trusts; none for a loopback hub with a token in a file.
    pub issuer: Option<String>,
    /// The audience a token has to be for.
    pub audience: Option<String>,
    /// The client id spokes log in with, where the hub knows one.
    pub client_id: Option<String>,
    /// The resource to ask a token for, where the issuer wants one (RFC 8707).
    pub resource: Option<String>,
    /// What it takes.
    pub limits: Limits,
    /// What it can do beyond the first version.
    pub features: Vec<String>,
}

/// What a hub takes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Operations of one push.
    pub push_ops: u32,
    /// Bytes of the bodies of one push.
    pub push_bytes: u32,
    /// Bytes of one body.
    pub op_bytes: u32,
    /// Operations of one page of the log.
    pub page_ops: u32,
    /// Seconds a page may be waited for.
    pub wait_s: u32,
}

/// `GET /v1/account`: the account of the token, made on first use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Account {
    /// Raised when the hub is restored from a backup.
    pub epoch: u64,
    /// The newest sequence number, 0 for none.
    pub head: u64,
    /// The log begins after this one.
    pub floor: u64,
    /// The place of the newest whole snapshot, 0 for none.
    pub snapshot: u64,
    /// Bytes it has.
    pub bytes: u64,
    /// Bytes it may have.
    pub quota: u64,
    /// Devices registered.
    pub devices: u32,
    /// The `sub` of the login; empty on a loopback hub without an issuer.
    pub subject: String,
    /// The hub's clock.
    pub server_ms: i64,
}

/// `POST /v1/devices`: makes a device known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RegisterDevice {
    /// Its id.
    pub device: Id,
    /// Its name, for people.
    pub name: String,
}

/// A device of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Device {
    /// Its id.
    pub device: Id,
    /// Its name.
    pub name: String,
    /// When it was registered.
    pub registered_ms: i64,
    /// When it asked for something last.
    pub seen_ms: i64,
    /// How far it has read the log.
    pub cursor: u64,
    /// Whether it was locked out.
    pub revoked: bool,
}

/// `GET /v1/devices`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Devices {
    /// All of the account.
    pub devices: Vec<Device>,
}

/// `POST /v1/push`: offers operations for the log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Push {
    /// Who made them.
    pub device: Id,
    /// The epoch the spoke knows.
    pub epoch: u64,
    /// In the order of their streams.
    pub ops: Vec<NewOp>,
}

/// An operation as a spoke offers it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewOp {
    /// Its id; a repeat is answered with the first sequence number.
    pub id: Id,
    /// The stream it belongs to: the id of its entity.
    pub stream: Id,
    /// Its kind.
    pub kind: u8,
    /// For texts: the sequence number of the stream's text it changes, 0 for none.
    pub base: Option<u64>,
    /// How far its device had read the log.
    pub cursor: u64,
    /// What it does; the hub does not read it.
    pub body: ByteBuf,
}

/// What became of an offered operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It got this sequence number.
    Ok(u64),
    /// It has this sequence number since it was offered first.
    Dup(u64),
    /// The stream's text is this one now; the operation has to be made anew on it.
    Stale(u64),
    /// It is refused for good; why, as a code.
    Bad(String),
}

/// Reply to a push.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PushReply {
    /// The account's epoch.
    pub epoch: u64,
    /// The newest sequence number.
    pub head: u64,
    /// The hub's clock.
    pub server_ms: i64,
    /// When the first of those that got a place now was taken; each other one a millisecond after the last.
    pub received_at: i64,
    /// For each operation, in order.
    pub results: Vec<(Id, Verdict)>,
}

/// An operation of the log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LoggedOp {
    /// Its place in the account's order.
    pub seq: u64,
    /// Its id.
    pub id: Id,
    /// Who made it.
    pub device: Id,
    /// The stream it belongs to.
    pub stream: Id,
    /// Its kind.
    pub kind: u8,
    /// For texts: what it changes.
    pub base: Option<u64>,
    /// How far its device had read the log.
    pub cursor: u64,
    /// When the hub took it.
    pub received_at: i64,
    /// What it does.
    pub body: ByteBuf,
}

/// `GET /v1/ops?after=&limit=&wait=[&stream=]`: a page of the log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ops {
    /// The account's epoch.
    pub epoch: u64,
    /// The newest sequence number.
    pub head: u64,
    /// The log begins after this one.
    pub floor: u64,
    /// The hub's clock.
    pub server_ms: i64,
    /// In order.
    pub ops: Vec<LoggedOp>,
    /// Whether there are more already; never with an empty page.
    pub more: bool,
}

/// `POST /v1/status`: asks what became of operations.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Status {
    /// Their ids.
    pub op_ids: Vec<Id>,
}

/// Reply to a status request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StatusReply {
    /// Each with its sequence number, if it has one.
    pub ops: Vec<(Id, Option<u64>)>,
}

/// Data of the event `head` on `GET /v1/events`, as JSON.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Head {
    /// The account's epoch.
    pub epoch: u64,
    /// The newest sequence number.
    pub head: u64,
}

/// Body of every answer that is an error.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Problem {
    /// A word for programs, such as `epoch`, `device_revoked`, `quota`.
    pub code: String,
    /// A sentence for people.
    pub message: String,
    /// Which operation of a push it is about.
    pub index: Option<u32>,
    /// The account's epoch, with 409.
    pub epoch: Option<u64>,
    /// The log begins after this place, with 410.
    pub floor: Option<u64>,
    /// The place of the newest whole snapshot, with 410.
    pub snapshot: Option<u64>,
}
