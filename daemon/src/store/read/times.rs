//! Tasks on which time was clocked.

use sqlx::AssertSqlSafe;

use crate::domain::node::{Node, register};
use crate::store::node_row::{NODE_COLUMNS, read_node};
use crate::store::{Database, StoreError};

impl Database {
    /// Tasks that are not in the trash, have clock intervals, and were changed since an instant in Unix milliseconds.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn clocked_tasks(&self, since: i64) -> Result<Vec<Node>, StoreError> {
        let query = format!(
            "SELECT {NODE_COLUMNS} FROM node WHERE kind = 'task' AND trashed = 0 AND modified >= ? \
             AND instr(vals, CAST(? AS BLOB)) > 0"
        );
        let rows = sqlx::query(AssertSqlSafe(query))
            .bind(since)
            .bind(register::TIME)
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(read_node).collect()
    }
}
