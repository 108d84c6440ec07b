//! `node.show`, `node.history`, `task.form`.

use std::collections::HashMap;

use heph_protocol::WireError;
use heph_protocol::envelope::to_map;
use heph_protocol::request;
use heph_protocol::response::{NodeHistory, NodeShown, TaskForm};
use heph_protocol::types::{FieldChange, HistoryEntry, LogEntry, Occurrence, Page};
use jiff::civil::Date;

use super::answer::Answering;
use super::list::{bad_page, cut, not_a_task, rows};
use crate::domain::change::{Body, text_hash};
use crate::domain::date::Now;
use crate::domain::id::NodeId;
use crate::domain::node::{Node, NodeKind};
use crate::domain::page::RevisionToken;
use crate::domain::task::recurrence::{self as domain, Moved, TaskDate};
use crate::domain::verbs::render_form;
use crate::rpc::{attachments, changed_fields, store_error, time, when};
use crate::store::{OpRecord, TxnRecord};

/// The most children, and the most tasks that wait for it, a node is shown with.
const MAX_NAMED: usize = 256;

/// The most occurrences a recurring task is shown with.
const MAX_OCCURRENCES: usize = 100;

/// The most nodes whose links to it a node is shown with.
const SHOWN_BACKLINKS: usize = 20;

impl Answering {
    /// A node with all there is to show.
    pub(super) async fn show(&self, reference: &str, now: &Now) -> Result<Vec<u8>, WireError> {
        let node = self.find(reference, now).await?;
        let text = self.shown_text(&node).await?;
        let links = self.wire_links(&node, &text, now).await?;
        let (backlinks, more) = self.backlinks_of(&node, &text, None, SHOWN_BACKLINKS, now).await?;
        let (mut blocks, mut children) = {
            let model = self.model.borrow();
            let parts = model.open.parts(node.id).into_iter().chain(model.open.project_parts(node.id));
            let children: Vec<_> = parts.map(|task| task.id).collect();
            (model.open.dependents(node.id), children)
        };
        blocks.truncate(MAX_NAMED);
        children.truncate(MAX_NAMED);
        let id = node.id;
        let mut others = HashMap::from([(id, node)]);
        let named = super::groupings::areas(std::slice::from_ref(&others[&id]));
        self.know(&mut others, named, now).await?;
        let node = &others[&id];
        let mut page: Vec<Page> = self.rendered(now, &others, |renderer| {
            (node.kind() != NodeKind::Task).then(|| renderer.page(node)).into_iter().collect()
        });
        self.add_said_tags(&mut page).await?;
        Ok(self.rendered(now, &others, |renderer| {
            to_map(&NodeShown {
                node: renderer.node_ref(id),
                task: renderer.task_of(node),
                page: page.pop(),
                project: matches!(node.kind(), NodeKind::Project | NodeKind::Area).then(|| {
                    let view = renderer.open.view(now, &[]);
                    super::groupings::summary(&crate::domain::task::Project::of(node), renderer, &view)
                }),
                rev: RevisionToken::new(node.text.rev, text_hash(&text)).to_string(),
                log: node
                    .log()
                    .into_iter()
                    .map(|(at, line)| LogEntry { at: time(at), text: line.to_owned() })
                    .collect(),
                text,
                occurrences: occurrences(node),
                blocks: renderer.node_refs(&blocks),
                children: renderer.node_refs(&children),
                links,
                backlinks,
                more_backlinks: more.is_some(),
                attachments: attachments(node),
            })
        }))
    }

    /// A node's changes, newest first.
    pub(super) async fn history(
        &self,
        asked: &request::NodeHistory,
        now: &Now,
    ) -> Result<Vec<u8>, WireError> {
        let node = self.find(&asked.reference, now).await?;
        let limit = rows(asked.limit, 50);
        let before = asked.page.as_deref().map(history_place).transpose()?;
        let mut records =
            self.db.history(node.id, before, limit as u32 + 1).await.map_err(|error| store_error(&error))?;
        let next_page = cut(&mut records, limit).map(|(_, op)| history_token(op));
        let id = node.id;
        let mut others = HashMap::from([(id, node)]);
        let named = records.iter().flat_map(|(_, op)| crate::rpc::named_in(op)).collect();
        self.know(&mut others, named, now).await?;
        let entries = self.rendered(now, &others, |renderer| {
            let name = |id: NodeId| renderer.node_ref(id).title;
            records.iter().map(|(txn, op)| history_entry(txn, op, &name)).collect()
        });
        let node = self.rendered(now, &others, |renderer| renderer.node_ref(id));
        Ok(to_map(&NodeHistory { node, entries, next_page }))
    }

