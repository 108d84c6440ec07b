//! Why a command was not decided.

use crate::domain::id::{GroupId, MutationId, NodeId, OpId};

/// What the view lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// Nodes by id, whether they are there or not.
    Nodes(Vec<NodeId>),
    /// Texts of nodes that are there.
    Texts(Vec<NodeId>),
    /// The texts that nodes had at local revisions.
    TextsAt(Vec<(NodeId, u64)>),
    /// Pages by title, as typed.
    Titles(Vec<String>),
    /// Who links by these title keys, whatever folder the links name.
    LinksTo(Vec<String>),
    /// The pages in a folder and below, by its key.
    PagesIn(String),
    /// What a group did.
    Group(GroupId),
    /// Which group undo would take.
    Undoable,
    /// Which undo redo would take.
    Redoable,
    /// Whether an undo or redo made these operations.
    MadeByUndo(Vec<OpId>),
    /// Revisions that mutations made, if they were applied.
    Applied(Vec<MutationId>),
}

/// What kind of refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefusalKind {
    /// Nothing answers to a reference.
    NotFound,
    /// Several things do.
    Ambiguous(Vec<NodeId>),
    /// A text cannot be understood.
    Invalid {
        /// The text.
        text: String,
        /// First Unicode scalar of the place.
        start: usize,
        /// One past its last.
        end: usize,
    },
    /// The thing changed since.
    Conflict,
    /// A rule forbids it.
    Refused,
}

/// A command that cannot be done, said so that a person knows what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// What kind.
    pub kind: RefusalKind,
    /// What happened.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
}

impl Refusal {
    /// Makes a refusal without hint.
    pub fn new(kind: RefusalKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None }
    }

    /// A rule forbids it.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::Refused, message)
    }

    /// A text cannot be understood, whole.
    pub fn invalid(text: &str, message: impl Into<String>) -> Self {
        let kind = RefusalKind::Invalid { text: text.to_owned(), start: 0, end: text.chars().count() };
        Self::new(kind, message)
    }

    /// Nothing answers to a reference.
    pub fn not_found(reference: &str) -> Self {
        let shown: String = reference.chars().take(80).collect();
        let is_title = reference.trim().contains(char::is_whitespace);
        let hint = if is_title {
            "a closed task answers to its id only: heph list status:done,cancelled; pages: heph page list"
        } else {
            "heph list shows the ids of tasks, heph page list those of pages"
        };
        Self::new(RefusalKind::NotFound, format!("nothing answers to “{shown}”")).hint(hint)
    }

    /// Several nodes answer to a reference.
    pub fn ambiguous(reference: &str, mut candidates: Vec<NodeId>) -> Self {
        candidates.truncate(super::resolve::MAX_CANDIDATES);
        Self::new(RefusalKind::Ambiguous(candidates), format!("“{reference}” may mean several things"))
            .hint("type more of the id, or the folder before the title")
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Deciding stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// Read this and ask again.
    Need(Need),
    /// It cannot be done.
    Refused(Refusal),
}

impl From<Need> for Stop {
    fn from(need: Need) -> Self {
        Self::Need(need)
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
