//! What is said of releases.

use serde::{Deserialize, Serialize};

/// A release that failed on this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct FailedRelease {
    /// Its version.
    pub version: String,
    /// How often.
    pub count: u32,
    /// What was wrong, the last time.
    pub reason: String,
    /// Whether it ran and was rolled back: it is not taken again.
    pub was_rolled_back: bool,
}
