//! What a hub gives up again: uploads nobody finishes, parts of snapshots that are outdated, and the beginning of a log
//! that a snapshot has as well.

use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, Row as _};

use super::OP_OVERHEAD;
use super::read::{natural, number};
use super::record::AccountId;
use super::snapshots::{count, drop_one, drop_parts, sixteen};
use crate::store::StoreError;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// How long a snapshot may take to come.
const UPLOAD_MS: i64 = DAY_MS;

/// How long the parts of a snapshot stay after a newer one, for those who read them just then.
const READ_MS: i64 = HOUR_MS;

/// How old a snapshot is before the log up to it is given up.
const SETTLED_MS: i64 = 7 * DAY_MS;

/// How lately a device was there for the log to be kept until it has read it.
const LIVING_MS: i64 = 90 * DAY_MS;

/// How long it is known which operations were taken.
const SEEN_MS: i64 = 400 * DAY_MS;

/// Operations given up in one transaction, so that pushes are not held up for long.
const AT_ONCE: u64 = 2_000;

/// What tending came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tended {
    /// Uploads that nobody finished.
    pub uploads: u64,
    /// Operations given up.
    pub operations: u64,
    /// Whether there is more to do.
    pub more: bool,
}

/// Accounts with a snapshot, and where their log begins. The place up to which a log may be given up is that of the
/// newest snapshot that is old enough, if every device that was there lately has read that far.
const DUE: &str = "SELECT id, floor, target FROM (SELECT account.id, floor, \
        (SELECT max(seq) FROM snapshot WHERE snapshot.account = account.id AND made_ms <= ?1) AS target \
        FROM account) AS due \
    WHERE target > floor AND NOT EXISTS (SELECT 1 FROM device \
        WHERE device.account = due.id AND revoked = 0 AND seen_ms >= ?2 AND cursor < target)";

/// Gives up what is due at `now`, Unix milliseconds, a piece at a time.
pub(super) async fn tend(connection: &mut SqliteConnection, now: i64) -> Result<Tended, StoreError> {
    let uploads = drop_uploads(connection, now).await?;
    drop_outdated(connection, now).await?;
    let mut tended = Tended { uploads, ..Tended::default() };
    let due = sqlx::query(DUE).bind(now - SETTLED_MS).bind(now - LIVING_MS);
    for row in due.fetch_all(&mut *connection).await? {
        let (account, floor) = (AccountId(row.try_get("id")?), natural(&row, "floor")?);
        let target = natural(&row, "target")?;
        let next = target.min(floor.saturating_add(AT_ONCE));
        tended.operations += raise(connection, account, next).await?;
        tended.more |= next < target;
    }
    forget(connection, now).await?;
    Ok(tended)
}

async fn drop_uploads(connection: &mut SqliteConnection, now: i64) -> Result<u64, StoreError> {
    const OLD: &str = "SELECT account, id FROM snapshot WHERE made_ms IS NULL AND begun_ms < ?";
    let rows = sqlx::query(OLD).bind(now - UPLOAD_MS).fetch_all(&mut *connection).await?;
    for row in &rows {
        let mut change = connection.begin().await?;
        drop_one(&mut change, AccountId(row.try_get("account")?), &sixteen(row, "id")?).await?;
        change.commit().await?;
    }
    Ok(rows.len() as u64)
}

/// Removes parts of snapshots that have had a newer one for some time, and rows of those before the newest that is old
/// enough to give the log up.
async fn drop_outdated(connection: &mut SqliteConnection, now: i64) -> Result<(), StoreError> {
    const PARTS: &str = "SELECT account, id FROM snapshot WHERE made_ms IS NOT NULL \
        AND EXISTS (SELECT 1 FROM snapshot AS newer WHERE newer.account = snapshot.account \
            AND newer.seq > snapshot.seq AND newer.made_ms < ?) \
        AND EXISTS (SELECT 1 FROM snapshot_part AS part \
            WHERE part.account = snapshot.account AND part.snapshot = snapshot.id)";
    const ROWS: &str = "DELETE FROM snapshot WHERE made_ms IS NOT NULL \
        AND EXISTS (SELECT 1 FROM snapshot AS newer WHERE newer.account = snapshot.account \
            AND newer.seq > snapshot.seq AND newer.made_ms <= ?) \
        AND NOT EXISTS (SELECT 1 FROM snapshot_part AS part \
            WHERE part.account = snapshot.account AND part.snapshot = snapshot.id)";
    for row in sqlx::query(PARTS).bind(now - READ_MS).fetch_all(&mut *connection).await? {
        let mut change = connection.begin().await?;
        drop_parts(&mut change, AccountId(row.try_get("account")?), &sixteen(&row, "id")?).await?;
        change.commit().await?;
    }
    sqlx::query(ROWS).bind(now - SETTLED_MS).execute(connection).await?;
    Ok(())
}

/// Lets a log begin later.
async fn raise(connection: &mut SqliteConnection, account: AccountId, floor: u64) -> Result<u64, StoreError> {
    const SIZE: &str = "SELECT count(*) AS operations, ifnull(sum(length(body) + ?), 0) AS bytes FROM op \
        WHERE account = ? AND seq <= ?";
    const DROP: &str = "DELETE FROM op WHERE account = ? AND seq <= ?";
    const FLOOR: &str = "UPDATE account SET floor = ? WHERE id = ?";
    let mut change = connection.begin().await?;
    let asked = sqlx::query(SIZE).bind(OP_OVERHEAD as i64).bind(account.0).bind(number(floor));
    let row = asked.fetch_one(&mut *change).await?;
    sqlx::query(DROP).bind(account.0).bind(number(floor)).execute(&mut *change).await?;
    sqlx::query(FLOOR).bind(number(floor)).bind(account.0).execute(&mut *change).await?;
    count(&mut change, account, -row.try_get::<i64, _>("bytes")?).await?;
    change.commit().await?;
    natural(&row, "operations")
}

/// Forgets which operations were taken long ago, if they are given up.
async fn forget(connection: &mut SqliteConnection, now: i64) -> Result<(), StoreError> {
    const FORGET: &str = "DELETE FROM op_seen WHERE at < ? \
        AND seq <= (SELECT floor FROM account WHERE account.id = op_seen.account)";
    sqlx::query(FORGET).bind(now - SEEN_MS).execute(connection).await?;
    Ok(())
}
