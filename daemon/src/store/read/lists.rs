//! Lists of pages and of closed tasks, page by page.

use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqliteRow;

use crate::domain::id::NodeId;
use crate::domain::node::Node;
use crate::domain::page::title_key;
use crate::store::node_row::{Derived, NODE_COLUMNS, folder_key, read_node};
use crate::store::{Database, StoreError};

/// Rows looked through at a time when a text is searched for.
const SEARCH_STEP: u32 = 256;

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

impl ClosedQuery {
    /// The place of a task in the list.
    pub fn place(task: &Node) -> (i64, NodeId) {
        (Derived::of(task).closed_at.unwrap_or_default(), task.id)
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
            let ids: Vec<NodeId> =
                nodes.iter().filter(|node| !node.text.is_empty).map(|node| node.id).collect();
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
        let (order, after) = if query.journals {
            ("journal_day", "($2 IS NULL OR (journal_day, id) < ($2, $3)) ORDER BY journal_day DESC, id DESC")
        } else {
            (
                "title_key",
                "kind <> 'journal' AND ($2 IS NULL OR (title_key, id) > ($2, $3)) ORDER BY title_key, id",
            )
        };
        let sql = format!(
            "SELECT {NODE_COLUMNS} FROM node WHERE {order} IS NOT NULL AND trashed = 0 \
             AND ($1 IS NULL OR folder_key = $1 OR substr(folder_key, 1, length($1) + 1) = $1 || '/') \
             AND {after} LIMIT $4"
        );
        let folder = query.folder.as_deref().map(|folder| folder_key(folder.trim_matches('/')));
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(folder)
            .bind(query.after.as_ref().map(|place| place.key.clone()))
            .bind(query.after.as_ref().map(|place| place.id.as_bytes().to_vec()))
            .bind(i64::from(limit))
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(read_node).collect()
    }

    /// Tasks that left the open lists, newest first. What else is asked of them the caller filters.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn closed_tasks(&self, query: ClosedQuery) -> Result<Vec<Node>, StoreError> {
        let sql = format!(
            "SELECT {NODE_COLUMNS} FROM node WHERE closed_at >= ? AND (closed_at, id) < (?, ?) \
             AND kind = 'task' AND trashed = ? ORDER BY closed_at DESC, id DESC LIMIT ?"
        );
        let (at, id) = query.after.unwrap_or((i64::MAX, NodeId::from_bytes([0xff; 16])));
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(query.since.unwrap_or(i64::MIN))
            .bind(at)
            .bind(id.as_bytes().as_slice())
            .bind(query.trashed)
            .bind(i64::from(query.limit))
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(read_node).collect()
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
