//! The rare writes: accounts and devices.

use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::error::HubError;
use super::read::natural;
use super::record::AccountId;
use crate::domain::id::DeviceId;
use crate::store::StoreError;

/// The most devices of an account that are not locked out.
const MAX_DEVICES: u64 = heph_protocol::hub::MAX_DEVICES as u64;

/// The most rows of devices of an account, locked out ones included.
const MAX_DEVICE_ROWS: u64 = 1_000;

/// The account of a login, made if it is new.
pub(super) async fn account(
    connection: &mut SqliteConnection,
    iss: &str,
    sub: &str,
    epoch: i64,
    quota: i64,
) -> Result<AccountId, StoreError> {
    const MAKE: &str = "INSERT INTO account (iss, sub, epoch, head, floor, bytes, quota) \
        VALUES (?, ?, ?, 0, 0, 0, ?) ON CONFLICT DO UPDATE SET epoch = account.epoch RETURNING id";
    let row = sqlx::query(MAKE).bind(iss).bind(sub).bind(epoch).bind(quota).fetch_one(connection).await?;
    Ok(AccountId(row.try_get("id")?))
}

/// Whether a login, if anybody logs in, came before a device of the account was locked out last. Tokens tell whole
/// seconds, so within one neither is first.
pub(super) fn is_before_lock_out(login_ms: Option<i64>, locked_out_ms: Option<i64>) -> bool {
    login_ms.is_some_and(|login| login / 1_000 < locked_out_ms.unwrap_or_default() / 1_000)
}

/// Makes a device known, or gives a known one another name. `login_ms` is when the person logged in, if anybody does.
pub(super) async fn register(
    connection: &mut SqliteConnection,
    account: AccountId,
    device: DeviceId,
    name: &str,
    login_ms: Option<i64>,
    now: i64,
) -> Result<Result<(), HubError>, StoreError> {
    const COUNTS: &str = "SELECT count(*) AS all_rows, coalesce(sum(revoked = 0), 0) AS usable, \
        coalesce(sum(device = ?), 0) AS there, coalesce(sum(device = ? AND revoked = 1), 0) AS locked_out, \
        (SELECT locked_out_ms FROM account WHERE id = ?) AS locked_out_ms FROM device WHERE account = ?";
    const WRITE: &str = "INSERT INTO device (account, device, name, registered_ms, seen_ms, cursor, revoked) \
        VALUES (?, ?, ?, ?, ?, 0, 0) ON CONFLICT DO UPDATE SET name = excluded.name, seen_ms = excluded.seen_ms";
    let bytes = device.as_bytes().as_slice();
    let counts = sqlx::query(COUNTS).bind(bytes).bind(bytes).bind(account.0).bind(account.0);
    let row = counts.fetch_one(&mut *connection).await?;
    if natural(&row, "locked_out")? > 0 {
        return Ok(Err(HubError::RevokedDevice));
    }
    let locked_out_ms: Option<i64> = row.try_get("locked_out_ms")?;
    if is_before_lock_out(login_ms, locked_out_ms) {
        return Ok(Err(HubError::LoginTooOld));
    }
    let is_full = natural(&row, "usable")? >= MAX_DEVICES || natural(&row, "all_rows")? >= MAX_DEVICE_ROWS;
    if is_full && natural(&row, "there")? == 0 {
        return Ok(Err(HubError::TooManyDevices));
    }
    let write = sqlx::query(WRITE).bind(account.0).bind(bytes).bind(name).bind(now).bind(now);
    write.execute(connection).await?;
    Ok(Ok(()))
}

/// Locks a device out; `false` when the account has none of that id.
pub(super) async fn revoke(
    connection: &mut SqliteConnection,
    account: AccountId,
    device: DeviceId,
    now: i64,
) -> Result<bool, StoreError> {
    const REVOKE: &str = "UPDATE device SET revoked = 1 WHERE account = ? AND device = ?";
    const NOTE: &str = "UPDATE account SET locked_out_ms = ? WHERE id = ?";
    let bytes = device.as_bytes().as_slice();
    let done = sqlx::query(REVOKE).bind(account.0).bind(bytes).execute(&mut *connection).await?;
    let was_there = done.rows_affected() > 0;
    if was_there {
        sqlx::query(NOTE).bind(now).bind(account.0).execute(connection).await?;
    }
    Ok(was_there)
}
