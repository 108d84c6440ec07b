//! Replies of the administration of a hub.

use serde::{Deserialize, Serialize};

use crate::types::{HubAccount, HubDevice};

replies! {
    /// Accounts of a hub.
    HubAccounts {
        /// At most 1,000, those that asked last first.
        accounts: Vec<HubAccount>,
        /// How many the hub has.
        total: u64,
    }

    /// The devices of an account of a hub.
    HubDevices {
        /// Number of the account.
        account: String,
        /// All of them, in the order in which they came.
        devices: Vec<HubDevice>,
    }
}
