//! The fold of the log: what its operations, entity by entity, make of each node.

use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row as _};

use super::error::StoreError;
use super::log_row::{OP_COLUMNS, read_op};
use super::node_row::read_id;
use super::read::text_after;
use crate::domain::change::{Body, Operation};
use crate::domain::id::NodeId;
use crate::domain::node::Node;

/// Operations read at a time.
const STEP: i64 = 256;

/// Kinds from here on may be kept unread by a version that does not know them.
const FIRST_SKIPPABLE_KIND: u8 = 128;

/// What the log makes of one node.
#[derive(Debug)]
pub(super) struct Folded {
    /// The node.
    pub(super) node: Node,
    /// Its text, if an operation made one.
    pub(super) text: Option<String>,
    /// How many operations it has.
    pub(super) operations: u64,
    /// What of its log cannot be right.
    pub(super) problems: Vec<String>,
}

impl Folded {
    fn new(id: NodeId) -> Self {
        Self { node: Node::new(id), text: None, operations: 0, problems: Vec::new() }
    }

    fn apply(&mut self, rev: u64, operation: Operation) {
        self.node.apply(&operation);
        match operation.body {
            Body::Set { .. } => {}
            Body::Unknown { kind, .. } if kind >= FIRST_SKIPPABLE_KIND => {}
            Body::Unknown { kind, .. } => {
                self.problem(
                    rev,
                    &format!("an operation of kind {kind}, which a later version of heph made"),
                );
            }
            body => {
                let before = self.text.take().unwrap_or_else(|| self.node.genesis());
                match text_after(&before, body) {
                    Some(after) => {
                        self.node.set_text(&after, rev);
                        self.text = Some(after);
                    }
                    None => {
                        self.text = Some(before);
                        self.problem(rev, "a text that does not follow from the one before");
                    }
                }
            }
        }
    }

    fn problem(&mut self, rev: u64, what: &str) {
        self.problems.push(format!("node {} has, at revision {rev}, {what}", self.node.id));
    }
}

/// Folds the log, in order of the nodes' ids, a step at a time so that memory stays bounded.
#[derive(Debug)]
pub(super) struct Fold {
    after: (Vec<u8>, i64, i64),
    current: Option<Folded>,
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
    ) -> Result<Option<Vec<Folded>>, StoreError> {
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
                whole.extend(self.current.replace(Folded::new(entity)));
            }
            let Some(folded) = &mut self.current else { continue };
            folded.operations += 1;
            match read_op(row) {
                Ok(op) => folded.apply(op.rev, op.operation),
                Err(StoreError::Corrupt(problem)) => folded.problems.push(problem),
                Err(error) => return Err(error),
            }
            self.after = (row.try_get("ent")?, row.try_get("rev")?, row.try_get("idx")?);
        }
        if (rows.len() as i64) < STEP {
            whole.extend(self.current.take());
            self.is_done = true;
        }
        Ok(Some(whole))
    }
}
