//! Operations between the wire and the domain.

use heph_protocol::hub::{Id, LoggedOp, NewOp, Verdict as WireVerdict};
use serde_bytes::ByteBuf;

use crate::domain::change::Kind;
use crate::domain::id::{DeviceId, NodeId, OpId};
use crate::domain::sync::Arrived;
use crate::domain::sync::hub::Offered;

/// An operation as the hub is offered it.
pub(super) fn offered(offered: Offered) -> NewOp {
    NewOp {
        id: Id::new(*offered.id.as_bytes()),
        stream: Id::new(*offered.stream.as_bytes()),
        kind: offered.kind.0,
        base: offered.base,
        cursor: offered.cursor,
        body: ByteBuf::from(offered.body),
    }
}

/// An operation as it came from the hub.
pub(super) fn arrived(op: LoggedOp) -> Arrived {
    Arrived {
        seq: op.seq,
        received_at: u64::try_from(op.received_at).unwrap_or_default(),
        cursor: op.cursor,
        id: OpId::from_bytes(*op.id),
        device: DeviceId::from_bytes(*op.device),
        entity: NodeId::from_bytes(*op.stream),
        kind: Kind(op.kind),
        body: op.body.into_vec(),
    }
}

/// The ids and verdicts of a reply to a push.
pub(super) fn verdicts(results: Vec<(Id, WireVerdict)>) -> Vec<(OpId, WireVerdict)> {
    results.into_iter().map(|(id, verdict)| (OpId::from_bytes(*id), verdict)).collect()
}
