//! Pages by what links and people call them.

use sqlx::Row as _;

use crate::domain::node::NodeKind;
use crate::domain::page::TitleHit;
use crate::store::node_row::read_id;
use crate::store::{Database, StoreError};

/// `CROSS JOIN` keeps the order of the tables; see `SOURCES` in `links.rs`.
const HITS: &str = "SELECT node.id, node.kind, node.title_key, node.folder_key, 0 AS is_alias \
        FROM json_each($1) AS wanted CROSS JOIN node ON node.title_key = wanted.value WHERE node.trashed = 0 \
    UNION SELECT node.id, node.kind, alias.title_key, node.folder_key, 1 \
        FROM json_each($1) AS wanted CROSS JOIN alias ON alias.title_key = wanted.value \
        JOIN node ON node.id = alias.node WHERE node.trashed = 0 AND node.title_key <> alias.title_key \
    UNION SELECT node.id, node.kind, fact.name, node.folder_key, 1 \
        FROM json_each($1) AS wanted CROSS JOIN fact ON fact.kind = 3 AND fact.name = wanted.value \
        JOIN node ON node.id = fact.node WHERE node.trashed = 0 AND node.title_key IS NOT NULL \
    ORDER BY 3, 5, 4, 1";

impl Database {
    /// The nodes that bear one of these titles, as keys; tasks and what is in the trash are left out.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn by_title(&self, keys: &[String]) -> Result<Vec<TitleHit>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let list = serde_json::Value::from(keys).to_string();
        let rows = sqlx::query(HITS).bind(list).fetch_all(&self.readers).await?;
        rows.iter()
            .map(|row| {
                Ok(TitleHit {
                    id: read_id(row, "id")?,
                    kind: NodeKind::from_word(row.try_get("kind")?)
                        .ok_or_else(|| StoreError::malformed("the kind of a node"))?,
                    title_key: row.try_get("title_key")?,
                    folder_key: row.try_get("folder_key")?,
                    is_alias: row.try_get("is_alias")?,
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::value::Value;
    use crate::store::testing::{TestStore, node_id};

    #[tokio::test]
    async fn pages_are_found_by_title_and_alias() {
        let mut store = TestStore::new().await;
        assert_eq!(store.scans(HITS).await, Vec::<String>::new());
        store.log.txn("add");
        for (n, kind, title, folder) in [
            (1, "page", "Big  House", "Work/ Ünits"),
            (2, "project", "BIG HOUSE", ""),
            (3, "task", "Big House", ""),
            (4, "page", "Big House", "Old"),
            (5, "page", "Barn \"quoted\"", ""),
        ] {
            let registers = [("kind", kind.into()), ("title", title.into()), ("folder", folder.into())];
            store.log.set(node_id(n), &registers);
        }
        store.log.set(node_id(4), &[("trashed", Value::Bool(true)), ("alias:barn", "Barn".into())]);
        store.log.set(node_id(5), &[("alias:big house", "Big House".into()), ("alias:shed", "Shed".into())]);
        store.commit().await;
        store.log.txn("mod");
        store.log.set(node_id(5), &[("alias:shed", Value::Nil)]);
        store.commit().await;

        let keys = ["big house", "barn", "shed", "barn \"quoted\""].map(str::to_owned);
        let hit = |n, kind, title_key: &str, folder_key: &str, is_alias| TitleHit {
            id: node_id(n),
            kind,
            title_key: title_key.to_owned(),
            folder_key: folder_key.to_owned(),
            is_alias,
        };
        let expected = [
            hit(5, NodeKind::Page, "barn \"quoted\"", "", false),
            hit(2, NodeKind::Project, "big house", "", false),
            hit(1, NodeKind::Page, "big house", "work/ünits", false),
            hit(5, NodeKind::Page, "big house", "", true),
        ];
        assert_eq!(store.database.by_title(&keys).await.unwrap(), expected);
        assert_eq!(store.database.by_title(&[]).await.unwrap(), []);
    }
}
