//! What the read model begins with: every open task, and every node's short id.
//!
//! Rows are concatenated by SQLite, some thousand to a blob, since a hundred thousand rows one by one are several times
//! slower (docs/decisions/0001-write-path.md). Nothing needs a length: ids are 16 bytes, MessagePack ends by itself.

use sqlx::Row as _;

use crate::domain::change::{Registers, TextHash};
use crate::domain::id::NodeId;
use crate::domain::node::{Node, TextState};
use crate::domain::short_id::Code;
use crate::domain::task::Task;
use crate::store::node_row::read_id;
use crate::store::{Database, StoreError};

/// Bytes of an id.
const ID: usize = 16;

impl Database {
    /// Every task that stands in the open lists.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn load_open_tasks(&self) -> Result<Vec<Task>, StoreError> {
        // `modified` and `text_empty` are one decimal number, ended by a semicolon.
        const BLOB: &str = "SELECT max(place) AS last, CAST(group_concat(task, '') AS BLOB) AS tasks FROM \
            (SELECT rowid AS place, id || vals || (modified * 2 + text_empty) || ';' AS task FROM node \
                WHERE open = 1 AND rowid > ? ORDER BY rowid LIMIT 4000)";
        let mut snapshot = self.readers.begin().await?;
        let mut tasks = Vec::new();
        let mut after = 0;
        loop {
            let row = sqlx::query(BLOB).bind(after).fetch_one(&mut *snapshot).await?;
            let Some(last) = row.try_get::<Option<i64>, _>("last")? else { return Ok(tasks) };
            let mut blob: &[u8] = row.try_get("tasks")?;
            while !blob.is_empty() {
                let task =
                    read_task(&mut blob, false).ok_or_else(|| StoreError::malformed("an open task"))?;
                tasks.push(task);
            }
            after = last;
        }
    }

    /// Every node with the number of its short id.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn load_codes(&self) -> Result<Vec<(Code, NodeId)>, StoreError> {
        // Over the index of the ids alone, in its order.
        const BLOB: &str = "SELECT CAST(group_concat(id, '') AS BLOB) AS ids FROM \
            (SELECT id FROM node WHERE id > ? ORDER BY id LIMIT 16000)";
        let mut snapshot = self.readers.begin().await?;
        let mut codes = Vec::new();
        loop {
            let after = codes.last().map_or(Vec::new(), |(_, id): &(Code, NodeId)| id.as_bytes().to_vec());
            let row = sqlx::query(BLOB).bind(after).fetch_one(&mut *snapshot).await?;
            let Some(blob) = row.try_get::<Option<&[u8]>, _>("ids")? else { return Ok(codes) };
            let (ids, rest) = blob.as_chunks::<ID>();
            if !rest.is_empty() {
                return Err(StoreError::malformed("the id of a node"));
            }
            codes.extend(ids.iter().map(|&id| {
                let id = NodeId::from_bytes(id);
                (Code::of(id), id)
            }));
        }
    }

    /// Shows the body of every open task that has one; with `closed`, of the closed and deleted ones too.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn task_bodies(
        &self,
        closed: bool,
        mut each: impl FnMut(NodeId, &str),
    ) -> Result<(), StoreError> {
        const STEP: i64 = 500;
        const OPEN: &str = "SELECT node.rowid AS place, node.id, text.body FROM node JOIN text ON text.node = node.id \
            WHERE node.open = 1 AND node.rowid > ? ORDER BY node.rowid LIMIT ?";
        const ALL: &str = "SELECT text.rowid AS place, node.id, text.body FROM text JOIN node ON node.id = text.node \
            WHERE node.kind = 'task' AND text.rowid > ? ORDER BY text.rowid LIMIT ?";
        let bodies = if closed { ALL } else { OPEN };
        let mut snapshot = self.readers.begin().await?;
        let mut after = 0;
        loop {
            let rows = sqlx::query(bodies).bind(after).bind(STEP).fetch_all(&mut *snapshot).await?;
            for row in &rows {
                after = row.try_get("place")?;
                each(read_id(row, "id")?, row.try_get("body")?);
            }
            if (rows.len() as i64) < STEP {
                return Ok(());
            }
        }
    }
}

