//! How stores agree: what a hub takes, what a spoke makes of what it pulls, and what it pushes. No IO.
//!
//! A hub gives every account one order of operations ([`hub`]). A spoke folds them in ([`pull`]): registers go by their
//! stamps, texts are one chain a page, and what was typed here meanwhile is merged onto its end. What is typed here and
//! not at the hub yet is offered as one operation a page ([`push`]).

mod conflict;
pub mod hub;
mod local;
pub mod plan;
pub mod pull;
pub mod push;
pub mod replay;
pub mod snapshot;
mod trash;

#[cfg(test)]
pub(crate) mod memory_hub;
#[cfg(test)]
mod tests;

pub use conflict::{Conflict, Writer, is_a_loss, unseen};
pub use trash::{UserEdit, is_rescued};

use super::change::Kind;
use super::id::{DeviceId, NodeId, OpId};

/// An operation of the account's log, as it came from the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// Its place in the account's order.
    pub seq: u64,
    /// When the hub took it, Unix milliseconds.
    pub received_at: u64,
    /// How far its device had read the log.
    pub cursor: u64,
    /// Its id.
    pub id: OpId,
    /// Who made it.
    pub device: DeviceId,
    /// The entity it changes.
    pub entity: NodeId,
    /// Its kind.
    pub kind: Kind,
    /// What it does; left out by the hub for what this device sent itself.
    pub body: Vec<u8>,
}

/// Where a text of this store stands in the local log that is the same as the newest one at the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeadText {
    /// The working text that a local revision made; 0 for the one a node begins with.
    Revision(u64),
    /// This one, which never was the working text.
    Apart(String),
}

/// The newest text of a page at the hub, as far as this store has read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The place of the operation that made it, 0 for none.
    pub seq: u64,
    /// How many operations made it.
    pub revisions: u64,
    /// What it is.
    pub text: HeadText,
    /// Whether it cannot be known: an operation of the chain does not fit. A keyframe mends it.
    pub is_broken: bool,
}

impl Default for Head {
    fn default() -> Self {
        Self { seq: 0, revisions: 0, text: HeadText::Revision(0), is_broken: false }
    }
}

/// A text on its way to the hub: all that was typed since the head, as one operation. It is sent as it is until it is
/// known what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Id of the operation.
    pub id: OpId,
    /// The page.
    pub node: NodeId,
    /// The place of the head that it was made on.
    pub base: u64,
    /// The local revision whose working text it is.
    pub rev: u64,
    /// How far this store had read the hub's log.
    pub cursor: u64,
    /// Kind of the operation.
    pub kind: Kind,
    /// Its encoded body.
    pub body: Vec<u8>,
    /// The text that it makes.
    pub target: String,
}

/// Where an operation of the local log stands to the working text of its page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Place {
    /// In the chain of working texts, or no text at all.
    #[default]
    Chain,
    /// Beside it: what another device typed while something was unsent here; the working text after it is a merge.
    Beside,
    /// Beside it: what carried working texts to the hub.
    Carrier,
}

/// What sync notes of an operation in the local log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Trace {
    /// How far its device had read the hub's log.
    pub cursor: u64,
    /// Its place at the hub, once it has one.
    pub seq: Option<u64>,
    /// When the hub took it, Unix milliseconds.
    pub received_at: Option<u64>,
    /// The operation that carried it to the hub, for a working text.
    pub carried_by: Option<OpId>,
    /// Where it stands to the working text.
    pub place: Place,
}
