//! What the administration of a hub speaks of.

use serde::{Deserialize, Serialize};

/// An account of a hub.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct HubAccount {
    /// Its number in this hub.
    pub id: String,
    /// Who logs the person in; empty on a hub without an issuer.
    pub issuer: String,
    /// Whom the issuer calls so; empty on a hub without one.
    pub subject: String,
    /// Bytes it has, files included.
    pub bytes: u64,
    /// Bytes it may have.
    pub quota: u64,
    /// Changes in its log.
    pub changes: u64,
    /// Files.
    pub files: u64,
    /// Bytes of them.
    pub file_bytes: u64,
    /// Devices that are not locked out.
    pub devices: u32,
    /// When one of its devices asked last; none before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<String>,
}

/// A device of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct HubDevice {
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
    /// Whether it is locked out.
    pub is_revoked: bool,
}
