//! What the administration of a hub reads and writes.

use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Row as _, SqlitePool};

use super::read::{natural, number};
use super::record::AccountId;
use crate::store::StoreError;

/// The most accounts that are listed.
const LISTED: u32 = 1_000;

/// An account as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountSummary {
    /// Its number.
    pub id: AccountId,
    /// The issuer of its login.
    pub issuer: String,
    /// The subject of its login.
    pub subject: String,
    /// The newest place of its log.
    pub head: u64,
    /// Bytes it holds.
    pub bytes: u64,
    /// Bytes it may hold.
    pub quota: u64,
    /// Files.
    pub files: u64,
    /// Bytes of them.
    pub file_bytes: u64,
    /// Devices that are not locked out.
    pub devices: u32,
    /// When one of its devices asked last, Unix milliseconds; none before the first.
    pub seen_ms: Option<i64>,
}

const COLUMNS: &str = "SELECT id, iss, sub, head, bytes, quota, \
        (SELECT count(*) FROM blob WHERE blob.account = account.id) AS files, \
        (SELECT ifnull(sum(blob.bytes), 0) FROM blob WHERE blob.account = account.id) AS file_bytes, \
        (SELECT count(*) FROM device WHERE device.account = account.id AND revoked = 0) AS devices, \
        (SELECT max(seen_ms) FROM device WHERE device.account = account.id) AS seen_ms FROM account";

/// The accounts, those that asked last first, and how many there are.
pub(super) async fn accounts(readers: &SqlitePool) -> Result<(Vec<AccountSummary>, u64), StoreError> {
    let query = format!("{COLUMNS} ORDER BY seen_ms DESC, id LIMIT ?");
    let rows = sqlx::query(sqlx::AssertSqlSafe(query)).bind(LISTED).fetch_all(readers).await?;
    let total: i64 = sqlx::query_scalar("SELECT count(*) FROM account").fetch_one(readers).await?;
    Ok((rows.iter().map(read).collect::<Result<_, _>>()?, total.unsigned_abs()))
}

/// The accounts of a number or of a subject.
pub(super) async fn named(readers: &SqlitePool, name: &str) -> Result<Vec<AccountSummary>, StoreError> {
    let query = format!("{COLUMNS} WHERE sub = ?1 OR CAST(id AS TEXT) = ?1 ORDER BY id LIMIT 3");
    let rows = sqlx::query(sqlx::AssertSqlSafe(query)).bind(name).fetch_all(readers).await?;
    rows.iter().map(read).collect()
}

fn read(row: &SqliteRow) -> Result<AccountSummary, StoreError> {
    Ok(AccountSummary {
        id: AccountId(row.try_get("id")?),
        issuer: row.try_get("iss")?,
        subject: row.try_get("sub")?,
        head: natural(row, "head")?,
        bytes: natural(row, "bytes")?,
        quota: natural(row, "quota")?,
        files: natural(row, "files")?,
        file_bytes: natural(row, "file_bytes")?,
        devices: row.try_get("devices")?,
        seen_ms: row.try_get("seen_ms")?,
    })
}

/// Sets how many bytes an account may hold.
pub(super) async fn set_quota(
    connection: &mut SqliteConnection,
    AccountId(account): AccountId,
    bytes: u64,
) -> Result<(), StoreError> {
    const SET: &str = "UPDATE account SET quota = ? WHERE id = ?";
    sqlx::query(SET).bind(number(bytes)).bind(account).execute(connection).await?;
    Ok(())
}
