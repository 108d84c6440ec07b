//! What is set for all machines.

use serde::{Deserialize, Serialize};

/// A setting that all machines share.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct SyncedSetting {
    /// Its key (`weight:due`, `week_start`).
    pub key: String,
    /// Its value in words.
    pub value: String,
    /// What holds where nothing is set; empty for what is there only once it is set.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub default: String,
    /// What it is, in words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub meaning: String,
    /// When it was set; absent while it is the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed: Option<String>,
    /// Whether this machine set it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_own: bool,
}

/// A context: what lists stay within while a machine is in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Context {
    /// Its name.
    pub name: String,
    /// Its filter.
    pub filter: String,
    /// Quick-add tokens that a task gets which is added in it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub new_task: String,
    /// Whether nobody said so, and they are those of the filter.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_guessed: bool,
    /// Whether this machine is in it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub active: bool,
    /// Why its filter cannot be used, if it cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// The context a reply is of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct AppliedContext {
    /// Its name; empty for a filter that was given instead.
    pub name: String,
    /// Its filter.
    pub filter: String,
}
