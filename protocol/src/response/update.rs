//! Replies about updates.

use serde::{Deserialize, Serialize};

use crate::types::FailedRelease;

replies! {
    /// How heph is kept up to date.
    UpdateStatus {
        /// Whether the daemon looks for releases by itself.
        enabled: bool,
        /// How often, in seconds.
        interval_seconds: u64,
        /// The repository whose releases are taken; absent when none is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        repo: Option<String>,
        /// The version that runs.
        running: String,
        /// How far it is: `idle`, `polling`, `found`, `staging`, `verified`, `swapping`, `swapped`, `handing off`,
        /// `confirmed`, `rolling back`, `rolled back` or `refused`.
        phase: String,
        /// The release it is about.
        #[serde(skip_serializing_if = "Option::is_none")]
        release: Option<String>,
        /// What is done at the moment, in words.
        #[serde(skip_serializing_if = "String::is_empty")]
        detail: String,
        /// Why there was no update, in a sentence, if something was in the way.
        #[serde(skip_serializing_if = "Option::is_none")]
        problem: Option<String>,
        /// When the forge answered last.
        #[serde(skip_serializing_if = "Option::is_none")]
        checked_at: Option<String>,
        /// When it is asked next.
        #[serde(skip_serializing_if = "Option::is_none")]
        next_check_at: Option<String>,
        /// Path of what the last build said.
        #[serde(skip_serializing_if = "Option::is_none")]
        log: Option<String>,
        /// Releases that failed on this machine.
        failed: Vec<FailedRelease>,
    }
}
