//! What is asked of the hub's database.

use std::collections::HashMap;

use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Row as _, SqlitePool};

use super::record::{AccountId, AccountRecord, Caller, DeviceRecord, DeviceState, LoggedRecord, OpsPage};
use crate::domain::id::{DeviceId, NodeId, NotAnId, OpId};
use crate::store::StoreError;
use crate::store::read::id_list;

/// The most bytes of bodies of one page; one operation may be more.
const PAGE_BYTES: u64 = 8 << 20;

const CALLER: &str = "SELECT account.id, device.revoked FROM account \
    LEFT JOIN device ON device.account = account.id AND device.device = ? WHERE iss = ? AND sub = ?";

const ACCOUNT: &str = "SELECT epoch, head, floor, bytes, quota, \
    (SELECT ifnull(max(seq), 0) FROM snapshot WHERE snapshot.account = account.id AND made_ms IS NOT NULL) AS newest, \
    (SELECT count(*) FROM device WHERE device.account = account.id AND revoked = 0) AS devices \
    FROM account WHERE id = ?";

const REGISTERING: &str = "SELECT locked_out_ms, device.revoked FROM account \
    LEFT JOIN device ON device.account = account.id AND device.device = ? WHERE account.id = ?";

const DEVICES: &str = "SELECT device, name, registered_ms, seen_ms, cursor, revoked FROM device \
    WHERE account = ? ORDER BY registered_ms, device";

const SEEN: &str = "SELECT op_id, seq FROM op_seen \
    WHERE account = ? AND op_id IN (SELECT unhex(value) FROM json_each(?))";

const PLACES: &str =
    "SELECT seq, length(body) AS size FROM op WHERE account = ? AND seq > ? ORDER BY seq LIMIT ?";

const PLACES_OF_STREAM: &str = "SELECT seq, length(body) AS size FROM op \
    WHERE account = ? AND stream = ? AND seq > ? ORDER BY seq LIMIT ?";

const BODIES: &str = "SELECT seq, op_id, device, stream, kind, base, cursor, at, body FROM op \
    WHERE account = ? AND seq > ? AND seq <= ? ORDER BY seq";

const BODIES_OF_STREAM: &str = "SELECT seq, op_id, device, stream, kind, base, cursor, at, body FROM op \
    WHERE account = ? AND stream = ? AND seq > ? AND seq <= ? ORDER BY seq";

#[cfg(test)]
pub(super) const READS: &[&str] =
    &[CALLER, ACCOUNT, REGISTERING, DEVICES, SEEN, PLACES, PLACES_OF_STREAM, BODIES, BODIES_OF_STREAM];

/// A number as SQLite has it; those beyond its range are as good as the largest.
pub(super) fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A stored number that is never negative.
pub(super) fn natural(row: &SqliteRow, column: &str) -> Result<u64, StoreError> {
    u64::try_from(row.try_get::<i64, _>(column)?).map_err(|_| StoreError::malformed(column))
}

/// A stored id.
pub(super) fn id<T>(
    row: &SqliteRow,
    column: &str,
    from_slice: impl Fn(&[u8]) -> Result<T, NotAnId>,
) -> Result<T, StoreError> {
    from_slice(row.try_get(column)?).map_err(|NotAnId| StoreError::malformed(column))
}

/// The account of a login, if it was used before, and the state of a device of it.
pub(super) async fn caller(
    readers: &SqlitePool,
    iss: &str,
    sub: &str,
    device: Option<DeviceId>,
) -> Result<Option<Caller>, StoreError> {
    let row = sqlx::query(CALLER)
        .bind(device.map(|device| device.as_bytes().to_vec()))
        .bind(iss)
        .bind(sub)
        .fetch_optional(readers)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let device = match row.try_get::<Option<bool>, _>("revoked")? {
        Some(false) => DeviceState::Known,
        Some(true) => DeviceState::Revoked,
        None => DeviceState::Unknown,
    };
    Ok(Some(Caller { account: AccountId(row.try_get("id")?), device }))
}

/// An account in figures.
pub(super) async fn account(
    readers: &SqlitePool,
    AccountId(account): AccountId,
) -> Result<AccountRecord, StoreError> {
    let row = sqlx::query(ACCOUNT).bind(account).fetch_one(readers).await?;
    Ok(AccountRecord {
        id: AccountId(account),
        epoch: natural(&row, "epoch")?,
        head: natural(&row, "head")?,
        floor: natural(&row, "floor")?,
        snapshot: natural(&row, "newest")?,
        bytes: natural(&row, "bytes")?,
        quota: natural(&row, "quota")?,
        devices: row.try_get("devices")?,
    })
}

/// When a device of an account was last locked out, and whether it was this one.
pub(super) async fn locked_out(
    readers: &SqlitePool,
    AccountId(account): AccountId,
    device: DeviceId,
) -> Result<(Option<i64>, bool), StoreError> {
    let asked = sqlx::query(REGISTERING).bind(device.as_bytes().as_slice()).bind(account);
    let row = asked.fetch_one(readers).await?;
    let is_this: Option<bool> = row.try_get("revoked")?;
    Ok((row.try_get("locked_out_ms")?, is_this.unwrap_or_default()))
}

/// All devices of an account, in the order in which they came.
pub(super) async fn devices(
    readers: &SqlitePool,
    AccountId(account): AccountId,
) -> Result<Vec<DeviceRecord>, StoreError> {
    let rows = sqlx::query(DEVICES).bind(account).fetch_all(readers).await?;
    rows.iter().map(read_device).collect()
}

