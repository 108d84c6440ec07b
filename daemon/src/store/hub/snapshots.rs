//! Snapshots: begun by a device, their parts taken, made whole, handed out. Their content is never read.

use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Connection as _, Row as _, SqlitePool};

use super::error::HubError;
use super::read::{id, natural, number};
use super::record::{AccountId, NewSnapshot, PartHash, SnapshotId, SnapshotRecord};
use crate::domain::id::DeviceId;
use crate::store::StoreError;

/// What is done with a snapshot, by the device that makes it.
#[derive(Debug)]
pub(super) enum Step {
    /// It begins.
    Begin(NewSnapshot),
    /// A part of it comes.
    Part { snapshot: SnapshotId, part: u32, hash: PartHash, body: Vec<u8> },
    /// It is whole.
    Commit { snapshot: SnapshotId, parts: Vec<PartHash>, state_hash: PartHash },
}

/// Outcome of a step: what the client is told, or a fault of the database.
type Done = Result<Result<(), HubError>, StoreError>;

const NEWEST: &str = "SELECT id, device, seq, format, made_ms, state_hash FROM snapshot \
    WHERE account = ? AND made_ms IS NOT NULL ORDER BY seq DESC LIMIT 1";

const MANIFEST: &str = "SELECT hash, length(body) AS bytes FROM snapshot_part \
    WHERE account = ? AND snapshot = ? ORDER BY part";

const PART: &str = "SELECT body FROM snapshot_part JOIN snapshot \
    ON snapshot.account = snapshot_part.account AND snapshot.id = snapshot_part.snapshot \
    WHERE snapshot_part.account = ? AND snapshot_part.snapshot = ? AND part = ? AND made_ms IS NOT NULL";

/// Does one step. It is decided before anything is written: nobody else writes meanwhile.
pub(super) async fn step(
    connection: &mut SqliteConnection,
    account: AccountId,
    device: DeviceId,
    step: &Step,
    now: i64,
) -> Done {
    match step {
        Step::Begin(new) => begin(connection, account, device, new, now).await,
        Step::Part { snapshot, part, hash, body } => {
            if open_one(connection, account, device, snapshot).await?.is_none() {
                return Ok(Err(HubError::NoSnapshot));
            }
            put(connection, account, snapshot, *part, hash, body).await
        }
        Step::Commit { snapshot, parts, state_hash } => {
            commit(connection, account, device, snapshot, parts, state_hash, now).await
        }
    }
}

async fn begin(
    connection: &mut SqliteConnection,
    account: AccountId,
    device: DeviceId,
    new: &NewSnapshot,
    now: i64,
) -> Done {
    const MAKE: &str = "INSERT INTO snapshot (account, id, device, epoch, seq, format, begun_ms) \
        VALUES (?, ?, ?, ?, ?, ?, ?)";
    let (epoch, head) = standing(connection, account).await?;
    if epoch != new.epoch {
        return Ok(Err(HubError::Epoch { current: epoch }));
    }
    if new.seq == 0 || new.seq > head {
        return Ok(Err(HubError::FutureSnapshot));
    }
    if newest_seq(connection, account).await? >= new.seq {
        return Ok(Err(HubError::OlderSnapshot));
    }
    let open = open_one(connection, account, device, &new.id).await?;
    if open.is_some_and(|open| open.seq == new.seq && open.epoch == epoch) {
        return Ok(Ok(()));
    }
    if exists(connection, account, &new.id).await? && open.is_none() {
        return Ok(Err(HubError::NoSnapshot));
    }
    let mut change = connection.begin().await?;
    const OTHERS: &str = "SELECT id FROM snapshot WHERE account = ? AND device = ? AND made_ms IS NULL";
    let asked = sqlx::query(OTHERS).bind(account.0).bind(device.as_bytes().as_slice());
    for row in asked.fetch_all(&mut *change).await? {
        drop_one(&mut change, account, &sixteen(&row, "id")?).await?;
    }
    sqlx::query(MAKE)
        .bind(account.0)
        .bind(new.id.as_slice())
        .bind(device.as_bytes().as_slice())
        .bind(number(epoch))
        .bind(number(new.seq))
        .bind(i64::from(new.format))
        .bind(now)
        .execute(&mut *change)
        .await?;
    change.commit().await?;
    Ok(Ok(()))
}

