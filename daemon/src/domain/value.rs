//! Values of registers, and their MessagePack form.

use rmp::Marker;
use rmp::decode::{self, RmpRead};

/// Deepest nesting read.
const MAX_DEPTH: u8 = 16;

/// What a register holds. [`Value::Nil`] is "unset".
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Value {
    /// Unset.
    #[default]
    Nil,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Another number.
    Float(f64),
    /// A text.
    Text(String),
    /// Bytes, such as an id.
    Bytes(Vec<u8>),
    /// Several values.
    List(Vec<Value>),
}

/// The bytes are no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed value")]
pub struct MalformedValue;

impl Value {
    /// Whether the register is unset.
    pub fn is_nil(&self) -> bool {
        *self == Self::Nil
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The whole number, if it is one.
    pub fn as_int(&self) -> Option<i64> {
        if let Self::Int(number) = self { Some(*number) } else { None }
    }

    /// The bytes, if it is some.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }

    /// The list; empty for anything else.
    pub fn as_list(&self) -> &[Self] {
        if let Self::List(list) = self { list } else { &[] }
    }

    /// Whether it is `true`.
    pub fn is_true(&self) -> bool {
        *self == Self::Bool(true)
    }

    /// Appends the MessagePack form.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let written = match self {
            Self::Nil => {
                out.push(Marker::Null.to_u8());
                Ok(())
            }
            Self::Bool(value) => {
                out.push(if *value { Marker::True } else { Marker::False }.to_u8());
                Ok(())
            }
            Self::Int(number) => rmp::encode::write_sint(out, *number).map(drop),
            Self::Float(number) => rmp::encode::write_f64(out, *number),
            Self::Text(text) => rmp::encode::write_str(out, text),
            Self::Bytes(bytes) => rmp::encode::write_bin(out, bytes),
            Self::List(values) => rmp::encode::write_array_len(out, values.len() as u32).map(|_| {
                for value in values {
                    value.encode(out);
                }
            }),
        };
        written.expect("writing to a Vec cannot fail");
    }

    /// Reads a value off the front of `bytes`.
    ///
    /// # Errors
    /// [`MalformedValue`] for maps, extensions, integers outside `i64`, bad UTF-8, deep nesting or a short read;
    /// nothing is allocated beyond the length of `bytes`.
    pub fn decode(bytes: &mut &[u8]) -> Result<Self, MalformedValue> {
        Self::decode_at(bytes, 0)
    }

    fn decode_at(bytes: &mut &[u8], depth: u8) -> Result<Self, MalformedValue> {
        let &first = bytes.first().ok_or(MalformedValue)?;
        match Marker::from_u8(first) {
            Marker::Null => skip_one(bytes, Self::Nil),
            Marker::True => skip_one(bytes, Self::Bool(true)),
            Marker::False => skip_one(bytes, Self::Bool(false)),
            Marker::F32 => decode::read_f32(bytes).map(|n| Self::Float(n.into())).map_err(|_| MalformedValue),
            Marker::F64 => decode::read_f64(bytes).map(Self::Float).map_err(|_| MalformedValue),
            Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => {
                decode_text(bytes).map(Self::Text)
            }
            Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => {
                decode_bytes(bytes).map(|b| Self::Bytes(b.to_vec()))
            }
            Marker::FixArray(_) | Marker::Array16 | Marker::Array32 => {
                let length = decode::read_array_len(bytes).map_err(|_| MalformedValue)? as usize;
                if depth >= MAX_DEPTH || length > bytes.len() {
                    return Err(MalformedValue);
                }
                (0..length)
                    .map(|_| Self::decode_at(bytes, depth + 1))
                    .collect::<Result<_, _>>()
                    .map(Self::List)
            }
            _ => decode::read_int(bytes).map(Self::Int).map_err(|_| MalformedValue),
        }
    }
}

fn skip_one(bytes: &mut &[u8], value: Value) -> Result<Value, MalformedValue> {
    bytes.read_u8().map(|_| value).map_err(|_| MalformedValue)
}

/// Reads a text off the front of `bytes`.
///
/// # Errors
/// [`MalformedValue`] for anything but whole UTF-8.
pub fn decode_text(bytes: &mut &[u8]) -> Result<String, MalformedValue> {
    let length = decode::read_str_len(bytes).map_err(|_| MalformedValue)?;
    let text = take(bytes, length as usize)?;
    std::str::from_utf8(text).map(str::to_owned).map_err(|_| MalformedValue)
}

/// Reads a byte string off the front of `bytes`.
///
/// # Errors
/// [`MalformedValue`] for anything else or a short read.
pub fn decode_bytes<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8], MalformedValue> {
    let length = decode::read_bin_len(bytes).map_err(|_| MalformedValue)?;
    take(bytes, length as usize)
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Result<&'a [u8], MalformedValue> {
    let (taken, rest) = bytes.split_at_checked(length).ok_or(MalformedValue)?;
    *bytes = rest;
    Ok(taken)
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Nil, Into::into)
    }
}

impl From<super::id::NodeId> for Value {
    fn from(value: super::id::NodeId) -> Self {
        Self::Bytes(value.as_bytes().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Nil),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            (-1e9..1e9).prop_map(Value::Float),
            ".{0,40}".prop_map(Value::Text),
            prop::collection::vec(any::<u8>(), 0..40).prop_map(Value::Bytes),
        ];
        leaf.prop_recursive(3, 20, 5, |inner| prop::collection::vec(inner, 0..5).prop_map(Value::List))
    }

    proptest! {
        #[test]
        fn every_value_comes_back(value in values()) {
            let mut bytes = Vec::new();
            value.encode(&mut bytes);
            let mut rest = bytes.as_slice();
            prop_assert_eq!(Value::decode(&mut rest), Ok(value));
            prop_assert!(rest.is_empty());
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let mut rest = bytes.as_slice();
            while !rest.is_empty() && Value::decode(&mut rest).is_ok() {}
        }
    }
}
