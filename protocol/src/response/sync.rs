//! Replies about sync, logins and what was overwritten.

use serde::{Deserialize, Serialize};

use crate::types::{CheckStep, Conflict, NodeRef, ParkedChange, SyncDevice, SyncState};

replies! {
    /// How a store stands to its hub.
    SyncStatus {
        /// The hub's address; none if there is no hub.
        #[serde(skip_serializing_if = "Option::is_none")]
        hub: Option<String>,
        /// What sync is at.
        state: SyncState,
        /// Why nothing moves, in a sentence, if nothing does.
        #[serde(skip_serializing_if = "Option::is_none")]
        problem: Option<String>,
        /// What to do about it.
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
        /// When it is tried again.
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_at: Option<String>,
        /// How news arrives: `events`, `poll` or `timer`.
        #[serde(skip_serializing_if = "Option::is_none")]
        live: Option<String>,
        /// Whose account it is, as the issuer names the person.
        #[serde(skip_serializing_if = "Option::is_none")]
        account: Option<String>,
        /// How far the account's log is read.
        cursor: u64,
        /// How far it goes, as far as is known.
        head: u64,
        /// Changes that are not at the hub.
        unsent: u64,
        /// Those of them that the hub refuses.
        parked: Vec<ParkedChange>,
        /// Values that were overwritten unseen.
        conflicts: u64,
        /// Changes of others that could not be taken in.
        unfit: u64,
        /// When both were last known to have the same.
        #[serde(skip_serializing_if = "Option::is_none")]
        synced_at: Option<String>,
        /// How many seconds the hub's clock is ahead of this machine's, where that matters.
        clock_ahead_s: i32,
        /// Files of this machine that the hub has not yet.
        files_unsent: u64,
        /// Files that were asked for and are not here yet.
        files_wanted: u64,
        /// Why files do not come or go, in a sentence, if they do not.
        #[serde(skip_serializing_if = "Option::is_none")]
        files_problem: Option<String>,
    }

    /// What joining will do.
    SyncPreview {
        /// Pages, tasks and journals of this store.
        here: u64,
        /// Those of the account.
        there: u64,
        /// Those that both have, and whose texts or fields are merged; at most 200 are listed.
        both: Vec<NodeRef>,
        /// How many both have.
        both_count: u64,
        /// Whether the store has joined already.
        joined: bool,
    }

    /// The devices of an account.
    SyncDevices {
        /// All of them.
        devices: Vec<SyncDevice>,
    }

    /// The way to the hub, step by step; the first that failed is the last.
    SyncChecked {
        /// The steps.
        steps: Vec<CheckStep>,
    }

    /// Values that were overwritten unseen.
    ConflictList {
        /// At most 200, newest first.
        conflicts: Vec<Conflict>,
    }

    /// A login that waits for the person.
    LoginBegun {
        /// What the person enters.
        user_code: String,
        /// Where.
        verification_uri: String,
        /// The same with the code in it, where the issuer has that.
        #[serde(skip_serializing_if = "Option::is_none")]
        verification_uri_complete: Option<String>,
        /// Until when.
        expires_at: String,
        /// Who logs in.
        issuer: String,
    }

    /// Who is logged in.
    AuthStatus {
        /// Whether somebody is.
        logged_in: bool,
        /// The issuer; none for a hub without one.
        #[serde(skip_serializing_if = "Option::is_none")]
        issuer: Option<String>,
        /// The client id the login is for.
        #[serde(skip_serializing_if = "Option::is_none")]
        client_id: Option<String>,
        /// Whom the issuer means.
        #[serde(skip_serializing_if = "Option::is_none")]
        subject: Option<String>,
        /// Until when the token counts; it is renewed by itself.
        #[serde(skip_serializing_if = "Option::is_none")]
        expires_at: Option<String>,
        /// What is wrong with the login, and what to do.
        #[serde(skip_serializing_if = "Option::is_none")]
        problem: Option<String>,
    }
}
