//! Files that belong to nodes.

use sqlx::AssertSqlSafe;

use crate::domain::node::{Node, register};
use crate::store::node_row::{NODE_COLUMNS, read_node};
use crate::store::{Database, StoreError};

impl Database {
    /// Nodes that have files, those in the trash too: of all, or of those that a file was attached to after a revision.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn nodes_with_files(&self, after: Option<u64>) -> Result<Vec<Node>, StoreError> {
        // What was attached stands in the log as well, and there the newest are found without a look at all nodes.
        let query = match after {
            None => format!("SELECT {NODE_COLUMNS} FROM node WHERE instr(vals, CAST(?1 AS BLOB)) > 0"),
            Some(_) => format!(
                "SELECT {NODE_COLUMNS} FROM node WHERE instr(vals, CAST(?1 AS BLOB)) > 0 AND id IN \
                 (SELECT ent FROM op WHERE rev > ?2 AND instr(body, CAST(?1 AS BLOB)) > 0)"
            ),
        };
        let query = sqlx::query(AssertSqlSafe(query)).bind(register::ATTACHMENT);
        let query = match after {
            None => query,
            Some(after) => query.bind(i64::try_from(after).unwrap_or(i64::MAX)),
        };
        query.fetch_all(&self.readers).await?.iter().map(read_node).collect()
    }
}
