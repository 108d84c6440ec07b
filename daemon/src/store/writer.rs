//! The one connection that writes.

use std::collections::HashSet;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};

use super::error::StoreError;
use super::log_row::{BURNT, FIRED, OP, TXN, bind_burnt, bind_fired, bind_op, bind_txn};
use super::node_row::{
    ALIAS, ALIAS_GONE, FACT, FACT_GONE, NODE, TEXT, alias_keys, bind_alias, bind_fact, bind_id, bind_node,
    bind_text,
};
use super::record::{Batch, OpRecord};
use super::statement::{Load, write_rows};
use crate::domain::change::Body;
use crate::domain::id::NodeId;
use crate::domain::node::{Node, register};

/// Outcomes forgotten in one transaction, so that a writer that waits is not held up for long.
const FORGET_AT_ONCE: i64 = 2_000;

/// Operations and indexed documents after which the write-ahead log is copied into the file: some 4,000 pages of it.
/// Every fourth megabyte would be half the work of an import; see docs/decisions/0001-write-path.md.
const CHECKPOINT_EVERY: usize = 500;

/// And while others wait to be written: the log then grows to some tens of MiB.
const CHECKPOINT_AT_LATEST: usize = 4_000;

/// The one connection that writes. After any error it is closed, which rolls back what is half done, and opened anew.
///
/// The caller sees to it that no future of a writer is dropped half way: whether its change was then written is open.
#[derive(Debug)]
pub struct Writer {
    options: SqliteConnectOptions,
    /// Out of its place while in use, so that a future dropped half way leaves no half-run transaction behind.
    connection: Option<SqliteConnection>,
    /// Operations and documents since the log was last copied into the file.
    unchecked: usize,
}

impl Writer {
    pub(super) fn new(options: SqliteConnectOptions, connection: SqliteConnection) -> Self {
        Self { options, connection: Some(connection), unchecked: 0 }
    }