    /// A task as a form.
    pub(super) async fn form(&self, reference: &str, now: &Now) -> Result<Vec<u8>, WireError> {
        let node = self.find(reference, now).await?;
        let task = node.task().ok_or_else(|| not_a_task(&node))?;
        let body = self.text(&node).await?;
        let id = node.id;
        let mut others = HashMap::from([(id, node)]);
        self.know(&mut others, Vec::new(), now).await?;
        Ok(self.rendered(now, &others, |renderer| {
            let project = task.project.map(|id| renderer.node_ref(id)).map(|project| match project.folder {
                Some(folder) => format!("{folder}/{}", project.title),
                None => project.title,
            });
            let short = |id: NodeId| renderer.short_ids.show(id);
            let parent = task.parent.map(short).unwrap_or_default();
            let depends_on: Vec<_> = task.depends_on.iter().map(|&id| short(id)).collect();
            let own = &renderer.open.settings().vocabulary.fields;
            let project = project.unwrap_or_default();
            let text = render_form(&others[&id], own, &project, &parent, &depends_on, &body);
            to_map(&TaskForm { base: text.clone(), text, task: renderer.task(&task) })
        }))
    }

    /// A node's text; the one it began with if nobody changed it.
    pub(super) async fn text(&self, node: &Node) -> Result<String, WireError> {
        let mut texts = self.db.texts(&[node.id]).await.map_err(|error| store_error(&error))?;
        Ok(texts.remove(&node.id).unwrap_or_else(|| node.genesis()))
    }
}

/// Occurrences that were dealt with, newest first.
fn occurrences(node: &Node) -> Vec<Occurrence> {
    let basis = node.repeats().map_or(TaskDate::Due, |repeats| repeats.recurrence.basis);
    let shown = |(nominal, occurrence): (Date, domain::Occurrence)| Occurrence {
        date: nominal.to_string(),
        moved: match node.moved(nominal, basis, basis) {
            Some(Moved::To(to)) => Some(when(&to)),
            _ => None,
        },
        skipped: occurrence.state == domain::OccurrenceState::Skipped,
        at: time(occurrence.at),
    };
    node.occurrences().into_iter().rev().take(MAX_OCCURRENCES).map(shown).collect()
}

fn history_entry(txn: &TxnRecord, op: &OpRecord, name: &dyn Fn(NodeId) -> String) -> HistoryEntry {
    let changes = match &op.operation.body {
        Body::Set { registers, .. } => changed_fields(registers, &op.before, name),
        Body::Text { splices, .. } => {
            let gone: u32 = splices.iter().map(|splice| splice.delete).sum();
            let come: usize = splices.iter().map(|splice| splice.insert.chars().count()).sum();
            vec![text_change(format!("+{come} -{gone} characters"))]
        }
        Body::TextFull { text, .. } => vec![text_change(format!("{} lines", text.lines().count()))],
        Body::Unknown { kind, .. } => {
            vec![text_change(format!("a change of kind {kind}, which a later version made"))]
        }
    };
    HistoryEntry {
        rev: txn.rev.to_string(),
        at: time(txn.wall_ms),
        group: txn.group.map(|group| group.to_string()),
        undoes: txn.undoes.map(|group| group.to_string()),
        changes,
    }
}

fn text_change(summary: String) -> FieldChange {
    FieldChange { field: "text".into(), before: None, after: Some(summary) }
}

/// The token that goes on after an operation.
pub(super) fn history_token(op: &OpRecord) -> String {
    format!("{}.{}", op.rev, op.index)
}

pub(super) fn history_place(page: &str) -> Result<(u64, u32), WireError> {
    let read = || {
        let (rev, index) = page.split_once('.')?;
        Some((rev.parse().ok()?, index.parse().ok()?))
    };
    read().ok_or_else(bad_page)
}
