//! `page.history`, `page.revision`, `page.diff`: the texts a node had.

use std::collections::HashMap;
use std::time::Duration;

use heph_protocol::envelope::to_map;
use heph_protocol::request;
use heph_protocol::response::{PageDiff, PageHistory, PageRevision};
use heph_protocol::types::{NodeRef, TextRevision};
use heph_protocol::{ErrorCode, WireError};
use similar::{ChangeTag, TextDiff};

use super::answer::Answering;
use super::list::{cut, rows};
use super::show::{history_place, history_token};
use crate::domain::change::{Body, text_hash};
use crate::domain::date::Now;
use crate::domain::node::Node;
use crate::domain::page::{RevisionRef, RevisionToken};
use crate::domain::sync::replay::text_after;
use crate::rpc::{revision, store_error, time};
use crate::store::{OpRecord, TxnRecord};

/// How long two texts are compared before the rest counts as changed.
const DIFF_TIME: Duration = Duration::from_secs(1);

/// Bytes of texts that are compared for one history; of what is behind them no lines are counted.
const COUNTED_BYTES: usize = 8 << 20;

/// Lines around a change.
const CONTEXT: usize = 3;

impl Answering {
    /// The revisions of a text, newest first.
    pub(super) async fn text_history(
        &self,
        asked: &request::PageHistory,
        now: &Now,
    ) -> Result<Vec<u8>, WireError> {
        let node = self.find(&asked.reference, now).await?;
        let limit = rows(asked.limit, 50);
        let before = asked.page.as_deref().map(history_place).transpose()?;
        let mut records = self
            .db
            .text_history(node.id, before, limit as u32 + 1)
            .await
            .map_err(|error| store_error(&error))?;
        let next_page = cut(&mut records, limit).map(|(_, op)| history_token(op));
        let base = match records.last() {
            Some((_, oldest)) => self.text_of(&node, oldest.rev.saturating_sub(1)).await?,
            None => String::new(),
        };
        let revisions = revisions(base, records);
        Ok(to_map(&PageHistory { node: self.named(node, now), revisions, next_page }))
    }

    /// The text of a revision.
    pub(super) async fn revision(
        &self,
        asked: &request::PageRevision,
        now: &Now,
    ) -> Result<Vec<u8>, WireError> {
        let node = self.find(&asked.reference, now).await?;
        let (rev, text) = self.text_named(&node, revision(&asked.rev)?).await?;
        let rev = RevisionToken::new(rev, text_hash(&text)).to_string();
        Ok(to_map(&PageRevision { node: self.named(node, now), rev, text }))
    }

    /// What changed between two revisions.
    pub(super) async fn diff(&self, asked: &request::PageDiff, now: &Now) -> Result<Vec<u8>, WireError> {
        let node = self.find(&asked.reference, now).await?;
        let newest = RevisionRef { rev: node.text.rev, hash: None };
        let to = asked.to.as_deref().map(revision).transpose()?.unwrap_or(newest);
        let (to, newer) = self.text_named(&node, to).await?;
        let (from, older) = match asked.from.as_deref().map(revision).transpose()? {
            Some(from) => self.text_named(&node, from).await?,
            None => self.text_before(&node, to).await?,
        };
        let diff = TextDiff::configure().timeout(DIFF_TIME).diff_lines(older.as_str(), newer.as_str());
        let diff = diff.unified_diff().context_radius(CONTEXT).to_string();
        let token = |rev, text: &str| RevisionToken::new(rev, text_hash(text)).to_string();
        let (from, to) = (token(from, &older), token(to, &newer));
        Ok(to_map(&PageDiff { node: self.named(node, now), from, to, diff }))
    }

    /// A node as others name it.
    pub(super) fn named(&self, node: Node, now: &Now) -> NodeRef {
        let id = node.id;
        self.rendered(now, &HashMap::from([(id, node)]), |renderer| renderer.node_ref(id))
    }

    /// The text a person names by its revision.
    async fn text_named(&self, node: &Node, rev: RevisionRef) -> Result<(u64, String), WireError> {
        let text = self.text_of(node, rev.rev).await?;
        let made = self.made_before(node, rev.rev.min(i64::MAX as u64 - 1) + 1).await?;
        if rev.rev != made || !rev.fits(&text) {
            let message = format!("“{}” has no revision {}", node.title(), rev.rev);
            return Err(WireError::new(ErrorCode::NotFound, message).hint("heph page history shows them"));
        }
        Ok((rev.rev, text))
    }

    /// The text before a revision, under the revision that made it.
    async fn text_before(&self, node: &Node, rev: u64) -> Result<(u64, String), WireError> {
        let rev = self.made_before(node, rev).await?;
        Ok((rev, self.text_of(node, rev).await?))
    }

    /// The revision that made the text that a node had before one; 0 where it is the first text.
    async fn made_before(&self, node: &Node, rev: u64) -> Result<u64, WireError> {
        let made =
            self.db.text_history(node.id, Some((rev, 0)), 1).await.map_err(|error| store_error(&error))?;
        Ok(made.first().map_or(0, |(_, op)| op.rev))
    }

    async fn text_of(&self, node: &Node, rev: u64) -> Result<String, WireError> {
        let text = self.db.text_at(node.id, rev).await.map_err(|error| store_error(&error))?;
        Ok(text.unwrap_or_else(|| node.genesis()))
    }
}

/// Revisions as the wire has them, newest first, from their operations in that order and the text before the oldest.
fn revisions(base: String, records: Vec<(TxnRecord, OpRecord)>) -> Vec<TextRevision> {
    let (mut text, mut counted) = (base, 0);
    let mut shown: Vec<TextRevision> = Vec::with_capacity(records.len());
    for (txn, op) in records.into_iter().rev() {
        let derived = matches!(
            op.operation.body,
            Body::Text { derived: true, .. } | Body::TextFull { derived: true, .. }
        );
        let Some(after) = text_after(&text, op.operation.body) else { continue };
        counted += text.len() + after.len();
        let (added, removed) = if counted <= COUNTED_BYTES { lines_changed(&text, &after) } else { (0, 0) };
        shown.push(TextRevision {
            rev: RevisionToken::new(op.rev, text_hash(&after)).to_string(),
            at: time(txn.wall_ms),
            label: txn.label,
            added,
            removed,
            derived,
        });
        text = after;
    }
    shown.reverse();
    shown
}

/// Lines that came and that went.
fn lines_changed(before: &str, after: &str) -> (u32, u32) {
    let diff = TextDiff::configure().timeout(DIFF_TIME).diff_lines(before, after);
    let count = |tag| diff.iter_all_changes().filter(|change| change.tag() == tag).count() as u32;
    (count(ChangeTag::Insert), count(ChangeTag::Delete))
}
