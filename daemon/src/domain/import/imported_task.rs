//! A task of another program, in our terms.

use serde_json::Value;

use crate::domain::date::When;
use crate::domain::task::Status;
use crate::domain::task::own::FieldValue;
use crate::domain::task::recurrence::Recurrence;

/// A task as its source has it, in our terms. The same source gives the same value every time, so importing twice
/// changes nothing; only an undated note of an undated task is as of now.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedTask {
    /// The source's own id of it; with the source's name it makes the node's id.
    pub key: String,
    /// Its title: one line, not empty.
    pub title: String,
    /// Its status.
    pub status: Status,
    /// Since when it has that status, in Unix milliseconds, if the source tells.
    pub status_at: Option<i64>,
    /// Whether the source counts it as deleted.
    pub trashed: bool,
    /// When it was made, in Unix milliseconds, if the source tells.
    pub created: Option<i64>,
    /// When it was last changed, in Unix milliseconds, if the source tells.
    pub modified: Option<i64>,
    /// 1 (highest) to 4.
    pub priority: Option<u8>,
    /// When it has to be finished.
    pub due: Option<When>,
    /// When one means to do it.
    pub planned: Option<When>,
    /// Not before.
    pub defer: Option<When>,
    /// Of no use from then on.
    pub expires: Option<When>,
    /// How it repeats. The dates are then those of its first occurrence.
    pub recurrence: Option<Recurrence>,
    /// Path of its project, folders joined by `/`.
    pub project: Option<String>,
    /// Its tags, folded, each once; what is no tag by our rules stands in `ext`.
    pub tags: Vec<String>,
    /// Keys of the tasks it depends on, each once.
    pub depends_on: Vec<String>,
    /// Its log, no two notes at one time.
    pub log: Vec<LogNote>,
    /// What has no place here, under the source's names, to be given back on export.
    pub ext: Vec<(String, Value)>,
    /// Values of fields the user declared here, by name.
    pub own: Vec<(String, FieldValue)>,
    /// What was changed or could not be mapped, for the report.
    pub notes: Vec<String>,
}

/// A note in a task's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogNote {
    /// When it was written, in Unix milliseconds.
    pub at: i64,
    /// What it says.
    pub text: String,
}

/// An item that cannot be imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{item}: {message}")]
pub struct ImportProblem {
    /// The source's own id of the item; empty when it has none.
    pub item: String,
    /// What is wrong with it.
    pub message: String,
}
