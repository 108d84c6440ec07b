//! The open tasks by slot, and who belongs to whom.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Bound;

use super::Project;
use super::circles::Circles;
use crate::domain::date::Now;
use crate::domain::id::NodeId;
use crate::domain::task::rank::{Around, Weights};
use crate::domain::task::{Deadline, Task};

/// Place of a task in memory; a freed one is used again.
pub(super) type Slot = u32;

/// Open tasks, projects, and the relations among them, without any order.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) weights: Weights,
    slots: HashMap<NodeId, Slot>,
    tasks: Vec<Option<Task>>,
    free: Vec<Slot>,
    /// Open tasks by what they depend on, whether or not that is open.
    dependents: Index,
    /// Open tasks by their parent, whether or not that is open.
    children: Index,
    by_project: Index,
    /// Tasks that have reminders.
    reminding: BTreeSet<Slot>,
    /// Grows whenever one of those comes, goes or changes.
    reminding_version: u64,
    by_tag: BTreeMap<Box<str>, BTreeSet<Slot>>,
    projects: HashMap<NodeId, Project>,
    pub(super) circles: Circles,
    /// The first task of each sequential project.
    pub(super) firsts: HashMap<NodeId, NodeId>,
}

/// Slots by a node they belong to.
#[derive(Debug, Default)]
struct Index {
    slots: HashMap<NodeId, BTreeSet<Slot>>,
}

impl Index {
    fn insert(&mut self, id: NodeId, slot: Slot) {
        self.slots.entry(id).or_default().insert(slot);
    }

    fn remove(&mut self, id: NodeId, slot: Slot) {
        if let Some(slots) = self.slots.get_mut(&id) {
            slots.remove(&slot);
            if slots.is_empty() {
                self.slots.remove(&id);
            }
        }
    }

    fn of(&self, id: NodeId) -> impl Iterator<Item = Slot> {
        self.slots.get(&id).into_iter().flatten().copied()
    }
}

impl Tables {
    pub(super) fn new(weights: Weights) -> Self {
        Self { weights, ..Self::default() }
    }

    /// How many open tasks there are.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// One more than the highest slot in use.
    pub(super) fn slots_in_use(&self) -> usize {
        self.tasks.len()
    }

    pub(super) fn slot(&self, id: NodeId) -> Option<Slot> {
        self.slots.get(&id).copied()
    }

    pub(super) fn task(&self, slot: Slot) -> Option<&Task> {
        self.tasks.get(slot as usize)?.as_ref()
    }

    /// Every task with its slot.
    pub(super) fn tasks(&self) -> impl Iterator<Item = (Slot, &Task)> {
        (0..).zip(&self.tasks).filter_map(|(slot, task)| Some((slot, task.as_ref()?)))
    }

    pub(super) fn reserve(&mut self, tasks: usize) {
        self.slots.reserve(tasks);
        self.tasks.reserve(tasks);
    }

