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
    /// Tasks that were closed last, by short id.
    Closed,
    /// Tasks in the trash, by short id.
    Trashed,
    /// A filter, in its last word; candidates are whole filters.
    Filter,
    /// A line of quick-add, or changes, in its last word; candidates are whole lines.
    Change,
    /// A date word.
    Dates,
    /// Sort keys with commas between, in the last of them.
    Sort,
    /// What a list is grouped by.
    Group,
    /// The last undo steps, by group.
    Undo,
    /// Saved views.
    Views,
    /// Contexts.
    Contexts,
    /// Fields the user declared.
    Fields,
}

/// What is done to every task that matches a filter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BulkAction {
    /// Finish it.
    #[default]
    Done,
    /// Begin it.
    Start,
    /// Stop doing it.
    Stop,
    /// Give it up.
    Cancel,
    /// Open it again.
    Reopen,
    /// Leave its occurrence out.
    Skip,
    /// Hide it until a date.
    Defer,
    /// Put it on top for today.
    Pin,
    /// Take its pin away.
    Unpin,
    /// Put it into the trash.
    Delete,
    /// Take it out of the trash.
    Restore,
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
