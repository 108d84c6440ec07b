//! The commit of several pushes: four reads for all of them, a decision, and multi-row statements.

use sqlx::Row as _;
use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};

use super::plan::{Advance, Entry, Known, Offer, Plan, Standing, StreamHead};
use super::read::{id, natural, number};
use super::record::AccountId;
use super::seen::Sign;
use crate::domain::change::Kind;
use crate::domain::id::{DeviceId, NodeId, OpId};
use crate::store::StoreError;
use crate::store::statement::{Load, Table, write_rows};

const OP: Table = Table {
    head: "INSERT INTO op (account, seq, op_id, device, stream, kind, base, cursor, at, body)",
    columns: 10,
    tail: "",
};

const OP_SEEN: Table =
    Table { head: "INSERT INTO op_seen (account, op_id, seq, fingerprint, at)", columns: 5, tail: "" };

const STREAM: Table = Table {
    head: "INSERT INTO stream_head (account, stream, head, text)",
    columns: 4,
    tail: " ON CONFLICT DO UPDATE SET head = excluded.head, text = excluded.text",
};

const ACCOUNT: Table = Table {
    head: "WITH moved (id, head, newest_ms, bytes) AS (",
    columns: 4,
    tail: ") UPDATE account SET head = moved.head, newest_ms = moved.newest_ms, bytes = moved.bytes FROM moved \
        WHERE account.id = moved.id",
};

const SIGN: Table = Table {
    head: "WITH sign (account, device, cursor, ms) AS (",
    columns: 4,
    tail: ") UPDATE device SET cursor = max(device.cursor, sign.cursor), seen_ms = max(device.seen_ms, sign.ms) \
        FROM sign WHERE device.account = sign.account AND device.device = sign.device",
};

const ACCOUNTS: &str = "SELECT id, epoch, head, newest_ms, bytes, quota FROM account \
    WHERE id IN (SELECT value FROM json_each(?))";

const DEVICES: &str = "SELECT device.account, device.device, revoked FROM json_each(?) AS asked \
    CROSS JOIN device ON device.account = asked.value ->> 0 AND device.device = unhex(asked.value ->> 1)";

const TEXTS: &str = "SELECT stream_head.account, stream, text FROM json_each(?) AS asked \
    CROSS JOIN stream_head \
    ON stream_head.account = asked.value ->> 0 AND stream = unhex(asked.value ->> 1) WHERE text > 0";

const SEEN: &str = "SELECT op_seen.account, op_id, seq, fingerprint FROM json_each(?) AS asked \
    CROSS JOIN op_seen ON op_seen.account = asked.value ->> 0 AND op_id = unhex(asked.value ->> 1)";

#[cfg(test)]
pub(super) const READS: &[&str] = &[ACCOUNTS, DEVICES, TEXTS, SEEN];

#[cfg(test)]
pub(super) const TABLES: [&Table; 5] = [&OP, &OP_SEEN, &STREAM, &ACCOUNT, &SIGN];

/// Reads all that a decision on offers needs.
pub(super) async fn read_known(
    connection: &mut SqliteConnection,
    offers: &[Offer],
) -> Result<Known, StoreError> {
    let mut known = Known::default();
    read_accounts(connection, offers, &mut known).await?;
    read_devices(connection, offers, &mut known).await?;
    read_texts(connection, offers, &mut known).await?;
    read_seen(connection, offers, &mut known).await?;
    Ok(known)
}

async fn read_accounts(
    connection: &mut SqliteConnection,
    offers: &[Offer],
    known: &mut Known,
) -> Result<(), StoreError> {
    let mut accounts: Vec<i64> = offers.iter().map(|offer| offer.account.0).collect();
    accounts.sort_unstable();
    accounts.dedup();
    let list = serde_json::json!(accounts).to_string();
    for row in sqlx::query(ACCOUNTS).bind(list).fetch_all(connection).await? {
        let mut standing = Standing {
            epoch: natural(&row, "epoch")?,
            bytes: natural(&row, "bytes")?,
            quota: natural(&row, "quota")?,
            ..Standing::default()
        };
        standing.log.head = natural(&row, "head")?;
        standing.log.newest_ms = natural(&row, "newest_ms")?;
        known.accounts.insert(AccountId(row.try_get("id")?), standing);
    }
    Ok(())
}

async fn read_devices(
    connection: &mut SqliteConnection,
    offers: &[Offer],
    known: &mut Known,
) -> Result<(), StoreError> {
    let asked = pairs(offers.iter().map(|offer| (offer.account, offer.device.as_bytes())));
    for row in sqlx::query(DEVICES).bind(asked).fetch_all(connection).await? {
        let key = (AccountId(row.try_get("account")?), id(&row, "device", DeviceId::from_slice)?);
        known.devices.insert(key, row.try_get("revoked")?);
    }
    Ok(())
}

