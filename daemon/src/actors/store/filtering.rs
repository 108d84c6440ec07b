//! Filters: read, looked up where the tasks' own fields do not answer, and explained.

use std::collections::HashSet;

use heph_protocol::envelope::to_map;
use heph_protocol::error::Span;
use heph_protocol::response::FilterExplained;
use heph_protocol::{ErrorCode, WireError};

use super::answer::Answering;
use crate::domain::date::Now;
use crate::domain::id::NodeId;
use crate::domain::task::filter::{BoundFilter, LinkTarget};
use crate::rpc::{canonical_filter, filter_of, store_error};

impl Answering {
    /// Parses a filter; ids in it are looked up.
    pub(super) fn filter(&self, text: &str, now: &Now) -> Result<BoundFilter, WireError> {
        let model = self.model.borrow();
        filter_of(text, now, &model.short_ids, &model.open.settings().vocabulary)
    }

    /// A filter that can be asked now: it can be read, and what it links to is there.
    pub(super) async fn usable(&self, text: &str, now: &Now) -> Result<BoundFilter, WireError> {
        let filter = self.filter(text, now)?;
        for target in filter.link_targets() {
            self.find(&target.reference, now).await.map_err(|error| placed(error, text, target))?;
        }
        Ok(filter)
    }

    /// What the tasks' own fields do not answer: for each text of a filter the tasks whose body has it, then for each
    /// of its links who links there.
    pub(super) async fn looked_up(
        &self,
        filter: Option<&BoundFilter>,
        now: &Now,
    ) -> Result<Vec<HashSet<NodeId>>, WireError> {
        let Some(filter) = filter else { return Ok(Vec::new()) };
        let mut found = self.bodies(filter).await?;
        for target in filter.link_targets() {
            found.push(self.who_links(filter.text(), target, now).await?);
        }
        Ok(found)
    }

    async fn bodies(&self, filter: &BoundFilter) -> Result<Vec<HashSet<NodeId>>, WireError> {
        let terms = filter.text_terms();
        let mut hits = vec![HashSet::new(); terms.len()];
        if terms.is_empty() {
            return Ok(hits);
        }
        let each = &mut |id: NodeId, body: &str| {
            for (term, hits) in terms.iter().zip(&mut hits) {
                if term.is_in(body) {
                    hits.insert(id);
                }
            }
        };
        let scope = filter.scope();
        let is_all = scope.closed || scope.trashed;
        self.db.task_bodies(is_all, each).await.map_err(|error| store_error(&error))?;
        Ok(hits)
    }

    /// The nodes that link to what a filter names.
    async fn who_links(
        &self,
        filter: &str,
        target: &LinkTarget,
        now: &Now,
    ) -> Result<HashSet<NodeId>, WireError> {
        let node = self.find(&target.reference, now).await.map_err(|error| placed(error, filter, target))?;
        let text = self.text(&node).await?;
        let (sources, _) = self.linking(&node, &text).await?;
        Ok(sources.into_iter().map(|source| source.node).collect())
    }

    /// Tells how a filter was understood.
    pub(super) async fn explain(&self, text: &str, now: &Now) -> Result<Vec<u8>, WireError> {
        let filter = self.usable(text, now).await?;
        let scope = filter.scope();
        let mut from = vec!["memory"];
        if !filter.text_terms().is_empty() {
            from.push("task bodies in the store");
        }
        if !filter.link_targets().is_empty() {
            from.push("links in the store");
        }
        if scope.closed || scope.trashed {
            from.push("closed or deleted tasks in the store");
        }
        Ok(to_map(&FilterExplained {
            parse: filter.explain(now),
            canonical: canonical_filter(text, &self.model.borrow().open.settings().vocabulary)?,
            answered_from: from.join(" and "),
        }))
    }
}

/// An error about what a filter links to, with its place in the filter.
fn placed(mut error: WireError, filter: &str, target: &LinkTarget) -> WireError {
    if matches!(error.code, ErrorCode::NotFound | ErrorCode::Ambiguous) {
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let span = Span { text: filter.to_owned(), start: place(target.start), end: place(target.end) };
        error.data.get_or_insert_default().span = Some(span);
    }
    error
}
