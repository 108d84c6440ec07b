//! The envelope: `[0, id, method, params]`, `[1, id, error, result]`, `[2, method, params]`.
//!
//! `params` and `result` are maps with named fields. What every request may carry besides its own fields ([`Meta`])
//! stands in the same map.

use rmp::decode;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::error::{ErrorCode, WireError};
use crate::outline;

/// Deepest nesting of a value read from outside.
const MAX_DEPTH: usize = 64;

/// The id of no request: an error reply under it speaks of the connection (a frame too long, too many connections).
pub const CONNECTION_ID: u32 = 0;

/// Fields that any request may carry beside its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Meta {
    /// 16 bytes as hex, one per mutation; a repeat is answered with the first outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mutation_id: Option<String>,
    /// IANA zone of this request, instead of the one of `hello`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

/// One message, its maps still encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// A call that wants a reply.
    Request {
        /// Chosen by the client; the reply carries it.
        id: u32,
        /// Name of the method.
        method: String,
        /// The encoded parameter map.
        params: Vec<u8>,
    },
    /// The answer to a request.
    Reply {
        /// The request's id.
        id: u32,
        /// The encoded result map, or what went wrong.
        result: Result<Vec<u8>, WireError>,
    },
    /// News nobody asked for in this moment.
    Event {
        /// Name of the event.
        method: String,
        /// The encoded parameter map.
        params: Vec<u8>,
    },
}

/// The bytes are no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a message: {0}")]
pub struct Malformed(String);

fn malformed(what: impl std::fmt::Display) -> Malformed {
    Malformed(what.to_string())
}

const EMPTY_MAP: u8 = 0x80;
const EMPTY_ARRAY: u8 = 0x90;
const NIL: u8 = 0xc0;

impl Message {
    /// Encodes the message as the payload of one frame.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.room());
        match self {
            Self::Request { id, method, params } => {
                head(&mut out, 4, 0);
                uint(&mut out, *id);
                text(&mut out, method);
                out.extend_from_slice(params);
            }
            Self::Reply { id, result } => {
                head(&mut out, 4, 1);
                uint(&mut out, *id);
                match result {
                    Ok(result) => {
                        out.push(NIL);
                        out.extend_from_slice(result);
                    }
                    Err(error) => {
                        out.extend_from_slice(&to_map(error));
                        out.push(NIL);
                    }
                }
            }
            Self::Event { method, params } => {
                head(&mut out, 3, 2);
                text(&mut out, method);
                out.extend_from_slice(params);
            }
        }
        out
    }

    /// About as many bytes as its encoding has.
    fn room(&self) -> usize {
        const HEAD: usize = 32;
        match self {
            Self::Request { method, params, .. } | Self::Event { method, params } => {
                HEAD + method.len() + params.len()
            }
            Self::Reply { result, .. } => HEAD + result.as_ref().map_or(0, Vec::len),
        }
    }

    /// Reads the payload of one frame.
    ///
    /// # Errors
    /// [`Malformed`] when the bytes are not of the three shapes. A method name that is not UTF-8 is read with
    /// replacement characters, so that its request can still be answered.
    pub fn decode(mut bytes: &[u8]) -> Result<Self, Malformed> {
        let read = &mut bytes;
        let length = decode::read_array_len(read).map_err(malformed)?;
        let shape: u8 = decode::read_int(read).map_err(malformed)?;
        match (shape, length) {
            (0, 4) => {
                let id = decode::read_int(read).map_err(malformed)?;
                Ok(Self::Request { id, method: name(read)?, params: last(read)? })
            }
            (1, 4) => {
                let id = decode::read_int(read).map_err(malformed)?;
                if let Some((&NIL, result)) = read.split_first() {
                    return Ok(Self::Reply { id, result: Ok(last(result)?) });
                }
                let error = outline::length(read)
                    .map(|length| read.split_at(length).0)
                    .map_err(|what| malformed(format_args!("its parts {what}")))?;
                Ok(Self::Reply { id, result: Err(from_reply(error)?) })
            }
            (2, 3) => Ok(Self::Event { method: name(read)?, params: last(read)? }),
            _ => Err(malformed(format_args!("shape {shape} with {length} elements"))),
        }
    }
}