async fn read_texts(
    connection: &mut SqliteConnection,
    offers: &[Offer],
    known: &mut Known,
) -> Result<(), StoreError> {
    let streams = |offer: &Offer| {
        offer.ops.iter().map(move |op| (offer.account, *op.stream.as_bytes())).collect::<Vec<_>>()
    };
    let mut asked: Vec<_> = offers.iter().flat_map(streams).collect();
    asked.sort_unstable();
    asked.dedup();
    let asked = pairs(asked.iter().map(|(account, stream)| (*account, stream)));
    for row in sqlx::query(TEXTS).bind(asked).fetch_all(connection).await? {
        if let Some(standing) = known.accounts.get_mut(&AccountId(row.try_get("account")?)) {
            standing.log.texts.insert(id(&row, "stream", NodeId::from_slice)?, natural(&row, "text")?);
        }
    }
    Ok(())
}

async fn read_seen(
    connection: &mut SqliteConnection,
    offers: &[Offer],
    known: &mut Known,
) -> Result<(), StoreError> {
    let ids = |offer: &'_ Offer| {
        offer.ops.iter().map(move |op| (offer.account, *op.id.as_bytes())).collect::<Vec<_>>()
    };
    let asked: Vec<_> = offers.iter().flat_map(ids).collect();
    let asked = pairs(asked.iter().map(|(account, id)| (*account, id)));
    for row in sqlx::query(SEEN).bind(asked).fetch_all(connection).await? {
        if let Some(standing) = known.accounts.get_mut(&AccountId(row.try_get("account")?)) {
            let fingerprint: &[u8] = row.try_get("fingerprint")?;
            let fingerprint = fingerprint.try_into().map_err(|_| StoreError::malformed("fingerprint"))?;
            let seen = (natural(&row, "seq")?, fingerprint);
            standing.log.seen.insert(id(&row, "op_id", OpId::from_slice)?, seen);
        }
    }
    Ok(())
}

/// A JSON list of pairs of an account and an id in hexadecimal.
fn pairs<'a>(pairs: impl Iterator<Item = (AccountId, &'a [u8; 16])>) -> String {
    let pairs: Vec<_> =
        pairs.map(|(account, id)| (account.0, uuid::Uuid::from_bytes_ref(id).simple().to_string())).collect();
    serde_json::json!(pairs).to_string()
}

/// Writes what was decided, and signs of life of devices with it, as one transaction.
pub(super) async fn write_plan(
    connection: &mut SqliteConnection,
    plan: &Plan<'_>,
    signs: &[Sign],
) -> Result<(), StoreError> {
    if plan.entries.is_empty() && signs.is_empty() {
        return Ok(());
    }
    let rows = vec![
        Load::new(&OP, &plan.entries, bind_op),
        Load::new(&OP_SEEN, &plan.entries, bind_seen),
        Load::new(&STREAM, &plan.streams, bind_stream),
        Load::new(&ACCOUNT, &plan.accounts, bind_account),
        Load::new(&SIGN, signs, bind_sign),
    ];
    write_rows(connection, vec![rows], "BEGIN IMMEDIATE;", "COMMIT").await
}

fn bind_op(entry: &Entry<'_>, arguments: &mut SqliteArguments) -> Result<(), BoxDynError> {
    use sqlx::Arguments as _;
    let Kind(kind) = entry.op.kind;
    arguments.add(entry.account.0)?;
    arguments.add(number(entry.seq))?;
    arguments.add(entry.op.id.as_bytes().as_slice())?;
    arguments.add(entry.device.as_bytes().as_slice())?;
    arguments.add(entry.op.stream.as_bytes().as_slice())?;
    arguments.add(i64::from(kind))?;
    arguments.add(entry.op.base.map(number))?;
    arguments.add(number(entry.op.cursor))?;
    arguments.add(entry.at)?;
    arguments.add(entry.op.body.as_slice())
}

fn bind_seen(entry: &Entry<'_>, arguments: &mut SqliteArguments) -> Result<(), BoxDynError> {
    use sqlx::Arguments as _;
    arguments.add(entry.account.0)?;
    arguments.add(entry.op.id.as_bytes().as_slice())?;
    arguments.add(number(entry.seq))?;
    arguments.add(entry.fingerprint.as_slice())?;
    arguments.add(entry.at)
}

fn bind_stream(stream: &StreamHead, arguments: &mut SqliteArguments) -> Result<(), BoxDynError> {
    use sqlx::Arguments as _;
    arguments.add(stream.account.0)?;
    arguments.add(stream.stream.as_bytes().as_slice())?;
    arguments.add(number(stream.head))?;
    arguments.add(number(stream.text))
}

fn bind_account(advance: &Advance, arguments: &mut SqliteArguments) -> Result<(), BoxDynError> {
    use sqlx::Arguments as _;
    arguments.add(advance.account.0)?;
    arguments.add(number(advance.head))?;
    arguments.add(number(advance.newest_ms))?;
    arguments.add(number(advance.bytes))
}

fn bind_sign(sign: &Sign, arguments: &mut SqliteArguments) -> Result<(), BoxDynError> {
    use sqlx::Arguments as _;
    arguments.add(sign.account.0)?;
    arguments.add(sign.device.as_bytes().as_slice())?;
    arguments.add(number(sign.cursor))?;
    arguments.add(sign.seen_ms)
}
