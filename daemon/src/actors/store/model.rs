//! What the Store actor keeps in memory beside the database.

use std::collections::VecDeque;

use heph_protocol::event::{Changed, MAX_CHANGED};

use crate::domain::id::NodeId;
use crate::domain::node::{Node, NodeKind};
use crate::domain::settings::Settings;
use crate::domain::short_id::{Code, ShortIds};
use crate::domain::task::Task;
use crate::domain::task::open_tasks::{OpenTasks, Project};

/// How many recent changes are kept for events; who is further behind is told to reread.
const RECENT: usize = 4_096;

/// The read model: open tasks, projects, short ids, and what changed last.
#[derive(Debug)]
pub(super) struct ReadModel {
    /// Open tasks and projects.
    pub(super) open: OpenTasks,
    /// Every node's short id.
    pub(super) short_ids: ShortIds,
    /// What `@last` means.
    pub(super) last: Option<NodeId>,
    /// The name of the context this machine is in; there may be none of that name any more.
    pub(super) active_context: Option<String>,
    revision: u64,
    recent: VecDeque<(u64, NodeId)>,
    /// Changes up to this revision are no longer in `recent`.
    forgotten: u64,
}

impl ReadModel {
    /// An empty model of a store at a revision.
    pub(super) fn new(revision: u64) -> Self {
        Self {
            open: OpenTasks::default(),
            short_ids: ShortIds::default(),
            last: None,
            active_context: None,
            revision,
            recent: VecDeque::new(),
            forgotten: revision,
        }
    }

    /// Takes in what the store has.
    pub(super) fn load(
        &mut self,
        tasks: Vec<Task>,
        projects: &[Node],
        codes: Vec<(Code, NodeId)>,
        settings: Settings,
    ) {
        self.open.set_settings(settings);
        self.open.load(tasks, projects.iter().map(Project::of).collect());
        for (code, id) in codes.into_iter().filter(|(_, id)| *id != NodeId::SETTINGS) {
            self.short_ids.insert_known(code, id);
        }
    }

    /// Takes in a node as a commit left it.
    pub(super) fn put(&mut self, node: &Node, revision: u64) {
        if node.kind() != NodeKind::Settings {
            self.short_ids.insert(node.id);
        }
        match node.task() {
            Some(task) => self.open.put(task),
            None if node.kind() == NodeKind::Settings => {
                self.open.set_settings(Settings::of(&node.registers))
            }
            None if matches!(node.kind(), NodeKind::Project | NodeKind::Area) => {
                self.open.put_project(Project::of(node))
            }
            // A project may have become a page again.
            None => self.open.remove_project(node.id),
        }
        self.recent.push_back((revision, node.id));
        while self.recent.len() > RECENT {
            if let Some((forgotten, _)) = self.recent.pop_front() {
                self.forgotten = forgotten;
            }
        }
    }

    /// The newest revision.
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    /// Notes the newest revision.
    pub(super) fn set_revision(&mut self, revision: u64) {
        self.revision = revision;
    }

    /// What changed after a revision.
    pub(super) fn changed_since(&self, revision: u64) -> Changed {
        let mut nodes: Vec<NodeId> =
            self.recent.iter().rev().take_while(|(at, _)| *at > revision).map(|&(_, id)| id).collect();
        nodes.sort_unstable();
        nodes.dedup();
        let many = nodes.len() > MAX_CHANGED || (revision < self.forgotten && revision < self.revision);
        let nodes = if many { Vec::new() } else { nodes.iter().map(ToString::to_string).collect() };
        Changed { revision: self.revision.to_string(), nodes, many }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_name_what_changed_or_say_many() {
        let mut model = ReadModel::new(10);
        assert_eq!(model.changed_since(10), Changed { revision: "10".into(), ..Changed::default() });
        model.put(&Node::new(NodeId::home()), 11);
        model.set_revision(11);
        assert_eq!(model.changed_since(10).nodes, [NodeId::home().to_string()]);
        assert!(model.changed_since(9).many, "what happened before the start is not known");
        for n in 0..300_u32 {
            model.put(&Node::new(NodeId::derived(&n.to_string())), 12);
        }
        model.set_revision(12);
        assert!(model.changed_since(11).many);
    }
}
