//! The outline of a MessagePack value, looked at before anything is made of it.
//!
//! A few bytes can announce more values than there is memory for. So lengths are compared with what is there, and
//! values are counted, before serde sees the first byte.

use rmp::Marker;

/// The most values one map of parameters or results may hold, keys included; a page of 1,000 full tasks has 60,000.
pub const MAX_VALUES: usize = 1 << 20;

/// What is wrong with the outline, as the end of a sentence about several things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unsound {
    #[error("are cut short")]
    CutShort,
    #[error("hold more than {MAX_VALUES} values")]
    TooMany,
    #[error("contain a byte that begins no value")]
    Reserved,
    #[error("are followed by {0} stray bytes")]
    Followed(usize),
}

/// Checks that the bytes are one value, whole, and not too many within.
pub(crate) fn check(bytes: &[u8]) -> Result<(), Unsound> {
    match bytes.len() - length(bytes)? {
        0 => Ok(()),
        stray => Err(Unsound::Followed(stray)),
    }
}

/// Length in bytes of the value at the beginning.
pub(crate) fn length(bytes: &[u8]) -> Result<usize, Unsound> {
    let mut rest = bytes;
    let (mut expected, mut seen) = (1_usize, 0_usize);
    while expected > 0 {
        let (body, within) = head(&mut rest)?;
        rest = rest.get(body..).ok_or(Unsound::CutShort)?;
        seen += 1;
        expected = expected - 1 + within;
        // Every value takes at least a byte: a count over what is left cannot be true.
        if expected > rest.len() {
            return Err(Unsound::CutShort);
        }
        if seen + expected > MAX_VALUES {
            return Err(Unsound::TooMany);
        }
    }
    Ok(bytes.len() - rest.len())
}

/// Reads a value's head: how many bytes of its own follow, and how many values it holds.
fn head(rest: &mut &[u8]) -> Result<(usize, usize), Unsound> {
    let marker = Marker::from_u8(take::<1>(rest)?[0]);
    Ok(match marker {
        Marker::FixPos(_) | Marker::FixNeg(_) | Marker::Null | Marker::False | Marker::True => (0, 0),
        Marker::Reserved => return Err(Unsound::Reserved),
        Marker::U8 | Marker::I8 => (1, 0),
        Marker::U16 | Marker::I16 => (2, 0),
        Marker::U32 | Marker::I32 | Marker::F32 => (4, 0),
        Marker::U64 | Marker::I64 | Marker::F64 => (8, 0),
        Marker::FixStr(length) => (usize::from(length), 0),
        Marker::Str8 | Marker::Bin8 => (count8(rest)?, 0),
        Marker::Str16 | Marker::Bin16 => (count16(rest)?, 0),
        Marker::Str32 | Marker::Bin32 => (count32(rest)?, 0),
        // An extension has a byte for its type.
        Marker::FixExt1 => (2, 0),
        Marker::FixExt2 => (3, 0),
        Marker::FixExt4 => (5, 0),
        Marker::FixExt8 => (9, 0),
        Marker::FixExt16 => (17, 0),
        Marker::Ext8 => (count8(rest)? + 1, 0),
        Marker::Ext16 => (count16(rest)? + 1, 0),
        Marker::Ext32 => (count32(rest)?.saturating_add(1), 0),
        Marker::FixArray(count) => (0, usize::from(count)),
        Marker::Array16 => (0, count16(rest)?),
        Marker::Array32 => (0, count32(rest)?),
        Marker::FixMap(count) => (0, usize::from(count) * 2),
        Marker::Map16 => (0, count16(rest)? * 2),
        Marker::Map32 => (0, count32(rest)?.saturating_mul(2)),
    })
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], Unsound> {
    let (taken, left) = rest.split_first_chunk::<N>().ok_or(Unsound::CutShort)?;
    *rest = left;
    Ok(*taken)
}

fn count8(rest: &mut &[u8]) -> Result<usize, Unsound> {
    take::<1>(rest).map(|[count]| usize::from(count))
}

fn count16(rest: &mut &[u8]) -> Result<usize, Unsound> {
    take(rest).map(|bytes| usize::from(u16::from_be_bytes(bytes)))
}

fn count32(rest: &mut &[u8]) -> Result<usize, Unsound> {
    take(rest).map(|bytes| u32::from_be_bytes(bytes) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_value_is_as_long_as_it_is() {
        let values: [&[u8]; 22] = [
            b"\x07",
            b"\xe0",
            b"\xc0",
            b"\xc2",
            b"\xcc\xff",
            b"\xcd\xff\xff",
            b"\xd2\xff\xff\xff\xff",
            b"\xcb\0\0\0\0\0\0\0\0",
            b"\xa2ab",
            b"\xd9\x01a",
            b"\xda\0\x01a",
            b"\xdb\0\0\0\x01a",
            b"\xc4\x01a",
            b"\xc6\0\0\0\x01a",
            b"\xd4\x01a",
            b"\xd8\x010123456789abcdef",
            b"\xc7\x02\x01ab",
            b"\xc9\0\0\0\x01\x01a",
            b"\x92\x91\x01\x80",
            b"\xdc\0\x01\x01",
            b"\x81\xa1k\x90",
            b"\xdf\0\0\0\x01\x01\x02",
        ];
        for value in values {
            assert_eq!(length(value), Ok(value.len()), "{value:x?}");
            assert_eq!(check(&[value, b"\0\0"].concat()), Err(Unsound::Followed(2)), "{value:x?}");
            for cut in 0..value.len() {
                assert_eq!(check(&value[..cut]), Err(Unsound::CutShort), "{value:x?} at {cut}");
            }
        }
    }

    #[test]
    fn a_count_that_cannot_be_true_is_cut_short_at_once() {
        for head in [b"\xdd", b"\xdf", b"\xdb", b"\xc6", b"\xc9"] {
            assert_eq!(check(&[head, &b"\xff\xff\xff\xff\x01"[..]].concat()), Err(Unsound::CutShort));
        }
    }

    #[test]
    fn values_are_counted() {
        let list = |count: usize| {
            let mut bytes = vec![0xdd];
            bytes.extend_from_slice(&u32::try_from(count).unwrap().to_be_bytes());
            bytes.resize(bytes.len() + count, 0xa0);
            bytes
        };
        assert_eq!(check(&list(MAX_VALUES - 1)), Ok(()));
        assert_eq!(check(&list(MAX_VALUES)), Err(Unsound::TooMany));
        assert_eq!(check(b"\xc1"), Err(Unsound::Reserved));
    }
}
