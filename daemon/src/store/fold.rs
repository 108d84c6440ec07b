//! The fold of the log: what its operations, entity by entity, make of each node.

use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row as _};

use super::error::StoreError;
use super::log_row::{OP_COLUMNS, read_op};
use super::node_row::read_id;
use crate::domain::sync::replay::Replay;

/// Operations read at a time.
const STEP: i64 = 256;

/// Folds the log, in order of the nodes' ids, a step at a time so that memory stays bounded.
#[derive(Debug)]
pub(super) struct Fold {
    after: (Vec<u8>, i64, i64),
    current: Option<Replay>,
    is_done: bool,
}

impl Fold {
    pub(super) fn new() -> Self {
        Self { after: (Vec::new(), 0, 0), current: None, is_done: false }
    }

    /// Whether every operation was read.
    pub(super) fn is_done(&self) -> bool {
        self.is_done
    }

    /// Reads on, and answers the nodes all of whose operations were read; `None` after the last.
    pub(super) async fn step(
        &mut self,
        connection: &mut SqliteConnection,
    ) -> Result<Option<Vec<Replay>>, StoreError> {
        if self.is_done {
            return Ok(None);
        }
        let sql = format!(
            "SELECT {OP_COLUMNS} FROM op WHERE (ent, rev, idx) > (?, ?, ?) ORDER BY ent, rev, idx LIMIT {STEP}"
        );
        let (ent, rev, index) = &self.after;
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(ent.as_slice())
            .bind(rev)
            .bind(index)
            .fetch_all(connection)
            .await?;
        let mut whole = Vec::new();
        for row in &rows {
            let entity = read_id(row, "ent")?;
            if self.current.as_ref().is_none_or(|folded| folded.node.id != entity) {
                whole.extend(self.current.replace(Replay::new(entity)).map(Replay::finish));
            }
            let Some(folded) = &mut self.current else { continue };
            match read_op(row) {
                Ok(op) => folded.apply(op.rev, op.operation, &op.trace),
                Err(StoreError::Corrupt(problem)) => folded.skip(problem),
                Err(error) => return Err(error),
            }
            self.after = (row.try_get("ent")?, row.try_get("rev")?, row.try_get("idx")?);
        }
        if (rows.len() as i64) < STEP {
            whole.extend(self.current.take().map(Replay::finish));
            self.is_done = true;
        }
        Ok(Some(whole))
    }
}
