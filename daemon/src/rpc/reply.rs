//! Replies to mutations, from what they came to.

use heph_protocol::envelope::to_map;
use heph_protocol::response::{
    Attached, Imported, ItemPromoted, NodesChanged, PageRenamed, PageSaved, SettingChanged, TaskAdded,
    TasksChanged, Undone,
};
use heph_protocol::types::{
    Attachment as WireAttachment, Flag, NodeRef, Recognised, RewrittenPage, Skipped, Task as WireTask,
};

use super::render::{Renderer, time};
use crate::domain::date::{When, describe};
use crate::domain::node::{Node, NodeKind};
use crate::domain::page::{Attachment, RevisionToken, embed};
use crate::domain::verbs::Outcome;

/// What a mutation came to.
#[derive(Debug, Clone)]
pub struct Applied {
    /// The method it was asked by.
    pub method: String,
    /// What it came to.
    pub outcome: Outcome,
}

/// The reply of a mutation's method, encoded; an empty map for a method without one.
///
/// The renderer's `others` hold the nodes that changed.
pub fn reply(applied: &Applied, renderer: &Renderer<'_>) -> Vec<u8> {
    let outcome = &applied.outcome;
    match applied.method.as_str() {
        "task.add" => to_map(&task_added(outcome, renderer)),
        "task.transition" | "task.bulk" | "task.modify" | "task.defer" | "task.pin" | "task.log"
        | "task.form_save" | "task.wait" | "time.add" | "time.edit" | "time.delete" | "task.sub"
        | "task.move" | "task.duplicate" => to_map(&tasks_changed(outcome, renderer)),
        "node.delete" | "node.restore" | "review.mark" | "conflict.restore" | "attachment.delete" => {
            to_map(&NodesChanged {
                nodes: renderer.node_refs(&outcome.changed),
                unchanged: renderer.node_refs(&outcome.unchanged),
                unblocked: renderer.node_refs(&outcome.unblocked),
                group: outcome.group.map(|group| group.to_string()),
            })
        }
        "page.new" | "page.save" | "journal.capture" => to_map(&page_saved(outcome, renderer)),
        "page.revert" => to_map(&page_saved(outcome, renderer)),
        "attachment.commit" => to_map(&attached(outcome, renderer)),
        "page.rename" => to_map(&page_renamed(outcome, renderer)),
        "item.promote" => to_map(&item_promoted(outcome, renderer)),
        "undo" | "redo" => to_map(&undone(outcome, renderer)),
        "import.batch" => to_map(&imported(outcome)),
        "settings.set" | "settings.unset" | "context.set" | "context.delete" | "view.save"
        | "view.delete" | "field.add" | "field.delete" => to_map(&setting_changed(outcome)),
        _ => to_map(&heph_protocol::response::Done {}),
    }
}

/// What an import did, without what its items had that nothing fits.
pub(crate) fn imported(outcome: &Outcome) -> Imported {
    let [created, updated, unchanged] = outcome.imported;
    Imported { created, updated, unchanged, ..Imported::default() }
}

/// The task that was added.
pub(crate) fn task_added(outcome: &Outcome, renderer: &Renderer<'_>) -> TaskAdded {
    let task = tasks(outcome, renderer).into_iter().next().unwrap_or_default();
    let mut notes = outcome.notes.clone();
    if task.flags.contains(&Flag::Deferred) {
        let own = outcome.changed.first().and_then(|id| renderer.others.get(id)).and_then(Node::task);
        let until = own.and_then(|task| task.shows_from(renderer.now));
        let until = until.map(|day| format!(" before {}", describe(&When::Day(day), renderer.now)));
        notes.push(format!("heph next does not show it{}", until.unwrap_or_default()));
    }
    TaskAdded { task, recognised: recognised(outcome), notes, ..TaskAdded::default() }
}

/// A setting that was changed.
fn setting_changed(outcome: &Outcome) -> SettingChanged {
    SettingChanged {
        changed: outcome.group.is_some(),
        summary: outcome.summary.clone(),
        notes: outcome.notes.clone(),
        group: outcome.group.map(|group| group.to_string()),
    }
}

fn tasks(outcome: &Outcome, renderer: &Renderer<'_>) -> Vec<WireTask> {
    let shown = |node: &Node| renderer.task_of(node);
    outcome.changed.iter().filter_map(|id| renderer.others.get(id)).filter_map(shown).collect()
}

/// Pages among what changed, which are projects and areas.
fn pages(outcome: &Outcome, renderer: &Renderer<'_>) -> Vec<NodeRef> {
    let changed = outcome.changed.iter().filter_map(|id| renderer.others.get(id));
    changed.filter(|node| node.kind() != NodeKind::Task).map(|node| renderer.node_ref(node.id)).collect()
}