/// Reads one task off the front of `bytes`, which is in the trash or not.
pub(super) fn read_task(bytes: &mut &[u8], trashed: bool) -> Option<Task> {
    let (id, rest) = bytes.split_first_chunk::<ID>()?;
    *bytes = rest;
    let registers = Registers::decode_values(bytes).ok()?;
    let end = bytes.iter().position(|&byte| byte == b';')?;
    let number: u64 = std::str::from_utf8(&bytes[..end]).ok()?.parse().ok()?;
    *bytes = &bytes[end + 1..];
    let text = TextState { is_empty: number % 2 == 1, hash: TextHash::default(), ..TextState::default() };
    // Whether an edit keeps it out of the trash is in a column of its own, by which it was chosen.
    Node { id: NodeId::from_bytes(*id), registers, modified: number / 2, is_rescued: !trashed, text }.task()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::node::status_value;
    use crate::domain::task::Status;
    use crate::domain::value::Value;
    use crate::store::testing::{TestStore, node_id};

    #[tokio::test]
    async fn what_is_loaded_is_what_the_nodes_say() {
        let mut store = TestStore::new().await;
        let numbered = |n: u32| NodeId::from_bytes((u128::from(n) << 64 | 0xff00_1234).to_be_bytes());
        for n in 0..4_321 {
            if n % 250 == 0 {
                store.commit().await;
                store.log.txn("import");
            }
            let kind = if n % 100 == 7 { "project" } else { "task" };
            let status = if n % 10 == 3 { Status::Done } else { Status::Todo };
            store.log.set(
                numbered(n),
                &[
                    ("kind", kind.into()),
                    ("title", format!("Task; {n} \0é").into()),
                    ("status", status_value(status, i64::from(n), None)),
                    ("trashed", Value::Bool(n % 10 == 4)),
                    ("tag:errand", Value::Bool(true)),
                    ("project", node_id(7).into()),
                ],
            );
            if n % 50 == 0 {
                store.log.write(numbered(n), &format!("body {n}"));
            }
        }
        store.commit().await;

        let key = |task: &Task| task.id;
        let mut tasks = store.database.load_open_tasks().await.unwrap();
        tasks.sort_by_key(key);
        let expected: Vec<_> =
            store.log.nodes.values().filter_map(Node::task).filter(Task::is_open).collect();
        assert_eq!(tasks.len(), expected.len());
        assert_eq!(tasks, expected);

        let codes = store.database.load_codes().await.unwrap();
        let expected: Vec<_> = store.log.nodes.keys().map(|&id| (Code::of(id), id)).collect();
        assert_eq!(codes, expected);

        let projects = store.database.load_projects().await.unwrap();
        assert!(projects.iter().all(|node| store.log.nodes[&node.id] == *node));
        assert_eq!(projects.len(), 44);

        let mut bodies = Vec::new();
        for closed in [false, true] {
            bodies.clear();
            store.database.task_bodies(closed, |id, body| bodies.push((id, body.to_owned()))).await.unwrap();
            bodies.sort_unstable();
            let is_shown =
                |id: &NodeId| store.log.nodes[id].task().is_some_and(|task| closed || task.is_open());
            let texts = store.log.texts.clone().into_iter();
            let expected: Vec<_> = texts.filter(|(id, _)| is_shown(id)).collect();
            assert_eq!(bodies, expected, "closed ones too: {closed}");
        }
        let counts = store.database.counts().await.unwrap();
        assert_eq!((counts.nodes, counts.open_tasks), (4_321, tasks.len() as u64));
    }

    #[tokio::test]
    async fn an_empty_store_loads() {
        let store = TestStore::new().await;
        assert_eq!(store.database.load_open_tasks().await.unwrap(), []);
        assert_eq!(store.database.load_codes().await.unwrap(), []);
        assert_eq!(store.database.load_projects().await.unwrap(), []);
    }
}
