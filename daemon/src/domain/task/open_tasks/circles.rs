//! Dependencies, and parents, that go round in a circle, which only a merge or a reopening makes.
//!
//! Taken from the oldest to the newest, a dependency counts unless it closes a circle with those that count already. So
//! of one circle the newest is ignored, and all machines ignore the same. The stamps stand in the store, not here: who
//! keeps the model reads them for the few tasks of a circle ([`OpenTasks::unsettled`], [`OpenTasks::settle`]). Until
//! then every dependency counts.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use super::OpenTasks;
use super::tables::{Slot, Tables};
use crate::domain::change::Stamp;
use crate::domain::id::NodeId;
use crate::domain::task::Task;

/// How one task hangs on another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Link {
    /// It waits for the other.
    WaitsFor,
    /// It is part of the other.
    PartOf,
}

/// A link from one task to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Edge {
    /// How it hangs on the other.
    pub link: Link,
    /// The task that has the link.
    pub from: NodeId,
    /// The other.
    pub to: NodeId,
}

/// What is known of circles among the open tasks.
#[derive(Debug, Default)]
pub(super) struct Circles {
    /// Dependencies that do not count: who waits, and for whom.
    ignored: BTreeSet<(NodeId, NodeId)>,
    /// Parents that do not count: the part, and whose.
    parents: BTreeSet<(NodeId, NodeId)>,
    /// Whether they have to be found anew.
    is_unsettled: bool,
}

impl Circles {
    /// Whether a dependency counts.
    pub(super) fn counts(&self, waiting: NodeId, on: NodeId) -> bool {
        self.ignored.is_empty() || !self.ignored.contains(&(waiting, on))
    }

    /// Whether a parent counts.
    pub(super) fn is_part(&self, task: NodeId, parent: NodeId) -> bool {
        self.parents.is_empty() || !self.parents.contains(&(task, parent))
    }

    fn is_any(&self) -> bool {
        !self.ignored.is_empty() || !self.parents.is_empty()
    }
}

impl Tables {
    /// The open tasks a task names as its dependencies, whether they count or not.
    fn named(&self, task: &Task) -> impl Iterator<Item = Slot> {
        let own = task.id;
        task.depends_on.iter().filter(move |id| **id != own).filter_map(|id| self.slot(*id))
    }

    /// Notes that the dependencies or the parent of the task of a slot are others, or that it is open now.
    pub(super) fn note_dependencies(&mut self, slot: Slot) {
        self.circles.is_unsettled |=
            self.circles.is_any() || self.is_in_circle(slot) || self.is_in_circle_of_parents(slot);
    }

    /// Notes that a task stands here no more.
    pub(super) fn note_gone(&mut self) {
        self.circles.is_unsettled |= self.circles.is_any();
    }

    /// Notes that circles were not looked for while many tasks came.
    pub(super) fn note_loaded(&mut self) {
        self.circles.is_unsettled = true;
        self.find_firsts();
    }

    /// Whether a task waits for itself through others.
    fn is_in_circle(&self, slot: Slot) -> bool {
        let Some(task) = self.task(slot) else { return false };
        if task.depends_on.is_empty() || self.every_dependent(task.id).next().is_none() {
            return false;
        }
        let mut seen = HashSet::new();
        let mut open: Vec<Slot> = self.named(task).collect();
        while let Some(next) = open.pop() {
            if next == slot {
                return true;
            }
            if seen.insert(next) {
                open.extend(self.task(next).into_iter().flat_map(|task| self.named(task)));
            }
        }
        false
    }

    /// The groups of tasks of which each waits for every other, by Tarjan's way, without recursion.
    fn groups(&self) -> Vec<Vec<Slot>> {
        let mut search = Search::default();
        for (slot, task) in self.tasks().filter(|(_, task)| !task.depends_on.is_empty()) {
            if !search.found.contains_key(&slot) {
                search.visit(slot, self.named(task).collect(), |slot| {
                    self.task(slot).map(|task| self.named(task).collect()).unwrap_or_default()
                });
            }
        }
        search.groups
    }

    /// The dependencies within groups that do not count.
    fn to_ignore(
        &self,
        groups: &[Vec<Slot>],
        stamp: impl Fn(NodeId, NodeId) -> Stamp,
    ) -> BTreeSet<(NodeId, NodeId)> {
        let mut ignored = BTreeSet::new();
        for group in groups {
            let members: HashSet<Slot> = group.iter().copied().collect();
            let tasks = group.iter().filter_map(|slot| self.task(*slot));
            let mut edges: Vec<_> = tasks
                .flat_map(|task| self.named(task).map(move |on| (task, on)))
                .filter(|(_, on)| members.contains(on))
                .filter_map(|(task, on)| Some((task.id, self.task(on)?.id)))
                .map(|(waiting, on)| (stamp(waiting, on), waiting, on))
                .collect();
            edges.sort_unstable();
            edges.dedup();
            let mut counting: HashMap<NodeId, Vec<NodeId>> = HashMap::new();
            for (_, waiting, on) in edges {
                if way(on, waiting, |id| counting.get(&id).cloned().unwrap_or_default()).is_some() {
                    ignored.insert((waiting, on));
                } else {
                    counting.entry(waiting).or_default().push(on);
                }
            }
        }
        ignored
    }
}

