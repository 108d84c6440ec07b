//! What can go wrong with the hub's store.

use std::sync::Arc;

use crate::store::StoreError;

/// A request to the hub's store that is not carried out.
#[derive(Debug, Clone, thiserror::Error)]
pub enum HubError {
    /// The spoke knows another epoch.
    #[error("the account's epoch is {current}")]
    Epoch {
        /// The account's.
        current: u64,
    },
    /// The account has no such device.
    #[error("the account has no such device")]
    UnknownDevice,
    /// The device is locked out.
    #[error("the device is locked out")]
    RevokedDevice,
    /// A device was locked out after the person had logged in, and whoever has that login may have been meant.
    #[error("a device of the account was locked out after this login")]
    LoginTooOld,
    /// The account has as many devices as it may.
    #[error("the account has as many devices as it may; remove one first")]
    TooManyDevices,
    /// The account holds as much as it may.
    #[error("the account holds as much as it may")]
    Quota,
    /// The account has a snapshot that is as new, or the one that is meant is whole already.
    #[error("the account has a snapshot that is as new")]
    OlderSnapshot,
    /// A snapshot of what the log does not have yet.
    #[error("a snapshot has the log up to a place that is there")]
    FutureSnapshot,
    /// The account has no such snapshot, or it is not this device that makes it.
    #[error("the account has no such snapshot")]
    NoSnapshot,
    /// The parts that are there are not those that were named.
    #[error("the parts of the snapshot are not what their hashes say")]
    SnapshotParts,
    /// Too much waits already, or takes too long.
    #[error("the hub is busy; try again in a moment")]
    Busy,
    /// The database cannot do it.
    #[error(transparent)]
    Store(Arc<StoreError>),
}

impl From<StoreError> for HubError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy | StoreError::Closed => Self::Busy,
            error => Self::Store(Arc::new(error)),
        }
    }
}

impl From<sqlx::Error> for HubError {
    fn from(error: sqlx::Error) -> Self {
        StoreError::from(error).into()
    }
}
