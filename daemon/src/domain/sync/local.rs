//! What folding operations in needs to know of the store.

use std::collections::{HashMap, HashSet};

use super::conflict::Writer;
use super::trash::UserEdit;
use super::{Arrived, Head, Outgoing, Trace};
use crate::domain::change::{Body, MAX_AHEAD_MS, Operation};
use crate::domain::id::{NodeId, OpId};
use crate::domain::node::register;
use crate::domain::verbs::View;

/// An operation as the local log has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Logged {
    /// The revision it belongs to.
    pub rev: u64,
    /// The operation.
    pub operation: Operation,
    /// What sync notes of it.
    pub trace: Trace,
}

/// An edit of a node by a person, as the local log has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoggedEdit {
    /// The operation.
    pub op: OpId,
    /// The revision it belongs to.
    pub rev: u64,
    /// Whether it is a text that nothing carried yet.
    pub is_text: bool,
    /// Whose it is, and its place.
    pub edit: UserEdit,
}

/// What the store has of the nodes and operations that arrived. Nodes, and the texts of those whose text changes, are
/// in the view.
#[derive(Debug, Default)]
pub struct Local {
    /// Nodes and working texts.
    pub view: View,
    /// Of pages whose text changes: the newest text at the hub.
    pub heads: HashMap<NodeId, Head>,
    /// Of those that have something unsent: what that newest text is.
    pub head_texts: HashMap<NodeId, String>,
    /// Of those: when they were changed last, what is unsent left out. Unix milliseconds.
    pub modified: HashMap<NodeId, u64>,
    /// Of those that have a text on its way: it.
    pub outgoing: HashMap<NodeId, Outgoing>,
    /// Of the operations that arrived, those in the log: their place at the hub, if it was known before.
    pub known: HashMap<OpId, Option<u64>>,
    /// Who wrote the registers that are overwritten; see [`Local::overwritten`].
    pub writers: HashMap<OpId, Writer>,
    /// The values of these nodes that lost unseen, with who wrote them.
    pub lost: HashMap<(NodeId, Box<str>), Vec<Writer>>,
    /// Edits of nodes that are or come into the trash; see [`Local::discarded`].
    pub edits: HashMap<NodeId, Vec<LoggedEdit>>,
    /// All operations, but texts that are carried, of nodes of which some were made by a clock far ahead; see
    /// [`Local::ahead`].
    pub logs: HashMap<NodeId, Vec<Logged>>,
}

impl Local {
    /// The operations that wrote the registers which the arrived ones overwrite; to be read into `writers`.
    pub fn overwritten(&self, arrived: &[Arrived]) -> Vec<OpId> {
        let mut writers = HashSet::new();
        for arrived in self.foreign(arrived) {
            let (Ok(Some(node)), Ok(Body::Set { registers, .. })) =
                (self.view.node(arrived.entity), Body::decode(arrived.kind, &arrived.body))
            else {
                continue;
            };
            let written = registers.iter().filter_map(|(name, _)| node.registers.register(name));
            writers.extend(
                written
                    .map(|register| register.stamp)
                    .filter(|stamp| stamp.device != arrived.device)
                    .map(|stamp| stamp.op),
            );
        }
        writers.extend(self.trashed(arrived).filter_map(|node| self.trashed_by(node)));
        writers.into_iter().collect()
    }

    /// The nodes that are in the trash, or come into it; their edits are to be read into `edits`.
    pub fn discarded(&self, arrived: &[Arrived]) -> Vec<NodeId> {
        let come = self.foreign(arrived).filter(|arrived| throws_away(arrived)).map(|arrived| arrived.entity);
        let mut nodes: Vec<NodeId> = self.trashed(arrived).chain(come).collect();
        nodes.sort_unstable();
        nodes.dedup();
        nodes
    }

    /// The nodes some of whose own operations count as older once the hub has taken them, since this clock was far
    /// ahead; all their operations are to be read into `logs`. `ticks` are those of own operations, in milliseconds.
    pub fn ahead(&self, arrived: &[Arrived], ticks: &HashMap<OpId, u64>) -> Vec<NodeId> {
        let is_own =
            |arrived: &&Arrived| self.known.get(&arrived.id) == Some(&None) || self.was_on_its_way(arrived);
        let is_ahead = |arrived: &&Arrived| {
            let most = arrived.received_at.saturating_add(MAX_AHEAD_MS);
            let node = self.view.node(arrived.entity).ok().flatten();
            node.is_some_and(|node| node.modified > most)
                || ticks.get(&arrived.id).is_some_and(|ms| *ms > most)
        };
        arrived.iter().filter(is_own).filter(is_ahead).map(|arrived| arrived.entity).collect()
    }

    /// The pages to which a text comes that is not the one on its way from here.
    pub fn given_texts(&self, arrived: &[Arrived]) -> Vec<NodeId> {
        let texts = arrived.iter().filter(|arrived| arrived.kind.is_text() && !self.was_on_its_way(arrived));
        let mut pages: Vec<NodeId> = texts.map(|arrived| arrived.entity).collect();
        pages.sort_unstable();
        pages.dedup();
        pages
    }

    /// Whether it is the text of a page that was on its way from here.
    pub(super) fn was_on_its_way(&self, arrived: &Arrived) -> bool {
        self.outgoing.get(&arrived.entity).is_some_and(|outgoing| outgoing.id == arrived.id)
    }

    fn foreign<'a>(&'a self, arrived: &'a [Arrived]) -> impl Iterator<Item = &'a Arrived> {
        arrived.iter().filter(|arrived| !self.known.contains_key(&arrived.id))
    }

    fn trashed<'a>(&'a self, arrived: &'a [Arrived]) -> impl Iterator<Item = NodeId> + 'a {
        let is_trashed = |id: &NodeId| {
            let node = self.view.node(*id).ok().flatten();
            node.is_some_and(|node| node.registers.value(register::TRASHED).is_true())
        };
        arrived.iter().map(|arrived| arrived.entity).filter(is_trashed)
    }

    fn trashed_by(&self, id: NodeId) -> Option<OpId> {
        let node = self.view.node(id).ok().flatten()?;
        node.registers.register(register::TRASHED).map(|register| register.stamp.op)
    }
}

fn throws_away(arrived: &Arrived) -> bool {
    let Ok(Body::Set { registers, .. }) = Body::decode(arrived.kind, &arrived.body) else { return false };
    registers.iter().any(|(name, value)| &**name == register::TRASHED && value.is_true())
}
