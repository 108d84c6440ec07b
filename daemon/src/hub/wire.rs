//! What the hub's store hands out, as it goes over the wire.

use heph_protocol::hub::{Device, Id, LoggedOp, Verdict as WireVerdict};
use serde_bytes::ByteBuf;

use crate::domain::sync::hub::Verdict;
use crate::store::hub::{DeviceRecord, LoggedRecord};

/// What became of an operation.
pub(crate) fn verdict(verdict: Verdict) -> WireVerdict {
    match verdict {
        Verdict::Accepted(seq) => WireVerdict::Ok(seq),
        Verdict::Duplicate(seq) => WireVerdict::Dup(seq),
        Verdict::Stale(text) => WireVerdict::Stale(text),
        Verdict::Bad(reason) => WireVerdict::Bad(reason.code().to_owned()),
    }
}

/// A device of an account.
pub(crate) fn device(record: DeviceRecord) -> Device {
    Device {
        device: Id::new(*record.device.as_bytes()),
        name: record.name,
        registered_ms: record.registered_ms,
        seen_ms: record.seen_ms,
        cursor: record.cursor,
        revoked: record.revoked,
    }
}

/// An operation of a log.
pub(crate) fn logged(record: LoggedRecord) -> LoggedOp {
    LoggedOp {
        seq: record.seq,
        id: Id::new(*record.id.as_bytes()),
        device: Id::new(*record.device.as_bytes()),
        stream: Id::new(*record.stream.as_bytes()),
        kind: record.kind,
        base: record.base,
        cursor: record.cursor,
        received_at: record.received_at,
        body: ByteBuf::from(record.body),
    }
}
