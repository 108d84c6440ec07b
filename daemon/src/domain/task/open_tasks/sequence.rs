//! Sequential projects: only the first of their open tasks, with its parts, is available.

use std::collections::HashSet;

use super::tables::Tables;
use crate::domain::id::NodeId;
use crate::domain::task::Task;
use crate::domain::task::order::by_place;

impl Tables {
    /// Whether a project's tasks stand in sequence.
    fn is_sequential(&self, project: NodeId) -> bool {
        self.project(project).is_some_and(|project| project.sequential)
    }

    /// The sequential projects whose order two versions of a task do not leave as it is.
    pub(super) fn lists_changed(&self, old: Option<&Task>, new: Option<&Task>) -> Vec<NodeId> {
        let place = |task: &Task| (task.project, task.parent, task.rank.clone(), task.created);
        if old.map(place) == new.map(place) {
            return Vec::new();
        }
        let mut lists: Vec<NodeId> =
            [old, new].into_iter().flatten().filter_map(|task| task.project).collect();
        lists.sort_unstable();
        lists.dedup();
        lists.retain(|project| self.is_sequential(*project));
        lists
    }

    /// Finds the first task of a project anew.
    pub(super) fn find_first(&mut self, project: NodeId) {
        let first = self.is_sequential(project).then(|| {
            let tasks = self.in_project(project).filter_map(|slot| self.task(slot));
            let roots = tasks.filter(|task| self.above(task).is_none());
            roots.min_by(|one, other| by_place(one, other)).map(|task| task.id)
        });
        match first.flatten() {
            Some(first) => _ = self.firsts.insert(project, first),
            None => _ = self.firsts.remove(&project),
        }
    }

    /// Finds the first task of every project.
    pub(super) fn find_firsts(&mut self) {
        let projects: Vec<NodeId> =
            self.projects().filter(|project| project.sequential).map(|project| project.id).collect();
        projects.into_iter().for_each(|project| self.find_first(project));
    }

    /// The task that has to be finished before a task of a sequential project, if there is one.
    pub(super) fn before_in_list(&self, task: &Task) -> Option<&Task> {
        let first = *self.firsts.get(&task.project?)?;
        let mut root = task;
        let mut seen = HashSet::new();
        while let Some(above) = self.above(root).filter(|above| seen.insert(above.id)) {
            root = above;
        }
        // Tasks that are part of each other have no first one above them.
        let is_behind = root.id != first && self.above(root).is_none();
        is_behind.then(|| self.task(self.slot(first)?)).flatten()
    }

    /// The open task of the same project that a task is part of.
    fn above(&self, task: &Task) -> Option<&Task> {
        let parent = self.task(self.slot(self.parent(task)?)?)?;
        (parent.project == task.project).then_some(parent)
    }
}
