//! From edits to operations: who, when, and what stood there before.

use super::Edit;
use super::view::View;
use crate::domain::change::{Body, Clock, Operation};
use crate::domain::id::{DeviceId, NodeId, OpId};
use crate::domain::node::{Node, register};
use crate::domain::sync::push::text_body;
use crate::domain::value::Value;

/// Gives operations their device, ids and ticks.
#[expect(missing_debug_implementations, reason = "it holds a closure")]
pub struct Stamper<'a> {
    /// This store's device.
    pub device: DeviceId,
    /// Its clock.
    pub clock: &'a mut Clock,
    /// The wall clock, Unix milliseconds.
    pub wall_ms: u64,
    /// A source of random bytes.
    pub random: &'a mut dyn FnMut() -> [u8; 10],
}

/// An operation with what stood there before.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// The operation.
    pub operation: Operation,
    /// The registers it wrote, as they were; unset ones as nil.
    pub before: Vec<(Box<str>, Value)>,
    /// Whether it made the node.
    pub creates: bool,
}

/// Turns edits into operations and folds them into the view. Edits that change nothing vanish.
pub fn record(view: &mut View, edits: Vec<Edit>, rev: u64, stamper: &mut Stamper<'_>) -> Vec<Recorded> {
    let mut recorded = Vec::with_capacity(edits.len());
    for edit in edits {
        let (next, facts) = match edit {
            Edit::Set { node, registers } => (set(view, node, registers, stamper), None),
            Edit::Text { node, text } => (set_text(view, node, text, false, stamper), None),
            Edit::Derived { node, text, facts } => (set_text(view, node, text, true, stamper), facts),
        };
        let Some(next) = next else { continue };
        match facts {
            Some(facts) => view.apply_with_facts(&next.operation, rev, facts),
            None => view.apply(&next.operation, rev),
        }
        recorded.push(next);
    }
    recorded
}

fn set(
    view: &View,
    id: NodeId,
    mut registers: Vec<(Box<str>, Value)>,
    stamper: &mut Stamper<'_>,
) -> Option<Recorded> {
    let node = view.node(id).ok().flatten();
    let value = |name: &str| node.map_or(&Value::Nil, |node| node.registers.value(name));
    // What an edit kept out of the trash is thrown away by another act than the first.
    let is_new_act = |name: &str| name == register::TRASHED && node.is_some_and(|node| node.is_rescued);
    registers.retain(|(name, new)| value(name) != new || is_new_act(name));
    if registers.is_empty() {
        return None;
    }
    let before = registers.iter().map(|(name, _)| (name.clone(), value(name).clone())).collect();
    let overwritten = registers
        .iter()
        .filter_map(|(name, _)| Some(node?.registers.register(name)?.stamp.tick))
        .max()
        .unwrap_or_default();
    let tick = stamper.clock.tick(stamper.wall_ms, overwritten);
    let creates = node.is_none_or(|node| !node.exists());
    let operation = stamper.operation(id, Body::Set { tick, registers });
    Some(Recorded { operation, before, creates })
}

fn set_text(
    view: &View,
    id: NodeId,
    text: String,
    derived: bool,
    stamper: &mut Stamper<'_>,
) -> Option<Recorded> {
    let node = view.node(id).ok().flatten();
    let genesis = node.map(Node::genesis).unwrap_or_default();
    let current = view.text(id).unwrap_or(&genesis);
    if current == text {
        return None;
    }
    let revisions = node.map_or(0, |node| node.text.revisions);
    let body = text_body(current, &text, revisions, derived);
    Some(Recorded { operation: stamper.operation(id, body), before: Vec::new(), creates: false })
}

impl Stamper<'_> {
    fn operation(&mut self, entity: NodeId, body: Body) -> Operation {
        Operation { id: OpId::v7(self.wall_ms, (self.random)()), device: self.device, entity, body }
    }
}
