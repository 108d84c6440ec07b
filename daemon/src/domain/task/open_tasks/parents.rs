//! Tasks that are part of each other, which only a merge or a reopening makes.
//!
//! A task has one parent, so each circle stands alone, and of each the newest parent does not count, as with
//! dependencies that go round in a circle.

use std::collections::{BTreeSet, HashSet};

use super::tables::{Slot, Tables};
use crate::domain::change::Stamp;
use crate::domain::id::NodeId;
use crate::domain::task::Task;

impl Tables {
    /// The parent of a task, if it counts.
    pub(super) fn parent(&self, task: &Task) -> Option<NodeId> {
        task.parent.filter(|parent| *parent != task.id && self.circles.is_part(task.id, *parent))
    }

    /// The open parent a task names, whether it counts or not.
    fn named_parent(&self, slot: Slot) -> Option<Slot> {
        let task = self.task(slot)?;
        self.slot(task.parent.filter(|parent| *parent != task.id)?)
    }

    /// Whether a task is part of itself through others.
    pub(super) fn is_in_circle_of_parents(&self, slot: Slot) -> bool {
        let mut seen = HashSet::new();
        let mut above = self.named_parent(slot);
        while let Some(next) = above.filter(|next| seen.insert(*next)) {
            if next == slot {
                return true;
            }
            above = self.named_parent(next);
        }
        false
    }

    /// The circles of parents, each task followed by its parent.
    pub(super) fn circles_of_parents(&self) -> Vec<Vec<Slot>> {
        let mut circles = Vec::new();
        let mut seen = HashSet::new();
        for (slot, _) in self.tasks() {
            let mut way = Vec::new();
            let mut next = Some(slot);
            while let Some(slot) = next.filter(|slot| seen.insert(*slot)) {
                way.push(slot);
                next = self.named_parent(slot);
            }
            // Where the way meets itself, and not one that was gone before, a circle begins.
            if let Some(begin) = next.and_then(|next| way.iter().position(|slot| *slot == next)) {
                circles.push(way.split_off(begin));
            }
        }
        circles
    }

    /// The parents that do not count: of each circle the newest.
    pub(super) fn parents_to_ignore(
        &self,
        stamp: impl Fn(NodeId, NodeId) -> Stamp,
    ) -> BTreeSet<(NodeId, NodeId)> {
        let newest = self.circles_of_parents().into_iter().filter_map(|circle| {
            let edges = circle.into_iter().filter_map(|slot| {
                let task = self.task(slot)?;
                Some((task.id, task.parent?))
            });
            edges.map(|(task, parent)| (stamp(task, parent), task, parent)).max()
        });
        newest.map(|(_, task, parent)| (task, parent)).collect()
    }
}
