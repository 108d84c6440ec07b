//! The search index: what of the log is due, writing documents, asking for hits.

use std::collections::{HashMap, HashSet};

use sqlx::Row as _;
use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};

use super::database::Database;
use super::error::StoreError;
use super::node_row::{bind_id, read_id};
use super::read::id_list;
use super::statement::{Load, Table, write_rows};
use super::writer::Writer;
use crate::domain::id::NodeId;
use crate::domain::search::SearchDocument;

/// How far the log is indexed: a revision, and an operation of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct IndexedTo {
    rev: i64,
    index: i64,
}

/// Operations looked at in one step, and so the most nodes indexed in one transaction.
const STEP: i64 = 64;

/// Bytes of texts indexed in one step, so that who writes does not wait long; one text may be longer.
const STEP_BYTES: i64 = 1 << 20;

/// Hits whose relevance is computed; of more, the newest are taken: relevance looks at every hit, which for a common
/// word of fifty thousand pages takes fifty times as long (docs/decisions/0005-search-index.md).
const MOST_RANKED: i64 = 1_000;

/// Pages found by their title that are looked at.
const MOST_TITLED: i64 = 200;

/// What is to be indexed next.
#[derive(Debug)]
pub struct DueDocuments {
    /// Documents to write anew.
    pub documents: Vec<SearchDocument>,
    /// Nodes that leave the index.
    pub gone: Vec<NodeId>,
    /// How far the log is indexed then.
    pub to: IndexedTo,
}

/// The place in the log is a subquery and not a table, or SQLite would go through all of the log.
const DUE: &str = "SELECT rev, idx, ent FROM op WHERE (rev, idx) > (SELECT rev, idx FROM search_state) ORDER BY rev, idx LIMIT ?";

/// A node that changes again further on is indexed then.
const LATER: &str = "SELECT value FROM json_each(?) WHERE EXISTS (\
        SELECT 1 FROM op WHERE ent = unhex(value) AND (rev, idx) > (?, ?))";

const BEHIND: &str =
    "SELECT EXISTS (SELECT 1 FROM op WHERE (rev, idx) > (SELECT rev, idx FROM search_state))";

impl Database {
    /// What is to be indexed next; `None` when the index has all of the log.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn due_documents(&self) -> Result<Option<DueDocuments>, StoreError> {
        let mut snapshot = self.readers.begin().await?;
        let rows = sqlx::query(DUE).bind(STEP).fetch_all(&mut *snapshot).await?;
        let fitting = self.fitting(&rows).await?;
        let is_cut = fitting < rows.len();
        let rows = &rows[..fitting];
        let Some(last) = rows.last() else { return Ok(None) };
        let to = IndexedTo { rev: last.try_get("rev")?, index: last.try_get("idx")? };
        let mut ids: Vec<NodeId> = rows.iter().map(|row| read_id(row, "ent")).collect::<Result<_, _>>()?;
        ids.sort_unstable();
        ids.dedup();
        if is_cut || rows.len() as i64 == STEP {
            let later: HashSet<String> = sqlx::query_scalar(LATER)
                .bind(id_list(ids.iter().map(NodeId::as_bytes)))
                .bind(to.rev)
                .bind(to.index)
                .fetch_all(&mut *snapshot)
                .await?
                .into_iter()
                .collect();
            ids.retain(|id| !later.contains(&hex(id)));
        }
        drop(snapshot);
        let nodes = self.nodes(&ids).await?;
        let mut texts = self.texts(&ids).await?;
        let (mut documents, mut gone) = (Vec::new(), Vec::new());
        for id in ids {
            let Some(node) = nodes.get(&id) else { continue };
            let text = texts.remove(&id).unwrap_or_else(|| node.genesis());
            match SearchDocument::of(node, text) {
                Some(document) => documents.push(document),
                None => gone.push(id),
            }
        }
        Ok(Some(DueDocuments { documents, gone, to }))
    }

    /// How many of these operations are about nodes whose texts fit into one step; at least one.
    async fn fitting(&self, rows: &[SqliteRow]) -> Result<usize, StoreError> {
        const BYTES: &str = "SELECT node, octet_length(body) AS bytes FROM text \
            WHERE node IN (SELECT unhex(value) FROM json_each(?))";
        let ids: Vec<NodeId> = rows.iter().map(|row| read_id(row, "ent")).collect::<Result<_, _>>()?;
        let sizes = sqlx::query(BYTES)
            .bind(id_list(ids.iter().map(NodeId::as_bytes)))
            .fetch_all(&self.readers)
            .await?;
        let mut bytes: HashMap<NodeId, i64> = sizes
            .iter()
            .map(|row| Ok((read_id(row, "node")?, row.try_get("bytes")?)))
            .collect::<Result<_, StoreError>>()?;
        let mut sum = 0;
        let fits = |id: &&NodeId| {
            sum += bytes.remove(*id).unwrap_or_default();
            sum <= STEP_BYTES
        };
        Ok(ids.iter().take_while(fits).count().max(1).min(rows.len()))
    }

    /// Nodes that answer to a query of the index: those found by their title first, then by relevance, at most so many.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn search(
        &self,
        whole: &str,
        titles: &str,
        title_key: &str,
        limit: usize,
    ) -> Result<Vec<NodeId>, StoreError> {
        const EXACT: &str = "SELECT node.id FROM node CROSS JOIN search_doc ON search_doc.node = node.id \
            CROSS JOIN search ON search.rowid = search_doc.doc \
            WHERE node.title_key = ? AND node.trashed = 0 AND search MATCH ? ORDER BY search_doc.doc DESC LIMIT ?";
        const TITLED: &str = "SELECT search_doc.node AS id FROM (\
                SELECT rowid AS doc FROM search WHERE search MATCH ? ORDER BY rowid DESC LIMIT ?\
            ) AS hit JOIN search_doc USING (doc) ORDER BY doc DESC";
        const RANKED: &str = "SELECT search_doc.node AS id FROM (\
                SELECT rowid AS doc, bm25(search, 10.0, 8.0, 1.0, 1.0, 0.0) AS score FROM search \
                WHERE search MATCH ? ORDER BY rowid DESC LIMIT ?\
            ) AS hit JOIN search_doc USING (doc) ORDER BY score, doc DESC LIMIT ?";
        let mut snapshot = self.readers.begin().await?;
        let exact = sqlx::query(EXACT)
            .bind(title_key)
            .bind(whole)
            .bind(MOST_TITLED)
            .fetch_all(&mut *snapshot)
            .await?;
        let mut rows = exact;
        rows.extend(sqlx::query(TITLED).bind(titles).bind(MOST_TITLED).fetch_all(&mut *snapshot).await?);
        let mut hits = each_once(&rows)?;
        if hits.len() < limit {
            let wanted = i64::try_from(limit).unwrap_or(i64::MAX);
            let ranked = sqlx::query(RANKED).bind(whole).bind(MOST_RANKED).bind(wanted);
            rows.extend(ranked.fetch_all(&mut *snapshot).await?);
            hits = each_once(&rows)?;
        }
        hits.truncate(limit);
        Ok(hits)
    }
}

