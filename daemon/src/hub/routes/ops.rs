//! `GET /v1/ops` and `POST /v1/status`: the log, and what became of operations.

use actix_web::{HttpRequest, HttpResponse, web};
use heph_protocol::hub::{MAX_STATUS_OPS, Ops, Status, StatusReply};
use tokio::sync::SemaphorePermit;
use tokio::time::{Instant, timeout_at};

use super::devices::fresh;
use super::query::OpsQuery;
use crate::domain::id::{DeviceId, OpId};
use crate::hub::body;
use crate::hub::caller::{Asking, asking, check_device, device_header, person};
use crate::hub::refusal::Refusal;
use crate::hub::reply::{reply, reply_long};
use crate::hub::state::Hub;
use crate::hub::wire;
use crate::store::hub::OpsPage;

/// A page of the log; an empty one is waited for if so asked.
pub(super) async fn ops(request: HttpRequest, hub: web::Data<Hub>) -> Result<HttpResponse, Refusal> {
    let query = OpsQuery::read(request.query_string())?;
    let asking = match query.peek {
        true => peeking(&hub, &request).await?,
        false => asking(&hub, &request).await?,
    };
    let place = hub.presences.open_read(asking.account, asking.device)?;
    let (page, _turn) = match query.wait.is_zero() || query.peek {
        true => page(&hub, &asking, &query).await?,
        false => awaited(&hub, &asking, &query).await?,
    };
    if query.after < page.floor {
        return Err(Refusal::gone(page.floor, page.snapshot));
    }
    // Who asks for one stream tells nothing of how far it has read the log.
    let cursor = if query.stream.is_none() { query.after.min(page.head) } else { 0 };
    if !query.peek {
        hub.store.note_seen(asking.account, asking.device, cursor);
    }
    let mut page = page;
    if query.brief {
        let own = page.ops.iter_mut().filter(|op| op.device == asking.device);
        own.for_each(|op| op.body = Vec::new());
    }
    reply_long(&hub, &request, &on_wire(page, hub.now_ms()), place)
}

/// A device that is none of the account's and could be made one: it may look before it decides.
async fn peeking(hub: &Hub, request: &HttpRequest) -> Result<Asking, Refusal> {
    let person = person(hub, request).await?;
    let device = device_header(request)?;
    let login_ms = fresh(hub, &person.login)?;
    hub.store.check_registering(person.account, device, login_ms).await?;
    // All who look at an account share the places of one device.
    Ok(Asking { login: person.login, account: person.account, device: DeviceId::from_bytes([0; 16]) })
}

/// A page, and the turn to have one in memory if it has something.
type Turn<'a> = (OpsPage, Option<SemaphorePermit<'a>>);

async fn page<'a>(hub: &'a Hub, asking: &Asking, query: &OpsQuery) -> Result<Turn<'a>, Refusal> {
    let turn = hub.memory.page().await?;
    Ok((hub.store.ops(asking.account, query.after, query.limit, query.stream).await?, Some(turn)))
}

/// The page once it has something, or when the time is up, the hub stops, or the client is beyond the log.
async fn awaited<'a>(hub: &'a Hub, asking: &Asking, query: &OpsQuery) -> Result<Turn<'a>, Refusal> {
    let deadline = Instant::now() + query.wait;
    let mut news = hub.store.watch(asking.account).await?;
    loop {
        let _ = news.borrow_and_update();
        let (page, turn) = page(hub, asking, query).await?;
        if !page.ops.is_empty() || query.after > page.head || query.after < page.floor {
            return Ok((page, turn));
        }
        drop(turn);
        tokio::select! {
            changed = timeout_at(deadline, news.changed()) => match changed {
                Ok(Ok(())) => check_device(hub, asking).await?,
                Ok(Err(_)) | Err(_) => return Ok((page, None)),
            },
            () = hub.closing.cancelled() => return Ok((page, None)),
        }
    }
}

fn on_wire(page: OpsPage, server_ms: i64) -> Ops {
    let OpsPage { epoch, head, floor, ops, more, .. } = page;
    Ops { epoch, head, floor, server_ms, ops: ops.into_iter().map(wire::logged).collect(), more }
}

/// What became of operations.
pub(super) async fn status(
    request: HttpRequest,
    mut payload: web::Payload,
    hub: web::Data<Hub>,
) -> Result<HttpResponse, Refusal> {
    let asking = asking(&hub, &request).await?;
    let (status, _held): (Status, _) = body::read(&hub, &request, &mut payload).await?;
    if status.op_ids.len() > MAX_STATUS_OPS {
        return Err(Refusal::too_large(format!("a status is of at most {MAX_STATUS_OPS} operations")));
    }
    let ids: Vec<OpId> = status.op_ids.iter().map(|id| OpId::from_bytes(**id)).collect();
    let known = hub.store.status(asking.account, &ids).await?;
    let ops = status.op_ids.iter().zip(&ids).map(|(id, op)| (*id, known.get(op).copied())).collect();
    reply(&request, &StatusReply { ops })
}
