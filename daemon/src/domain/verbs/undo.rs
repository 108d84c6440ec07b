//! `heph undo`, `redo`: a group's registers are put back where nothing came after, what it wrote is taken out of texts.

use std::collections::{HashMap, HashSet};

use super::outcome::SkippedEdit;
use super::record::Recorded;
use super::refusal::{Need, Refusal, RefusalKind, Stop};
use super::view::GroupLog;
use super::{Context, Decision, Edit, Outcome, Step};
use crate::domain::change::{Body, Operation};
use crate::domain::id::{DeviceId, GroupId, NodeId, OpId};
use crate::domain::merge::take_back;
use crate::domain::node::{NodeKind, register};
use crate::domain::value::Value;

/// What a skipped text is called.
const TEXT: &str = "text";

/// Why something is left as it is.
const CHANGED: &str = "changed since";
const IN_TRASH: &str = "is in the trash";

/// The most skipped things a refusal names.
const MOST_NAMED: usize = 5;

/// Undoes a group, the last one of this device if none is named.
pub(super) fn undo(context: &Context<'_>, group: Option<GroupId>) -> Result<Decision, Stop> {
    let (group, before) = match (group, context.view.undoable()) {
        (Some(group), _) => (group, None),
        (None, undoable) => match undoable? {
            [] => return Err(Refusal::refused("there is nothing to undo").into()),
            [newest, before @ ..] => (*newest, before.first()),
        },
    };
    let log = context.view.group(group)?.ok_or_else(|| {
        Refusal::new(RefusalKind::NotFound, "there is no such group")
            .hint("heph history <id> shows the groups of a node")
    })?;
    let undone = match log.is_undo {
        true => put_back(context, group, log, Step::Redo(group), "redo"),
        false => put_back(context, group, log, Step::Undo(group), "undo"),
    };
    match (undone, before) {
        // A group that somebody wrote over stays the last one: the way past it is named.
        (Err(Stop::Refused(refusal)), Some(before)) if refusal.kind == RefusalKind::Conflict => {
            Err(refusal.hint(format!("heph undo {before} takes the step before it back")).into())
        }
        (undone, _) => undone,
    }
}

/// Redoes what was undone last.
pub(super) fn redo(context: &Context<'_>) -> Result<Decision, Stop> {
    let undone = context.view.redoable()?.ok_or_else(|| Refusal::refused("there is nothing to redo"))?;
    let log = context.view.group(undone)?.ok_or_else(|| Refusal::refused("there is nothing to redo"))?;
    put_back(context, undone, log, Step::Redo(undone), "redo")
}

fn put_back(
    context: &Context<'_>,
    group: GroupId,
    log: &GroupLog,
    step: Step,
    verb: &str,
) -> Result<Decision, Stop> {
    let operations: Vec<_> = log
        .txns
        .iter()
        .rev()
        .flat_map(|txn| txn.operations.iter().rev().map(move |op| (txn.rev, op)))
        .collect();
    let ids: Vec<NodeId> = operations.iter().map(|(_, recorded)| recorded.operation.entity).collect();
    context.view.nodes(&ids)?;
    require_texts(context, &operations)?;
    let made = operations.iter().filter(|(_, recorded)| makes(recorded));
    let made = made.map(|(_, recorded)| recorded.operation.entity).collect();
    let written = operations.iter().filter(|(_, recorded)| recorded.operation.body.kind().is_text());
    let written = written.map(|(_, recorded)| recorded.operation.entity).collect();
    let mut work =
        PutBack { context, lost: &log.lost, made, written, nodes: HashMap::new(), order: Vec::new() };
    let moves_trash = |recorded: &Recorded| {
        makes(recorded) || recorded.before.iter().any(|(name, _)| &**name == register::TRASHED)
    };
    let moved: HashSet<NodeId> = (operations.iter())
        .filter(|(_, recorded)| moves_trash(recorded))
        .map(|(_, recorded)| recorded.operation.entity)
        .collect();
    for (rev, recorded) in operations {
        let Recorded { operation, before, .. } = recorded;
        if makes(recorded) {
            work.trash(operation.entity, operation.device)?;
        } else if !moved.contains(&operation.entity) && work.is_trashed(operation.entity)? {
            // Taking a step back takes nothing out of the trash that somebody threw away.
            work.node(operation.entity).skip(operation.entity, "all", IN_TRASH);
        } else {
            work.operation(rev, operation, before)?;
        }
    }
    work.decide(group, log, step, verb)
}

