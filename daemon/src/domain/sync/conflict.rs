//! Values that were overwritten by somebody who had not seen them.

use super::Trace;
use crate::domain::change::{Body, Operation};
use crate::domain::id::{DeviceId, NodeId, OpId};
use crate::domain::node::{Node, register};
use crate::domain::value::Value;

/// A value that lost against one whose writer had not seen it.
///
/// It stands until somebody who has seen it writes the register again, so that all machines list the same ones. Whether
/// a person would miss it is another question: see [`is_a_loss`].
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// The node.
    pub node: NodeId,
    /// The register.
    pub name: Box<str>,
    /// The value that lost.
    pub lost: Value,
    /// The operation that wrote it.
    pub lost_by: OpId,
    /// The operation that won.
    pub won_by: OpId,
}

/// Who wrote a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Writer {
    /// The operation.
    pub op: OpId,
    /// Whose.
    pub device: DeviceId,
    /// Its place at the hub, if it has one.
    pub seq: Option<u64>,
    /// How far its device had read the log.
    pub cursor: u64,
}

impl Writer {
    /// Whether this one had seen the other when it wrote.
    pub fn had_seen(&self, other: &Self) -> bool {
        self.device == other.device || other.seq.is_some_and(|seq| seq <= self.cursor)
    }
}

/// All values of a node that lost unseen, by its whole log: nobody else who wrote the register had seen them.
pub fn unseen(node: &Node, log: &[(Operation, Trace)]) -> Vec<(Conflict, Writer)> {
    let written = log.iter().flat_map(|(operation, trace)| {
        let registers = match &operation.body {
            Body::Set { registers, .. } => registers.as_slice(),
            _ => &[],
        };
        let Operation { id: op, device, .. } = *operation;
        let writer = Writer { op, device, seq: trace.seq, cursor: trace.cursor };
        registers.iter().map(move |(name, value)| (name, value, writer))
    });
    let written: Vec<_> = written.collect();
    let mut lost = Vec::new();
    for (place, (name, value, writer)) in written.iter().enumerate() {
        let Some(won) = node.registers.register(name) else { continue };
        let others = written.iter().enumerate().filter(|(at, (other, ..))| *at != place && other == name);
        let is_seen = others.into_iter().any(|(at, (.., other))| {
            if other.device == writer.device { at > place } else { other.had_seen(writer) }
        });
        if won.stamp.device != writer.device && !is_seen {
            let (name, lost_by, won_by) = ((*name).clone(), writer.op, won.stamp.op);
            let conflict = Conflict { node: node.id, name, lost: (*value).clone(), lost_by, won_by };
            lost.push((conflict, *writer));
        }
    }
    lost
}

/// Whether a person would miss a value that lost against another.
pub fn is_a_loss(name: &str, lost: &Value, won: &Value) -> bool {
    match name {
        register::CREATED | register::KEY | register::RANK | register::KIND | register::REVIEWED => false,
        // Both machines stopped the same clock: heph time shows and corrects it.
        _ if name.starts_with(register::TIME) => false,
        // When a status was set, or an occurrence done, is not what was decided.
        _ if name == register::STATUS || name.starts_with(register::OCCURRENCE) => {
            lost.as_list().first() != won.as_list().first()
        }
        _ => lost != won,
    }
}
