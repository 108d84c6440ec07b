//! Events that arrived while nobody asked for them.
//!
//! At most one of each kind waits: a newer `changed` merges into the one that waits, a newer `sync` takes its place, so
//! nothing here can grow. Reminders queue up, the newest few of them.

use std::collections::VecDeque;

use heph_protocol::Event;
use heph_protocol::event::{Changed, MAX_CHANGED, Reminder, ShuttingDown, Sync};

/// How many reminders wait.
const MAX_REMINDERS: usize = 64;

/// The events that wait to be taken.
#[derive(Debug, Default)]
pub(crate) struct News {
    changed: Option<Changed>,
    sync: Option<Sync>,
    reminders: VecDeque<Reminder>,
    shutting_down: Option<ShuttingDown>,
}

impl News {
    /// Puts an event to the others. Progress belongs to a call and is dropped here.
    pub(crate) fn add(&mut self, event: Event) {
        match event {
            Event::Changed(newer) => match &mut self.changed {
                Some(waiting) => merge(waiting, newer),
                None => self.changed = Some(newer),
            },
            Event::Sync(newer) => self.sync = Some(newer),
            Event::ShuttingDown(event) => self.shutting_down = Some(event),
            Event::Reminder(reminder) => {
                self.reminders.push_back(reminder);
                if self.reminders.len() > MAX_REMINDERS {
                    self.reminders.pop_front();
                }
            }
            Event::Progress(_) => {}
        }
    }

    /// Takes the next event; the end of the daemon comes last.
    pub(crate) fn take(&mut self) -> Option<Event> {
        let changed = self.changed.take().map(Event::Changed);
        let sync = || self.sync.take().map(Event::Sync);
        let reminder = || self.reminders.pop_front().map(Event::Reminder);
        changed.or_else(reminder).or_else(sync).or_else(|| self.shutting_down.take().map(Event::ShuttingDown))
    }
}

/// Joins two changes: the newer revision, the ids of both while they are few enough to name.
fn merge(waiting: &mut Changed, newer: Changed) {
    waiting.revision = newer.revision;
    for node in newer.nodes {
        if !waiting.nodes.contains(&node) {
            waiting.nodes.push(node);
        }
    }
    if waiting.many || newer.many || waiting.nodes.len() > MAX_CHANGED {
        waiting.many = true;
        waiting.nodes.clear();
    }
}

#[cfg(test)]
mod tests {
    use heph_protocol::types::SyncState;

    use super::*;

    fn changed(revision: &str, nodes: impl IntoIterator<Item = usize>) -> Event {
        let nodes = nodes.into_iter().map(|node| node.to_string()).collect();
        Event::Changed(Changed { revision: revision.into(), nodes, many: false })
    }

    #[test]
    fn changes_merge_into_the_one_that_waits() {
        let mut news = News::default();
        news.add(changed("1", [1, 2]));
        news.add(changed("2", [2, 3]));
        assert_eq!(news.take(), Some(changed("2", [1, 2, 3])));
        assert_eq!(news.take(), None);
    }

    #[test]
    fn too_many_ids_become_many() {
        let mut news = News::default();
        news.add(changed("1", 0..MAX_CHANGED));
        news.add(changed("2", [MAX_CHANGED]));
        let many = Changed { revision: "2".into(), nodes: vec![], many: true };
        assert_eq!(news.take(), Some(Event::Changed(many.clone())));
        news.add(Event::Changed(many.clone()));
        news.add(changed("2", [1]));
        assert_eq!(news.take(), Some(Event::Changed(many)), "many stays many");
    }

    #[test]
    fn only_the_newest_state_of_sync_waits() {
        let at = |state| Event::Sync(Sync { state, problem: None });
        let mut news = News::default();
        news.add(at(SyncState::Pulling));
        news.add(changed("1", [1]));
        news.add(at(SyncState::Idle));
        assert_eq!(news.take(), Some(changed("1", [1])), "what changed comes first");
        assert_eq!(news.take(), Some(at(SyncState::Idle)));
        assert_eq!(news.take(), None);
    }

    #[test]
    fn the_end_of_the_daemon_comes_after_the_last_change() {
        let mut news = News::default();
        news.add(Event::ShuttingDown(ShuttingDown { restarting: true }));
        news.add(changed("1", [1]));
        assert_eq!(news.take(), Some(changed("1", [1])));
        assert_eq!(news.take(), Some(Event::ShuttingDown(ShuttingDown { restarting: true })));
    }
}