/// The nodes of rows, each as it first comes.
fn each_once(rows: &[SqliteRow]) -> Result<Vec<NodeId>, StoreError> {
    let ids: Vec<NodeId> = rows.iter().map(|row| read_id(row, "id")).collect::<Result<_, _>>()?;
    let mut seen = HashSet::new();
    Ok(ids.into_iter().filter(|id| seen.insert(*id)).collect())
}

impl Writer {
    /// Brings the index up to a place in the log.
    ///
    /// # Errors
    /// [`StoreError`], and nothing of it was written.
    pub async fn index(&mut self, due: &DueDocuments) -> Result<(), StoreError> {
        self.wrote(due.documents.len());
        let mut connection = self.take().await?;
        let written = write(&mut connection, due).await;
        self.put_back(connection, written).await
    }
}

/// Takes nodes out of the index.
pub(super) const LEAVE: Table = Table {
    head: "DELETE FROM search WHERE rowid IN (SELECT doc FROM search_doc WHERE node IN (",
    columns: 1,
    tail: "))",
};

pub(super) const FORGET: Table =
    Table { head: "DELETE FROM search_doc WHERE node IN (", columns: 1, tail: ")" };

/// Gives nodes the next numbers.
const NUMBER: Table = Table { head: "INSERT INTO search_doc (node)", columns: 1, tail: "" };

pub(super) const ENTER: Table = Table {
    head: "INSERT INTO search (rowid, title, aliases, body, cjk, facet) \
           SELECT doc, column2, column3, column4, column5, column6 FROM (",
    columns: 6,
    tail: ") CROSS JOIN search_doc ON search_doc.node = column1",
};

const STATE: Table = Table {
    head: "UPDATE search_state SET (rev, idx) = (SELECT column1, column2 FROM (",
    columns: 2,
    tail: "))",
};

async fn write(connection: &mut SqliteConnection, due: &DueDocuments) -> Result<(), StoreError> {
    let entering: Vec<NodeId> = due.documents.iter().map(|document| document.node).collect();
    let leaving: Vec<NodeId> = entering.iter().chain(&due.gone).copied().collect();
    let to = [due.to];
    let phases = vec![
        vec![Load::new(&LEAVE, &leaving, bind_id)],
        vec![Load::new(&FORGET, &leaving, bind_id)],
        vec![Load::new(&NUMBER, &entering, bind_id)],
        vec![Load::new(&ENTER, &due.documents, bind_document), Load::new(&STATE, &to, bind_state)],
    ];
    write_rows(connection, phases, "BEGIN IMMEDIATE;", "COMMIT").await
}

