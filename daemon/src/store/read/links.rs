//! Links as the facts have them: who says which name, and which pages may be meant.

use std::borrow::Cow;

use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _};

use super::id_list;
use crate::domain::id::NodeId;
use crate::domain::node::Node;
use crate::domain::page::{FactKind, LinkSource, TitleHit, name_keys};
use crate::store::node_row::{NODE_COLUMNS, read_id, read_node};
use crate::store::{Database, StoreError};

/// Which link facts to look for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkQuery {
    /// Names as they are.
    pub names: Vec<String>,
    /// Title keys: links by that title, whatever folder they name with it.
    pub titles: Vec<String>,
}

/// `CROSS JOIN` keeps the order of the tables: without statistics SQLite would go through all links of the store.
const SOURCES: &str = "SELECT said.name, said.node, said.kind, node.folder_key, ifnull(node.title_key, '') AS title_key FROM (\
        SELECT name, node, kind FROM json_each($1) AS wanted CROSS JOIN fact \
            ON fact.kind IN (0, 1) AND fact.name = wanted.value \
        UNION SELECT name, node, kind FROM json_each($2) AS wanted CROSS JOIN fact \
            ON fact.kind IN (0, 1) AND fact.name > wanted.value || '/' AND fact.name < wanted.value || '0'\
    ) AS said JOIN node ON node.id = said.node WHERE node.trashed = 0 ORDER BY said.name, said.node, said.kind";

const USES: &str = "SELECT fact.name, count(DISTINCT fact.node) AS nodes, \
        substr(CAST(group_concat(fact.node, '') AS BLOB), 1, 80) AS some FROM json_each(?) AS wanted \
    CROSS JOIN fact ON fact.kind IN (0, 1) AND fact.name = wanted.value JOIN node ON node.id = fact.node \
    WHERE node.trashed = 0 GROUP BY fact.name ORDER BY fact.name";

