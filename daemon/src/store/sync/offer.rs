//! What is not at the hub, in the order in which it was made.

use std::collections::HashSet;

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::read::op_id;
use crate::domain::change::Kind;
use crate::domain::id::{NodeId, OpId};
use crate::store::node_row::read_id;
use crate::store::{Database, StoreError};

/// How far the unsent part of the log is gone through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Offering {
    rev: i64,
    index: i64,
}

/// Something that is not at the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsent {
    /// An operation that goes as it is.
    Operation {
        /// Its revision.
        rev: u64,
        /// Its id.
        id: OpId,
        /// Its node.
        node: NodeId,
        /// Its kind.
        kind: Kind,
        /// How far the hub's log was read.
        cursor: u64,
        /// Its body.
        body: Vec<u8>,
    },
    /// A page that has texts; they go as one.
    Text(UnsentText),
}

/// A page that has texts which are not at the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnsentText {
    /// The page.
    pub node: NodeId,
    /// Whether this one was typed.
    pub is_typed: bool,
}

impl Database {
    /// The next of what is not at the hub and not parked, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn unsent(&self, after: &mut Offering, limit: u32) -> Result<Vec<Unsent>, StoreError> {
        const NEXT: &str = "SELECT op.rev, op.idx, op.op_id, op.ent, op.kind, op.cursor, op.body FROM op \
            LEFT JOIN parked ON parked.op_id = op.op_id \
            WHERE op.hub_seq IS NULL AND op.carried_by IS NULL AND (op.rev, op.idx) > (?, ?) \
            AND parked.op_id IS NULL ORDER BY op.rev, op.idx LIMIT ?";
        let rows =
            sqlx::query(NEXT).bind(after.rev).bind(after.index).bind(limit).fetch_all(&self.readers).await?;
        if let Some(last) = rows.last() {
            *after = Offering { rev: last.try_get("rev")?, index: last.try_get("idx")? };
        }
        rows.iter().map(read).collect()
    }

    /// Those of these pages that have a text which is not at the hub and was typed.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn typed(&self, ids: &[NodeId]) -> Result<HashSet<NodeId>, StoreError> {
        const TEXTS: &str = "SELECT ent, kind, body FROM op WHERE ent IN (SELECT unhex(value) FROM json_each(?)) \
            AND hub_seq IS NULL AND carried_by IS NULL AND place = 0 AND kind < 3";
        let mut typed = HashSet::new();
        for row in self.by_ids(TEXTS, ids.iter().map(NodeId::as_bytes)).await? {
            if !crate::domain::change::is_derived(Kind(row.try_get("kind")?), row.try_get("body")?) {
                typed.insert(read_id(&row, "ent")?);
            }
        }
        Ok(typed)
    }
}

fn read(row: &SqliteRow) -> Result<Unsent, StoreError> {
    let kind = Kind(row.try_get("kind")?);
    let node = read_id(row, "ent")?;
    let body: &[u8] = row.try_get("body")?;
    if kind.is_text() {
        let is_derived = crate::domain::change::is_derived(kind, body);
        return Ok(Unsent::Text(UnsentText { node, is_typed: !is_derived }));
    }
    Ok(Unsent::Operation {
        rev: row.try_get::<i64, _>("rev")? as u64,
        id: op_id(row)?,
        node,
        kind,
        cursor: row.try_get::<Option<i64>, _>("cursor")?.unwrap_or_default() as u64,
        body: body.to_vec(),
    })
}
