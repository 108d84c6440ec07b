//! Replies about the mirror.

use serde::{Deserialize, Serialize};

use crate::types::{LeftAlone, VaultState};

replies! {
    /// How the folder stands that mirrors the pages.
    VaultStatus {
        /// What it is at.
        state: VaultState,
        /// The folder; absent where none mirrors the pages.
        #[serde(skip_serializing_if = "Option::is_none")]
        folder: Option<String>,
        /// Files that are mirrored.
        files: u64,
        /// Files that wait until nobody is at them.
        waiting: u64,
        /// Why it stands still, in a sentence, if it does.
        #[serde(skip_serializing_if = "Option::is_none")]
        problem: Option<String>,
        /// What to do about that.
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
        /// Files that are left alone, up to 100.
        left_alone: Vec<LeftAlone>,
        /// How many there are.
        left_alone_count: u64,
        /// When it was last looked through.
        #[serde(skip_serializing_if = "Option::is_none")]
        mirrored_at: Option<String>,
    }
}
