//! The log, read by node and by revision.

use sqlx::{AssertSqlSafe, Row as _};

use crate::domain::change::{Body, Kind, apply_splices, text_hash};
use crate::domain::id::NodeId;
use crate::store::log_row::{OP_COLUMNS, TXN_COLUMNS, read_op, read_txn};
use crate::store::node_row::read_id;
use crate::store::{Database, OpRecord, StoreError, TxnRecord};

impl Database {
    /// What happened to a node, newest first, before a place in the log (revision and index), at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn history(
        &self,
        node: NodeId,
        before: Option<(u64, u32)>,
        limit: u32,
    ) -> Result<Vec<(TxnRecord, OpRecord)>, StoreError> {
        let sql = format!(
            "SELECT {OP_COLUMNS}, {TXN_COLUMNS} FROM op JOIN txn ON txn.rev = op.rev \
             WHERE op.ent = ? AND (op.rev, op.idx) < (?, ?) ORDER BY op.rev DESC, op.idx DESC LIMIT ?"
        );
        let (rev, index) = before.unwrap_or((i64::MAX as u64, 0));
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(node.as_bytes().as_slice())
            .bind(rev as i64)
            .bind(i64::from(index))
            .bind(i64::from(limit))
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(|row| Ok((read_txn(row)?, read_op(row)?))).collect()
    }

    /// The text a node had at a revision; `None` for a node there is not.
    ///
    /// Goes from the newest keyframe on, and checks the hash every step names.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when the chain is broken.
    pub async fn text_at(&self, node: NodeId, rev: u64) -> Result<Option<String>, StoreError> {
        const CHAIN: &str = "SELECT rev, kind, body FROM op WHERE ent = $1 AND rev <= $2 AND kind IN (1, 2) \
            AND rev >= ifnull((SELECT rev FROM op WHERE ent = $1 AND rev <= $2 AND kind = 2 \
                ORDER BY rev DESC LIMIT 1), 0) \
            ORDER BY rev, idx";
        let Some(owner) = self.nodes(&[node]).await?.remove(&node) else { return Ok(None) };
        let rows = sqlx::query(CHAIN)
            .bind(node.as_bytes().as_slice())
            .bind(i64::try_from(rev).unwrap_or(i64::MAX))
            .fetch_all(&self.readers)
            .await?;
        let mut steps = Vec::with_capacity(rows.len());
        for row in &rows {
            let rev: i64 = row.try_get("rev")?;
            let kind = Kind(row.try_get("kind")?);
            let body = Body::decode(kind, row.try_get("body")?)
                .map_err(|_| StoreError::malformed(format_args!("a text of revision {rev}")))?;
            steps.push((rev, body));
        }
        // Splices in front of the keyframe, in its own revision, belong to a text that was not read.
        let keyframe = steps.iter().rposition(|(_, body)| matches!(body, Body::TextFull { .. }));
        let mut text = owner.genesis();
        for (rev, body) in steps.into_iter().skip(keyframe.unwrap_or(0)) {
            text = text_after(&text, body)
                .ok_or_else(|| StoreError::Corrupt(format!("the text of {node} at revision {rev}")))?;
        }
        Ok(Some(text))
    }

    /// The nodes that changed after a revision, in no order, at most `limit` and one more.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn changed_since(&self, rev: u64, limit: u32) -> Result<Vec<NodeId>, StoreError> {
        let rows = sqlx::query("SELECT DISTINCT ent FROM op WHERE rev > ? LIMIT ?")
            .bind(i64::try_from(rev).unwrap_or(i64::MAX))
            .bind(i64::from(limit) + 1)
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(|row| read_id(row, "ent")).collect()
    }
}

/// The text a text operation makes of the one before it; `None` when it does not fit.
pub(in crate::store) fn text_after(before: &str, body: Body) -> Option<String> {
    match body {
        Body::TextFull { text, .. } => Some(text),
        Body::Text { splices, hash, .. } => {
            apply_splices(before, &splices).ok().filter(|after| text_hash(after) == hash)
        }
        Body::Set { .. } | Body::Unknown { .. } => None,
    }
}
