//! What is said of the mirror.

use serde::{Deserialize, Serialize};

/// What the mirror is at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum VaultState {
    /// No folder mirrors the pages.
    #[default]
    Off,
    /// It has still to look through the folder.
    Starting,
    /// Folder and pages are the same, or on their way.
    Mirroring,
    /// Something is in the way; it is tried again.
    Failing,
    /// It waits for a person.
    Paused,
}

/// A file that is left alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct LeftAlone {
    /// Its path below the folder.
    pub path: String,
    /// Why.
    pub reason: String,
}
