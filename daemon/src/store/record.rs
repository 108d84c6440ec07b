//! What a commit writes: transactions and operations for the log, and the rows they fold to.

use crate::domain::change::{Operation, Tick};
use crate::domain::id::{GroupId, MutationId, NodeId};
use crate::domain::node::Node;
use crate::domain::page::FactChanges;
use crate::domain::sync::Trace;
use crate::domain::task::reminder::Coming;
use crate::domain::value::Value;
use crate::store::sync::SyncChanges;

/// What a transaction is to `undo` and `redo`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Somebody's own deed.
    Do,
    /// Takes a deed or a redo back.
    Undo,
    /// Takes an undo back.
    Redo,
}

impl Role {
    /// Its number, for storage.
    pub(super) const fn number(self) -> i64 {
        match self {
            Self::Do => 0,
            Self::Undo => 1,
            Self::Redo => 2,
        }
    }

    /// The role of a stored number.
    pub(super) const fn from_number(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::Do),
            1 => Some(Self::Undo),
            2 => Some(Self::Redo),
            _ => None,
        }
    }
}

/// One transaction of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TxnRecord {
    /// The revision it makes.
    pub rev: u64,
    /// The mutation that asked for it.
    pub mutation_id: Option<MutationId>,
    /// The undo step it belongs to; none for editor saves, imports and pulls.
    pub group: Option<GroupId>,
    /// What it is to `undo` and `redo`.
    pub role: Role,
    /// The group it takes back.
    pub undoes: Option<GroupId>,
    /// When, in Unix milliseconds by the wall clock.
    pub wall_ms: i64,
    /// What the verb did, such as `done`.
    pub label: String,
    /// The encoded reply to its mutation; empty once forgotten.
    pub outcome: Vec<u8>,
}

/// One operation of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct OpRecord {
    /// Revision of its transaction.
    pub rev: u64,
    /// Its place in the transaction, from 0.
    pub index: u32,
    /// The change.
    pub operation: Operation,
    /// The registers it wrote as they were before, [`Value::Nil`] where nothing stood.
    pub before: Vec<(Box<str>, Value)>,
    /// Whether its node was not there before.
    pub creates: bool,
    /// What sync notes of it.
    pub trace: Trace,
}

/// All that one commit writes.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// The transactions, in order.
    pub txns: Vec<TxnRecord>,
    /// Their operations, in order.
    pub ops: Vec<OpRecord>,
    /// Each touched node as it is afterwards, once.
    pub nodes: Vec<Node>,
    /// The text of each node whose text changed, once.
    pub texts: Vec<(NodeId, String)>,
    /// How what the nodes say changes.
    pub facts: FactChanges,
    /// The last tick the clock gave out.
    pub clock: Tick,
    /// Mutations that will never be applied, with when that was said in Unix milliseconds.
    pub burnt: Vec<(MutationId, i64)>,
    /// Reminders that this device fired.
    pub fired: Vec<Coming>,
    /// What sync makes of it.
    pub sync: SyncChanges,
}

impl Batch {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.txns.is_empty()
            && self.ops.is_empty()
            && self.nodes.is_empty()
            && self.texts.is_empty()
            && self.facts.is_empty()
            && self.burnt.is_empty()
            && self.fired.is_empty()
            && self.sync.is_empty()
    }
}