fn tasks_changed(outcome: &Outcome, renderer: &Renderer<'_>) -> TasksChanged {
    TasksChanged {
        tasks: tasks(outcome, renderer),
        nodes: pages(outcome, renderer),
        count: outcome.count,
        unchanged: renderer.node_refs(&outcome.unchanged),
        unblocked: renderer.node_refs(&outcome.unblocked),
        notes: outcome.notes.clone(),
        group: outcome.group.map(|group| group.to_string()),
    }
}

fn page_saved(outcome: &Outcome, renderer: &Renderer<'_>) -> PageSaved {
    let Some(node) = outcome.changed.iter().chain(&outcome.unchanged).find_map(|id| renderer.others.get(id))
    else {
        return PageSaved::default();
    };
    let others = outcome.changed.iter().skip(1).filter_map(|id| renderer.others.get(id));
    PageSaved {
        tasks: others.filter_map(|node| renderer.task_of(node)).collect(),
        text: Some(outcome.summary.clone()).filter(|text| !text.is_empty()),
        page: renderer.page(node),
        rev: outcome.text.unwrap_or(RevisionToken::new(node.text.rev, node.text.hash)).to_string(),
        notes: outcome.notes.clone(),
        group: outcome.group.map(|group| group.to_string()),
    }
}

/// The file that was attached; its name is what the outcome sums up.
fn attached(outcome: &Outcome, renderer: &Renderer<'_>) -> Attached {
    let mut nodes = outcome.changed.iter().chain(&outcome.unchanged);
    let Some(node) = nodes.find_map(|id| renderer.others.get(id)) else { return Attached::default() };
    Attached {
        attachment: node.attachment(&outcome.summary).map(|own| attachment(&own)).unwrap_or_default(),
        link: embed(&outcome.summary),
        page: (node.kind() != NodeKind::Task).then(|| renderer.page(node)),
        rev: outcome.text.unwrap_or(RevisionToken::new(node.text.rev, node.text.hash)).to_string(),
        group: outcome.group.map(|group| group.to_string()),
    }
}

/// The files of a node, by name.
pub(crate) fn attachments(node: &Node) -> Vec<WireAttachment> {
    node.attachments().map(|own| attachment(&own)).collect()
}

fn attachment(own: &Attachment) -> WireAttachment {
    let Attachment { name, hash, bytes, added } = own;
    WireAttachment { name: name.clone(), bytes: *bytes, hash: hash.to_string(), added: time(*added) }
}

fn page_renamed(outcome: &Outcome, renderer: &Renderer<'_>) -> PageRenamed {
    let pages = outcome.changed.iter().filter_map(|id| renderer.others.get(id));
    PageRenamed {
        pages: pages.map(|page| renderer.page(page)).collect(),
        count: outcome.count,
        links: outcome.links,
        rewritten: outcome
            .rewritten
            .iter()
            .map(|&(node, links)| RewrittenPage { node: renderer.node_ref(node), links })
            .collect(),
        notes: outcome.notes.clone(),
        group: outcome.group.map(|group| group.to_string()),
    }
}

fn item_promoted(outcome: &Outcome, renderer: &Renderer<'_>) -> ItemPromoted {
    let nodes: Vec<&Node> =
        outcome.changed.iter().chain(&outcome.unchanged).filter_map(|id| renderer.others.get(id)).collect();
    let page = nodes.iter().find(|node| node.kind() != NodeKind::Task);
    ItemPromoted {
        task: nodes.iter().find_map(|node| renderer.task_of(node)).unwrap_or_default(),
        page: page.map(|page| renderer.page(page)).unwrap_or_default(),
        rev: outcome
            .text
            .or_else(|| page.map(|page| RevisionToken::new(page.text.rev, page.text.hash)))
            .map(|token| token.to_string())
            .unwrap_or_default(),
        line: outcome.summary.clone(),
        already: outcome.changed.is_empty(),
        recognised: recognised(outcome),
        notes: outcome.notes.clone(),
        group: outcome.group.map(|group| group.to_string()),
    }
}

/// What was understood of a line.
fn recognised(outcome: &Outcome) -> Vec<Recognised> {
    let pieces = outcome.recognised.iter().cloned();
    pieces.map(|(start, end, text, field, meaning)| Recognised { start, end, text, field, meaning }).collect()
}

fn undone(outcome: &Outcome, renderer: &Renderer<'_>) -> Undone {
    Undone {
        group: outcome.group.map(|group| group.to_string()).unwrap_or_default(),
        summary: outcome.summary.clone(),
        nodes: renderer.node_refs(&outcome.changed),
        skipped: outcome
            .skipped
            .iter()
            .map(|skip| Skipped {
                node: renderer.node_ref(skip.node),
                field: skip.field.clone(),
                reason: skip.reason.clone(),
            })
            .collect(),
    }
}