/// Whether an operation made something that goes away again; the first setting makes no settings.
fn makes(recorded: &Recorded) -> bool {
    recorded.creates && recorded.operation.entity != NodeId::SETTINGS
}

/// Asks for all texts at once, those of now and those of the group and from before it: a rename rewrote perhaps a
/// thousand.
fn require_texts(context: &Context<'_>, operations: &[(u64, &Recorded)]) -> Result<(), Need> {
    let texts: Vec<(NodeId, u64)> = operations
        .iter()
        .filter(|(_, recorded)| recorded.operation.body.kind().is_text() && !recorded.creates)
        .flat_map(|(rev, recorded)| [rev.saturating_sub(1), *rev].map(|rev| (recorded.operation.entity, rev)))
        .collect();
    if let [_, _, ..] = texts[..] {
        context.view.require_texts(&texts.iter().map(|(id, _)| *id).collect::<Vec<_>>())?;
        context.view.require_texts_at(&texts)?;
    }
    Ok(())
}

/// What is put back of one node so far.
#[derive(Default)]
struct Node {
    registers: Vec<(Box<str>, Value)>,
    text: Option<String>,
    /// Whether somebody wrote into the text since.
    is_written_on: bool,
    skipped: Vec<SkippedEdit>,
}

impl Node {
    fn will_be(&self, name: &str) -> Option<&Value> {
        self.registers.iter().find(|(other, _)| &**other == name).map(|(_, value)| value)
    }

    fn skip(&mut self, node: NodeId, field: &str, reason: &str) {
        if !self.skipped.iter().any(|skip| skip.field == field) {
            self.skipped.push(SkippedEdit { node, field: field.to_owned(), reason: reason.to_owned() });
        }
    }
}

/// What is put back so far; a later operation of the group is taken back before an earlier one.
struct PutBack<'a, 'b> {
    context: &'a Context<'b>,
    /// What other machines wrote, and the group overwrote without having seen it.
    lost: &'a [(OpId, Box<str>, Value)],
    /// The nodes the group made.
    made: HashSet<NodeId>,
    /// The nodes whose text it wrote.
    written: HashSet<NodeId>,
    nodes: HashMap<NodeId, Node>,
    /// The nodes as they were come to.
    order: Vec<NodeId>,
}

impl PutBack<'_, '_> {
    fn node(&mut self, id: NodeId) -> &mut Node {
        self.nodes.entry(id).or_insert_with(|| {
            self.order.push(id);
            Node::default()
        })
    }

    fn set(&mut self, id: NodeId, name: &str, value: Value) {
        let node = self.node(id);
        node.registers.retain(|(other, _)| &**other != name);
        node.registers.push((name.into(), value));
    }

    fn is_trashed(&self, id: NodeId) -> Result<bool, Need> {
        Ok(self.context.view.node(id)?.is_some_and(|node| node.is_trashed()))
    }

    /// What the group made goes to the trash as it is, unless somebody wrote into its text or uses it since. Only a
    /// journal, which the next line captured brings back, gets its first text back as well.
    fn trash(&mut self, id: NodeId, by: DeviceId) -> Result<(), Stop> {
        let current = self.context.view.node(id)?;
        let kind = current.map_or(NodeKind::Page, |node| node.kind());
        let is_used = self.is_used(id);
        let is_changed = kind != NodeKind::Journal
            && current.is_some_and(|node| {
                let has_text = node.text.revisions > 0 && !self.written.contains(&id);
                has_text || node.registers.stamps().any(|stamp| stamp.device != by)
            });
        let node = self.node(id);
        if node.skipped.iter().any(|skip| skip.field == TEXT) {
            return Ok(());
        }
        let text = node.text.take().filter(|_| kind == NodeKind::Journal && !is_used);
        *node = Node { text, ..Node::default() };
        if is_changed {
            node.skip(id, kind.word(), CHANGED);
        } else if is_used {
            node.skip(id, kind.word(), "used by others since");
        } else {
            self.set(id, register::TRASHED, Value::Bool(true));
        }
        Ok(())
    }

    /// Whether open tasks are in a project that are not taken out of it, or into the trash, here as well.
    fn is_used(&self, project: NodeId) -> bool {
        let leaves = |task: &NodeId| {
            let will_be = |name| self.nodes.get(task).and_then(|node| node.will_be(name));
            will_be(register::PROJECT).is_some() || will_be(register::TRASHED).is_some_and(Value::is_true)
        };
        !self.context.open.project_tasks(project).iter().all(leaves)
    }

