//! Operations: what the log holds, and their stored form.

use rmp::decode;

use super::clock::Tick;
use super::splice::Splice;
use crate::domain::id::{DeviceId, NodeId, OpId};
use crate::domain::node::register;
use crate::domain::value::{self, MalformedValue, Value};

/// First 16 bytes of the BLAKE3 hash of a text.
pub type TextHash = [u8; 16];

/// Hashes a text as operations and revision tokens do.
pub fn text_hash(text: &str) -> TextHash {
    let mut hash = TextHash::default();
    hash.copy_from_slice(&blake3::hash(text.as_bytes()).as_bytes()[..16]);
    hash
}

/// The number of a kind of operation.
///
/// Unknown kinds from 16 are critical (stop and say "upgrade"), from 128 may be kept unread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind(pub u8);

impl Kind {
    /// Splices of a text.
    pub const TEXT: Self = Self(1);
    /// A whole text.
    pub const TEXT_FULL: Self = Self(2);
    /// Registers.
    pub const SET: Self = Self(3);

    /// Whether the operation makes a text revision.
    pub fn is_text(self) -> bool {
        matches!(self, Self::TEXT | Self::TEXT_FULL)
    }
}

/// One change of one entity.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// Its id.
    pub id: OpId,
    /// The device that made it.
    pub device: DeviceId,
    /// The entity it changes.
    pub entity: NodeId,
    /// The change.
    pub body: Body,
}

impl Operation {
    /// Whether a person changed the node by it; not what a rule derived, nor that it was thrown away.
    pub fn is_edit(&self) -> bool {
        match &self.body {
            Body::Text { derived, .. } | Body::TextFull { derived, .. } => !derived,
            Body::Set { registers, .. } => {
                // On which page a task's line stands follows from the pages.
                registers.iter().any(|(name, value)| {
                    &**name != register::SOURCE && (&**name != register::TRASHED || !value.is_true())
                })
            }
            Body::Unknown { .. } => false,
        }
    }
}

/// What an operation does.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// Changes the text before it.
    Text {
        /// How.
        splices: Vec<Splice>,
        /// Hash of the result.
        hash: TextHash,
        /// Made by a rule, not typed (a box mirrored from a status).
        derived: bool,
    },
    /// Replaces the text; a keyframe.
    TextFull {
        /// The text.
        text: String,
        /// Made by a rule, not typed.
        derived: bool,
    },
    /// Writes registers, all under one tick.
    Set {
        /// The tick.
        tick: Tick,
        /// Names and values.
        registers: Vec<(Box<str>, Value)>,
    },
    /// A kind this version does not know.
    Unknown {
        /// Its number.
        kind: u8,
        /// Its bytes.
        raw: Vec<u8>,
    },
}

/// A stored operation cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed operation")]
pub struct MalformedOperation;

impl From<MalformedValue> for MalformedOperation {
    fn from(_: MalformedValue) -> Self {
        Self
    }
}

impl Body {
    /// The number of its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Text { .. } => Kind::TEXT,
            Self::TextFull { .. } => Kind::TEXT_FULL,
            Self::Set { .. } => Kind::SET,
            Self::Unknown { kind, .. } => Kind(*kind),
        }
    }

    /// The stored form: a map with one-letter keys, so that later versions can add fields.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Text { splices, hash, derived } => {
                map(&mut out, 2 + u32::from(*derived));
                text(&mut out, "h");
                Value::Bytes(hash.to_vec()).encode(&mut out);
                text(&mut out, "s");
                let splices = splices.iter().map(|splice| {
                    let position = [Value::Int(splice.at.into()), Value::Int(splice.delete.into())];
                    Value::List(position.into_iter().chain([Value::Text(splice.insert.clone())]).collect())
                });
                Value::List(splices.collect()).encode(&mut out);
                flag(&mut out, *derived);
            }
            Self::TextFull { text: whole, derived } => {
                map(&mut out, 1 + u32::from(*derived));
                text(&mut out, "x");
                text(&mut out, whole);
                flag(&mut out, *derived);
            }
            Self::Set { tick, registers } => {
                map(&mut out, 2);
                text(&mut out, "t");
                Value::List(vec![Value::Int(tick.ms as i64), Value::Int(tick.counter.into())])
                    .encode(&mut out);
                text(&mut out, "r");
                map(&mut out, u32::try_from(registers.len()).expect("an operation sets few registers"));
                for (name, value) in registers {
                    text(&mut out, name);
                    value.encode(&mut out);
                }
            }
            Self::Unknown { raw, .. } => out.extend_from_slice(raw),
        }
        out
    }

    /// Reads the stored form. Unknown keys are skipped, an unknown kind is kept raw.
    ///
    /// # Errors
    /// [`MalformedOperation`] when a known kind cannot be read.
    pub fn decode(kind: Kind, raw: &[u8]) -> Result<Self, MalformedOperation> {
        match kind {
            Kind::TEXT => decode_text(raw),
            Kind::TEXT_FULL => decode_text_full(raw),
            Kind::SET => decode_set(raw),
            Kind(kind) => Ok(Self::Unknown { kind, raw: raw.to_vec() }),
        }
    }
}

