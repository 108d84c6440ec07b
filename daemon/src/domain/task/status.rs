//! A task's status.

/// Status of a task. Everything else people call a status (blocked, overdue, deferred …) is derived.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// Open, not begun.
    #[default]
    Todo,
    /// Begun.
    Doing,
    /// Open, waits for somebody.
    Waiting,
    /// Perhaps one day.
    Someday,
    /// Closed, finished.
    Done,
    /// Closed, given up.
    Cancelled,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 6] =
        [Self::Todo, Self::Doing, Self::Waiting, Self::Someday, Self::Done, Self::Cancelled];

    /// Its word, in registers and filters.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Todo => "todo",
            Self::Doing => "doing",
            Self::Waiting => "waiting",
            Self::Someday => "someday",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }

    /// Whether the task still stands in the open lists.
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Done | Self::Cancelled)
    }
}
