//! What a half-typed title or tag may become.

use sqlx::Row as _;

use crate::domain::id::NodeId;
use crate::domain::page::WantedPages;
use crate::store::node_row::read_id;
use crate::store::{Database, StoreError};

/// A page that may be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TitleCandidate {
    /// The page.
    pub id: NodeId,
    /// The alias it was found by, folded; none for its title.
    pub alias: Option<String>,
}

/// Goes through the titles, not through the rows: `node_title` and `alias_title` have all that is looked at, so that
/// ten thousand pages cost about two milliseconds. Whether an alias is of a page in the trash only those found are asked.
const BY_TITLE: &str = "SELECT found.id, iif(found.is_alias, found.name, NULL) AS alias FROM (\
        SELECT id, title_key AS name, 0 AS is_alias FROM node \
            WHERE title_key IS NOT NULL AND trashed = 0 AND instr(title_key, $1) > 0 \
        UNION ALL SELECT node, title_key, 1 FROM alias WHERE instr(title_key, $1) > 0 \
            AND EXISTS (SELECT 1 FROM node WHERE id = alias.node AND trashed = 0 AND title_key <> alias.title_key) \
        UNION ALL SELECT node, name, 1 FROM fact WHERE kind = 3 AND instr(name, $1) > 0 \
            AND EXISTS (SELECT 1 FROM node WHERE id = fact.node AND trashed = 0 AND title_key IS NOT NULL)\
    ) AS found ORDER BY CASE WHEN name = $1 THEN 0 WHEN substr(name, 1, length($1)) = $1 THEN 1 \
        WHEN instr(' ' || name, ' ' || $1) > 0 THEN 2 ELSE 3 END, is_alias, length(name), name, id LIMIT $2";

const IN_FOLDER: &str = "SELECT id, NULL AS alias FROM node WHERE title_key IS NOT NULL AND trashed = 0 \
    AND instr(title_key, $1) > 0 AND instr('/' || folder_key || '/', $3) > 0 \
    ORDER BY substr(title_key, 1, length($1)) <> $1, length(folder_key), title_key, id LIMIT $2";

const NEWEST: &str = "SELECT id, NULL AS alias FROM node WHERE title_key IS NOT NULL AND trashed = 0 \
    ORDER BY modified DESC, id DESC LIMIT $2";

/// The count is of all texts, those in the trash too, and only puts the tags in order.
const TAGS: &str = "SELECT name FROM (SELECT name, count(*) AS uses FROM fact WHERE kind = 2 \
        AND (substr(name, 1, length($1)) = $1 OR instr(name, '/' || $1) > 0) GROUP BY name) AS tag \
    WHERE EXISTS (SELECT 1 FROM fact JOIN node ON node.id = fact.node \
        WHERE fact.kind = 2 AND fact.name = tag.name AND node.trashed = 0 AND node.title_key IS NOT NULL) \
    ORDER BY uses DESC, name LIMIT $2";

impl Database {
    /// The pages that may be meant, best first: an exact title, one that begins so, a word that does, any other. The
    /// newest ones when nothing is typed.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn title_candidates(
        &self,
        wanted: &WantedPages,
        limit: u32,
    ) -> Result<Vec<TitleCandidate>, StoreError> {
        let sql = match (&wanted.folder, wanted.title.as_str()) {
            (Some(_), _) => IN_FOLDER,
            (None, "") => NEWEST,
            (None, _) => BY_TITLE,
        };
        // Whole levels are typed; those above them may be left out.
        let folder = wanted.folder.as_ref().map(|folder| format!("/{folder}/")).unwrap_or_default();
        let rows =
            sqlx::query(sql).bind(&wanted.title).bind(limit).bind(folder).fetch_all(&self.readers).await?;
        let mut found: Vec<TitleCandidate> = Vec::new();
        for row in &rows {
            let candidate = TitleCandidate { id: read_id(row, "id")?, alias: row.try_get("alias")? };
            // An alias may stand in a register and in the frontmatter.
            if !found.contains(&candidate) {
                found.push(candidate);
            }
        }
        Ok(found)
    }

    /// Tags in texts of pages that begin so, or a level of which does; the most used ones.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn tags_begun(&self, typed: &str, limit: u32) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar(TAGS).bind(typed).bind(limit).fetch_all(&self.readers).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::value::Value;
    use crate::store::testing::{TestStore, node_id};

    #[tokio::test]
    async fn pages_are_found_by_what_is_typed_of_them() {
        let mut store = TestStore::new().await;
        for (n, kind, title, folder, text) in [
            (1, "page", "Plan", "Work", "#trip/rome #a"),
            (2, "page", "Road Plan", "", "#trip #trap"),
            (3, "page", "Explanation", "Work/Old", "---\naliases: [Planet]\n---\n#trip"),
            (4, "page", "Plan", "Gone", "#tripod"),
            (5, "task", "Plan", "", "#trunk"),
            (6, "journal", "2026-11-23", "", ""),
            (7, "page", "Zoo", "Network", ""),
        ] {
            store.log.txn("add");
            let registers = [("kind", kind.into()), ("title", title.into()), ("folder", folder.into())];
            store.log.set(node_id(n), &registers);
            store.log.write(node_id(n), text);
        }
        store.log.set(node_id(4), &[("trashed", Value::Bool(true)), ("alias:planned", "Planned".into())]);
        store.log.set(node_id(7), &[("alias:plans", "Plans".into()), ("alias:zoo", "Zoo".into())]);
        store.log.set(node_id(3), &[("alias:planet", "Planet".into())]);
        store.commit().await;
        let db = &store.database;
        let found = async |typed: &str, limit| {
            let found = db.title_candidates(&WantedPages::new(typed), limit).await.unwrap();
            let shown = |found: TitleCandidate| {
                format!(
                    "{}{}",
                    found.id.as_bytes()[0],
                    found.alias.map(|alias| format!(" {alias}")).unwrap_or_default()
                )
            };
            found.into_iter().map(shown).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(found("PLAN", 9).await, "1, 7 plans, 3 planet, 2, 3");
        assert_eq!(found("plan", 2).await, "1, 7 plans");
        assert_eq!(found("zoo", 9).await, "7");
        assert_eq!(found("work/", 9).await, "1, 3");
        assert_eq!(found("Work/Old/exp", 9).await, "3");
        assert_eq!(found("/WORK/pl", 9).await, "1, 3");
        assert_eq!(found("old/plan", 9).await, "3");
        assert_eq!(found("2026", 9).await, "6");
        assert_eq!(found("nothing", 9).await, "");
        assert_eq!(found("", 9).await.split(", ").count(), 5);
        assert_eq!(db.tags_begun("tr", 9).await.unwrap(), ["trip", "trap", "trip/rome"]);
        assert_eq!(db.tags_begun("rom", 9).await.unwrap(), ["trip/rome"]);
        assert_eq!(db.tags_begun("", 1).await.unwrap(), ["trip"]);
    }
}