    /// Writes a batch; when it returns, the batch is on disk, whole.
    ///
    /// # Errors
    /// [`StoreError`], and nothing of the batch was written. A mutation or operation id that stands in the log already
    /// is a constraint error ([`StoreError::is_constraint`]).
    pub async fn commit(&mut self, batch: &Batch) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        self.unchecked += batch.ops.len();
        let mut connection = self.take().await?;
        let written = write_batch(&mut connection, batch).await;
        self.put_back(connection, written).await
    }

    /// Forgets the outcomes and burnt ids of mutations before an instant in Unix milliseconds, and answers how many.
    ///
    /// The ids of applied mutations stay, so that a repeat is never applied twice.
    ///
    /// # Errors
    /// [`StoreError`]; what was forgotten until then stays so.
    pub async fn forget_outcomes(&mut self, before_ms: i64) -> Result<u64, StoreError> {
        const OUTCOMES: &str = "UPDATE txn SET outcome = NULL WHERE rev IN \
            (SELECT rev FROM txn WHERE outcome IS NOT NULL AND wall_ms < $1 ORDER BY rev LIMIT $2)";
        const BURNT: &str = "DELETE FROM burnt WHERE mutation_id IN \
            (SELECT mutation_id FROM burnt WHERE at_ms < $1 LIMIT $2)";
        let mut forgotten = 0;
        for statement in [OUTCOMES, BURNT] {
            loop {
                let mut connection = self.take().await?;
                let done = sqlx::query(statement)
                    .bind(before_ms)
                    .bind(FORGET_AT_ONCE)
                    .execute(&mut connection)
                    .await
                    .map_err(StoreError::from);
                let done = self.put_back(connection, done).await?.rows_affected();
                forgotten += done;
                if done < FORGET_AT_ONCE as u64 {
                    break;
                }
            }
        }
        Ok(forgotten)
    }

    /// Forgets reminders that fired before an instant in Unix milliseconds.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn forget_reminders(&mut self, before_ms: i64) -> Result<(), StoreError> {
        const FIRED: &str = "DELETE FROM fired_reminder WHERE at_ms < ?";
        let mut connection = self.take().await?;
        let done = sqlx::query(FIRED).bind(before_ms).execute(&mut connection).await;
        self.put_back(connection, done.map(drop).map_err(StoreError::from)).await
    }

    /// Notes that documents were indexed.
    pub(super) fn wrote(&mut self, documents: usize) {
        self.unchecked += documents;
    }

    /// Copies the write-ahead log into the database file if much was written since, which can wait a while when more is
    /// to be written. To be called when nobody waits for an answer to what was written.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is lost then.
    pub async fn checkpoint_when_due(&mut self, more_waits: bool) -> Result<(), StoreError> {
        let due = if more_waits { CHECKPOINT_AT_LATEST } else { CHECKPOINT_EVERY };
        if self.unchecked < due {
            return Ok(());
        }
        self.unchecked = 0;
        self.run("PRAGMA wal_checkpoint(PASSIVE)").await
    }

    /// Copies the write-ahead log into the database file and empties it, as far as no reader is in the way.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is lost then.
    pub async fn checkpoint(&mut self) -> Result<(), StoreError> {
        self.run("PRAGMA wal_checkpoint(TRUNCATE)").await
    }

    /// Renews the statistics by which SQLite plans, where they are old.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn optimize(&mut self) -> Result<(), StoreError> {
        self.run("PRAGMA optimize").await
    }

    /// Closes the connection.
    ///
    /// # Errors
    /// [`StoreError`] when the last checkpoint fails; nothing is lost then.
    pub async fn close(mut self) -> Result<(), StoreError> {
        match self.connection.take() {
            Some(connection) => Ok(connection.close().await?),
            None => Ok(()),
        }
    }

    async fn run(&mut self, statement: &'static str) -> Result<(), StoreError> {
        let mut connection = self.take().await?;
        let done = sqlx::query(statement).execute(&mut connection).await.map(drop).map_err(StoreError::from);
        self.put_back(connection, done).await
    }

    pub(super) async fn take(&mut self) -> Result<SqliteConnection, StoreError> {
        match self.connection.take() {
            Some(connection) => Ok(connection),
            None => Ok(self.options.connect().await?),
        }
    }

    /// Keeps the connection after a success and closes it after an error.
    pub(super) async fn put_back<T>(
        &mut self,
        connection: SqliteConnection,
        result: Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match &result {
            Ok(_) => self.connection = Some(connection),
            Err(error) => {
                tracing::warn!(%error, "a write failed, the writer's connection is opened anew");
                if let Err(error) = connection.close().await {
                    tracing::warn!(%error, "the writer's connection did not close cleanly");
                }
            }
        }
        result
    }

    /// Does to the store what a person with SQLite's shell might.
    #[cfg(test)]
    pub(super) async fn execute(&mut self, sql: &str) {
        let mut connection = self.take().await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        self.connection = Some(connection);
    }

    /// Caps the database at its present size and some more pages, as a full disk does.
    #[cfg(test)]
    pub(super) async fn cap_pages(&mut self, more: i64) {
        let mut connection = self.take().await.unwrap();
        let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&mut connection).await.unwrap();
        self.connection = Some(connection);
        self.options = self.options.clone().pragma("max_page_count", (pages + more).to_string());
        self.connection.take().unwrap().close().await.unwrap();
    }
}

async fn write_batch(connection: &mut SqliteConnection, batch: &Batch) -> Result<(), StoreError> {
    let renamed = nodes_with_other_aliases(batch);
    let aliases: Vec<(NodeId, &str)> =
        renamed.iter().flat_map(|node| alias_keys(node).map(|key| (node.id, key))).collect();
    let gone: Vec<NodeId> = renamed.iter().map(|node| node.id).collect();
    let clock = batch.clock;
    let rows = vec![
        Load::new(&TXN, &batch.txns, move |txn, arguments| bind_txn(txn, clock, arguments)),
        Load::new(&OP, &batch.ops, bind_op),
        Load::new(&NODE, &batch.nodes, bind_node),
        Load::new(&TEXT, &batch.texts, bind_text),
        Load::new(&BURNT, &batch.burnt, bind_burnt),
        Load::new(&FIRED, &batch.fired, bind_fired),
        Load::new(&ALIAS_GONE, &gone, bind_id),
        Load::new(&FACT_GONE, &batch.facts.gone, bind_fact),
    ];
    let second =
        vec![Load::new(&ALIAS, &aliases, bind_alias), Load::new(&FACT, &batch.facts.come, bind_fact)];
    let [first, gone, come] = super::sync::loads(&batch.sync);
    let phases = vec![rows, second, first, gone, come];
    write_rows(connection, phases, "BEGIN IMMEDIATE;", "COMMIT").await
}