async fn put(
    connection: &mut SqliteConnection,
    account: AccountId,
    snapshot: &SnapshotId,
    part: u32,
    hash: &PartHash,
    body: &[u8],
) -> Done {
    const ROOM: &str = "SELECT account.bytes, quota, ifnull((SELECT length(body) FROM snapshot_part \
        WHERE snapshot_part.account = account.id AND snapshot = ? AND part = ?), 0) AS before \
        FROM account WHERE id = ?";
    const PUT: &str = "INSERT OR REPLACE INTO snapshot_part (account, snapshot, part, hash, body) \
        VALUES (?, ?, ?, ?, ?)";
    let room = sqlx::query(ROOM).bind(snapshot.as_slice()).bind(part).bind(account.0);
    let row = room.fetch_one(&mut *connection).await?;
    let held = natural(&row, "bytes")?.saturating_sub(natural(&row, "before")?);
    if held.saturating_add(body.len() as u64) > natural(&row, "quota")? {
        return Ok(Err(HubError::Quota));
    }
    let delta = body.len() as i64 - row.try_get::<i64, _>("before")?;
    let mut change = connection.begin().await?;
    sqlx::query(PUT)
        .bind(account.0)
        .bind(snapshot.as_slice())
        .bind(part)
        .bind(hash.as_slice())
        .bind(body)
        .execute(&mut *change)
        .await?;
    count(&mut change, account, delta).await?;
    change.commit().await?;
    Ok(Ok(()))
}

async fn commit(
    connection: &mut SqliteConnection,
    account: AccountId,
    device: DeviceId,
    snapshot: &SnapshotId,
    parts: &[PartHash],
    state_hash: &PartHash,
    now: i64,
) -> Done {
    const WHOLE: &str = "UPDATE snapshot SET made_ms = ?, state_hash = ? WHERE account = ? AND id = ?";
    let Some(open) = open_one(connection, account, device, snapshot).await? else {
        // The reply to the first commit was lost.
        let newest = sqlx::query(NEWEST).bind(account.0).fetch_optional(&mut *connection).await?;
        let is_this = newest.map(|row| sixteen(&row, "id")).transpose()?.as_ref() == Some(snapshot);
        return Ok(if is_this { Ok(()) } else { Err(HubError::NoSnapshot) });
    };
    let (epoch, _) = standing(connection, account).await?;
    if epoch != open.epoch {
        return Ok(Err(HubError::Epoch { current: epoch }));
    }
    if newest_seq(connection, account).await? >= open.seq {
        return Ok(Err(HubError::OlderSnapshot));
    }
    let there = manifest(connection, account, snapshot).await?;
    if there.is_empty() || !there.iter().map(|(hash, _)| hash).eq(parts) {
        return Ok(Err(HubError::SnapshotParts));
    }
    let whole = sqlx::query(WHOLE).bind(now).bind(state_hash.as_slice()).bind(account.0);
    whole.bind(snapshot.as_slice()).execute(connection).await?;
    Ok(Ok(()))
}

/// A snapshot whose parts come.
#[derive(Debug, Clone, Copy)]
struct Open {
    seq: u64,
    epoch: u64,
}

async fn open_one(
    connection: &mut SqliteConnection,
    account: AccountId,
    device: DeviceId,
    snapshot: &SnapshotId,
) -> Result<Option<Open>, StoreError> {
    const OPEN: &str = "SELECT seq, epoch FROM snapshot \
        WHERE account = ? AND id = ? AND device = ? AND made_ms IS NULL";
    let asked = sqlx::query(OPEN).bind(account.0).bind(snapshot.as_slice());
    let row = asked.bind(device.as_bytes().as_slice()).fetch_optional(connection).await?;
    let open = |row: SqliteRow| Ok(Open { seq: natural(&row, "seq")?, epoch: natural(&row, "epoch")? });
    row.map(open).transpose()
}

async fn exists(
    connection: &mut SqliteConnection,
    account: AccountId,
    snapshot: &SnapshotId,
) -> Result<bool, StoreError> {
    const ANY: &str = "SELECT 1 FROM snapshot WHERE account = ? AND id = ?";
    let asked = sqlx::query(ANY).bind(account.0).bind(snapshot.as_slice());
    Ok(asked.fetch_optional(connection).await?.is_some())
}

async fn standing(connection: &mut SqliteConnection, account: AccountId) -> Result<(u64, u64), StoreError> {
    let asked = sqlx::query("SELECT epoch, head FROM account WHERE id = ?").bind(account.0);
    let row = asked.fetch_one(connection).await?;
    Ok((natural(&row, "epoch")?, natural(&row, "head")?))
}

