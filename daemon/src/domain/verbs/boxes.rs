//! Boxes of texts and the tasks they stand for: a save ticks tasks, a change of status writes the box.

use std::collections::HashMap;

use super::recurring::current_of;
use super::refusal::{Need, Refusal, Stop};
use super::transition::refuse_open_parts;
use super::{Context, Decision, Edit};
use crate::domain::id::NodeId;
use crate::domain::node::{Node, register, status_value};
use crate::domain::page::{TASK_ANCHOR, task_anchors, task_statuses, ticked, with_tokens};
use crate::domain::short_id::ShortIds;
use crate::domain::task::Status;
use crate::domain::task::recurrence::OccurrenceState;
use crate::domain::value::Value;

/// The tasks an anchor's short id may mean; more than one only by chance.
const MOST_NAMESAKES: usize = 4;

/// The page and anchor a task was promoted from.
pub fn source_of(node: &Node) -> Option<(NodeId, &str)> {
    match node.registers.value(register::SOURCE).as_list() {
        [page, anchor] => Some((NodeId::from_slice(page.as_bytes()?).ok()?, anchor.as_text()?)),
        _ => None,
    }
}

/// The register that names a page and anchor as a task's source.
pub(super) fn source_value(page: NodeId, anchor: &str) -> Value {
    Value::List(vec![page.into(), anchor.into()])
}

/// The ids of nodes that an anchor may mean.
pub fn anchored(anchor: &str, short_ids: &ShortIds) -> Vec<NodeId> {
    anchor.strip_prefix(TASK_ANCHOR).map(|code| short_ids.matches(code, MOST_NAMESAKES)).unwrap_or_default()
}

/// What a save's boxes come to.
#[derive(Debug, Default)]
pub(super) struct Ticks {
    pub(super) edits: Vec<Edit>,
    pub(super) changed: Vec<NodeId>,
    pub(super) notes: Vec<String>,
    /// Boxes that stand empty again: of recurring tasks, of which an occurrence was ticked.
    emptied: HashMap<String, Status>,
}

impl Ticks {
    /// A text with the boxes of recurring tasks as they stand after they were ticked.
    pub(super) fn shown(&self, text: String) -> String {
        if self.emptied.is_empty() { text } else { with_tokens(&text, &self.emptied) }
    }
}

