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

/// A saved view: a filter that has a name, and how its tasks are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct SavedView {
    /// Its name.
    pub name: String,
    /// Its filter; empty for all open tasks.
    pub filter: String,
    /// Sort keys, comma-separated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
    /// Columns, comma-separated, as `heph list --columns` takes them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<String>,
    /// What its tasks are grouped by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Why its filter cannot be used, if it cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// A field that the user declared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct OwnField {
    /// Its name: what stands before the `:`.
    pub name: String,
    /// `string`, `number`, `date`, `duration` or `choice`.
    pub kind: String,
    /// The choices, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// What people see instead of the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// How many tasks have a value of it, closed ones too.
    pub tasks: u64,
    /// How many of those values were written under another declaration and do not fit.
    #[serde(skip_serializing_if = "is_zero")]
    pub unfit: u64,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}
