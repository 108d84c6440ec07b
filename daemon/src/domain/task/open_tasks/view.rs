//! What follows for a task from its fields and the other tasks.

use std::collections::HashSet;

use super::order::Order;
use super::place::Standing;
use super::tables::Tables;
use crate::domain::date::Now;
use crate::domain::id::NodeId;
use crate::domain::short_id::{Code, parse_prefix};
use crate::domain::task::filter::Facts;
use crate::domain::task::gate::Gate;
use crate::domain::task::rank::{Around, Score};
use crate::domain::task::today::Today;
use crate::domain::task::{Status, Task};

/// Days without a change after which a task that was not begun is stale.
const STALE_DAYS: i32 = 90;

/// What follows for a task; of a closed one nothing but the days to its due date.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskFacts {
    /// `next` shows it.
    pub available: bool,
    /// Its due date is past.
    pub overdue: bool,
    /// It is due today.
    pub due_today: bool,
    /// An open task has to be finished first.
    pub blocked: bool,
    /// Open tasks depend on it.
    pub blocking: bool,
    /// Its defer date or its lead hides it.
    pub deferred: bool,
    /// Its time is over.
    pub expired: bool,
    /// Open tasks are part of it.
    pub parent: bool,
    /// Its project is at rest.
    pub on_hold: bool,
    /// Not begun, and untouched for 90 days.
    pub stale: bool,
    /// Its score in thousandths; `None` when it is not open.
    pub score_milli: Option<i64>,
    /// Local days to its own due date; negative when past.
    pub due_in_days: Option<i32>,
}

/// The open tasks at one moment, as a filter asks about them.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    tables: &'a Tables,
    /// The order of that moment, if it is at hand.
    order: Option<&'a Order>,
    today: Today<'a>,
    /// What was looked up for a filter: see [`Facts::is_found`].
    found: &'a [HashSet<NodeId>],
}

impl<'a> View<'a> {
    pub(super) fn new(
        tables: &'a Tables,
        order: Option<&'a Order>,
        today: Today<'a>,
        found: &'a [HashSet<NodeId>],
    ) -> Self {
        Self { tables, order, today, found }
    }

    /// What follows for a task.
    pub fn facts(&self, task: &Task) -> TaskFacts {
        let due_in_days = task.due.as_ref().map(|due| self.today.days_to(due));
        let Some(standing) = self.standing(task) else {
            return TaskFacts { due_in_days, ..TaskFacts::default() };
        };
        let around = self.tables.around(task, standing.deadline);
        TaskFacts {
            available: !standing.gated,
            overdue: task.due.as_ref().is_some_and(|due| self.today.is_past(due)),
            due_today: due_in_days == Some(0),
            blocked: around.blockers > 0,
            blocking: around.dependents > 0,
            deferred: self.is_hidden(task, &around),
            expired: Gate::Expired.keeps_out(task, &around, &self.today),
            parent: around.children > 0,
            on_hold: around.on_hold,
            stale: task.status == Status::Todo && self.today.days_since(task.modified) >= STALE_DAYS,
            score_milli: Some(standing.score.into()),
            due_in_days,
        }
    }

    /// The standing of an open task; `None` for any other.
    fn standing(&self, task: &Task) -> Option<Standing> {
        if !task.is_open() {
            return None;
        }
        // The order knows the task that stands in the model; another version of it may be asked about.
        let slot = self.tables.slot(task.id);
        let own = slot.filter(|slot| self.tables.task(*slot).is_some_and(|own| std::ptr::eq(own, task)));
        if let Some((slot, order)) = own.zip(self.order) {
            return Some(order.standing(slot));
        }
        let (deadline, _) = self.tables.deadline(task, self.today.now);
        let around = self.tables.around(task, deadline);
        let score = Score::of(task, &around, &self.tables.weights, &self.today);
        let gated = Gate::any_of(task, &around, &self.today);
        Some(Standing::new(deadline, &score, gated))
    }

    fn is_hidden(&self, task: &Task, around: &Around) -> bool {
        [Gate::Deferred, Gate::Lead].into_iter().any(|gate| gate.keeps_out(task, around, &self.today))
    }
}

impl Facts for View<'_> {
    fn now(&self) -> &Now {
        self.today.now
    }

    fn project_path(&self, project: NodeId) -> Option<&str> {
        self.tables.project(project).map(|project| &*project.path)
    }

    fn area_path(&self, project: NodeId) -> Option<&str> {
        let project = self.tables.project(project)?;
        let area = if project.is_area { project } else { self.tables.project(project.area?)? };
        Some(&*area.path)
    }

    fn title(&self, task: NodeId) -> Option<&str> {
        self.tables.task(self.tables.slot(task)?).map(|task| &*task.title)
    }

    fn is_on_hold(&self, task: &Task) -> bool {
        task.project.and_then(|id| self.tables.project(id)).is_some_and(|project| project.on_hold)
    }

    fn is_blocked(&self, task: &Task) -> bool {
        task.is_open() && self.tables.blockers(task).next().is_some()
    }

    fn is_blocking(&self, task: &Task) -> bool {
        task.is_open() && self.tables.dependents(task.id).next().is_some()
    }

    fn is_available(&self, task: &Task) -> bool {
        self.standing(task).is_some_and(|standing| !standing.gated)
    }

    fn is_deferred(&self, task: &Task) -> bool {
        task.is_open() && self.is_hidden(task, &Around::default())
    }

    fn has_open_children(&self, task: &Task) -> bool {
        self.tables.children(task.id).next().is_some()
    }

    fn is_under(&self, task: &Task, ancestor: NodeId) -> bool {
        let mut seen = HashSet::from([task.id]);
        let mut parent = self.tables.parent(task);
        // A merge can make a task its own ancestor, until it is settled which parent does not count.
        while let Some(id) = parent.filter(|id| seen.insert(*id)) {
            if id == ancestor {
                return true;
            }
            let above = self.tables.slot(id).and_then(|slot| self.tables.task(slot));
            parent = above.and_then(|task| self.tables.parent(task));
        }
        false
    }

    fn short_id_matches(&self, task: &Task, prefix: &str) -> bool {
        parse_prefix(prefix).is_some_and(|codes| codes.contains(&Code::of(task.id)))
    }

    fn score(&self, task: &Task) -> Option<f64> {
        self.standing(task).map(|standing| f64::from(standing.score) / 1_000.0)
    }

    fn next_place(&self, task: &Task) -> Option<[i64; 3]> {
        let standing = self.standing(task)?;
        Some([standing.gated.into(), -i64::from(standing.score), standing.deadline.number()])
    }

    fn is_found(&self, lookup: usize, task: &Task) -> bool {
        self.found.get(lookup).is_some_and(|nodes| nodes.contains(&task.id))
    }
}
