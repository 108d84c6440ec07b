//! The log, read by node and by revision.

use sqlx::{AssertSqlSafe, Row as _};

use crate::domain::change::{Body, Kind};
use crate::domain::id::NodeId;
use crate::domain::sync::replay::text_after;
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
        // What carried texts to the hub is no change.
        self.operations(node, before, limit, "AND op.place < 2").await
    }

    /// The texts a node had, as [`Database::history`] has all its changes.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn text_history(
        &self,
        node: NodeId,
        before: Option<(u64, u32)>,
        limit: u32,
    ) -> Result<Vec<(TxnRecord, OpRecord)>, StoreError> {
        self.operations(node, before, limit, "AND op.kind IN (1, 2) AND op.place = 0").await
    }

    async fn operations(
        &self,
        node: NodeId,
        before: Option<(u64, u32)>,
        limit: u32,
        of_kinds: &'static str,
    ) -> Result<Vec<(TxnRecord, OpRecord)>, StoreError> {
        let sql = format!(
            "SELECT {OP_COLUMNS}, {TXN_COLUMNS} FROM op JOIN txn ON txn.rev = op.rev \
             WHERE op.ent = ? {of_kinds} AND (op.rev, op.idx) < (?, ?) ORDER BY op.rev DESC, op.idx DESC LIMIT ?"
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
        const CHAIN: &str = "SELECT rev, kind, body FROM op WHERE ent = $1 AND rev <= $2 AND kind IN (1, 2) AND place = 0 \
            AND rev >= ifnull((SELECT rev FROM op WHERE ent = $1 AND rev <= $2 AND kind = 2 AND place = 0 \
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
        // The plus keeps SQLite from scanning the whole log by the index on `ent`.
        let rows = sqlx::query("SELECT DISTINCT +ent AS ent FROM op WHERE rev > ? LIMIT ?")
            .bind(i64::try_from(rev).unwrap_or(i64::MAX))
            .bind(i64::from(limit) + 1)
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(|row| read_id(row, "ent")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::change::KEYFRAME_EVERY;
    use crate::domain::page::Journal;
    use crate::store::testing::{TestStore, node_id};

    #[tokio::test]
    async fn every_text_comes_back() {
        let mut store = TestStore::new().await;
        let journal = Journal::from_title("2026-11-23").unwrap();
        let id = journal.id();
        store.log.txn("today");
        store.log.set(id, &[("kind", "journal".into()), ("key", journal.key().into())]);
        store.log.txn("add");
        store.log.set(node_id(2), &[("title", "other".into())]);
        let mut texts = vec![journal.genesis(); 3];
        for n in 0..200 {
            store.log.txn("save");
            if n % 7 == 0 {
                // Two revisions of a text in one transaction.
                store.log.write(id, "gone again");
            }
            let text = format!("# 2026-11-23\n{}é\n{n}\n", "line\n".repeat(n % 13));
            store.log.write(id, &text);
            store.log.set(id, &[("title", "2026-11-23".into())]);
            texts.push(text);
            if n % 20 == 0 {
                store.commit().await;
            }
        }
        store.commit().await;
        assert!(store.log.nodes[&id].text.revisions > 3 * KEYFRAME_EVERY);
        for (rev, text) in texts.iter().enumerate() {
            let found = store.database.text_at(id, rev as u64).await.unwrap();
            assert_eq!(found.as_ref(), Some(text), "revision {rev}");
        }
        assert_eq!(store.database.text_at(id, u64::MAX).await.unwrap().as_ref(), texts.last());
        assert_eq!(store.database.text_at(node_id(2), 9).await.unwrap().as_deref(), Some(""));
        assert_eq!(store.database.text_at(node_id(9), 9).await.unwrap(), None);

        store.writer.execute("DELETE FROM op WHERE rev = 100 AND kind = 1").await;
        let error = store.database.text_at(id, 101).await.unwrap_err();
        assert!(matches!(error, StoreError::Corrupt(_)), "{error}");
        assert_eq!(store.database.text_at(id, 99).await.unwrap().as_ref(), Some(&texts[99]));
        assert_eq!(store.database.text_at(id, 202).await.unwrap().as_ref(), texts.last());
    }

    #[tokio::test]
    async fn history_goes_back_page_by_page() {
        let mut store = TestStore::new().await;
        for n in 0..10i64 {
            store.log.txn("mod").wall_ms = n;
            store.log.set(node_id(1), &[("priority", n.into())]);
            store.log.set(node_id(2), &[("priority", n.into())]);
            store.log.set(node_id(1), &[("lead", n.into())]);
        }
        let batch = store.commit().await;
        let mut expected: Vec<_> = batch
            .ops
            .iter()
            .filter(|op| op.operation.entity == node_id(1))
            .map(|op| (batch.txns[op.rev as usize - 1].clone(), op.clone()))
            .collect();
        expected.reverse();
        let (mut found, mut before) = (Vec::new(), None);
        loop {
            let page = store.database.history(node_id(1), before, 3).await.unwrap();
            let Some((_, last)) = page.last() else { break };
            before = Some((last.rev, last.index));
            found.extend(page);
        }
        assert_eq!(found, expected);
    }

    #[tokio::test]
    async fn changed_nodes_are_told_once_and_one_more_than_asked() {
        let mut store = TestStore::new().await;
        for n in [1, 2, 3, 2, 4, 2] {
            store.log.txn("mod");
            store.log.set(node_id(n), &[("title", "x".into())]);
        }
        store.commit().await;
        for (rev, limit, expected) in [
            (0, 10, vec![1, 2, 3, 4]),
            (3, 10, vec![2, 4]),
            (6, 10, vec![]),
            (0, 2, vec![1, 2, 3]),
            (u64::MAX, 1, vec![]),
        ] {
            let mut found = store.database.changed_since(rev, limit).await.unwrap();
            found.sort_unstable();
            assert_eq!(found, expected.into_iter().map(node_id).collect::<Vec<_>>(), "since {rev}");
        }
    }
}
