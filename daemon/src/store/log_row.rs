//! Rows of the log: `txn`, `op`, `burnt`.

use rmp::{decode, encode};
use sqlx::Row as _;
use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArguments, SqliteRow};

use super::error::StoreError;
use super::record::{OpRecord, Role, TxnRecord};
use super::statement::Table;
use crate::domain::change::{Body, Kind, Operation, Tick};
use crate::domain::id::{DeviceId, GroupId, MutationId, NodeId, OpId};
use crate::domain::sync::{Place, Trace};
use crate::domain::task::reminder::Coming;
use crate::domain::value::{Value, decode_text};

pub(super) const TXN: Table = Table {
    head: "INSERT INTO txn (rev, mutation_id, grp, role, undoes, wall_ms, tick, label, outcome)",
    columns: 9,
    tail: "",
};

pub(super) const OP: Table = Table {
    head: "INSERT INTO op (rev, idx, op_id, device, ent, kind, body, creates, before, cursor, hub_seq, received_at, \
           carried_by, place)",
    columns: 14,
    tail: "",
};

pub(super) const BURNT: Table =
    Table { head: "INSERT INTO burnt (mutation_id, at_ms)", columns: 2, tail: "ON CONFLICT DO NOTHING" };

pub(super) const FIRED: Table = Table {
    head: "INSERT INTO fired_reminder (node, reminder, at_ms)",
    columns: 3,
    tail: "ON CONFLICT DO NOTHING",
};

/// Columns [`read_txn`] reads, of a table named `txn`.
pub(super) const TXN_COLUMNS: &str =
    "txn.rev AS txn_rev, txn.mutation_id, txn.grp, txn.role, txn.undoes, txn.wall_ms, txn.label, txn.outcome";

/// Columns [`read_op`] reads, of a table named `op`.
pub(super) const OP_COLUMNS: &str = "op.rev, op.idx, op.op_id, op.device, op.ent, op.kind, op.body, op.creates, op.before, op.cursor, op.hub_seq, \
     op.received_at, op.carried_by, op.place";

/// The tick as `txn.tick` has it: 48 bits of milliseconds, 16 of counter.
pub(super) const fn tick_number(tick: Tick) -> i64 {
    (tick.ms << 16 | tick.counter as u64) as i64
}

/// The tick of a stored number.
pub(super) const fn tick_from_number(number: i64) -> Tick {
    Tick { ms: number as u64 >> 16, counter: number as u16 }
}

pub(super) fn bind_txn(
    txn: &TxnRecord,
    clock: Tick,
    arguments: &mut SqliteArguments,
) -> Result<(), BoxDynError> {
    use sqlx::Arguments as _;
    arguments.add(txn.rev as i64)?;
    arguments.add(txn.mutation_id.map(|id| id.as_bytes().to_vec()))?;
    arguments.add(txn.group.map(|id| id.as_bytes().to_vec()))?;
    arguments.add(txn.role.number())?;
    arguments.add(txn.undoes.map(|id| id.as_bytes().to_vec()))?;
    arguments.add(txn.wall_ms)?;
    arguments.add(tick_number(clock))?;
    arguments.add(txn.label.as_str())?;
    arguments.add(txn.outcome.as_slice())
}

pub(super) fn bind_op(op: &OpRecord, arguments: &mut SqliteArguments) -> Result<(), BoxDynError> {
    use sqlx::Arguments as _;
    arguments.add(op.rev as i64)?;
    arguments.add(i64::from(op.index))?;
    arguments.add(op.operation.id.as_bytes().as_slice())?;
    arguments.add(op.operation.device.as_bytes().as_slice())?;
    arguments.add(op.operation.entity.as_bytes().as_slice())?;
    arguments.add(i64::from(op.operation.body.kind().0))?;
    arguments.add(op.operation.body.encode())?;
    arguments.add(op.creates)?;
    arguments.add(encode_before(&op.before))?;
    // Nothing read yet is stored as nothing, so that a store that never syncs pays nothing for it.
    arguments.add((op.trace.cursor > 0).then_some(op.trace.cursor as i64))?;
    arguments.add(op.trace.seq.map(|seq| seq as i64))?;
    arguments.add(op.trace.received_at.map(|at| at as i64))?;
    arguments.add(op.trace.carried_by.map(|id| id.as_bytes().to_vec()))?;
    arguments.add(place_number(op.trace.place))
}

fn place_number(place: Place) -> i64 {
    match place {
        Place::Chain => 0,
        Place::Beside => 1,
        Place::Carrier => 2,
    }
}

