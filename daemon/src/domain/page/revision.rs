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

/// A revision as a person names it: a token, or the number before its `-`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevisionRef {
    /// Local revision.
    pub rev: u64,
    /// First four bytes of the text's hash, which the revision's text then has to have.
    pub hash: Option<[u8; 4]>,
}

impl RevisionRef {
    /// Whether a text of the revision is the one that is meant.
    pub fn fits(&self, text: &str) -> bool {
        let token = RevisionToken::new(self.rev, crate::domain::change::text_hash(text));
        self.hash.is_none_or(|hash| hash == token.hash)
    }
}

impl FromStr for RevisionRef {
    type Err = BadRevision;

    fn from_str(text: &str) -> Result<Self, BadRevision> {
        if let Ok(rev) = text.parse() {
            return Ok(Self { rev, hash: None });
        }
        text.parse().map(|RevisionToken { rev, hash }| Self { rev, hash: Some(hash) })
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
