//! Where a page of a list ended, as text that clients hand back unread.
//!
//! It holds the sort key of the last task rather than a number of rows, so that the next page begins at the right
//! place even when that task was changed, finished or removed meanwhile.

use std::fmt;
use std::str::FromStr;

use super::place::Standing;
use crate::domain::date::When;
use crate::domain::id::NodeId;
use crate::domain::task::filter::{Sort, SortKey};
use crate::domain::task::own::FieldValue;
use crate::domain::task::{Deadline, Status, Task};
use crate::domain::value::Value;

/// Form of the values, in front of them.
const FORM: i64 = 2;

/// Where a page of a list ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor {
    /// The last task, with the fields its place depends on and no others.
    pub(super) task: Task,
    /// Its standing on that page.
    pub(super) standing: Standing,
}

/// A text is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a page token; begin with the first page")]
pub struct NotACursor;

impl Cursor {
    /// Keeps what the place of a task in an order depends on.
    pub(super) fn after(task: &Task, standing: Standing, sort: Option<&Sort>) -> Self {
        let mut kept = Task::new(task.id, "");
        kept.priority = task.priority;
        kept.rank.clone_from(&task.rank);
        kept.created = task.created;
        let own: Vec<&str> = sort.into_iter().flat_map(Sort::own_fields).collect();
        kept.fields = task.fields.iter().filter(|(name, _)| own.contains(&&**name)).cloned().collect();
        for key in sort.into_iter().flat_map(Sort::keys) {
            match key {
                SortKey::Due => kept.due.clone_from(&task.due),
                SortKey::Planned => kept.planned.clone_from(&task.planned),
                SortKey::Defer => kept.defer.clone_from(&task.defer),
                SortKey::Modified => kept.modified = task.modified,
                SortKey::Closed | SortKey::Status => {
                    (kept.status, kept.status_at) = (task.status, task.status_at);
                }
                SortKey::Title => kept.title.clone_from(&task.title),
                SortKey::Project => kept.project = task.project,
                SortKey::Created | SortKey::Priority | SortKey::Rank | SortKey::Score => {}
            }
        }
        Self { task: kept, standing }
    }

    fn values(&self) -> Vec<Value> {
        let (task, standing) = (&self.task, &self.standing);
        let date = |when: &Option<When>| Value::from(when.as_ref().map(When::to_string));
        vec![
            Value::Int(FORM),
            task.id.into(),
            standing.gated.into(),
            i64::from(standing.score).into(),
            standing.deadline.number().into(),
            task.priority.map(i64::from).into(),
            task.rank.as_deref().into(),
            task.created.into(),
            (&*task.title).into(),
            date(&task.due),
            date(&task.planned),
            date(&task.defer),
            task.modified.into(),
            task.status.word().into(),
            task.status_at.into(),
            task.project.into(),
            Value::List(
                task.fields.iter().flat_map(|(name, value)| [(&**name).into(), value.to_value()]).collect(),
            ),
        ]
    }

    fn from_values(values: &[Value]) -> Option<Self> {
        let [
            Value::Int(FORM),
            id,
            Value::Bool(gated),
            score,
            deadline,
            priority,
            rank,
            created,
            title,
            due,
            planned,
            defer,
            modified,
            status,
            status_at,
            project,
            fields,
        ] = values
        else {
            return None;
        };
        let mut task = Task::new(node(id)?, title.as_text()?);
        task.priority = optional(priority, |value| u8::try_from(value.as_int()?).ok())?;
        task.rank = optional(rank, |value| value.as_text().map(Into::into))?;
        task.created = created.as_int()?;
        task.due = optional(due, date)?;
        task.planned = optional(planned, date)?;
        task.defer = optional(defer, date)?;
        task.modified = modified.as_int()?;
        task.status = Status::from_word(status.as_text()?)?;
        task.status_at = status_at.as_int()?;
        task.project = optional(project, node)?;
        let field =
            |[name, value]: &[Value; 2]| Some((name.as_text()?.into(), FieldValue::from_value(value)?));
        task.fields = fields.as_list().as_chunks::<2>().0.iter().map(field).collect::<Option<_>>()?;
        let standing = Standing {
            deadline: Deadline::from_number(deadline.as_int()?),
            score: score.as_int()?.try_into().ok()?,
            gated: *gated,
        };
        Some(Self { task, standing })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = Vec::new();
        Value::List(self.values()).encode(&mut bytes);
        bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Cursor {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, NotACursor> {
        let bytes = bytes_of_hex(text).ok_or(NotACursor)?;
        let mut rest = bytes.as_slice();
        let value = Value::decode(&mut rest).map_err(|_| NotACursor)?;
        Self::from_values(value.as_list()).filter(|_| rest.is_empty()).ok_or(NotACursor)
    }
}

/// Reads a value that may be unset; `None` when it is set but malformed.
fn optional<T>(value: &Value, read: impl FnOnce(&Value) -> Option<T>) -> Option<Option<T>> {
    if value.is_nil() { Some(None) } else { read(value).map(Some) }
}

fn node(value: &Value) -> Option<NodeId> {
    NodeId::from_slice(value.as_bytes()?).ok()
}

fn date(value: &Value) -> Option<When> {
    value.as_text()?.parse().ok()
}

fn bytes_of_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.chars().map(|digit| digit.to_digit(16)).collect::<Option<Vec<u32>>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| u8::try_from(high << 4 | low).ok()).collect();
    if rest.is_empty() { bytes } else { None }
}
