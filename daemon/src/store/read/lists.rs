//! Lists of pages and of closed tasks, page by page.

use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _};

use super::load::read_task;
use crate::domain::id::NodeId;
use crate::domain::node::Node;
use crate::domain::page::{folder_key, title_key};
use crate::domain::task::Task;
use crate::store::node_row::{Derived, NODE_COLUMNS, read_node};
use crate::store::{Database, StoreError};

/// Rows looked through at a time when a text is searched for.
const SEARCH_STEP: u32 = 256;

/// Sorts after every text a list is sorted by.
const LAST: &str = "\u{10ffff}";

/// Where a list of pages goes on: after this node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PagePlace {
    /// What the list is sorted by.
    pub key: String,
    /// The node.
    pub id: NodeId,
}

impl PagePlace {
    /// The place of a node in the list of its kind.
    pub fn of(node: &Node) -> Self {
        let derived = Derived::of(node);
        Self { key: derived.journal_day.or(derived.title_key).unwrap_or_default(), id: node.id }
    }
}

/// Asks for pages.
#[derive(Debug, Clone, Default)]
pub struct PageQuery {
    /// Only in this folder and those below it.
    pub folder: Option<String>,
    /// Only with this in title or text, whatever the case.
    pub text: Option<String>,
    /// Look for it in titles alone.
    pub titles_only: bool,
    /// Journals, newest first, instead of all others by title.
    pub journals: bool,
    /// Only after this place.
    pub after: Option<PagePlace>,
    /// At most so many.
    pub limit: u32,
}

/// Asks for tasks that left the open lists, newest first.
#[derive(Debug, Clone, Default)]
pub struct ClosedQuery {
    /// Those in the trash, by when they were put there, instead of the closed ones.
    pub trashed: bool,
    /// Only since this instant, in Unix milliseconds.
    pub since: Option<i64>,
    /// Only after this place: the instant a task left the open lists, and its id.
    pub after: Option<(i64, NodeId)>,
    /// At most so many.
    pub limit: u32,
}

/// A task that left the open lists.
#[derive(Debug, Clone, PartialEq)]
pub struct ClosedTask {
    /// When it left them, Unix milliseconds.
    pub at: i64,
    /// The task.
    pub task: Task,
}

impl ClosedTask {
    /// Its place in the list.
    pub fn place(&self) -> (i64, NodeId) {
        (self.at, self.task.id)
    }

    /// Reads one off the front of `bytes`.
    fn read(bytes: &mut &[u8], trashed: bool) -> Option<Self> {
        let task = read_task(bytes, trashed)?;
        let end = bytes.iter().position(|&byte| byte == b';')?;
        let at = std::str::from_utf8(&bytes[..end]).ok()?.parse().ok()?;
        *bytes = &bytes[end + 1..];
        Some(Self { at, task })
    }
}

