//! `heph undo`, `redo`: a group's registers and texts are put back where nothing came after.

use std::collections::HashMap;

use super::outcome::SkippedEdit;
use super::record::Recorded;
use super::refusal::{Refusal, RefusalKind, Stop};
use super::view::GroupLog;
use super::{Context, Decision, Edit, Outcome, Step};
use crate::domain::change::{Body, Operation, Stamp, TextHash, text_hash};
use crate::domain::id::{GroupId, NodeId};
use crate::domain::node::register;
use crate::domain::value::Value;

/// Undoes a group, the last one of this device if none is named.
pub(super) fn undo(context: &Context<'_>, group: Option<GroupId>) -> Result<Decision, Stop> {
    let group = match group {
        Some(group) => group,
        None => context.view.undoable()?.ok_or_else(|| Refusal::refused("there is nothing to undo"))?,
    };
    let log = context.view.group(group)?.ok_or_else(|| {
        Refusal::new(RefusalKind::NotFound, "there is no such group")
            .hint("heph history <id> shows the groups of a node")
    })?;
    put_back(context, group, log, Step::Undo(group), "undo")
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
    let mut work = PutBack {
        context,
        registers: HashMap::new(),
        order: Vec::new(),
        texts: HashMap::new(),
        skipped: Vec::new(),
    };
    let operations: Vec<_> = log
        .txns
        .iter()
        .rev()
        .flat_map(|txn| txn.operations.iter().rev().map(move |op| (txn.rev, op)))
        .collect();
    let ids: Vec<NodeId> = operations.iter().map(|(_, recorded)| recorded.operation.entity).collect();
    context.view.nodes(&ids)?;
    for (rev, Recorded { operation, before, creates }) in operations {
        if *creates {
            work.trash(operation);
        } else {
            work.operation(rev, operation, before)?;
        }
    }
    work.decide(group, log, step, verb)
}

/// What is put back so far; a later operation of the group is taken back before an earlier one.
struct PutBack<'a, 'b> {
    context: &'a Context<'b>,
    registers: HashMap<NodeId, Vec<(Box<str>, Value)>>,
    order: Vec<NodeId>,
    texts: HashMap<NodeId, String>,
    skipped: Vec<SkippedEdit>,
}

impl PutBack<'_, '_> {
    fn set(&mut self, node: NodeId, name: &str, value: Value) {
        self.touch(node);
        let registers = self.registers.entry(node).or_default();
        registers.retain(|(other, _)| &**other != name);
        registers.push((name.into(), value));
    }

    fn touch(&mut self, node: NodeId) {
        if !self.order.contains(&node) {
            self.order.push(node);
        }
    }

    fn skip(&mut self, node: NodeId, field: &str) {
        let reason = "changed since".to_owned();
        let skipped = SkippedEdit { node, field: field.to_owned(), reason };
        if !self.skipped.contains(&skipped) {
            self.skipped.push(skipped);
        }
    }

    /// What the group made goes to the trash with the registers it has, unless somebody wrote into its text since.
    fn trash(&mut self, operation: &Operation) {
        let node = operation.entity;
        if self.skipped.iter().any(|skip| skip.node == node && skip.field == "text") {
            return;
        }
        self.registers.remove(&node);
        self.skipped.retain(|skip| skip.node != node);
        self.set(node, register::TRASHED, Value::Bool(true));
    }

    fn operation(
        &mut self,
        rev: u64,
        operation: &Operation,
        before: &[(Box<str>, Value)],
    ) -> Result<(), Stop> {
        match &operation.body {
            Body::Set { tick, registers } => {
                let stamp = Stamp { tick: *tick, device: operation.device, op: operation.id };
                for (name, wrote) in registers {
                    let was = before
                        .iter()
                        .find(|(other, _)| other == name)
                        .map_or(Value::Nil, |(_, was)| was.clone());
                    self.register(operation.entity, name, (stamp, wrote), was)?;
                }
                Ok(())
            }
            Body::Text { hash, .. } => self.text(rev, operation.entity, *hash),
            Body::TextFull { text, .. } => self.text(rev, operation.entity, text_hash(text)),
            Body::Unknown { .. } => Ok(()),
        }
    }

    /// Puts a register back if what the group wrote still stands: under its own stamp, or because an undo or redo
    /// put that value there again.
    fn register(&mut self, node: NodeId, name: &str, wrote: (Stamp, &Value), was: Value) -> Result<(), Stop> {
        let taken_back =
            self.registers.get(&node).is_some_and(|set| set.iter().any(|(other, _)| &**other == name));
        let current = self.context.view.node(node)?.and_then(|node| node.registers.register(name));
        let stands = match current {
            Some(current) if current.stamp == wrote.0 => true,
            Some(current) => current.value == *wrote.1 && self.context.view.made_by_undo(current.stamp.op)?,
            None => false,
        };
        if taken_back || stands {
            self.set(node, name, was);
        } else {
            self.skip(node, name);
        }
        Ok(())
    }

    fn text(&mut self, rev: u64, node: NodeId, made: TextHash) -> Result<(), Stop> {
        let current = self.context.view.node(node)?.map(|node| node.text).unwrap_or_default();
        let stands =
            current.rev == rev || (current.hash == made && self.context.view.is_undo(current.rev)?);
        if !stands && !self.texts.contains_key(&node) {
            self.skip(node, "text");
            return Ok(());
        }
        let before = rev.saturating_sub(1);
        let text = match self.context.view.text_at(node, before)? {
            Some(text) => text.to_owned(),
            None => self.context.view.node(node)?.map(|node| node.genesis()).unwrap_or_default(),
        };
        self.context.view.text(node)?;
        self.touch(node);
        self.texts.insert(node, text);
        Ok(())
    }

    fn decide(mut self, group: GroupId, log: &GroupLog, step: Step, verb: &str) -> Result<Decision, Stop> {
        let mut edits = Vec::new();
        for &node in &self.order {
            if let Some(registers) = self.registers.remove(&node) {
                edits.push(Edit::Set { node, registers });
            }
            if let Some(text) = self.texts.remove(&node) {
                edits.push(Edit::Text { node, text });
            }
        }
        if edits.is_empty() {
            let titles: Vec<_> = self.skipped.iter().map(|skip| self.named(skip)).collect();
            let what =
                if titles.is_empty() { "it is taken back already".to_owned() } else { titles.join(", ") };
            let message = format!("nothing of “{}” can be taken back: {what}", log.label);
            return Err(Refusal::new(RefusalKind::Conflict, message)
                .hint("heph history <id> shows what came after")
                .into());
        }
        let outcome = Outcome {
            group: Some(group),
            skipped: self.skipped,
            summary: log.label.clone(),
            ..Outcome::changed(self.order)
        };
        Ok(Decision { edits, outcome, step, label: format!("{verb} {}", log.label) })
    }

    fn named(&self, skip: &SkippedEdit) -> String {
        let title = self.context.view.node(skip.node).ok().flatten().map_or("", |node| node.title());
        format!("{} of “{title}” {}", skip.field, skip.reason)
    }
}
