//! Where a page of a list ended, as text that clients hand back unread.
//!
//! It holds the sort key of the last task rather than a number of rows, so that the next page begins at the right
//! place even when that task was changed, finished or removed meanwhile.

use std::fmt;
use std::str::FromStr;

use super::place::{Place, Standing};
use crate::domain::id::NodeId;
use crate::domain::task::filter::{Sort, SortPlace};
use crate::domain::task::{Deadline, Task};
use crate::domain::value::Value;

/// Form of the values, in front of them.
const FORM: i64 = 2;

/// Where a page of a list ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor(End);

#[derive(Debug, Clone, PartialEq)]
enum End {
    /// In the order of `next`: the last task, with the fields its place depends on and no others, and its standing on
    /// that page.
    Rank(Box<Task>, Standing),
    /// In the order of a sort.
    Sort(SortPlace),
}

/// A text is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a page token; begin with the first page")]
pub struct NotACursor;

impl Cursor {
    /// Keeps what the place of a task in the order of `next` depends on.
    pub(super) fn after_rank(task: &Task, standing: Standing) -> Self {
        let mut kept = Task::new(task.id, "");
        kept.priority = task.priority;
        kept.rank.clone_from(&task.rank);
        kept.created = task.created;
        Self(End::Rank(Box::new(kept), standing))
    }

    /// Keeps a place in the order of a sort.
    pub fn after_sort(place: SortPlace) -> Self {
        Self(End::Sort(place))
    }

    /// The place in the order of `next`, if it is of that.
    pub(super) fn rank(&self) -> Option<Place<'_>> {
        match &self.0 {
            End::Rank(task, standing) => Some(Place::of(task, *standing)),
            End::Sort(_) => None,
        }
    }

    /// The place in the order of a sort, if it is of that.
    pub fn place(&self) -> Option<&SortPlace> {
        match &self.0 {
            End::Rank(..) => None,
            End::Sort(place) => Some(place),
        }
    }

    /// Whether it may be of a list in this order.
    pub fn is_of(&self, sort: Option<&Sort>) -> bool {
        match (&self.0, sort) {
            (End::Rank(..), None) => true,
            (End::Sort(place), Some(sort)) => place.is_of(sort),
            _ => false,
        }
    }

    fn value(&self) -> Value {
        let values = match &self.0 {
            End::Rank(task, standing) => vec![
                Value::Int(FORM),
                task.id.into(),
                standing.gated.into(),
                i64::from(standing.score).into(),
                standing.deadline.number().into(),
                task.priority.map(i64::from).into(),
                task.rank.as_deref().into(),
                task.created.into(),
            ],
            End::Sort(place) => vec![Value::Int(FORM), place.to_value()],
        };
        Value::List(values)
    }

    fn from_values(values: &[Value]) -> Option<Self> {
        let (id, gated, score, deadline, priority, rank, created) = match values {
            [Value::Int(FORM), place] => return SortPlace::from_value(place).map(Self::after_sort),
            [Value::Int(FORM), id, Value::Bool(gated), score, deadline, priority, rank, created] => {
                (id, *gated, score, deadline, priority, rank, created)
            }
            _ => return None,
        };
        let mut task = Task::new(NodeId::from_slice(id.as_bytes()?).ok()?, "");
        task.priority = optional(priority, |value| u8::try_from(value.as_int()?).ok())?;
        task.rank = optional(rank, |value| value.as_text().map(Into::into))?;
        task.created = created.as_int()?;
        let standing = Standing {
            deadline: Deadline::from_number(deadline.as_int()?),
            score: score.as_int()?.try_into().ok()?,
            gated,
        };
        Some(Self(End::Rank(Box::new(task), standing)))
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = Vec::new();
        self.value().encode(&mut bytes);
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

fn bytes_of_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.chars().map(|digit| digit.to_digit(16)).collect::<Option<Vec<u32>>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| u8::try_from(high << 4 | low).ok()).collect();
    if rest.is_empty() { bytes } else { None }
}
