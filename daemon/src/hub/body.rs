//! Bodies of requests: read within limits and a deadline, inflated within limits, decoded to the last byte.

use std::io::{Cursor, Read as _};

use actix_web::http::StatusCode;
use actix_web::http::header::{
    CONTENT_ENCODING as ENCODING, CONTENT_LENGTH, CONTENT_TYPE as TYPE, HeaderName,
};
use actix_web::{HttpRequest, web};
use futures_util::StreamExt as _;
use heph_protocol::hub::{CONTENT_ENCODING, CONTENT_TYPE};
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout_at};

use super::memory::Held;
use super::refusal::Refusal;
use super::state::Hub;

/// The longest body, as it comes and as it is inflated.
const MAX_BODY: usize = 16 << 20;

/// How many times longer than its compressed form a body may be.
const MAX_RATIO: usize = 50;

/// What a body may be inflated to however short it is: a page of one letter is no attack.
const ALWAYS_INFLATED: usize = 1 << 20;

/// Binary logarithm of the most memory that zstd is let to look back on.
const MAX_WINDOW: u32 = 24;

/// The deepest nesting of a body; what is sent here has four levels.
const MAX_DEPTH: usize = 64;

/// How a body comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Plain,
    Zstd,
}

/// Reads the body of a request, and what it holds of the memory for bodies.
pub(super) async fn read<T: DeserializeOwned>(
    hub: &Hub,
    request: &HttpRequest,
    payload: &mut web::Payload,
) -> Result<(T, Held), Refusal> {
    let coding = coding(request)?;
    let mut held = hub.memory.hold();
    let deadline = Instant::now() + hub.presences.pace().body_deadline;
    let bytes = receive(request, payload, deadline, &mut held).await?;
    let bytes = match coding {
        Coding::Plain => bytes,
        Coding::Zstd => inflate(&bytes, &mut held)?,
    };
    Ok((decode(&bytes)?, held))
}

fn coding(request: &HttpRequest) -> Result<Coding, Refusal> {
    let media_type = header(request, &TYPE).split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case(CONTENT_TYPE) {
        return Err(unsupported(format!("a body has to be {CONTENT_TYPE}")));
    }
    match header(request, &ENCODING).trim() {
        "" => Ok(Coding::Plain),
        coding if coding.eq_ignore_ascii_case("identity") => Ok(Coding::Plain),
        coding if coding.eq_ignore_ascii_case(CONTENT_ENCODING) => Ok(Coding::Zstd),
        _ => Err(unsupported(format!("a body is compressed with {CONTENT_ENCODING} or not at all"))),
    }
}

fn unsupported(message: String) -> Refusal {
    Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type", message)
}

fn header<'a>(request: &'a HttpRequest, name: &HeaderName) -> &'a str {
    request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn too_long() -> Refusal {
    Refusal::too_large(format!("a body has at most {} MiB", MAX_BODY >> 20))
}

async fn receive(
    request: &HttpRequest,
    payload: &mut web::Payload,
    deadline: Instant,
    held: &mut Held,
) -> Result<Vec<u8>, Refusal> {
    let announced = header(request, &CONTENT_LENGTH).parse::<usize>().unwrap_or_default();
    if announced > MAX_BODY {
        return Err(too_long());
    }
    let mut bytes = Vec::new();
    loop {
        let slow = |_| Refusal::slow();
        let chunk = match timeout_at(deadline, payload.next()).await.map_err(slow)? {
            Some(Ok(chunk)) => chunk,
            Some(Err(_)) => return Err(Refusal::malformed("the body cannot be read")),
            None => return Ok(bytes),
        };
        if bytes.len() + chunk.len() > MAX_BODY {
            return Err(too_long());
        }
        held.grow_to(bytes.len() + chunk.len())?;
        bytes.extend_from_slice(&chunk);
    }
}

