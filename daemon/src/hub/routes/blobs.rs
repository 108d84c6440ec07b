//! `/v1/blobs`: files of an account, by the hash of their bytes.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_LENGTH, HeaderName, RANGE};
use actix_web::{HttpRequest, HttpResponse, web};
use heph_protocol::hub::{Blobs, MAX_BLOB_BYTES, MAX_BLOB_HASHES};

use crate::domain::page::BlobHash;
use crate::hub::blob::{Incoming, outgoing};
use crate::hub::body;
use crate::hub::caller::asking;
use crate::hub::range::ByteRange;
use crate::hub::refusal::Refusal;
use crate::hub::reply::reply;
use crate::hub::state::Hub;
use crate::store::hub::{HubError, OP_OVERHEAD};

/// What the bytes of a file are called.
const BYTES: &str = "application/octet-stream";

/// `POST /v1/blobs/missing`: which of these the account has not.
pub(super) async fn missing(
    request: HttpRequest,
    mut payload: web::Payload,
    hub: web::Data<Hub>,
) -> Result<HttpResponse, Refusal> {
    let asking = asking(&hub, &request).await?;
    let (asked, _held): (Blobs, _) = body::read(&hub, &request, &mut payload).await?;
    if asked.hashes.len() > MAX_BLOB_HASHES {
        return Err(Refusal::too_large(format!("at most {MAX_BLOB_HASHES} files are asked about at once")));
    }
    let hashes = asked.hashes.iter().map(|hash| read_hash(hash)).collect::<Result<Vec<_>, _>>()?;
    let missing = hub.store.missing_blobs(asking.account, &hashes).await?;
    reply(&request, &Blobs { hashes: missing.iter().map(BlobHash::to_string).collect() })
}

/// `HEAD /v1/blobs/{hash}`: whether the account has it, and its size.
pub(super) async fn head(
    request: HttpRequest,
    hash: web::Path<String>,
    hub: web::Data<Hub>,
) -> Result<HttpResponse, Refusal> {
    let hash = read_hash(&hash)?;
    let asking = asking(&hub, &request).await?;
    let bytes = hub.store.blob(asking.account, hash).await?.ok_or_else(Refusal::not_found)?;
    let nothing = futures_util::stream::empty::<Result<web::Bytes, std::io::Error>>();
    let mut response = HttpResponse::Ok();
    response.content_type(BYTES).insert_header(("accept-ranges", "bytes"));
    Ok(response.body(actix_web::body::SizedStream::new(bytes, nothing)))
}

/// `GET /v1/blobs/{hash}`: the bytes, or a range of them.
pub(super) async fn get(
    request: HttpRequest,
    hash: web::Path<String>,
    hub: web::Data<Hub>,
) -> Result<HttpResponse, Refusal> {
    let hash = read_hash(&hash)?;
    let asking = asking(&hub, &request).await?;
    let bytes = hub.store.blob(asking.account, hash).await?.ok_or_else(Refusal::not_found)?;
    let place = hub.presences.open_read(asking.account, asking.device)?;
    let range = ByteRange::read(header(&request, &RANGE), bytes);
    let mut response = match range {
        ByteRange::Whole => HttpResponse::Ok(),
        ByteRange::Part { .. } => HttpResponse::PartialContent(),
        ByteRange::Beyond => {
            let message = format!("the file has {bytes} bytes");
            return Err(Refusal::new(StatusCode::RANGE_NOT_SATISFIABLE, "range", message));
        }
    };
    let (first, length) = range.of(bytes);
    if let ByteRange::Part { first, last } = range {
        response.insert_header(("content-range", format!("bytes {first}-{last}/{bytes}")));
    }
    let Some(file) = hub.store.open_blob(asking.account, hash).await? else {
        tracing::error!("a file that is recorded is not beside the hub's database");
        return Err(Refusal::not_found());
    };
    hub.store.note_seen(asking.account, asking.device, 0);
    response
        .content_type(BYTES)
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("accept-ranges", "bytes"));
    Ok(response.body(outgoing(file, first, length, place)))
}

/// `PUT /v1/blobs/{hash}`: takes a file; a repeat changes nothing.
pub(super) async fn put(
    request: HttpRequest,
    payload: web::Payload,
    hash: web::Path<String>,
    hub: web::Data<Hub>,
) -> Result<HttpResponse, Refusal> {
    let hash = read_hash(&hash)?;
    let asking = asking(&hub, &request).await?;
    let announced = header(&request, &CONTENT_LENGTH).parse::<u64>().unwrap_or_default();
    if announced > MAX_BLOB_BYTES {
        return Err(too_large());
    }
    let _place = hub.presences.open_read(asking.account, asking.device)?;
    // What does not fit is not read. Whether it still fits once it is here is decided when it is recorded.
    let account = hub.store.account(asking.account).await?;
    let room = account.quota.saturating_sub(account.bytes).saturating_sub(OP_OVERHEAD);
    let is_there = hub.store.blob(asking.account, hash).await?.is_some();
    if !is_there && announced > room {
        return Err(HubError::Quota.into());
    }
    let most = if is_there { MAX_BLOB_BYTES } else { room.min(MAX_BLOB_BYTES) };
    let incoming = Incoming::new(hub.store.incoming_blob());
    let deadline = hub.presences.pace().body_deadline;
    let (came, bytes) = incoming.receive(payload, most, deadline).await?.ok_or_else(|| match most {
        MAX_BLOB_BYTES => too_large(),
        _ => HubError::Quota.into(),
    })?;
    if came != hash {
        let message = "the bytes that came have another hash";
        return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "hash", message));
    }
    hub.store.note_seen(asking.account, asking.device, 0);
    hub.store.keep_blob(asking.account, hash, bytes, incoming.path().to_owned()).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn too_large() -> Refusal {
    Refusal::too_large(format!("a file has at most {} MiB", MAX_BLOB_BYTES >> 20))
}

fn read_hash(text: &str) -> Result<BlobHash, Refusal> {
    text.parse()
        .map_err(|_| Refusal::malformed("a file is named by its BLAKE3 hash in 64 hexadecimal digits"))
}

fn header<'a>(request: &'a HttpRequest, name: &HeaderName) -> &'a str {
    request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