impl Context<'_> {
    /// The tasks of a page that stand at these anchors.
    pub(super) fn tasks_at(&self, page: NodeId, anchors: &[String]) -> Result<HashMap<String, &Node>, Need> {
        let of_page = self.promoted(anchors)?.into_iter().filter(|(_, source, _)| *source == page);
        Ok(of_page.map(|(anchor, _, node)| (anchor, node)).collect())
    }

    /// The tasks that stand at these anchors, each with the page it was promoted from.
    fn promoted(&self, anchors: &[String]) -> Result<Vec<(String, NodeId, &Node)>, Need> {
        let ids: Vec<(&String, NodeId)> = anchors
            .iter()
            .flat_map(|anchor| anchored(anchor, self.short_ids).into_iter().map(move |id| (anchor, id)))
            .collect();
        let nodes = self.view.nodes(&ids.iter().map(|(_, id)| *id).collect::<Vec<_>>())?;
        let promoted = ids.into_iter().zip(nodes).filter_map(|((anchor, _), node)| {
            let node = node.filter(|node| node.exists())?;
            let (page, own) = source_of(node)?;
            (own == anchor.as_str()).then(|| (anchor.clone(), page, node))
        });
        Ok(promoted.collect())
    }

    /// A text as whoever opens it sees it: with the tokens of the statuses.
    pub(super) fn shown_text(&self, page: NodeId, text: &str) -> Result<String, Need> {
        let tasks = self.tasks_at(page, &task_anchors(text))?;
        let status = tasks.into_iter().map(|(anchor, task)| (anchor, task.status().0)).collect();
        Ok(with_tokens(text, &status))
    }

    /// What the boxes of a saved text do to tasks, against the text that was shown.
    pub(super) fn ticks(&self, page: NodeId, shown: &str, saved: &str) -> Result<Ticks, Stop> {
        let wanted = ticked(shown, saved);
        let anchors: Vec<String> = wanted.iter().map(|(anchor, _)| anchor.clone()).collect();
        let tasks = self.tasks_at(page, &anchors)?;
        let mut ticks = Ticks::default();
        for (anchor, status) in wanted {
            if let Some(&task) = tasks.get(&anchor) {
                self.tick(task, status, &mut ticks)?;
            }
        }
        Ok(ticks)
    }

    /// Gives a task the status that its box was given.
    fn tick(&self, task: &Node, status: Status, ticks: &mut Ticks) -> Result<(), Stop> {
        if task.status().0 == status || task.is_trashed() {
            return Ok(());
        }
        if !status.is_open() {
            match refuse_open_parts(self, task) {
                Err(Stop::Refused(Refusal { message, .. })) => {
                    ticks.notes.push(format!("“{}” is left as it is: {message}", task.title()));
                    return Ok(());
                }
                other => other?,
            }
        }
        ticks.changed.push(task.id);
        if let (Status::Done, Some((repeats, current))) = (status, current_of(task)) {
            let completed = self.complete(task, (&repeats, current), OccurrenceState::Done)?;
            ticks.edits.extend(completed.edits);
            ticks.notes.push(completed.note);
            if let (Some(_), Some((_, anchor))) = (completed.next, source_of(task)) {
                ticks.emptied.insert(anchor.to_owned(), Status::Todo);
            }
            return Ok(());
        }
        ticks.edits.push(Edit::set(task.id, register::STATUS, status_value(status, self.now.ms(), None)));
        Ok(())
    }

    /// Tasks whose lines came into a text from another page, which has them no more: they belong to this page then, and
    /// their boxes tick them.
    pub(super) fn moved_here(&self, page: NodeId, text: &str, ticks: &mut Ticks) -> Result<(), Stop> {
        let mut elsewhere = self.promoted(&task_anchors(text))?;
        elsewhere.retain(|(_, source, task)| *source != page && !task.is_trashed());
        if elsewhere.is_empty() {
            return Ok(());
        }
        self.view.require_texts(&elsewhere.iter().map(|(_, source, _)| *source).collect::<Vec<_>>())?;
        let statuses: HashMap<String, Status> = task_statuses(text).into_iter().collect();
        for (anchor, source, task) in elsewhere {
            let is_there = self.view.node(source)?.is_some_and(|node| node.exists() && !node.is_trashed());
            if !is_there || !task_anchors(self.view.text(source)?).contains(&anchor) {
                ticks.edits.push(Edit::set(task.id, register::SOURCE, source_value(page, &anchor)));
                // An empty box may be one that was cut before its task was done elsewhere.
                if let Some(&status) = statuses.get(&anchor).filter(|status| **status != Status::Todo) {
                    self.tick(task, status, ticks)?;
                }
            }
        }
        Ok(())
    }

    /// Writes the boxes of the tasks whose status a decision changes, in the pages they were promoted from. A page whose
    /// text the decision changes by itself is left as that has it.
    pub(super) fn write_boxes(&self, decision: &mut Decision) -> Result<(), Need> {
        let writes_text = |page: NodeId| {
            decision.edits.iter().any(|edit| !matches!(edit, Edit::Set { .. }) && edit.node() == page)
        };
        let mut pages: Vec<(NodeId, HashMap<String, Status>)> = Vec::new();
        for edit in &decision.edits {
            let Edit::Set { node, registers } = edit else { continue };
            let Some(status) = registers.iter().find_map(|(name, value)| status_set(name, value)) else {
                continue;
            };
            // What this change makes was promoted from nowhere; its id is another each time it is decided.
            if self.fresh.made(*node) {
                continue;
            }
            let Some(node) = self.view.node(*node)? else { continue };
            let Some((page, anchor)) = source_of(node).filter(|(page, _)| !writes_text(*page)) else {
                continue;
            };
            match pages.iter_mut().find(|(other, _)| *other == page) {
                Some((_, boxes)) => drop(boxes.insert(anchor.to_owned(), status)),
                None => pages.push((page, HashMap::from([(anchor.to_owned(), status)]))),
            }
        }
        self.view.require_texts(&pages.iter().map(|(page, _)| *page).collect::<Vec<_>>())?;
        for (page, status) in pages {
            let Some(node) = self.view.node(page)?.filter(|node| node.exists() && !node.is_trashed()) else {
                continue;
            };
            let text = self.view.text(node.id)?;
            let written = with_tokens(text, &status);
            if written != text {
                decision.edits.push(Edit::Derived { node: page, text: written, facts: None });
            }
        }
        Ok(())
    }
}

/// The status an edit sets, if the register is that.
fn status_set(name: &str, value: &Value) -> Option<Status> {
    if name != register::STATUS {
        return None;
    }
    value.as_list().first().and_then(Value::as_text).map_or(Some(Status::Todo), Status::from_word)
}
