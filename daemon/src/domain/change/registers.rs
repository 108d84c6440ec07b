//! The registers of an entity: name → (value, stamp), the last writer wins.

use std::collections::BTreeMap;
use std::ops::Bound;

use rmp::decode;

use super::clock::{Stamp, Tick};
use crate::domain::id::{DeviceId, OpId};
use crate::domain::value::{self, MalformedValue, Value};

/// A value and the stamp it was written under.
#[derive(Debug, Clone, PartialEq)]
pub struct Register {
    /// The value; [`Value::Nil`] for one that was unset.
    pub value: Value,
    /// When and by whom.
    pub stamp: Stamp,
}

/// All registers of one entity.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Registers(BTreeMap<Box<str>, Register>);

impl Registers {
    /// The value of a register, [`Value::Nil`] when it was never written.
    pub fn value(&self, name: &str) -> &Value {
        self.0.get(name).map_or(&Value::Nil, |register| &register.value)
    }

    /// A register, if it was ever written.
    pub fn register(&self, name: &str) -> Option<&Register> {
        self.0.get(name)
    }

    /// Set registers whose name begins with `prefix`, with the rest of the name, in order.
    pub fn with_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        self.0
            .range::<str, _>((Bound::Included(prefix), Bound::Unbounded))
            .map_while(move |(name, register)| name.strip_prefix(prefix).map(|rest| (rest, &register.value)))
            .filter(|(_, value)| !value.is_nil())
    }

    /// All set registers, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0
            .iter()
            .filter(|(_, register)| !register.value.is_nil())
            .map(|(name, register)| (&**name, &register.value))
    }

    /// The stamps of all, those unset included.
    pub fn stamps(&self) -> impl Iterator<Item = Stamp> {
        self.0.values().map(|register| register.stamp)
    }

    /// Whether none was ever written.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes a register unless a later stamp stands there already.
    pub fn write(&mut self, name: &str, value: Value, stamp: Stamp) {
        match self.0.get_mut(name) {
            Some(register) if register.stamp >= stamp => {}
            Some(register) => *register = Register { value, stamp },
            None => {
                self.0.insert(name.into(), Register { value, stamp });
            }
        }
    }

    /// The MessagePack form of the values: `{name: value}`, in order of name, those unset included.
    pub fn encode_values(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(16 + self.0.len() * 20);
        write_len(&mut out, self.0.len(), rmp::encode::write_map_len);
        for (name, register) in &self.0 {
            rmp::encode::write_str(&mut out, name).expect("writing to a Vec cannot fail");
            register.value.encode(&mut out);
        }
        out
    }

    /// The MessagePack form of the stamps: `[[stamp…], [index of the stamp of each register, in order of name]]`.
    ///
    /// Registers written by one operation share its stamp, so each stamp stands once.
    pub fn encode_stamps(&self) -> Vec<u8> {
        let mut stamps: Vec<Stamp> = self.0.values().map(|register| register.stamp).collect();
        stamps.sort_unstable();
        stamps.dedup();
        let mut out = Vec::with_capacity(8 + self.0.len() + stamps.len() * 48);
        write_len(&mut out, 2, rmp::encode::write_array_len);
        write_len(&mut out, stamps.len(), rmp::encode::write_array_len);
        for stamp in &stamps {
            write_len(&mut out, 4, rmp::encode::write_array_len);
            Value::Int(stamp.tick.ms as i64).encode(&mut out);
            Value::Int(stamp.tick.counter.into()).encode(&mut out);
            write_bytes(&mut out, stamp.device.as_bytes());
            write_bytes(&mut out, stamp.op.as_bytes());
        }
        write_len(&mut out, self.0.len(), rmp::encode::write_array_len);
        for register in self.0.values() {
            let place = stamps.binary_search(&register.stamp).expect("every stamp was listed");
            Value::Int(place as i64).encode(&mut out);
        }
        out
    }

    /// Reads the MessagePack forms of values and stamps.
    ///
    /// # Errors
    /// [`MalformedValue`] when they are not what [`Registers::encode_values`] and [`Registers::encode_stamps`] write
    /// of the same registers.
    pub fn decode(mut values: &[u8], mut stamps: &[u8]) -> Result<Self, MalformedValue> {
        let mut registers = Self::decode_values(&mut values)?;
        let stamps = &mut stamps;
        if array_len(stamps)? != 2 {
            return Err(MalformedValue);
        }
        let count = array_len(stamps)?;
        let listed = (0..count).map(|_| decode_stamp(stamps)).collect::<Result<Vec<_>, _>>()?;
        if array_len(stamps)? as usize != registers.0.len() {
            return Err(MalformedValue);
        }
        for register in registers.0.values_mut() {
            let place: usize = decode::read_int(stamps).map_err(|_| MalformedValue)?;
            register.stamp = *listed.get(place).ok_or(MalformedValue)?;
        }
        if values.is_empty() && stamps.is_empty() { Ok(registers) } else { Err(MalformedValue) }
    }

    /// Reads values off the front of `bytes`, each under the least stamp there is: for reading only.
    ///
    /// # Errors
    /// [`MalformedValue`] when the bytes do not begin with what [`Registers::encode_values`] writes.
    pub fn decode_values(bytes: &mut &[u8]) -> Result<Self, MalformedValue> {
        let count = decode::read_map_len(bytes).map_err(|_| MalformedValue)?;
        let mut registers = BTreeMap::new();
        for _ in 0..count {
            let name = value::decode_text(bytes)?;
            let value = Value::decode(bytes)?;
            registers.insert(name.into_boxed_str(), Register { value, stamp: Stamp::LEAST });
        }
        if registers.len() == count as usize { Ok(Self(registers)) } else { Err(MalformedValue) }
    }
}

