//! The open tasks in memory: what `next`, most of `list`, and `why` are answered from.
//!
//! Holds open tasks that are not in the trash, and the projects they belong to. Whoever writes keeps it current with
//! [`OpenTasks::put`]; whoever reads pays for what changed since the last reading of that day and zone. It does no IO.

mod circles;
mod cursor;
mod order;
mod parents;
mod place;
mod select;
mod sequence;
mod tables;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use circles::way;
pub use circles::{Edge, Link};
pub use cursor::{Cursor, NotACursor};
pub use select::{Grouped, Matching, Next, Selection, grouped};
pub use view::{TaskFacts, View};

use std::collections::HashSet;

use self::order::Order;
use self::tables::{Slot, Tables};
pub use super::Project;
use super::Task;
use super::order::by_place;
use super::rank::Weights;
use super::reminder::{Coming, Reminder};
use super::today::Today;
use super::why::{Names, Why};
use crate::domain::date::Now;
use crate::domain::id::NodeId;
use crate::domain::settings::Settings;

/// Most days and zones whose order is kept.
const ORDERS_KEPT: usize = 4;

/// Open tasks, projects, and the orders of `next` that were asked for.
#[derive(Debug, Default)]
pub struct OpenTasks {
    tables: Tables,
    settings: Settings,
    /// The last used comes last.
    orders: Vec<Order>,
}

impl OpenTasks {
    /// An empty model that ranks by these weights.
    pub fn new(weights: Weights) -> Self {
        Self { tables: Tables::new(weights), ..Self::default() }
    }

    /// Takes many tasks and projects in at once; closed and trashed tasks are left out.
    pub fn load(&mut self, tasks: Vec<Task>, projects: Vec<Project>) {
        self.orders.clear();
        self.tables.reserve(tasks.len());
        for project in projects {
            self.tables.insert_project(project);
        }
        for task in tasks.into_iter().filter(Task::is_open) {
            if let Some(slot) = self.tables.slot(task.id) {
                self.tables.take(slot);
            }
            self.tables.insert(task);
        }
        self.tables.note_loaded();
    }

    /// Goes by other settings from now on; what they weigh otherwise is ranked anew.
    pub fn set_settings(&mut self, settings: Settings) {
        if self.tables.weights != settings.weights {
            self.tables.weights = settings.weights.clone();
            self.orders.clear();
        }
        self.settings = settings;
    }

    /// The settings in force.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Inserts a task, replaces it, or takes it out when it is closed or in the trash.
    pub fn put(&mut self, task: Task) {
        let id = task.id;
        self.replace(id, task.is_open().then_some(task));
    }

    /// Takes a task out.
    pub fn remove(&mut self, id: NodeId) {
        self.replace(id, None);
    }

    /// Inserts or replaces a project.
    pub fn put_project(&mut self, project: Project) {
        let id = project.id;
        let (on_hold, weight, sequential) = (project.on_hold, project.weight, project.sequential);
        let old = self.tables.insert_project(project);
        if old.is_none_or(|old| (old.on_hold, old.weight, old.sequential) != (on_hold, weight, sequential)) {
            self.tables.find_first(id);
            self.mark_project(id);
        }
    }

    /// Forgets a project; its tasks keep naming it, and are no longer held back by it.
    pub fn remove_project(&mut self, id: NodeId) {
        if self.tables.remove_project(id).is_some() {
            self.tables.find_first(id);
            self.mark_project(id);
        }
    }

    /// The open task of an id.
    pub fn get(&self, id: NodeId) -> Option<&Task> {
        self.tables.task(self.tables.slot(id)?)
    }

