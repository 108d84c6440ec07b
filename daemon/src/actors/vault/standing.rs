//! What the mirror is at.

use std::path::Path;

use heph_protocol::response::VaultStatus;
use heph_protocol::types::{LeftAlone, VaultState};
use jiff::Timestamp;

/// The most files that are told of one by one.
const MOST_TOLD: usize = 100;

/// Why the mirror does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// Somebody said so.
    ByHand,
    /// The folder was not empty.
    NotEmpty,
    /// It says that it is another store's or machine's.
    Foreign,
    /// It does not say whose it is.
    NoSentinel,
    /// It is not there.
    NotThere,
    /// So many files vanished at once.
    Vanished(usize),
}

impl Why {
    /// What happened, and what to do.
    fn in_words(self, folder: &Path) -> (String, &'static str) {
        let folder = folder.display();
        match self {
            Self::ByHand => ("paused by hand".to_owned(), "heph vault resume goes on"),
            Self::NotEmpty => (
                format!("{folder} was not empty"),
                "heph vault adopt takes in what is there: files of the same names are merged",
            ),
            Self::Foreign => (
                format!("{folder} is the mirror of another store or machine"),
                "name another folder, or heph vault adopt makes it this one's",
            ),
            Self::NoSentinel => (
                format!(
                    "{folder} has no .heph-vault: it may be another folder, or a disk that is not mounted"
                ),
                "mount the disk, or heph vault adopt takes the folder as it is",
            ),
            Self::NotThere => (
                format!("{folder} is not there"),
                "mount its disk, or make the folder and run: heph vault adopt",
            ),
            Self::Vanished(count) => (
                format!("{count} files vanished at once"),
                "heph vault resume --trash puts their pages into the trash, --restore writes the files again",
            ),
        }
    }
}

/// What the mirror is at.
#[derive(Debug, Clone, Default)]
pub(super) struct Standing {
    /// Why it does nothing, if so.
    pub(super) paused: Option<Why>,
    /// What went wrong last; it is tried again.
    pub(super) problem: Option<String>,
    /// Whether it looked through the folder once.
    pub(super) is_begun: bool,
    /// Files that are mirrored.
    pub(super) files: usize,
    /// Files that wait until nobody is at them.
    pub(super) later: usize,
    /// Files that are left alone, and why.
    pub(super) left_alone: Vec<(String, String)>,
    /// When folder and pages were last known to be the same, or on their way.
    pub(super) mirrored_at: Option<Timestamp>,
}

impl Standing {
    /// For the wire.
    pub(super) fn to_wire(&self, folder: &Path) -> VaultStatus {
        let (state, problem, hint) = match (self.paused, &self.problem) {
            (Some(why), _) => {
                let (problem, hint) = why.in_words(folder);
                (VaultState::Paused, Some(problem), Some(hint.to_owned()))
            }
            (None, Some(problem)) => (VaultState::Failing, Some(problem.clone()), None),
            (None, None) if !self.is_begun => (VaultState::Starting, None, None),
            (None, None) => (VaultState::Mirroring, None, None),
        };
        let told = self.left_alone.iter().take(MOST_TOLD);
        VaultStatus {
            state,
            folder: Some(folder.display().to_string()),
            files: self.files as u64,
            waiting: self.later as u64,
            problem,
            hint,
            left_alone: told
                .map(|(path, why)| LeftAlone { path: path.clone(), reason: why.clone() })
                .collect(),
            left_alone_count: self.left_alone.len() as u64,
            mirrored_at: self.mirrored_at.map(|at| at.to_string()),
        }
    }
}
