//! What requests choose among.

use serde::{Deserialize, Serialize};

/// What to do with a task's status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Transition {
    /// Finish it.
    #[default]
    Done,
    /// Begin it.
    Start,
    /// Stop doing it, without finishing.
    Stop,
    /// Give it up.
    Cancel,
    /// Open it again.
    Reopen,
    /// Leave the current occurrence of a recurring task out.
    Skip,
}

/// Which occurrences of a recurring task a change of its dates is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The current one, as nothing else was said; the reply notes it.
    #[default]
    Usual,
    /// The current one.
    This,
    /// The current one and all that follow.
    Series,
}

impl Scope {
    pub(crate) fn is_usual(&self) -> bool {
        *self == Self::Usual
    }
}

/// What to do with the open children of a task that is closed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Children {
    /// Refuse while there are any.
    #[default]
    Refuse,
    /// Close them too.
    Close,
    /// Leave them open.
    Leave,
}

/// What a completion is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Completion {
    /// Open tasks, by short id.
    #[default]
    Tasks,
    /// Pages, by title.
    Pages,
    /// Tags.
    Tags,
    /// Projects.
    Projects,
}

/// What worked time is summed up by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TimeBy {
    /// By task, the most first.
    #[default]
    Task,
    /// By project, the most first.
    Project,
    /// By day, the oldest first.
    Day,
}

/// How many days an agenda has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Span {
    /// One day.
    #[default]
    Day,
    /// The week the day stands in.
    Week,
}