/// The nodes of which an operation of the batch wrote an alias.
fn nodes_with_other_aliases(batch: &Batch) -> Vec<&Node> {
    let writes_alias = |op: &&OpRecord| match &op.operation.body {
        Body::Set { registers, .. } => registers.iter().any(|(name, _)| name.starts_with(register::ALIAS)),
        _ => false,
    };
    let entities: HashSet<NodeId> =
        batch.ops.iter().filter(writes_alias).map(|op| op.operation.entity).collect();
    batch.nodes.iter().filter(|node| entities.contains(&node.id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::value::Value;
    use crate::store::testing::{NOW, TestStore, group_id, mutation_id, node_id};
    use crate::store::{GroupRecord, Recorded, Role, StoreError, check};

    #[tokio::test]
    async fn every_column_comes_back() {
        let mut store = TestStore::new().await;
        let (task, page) = (node_id(1), node_id(2));
        let txn = store.log.txn("add");
        (txn.mutation_id, txn.group, txn.outcome) = (Some(mutation_id(1)), Some(group_id(1)), vec![1, 2, 3]);
        store.log.set(task, &[("kind", "task".into()), ("title", "Call\0 Zoë".into()), ("due", Value::Nil)]);
        store.log.write(task, "one\0two\n\u{feff}😀");
        let txn = store.log.txn("undo add");
        (txn.group, txn.undoes, txn.role, txn.wall_ms) =
            (Some(group_id(2)), Some(group_id(1)), Role::Undo, -5);
        store.log.set(page, &[("kind", "page".into()), ("title", "Home".into()), ("alias:x", "X".into())]);
        store.log.set(task, &[("trashed", Value::Bool(true)), ("title", "Call".into())]);
        let batch = store.commit().await;

        let nodes = store.database.nodes(&[task, page, node_id(9)]).await.unwrap();
        assert_eq!(nodes.len(), 2);
        assert!(batch.nodes.iter().all(|node| nodes[&node.id] == *node));
        let texts = store.database.texts(&[task, page]).await.unwrap();
        assert_eq!(texts.into_iter().collect::<Vec<_>>(), batch.texts);
        for (group, rev) in [(group_id(1), 1), (group_id(2), 2)] {
            let expected = GroupRecord {
                txns: batch.txns.iter().filter(|txn| txn.rev == rev).cloned().collect(),
                ops: batch.ops.iter().filter(|op| op.rev == rev).cloned().collect(),
                lost: Vec::new(),
            };
            assert_eq!(store.database.group(group).await.unwrap(), Some(expected));
        }
        assert_eq!(store.database.group(group_id(3)).await.unwrap(), None);
        let report = check(&store.database).await.unwrap();
        assert_eq!((report.nodes, report.operations, report.problems), (2, 4, vec![]));
    }

    #[tokio::test]
    async fn batches_of_any_size_are_written_whole() {
        let mut store = TestStore::new().await;
        let mut written = 0u64;
        for size in [1, 2, 3, 4, 5, 15, 17, 37, 64, 65, 150, 253] {
            for _ in 0..size {
                let id = NodeId::from_bytes((u128::from(written) + 1).to_be_bytes());
                store.log.txn("add");
                store.log.set(id, &[("kind", "page".into()), ("title", "T".into()), ("alias:a", "A".into())]);
                if written.is_multiple_of(3) {
                    store.log.write(id, "body");
                }
                written += 1;
            }
            store.commit().await;
            assert_eq!(store.database.counts().await.unwrap().nodes, written);
        }
        assert_eq!(check(&store.database).await.unwrap().problems, Vec::<String>::new());
    }

    #[tokio::test]
    async fn a_mutation_is_never_applied_twice() {
        let mut store = TestStore::new().await;
        store.log.txn("add").mutation_id = Some(mutation_id(1));
        store.log.set(node_id(1), &[("title", "one".into())]);
        store.commit().await;
        let before = (store.log.nodes.clone(), store.log.rev());

        for _ in 0..70 {
            store.log.txn("add");
            store.log.set(node_id(2), &[("title", "two".into())]);
        }
        store.log.txn("add").mutation_id = Some(mutation_id(1));
        store.log.set(node_id(1), &[("title", "twice".into())]);
        let error = store.writer.commit(&store.log.take()).await.unwrap_err();
        assert!(error.is_constraint() && !error.is_retryable(), "{error}");

        let nodes = store.database.nodes(&[node_id(1), node_id(2)]).await.unwrap();
        assert_eq!(nodes.into_iter().collect::<Vec<_>>(), before.0.clone().into_iter().collect::<Vec<_>>());
        store.log = crate::store::testing::Log::new(store.identity);
        (store.log.nodes, store.identity.revision) = before;
        store.log.skip_to(store.identity.revision);
        store.log.txn("add");
        store.log.set(node_id(3), &[("title", "three".into())]);
        store.commit().await;
        assert_eq!(check(&store.database).await.unwrap().problems, Vec::<String>::new());
    }

    #[tokio::test]
    async fn a_full_disk_refuses_the_write_and_recovers() {
        let mut store = TestStore::new().await;
        store.log.txn("add");
        store.log.set(node_id(1), &[("title", "one".into())]);
        store.commit().await;
        store.writer.cap_pages(1).await;
        let (nodes, texts) = (store.log.nodes.clone(), store.log.texts.clone());
        store.log.txn("save");
        store.log.write(node_id(1), &"x".repeat(1 << 16));
        let large = store.log.take();
        for _ in 0..2 {
            let error = store.writer.commit(&large).await.unwrap_err();
            assert!(matches!(error, StoreError::Full) && error.is_retryable(), "{error}");
        }
        let read = store.database.nodes(&[node_id(1)]).await.unwrap();
        assert_eq!(read.get(&node_id(1)), nodes.get(&node_id(1)));
        assert_eq!(check(&store.database).await.unwrap().problems, Vec::<String>::new());
        assert!(texts.is_empty());

        store.writer.cap_pages(1_000).await;
        store.writer.commit(&large).await.unwrap();
        assert_eq!(store.database.texts(&[node_id(1)]).await.unwrap()[&node_id(1)].len(), 1 << 16);
        assert_eq!(check(&store.database).await.unwrap().problems, Vec::<String>::new());
    }

    #[tokio::test]
    async fn a_commit_dropped_half_way_is_written_whole_or_not_at_all() {
        let mut store = TestStore::new().await;
        for n in 0..200u128 {
            store.log.txn("add");
            store.log.set(NodeId::from_bytes(n.to_be_bytes()), &[("title", "x".into())]);
        }
        let batch = store.log.take();
        tokio::select! {
            biased;
            finished = store.writer.commit(&batch) => finished.unwrap(),
            () = std::future::ready(()) => {}
        }
        // Dropping does not stop SQLite's own thread: where that was the quicker one, all of it stands already.
        // Where it is still at work, the store is busy.
        loop {
            match store.writer.commit(&batch).await {
                Ok(()) => break,
                Err(error) if error.is_constraint() => break,
                Err(error) => assert!(error.is_retryable(), "{error}"),
            }
        }
        assert_eq!(store.database.counts().await.unwrap().nodes, 200);
    }

    #[tokio::test]
    async fn outcomes_and_burnt_ids_are_forgotten_and_ids_are_not() {
        let mut store = TestStore::new().await;
        for n in 1..=3 {
            let txn = store.log.txn("add");
            (txn.mutation_id, txn.outcome) = (Some(mutation_id(n)), vec![n]);
            store.log.set(node_id(n), &[("title", "x".into())]);
        }
        let mut batch = store.log.take();
        batch.burnt = vec![(mutation_id(8), NOW), (mutation_id(9), NOW + 10), (mutation_id(1), NOW + 10)];
        store.writer.commit(&batch).await.unwrap();
        store.writer.commit(&Batch { burnt: vec![(mutation_id(9), 0)], ..Batch::default() }).await.unwrap();

        assert_eq!(store.writer.forget_outcomes(NOW + 3).await.unwrap(), 3);
        let ids: Vec<_> = [1, 2, 3, 8, 9, 10].map(mutation_id).into();
        let found = store.database.outcomes(&ids).await.unwrap();
        let applied = |rev, outcome| Some(Recorded::Applied { rev, outcome });
        let expected =
            [applied(1, vec![]), applied(2, vec![]), applied(3, vec![3]), None, Some(Recorded::Burnt), None];
        assert_eq!(ids.iter().map(|id| found.get(id).cloned()).collect::<Vec<_>>(), expected);
    }

    #[tokio::test]
    async fn maintenance_loses_nothing() {
        let mut store = TestStore::new().await;
        store.log.txn("add");
        store.log.set(node_id(1), &[("title", "x".into())]);
        store.commit().await;
        store.writer.optimize().await.unwrap();
        store.writer.checkpoint().await.unwrap();
        assert_eq!(std::fs::metadata(crate::store::database::wal_path(&store.path)).unwrap().len(), 0);
        assert_eq!(store.database.nodes(&[node_id(1)]).await.unwrap().len(), 1);
    }
}
