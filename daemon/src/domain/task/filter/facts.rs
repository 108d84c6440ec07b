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

    /// Path of the area of a project, or of the project itself when it is an area; `None` when there is none.
    fn area_path(&self, project: NodeId) -> Option<&str>;

    /// Title of an open task.
    fn title(&self, task: NodeId) -> Option<&str>;

    /// Whether its project rests.
    fn is_on_hold(&self, task: &Task) -> bool;

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

    /// Its place in `next`: 1 for what is kept out, the score in thousandths turned round, the effective due date as a
    /// number. `None` for a task that is not open.
    fn next_place(&self, task: &Task) -> Option<[i64; 3]>;

    /// Whether what had to be looked up outside the tasks' fields holds for it: of the texts in
    /// [`BoundFilter::text_terms`] that its body has that one, of the targets behind them in
    /// [`BoundFilter::link_targets`] that it links there.
    ///
    /// Bodies are asked about only for a task that has one, and only after the title did not have the text.
    ///
    /// [`BoundFilter::text_terms`]: super::BoundFilter::text_terms
    /// [`BoundFilter::link_targets`]: super::BoundFilter::link_targets
    fn is_found(&self, lookup: usize, task: &Task) -> bool;
}
