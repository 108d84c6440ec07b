//! `task.bulk`, and `task.modify` with a filter: one change of all tasks that match.

use heph_protocol::request;
use heph_protocol::{ErrorCode, WireError};

use super::answer::{Answering, Asking};
use crate::domain::date::Now;
use crate::domain::id::NodeId;
use crate::domain::verbs::Command;
use crate::rpc::{Asked, bulk_command, scope};

/// The most tasks one filter may change.
const MAX_BULK: usize = 100_000;

impl Answering {
    /// Does the same to all tasks that match a filter.
    pub(super) async fn bulk(&self, asked: request::TaskBulk, asking: Asking) -> Result<Vec<u8>, WireError> {
        let references = self.matching(&asked.filter, &asking.now).await?;
        let command = bulk_command(&asked, references);
        self.mutate(Asked { command, dry_run: asked.dry_run }, asking).await
    }

    /// Changes all tasks that match a filter.
    pub(super) async fn modify_matching(
        &self,
        asked: request::TaskModify,
        asking: Asking,
    ) -> Result<Vec<u8>, WireError> {
        if !asked.references.is_empty() {
            return Err(WireError::new(ErrorCode::Invalid, "tasks are named and a filter is given as well")
                .hint("leave one of the two out"));
        }
        let filter = asked.filter.as_deref().unwrap_or_default();
        let references = self.matching(filter, &asking.now).await?;
        let command = Command::Modify { references, changes: asked.changes, scope: scope(asked.scope) };
        self.mutate(Asked { command, dry_run: asked.dry_run }, asking).await
    }

    /// Ids of every task a filter matches, as references for a change of all of them.
    async fn matching(&self, filter: &str, now: &Now) -> Result<Vec<String>, WireError> {
        if filter.trim().is_empty() {
            return Err(WireError::new(ErrorCode::Invalid, "an empty filter would change every task")
                .hint("name the tasks, or a filter such as proj:Home"));
        }
        let filter = self.filter(filter, now)?;
        let found = self.looked_up(Some(&filter), now).await?;
        let mut ids: Vec<NodeId> =
            self.all_matching(&filter, &found, now).await?.iter().map(|task| task.id).collect();
        ids.sort_unstable();
        if ids.len() > MAX_BULK {
            return Err(WireError::new(
                ErrorCode::Refused,
                format!("{} tasks are too many at once", ids.len()),
            )
            .hint("narrow the filter"));
        }
        Ok(ids.iter().map(ToString::to_string).collect())
    }
}
