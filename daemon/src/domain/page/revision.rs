//! Revision tokens of texts.

use std::fmt;
use std::str::FromStr;

use crate::domain::change::TextHash;

/// `<rev>-<first 8 hex of the text's hash>`: which text a client edited. The revision is local to this store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevisionToken {
    /// Local revision that made the text, 0 for the genesis text.
    pub rev: u64,
    /// First four bytes of the text's hash.
    pub hash: [u8; 4],
}

/// A text is no revision token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a revision token; open the page to have one")]
pub struct BadRevision;

impl RevisionToken {
    /// The token of a text.
    pub fn new(rev: u64, hash: TextHash) -> Self {
        Self { rev, hash: [hash[0], hash[1], hash[2], hash[3]] }
    }
}

impl fmt::Display for RevisionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:08x}", self.rev, u32::from_be_bytes(self.hash))
    }
}

impl FromStr for RevisionToken {
    type Err = BadRevision;

    fn from_str(text: &str) -> Result<Self, BadRevision> {
        let (rev, hash) = text.split_once('-').ok_or(BadRevision)?;
        let rev = rev.parse().map_err(|_| BadRevision)?;
        let hash = u32::from_str_radix(hash, 16)
            .ok()
            .filter(|_| hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .ok_or(BadRevision)?;
        Ok(Self { rev, hash: hash.to_be_bytes() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::change::text_hash;

    #[test]
    fn tokens_come_back() {
        let token = RevisionToken::new(42, text_hash("# x"));
        assert_eq!(token.to_string().parse(), Ok(token));
        for bad in ["", "42", "42-", "42-1", "x-00000000", "42-+0000000", "-1-00000000"] {
            assert_eq!(bad.parse::<RevisionToken>(), Err(BadRevision), "{bad}");
        }
    }
}
