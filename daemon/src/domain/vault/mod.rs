//! The Markdown mirror: pages as files of a folder, edited from both sides. Pure plans; nothing here reads a disk.
//!
//! A round goes in before it goes out. [`news`] says what others did to the files since they were last known: edits,
//! files that came, moved or vanished. Once the store has taken that in, [`errands`] says what is to be done to the files
//! so that they are as the pages are. What is done is known afterwards, so a second round finds nothing: there is no echo.
//! The base of an outside edit is found by [`base_of`] among the texts its file has had.

mod base;
mod errands;
mod name;
mod news;

#[cfg(test)]
mod tests;

pub use base::{MOST_VERSIONS, base_of};
pub use errands::{Errand, Errands, errands};
pub use name::{BadPath, Place, is_ours, moved_place, page_of, place_key, plain_path};
pub use news::{Missing, News, Vanished, news, vanished};

use super::change::TextHash;
use super::id::NodeId;
use super::short_id::Code;

/// A file that was changed so recently is not written, moved or removed: whoever changed it may be at it. Milliseconds.
pub const QUIET_MS: i64 = 2_000;

/// A page as it is to stand in the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its folder, empty at the top.
    pub folder: String,
    /// Its title.
    pub title: String,
    /// Whether it is a journal: those that are in no folder have one of their own.
    pub is_journal: bool,
    /// The shortest beginning of its short id that no other node has.
    pub short: String,
    /// Hash of its text as whoever opens it sees it.
    pub text: TextHash,
}

/// What tells a file that was moved from a new one: inode and instant of birth.
pub type FileId = (u64, i64);

/// A file of a page, as it was last known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tracked {
    /// Where it stands below the folder: NFC, `/` between its levels.
    pub path: String,
    /// Hash of what stood in it.
    pub disk: TextHash,
    /// Which file it was, where the file system tells.
    pub file: Option<FileId>,
    /// Since when it is gone together with its page, Unix milliseconds; a file that comes back at its place with its text is
    /// that page again.
    pub gone_at: Option<i64>,
}

impl Tracked {
    /// Whether it is to be there.
    pub fn is_there(&self) -> bool {
        self.gone_at.is_none()
    }
}

/// A file as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// What is in it.
    pub content: Content,
    /// Which file it is.
    pub file: Option<FileId>,
    /// When it was first found so, Unix milliseconds.
    pub changed_ms: i64,
}

/// What is in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A text.
    Text {
        /// Its hash.
        hash: TextHash,
        /// Whether there is nothing in it.
        is_empty: bool,
    },
    /// Nothing a page can have, and why. It is left alone.
    Unfit(String),
}

impl Content {
    /// The hash of a text.
    pub fn hash(&self) -> Option<TextHash> {
        match self {
            Self::Text { hash, .. } => Some(*hash),
            Self::Unfit(_) => None,
        }
    }
}

/// Whether a text is the beginning of a node's short id, as it may stand behind a name.
fn is_short_of(id: NodeId, text: &str) -> bool {
    (3..=12).contains(&text.len()) && text.is_ascii() && Code::of(id).prefix(text.len()) == text
}
