//! A hub in figures, for whoever watches over it.

use sqlx::SqlitePool;

use super::read::natural;
use crate::store::StoreError;

/// A hub in figures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Accounts.
    pub accounts: u64,
    /// Devices that are not locked out.
    pub devices: u64,
    /// Operations in all logs.
    pub operations: u64,
    /// Bytes that all accounts hold, as quotas count them.
    pub bytes: u64,
    /// Accounts that hold at least 95 % of what they may.
    pub full: u64,
    /// Files of all accounts.
    pub files: u64,
    /// Bytes of them.
    pub file_bytes: u64,
    /// Bytes of the database and its write-ahead log.
    pub database_bytes: u64,
    /// Jobs that wait for the writer.
    pub queued: u64,
}

/// Reads those that are in the database. Sums over accounts and files, never over operations, which are many.
pub(super) async fn read(readers: &SqlitePool) -> Result<Figures, StoreError> {
    const READ: &str = "SELECT count(*) AS accounts, ifnull(sum(head - floor), 0) AS operations, \
        ifnull(sum(bytes), 0) AS bytes, ifnull(sum(bytes >= quota * 0.95), 0) AS full, \
        (SELECT count(*) FROM device WHERE revoked = 0) AS devices, (SELECT count(*) FROM blob) AS files, \
        (SELECT ifnull(sum(bytes), 0) FROM blob) AS file_bytes FROM account";
    let row = sqlx::query(READ).fetch_one(readers).await?;
    Ok(Figures {
        accounts: natural(&row, "accounts")?,
        devices: natural(&row, "devices")?,
        operations: natural(&row, "operations")?,
        bytes: natural(&row, "bytes")?,
        full: natural(&row, "full")?,
        files: natural(&row, "files")?,
        file_bytes: natural(&row, "file_bytes")?,
        ..Figures::default()
    })
}