async fn newest_seq(connection: &mut SqliteConnection, account: AccountId) -> Result<u64, StoreError> {
    let newest = sqlx::query(NEWEST).bind(account.0).fetch_optional(connection).await?;
    newest.map_or(Ok(0), |row| natural(&row, "seq"))
}

/// Removes the parts of a snapshot, and what they count.
pub(super) async fn drop_parts(
    connection: &mut SqliteConnection,
    account: AccountId,
    snapshot: &SnapshotId,
) -> Result<(), StoreError> {
    const SIZE: &str = "SELECT ifnull(sum(length(body)), 0) AS bytes FROM snapshot_part \
        WHERE account = ? AND snapshot = ?";
    const DROP: &str = "DELETE FROM snapshot_part WHERE account = ? AND snapshot = ?";
    let asked = sqlx::query(SIZE).bind(account.0).bind(snapshot.as_slice());
    let bytes: i64 = asked.fetch_one(&mut *connection).await?.try_get("bytes")?;
    sqlx::query(DROP).bind(account.0).bind(snapshot.as_slice()).execute(&mut *connection).await?;
    count(connection, account, -bytes).await
}

/// Removes a snapshot.
pub(super) async fn drop_one(
    connection: &mut SqliteConnection,
    account: AccountId,
    snapshot: &SnapshotId,
) -> Result<(), StoreError> {
    const DROP: &str = "DELETE FROM snapshot WHERE account = ? AND id = ?";
    drop_parts(connection, account, snapshot).await?;
    sqlx::query(DROP).bind(account.0).bind(snapshot.as_slice()).execute(connection).await?;
    Ok(())
}

/// Changes what an account holds.
pub(super) async fn count(
    connection: &mut SqliteConnection,
    account: AccountId,
    delta: i64,
) -> Result<(), StoreError> {
    const COUNT: &str = "UPDATE account SET bytes = max(bytes + ?, 0) WHERE id = ?";
    sqlx::query(COUNT).bind(delta).bind(account.0).execute(connection).await?;
    Ok(())
}

async fn manifest(
    connection: &mut SqliteConnection,
    account: AccountId,
    snapshot: &SnapshotId,
) -> Result<Vec<(PartHash, u64)>, StoreError> {
    let asked = sqlx::query(MANIFEST).bind(account.0).bind(snapshot.as_slice());
    let rows = asked.fetch_all(connection).await?;
    rows.iter().map(|row| Ok((hash(row, "hash")?, natural(row, "bytes")?))).collect()
}

/// The newest whole snapshot of an account.
pub(super) async fn newest(
    readers: &SqlitePool,
    account: AccountId,
) -> Result<Option<SnapshotRecord>, StoreError> {
    let mut at_once = readers.begin().await?;
    let Some(row) = sqlx::query(NEWEST).bind(account.0).fetch_optional(&mut *at_once).await? else {
        return Ok(None);
    };
    let snapshot = sixteen(&row, "id")?;
    let record = SnapshotRecord {
        id: snapshot,
        device: id(&row, "device", DeviceId::from_slice)?,
        seq: natural(&row, "seq")?,
        format: row.try_get("format")?,
        made_ms: row.try_get("made_ms")?,
        state_hash: hash(&row, "state_hash")?,
        parts: manifest(&mut at_once, account, &snapshot).await?,
    };
    at_once.commit().await?;
    Ok(Some(record))
}

/// A part of a whole snapshot.
pub(super) async fn part(
    readers: &SqlitePool,
    account: AccountId,
    snapshot: &SnapshotId,
    part: u32,
) -> Result<Option<Vec<u8>>, StoreError> {
    let asked = sqlx::query(PART).bind(account.0).bind(snapshot.as_slice()).bind(part);
    let row = asked.fetch_optional(readers).await?;
    row.map(|row| Ok(row.try_get("body")?)).transpose()
}

/// A stored id of a snapshot.
pub(super) fn sixteen(row: &SqliteRow, column: &str) -> Result<SnapshotId, StoreError> {
    row.try_get::<&[u8], _>(column)?.try_into().map_err(|_| StoreError::malformed(column))
}

fn hash(row: &SqliteRow, column: &str) -> Result<PartHash, StoreError> {
    row.try_get::<&[u8], _>(column)?.try_into().map_err(|_| StoreError::malformed(column))
}
