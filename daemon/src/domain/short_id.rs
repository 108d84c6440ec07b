//! Short ids: the first 60 bits of BLAKE3(id) in Crockford base32, shown as their shortest unique prefix.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::id::NodeId;

/// Characters of a whole short id.
pub const LENGTH: usize = 12;

/// Fewest characters shown.
pub const SHORTEST: usize = 3;

const BITS: u32 = 60;
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Words a short id is never shown as: verbs and date words of the command line that fit the alphabet and length.
const RESERVED: &[&str] = &[
    "add", "apr", "aug", "dec", "defer", "dep", "edt", "eod", "eow", "feb", "jan", "mar", "may", "nrm",
    "page", "sat", "sep", "thr", "wed", "nextweek", "someday", "today", "hame", "sod", "sow", "som", "day",
    "days", "week", "weeks", "mod", "sub", "tag", "tags", "est", "due", "note", "next", "why", "show",
    "start", "stop", "done", "log", "pin", "undo", "redo", "sync", "view", "wait", "skip", "attach",
    "search", "context", "export", "import", "now", "mon", "tue", "thu", "fri", "sun", "jun", "jul", "oct",
    "nov", "eom", "eoq", "eoy", "soq", "soy",
];

/// A whole short id as a number of 60 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(u64);

impl Code {
    /// Derives the code of an id.
    pub fn of(id: NodeId) -> Self {
        let hash = blake3::hash(id.as_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&hash.as_bytes()[..8]);
        Self(u64::from_be_bytes(first) >> (64 - BITS))
    }

    /// The number, for storage.
    pub const fn number(self) -> u64 {
        self.0
    }

    /// Reads a stored number.
    pub const fn from_number(number: u64) -> Self {
        Self(number & ((1 << BITS) - 1))
    }

    /// The first `length` characters.
    pub fn prefix(self, length: usize) -> String {
        (0..length.min(LENGTH))
            .map(|place| {
                let shift = BITS - 5 * (place as u32 + 1);
                char::from(ALPHABET[(self.0 >> shift & 31) as usize])
            })
            .collect()
    }

    fn common_prefix(self, other: Self) -> usize {
        let differing = (self.0 ^ other.0) << (64 - BITS);
        (differing.leading_zeros() as usize / 5).min(LENGTH)
    }
}

/// Reads a prefix as the range of codes it may mean; `None` when it cannot be one.
///
/// Case is folded and the look-alikes `i l o` are read as Crockford base32 has them.
pub fn parse_prefix(text: &str) -> Option<RangeInclusive<Code>> {
    if text.is_empty() || text.len() > LENGTH {
        return None;
    }
    let mut number = 0;
    for byte in text.bytes() {
        let digit = match byte.to_ascii_lowercase() {
            b'i' | b'l' => b'1',
            b'o' => b'0',
            other => other,
        };
        number = number << 5 | ALPHABET.iter().position(|&letter| letter == digit)? as u64;
    }
    let open = BITS - 5 * text.len() as u32;
    let first = number << open;
    Some(Code(first)..=Code(first | ((1 << open) - 1)))
}

/// Every node by its code: what a prefix means, and how short an id may be shown.
#[derive(Debug, Default)]
pub struct ShortIds {
    by_code: BTreeMap<Code, NodeId>,
}

impl ShortIds {
    /// Takes a node in.
    pub fn insert(&mut self, id: NodeId) {
        self.by_code.insert(Code::of(id), id);
    }

    /// Takes a node in whose code is known.
    pub fn insert_known(&mut self, code: Code, id: NodeId) {
        self.by_code.insert(code, id);
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.by_code.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_code.is_empty()
    }

    /// The shortest prefix of a node that no other node has, at least [`SHORTEST`] long and no reserved word.
    pub fn show(&self, id: NodeId) -> String {
        let code = Code::of(id);
        let before = self.by_code.range(..code).next_back();
        let after = self.by_code.range((std::ops::Bound::Excluded(code), std::ops::Bound::Unbounded)).next();
        let shared = before.into_iter().chain(after).map(|(&other, _)| code.common_prefix(other)).max();
        let mut length = shared.map_or(SHORTEST, |shared| (shared + 1).clamp(SHORTEST, LENGTH));
        let mut shown = code.prefix(length);
        while RESERVED.contains(&shown.as_str()) && length < LENGTH {
            length += 1;
            shown = code.prefix(length);
        }
        shown
    }

    /// The nodes a prefix may mean, at most `limit`; none when it cannot be a short id.
    pub fn matches(&self, prefix: &str, limit: usize) -> Vec<NodeId> {
        parse_prefix(prefix)
            .map(|codes| self.by_code.range(codes).take(limit).map(|(_, &id)| id).collect())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u128) -> NodeId {
        NodeId::from_bytes(n.to_be_bytes())
    }

    #[test]
    fn a_shown_prefix_means_its_node_alone() {
        let mut ids = ShortIds::default();
        for n in 0..5_000 {
            ids.insert(id(n));
        }
        for n in 0..5_000 {
            let shown = ids.show(id(n));
            assert!(shown.len() >= SHORTEST);
            assert_eq!(ids.matches(&shown, 2), vec![id(n)], "{shown}");
            let shorter = &shown[..shown.len() - 1];
            assert!(
                shown.len() == SHORTEST || ids.matches(shorter, 2).len() == 2 || RESERVED.contains(&shorter)
            );
        }
    }

    #[test]
    fn prefixes_fold_case_and_look_alikes() {
        assert_eq!(parse_prefix("O1L"), parse_prefix("011"));
        assert_eq!(parse_prefix("u"), None);
        assert_eq!(parse_prefix(""), None);
        assert_eq!(parse_prefix("0000000000000"), None);
    }

    #[test]
    fn codes_are_frozen() {
        assert_eq!(Code::of(id(1)).prefix(LENGTH), "0zpnbgf94ka1");
    }
}
