//! What a filter asks about a task that the task does not hold itself.

use crate::domain::date::Now;
use crate::domain::id::NodeId;
use crate::domain::task::Task;

/// Answers about tasks among their kind; the model in memory gives them.
pub trait Facts {
    /// The moment and place the question is asked in.
    fn now(&self) -> &Now;

    /// Path of a project, folder first (`Home/Kitchen`); `None` when it is unknown.
    fn project_path(&self, project: NodeId) -> Option<&str>;

    /// Whether an open task has to be finished first.
    fn is_blocked(&self, task: &Task) -> bool;

    /// Whether an open task waits for this one.
    fn is_blocking(&self, task: &Task) -> bool;

    /// Whether `next` would show it.
    fn is_available(&self, task: &Task) -> bool;

    /// Whether it is hidden until a date that has not come.
    fn is_deferred(&self, task: &Task) -> bool;

    /// Whether it has children that are open.
    fn has_open_children(&self, task: &Task) -> bool;

    /// Whether a node is its parent, or a parent of its parent, and so on.
    fn is_under(&self, task: &Task, ancestor: NodeId) -> bool;

    /// Whether its short id begins with the prefix.
    fn short_id_matches(&self, task: &Task, prefix: &str) -> bool;

    /// Its score; `None` for a task that `next` does not rank.
    fn score(&self, task: &Task) -> Option<f64>;

    /// Whether its body has the text term of that index in [`BoundFilter::text_terms`].
    ///
    /// Called only for a task that has a body, and only after the title did not have the term.
    ///
    /// [`BoundFilter::text_terms`]: super::BoundFilter::text_terms
    fn body_matches(&self, term: usize, task: &Task) -> bool;
}