/// Reads what sync notes of an operation.
pub(super) fn read_trace(row: &SqliteRow) -> Result<Trace, StoreError> {
    let number = |column: &str| -> Result<Option<u64>, StoreError> {
        Ok(row.try_get::<Option<i64>, _>(column)?.map(|number| number as u64))
    };
    let carried_by: Option<&[u8]> = row.try_get("carried_by")?;
    let malformed = || StoreError::malformed("what sync notes of an operation");
    Ok(Trace {
        cursor: number("cursor")?.unwrap_or_default(),
        seq: number("hub_seq")?,
        received_at: number("received_at")?,
        carried_by: carried_by.map(|id| OpId::from_slice(id).map_err(|_| malformed())).transpose()?,
        place: match row.try_get("place")? {
            0 => Place::Chain,
            1 => Place::Beside,
            2 => Place::Carrier,
            _ => return Err(malformed()),
        },
    })
}

pub(super) fn bind_fired(fired: &Coming, arguments: &mut SqliteArguments) -> Result<(), BoxDynError> {
    use sqlx::Arguments as _;
    arguments.add(fired.task.as_bytes().as_slice())?;
    arguments.add(fired.reminder.clone())?;
    arguments.add(fired.at)
}

pub(super) fn bind_burnt(
    (id, at): &(MutationId, i64),
    arguments: &mut SqliteArguments,
) -> Result<(), BoxDynError> {
    use sqlx::Arguments as _;
    arguments.add(id.as_bytes().as_slice())?;
    arguments.add(*at)
}

pub(super) fn read_txn(row: &SqliteRow) -> Result<TxnRecord, StoreError> {
    let rev = row.try_get::<i64, _>("txn_rev")? as u64;
    let malformed = || StoreError::malformed(format_args!("transaction {rev}"));
    let group = |column: &str| -> Result<Option<GroupId>, StoreError> {
        let bytes: Option<&[u8]> = row.try_get(column)?;
        bytes.map(|bytes| GroupId::from_slice(bytes).map_err(|_| malformed())).transpose()
    };
    let mutation_id: Option<&[u8]> = row.try_get("mutation_id")?;
    Ok(TxnRecord {
        rev,
        mutation_id: mutation_id
            .map(|bytes| MutationId::from_slice(bytes).map_err(|_| malformed()))
            .transpose()?,
        group: group("grp")?,
        role: Role::from_number(row.try_get("role")?).ok_or_else(malformed)?,
        undoes: group("undoes")?,
        wall_ms: row.try_get("wall_ms")?,
        label: row.try_get("label")?,
        outcome: row.try_get::<Option<Vec<u8>>, _>("outcome")?.unwrap_or_default(),
    })
}

pub(super) fn read_op(row: &SqliteRow) -> Result<OpRecord, StoreError> {
    let (rev, index) = (row.try_get::<i64, _>("rev")? as u64, row.try_get::<u32, _>("idx")?);
    let malformed = || StoreError::malformed(format_args!("operation {index} of revision {rev}"));
    let kind = u8::try_from(row.try_get::<i64, _>("kind")?).map_err(|_| malformed())?;
    let operation = Operation {
        id: OpId::from_slice(row.try_get("op_id")?).map_err(|_| malformed())?,
        device: DeviceId::from_slice(row.try_get("device")?).map_err(|_| malformed())?,
        entity: NodeId::from_slice(row.try_get("ent")?).map_err(|_| malformed())?,
        body: Body::decode(Kind(kind), row.try_get("body")?).map_err(|_| malformed())?,
    };
    let before = decode_before(row.try_get("before")?).ok_or_else(malformed)?;
    let (creates, trace) = (row.try_get("creates")?, read_trace(row)?);
    Ok(OpRecord { rev, index, operation, before, creates, trace })
}

pub(super) fn encode_before(before: &[(Box<str>, Value)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 + before.len() * 16);
    let length = u32::try_from(before.len()).expect("an operation sets few registers");
    encode::write_map_len(&mut out, length).expect("writing to a Vec cannot fail");
    for (name, value) in before {
        encode::write_str(&mut out, name).expect("writing to a Vec cannot fail");
        value.encode(&mut out);
    }
    out
}

fn decode_before(mut bytes: &[u8]) -> Option<Vec<(Box<str>, Value)>> {
    let bytes = &mut bytes;
    let count = decode::read_map_len(bytes).ok()?;
    let pair = |_| {
        let name = decode_text(bytes).ok()?.into_boxed_str();
        Value::decode(bytes).ok().map(|value| (name, value))
    };
    (0..count).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ticks_come_back(ms in 0..1u64 << 48, counter: u16) {
            let tick = Tick { ms, counter };
            prop_assert_eq!(tick_from_number(tick_number(tick)), tick);
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = decode_before(&bytes);
        }
    }

    #[test]
    fn registers_before_come_back() {
        let before =
            vec![("due".into(), Value::Nil), ("title".into(), "x".into()), ("n".into(), Value::Int(-7))];
        assert_eq!(decode_before(&encode_before(&before)), Some(before));
    }
}
