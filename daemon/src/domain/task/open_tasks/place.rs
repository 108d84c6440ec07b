//! Where a task stands in the order of `next`, and the key that order sorts by.

use std::cmp::Ordering;

use crate::domain::id::NodeId;
use crate::domain::task::rank::{Score, effective_priority};
use crate::domain::task::{Deadline, Task};

/// What is worked out for a task on one day: enough to sort by, small enough to keep for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    /// Its effective due date.
    pub(super) deadline: Deadline,
    /// Its score, in thousandths.
    pub(super) score: i32,
    /// Whether something keeps it out of `next`.
    pub(super) gated: bool,
}

impl Standing {
    /// Keeps what sorting needs. A score beyond what fits is as good as the most that does.
    pub(super) fn new(deadline: Deadline, score: &Score, gated: bool) -> Self {
        let total = score.total();
        let score = i32::try_from(total).unwrap_or(if total < 0 { i32::MIN } else { i32::MAX });
        Self { deadline, score, gated }
    }
}

impl Default for Standing {
    fn default() -> Self {
        Self { deadline: Deadline::NONE, score: 0, gated: false }
    }
}

/// The sort key of a task: available before gated, then the score, then the ties of the design: deadline, priority,
/// rank, created, id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place<'a> {
    standing: Standing,
    priority: u8,
    rank: Option<&'a str>,
    created: i64,
    id: NodeId,
}

impl<'a> Place<'a> {
    pub(super) fn of(task: &'a Task, standing: Standing) -> Self {
        Self {
            standing,
            priority: effective_priority(task.priority),
            rank: task.rank.as_deref(),
            created: task.created,
            id: task.id,
        }
    }
}

impl Ord for Place<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let (mine, theirs) = (&self.standing, &other.standing);
        (mine.gated.cmp(&theirs.gated))
            .then_with(|| theirs.score.cmp(&mine.score))
            .then_with(|| mine.deadline.cmp(&theirs.deadline))
            .then_with(|| self.priority.cmp(&other.priority))
            // A task with a place by hand comes before those without.
            .then_with(|| self.rank.is_none().cmp(&other.rank.is_none()))
            .then_with(|| self.rank.cmp(&other.rank))
            .then_with(|| self.created.cmp(&other.created))
            .then_with(|| self.id.cmp(&other.id))
    }
}

impl PartialOrd for Place<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
