//! Answers: MessagePack, compressed where that is wished and worth it.

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING as ENCODING, VARY};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use heph_protocol::hub::{CONTENT_ENCODING, CONTENT_TYPE};
use serde::Serialize;

use super::presence::ReadPlace;
use super::refusal::Refusal;
use super::state::Hub;
use super::unread::SlowBody;

/// Bytes up to which compression is not worth it.
const PLAIN_UP_TO: usize = 256;

/// Bytes of an answer that fits into what the server keeps for a connection anyway.
const SHORT: usize = 32 << 10;

/// How hard to compress.
const LEVEL: i32 = 3;

/// Answers with a value.
pub(super) fn reply(request: &HttpRequest, value: &impl Serialize) -> Result<HttpResponse, Refusal> {
    reply_with(request, StatusCode::OK, value)
}

/// Answers with a value and a status.
pub(super) fn reply_with(
    request: &HttpRequest,
    status: StatusCode,
    value: &impl Serialize,
) -> Result<HttpResponse, Refusal> {
    let (mut response, bytes) = written(request, status, value)?;
    Ok(response.body(bytes))
}

/// Answers with what may be long: it is counted until it is read, and has to be read in time.
pub(super) fn reply_long(
    hub: &Hub,
    request: &HttpRequest,
    value: &impl Serialize,
    place: ReadPlace,
) -> Result<HttpResponse, Refusal> {
    let (mut response, bytes) = written(request, StatusCode::OK, value)?;
    if bytes.len() <= SHORT {
        return Ok(response.body(bytes));
    }
    let mut held = hub.memory.hold();
    held.grow_to(bytes.len())?;
    Ok(response.body(SlowBody::new(bytes, held, place, hub.presences.pace().body_deadline)))
}

fn written(
    request: &HttpRequest,
    status: StatusCode,
    value: &impl Serialize,
) -> Result<(HttpResponseBuilder, Vec<u8>), Refusal> {
    let bytes = rmp_serde::to_vec_named(value).map_err(internal)?;
    let mut response = HttpResponse::build(status);
    response
        .content_type(CONTENT_TYPE)
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((VARY, "accept-encoding"));
    if bytes.len() > PLAIN_UP_TO && takes_zstd(request) {
        response.insert_header((ENCODING, CONTENT_ENCODING));
        return Ok((response, zstd::bulk::compress(&bytes, LEVEL).map_err(internal)?));
    }
    Ok((response, bytes))
}

fn internal(error: impl std::fmt::Display) -> Refusal {
    tracing::error!(%error, "an answer could not be written down");
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the hub is at fault; see its log")
}

fn takes_zstd(request: &HttpRequest) -> bool {
    let headers = request.headers().get_all(ACCEPT_ENCODING);
    headers.filter_map(|header| header.to_str().ok()).any(names_zstd)
}

/// Whether a list of codings takes zstd.
fn names_zstd(list: &str) -> bool {
    list.split(',').any(|item| {
        let (name, weight) = item.split_once(';').unwrap_or((item, ""));
        let is_refused = matches!(weight.trim().strip_prefix("q="), Some("0" | "0.0" | "0.00" | "0.000"));
        name.trim().eq_ignore_ascii_case(CONTENT_ENCODING) && !is_refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codings_are_read_as_the_client_means_them() {
        for takes in ["zstd", "gzip, zstd", "gzip;q=1.0, ZSTD;q=0.5"] {
            assert!(names_zstd(takes), "{takes}");
        }
        for refuses in ["", "gzip", "zstd;q=0", "zstd2", "*"] {
            assert!(!names_zstd(refuses), "{refuses}");
        }
    }
}