impl Database {
    /// Who links by these names and titles, in order of the name and then of the node; what is in the trash links
    /// nowhere.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn link_sources(&self, query: &LinkQuery) -> Result<Vec<LinkSource>, StoreError> {
        let exact: Vec<&String> = query.names.iter().chain(&query.titles).collect();
        if exact.is_empty() {
            return Ok(Vec::new());
        }
        let rows = sqlx::query(SOURCES)
            .bind(serde_json::json!(exact).to_string())
            .bind(serde_json::json!(query.titles).to_string())
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(read_source).collect()
    }

    /// All pages that these names may mean.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn pages_named(&self, names: &[String]) -> Result<Vec<TitleHit>, StoreError> {
        let mut keys: Vec<String> =
            names.iter().flat_map(|name| name_keys(name)).map(Cow::into_owned).collect();
        keys.sort_unstable();
        keys.dedup();
        self.by_title(&keys).await
    }

    /// Names of links, in order, after one, that may mean nothing: no page bears the title, or they name a folder.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn doubtful_names(&self, after: &str, limit: u32) -> Result<Vec<String>, StoreError> {
        // Each half goes along the index and stops at its limit.
        const NAMES: &str = "SELECT name FROM (SELECT DISTINCT name FROM fact WHERE kind = 0 AND name > $1 \
                AND (instr(name, '/') > 0 OR NOT EXISTS (SELECT 1 FROM node WHERE title_key = fact.name AND trashed = 0)) \
                AND EXISTS (SELECT 1 FROM node WHERE id = fact.node AND trashed = 0) ORDER BY name LIMIT $2) \
            UNION SELECT name FROM (SELECT DISTINCT name FROM fact WHERE kind = 1 AND name > $1 \
                AND (instr(name, '/') > 0 OR NOT EXISTS (SELECT 1 FROM node WHERE title_key = fact.name AND trashed = 0)) \
                AND EXISTS (SELECT 1 FROM node WHERE id = fact.node AND trashed = 0) ORDER BY name LIMIT $2) \
            ORDER BY name LIMIT $2";
        Ok(sqlx::query_scalar(NAMES).bind(after).bind(limit).fetch_all(&self.readers).await?)
    }

    /// How many nodes say each of these names, and the first few of them.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn name_uses(&self, names: &[String]) -> Result<Vec<(String, u64, Vec<NodeId>)>, StoreError> {
        let rows =
            sqlx::query(USES).bind(serde_json::json!(names).to_string()).fetch_all(&self.readers).await?;
        rows.iter()
            .map(|row| {
                let some: &[u8] = row.try_get("some")?;
                let mut some: Vec<NodeId> =
                    some.as_chunks().0.iter().map(|id| NodeId::from_bytes(*id)).collect();
                some.dedup();
                Ok((row.try_get("name")?, row.try_get::<i64, _>("nodes")? as u64, some))
            })
            .collect()
    }

    /// Pages in a folder and below it, not in the trash.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn pages_in(&self, folder_key: &str) -> Result<Vec<NodeId>, StoreError> {
        const PAGES: &str = "SELECT id FROM node WHERE title_key IS NOT NULL AND trashed = 0 \
            AND (folder_key = $1 OR substr(folder_key, 1, length($1) + 1) = $1 || '/') ORDER BY id";
        let rows = sqlx::query(PAGES).bind(folder_key).fetch_all(&self.readers).await?;
        rows.iter().map(|row| read_id(row, "id")).collect()
    }

    /// Pages and journals that are not in the trash, in order of their ids, after one.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn pages_by_id(&self, after: Option<NodeId>, limit: u32) -> Result<Vec<Node>, StoreError> {
        let sql = format!(
            "SELECT {NODE_COLUMNS} FROM node WHERE id > ? AND title_key IS NOT NULL AND trashed = 0 ORDER BY id LIMIT ?"
        );
        let after = after.map_or(Vec::new(), |id| id.as_bytes().to_vec());
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(after).bind(limit).fetch_all(&self.readers).await?;
        rows.iter().map(read_node).collect()
    }

    /// Tags in texts of pages, with how many pages have each.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn page_tags(&self, under: &str) -> Result<Vec<(String, u64)>, StoreError> {
        const TAGS: &str = "SELECT fact.name, count(*) AS nodes FROM fact JOIN node ON node.id = fact.node \
            WHERE fact.kind = 2 AND node.trashed = 0 AND node.title_key IS NOT NULL \
            AND ($1 = '' OR fact.name = $1 OR (fact.name > $1 || '/' AND fact.name < $1 || '0')) \
            GROUP BY fact.name ORDER BY fact.name";
        let rows = sqlx::query(TAGS).bind(under).fetch_all(&self.readers).await?;
        rows.iter().map(|row| Ok((row.try_get("name")?, row.try_get::<i64, _>("nodes")? as u64))).collect()
    }

    /// The tags these nodes' texts have, by node.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn said_tags(&self, nodes: &[NodeId]) -> Result<Vec<(NodeId, String)>, StoreError> {
        self.said(FactKind::Tag, nodes).await
    }

    /// The aliases these nodes' texts give them, as title keys, by node.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn said_aliases(&self, nodes: &[NodeId]) -> Result<Vec<(NodeId, String)>, StoreError> {
        self.said(FactKind::Alias, nodes).await
    }

    async fn said(&self, kind: FactKind, nodes: &[NodeId]) -> Result<Vec<(NodeId, String)>, StoreError> {
        const SAID: &str = "SELECT node, name FROM fact WHERE kind = ? \
            AND node IN (SELECT unhex(value) FROM json_each(?)) ORDER BY node, name";
        if nodes.is_empty() {
            return Ok(Vec::new());
        }
        let ids = id_list(nodes.iter().map(NodeId::as_bytes));
        let rows = sqlx::query(SAID).bind(kind.number()).bind(ids).fetch_all(&self.readers).await?;
        rows.iter().map(|row| Ok((read_id(row, "node")?, row.try_get("name")?))).collect()
    }
}

