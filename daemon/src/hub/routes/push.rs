//! `POST /v1/push`.

use actix_web::{HttpRequest, HttpResponse, web};
use heph_protocol::hub::{Id, MAX_PUSH_BYTES, MAX_PUSH_OPS, NewOp, Push, PushReply};

use crate::domain::change::Kind;
use crate::domain::id::{NodeId, OpId};
use crate::domain::sync::hub::Offered;
use crate::hub::body;
use crate::hub::caller::asking;
use crate::hub::refusal::Refusal;
use crate::hub::reply::reply;
use crate::hub::state::Hub;
use crate::hub::wire;
use crate::store::hub::Pushed;

/// Takes operations. What is decided is committed by the store's writer, whether the client waits for it or not.
pub(super) async fn push(
    request: HttpRequest,
    mut payload: web::Payload,
    hub: web::Data<Hub>,
) -> Result<HttpResponse, Refusal> {
    let asking = asking(&hub, &request).await?;
    let (push, held): (Push, _) = body::read(&hub, &request, &mut payload).await?;
    if *push.device != *asking.device.as_bytes() {
        return Err(Refusal::forbidden());
    }
    check(&push)?;
    let ids: Vec<Id> = push.ops.iter().map(|op| op.id).collect();
    let ops = push.ops.into_iter().map(offered).collect();
    // A sign of life rides along with the push.
    hub.store.note_seen(asking.account, asking.device, 0);
    let pushed = hub.store.push(asking.account, asking.device, push.epoch, ops, held.into_permit()).await?;
    reply(&request, &on_wire(ids, pushed, hub.now_ms()))
}

/// Checks the envelopes; what is wrong with one operation alone is its verdict.
fn check(push: &Push) -> Result<(), Refusal> {
    if push.ops.len() > MAX_PUSH_OPS {
        return Err(Refusal::too_large(format!("a push has at most {MAX_PUSH_OPS} operations")));
    }
    let bytes: usize = push.ops.iter().map(|op| op.body.len()).sum();
    if bytes > MAX_PUSH_BYTES {
        return Err(Refusal::too_large(format!("a push has at most {MAX_PUSH_BYTES} bytes")));
    }
    for (index, op) in push.ops.iter().enumerate() {
        if *op.id == [0; 16] {
            return Err(Refusal::envelope(index, "id", "an operation has an id"));
        }
        if *op.stream == [0; 16] {
            return Err(Refusal::envelope(index, "stream", "an operation has a stream"));
        }
    }
    Ok(())
}

fn offered(op: NewOp) -> Offered {
    Offered {
        id: OpId::from_bytes(*op.id),
        stream: NodeId::from_bytes(*op.stream),
        kind: Kind(op.kind),
        base: op.base,
        cursor: op.cursor,
        body: op.body.into_vec(),
    }
}

fn on_wire(ids: Vec<Id>, pushed: Pushed, server_ms: i64) -> PushReply {
    let results = ids.into_iter().zip(pushed.verdicts.iter().copied().map(wire::verdict)).collect();
    let Pushed { epoch, head, received_at, .. } = pushed;
    PushReply { epoch, head, server_ms, received_at, results }
}
