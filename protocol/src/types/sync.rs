//! What is said of sync: states, devices, refusals, conflicts.

use serde::{Deserialize, Serialize};

use super::NodeRef;

/// What sync is at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SyncState {
    /// There is no hub.
    #[default]
    Off,
    /// Both have the same.
    Idle,
    /// It reads the account's log.
    Pulling,
    /// It sends.
    Pushing,
    /// Something failed; it is tried again by itself.
    Backoff,
    /// Nobody is logged in.
    AuthRequired,
    /// One of the two has to be upgraded.
    UpgradeRequired,
    /// A person has to decide.
    Paused,
}

/// A device of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct SyncDevice {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it was registered.
    pub registered_at: String,
    /// When it asked for something last.
    pub seen_at: String,
    /// How many changes it has not read.
    pub behind: u64,
    /// Whether it is this one.
    pub is_this: bool,
    /// Whether it was locked out.
    pub is_revoked: bool,
}

/// A change that the hub refuses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ParkedChange {
    /// What it is about.
    pub node: NodeRef,
    /// Why it is refused.
    pub reason: String,
}

/// A value that was overwritten by somebody who had not seen it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Conflict {
    /// Names it to restore or dismiss it.
    pub id: String,
    /// What it is about.
    pub node: NodeRef,
    /// The field.
    pub field: String,
    /// The value that was overwritten; none where there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost: Option<String>,
    /// The value that stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
    /// Whether this machine wrote the one that was overwritten.
    pub is_own: bool,
    /// When it was found.
    pub at: String,
    /// For a dependency that is ignored because it closes a circle: the tasks of the circle, each before the one it
    /// waits for; the first stands at the end again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub circle: Vec<NodeRef>,
}

/// A step of the way to the hub.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct CheckStep {
    /// What was tried.
    pub name: String,
    /// Whether it worked.
    pub ok: bool,
    /// What came of it.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}
