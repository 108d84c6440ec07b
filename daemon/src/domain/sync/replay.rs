//! What the local log makes of a node: the fold that every row of a store has to agree with.

use super::pull::FIRST_SKIPPABLE_KIND;
use super::{Place, Trace, UserEdit, is_rescued};
use crate::domain::change::{Body, Operation, apply_splices, text_hash};
use crate::domain::id::{DeviceId, NodeId, OpId};
use crate::domain::node::{Node, register};

/// A node, made of its operations in the order of the local log.
#[derive(Debug)]
pub struct Replay {
    /// The node.
    pub node: Node,
    /// Its working text, if an operation made one.
    pub text: Option<String>,
    /// How many operations it has.
    pub operations: u64,
    /// What of its log cannot be right.
    pub problems: Vec<String>,
    edits: Vec<UserEdit>,
    thrown_away: Vec<(OpId, DeviceId, u64)>,
}

impl Replay {
    /// Begins with no operation.
    pub fn new(id: NodeId) -> Self {
        Self {
            node: Node::new(id),
            text: None,
            operations: 0,
            problems: Vec::new(),
            edits: Vec::new(),
            thrown_away: Vec::new(),
        }
    }

    /// What operations make of a node, its text left out.
    pub fn facts(id: NodeId, log: impl IntoIterator<Item = (Operation, Trace)>) -> Node {
        let mut replay = Self::new(id);
        log.into_iter().for_each(|(operation, trace)| replay.facts_of(&operation, &trace));
        replay.finish().node
    }

    /// Takes in the next operation.
    pub fn apply(&mut self, rev: u64, operation: Operation, trace: &Trace) {
        self.operations += 1;
        self.facts_of(&operation, trace);
        match operation.body {
            Body::Set { .. } => {}
            Body::Unknown { kind, .. } if kind >= FIRST_SKIPPABLE_KIND => {}
            Body::Unknown { kind, .. } => {
                let what = format!("an operation of kind {kind}, which a later version of heph made");
                self.problem(rev, &what);
            }
            _ if trace.place != Place::Chain => {}
            body => self.text(rev, body),
        }
    }

    fn facts_of(&mut self, operation: &Operation, trace: &Trace) {
        // What was carried is as new as what carried it, and what was given up counts for nothing.
        if trace.carried_by.is_some() {
            return;
        }
        self.node.apply_received(operation, trace.received_at);
        if operation.is_edit() {
            self.edits.push(UserEdit { device: operation.device, seq: trace.seq });
        }
        if let Body::Set { registers, .. } = &operation.body
            && registers.iter().any(|(name, _)| &**name == register::TRASHED)
        {
            self.thrown_away.push((operation.id, operation.device, trace.cursor));
        }
    }

    /// Notes an operation that cannot be read.
    pub fn skip(&mut self, problem: String) {
        self.operations += 1;
        self.problems.push(problem);
    }

    /// Closes the fold after the last operation.
    pub fn finish(mut self) -> Self {
        let trashed = self.node.registers.register(register::TRASHED);
        let by = trashed.filter(|trashed| trashed.value.is_true()).and_then(|trashed| {
            self.thrown_away.iter().find(|(operation, ..)| *operation == trashed.stamp.op)
        });
        self.node.is_rescued =
            by.is_some_and(|(_, device, cursor)| is_rescued(*device, *cursor, &self.edits));
        self
    }

    fn text(&mut self, rev: u64, body: Body) {
        let before = self.text.take().unwrap_or_else(|| self.node.genesis());
        match text_after(&before, body) {
            Some(after) => {
                self.node.set_text(&after, rev);
                self.text = Some(after);
            }
            None => {
                self.text = Some(before);
                self.problem(rev, "a text that does not follow from the one before");
            }
        }
    }

    fn problem(&mut self, rev: u64, what: &str) {
        self.problems.push(format!("node {} has, at revision {rev}, {what}", self.node.id));
    }
}

/// The text a text operation makes of the one before it; `None` when it does not fit.
pub fn text_after(before: &str, body: Body) -> Option<String> {
    match body {
        Body::TextFull { text, .. } => Some(text),
        Body::Text { splices, hash, .. } => {
            apply_splices(before, &splices).ok().filter(|after| text_hash(after) == hash)
        }
        Body::Set { .. } | Body::Unknown { .. } => None,
    }
}
