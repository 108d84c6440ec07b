//! Nodes and texts by their ids.

use std::collections::HashMap;

use sqlx::{AssertSqlSafe, Row as _};

use super::id_list;
use crate::domain::id::NodeId;
use crate::domain::node::Node;
use crate::store::node_row::{NODE_COLUMNS, read_id, read_node};
use crate::store::{Database, StoreError};

/// The store in figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// All nodes, those in the trash included.
    pub nodes: u64,
    /// Tasks that stand in the open lists.
    pub open_tasks: u64,
}

impl Database {
    /// The nodes of these ids, as far as they exist.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn nodes(&self, ids: &[NodeId]) -> Result<HashMap<NodeId, Node>, StoreError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let sql =
            format!("SELECT {NODE_COLUMNS} FROM node WHERE id IN (SELECT unhex(value) FROM json_each(?))");
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(id_list(ids.iter().map(NodeId::as_bytes)))
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(|row| read_node(row).map(|node| (node.id, node))).collect()
    }

    /// The texts of these nodes; a node without one has its genesis text.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn texts(&self, ids: &[NodeId]) -> Result<HashMap<NodeId, String>, StoreError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows =
            sqlx::query("SELECT node, body FROM text WHERE node IN (SELECT unhex(value) FROM json_each(?))")
                .bind(id_list(ids.iter().map(NodeId::as_bytes)))
                .fetch_all(&self.readers)
                .await?;
        rows.iter().map(|row| Ok((read_id(row, "node")?, row.try_get("body")?))).collect()
    }

    /// The store in figures.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn counts(&self) -> Result<Counts, StoreError> {
        const COUNTS: &str = "SELECT (SELECT count(*) FROM node WHERE kind <> 'settings') AS nodes, \
            (SELECT count(*) FROM node WHERE open = 1) AS open_tasks";
        let row = sqlx::query(COUNTS).fetch_one(&self.readers).await?;
        Ok(Counts {
            nodes: row.try_get::<i64, _>("nodes")? as u64,
            open_tasks: row.try_get::<i64, _>("open_tasks")? as u64,
        })
    }
}