fn head(out: &mut Vec<u8>, length: u8, shape: u8) {
    out.push(EMPTY_ARRAY | length);
    out.push(shape);
}

fn uint(out: &mut Vec<u8>, value: u32) {
    rmp::encode::write_uint(out, u64::from(value)).expect("writing to a Vec cannot fail");
}

fn text(out: &mut Vec<u8>, value: &str) {
    rmp::encode::write_str(out, value).expect("writing to a Vec cannot fail");
}

fn name(read: &mut &[u8]) -> Result<String, Malformed> {
    let length = decode::read_str_len(read).map_err(malformed)? as usize;
    let (name, rest) = read.split_at_checked(length).ok_or_else(|| malformed("cut short in a name"))?;
    *read = rest;
    Ok(String::from_utf8_lossy(name).into_owned())
}

/// The last element: all that is left, which is looked into when it is read.
fn last(rest: &[u8]) -> Result<Vec<u8>, Malformed> {
    if rest.is_empty() { Err(malformed("cut short before its last part")) } else { Ok(rest.to_vec()) }
}

/// Encodes a struct as a map with named fields.
pub fn to_map<T: Serialize>(value: &T) -> Vec<u8> {
    // Most replies fit; a list of tasks grows twice instead of ten times.
    let mut map = Vec::with_capacity(4 << 10);
    rmp_serde::encode::write_named(&mut map, value)
        .expect("wire types have string keys and no failing serializers");
    map
}

/// Encodes a request's own fields and its [`Meta`] as one map. The two may not name a field alike, as `hello` would
/// with a zone in both.
pub fn to_params<T: Serialize>(value: &T, meta: &Meta) -> Vec<u8> {
    let (own, extra) = (to_map(value), to_map(meta));
    let (mut own, mut extra) = (own.as_slice(), extra.as_slice());
    let fields = map_len(&mut own) + map_len(&mut extra);
    let mut params = Vec::with_capacity(own.len() + extra.len() + 5);
    rmp::encode::write_map_len(&mut params, fields).expect("writing to a Vec cannot fail");
    params.extend_from_slice(own);
    params.extend_from_slice(extra);
    params
}

/// Length of a map that we encoded; a unit struct has none.
fn map_len(map: &mut &[u8]) -> u32 {
    decode::read_map_len(map).unwrap_or(0)
}

/// Reads a parameter map.
///
/// An empty array (an empty Lua table) counts as an empty map.
///
/// # Errors
/// `invalid`, naming the field or the place.
pub fn from_map<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, WireError> {
    read_map(bytes).map_err(|what| WireError::new(ErrorCode::Invalid, format!("parameters {what}")))
}

/// Reads a result map, as [`from_map`] reads parameters.
///
/// # Errors
/// [`Malformed`], naming the field or the place.
pub fn from_reply<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Malformed> {
    read_map(bytes).map_err(|what| malformed(format_args!("its fields {what}")))
}

/// Reads one map; the error is the end of a sentence about its fields.
fn read_map<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let bytes = if bytes == [EMPTY_ARRAY] { &[EMPTY_MAP] } else { bytes };
    outline::check(bytes).map_err(|what| what.to_string())?;
    if !bytes.first().is_some_and(|&first| is_map(rmp::Marker::from_u8(first))) {
        return Err("are not a map with named fields".to_owned());
    }
    let mut fields = rmp_serde::Deserializer::from_read_ref(bytes);
    fields.set_max_depth(MAX_DEPTH);
    T::deserialize(&mut fields).map_err(|error| format!("cannot be read: {error}"))
}

fn is_map(marker: rmp::Marker) -> bool {
    matches!(marker, rmp::Marker::FixMap(_) | rmp::Marker::Map16 | rmp::Marker::Map32)
}