/// Inflates a body piece by piece, so that no more is made than may be.
fn inflate(bytes: &[u8], held: &mut Held) -> Result<Vec<u8>, Refusal> {
    let most = MAX_BODY.min(ALWAYS_INFLATED.max(bytes.len().saturating_mul(MAX_RATIO)));
    let broken = |_| Refusal::malformed("the body is not zstd");
    let mut decoder = zstd::stream::read::Decoder::with_buffer(bytes).map_err(broken)?;
    decoder.window_log_max(MAX_WINDOW).map_err(broken)?;
    let mut inflated = Vec::new();
    let mut piece = [0; 16 << 10];
    loop {
        let read = decoder.read(&mut piece).map_err(broken)?;
        if read == 0 {
            return Ok(inflated);
        }
        if inflated.len() + read > most {
            return Err(Refusal::too_large("the body inflates to more than it may; send it uncompressed"));
        }
        held.grow_to(bytes.len() + inflated.len() + read)?;
        inflated.extend_from_slice(&piece[..read]);
    }
}

/// Reads one value, and nothing behind it.
fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    let mut deserializer = rmp_serde::Deserializer::new(Cursor::new(bytes));
    deserializer.set_max_depth(MAX_DEPTH);
    let value = T::deserialize(&mut deserializer)
        .map_err(|_| Refusal::malformed("the body is not the MessagePack of this request"))?;
    match deserializer.position() == bytes.len() as u64 {
        true => Ok(value),
        false => Err(Refusal::malformed("something follows the body's MessagePack")),
    }
}

#[cfg(test)]
mod tests {
    use heph_protocol::hub::{NewOp, Push};
    use proptest::prelude::*;
    use serde_bytes::ByteBuf;

    use super::super::memory::Memory;
    use super::*;

    fn push() -> Push {
        let op = NewOp { body: ByteBuf::from(vec![7; 300]), base: Some(3), ..NewOp::default() };
        Push { epoch: 1, ops: vec![op.clone(), op], ..Push::default() }
    }

    fn inflated(bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
        inflate(bytes, &mut Memory::new().hold())
    }

    #[test]
    fn a_body_is_read_to_its_last_byte() {
        let bytes = rmp_serde::to_vec_named(&push()).unwrap();
        assert_eq!(decode::<Push>(&bytes).unwrap(), push());
        for cut in 0..bytes.len() {
            assert!(decode::<Push>(&bytes[..cut]).is_err(), "cut at {cut}");
        }
        assert!(decode::<Push>(&[bytes.as_slice(), &[0xc0]].concat()).is_err());
    }

    #[test]
    fn nesting_and_announced_lengths_are_no_danger() {
        let deep = [b"\x81\xa1x".as_slice(), &[0x91; 100_000], b"\xc0"].concat();
        assert!(decode::<Push>(&deep).is_err());
        for length in [b"\x81\xa3ops\xdd\xff\xff\xff\xff".as_slice(), b"\xdf\xff\xff\xff\xff"] {
            assert!(decode::<Push>(length).is_err());
        }
        let long_body = b"\x81\xa3ops\x91\x81\xa4body\xc6\xff\xff\xff\xff".as_slice();
        assert!(decode::<Push>(long_body).is_err());
    }

    #[test]
    fn what_is_inflated_has_limits() {
        let pack = |length: usize| zstd::bulk::compress(&vec![7; length], 19).unwrap();
        assert_eq!(inflated(&pack(ALWAYS_INFLATED)).unwrap().len(), ALWAYS_INFLATED);
        assert!(inflated(&pack(ALWAYS_INFLATED + 1)).is_err());
        assert!(inflated(&pack(1 << 30)).is_err());
        assert!(inflated(b"\x1f\x8b\x08\0\0\0\0\0\0\x03").is_err());
        let cut = pack(1_000);
        assert!(inflated(&cut[..cut.len() - 1]).is_err());
        assert!(inflated(&[cut.as_slice(), b"behind it"].concat()).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = decode::<Push>(&bytes);
            let _ = inflated(&bytes);
        }
    }
}
