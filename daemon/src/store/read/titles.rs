//! Pages by what links and people call them.

use sqlx::Row as _;

use crate::domain::id::NodeId;
use crate::domain::node::NodeKind;
use crate::store::node_row::read_id;
use crate::store::{Database, StoreError};

/// A node that bears a title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TitleHit {
    /// The node.
    pub id: NodeId,
    /// What it is.
    pub kind: NodeKind,
    /// The key that was asked for.
    pub title_key: String,
    /// The key of its folder.
    pub folder_key: String,
    /// Whether the title is an alias of it and not its own.
    pub is_alias: bool,
}

impl Database {
    /// The nodes that bear one of these titles, as keys; tasks and what is in the trash are left out.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn by_title(&self, keys: &[String]) -> Result<Vec<TitleHit>, StoreError> {
        const HITS: &str = "SELECT node.id, node.kind, node.title_key, node.folder_key, 0 AS is_alias \
                FROM json_each($1) AS wanted JOIN node ON node.title_key = wanted.value WHERE node.trashed = 0 \
            UNION SELECT node.id, node.kind, alias.title_key, node.folder_key, 1 \
                FROM json_each($1) AS wanted JOIN alias ON alias.title_key = wanted.value \
                JOIN node ON node.id = alias.node WHERE node.trashed = 0 AND node.title_key IS NOT NULL \
            ORDER BY 3, 5, 4, 1";
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