impl Database {
    /// Pages that are not in the trash: by title, or journals newest first.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn pages(&self, query: PageQuery) -> Result<Vec<Node>, StoreError> {
        let wanted = query.text.as_deref().map(title_key).filter(|text| !text.is_empty());
        let Some(wanted) = wanted else { return self.page_rows(&query, query.limit).await };
        let mut found = Vec::new();
        let mut step = PageQuery { text: None, ..query.clone() };
        loop {
            let nodes = self.page_rows(&step, SEARCH_STEP).await?;
            let is_last = (nodes.len() as u32) < SEARCH_STEP;
            let has_text = |node: &&Node| !query.titles_only && !node.text.is_empty;
            let ids: Vec<NodeId> = nodes.iter().filter(has_text).map(|node| node.id).collect();
            let texts = self.texts(&ids).await?;
            step.after = nodes.last().map(PagePlace::of);
            found.extend(nodes.into_iter().filter(|node| {
                node.title_key().contains(&wanted)
                    || texts.get(&node.id).is_some_and(|text| title_key(text).contains(&wanted))
            }));
            if is_last || found.len() >= query.limit as usize {
                found.truncate(query.limit as usize);
                return Ok(found);
            }
        }
    }

    async fn page_rows(&self, query: &PageQuery, limit: u32) -> Result<Vec<Node>, StoreError> {
        let (wanted, first) = if query.journals {
            (
                "journal_day IS NOT NULL AND (journal_day, id) < ($2, $3) ORDER BY journal_day DESC, id DESC",
                LAST,
            )
        } else {
            (
                "title_key IS NOT NULL AND kind <> 'journal' AND (title_key, id) > ($2, $3) ORDER BY title_key, id",
                "",
            )
        };
        let sql = format!(
            "SELECT {NODE_COLUMNS} FROM node WHERE trashed = 0 \
             AND ($1 IS NULL OR folder_key = $1 OR substr(folder_key, 1, length($1) + 1) = $1 || '/') \
             AND {wanted} LIMIT $4"
        );
        let folder = query.folder.as_deref().map(folder_key);
        let (key, id) = match &query.after {
            Some(PagePlace { key, id }) => (key.as_str(), id.as_bytes().as_slice()),
            None => (first, &[][..]),
        };
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(folder)
            .bind(key)
            .bind(id)
            .bind(i64::from(limit))
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(read_node).collect()
    }

    /// Tasks that left the open lists, newest first. What else is asked of them the caller filters, so they are read as
    /// the open ones are at the start: in one blob, without what only writing needs.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn closed_tasks(&self, query: &ClosedQuery) -> Result<Vec<ClosedTask>, StoreError> {
        const BLOB: &str = "SELECT CAST(group_concat(task, '') AS BLOB) AS tasks FROM \
            (SELECT id || vals || (modified * 2 + text_empty) || ';' || closed_at || ';' AS task FROM node \
                WHERE closed_at >= ? AND (closed_at, id) < (?, ?) AND kind = 'task' AND trashed = ? \
                ORDER BY closed_at DESC, id DESC LIMIT ?)";
        let (at, id) = query.after.unwrap_or((i64::MAX, NodeId::from_bytes([0xff; 16])));
        let row = sqlx::query(BLOB)
            .bind(query.since.unwrap_or(i64::MIN))
            .bind(at)
            .bind(id.as_bytes().as_slice())
            .bind(query.trashed)
            .bind(i64::from(query.limit))
            .fetch_one(&self.readers)
            .await?;
        let mut blob = row.try_get::<Option<&[u8]>, _>("tasks")?.unwrap_or_default();
        let mut tasks = Vec::new();
        while !blob.is_empty() {
            let task = ClosedTask::read(&mut blob, query.trashed)
                .ok_or_else(|| StoreError::malformed("a closed task"))?;
            tasks.push(task);
        }
        Ok(tasks)
    }

    /// Projects and areas, those in the trash included.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn load_projects(&self) -> Result<Vec<Node>, StoreError> {
        let sql = format!("SELECT {NODE_COLUMNS} FROM node WHERE kind IN ('project', 'area')");
        let rows: Vec<SqliteRow> = sqlx::query(AssertSqlSafe(sql)).fetch_all(&self.readers).await?;
        rows.iter().map(read_node).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::node::status_value;
    use crate::domain::task::Status;
    use crate::domain::value::Value;
    use crate::store::testing::{NOW, TestStore, node_id};

    fn ids(nodes: &[Node]) -> Vec<NodeId> {
        nodes.iter().map(|node| node.id).collect()
    }

    fn expected<const N: usize>(numbers: [u8; N]) -> Vec<NodeId> {
        numbers.map(node_id).into()
    }

    async fn pages_by(store: &TestStore, query: PageQuery) -> Vec<NodeId> {
        let mut query = PageQuery { limit: 2, ..query };
        let mut found = Vec::new();
        loop {
            let page = store.database.pages(query.clone()).await.unwrap();
            found.extend(ids(&page));
            let Some(last) = page.last().filter(|_| page.len() == 2) else { return found };
            query.after = Some(PagePlace::of(last));
        }
    }

    #[tokio::test]
    async fn pages_are_listed_by_title_and_journals_newest_first() {
        let mut store = TestStore::new().await;
        store.log.txn("add");
        for (n, kind, title, folder) in [
            (1, "page", "Zoo", "Work"),
            (2, "page", "ärger", "Work/Big"),
            (3, "project", "Alpha", "Workshop"),
            (4, "area", "alpha", ""),
            (5, "page", "Gone", "Work"),
            (6, "task", "Alpha", "Work"),
            (7, "journal", "2026-11-22", ""),
            (8, "journal", "2026-W48", ""),
            (9, "journal", "2026-11-24", ""),
        ] {
            let registers = [("kind", kind.into()), ("title", title.into()), ("folder", folder.into())];
            store.log.set(node_id(n), &registers);
        }
        store.log.set(node_id(5), &[("trashed", Value::Bool(true))]);
        store.log.write(node_id(1), "The ELEPHANT\nand the Äffchen");
        store.log.write(node_id(9), "elephant");
        store.commit().await;

        let query = PageQuery::default();
        assert_eq!(pages_by(&store, query.clone()).await, expected([3, 4, 1, 2]));
        let journals = PageQuery { journals: true, ..query.clone() };
        assert_eq!(pages_by(&store, journals.clone()).await, expected([9, 8, 7]));
        for (folder, numbers) in [("work/", vec![1, 2]), ("Work/big", vec![2]), ("wor", vec![])] {
            let query = PageQuery { folder: Some(folder.to_owned()), ..query.clone() };
            assert_eq!(
                pages_by(&store, query).await,
                numbers.into_iter().map(node_id).collect::<Vec<_>>(),
                "{folder}"
            );
        }
        for (text, numbers) in
            [("elephant and", vec![1]), ("ÄFFCHEN", vec![1]), ("ALPH", vec![3, 4]), (" ", vec![3, 4, 1, 2])]
        {
            let query = PageQuery { text: Some(text.to_owned()), ..query.clone() };
            assert_eq!(
                pages_by(&store, query).await,
                numbers.into_iter().map(node_id).collect::<Vec<_>>(),
                "{text}"
            );
        }
        let elephants = PageQuery { text: Some("Elephant".into()), ..journals };
        assert_eq!(pages_by(&store, elephants.clone()).await, expected([9]));
        assert_eq!(pages_by(&store, PageQuery { titles_only: true, ..elephants }).await, expected([]));
        let zoos = PageQuery { text: Some("zo".into()), titles_only: true, ..query };
        assert_eq!(pages_by(&store, zoos).await, expected([1]));
    }

    #[tokio::test]
    async fn a_search_looks_through_more_than_one_step() {
        let mut store = TestStore::new().await;
        store.log.txn("import");
        for n in 0..u128::from(SEARCH_STEP) + 40 {
            let id = NodeId::from_bytes(n.to_be_bytes());
            store.log.set(id, &[("kind", "page".into()), ("title", format!("{n:04}").into())]);
            if n % 100 == 99 || n > 290 {
                store.log.write(id, "needle");
            }
        }
        store.commit().await;
        let query = PageQuery { text: Some("needle".into()), limit: 5, ..PageQuery::default() };
        let found = store.database.pages(query).await.unwrap();
        let titles: Vec<_> = found.iter().map(Node::title).collect();
        assert_eq!(titles, ["0099", "0199", "0291", "0292", "0293"]);
    }

    #[tokio::test]
    async fn closed_tasks_are_listed_newest_first() {
        let mut store = TestStore::new().await;
        store.log.txn("add");
        for (n, kind, status, at) in [
            (1, "task", Status::Done, 10),
            (2, "task", Status::Todo, 50),
            (3, "task", Status::Cancelled, 20),
            (4, "task", Status::Done, 20),
            (5, "task", Status::Done, 30),
            (6, "page", Status::Done, 40),
        ] {
            store.log.set(node_id(n), &[("kind", kind.into()), ("status", status_value(status, at, None))]);
        }
        store.commit().await;
        for n in [5, 2, 6] {
            store.log.txn("delete");
            store.log.set(node_id(n), &[("trashed", Value::Bool(true))]);
        }
        store.commit().await;

        let ids = |found: &[ClosedTask]| found.iter().map(|closed| closed.task.id).collect::<Vec<_>>();
        let mut query = ClosedQuery { limit: 2, ..ClosedQuery::default() };
        let first = store.database.closed_tasks(&query).await.unwrap();
        assert_eq!(ids(&first), expected([4, 3]));
        assert!(
            first.iter().all(|closed| store.log.nodes[&closed.task.id].task().as_ref() == Some(&closed.task))
        );
        query.after = first.last().map(ClosedTask::place);
        assert_eq!(ids(&store.database.closed_tasks(&query).await.unwrap()), expected([1]));
        let recent = ClosedQuery { since: Some(20), limit: 9, ..ClosedQuery::default() };
        assert_eq!(ids(&store.database.closed_tasks(&recent).await.unwrap()), expected([4, 3]));
        let trashed = ClosedQuery { trashed: true, since: Some(NOW), limit: 9, after: None };
        assert_eq!(ids(&store.database.closed_tasks(&trashed).await.unwrap()), expected([2, 5]));
        let none = ClosedQuery { since: Some(i64::MAX), limit: 9, ..ClosedQuery::default() };
        assert_eq!(store.database.closed_tasks(&none).await.unwrap(), []);
    }
}