    /// How many open tasks there are.
    pub fn len(&self) -> usize {
        self.tables.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every open task, in no order that means anything.
    pub fn iter(&self) -> impl Iterator<Item = &Task> {
        self.tables.tasks().map(|(_, task)| task)
    }

    /// A project.
    pub fn project(&self, id: NodeId) -> Option<&Project> {
        self.tables.project(id)
    }

    /// Every project, in no order that means anything.
    pub fn projects(&self) -> impl Iterator<Item = &Project> {
        self.tables.projects()
    }

    /// The open tasks an open task depends on.
    pub fn blockers(&self, id: NodeId) -> Vec<NodeId> {
        self.get(id).map(|task| self.ids(self.tables.blockers(task))).unwrap_or_default()
    }

    /// The open tasks that depend on a task, open or not.
    pub fn dependents(&self, id: NodeId) -> Vec<NodeId> {
        self.ids(self.tables.dependents(id))
    }

    /// The open tasks that are part of a task, open or not.
    pub fn children(&self, id: NodeId) -> Vec<NodeId> {
        self.ids(self.tables.children(id))
    }

    /// The same, in their order by hand.
    pub fn parts(&self, id: NodeId) -> Vec<&Task> {
        let mut parts: Vec<&Task> =
            self.tables.children(id).filter_map(|slot| self.tables.task(slot)).collect();
        parts.sort_by(|one, other| by_place(one, other));
        parts
    }

    /// The reminders of open tasks that have an instant.
    pub fn reminders(&self, now: &Now) -> Vec<Coming> {
        let tasks = self.tables.reminding();
        let all = tasks.flat_map(|task| task.reminders.iter().map(move |reminder| (task, reminder)));
        let coming = |(task, reminder): (&Task, &Reminder)| {
            let at = reminder.instant(task, now)?.as_millisecond();
            Some(Coming { at, task: task.id, reminder: reminder.to_string() })
        };
        all.filter_map(coming).collect()
    }

    /// A number that is another one when [`reminders`](Self::reminders) may be others, whatever the now.
    pub fn reminders_version(&self) -> u64 {
        self.tables.reminding_version()
    }

    /// The open tasks of a project, in their order by hand.
    pub fn project_parts(&self, project: NodeId) -> Vec<&Task> {
        let mut parts: Vec<&Task> =
            self.tables.in_project(project).filter_map(|slot| self.tables.task(slot)).collect();
        parts.sort_by(|one, other| by_place(one, other));
        parts
    }

    /// The open tasks of a project.
    pub fn project_tasks(&self, project: NodeId) -> Vec<NodeId> {
        self.ids(self.tables.in_project(project))
    }

    /// Tags with the number of open tasks that have them, in the order of the alphabet.
    pub fn tags(&self) -> impl Iterator<Item = (&str, usize)> {
        self.tables.tags()
    }

    /// What follows for a task from its fields and the others; for a closed one too.
    pub fn facts(&self, task: &Task, now: &Now) -> TaskFacts {
        self.view(now, &[]).facts(task)
    }

    /// The model as a filter asks it. `found` is what was looked up for it, as in [`Matching::found`].
    pub fn view<'a>(&'a self, now: &'a Now, found: &'a [HashSet<NodeId>]) -> View<'a> {
        let today = Today::of(now);
        let order = self.orders.iter().find(|order| order.is_for(&today) && order.is_right_at(now.instant));
        View::new(&self.tables, order, today, found)
    }

    /// Explains where an open task stands and why; `None` for one that is not open.
    pub fn why(&mut self, id: NodeId, now: &Now) -> Option<Why> {
        let today = Today::of(now);
        let slot = self.tables.slot(id)?;
        let (order, tables) = self.order(&today);
        let task = tables.task(slot)?;
        let (deadline, deadline_of) = tables.deadline(task, now);
        let around = tables.around(task, deadline);
        let title = |slot: Slot| tables.task(slot).map(|task| &*task.title);
        let names = Names {
            blockers: tables.blockers(task).filter_map(title).collect(),
            project: task.project.and_then(|id| tables.project(id)).map(|project| &*project.title),
            first: tables.before_in_list(task).map(|first| &*first.title),
            deadline_of: deadline_of.and_then(title),
        };
        let mut why = Why::of(task, &around, &names, &tables.weights, &today);
        let place = order.place(slot, tables).filter(|_| why.gate.is_empty());
        why.place = place.map(|place| order.position(&place, tables) + 1);
        Some(why)
    }

    /// The order of a day, made right for its now.
    fn order(&mut self, today: &Today<'_>) -> (&Order, &Tables) {
        match self.orders.iter().position(|order| order.is_for(today)) {
            Some(position) => self.orders[position..].rotate_left(1),
            None => {
                if self.orders.len() == ORDERS_KEPT {
                    self.orders.remove(0);
                }
                self.orders.push(Order::new(today));
            }
        }
        let order = self.orders.last_mut().expect("the order was found or pushed just above");
        order.refresh(&self.tables, today);
        (order, &self.tables)
    }

    fn replace(&mut self, id: NodeId, new: Option<Task>) {
        let mut reached = HashSet::new();
        let old = self.tables.slot(id).and_then(|slot| self.tables.task(slot));
        let lists = self.tables.lists_changed(old, new.as_ref());
        let is_ordered = !self.orders.is_empty();
        let old_slot = self.tables.slot(id);
        let is_local = old_slot
            .and_then(|slot| self.tables.task(slot))
            .zip(new.as_ref())
            .is_some_and(|(old, new)| stands_alike_among_others(old, new));
        if let Some(slot) = old_slot {
            if is_ordered && !is_local {
                reached.extend(self.tables.reach(slot));
            }
            for order in &mut self.orders {
                order.unplace(slot, &self.tables);
            }
            self.tables.take(slot);
            if new.is_none() {
                self.tables.note_gone();
            }
        }
        if let Some(new) = new {
            let slot = self.tables.insert(new);
            reached.insert(slot);
            if !is_local {
                self.tables.note_dependencies(slot);
            }
            if is_ordered && !is_local {
                reached.extend(self.tables.reach(slot));
            }
        }
        for order in &mut self.orders {
            for slot in &reached {
                order.mark(*slot, &self.tables);
            }
        }
        for project in lists {
            self.tables.find_first(project);
            self.mark_project(project);
        }
    }

    fn mark_project(&mut self, id: NodeId) {
        for order in &mut self.orders {
            for slot in self.tables.in_project(id) {
                order.mark(slot, &self.tables);
            }
        }
    }

    /// Ids of slots, sorted: slots come in the order tasks happened to be put.
    fn ids(&self, slots: impl Iterator<Item = Slot>) -> Vec<NodeId> {
        let mut ids: Vec<NodeId> =
            slots.filter_map(|slot| self.tables.task(slot)).map(|task| task.id).collect();
        ids.sort_unstable();
        ids
    }
}

/// Whether two versions of an open task mean the same to every other task.
fn stands_alike_among_others(old: &Task, new: &Task) -> bool {
    old.due == new.due
        && old.depends_on == new.depends_on
        && old.parent == new.parent
        && old.repeats == new.repeats
        && old.awaited == new.awaited
}