fn read_device(row: &SqliteRow) -> Result<DeviceRecord, StoreError> {
    Ok(DeviceRecord {
        device: id(row, "device", DeviceId::from_slice)?,
        name: row.try_get("name")?,
        registered_ms: row.try_get("registered_ms")?,
        seen_ms: row.try_get("seen_ms")?,
        cursor: natural(row, "cursor")?,
        revoked: row.try_get("revoked")?,
    })
}

/// The log after a place, of one stream or of all, from one snapshot.
pub(super) async fn ops(
    readers: &SqlitePool,
    account: AccountId,
    after: u64,
    limit: u32,
    stream: Option<NodeId>,
) -> Result<OpsPage, StoreError> {
    let mut snapshot = readers.begin().await?;
    let row = sqlx::query(ACCOUNT).bind(account.0).fetch_one(&mut *snapshot).await?;
    let mut page = OpsPage {
        epoch: natural(&row, "epoch")?,
        head: natural(&row, "head")?,
        floor: natural(&row, "floor")?,
        snapshot: natural(&row, "newest")?,
        ops: Vec::new(),
        more: false,
    };
    if after < page.head {
        let places = places(&mut snapshot, account, after, limit, stream).await?;
        let (last, more) = page_of(&places, limit as usize);
        page.more = more;
        if let Some(last) = last {
            page.ops = bodies(&mut snapshot, account, after, last, stream).await?;
        }
    }
    snapshot.commit().await?;
    Ok(page)
}

/// Places with the sizes of their bodies, one more than a page has.
async fn places(
    snapshot: &mut SqliteConnection,
    account: AccountId,
    after: u64,
    limit: u32,
    stream: Option<NodeId>,
) -> Result<Vec<(u64, u64)>, StoreError> {
    let query = match stream {
        None => sqlx::query(PLACES).bind(account.0),
        Some(stream) => sqlx::query(PLACES_OF_STREAM).bind(account.0).bind(stream.as_bytes().to_vec()),
    };
    let rows = query.bind(number(after)).bind(i64::from(limit) + 1).fetch_all(snapshot).await?;
    rows.iter().map(|row| Ok((natural(row, "seq")?, natural(row, "size")?))).collect()
}

/// The last place of the page, and whether there is more behind it.
fn page_of(places: &[(u64, u64)], limit: usize) -> (Option<u64>, bool) {
    let mut bytes = 0;
    let fits = |(_, size): &&(u64, u64)| {
        bytes += size;
        bytes <= PAGE_BYTES
    };
    let most = places.len().min(limit);
    let taken = places[..most].iter().take_while(fits).count().max(most.min(1));
    (places[..taken].last().map(|(seq, _)| *seq), taken > 0 && taken < places.len())
}

async fn bodies(
    snapshot: &mut SqliteConnection,
    account: AccountId,
    after: u64,
    last: u64,
    stream: Option<NodeId>,
) -> Result<Vec<LoggedRecord>, StoreError> {
    let query = match stream {
        None => sqlx::query(BODIES).bind(account.0),
        Some(stream) => sqlx::query(BODIES_OF_STREAM).bind(account.0).bind(stream.as_bytes().to_vec()),
    };
    let rows = query.bind(number(after)).bind(number(last)).fetch_all(snapshot).await?;
    rows.iter().map(read_op).collect()
}

fn read_op(row: &SqliteRow) -> Result<LoggedRecord, StoreError> {
    let base: Option<i64> = row.try_get("base")?;
    Ok(LoggedRecord {
        seq: natural(row, "seq")?,
        id: id(row, "op_id", OpId::from_slice)?,
        device: id(row, "device", DeviceId::from_slice)?,
        stream: id(row, "stream", NodeId::from_slice)?,
        kind: row.try_get("kind")?,
        base: base.map(|_| natural(row, "base")).transpose()?,
        cursor: natural(row, "cursor")?,
        received_at: row.try_get("at")?,
        body: row.try_get("body")?,
    })
}

/// The places of operations that were taken.
pub(super) async fn status(
    readers: &SqlitePool,
    AccountId(account): AccountId,
    ids: &[OpId],
) -> Result<HashMap<OpId, u64>, StoreError> {
    let rows = sqlx::query(SEEN)
        .bind(account)
        .bind(id_list(ids.iter().map(OpId::as_bytes)))
        .fetch_all(readers)
        .await?;
    rows.iter().map(|row| Ok((id(row, "op_id", OpId::from_slice)?, natural(row, "seq")?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_ends_at_its_limit_or_its_bytes_and_an_empty_one_has_no_more() {
        let small = |count: u64| (1..=count).map(|seq| (seq, 1)).collect::<Vec<_>>();
        assert_eq!(page_of(&[], 10), (None, false));
        assert_eq!(page_of(&small(10), 10), (Some(10), false));
        assert_eq!(page_of(&small(11), 10), (Some(10), true));
        let half = PAGE_BYTES / 2;
        assert_eq!(page_of(&[(1, half), (2, half)], 10), (Some(2), false));
        assert_eq!(page_of(&[(1, half), (2, half + 1)], 10), (Some(1), true));
        assert_eq!(page_of(&[(4, 3 * half), (9, 1)], 10), (Some(4), true));
        assert_eq!(page_of(&[(4, 3 * half)], 10), (Some(4), false));
    }
}