fn bind_document(document: &SearchDocument, arguments: &mut SqliteArguments) -> Result<(), BoxDynError> {
    use sqlx::Arguments as _;
    arguments.add(document.node.as_bytes().as_slice())?;
    arguments.add(document.title.as_str())?;
    arguments.add(document.aliases.as_str())?;
    arguments.add(document.body.as_str())?;
    arguments.add(document.cjk.as_str())?;
    arguments.add(document.facet.as_str())
}

fn bind_state(to: &IndexedTo, arguments: &mut SqliteArguments) -> Result<(), BoxDynError> {
    use sqlx::Arguments as _;
    arguments.add(to.rev)?;
    arguments.add(to.index)
}

/// An id as [`id_list`] has it.
fn hex(id: &NodeId) -> String {
    id.to_string().replace('-', "")
}

/// Statements that empty the index, so that it is made anew from the whole log.
pub(super) const EMPTY: &str = "INSERT INTO search (search) VALUES ('delete-all'); DELETE FROM search_doc; \
    UPDATE search_state SET rev = 0, idx = 0";

/// What of the index cannot be right: looked at only when it has all of the log.
pub(super) async fn index_problems(connection: &mut SqliteConnection) -> Result<Vec<String>, StoreError> {
    const MISSING: &str = "SELECT count(*) FROM node WHERE trashed = 0 AND vals <> X'80' AND kind <> 'settings' \
        AND NOT EXISTS (SELECT 1 FROM search_doc WHERE search_doc.node = node.id)";
    const STRAY: &str = "SELECT count(*) FROM search_doc LEFT JOIN node ON node.id = search_doc.node \
        WHERE node.id IS NULL OR node.trashed = 1";
    let is_behind: bool = sqlx::query_scalar(BEHIND).fetch_one(&mut *connection).await?;
    if is_behind {
        return Ok(Vec::new());
    }
    let missing: i64 = sqlx::query_scalar(MISSING).fetch_one(&mut *connection).await?;
    let stray: i64 = sqlx::query_scalar(STRAY).fetch_one(&mut *connection).await?;
    let mut problems = Vec::new();
    if missing > 0 {
        problems.push(format!("{missing} nodes cannot be searched for"));
    }
    if stray > 0 {
        problems.push(format!("{stray} nodes are searched for and are not there"));
    }
    Ok(problems)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::search::Query;
    use crate::domain::value::Value;
    use crate::store::testing::{TestStore, node_id};
    use crate::store::{check, open, rebuild, testing};

    async fn catch_up(store: &mut TestStore) -> usize {
        let mut steps = 0;
        while let Some(due) = store.database.due_documents().await.unwrap() {
            store.writer.index(&due).await.unwrap();
            steps += 1;
        }
        steps
    }

    async fn found(database: &Database, query: &str) -> Vec<NodeId> {
        let query = Query::parse(query).unwrap();
        database.search(&query.to_match(), &query.to_title_match(), &query.as_title_key(), 50).await.unwrap()
    }

    #[tokio::test]
    async fn queries_find_what_they_say() {
        let mut store = TestStore::new().await;
        store.log.txn("add");
        for (n, kind, title, folder, text) in [
            (1, "page", "Rome", "Travel/Italy", "Città eterna, the Forum #trip/spring"),
            (2, "page", "Plan", "Work", "Rome and the Ärzte of Rome"),
            (3, "task", "Book rome hotel", "", "before friday"),
            (4, "journal", "2026-11-23", "", "# 2026-11-23\nrain in Rome"),
            (5, "page", "日本語メモ", "", "東京に行く計画"),
            (6, "page", "Alias", "", "---\naliases: [Roma]\n---\nforeign forums"),
            (7, "page", "Straßen", "", "Øresund og Łódź"),
        ] {
            let registers = [("kind", kind.into()), ("title", title.into()), ("folder", folder.into())];
            store.log.set(node_id(n), &registers);
            store.log.write(node_id(n), text);
        }
        store.log.set(node_id(3), &[("tag:phone", Value::Bool(true))]);
        store.commit().await;
        catch_up(&mut store).await;
        for (query, expected) in [
            ("rome", &[1, 3, 2, 4][..]),
            ("citta", &[1]),
            ("arzte", &[2]),
            ("\"the forum\"", &[1]),
            ("for*", &[6, 1]),
            ("rome -hotel -rain", &[1, 2]),
            ("forum OR rain", &[4, 1]),
            ("title:rome", &[3, 1]),
            ("tag:trip", &[1]),
            ("tag:trip/spring rome", &[1]),
            ("tag:spring", &[]),
            ("tag:phone", &[3]),
            ("path:travel", &[1]),
            ("path:Travel/Italy/Rome", &[1]),
            ("path:ravel", &[]),
            ("journal: rome", &[4]),
            ("journal:2026-11", &[4]),
            ("journal:2026-12", &[]),
            ("task:", &[3]),
            ("page: rome", &[1, 2]),
            ("roma", &[6]),
            ("strassen", &[7]),
            ("Straße*", &[7]),
            ("oresund lodz", &[7]),
            ("ØRESUND", &[7]),
            ("日本", &[5]),
            ("本語", &[5]),
            ("京", &[5]),
            ("東京 行く", &[5]),
            ("京東", &[]),
            ("title:京", &[]),
            ("-rome", &[7, 6, 5]),
            ("NEAR(rome)", &[]),
            ("rom\"e", &[]),
        ] {
            let ids: Vec<NodeId> = expected.iter().map(|n| node_id(*n)).collect();
            let is_ordered =
                !matches!(query, "rome" | "title:rome" | "-rome" | "forum OR rain" | "page: rome");
            let hits = found(&store.database, query).await;
            if is_ordered && hits.len() < 2 {
                assert_eq!(hits, ids, "{query}");
            } else {
                assert_eq!(hits.iter().collect::<BTreeSet<_>>(), ids.iter().collect(), "{query}");
            }
        }
        assert_eq!(found(&store.database, "rome").await[0], node_id(1), "the exact title stands first");
    }

    #[tokio::test]
    async fn the_index_follows_the_log_and_can_be_made_anew() {
        let mut store = TestStore::new().await;
        for sql in [DUE, LATER, BEHIND] {
            assert_eq!(store.scans(sql).await, Vec::<String>::new());
        }
        let mut steps = 0;
        for n in 0..200_u8 {
            store.log.txn("save");
            store
                .log
                .set(node_id(n % 20), &[("kind", "page".into()), ("title", format!("T{}", n % 20).into())]);
            store.log.write(node_id(n % 20), &format!("word{n} common"));
            if n % 7 == 0 {
                store.log.set(node_id(n % 20), &[("trashed", Value::Bool(n % 2 == 0))]);
            }
            if n % 31 == 0 {
                store.commit().await;
                steps += catch_up(&mut store).await;
            }
        }
        store.commit().await;
        steps += catch_up(&mut store).await;
        assert!(steps > 8, "many operations are several steps: {steps}");
        let expected: BTreeSet<NodeId> =
            store.log.nodes.values().filter(|node| !node.is_trashed()).map(|node| node.id).collect();
        assert!(expected.len() < 20);
        assert_eq!(found(&store.database, "common").await.into_iter().collect::<BTreeSet<_>>(), expected);
        for n in 0..200_u8 {
            let is_newest = n >= 180 && expected.contains(&node_id(n % 20));
            assert_eq!(
                found(&store.database, &format!("word{n}")).await.len(),
                usize::from(is_newest),
                "{n}"
            );
        }
        assert_eq!(check(&store.database).await.unwrap().problems, Vec::<String>::new());
        store.writer.execute("DELETE FROM search_doc WHERE doc = (SELECT max(doc) FROM search_doc)").await;
        assert_eq!(check(&store.database).await.unwrap().problems, ["1 nodes cannot be searched for"]);
        let (_folder, path, _) = store.close().await;
        assert_eq!(rebuild(&path).await.unwrap().problems, Vec::<String>::new());
        let (database, mut writer, _) = open(&path, &testing::environment(2)).await.unwrap();
        while let Some(due) = database.due_documents().await.unwrap() {
            writer.index(&due).await.unwrap();
        }
        assert_eq!(found(&database, "common").await.into_iter().collect::<BTreeSet<_>>(), expected);
        assert_eq!(check(&database).await.unwrap().problems, Vec::<String>::new());
    }

    #[tokio::test]
    async fn no_query_is_an_error_of_the_index() {
        let store = TestStore::new().await;
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let any = proptest::string::string_regex("[a-z\"*():^+ORNT \\-\u{0}é日本{}.,]{0,40}").unwrap();
        for _ in 0..500 {
            let text = proptest::strategy::ValueTree::current(
                &proptest::strategy::Strategy::new_tree(&any, &mut runner).unwrap(),
            );
            if let Ok(query) = Query::parse(&text) {
                let hits = store.database.search(&query.to_match(), &query.to_title_match(), "", 5).await;
                assert!(hits.is_ok(), "{text:?}: {hits:?}");
            }
        }
    }
}
