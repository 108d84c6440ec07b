//! Replies about what is set for all machines.

use serde::{Deserialize, Serialize};

use crate::types::{Context, OwnField, SavedView, SyncedSetting};

replies! {
    /// What is set for all machines.
    SettingsList {
        /// Every setting, those that were never set too.
        settings: Vec<SyncedSetting>,
    }

    /// The contexts, by name.
    ContextList {
        /// The contexts.
        contexts: Vec<Context>,
        /// Name of the one this machine is in.
        #[serde(skip_serializing_if = "Option::is_none")]
        active: Option<String>,
        /// Whether that one is no more, so that nothing is narrowed.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        is_gone: bool,
    }

    /// The saved views, by name.
    ViewList {
        /// The views.
        views: Vec<SavedView>,
    }

    /// The fields the user declared, by name.
    FieldList {
        /// The fields.
        fields: Vec<OwnField>,
    }

    /// A setting after a change.
    SettingChanged {
        /// Whether it was another one before.
        changed: bool,
        /// What was done, in words (`set weight:due to 12`).
        summary: String,
        /// Things to know.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        notes: Vec<String>,
        /// The group that `undo` takes; absent when nothing changed.
        #[serde(skip_serializing_if = "Option::is_none")]
        group: Option<String>,
    }
}
