//! What a spoke offers its hub.

use super::pull::Logged;
use super::{Head, Outgoing};
use crate::domain::change::{Body, Clock, KEYFRAME_EVERY, Operation, Tick, diff_splices, text_hash};
use crate::domain::id::{NodeId, OpId};
use crate::domain::node::Node;

/// What is needed to send a page.
#[derive(Debug, Clone, Copy)]
pub struct Unsent<'a> {
    /// The page.
    pub node: NodeId,
    /// Its newest text at the hub.
    pub head: &'a Head,
    /// What that is.
    pub head_text: &'a str,
    /// Its working text.
    pub work: &'a str,
    /// The revision that made the working text.
    pub rev: u64,
    /// Whether nobody typed any of it.
    pub derived: bool,
}

/// Makes the one operation that brings the hub's text to the working one; `None` when it is that already. Its id should
/// have the time of the page's newest change: sending makes it no newer.
pub fn carry(unsent: &Unsent<'_>, id: OpId, cursor: u64) -> Option<Outgoing> {
    if unsent.work == unsent.head_text {
        return None;
    }
    let body = text_body(unsent.head_text, unsent.work, unsent.head.revisions, unsent.derived);
    Some(Outgoing {
        id,
        node: unsent.node,
        base: unsent.head.seq,
        rev: unsent.rev,
        cursor,
        kind: body.kind(),
        body: body.encode(),
        target: unsent.work.to_owned(),
    })
}

/// The operation that makes `text` of the text before it: splices, or the whole text where those would be half of it,
/// and every so many revisions.
pub fn text_body(before: &str, text: &str, revisions: u64, derived: bool) -> Body {
    if revisions.is_multiple_of(KEYFRAME_EVERY) {
        return Body::TextFull { text: text.to_owned(), derived };
    }
    let splices = diff_splices(before, text);
    let spliced: usize = splices.iter().map(|splice| splice.insert.len() + 8).sum();
    if spliced * 2 > text.len() {
        Body::TextFull { text: text.to_owned(), derived }
    } else {
        Body::Text { splices, hash: text_hash(text), derived }
    }
}

/// The farthest a clock may be off the hub's, in milliseconds, before what waits is stamped anew.
pub const MAX_SKEW_MS: i64 = 120_000;

/// Stamps operations on one node's registers that were never sent, made by a clock that was `shift_ms` behind the
/// hub's: as if it had been right. What they overwrote stays overwritten.
pub fn restamp(node: NodeId, sent: &[Logged], unsent: &mut [Operation], shift_ms: i64) -> Tick {
    let mut confirmed = Node::new(node);
    for logged in sent {
        confirmed.apply_received(&logged.operation, logged.trace.received_at);
    }
    let mut clock = Clock::default();
    for operation in unsent {
        let Body::Set { tick, registers } = &mut operation.body else { continue };
        let written = registers.iter().filter_map(|(name, _)| confirmed.registers.register(name));
        let overwritten = written.map(|register| register.stamp.tick).max().unwrap_or_default();
        *tick = clock.tick(tick.ms.saturating_add_signed(shift_ms), overwritten);
    }
    clock.last()
}
