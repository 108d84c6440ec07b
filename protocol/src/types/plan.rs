//! Agendas, reviews, and time that was worked.

use serde::{Deserialize, Serialize};

use super::{NodeRef, ProjectSummary, Task};

/// Why a task stands on a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// It has to be finished.
    #[default]
    Due,
    /// One means to do it.
    Planned,
    /// Its answer is to be asked for.
    FollowUp,
    /// It was deferred until then.
    Begins,
    /// It is of no use afterwards.
    Expires,
}

/// A task on a day.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct AgendaEntry {
    /// Why it stands there.
    pub occasion: Occasion,
    /// The day where the user is, `YYYY-MM-DD`.
    pub date: String,
    /// The time where the user is, `HH:MM`; absent for the whole day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// The task.
    pub task: Task,
}

/// A day and what it brings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct AgendaDay {
    /// The day, `YYYY-MM-DD`.
    pub date: String,
    /// What has a time, by time.
    pub timed: Vec<AgendaEntry>,
    /// What is of the whole day.
    pub all_day: Vec<AgendaEntry>,
}

/// Why something is looked at in a review.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReviewSection {
    /// A task that was captured, and not sorted in yet.
    #[default]
    Inbox,
    /// A task whose deadline is past.
    Overdue,
    /// A task that waits, and whose answer is to be asked for.
    FollowUp,
    /// A task whose time is over.
    Expired,
    /// A task nobody touched for 90 days.
    Stale,
    /// A task kept for some day.
    Someday,
    /// A project whose interval has passed since it was last looked at.
    ProjectDue,
    /// An active project without a next action.
    ProjectStuck,
}

/// Something to look at.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ReviewStep {
    /// Why.
    pub section: ReviewSection,
    /// The task, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<Task>,
    /// The project, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectSummary>,
}

/// A sum of worked time: of a task, of a project, or of a day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct TimeRow {
    /// The task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<NodeRef>,
    /// The project; by project none for tasks without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<NodeRef>,
    /// The day, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
    /// How long.
    pub seconds: u64,
}

/// A stretch of work on a task.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct TimeInterval {
    /// Names it beside its task.
    pub id: String,
    /// When it began.
    pub from: String,
    /// When it ended; absent while the clock runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// How long it is, up to now while the clock runs.
    pub seconds: u64,
}