fn write_len<E>(
    out: &mut Vec<u8>,
    length: usize,
    write: impl FnOnce(&mut Vec<u8>, u32) -> Result<rmp::Marker, E>,
) {
    let length = u32::try_from(length).expect("an entity has fewer than 2^32 registers");
    write(out, length).ok().expect("writing to a Vec cannot fail");
}

fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    rmp::encode::write_bin(out, bytes).expect("writing to a Vec cannot fail");
}

fn array_len(bytes: &mut &[u8]) -> Result<u32, MalformedValue> {
    decode::read_array_len(bytes).map_err(|_| MalformedValue)
}

fn decode_stamp(bytes: &mut &[u8]) -> Result<Stamp, MalformedValue> {
    if array_len(bytes)? != 4 {
        return Err(MalformedValue);
    }
    let ms = decode::read_int(bytes).map_err(|_| MalformedValue)?;
    let counter = decode::read_int(bytes).map_err(|_| MalformedValue)?;
    let device = DeviceId::from_slice(value::decode_bytes(bytes)?).map_err(|_| MalformedValue)?;
    let op = OpId::from_slice(value::decode_bytes(bytes)?).map_err(|_| MalformedValue)?;
    Ok(Stamp { tick: Tick { ms, counter }, device, op })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stamp(ms: u64, op: u8) -> Stamp {
        Stamp {
            tick: Tick { ms, counter: 0 },
            device: DeviceId::from_bytes([1; 16]),
            op: OpId::from_bytes([op; 16]),
        }
    }

    proptest! {
        #[test]
        fn writes_commute_and_repeat(
            mut writes in prop::collection::vec((0u8..4, any::<i64>(), 0u64..5), 1..20), seed: u64,
        ) {
            let named: Vec<_> = writes.drain(..).enumerate()
                .map(|(place, (name, value, ms))| (format!("r{name}"), value, stamp(ms, place as u8))).collect();
            let mut in_order = Registers::default();
            for (name, value, stamp) in &named {
                in_order.write(name, Value::Int(*value), *stamp);
            }
            let mut shuffled: Vec<_> = named.iter().chain(&named).collect();
            let length = shuffled.len();
            for place in 0..length {
                shuffled.swap(place, (seed as usize).wrapping_mul(place + 7) % length);
            }
            let mut out_of_order = Registers::default();
            for (name, value, stamp) in shuffled {
                out_of_order.write(name, Value::Int(*value), *stamp);
            }
            prop_assert_eq!(&in_order, &out_of_order);
            let (values, stamps) = (in_order.encode_values(), in_order.encode_stamps());
            let unstamped = Registers::decode_values(&mut values.as_slice()).unwrap();
            prop_assert!(unstamped.iter().eq(in_order.iter()));
            prop_assert_eq!(Registers::decode(&values, &stamps), Ok(in_order));
        }

        #[test]
        fn no_bytes_panic(
            values in prop::collection::vec(any::<u8>(), 0..80),
            stamps in prop::collection::vec(any::<u8>(), 0..80),
        ) {
            let _ = Registers::decode(&values, &stamps);
            let _ = Registers::decode(b"\x81\xa1a\x01", &stamps);
        }
    }

    #[test]
    fn values_and_stamps_belong_together() {
        let mut one = Registers::default();
        one.write("a", Value::Int(1), stamp(1, 1));
        let mut two = one.clone();
        two.write("b", Value::Nil, stamp(2, 2));
        assert_eq!(Registers::decode(&one.encode_values(), &two.encode_stamps()), Err(MalformedValue));
        assert_eq!(one.encode_values(), b"\x81\xa1a\x01");
    }

    #[test]
    fn prefixes_list_set_registers_only() {
        let mut registers = Registers::default();
        registers.write("tag:a", Value::Bool(true), stamp(1, 1));
        registers.write("tag:b", Value::Nil, stamp(1, 1));
        registers.write("tah", Value::Bool(true), stamp(1, 1));
        assert_eq!(registers.with_prefix("tag:").map(|(name, _)| name).collect::<Vec<_>>(), ["a"]);
    }
}