fn read_source(row: &SqliteRow) -> Result<LinkSource, StoreError> {
    Ok(LinkSource {
        node: read_id(row, "node")?,
        in_title: row.try_get::<i64, _>("kind")? == 1,
        name: row.try_get("name")?,
        folder_key: row.try_get("folder_key")?,
        title_key: row.try_get("title_key")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::value::Value;
    use crate::store::testing::{TestStore, node_id};

    #[tokio::test]
    async fn links_are_found_by_name_and_title() {
        let mut store = TestStore::new().await;
        for sql in [SOURCES, USES] {
            assert_eq!(store.scans(sql).await, Vec::<String>::new());
        }
        store.log.txn("add");
        for (n, kind, title, folder, text) in [
            (1, "page", "Rome", "Travel", "[[Plan]] #trip/long"),
            (2, "page", "Plan", "Work", "[[Travel/Rome]] ![[rome#x]] [[Nowhere]]"),
            (3, "task", "Book [[Rome]]", "", "see [[Plan.md]]"),
            (4, "page", "Gone", "Travel/Old", "[[Rome]] #trip"),
            (5, "page", "Other", "", "---\naliases: [Roma, Caput/Mundi]\n---\n[[Romeo]] #trip #Trip/Long"),
        ] {
            let registers = [("kind", kind.into()), ("title", title.into()), ("folder", folder.into())];
            store.log.set(node_id(n), &registers);
            store.log.write(node_id(n), text);
        }
        store.log.set(node_id(4), &[("trashed", Value::Bool(true))]);
        store.commit().await;
        let db = &store.database;

        let query = LinkQuery { names: vec!["nowhere".into()], titles: vec!["rome".into()] };
        let found: Vec<_> = db
            .link_sources(&query)
            .await
            .unwrap()
            .into_iter()
            .map(|source| (source.name, source.node, source.in_title, source.folder_key))
            .collect();
        let source = |name: &str, n, in_title, folder: &str| {
            (name.to_owned(), node_id(n), in_title, folder.to_owned())
        };
        assert_eq!(
            found,
            [
                source("nowhere", 2, false, "work"),
                source("rome", 2, false, "work"),
                source("rome", 3, true, ""),
                source("rome/travel", 2, false, "work"),
            ]
        );
        let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let pages = db.pages_named(&named(&["rome/travel", "mundi/caput", "roma"])).await.unwrap();
        let pages: Vec<_> = pages.into_iter().map(|hit| (hit.id, hit.title_key, hit.is_alias)).collect();
        assert_eq!(
            pages,
            [
                (node_id(5), "caput/mundi".to_owned(), true),
                (node_id(5), "roma".to_owned(), true),
                (node_id(1), "rome".to_owned(), false)
            ]
        );
        let doubtful = db.doubtful_names("", 9).await.unwrap();
        assert_eq!(doubtful, ["nowhere", "rome/travel", "romeo"]);
        assert_eq!(db.doubtful_names("nowhere", 1).await.unwrap(), ["rome/travel"]);
        let uses = db.name_uses(&["plan".to_owned(), "rome".to_owned()]).await.unwrap();
        assert_eq!(
            uses,
            [
                ("plan".to_owned(), 2, vec![node_id(1), node_id(3)]),
                ("rome".to_owned(), 2, vec![node_id(2), node_id(3)])
            ]
        );
        assert_eq!(db.pages_in("travel").await.unwrap(), [node_id(1)]);
        let tags =
            |tags: &[(&str, u64)]| tags.iter().map(|(tag, n)| ((*tag).to_owned(), *n)).collect::<Vec<_>>();
        assert_eq!(db.page_tags("").await.unwrap(), tags(&[("trip", 1), ("trip/long", 2)]));
        assert_eq!(db.page_tags("trip/long").await.unwrap(), tags(&[("trip/long", 2)]));
        assert_eq!(db.said_tags(&[node_id(1)]).await.unwrap(), [(node_id(1), "trip/long".to_owned())]);
    }
}
