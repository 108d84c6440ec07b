//! Snapshots: made by a device, part by part, and read by those that join or come back after long.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use heph_protocol::hub::{
    BeginSnapshot, CommitSnapshot, Hash, Id, MAX_SNAPSHOT_PART, MAX_SNAPSHOT_PARTS, PartOf, Snapshot,
    SnapshotPart,
};
use serde_bytes::ByteBuf;

use crate::hub::body;
use crate::hub::caller::asking;
use crate::hub::refusal::Refusal;
use crate::hub::reply::{reply, reply_long};
use crate::hub::state::Hub;
use crate::store::hub::{NewSnapshot, SnapshotId, SnapshotRecord};

/// `POST /v1/snapshots`: begins one.
pub(super) async fn begin(
    request: HttpRequest,
    mut payload: web::Payload,
    hub: web::Data<Hub>,
) -> Result<HttpResponse, Refusal> {
    let asking = asking(&hub, &request).await?;
    let (wanted, _held): (BeginSnapshot, _) = body::read(&hub, &request, &mut payload).await?;
    if *wanted.id == [0; 16] {
        return Err(unprocessable("id", "a snapshot has an id"));
    }
    let BeginSnapshot { id, epoch, seq, format } = wanted;
    hub.store
        .begin_snapshot(asking.account, asking.device, NewSnapshot { id: *id, epoch, seq, format })
        .await?;
    Ok(HttpResponse::Created().finish())
}

/// `PUT /v1/snapshots/{id}/parts/{part}`.
pub(super) async fn put(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    mut payload: web::Payload,
    hub: web::Data<Hub>,
) -> Result<HttpResponse, Refusal> {
    let asking = asking(&hub, &request).await?;
    let (snapshot, part) = place(&path)?;
    let (SnapshotPart { bytes }, held) = body::read(&hub, &request, &mut payload).await?;
    if bytes.is_empty() {
        return Err(unprocessable("part", "a part of a snapshot is not empty"));
    }
    if bytes.len() > MAX_SNAPSHOT_PART {
        let most = MAX_SNAPSHOT_PART >> 20;
        return Err(Refusal::too_large(format!("a part of a snapshot has at most {most} MiB")));
    }
    let (account, device) = (asking.account, asking.device);
    hub.store
        .put_snapshot_part(account, device, snapshot, part, bytes.into_vec(), held.into_permit())
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /v1/snapshots/{id}/commit`; a repeat is no error.
pub(super) async fn commit(
    request: HttpRequest,
    path: web::Path<String>,
    mut payload: web::Payload,
    hub: web::Data<Hub>,
) -> Result<HttpResponse, Refusal> {
    let asking = asking(&hub, &request).await?;
    let snapshot = id(&path)?;
    let (manifest, _held): (CommitSnapshot, _) = body::read(&hub, &request, &mut payload).await?;
    if manifest.parts.len() > MAX_SNAPSHOT_PARTS {
        return Err(Refusal::too_large(format!("a snapshot has at most {MAX_SNAPSHOT_PARTS} parts")));
    }
    let parts = manifest.parts.iter().map(|hash| **hash).collect();
    let (account, device) = (asking.account, asking.device);
    hub.store.commit_snapshot(account, device, snapshot, parts, *manifest.state_hash).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `GET /v1/snapshots/latest`.
pub(super) async fn latest(request: HttpRequest, hub: web::Data<Hub>) -> Result<HttpResponse, Refusal> {
    let asking = asking(&hub, &request).await?;
    let newest = hub.store.newest_snapshot(asking.account).await?;
    reply(&request, &on_wire(newest.ok_or_else(Refusal::not_found)?))
}

/// `GET /v1/snapshots/{id}/parts/{part}`. A part is short enough to be had again from its beginning.
pub(super) async fn get(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    hub: web::Data<Hub>,
) -> Result<HttpResponse, Refusal> {
    let asking = asking(&hub, &request).await?;
    let (snapshot, part) = place(&path)?;
    let read = hub.presences.open_read(asking.account, asking.device)?;
    let _turn = hub.memory.page().await?;
    let bytes = hub.store.snapshot_part(asking.account, snapshot, part).await?;
    let bytes = ByteBuf::from(bytes.ok_or_else(Refusal::not_found)?);
    reply_long(&hub, &request, &SnapshotPart { bytes }, read)
}

fn place(path: &(String, String)) -> Result<(SnapshotId, u32), Refusal> {
    let part = path.1.parse().ok().filter(|part| (*part as usize) < MAX_SNAPSHOT_PARTS);
    let part = part.ok_or_else(|| {
        Refusal::malformed(format!("parts of a snapshot are numbered from 0 to {}", MAX_SNAPSHOT_PARTS - 1))
    })?;
    Ok((id(&path.0)?, part))
}

fn id(text: &str) -> Result<SnapshotId, Refusal> {
    let id = uuid::Uuid::try_parse(text).map(uuid::Uuid::into_bytes);
    id.map_err(|_| Refusal::malformed("a snapshot is named in hexadecimal"))
}

fn unprocessable(code: &str, message: &str) -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
}

fn on_wire(record: SnapshotRecord) -> Snapshot {
    let part = |(hash, bytes)| PartOf { hash: Hash::new(hash), bytes };
    Snapshot {
        id: Id::new(record.id),
        device: Id::new(*record.device.as_bytes()),
        seq: record.seq,
        format: record.format,
        made_ms: record.made_ms,
        state_hash: Hash::new(record.state_hash),
        parts: record.parts.into_iter().map(part).collect(),
    }
}
