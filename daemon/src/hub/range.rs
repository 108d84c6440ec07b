//! `Range` of a request (RFC 9110, 14.2): one range of bytes; what is anything else is not heeded.

/// What of a file is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ByteRange {
    /// All of it.
    Whole,
    /// From a byte to another one, both included.
    Part {
        /// The first.
        first: u64,
        /// The last.
        last: u64,
    },
    /// Something behind its end.
    Beyond,
}

impl ByteRange {
    /// Reads the header of a request for a file of a size.
    pub(super) fn read(header: &str, size: u64) -> Self {
        let Some((first, last)) = header.strip_prefix("bytes=").and_then(|range| range.split_once('-'))
        else {
            return Self::Whole;
        };
        let (first, last) = match (first.trim().parse::<u64>(), last.trim()) {
            (Ok(first), "") => (first, u64::MAX),
            (Ok(first), last) => match last.parse() {
                Ok(last) if last >= first => (first, last),
                _ => return Self::Whole,
            },
            // So many at the end.
            (Err(_), last) if first.trim().is_empty() => match last.parse::<u64>() {
                Ok(0) => return Self::Beyond,
                Ok(count) => (size.saturating_sub(count), u64::MAX),
                Err(_) => return Self::Whole,
            },
            _ => return Self::Whole,
        };
        if first >= size { Self::Beyond } else { Self::Part { first, last: last.min(size - 1) } }
    }

    /// The first byte and how many, of a file of a size.
    pub(super) fn of(self, size: u64) -> (u64, u64) {
        match self {
            Self::Whole => (0, size),
            Self::Part { first, last } => (first, last - first + 1),
            Self::Beyond => (size, 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_of_bytes_is_understood_and_the_rest_is_not_heeded() {
        let part = |first, last| ByteRange::Part { first, last };
        for (header, expected) in [
            ("", ByteRange::Whole),
            ("bytes=0-", part(0, 9)),
            ("bytes=3-4", part(3, 4)),
            ("bytes=9-99", part(9, 9)),
            ("bytes=-3", part(7, 9)),
            ("bytes=-99", part(0, 9)),
            ("bytes=10-", ByteRange::Beyond),
            ("bytes=-0", ByteRange::Beyond),
            ("bytes=18446744073709551615-", ByteRange::Beyond),
            ("bytes=4-3", ByteRange::Whole),
            ("bytes=0-1,3-4", ByteRange::Whole),
            ("bytes=x-", ByteRange::Whole),
            ("lines=0-1", ByteRange::Whole),
            ("bytes=99999999999999999999-", ByteRange::Whole),
        ] {
            assert_eq!(ByteRange::read(header, 10), expected, "{header}");
        }
        assert_eq!(ByteRange::read("bytes=0-", 0), ByteRange::Beyond);
        assert_eq!((part(3, 4).of(10), ByteRange::Whole.of(10)), ((3, 2), (0, 10)));
    }
}