    fn operation(
        &mut self,
        rev: u64,
        operation: &Operation,
        before: &[(Box<str>, Value)],
    ) -> Result<(), Stop> {
        match &operation.body {
            Body::Set { registers, .. } => {
                for (name, wrote) in registers {
                    let was = before
                        .iter()
                        .find(|(other, _)| other == name)
                        .map_or(Value::Nil, |(_, was)| was.clone());
                    self.register(operation.entity, name, (operation.id, wrote), was)?;
                }
                Ok(())
            }
            Body::Text { .. } | Body::TextFull { .. } => self.text(rev, operation.entity),
            Body::Unknown { .. } => Ok(()),
        }
    }

    /// Puts a register back if what the group wrote still stands: by its own operation, or because an undo or redo
    /// put that value there again.
    fn register(&mut self, node: NodeId, name: &str, wrote: (OpId, &Value), was: Value) -> Result<(), Stop> {
        // Had the group not been, the value that it won against unseen would stand.
        let unseen = self.lost.iter().rfind(|(won_by, other, _)| *won_by == wrote.0 && **other == *name);
        let was = unseen.map_or(was, |(_, _, lost)| lost.clone());
        let taken_back = self.node(node).will_be(name).is_some();
        let current = self.context.view.node(node)?.and_then(|node| node.registers.register(name));
        let stands = match current {
            Some(current) if current.stamp.op == wrote.0 => true,
            Some(current) => current.value == *wrote.1 && self.context.view.made_by_undo(current.stamp.op)?,
            None => false,
        };
        if taken_back || stands {
            self.set(node, name, was);
        } else {
            self.node(node).skip(node, name, CHANGED);
        }
        Ok(())
    }

    /// Takes out of a text what the group wrote; what others wrote since stays.
    fn text(&mut self, rev: u64, id: NodeId) -> Result<(), Stop> {
        let at = |rev| self.context.view.text_or_genesis_at(id, rev);
        let (after, before) = (at(rev)?, at(rev.saturating_sub(1))?);
        let current = self.context.view.text(id)?;
        let is_made = self.made.contains(&id);
        let node = self.node(id);
        let now = node.text.as_deref().unwrap_or(current);
        let is_written_on = now != after;
        // A page the group made goes or stays as a whole.
        let text = if is_written_on && is_made { now.to_owned() } else { take_back(&after, now, &before) };
        if is_written_on && text == now {
            node.skip(id, TEXT, CHANGED);
        } else {
            node.text = Some(text);
        }
        node.is_written_on |= is_written_on;
        Ok(())
    }

    fn decide(mut self, group: GroupId, log: &GroupLog, step: Step, verb: &str) -> Result<Decision, Stop> {
        let (mut edits, mut changed, mut skipped) = (Vec::new(), Vec::new(), Vec::new());
        for &id in &self.order {
            let mut node = self.nodes.remove(&id).unwrap_or_default();
            // What somebody wrote is not hidden.
            if node.is_written_on && node.will_be(register::TRASHED).is_some_and(Value::is_true) {
                node.registers.retain(|(name, _)| &**name != register::TRASHED);
                node.skip(id, register::TRASHED, CHANGED);
            }
            skipped.extend(node.skipped);
            if !node.registers.is_empty() || node.text.is_some() {
                changed.push(id);
            }
            if !node.registers.is_empty() {
                edits.push(Edit::Set { node: id, registers: node.registers });
            }
            edits.extend(node.text.map(|text| Edit::Text { node: id, text }));
        }
        if edits.is_empty() {
            let mut what: Vec<_> = skipped.iter().take(MOST_NAMED).map(|skip| self.named(skip)).collect();
            if skipped.len() > MOST_NAMED {
                what.push(format!("and {} more", skipped.len() - MOST_NAMED));
            }
            let message = format!("nothing of “{}” can be taken back: {}", log.label, what.join(", "));
            return Err(Refusal::new(RefusalKind::Conflict, message)
                .hint("heph history <id> shows what came after, heph undo <group> takes an earlier step back")
                .into());
        }
        // What was done first, however often it was taken back and forth since.
        let deed = log.label.trim_start_matches("undo ").trim_start_matches("redo ").to_owned();
        let label = format!("{verb} {deed}");
        let outcome = Outcome { group: Some(group), skipped, summary: deed, ..Outcome::changed(changed) };
        Ok(Decision { edits, outcome, step, label })
    }

    fn named(&self, skip: &SkippedEdit) -> String {
        let title = self.context.view.node(skip.node).ok().flatten().map_or("", |node| node.title());
        format!("{} of “{title}” {}", skip.field, skip.reason)
    }
}