/// Whether a stored text was made by a rule and not typed.
pub fn is_derived(kind: Kind, raw: &[u8]) -> bool {
    matches!(
        Body::decode(kind, raw),
        Ok(Body::Text { derived: true, .. } | Body::TextFull { derived: true, .. })
    )
}

fn map(out: &mut Vec<u8>, length: u32) {
    rmp::encode::write_map_len(out, length).expect("writing to a Vec cannot fail");
}

fn text(out: &mut Vec<u8>, text: &str) {
    rmp::encode::write_str(out, text).expect("writing to a Vec cannot fail");
}

fn flag(out: &mut Vec<u8>, derived: bool) {
    if derived {
        text(out, "d");
        Value::Bool(true).encode(out);
    }
}

fn map_len(raw: &mut &[u8]) -> Result<u32, MalformedOperation> {
    decode::read_map_len(raw).map_err(|_| MalformedOperation)
}

fn decode_text(mut raw: &[u8]) -> Result<Body, MalformedOperation> {
    let (mut hash, mut splices, mut derived) = (None, None, false);
    for _ in 0..map_len(&mut raw)? {
        match value::decode_text(&mut raw)?.as_str() {
            "h" => hash = value::decode_bytes(&mut raw)?.try_into().ok(),
            "s" => splices = Some(decode_splices(&Value::decode(&mut raw)?)?),
            "d" => derived = Value::decode(&mut raw)?.is_true(),
            _ => drop(Value::decode(&mut raw)?),
        }
    }
    match (hash, splices) {
        (Some(hash), Some(splices)) => Ok(Body::Text { splices, hash, derived }),
        _ => Err(MalformedOperation),
    }
}

fn decode_splices(list: &Value) -> Result<Vec<Splice>, MalformedOperation> {
    let number = |value: &Value| value.as_int().and_then(|n| u32::try_from(n).ok()).ok_or(MalformedOperation);
    list.as_list()
        .iter()
        .map(|splice| match splice.as_list() {
            [at, delete, Value::Text(insert)] => {
                Ok(Splice { at: number(at)?, delete: number(delete)?, insert: insert.clone() })
            }
            _ => Err(MalformedOperation),
        })
        .collect()
}

fn decode_text_full(mut raw: &[u8]) -> Result<Body, MalformedOperation> {
    let (mut whole, mut derived) = (None, false);
    for _ in 0..map_len(&mut raw)? {
        match value::decode_text(&mut raw)?.as_str() {
            "x" => whole = Some(value::decode_text(&mut raw)?),
            "d" => derived = Value::decode(&mut raw)?.is_true(),
            _ => drop(Value::decode(&mut raw)?),
        }
    }
    whole.map(|text| Body::TextFull { text, derived }).ok_or(MalformedOperation)
}

fn decode_set(mut raw: &[u8]) -> Result<Body, MalformedOperation> {
    let (mut tick, mut registers) = (None, None);
    for _ in 0..map_len(&mut raw)? {
        match value::decode_text(&mut raw)?.as_str() {
            "t" => tick = decode_tick(&Value::decode(&mut raw)?),
            "r" => {
                let count = map_len(&mut raw)?;
                let pair = |_| Ok((value::decode_text(&mut raw)?.into_boxed_str(), Value::decode(&mut raw)?));
                registers = Some((0..count).map(pair).collect::<Result<_, MalformedOperation>>()?);
            }
            _ => drop(Value::decode(&mut raw)?),
        }
    }
    match (tick, registers) {
        (Some(tick), Some(registers)) => Ok(Body::Set { tick, registers }),
        _ => Err(MalformedOperation),
    }
}

fn decode_tick(value: &Value) -> Option<Tick> {
    let [ms, counter] = value.as_list() else { return None };
    Some(Tick { ms: ms.as_int()?.try_into().ok()?, counter: counter.as_int()?.try_into().ok()? })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_body_comes_back() {
        let bodies = [
            Body::Text {
                splices: vec![Splice { at: 3, delete: 1, insert: "é\n".into() }],
                hash: text_hash("x"),
                derived: false,
            },
            Body::Text { splices: vec![], hash: text_hash(""), derived: true },
            Body::TextFull { text: "# 2026-11-23\n".into(), derived: true },
            Body::Set {
                tick: Tick { ms: 1_795_000_000_000, counter: 7 },
                registers: vec![("title".into(), "Call".into()), ("due".into(), Value::Nil)],
            },
            Body::Unknown { kind: 130, raw: vec![1, 2, 3] },
        ];
        for body in bodies {
            assert_eq!(Body::decode(body.kind(), &body.encode()), Ok(body));
        }
    }

    #[test]
    fn stored_bytes_are_frozen() {
        let body =
            Body::Set { tick: Tick { ms: 1, counter: 2 }, registers: vec![("a".into(), Value::Int(3))] };
        assert_eq!(body.encode(), b"\x82\xa1t\x92\x01\x02\xa1r\x81\xa1a\x03");
    }

    proptest! {
        #[test]
        fn no_bytes_panic(kind in 0u8..5, raw in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = Body::decode(Kind(kind), &raw);
        }
    }
}