/// The state of Tarjan's search for groups.
#[derive(Default)]
struct Search {
    /// When a slot was found, and the earliest found that it leads back to.
    found: HashMap<Slot, (usize, usize)>,
    waiting: Vec<Slot>,
    is_waiting: HashSet<Slot>,
    groups: Vec<Vec<Slot>>,
}

impl Search {
    fn enter(&mut self, slot: Slot) {
        let place = self.found.len();
        self.found.insert(slot, (place, place));
        self.waiting.push(slot);
        self.is_waiting.insert(slot);
    }

    fn lower(&mut self, slot: Slot, to: usize) {
        if let Some((_, low)) = self.found.get_mut(&slot) {
            *low = (*low).min(to);
        }
    }

    fn visit(&mut self, root: Slot, edges: Vec<Slot>, edges_of: impl Fn(Slot) -> Vec<Slot>) {
        self.enter(root);
        let mut path = vec![(root, edges)];
        while let Some((slot, edges)) = path.last_mut() {
            let slot = *slot;
            match edges.pop() {
                Some(next) => match self.found.get(&next) {
                    None => {
                        self.enter(next);
                        path.push((next, edges_of(next)));
                    }
                    Some(&(place, _)) if self.is_waiting.contains(&next) => self.lower(slot, place),
                    Some(_) => {}
                },
                None => {
                    path.pop();
                    let low = self.leave(slot);
                    if let Some((above, _)) = path.last() {
                        self.lower(*above, low);
                    }
                }
            }
        }
    }

    /// Ends with a slot; the first that was found of a group takes the group out.
    fn leave(&mut self, slot: Slot) -> usize {
        let (place, low) = self.found.get(&slot).copied().unwrap_or_default();
        if place == low {
            let begin = self.waiting.iter().rposition(|other| *other == slot).unwrap_or(0);
            let group = self.waiting.split_off(begin);
            group.iter().for_each(|slot| _ = self.is_waiting.remove(slot));
            if group.len() > 1 {
                self.groups.push(group);
            }
        }
        low
    }
}

/// The shortest way from one task to another along what each waits for, both included.
pub(crate) fn way(
    from: NodeId,
    to: NodeId,
    waits_for: impl Fn(NodeId) -> Vec<NodeId>,
) -> Option<Vec<NodeId>> {
    let mut came_from = HashMap::from([(from, from)]);
    let mut open = VecDeque::from([from]);
    while let Some(id) = open.pop_front() {
        if id == to {
            let mut way = vec![to];
            let mut at = to;
            while at != from {
                at = *came_from.get(&at)?;
                way.push(at);
            }
            way.reverse();
            return Some(way);
        }
        for next in waits_for(id) {
            came_from.entry(next).or_insert_with(|| {
                open.push_back(next);
                id
            });
        }
    }
    None
}

impl OpenTasks {
    /// The tasks whose dependencies' and parents' stamps [`OpenTasks::settle`] needs now; `None` when there is nothing to settle.
    pub fn unsettled(&self) -> Option<Vec<NodeId>> {
        if !self.tables.circles.is_unsettled {
            return None;
        }
        let parents = self.tables.circles_of_parents();
        let mut ids = self.ids(self.tables.groups().into_iter().chain(parents).flatten());
        ids.dedup();
        Some(ids)
    }

    /// Finds which dependencies and parents do not count; `stamp` tells when one was written.
    pub fn settle(&mut self, stamp: impl Fn(Edge) -> Stamp) {
        let edge = |link, from, to| Edge { link, from, to };
        let waits = |from, to| stamp(edge(Link::WaitsFor, from, to));
        let ignored = self.tables.to_ignore(&self.tables.groups(), waits);
        let parents = self.tables.parents_to_ignore(|from, to| stamp(edge(Link::PartOf, from, to)));
        self.tables.circles.is_unsettled = false;
        if self.tables.circles.ignored != ignored {
            self.tables.circles.ignored = ignored;
            // Deadlines travel along dependencies, so what changes is not known without working it all out.
            self.orders.clear();
        }
        if self.tables.circles.parents != parents {
            self.tables.circles.parents = parents;
            self.tables.find_firsts();
            self.orders.clear();
        }
    }

    /// Links that do not count since they close a circle.
    pub fn ignored_links(&self) -> impl Iterator<Item = Edge> {
        let edge = |link| move |&(from, to): &(NodeId, NodeId)| Edge { link, from, to };
        let circles = &self.tables.circles;
        circles.ignored.iter().map(edge(Link::WaitsFor)).chain(circles.parents.iter().map(edge(Link::PartOf)))
    }

    /// Dependencies that do not count since they close a circle: who waits, and for whom.
    pub fn ignored(&self) -> impl Iterator<Item = (NodeId, NodeId)> {
        self.tables.circles.ignored.iter().copied()
    }

    /// The task an open task is part of, if that counts.
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        self.get(id).and_then(|task| self.tables.parent(task))
    }

    /// The way from one open task up to another along parents that count, both included.
    pub fn way_up(&self, from: NodeId, to: NodeId) -> Option<Vec<NodeId>> {
        way(from, to, |id| self.parent(id).into_iter().collect())
    }

    /// The shortest way from one open task to another along dependencies that count, both included.
    pub fn way(&self, from: NodeId, to: NodeId) -> Option<Vec<NodeId>> {
        way(from, to, |id| self.blockers(id))
    }
}