    /// Takes an open task in; one with its id must not be there.
    pub(super) fn insert(&mut self, task: Task) -> Slot {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.tasks.push(None);
            Slot::try_from(self.tasks.len() - 1).expect("memory ends before four billion tasks")
        });
        self.slots.insert(task.id, slot);
        for &blocker in &task.depends_on {
            self.dependents.insert(blocker, slot);
        }
        if let Some(parent) = task.parent {
            self.children.insert(parent, slot);
        }
        if let Some(project) = task.project {
            self.by_project.insert(project, slot);
        }
        if !task.reminders.is_empty() {
            self.reminding.insert(slot);
            self.reminding_version += 1;
        }
        for tag in &task.tags {
            match self.by_tag.get_mut(tag) {
                Some(slots) => _ = slots.insert(slot),
                None => _ = self.by_tag.insert(tag.clone(), BTreeSet::from([slot])),
            }
        }
        self.tasks[slot as usize] = Some(task);
        slot
    }

    /// Takes the task of a slot out; the slot is free from then on.
    pub(super) fn take(&mut self, slot: Slot) -> Option<Task> {
        let task = self.tasks.get_mut(slot as usize)?.take()?;
        self.slots.remove(&task.id);
        self.free.push(slot);
        if self.reminding.remove(&slot) {
            self.reminding_version += 1;
        }
        for &blocker in &task.depends_on {
            self.dependents.remove(blocker, slot);
        }
        if let Some(parent) = task.parent {
            self.children.remove(parent, slot);
        }
        if let Some(project) = task.project {
            self.by_project.remove(project, slot);
        }
        for tag in &task.tags {
            if let Some(slots) = self.by_tag.get_mut(tag) {
                slots.remove(&slot);
                if slots.is_empty() {
                    self.by_tag.remove(tag);
                }
            }
        }
        Some(task)
    }

    pub(super) fn project(&self, id: NodeId) -> Option<&Project> {
        self.projects.get(&id)
    }

    pub(super) fn projects(&self) -> impl Iterator<Item = &Project> {
        self.projects.values()
    }

    pub(super) fn insert_project(&mut self, project: Project) -> Option<Project> {
        self.projects.insert(project.id, project)
    }

    pub(super) fn remove_project(&mut self, id: NodeId) -> Option<Project> {
        self.projects.remove(&id)
    }

    pub(super) fn in_project(&self, id: NodeId) -> impl Iterator<Item = Slot> {
        self.by_project.of(id)
    }

    /// The same as a set, if there are any.
    pub(super) fn slots_in_project(&self, id: NodeId) -> Option<&BTreeSet<Slot>> {
        self.by_project.slots.get(&id)
    }

    /// Tasks that have reminders.
    pub(super) fn reminding(&self) -> impl Iterator<Item = &Task> {
        self.reminding.iter().filter_map(|slot| self.task(*slot))
    }

    /// A number that is another one when tasks that have reminders may be others.
    pub(super) fn reminding_version(&self) -> u64 {
        self.reminding_version
    }

    /// Tags with the number of open tasks that have them, in the order of the alphabet.
    pub(super) fn tags(&self) -> impl Iterator<Item = (&str, usize)> {
        self.by_tag.iter().map(|(tag, slots)| (&**tag, slots.len()))
    }

    /// Tasks with a tag, then those with one below it (`home` has `home/kitchen` below it).
    pub(super) fn with_tag(&self, tag: &str) -> Vec<&BTreeSet<Slot>> {
        let below = format!("{tag}/");
        let from = (Bound::Included(below.as_str()), Bound::Unbounded);
        let subtree = self.by_tag.range::<str, _>(from).take_while(|(own, _)| own.starts_with(&below));
        self.by_tag.get(tag).into_iter().chain(subtree.map(|(_, slots)| slots)).collect()
    }

    /// The open tasks a task depends on. An edge to itself is no dependency, nor one that closes a circle.
    pub(super) fn blockers<'a>(&'a self, task: &'a Task) -> impl Iterator<Item = Slot> + 'a {
        let counts = |id: &&NodeId| **id != task.id && self.circles.counts(task.id, **id);
        let others = task.depends_on.iter().filter(counts).filter_map(|id| self.slot(*id));
        others.filter(|slot| self.task(*slot).is_some_and(|blocker| task.waits_for(blocker)))
    }

    /// The open tasks that depend on a node, itself aside, and as long as they wait for it.
    pub(super) fn dependents(&self, id: NodeId) -> impl Iterator<Item = Slot> {
        let blocker = self.slot(id).and_then(|slot| self.task(slot));
        self.dependents.of(id).filter(move |slot| {
            let waits = |task: &Task| {
                task.id != id
                    && self.circles.counts(task.id, id)
                    && blocker.is_none_or(|blocker| task.waits_for(blocker))
            };
            self.task(*slot).is_some_and(waits)
        })
    }

    /// The open tasks that name a node as a dependency, whether it counts or not.
    pub(super) fn every_dependent(&self, id: NodeId) -> impl Iterator<Item = Slot> {
        self.dependents.of(id)
    }

    /// The open tasks whose parent a node is, itself aside, and as far as that counts.
    pub(super) fn children(&self, id: NodeId) -> impl Iterator<Item = Slot> {
        self.children
            .of(id)
            .filter(move |slot| self.task(*slot).is_some_and(|task| self.parent(task) == Some(id)))
    }

    /// The slots whose place may depend on that of one: its own, everything it transitively depends on (they share
    /// its deadline), what depends on it, and its parent. Ends on cycles too.
    pub(super) fn reach(&self, slot: Slot) -> HashSet<Slot> {
        let mut found = HashSet::from([slot]);
        let mut open = vec![slot];
        while let Some(slot) = open.pop() {
            let Some(task) = self.task(slot) else { continue };
            open.extend(self.blockers(task).filter(|slot| found.insert(*slot)));
        }
        if let Some(task) = self.task(slot) {
            found.extend(self.dependents(task.id));
            found.extend(task.parent.and_then(|parent| self.slot(parent)));
        }
        found
    }

    /// The earliest due date of a task and of the open tasks it transitively blocks, and the other task whose it is.
    /// Worked out anew; the orders keep it for every task.
    pub(super) fn deadline(&self, task: &Task, now: &Now) -> (Deadline, Option<Slot>) {
        let own = (Deadline::of(task.due.as_ref(), now), None);
        let mut found = HashSet::new();
        let mut open = vec![task.id];
        while let Some(id) = open.pop() {
            let dependents = self.dependents(id).filter(|slot| found.insert(*slot));
            open.extend(dependents.filter_map(|slot| self.task(slot)).map(|task| task.id));
        }
        let others = found.into_iter().filter_map(|slot| {
            let other = self.task(slot).filter(|other| other.id != task.id)?;
            Some((Deadline::of(other.due.as_ref(), now), other.id, slot))
        });
        match others.min() {
            Some((deadline, _, slot)) if deadline < own.0 => (deadline, Some(slot)),
            _ => own,
        }
    }

    /// What a task's place depends on besides itself, its deadline given.
    pub(super) fn around(&self, task: &Task, deadline: Deadline) -> Around {
        let project = task.project.and_then(|id| self.project(id));
        Around {
            blockers: count(self.blockers(task)),
            dependents: count(self.dependents(task.id)),
            children: count(self.children(task.id)),
            on_hold: project.is_some_and(|project| project.on_hold),
            is_behind: self.before_in_list(task).is_some(),
            project_weight: project.map_or(0, |project| project.weight),
            deadline,
        }
    }
}

fn count(slots: impl Iterator<Item = Slot>) -> u32 {
    u32::try_from(slots.count()).unwrap_or(u32::MAX)
}
