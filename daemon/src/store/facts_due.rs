//! Reads what the texts of an older store say, when it is opened first by a version that wants to know.

use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::check::facts_of;
use super::error::StoreError;
use super::node_row::{FACT, NODE_COLUMNS, bind_fact, read_id, read_node};
use super::statement::{Load, write_rows};
use crate::domain::id::NodeId;

/// Nodes read in one transaction.
const STEP: usize = 256;

/// Writes the facts of all nodes that are due; what was done stays done if it is cut off.
pub(super) async fn write_due_facts(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let mut written = 0;
    loop {
        let sql = format!(
            "SELECT {NODE_COLUMNS}, text.body FROM (SELECT node FROM fact_due ORDER BY node LIMIT {STEP}) AS due \
             JOIN node ON node.id = due.node LEFT JOIN text ON text.node = due.node ORDER BY node.id"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&mut *connection).await?;
        let Some(last) = rows.last() else { break };
        let last = read_id(last, "id")?;
        let mut nodes = Vec::with_capacity(rows.len());
        let mut texts: Vec<(NodeId, String)> = Vec::with_capacity(rows.len());
        for row in &rows {
            let node = read_node(row)?;
            texts.extend(row.try_get::<Option<String>, _>("body")?.map(|text| (node.id, text)));
            nodes.push(node);
        }
        let facts = facts_of(&nodes, &texts);
        let loads = vec![Load::new(&FACT, &facts, bind_fact)];
        write_rows(connection, vec![loads], "BEGIN IMMEDIATE;", "").await?;
        sqlx::query("DELETE FROM fact_due WHERE node <= ?")
            .bind(last.as_bytes().as_slice())
            .execute(&mut *connection)
            .await?;
        sqlx::query("COMMIT").execute(&mut *connection).await?;
        written += rows.len();
    }
    if written > 0 {
        tracing::info!(nodes = written, "links and tags of the texts were read");
    }
    Ok(())
}
