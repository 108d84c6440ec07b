//! Proves that every row is what the log makes of it, and makes the rows anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _};

use super::backup::integrity_problems;
use super::blobs::{BlobState, Blobs};
use super::database::{Database, writing_connection};
use super::error::StoreError;
use super::fold::Fold;
use super::migrate::{FORMAT, Found, STORE, inspect};
use super::node_row::{
    ALIAS, Derived, FACT, NODE, NODE_COLUMNS, TEXT, alias_keys, bind_alias, bind_fact, bind_node, bind_text,
    read_derived, read_fact, read_id, read_node,
};
use super::search::{EMPTY, index_problems};
use super::statement::{Load, write_rows};
use crate::domain::id::{DeviceId, NodeId};
use crate::domain::node::{Node, attachment as register_of};
use crate::domain::page::{Attachment, Fact};
use crate::domain::sync::replay::Replay;

/// Problems listed; of the rest the number is told.
const MAX_LISTED: usize = 100;

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Nodes in the log.
    pub nodes: u64,
    /// Operations in the log.
    pub operations: u64,
    /// What is wrong, in sentences; empty when nothing is.
    pub problems: Vec<String>,
}

/// Problems as they are found: a damaged store has many.
#[derive(Default)]
struct Findings {
    report: CheckReport,
    unlisted: u64,
    /// Files that nodes record.
    files: Vec<Recorded>,
}

impl Findings {
    fn problem(&mut self, problem: String) {
        if self.report.problems.len() < MAX_LISTED {
            self.report.problems.push(problem);
        } else {
            self.unlisted += 1;
        }
    }

    fn take_in(&mut self, folded: &mut Replay) {
        self.report.nodes += 1;
        self.report.operations += folded.operations;
        folded.problems.drain(..).for_each(|problem| self.problem(problem));
    }

    fn report(mut self) -> CheckReport {
        if self.unlisted > 0 {
            self.report.problems.push(format!("and {} problems more", self.unlisted));
        }
        self.report
    }
}

/// Checks a store, also while it is written to: the file, the log, and that every row is the log's fold.
///
/// # Errors
/// [`StoreError`] when the check itself cannot be carried out.
pub async fn check(database: &Database) -> Result<CheckReport, StoreError> {
    let mut snapshot = database.readers.begin().await?;
    let mut findings = Findings::default();
    for problem in integrity_problems(&mut snapshot).await? {
        findings.problem(format!("the file: {problem}"));
    }
    match check_rows(&mut snapshot, &mut findings).await {
        Err(StoreError::Corrupt(problem)) => findings.problem(problem),
        other => other?,
    }
    drop(snapshot);
    let device = sqlx::query("SELECT device FROM meta").fetch_one(&database.readers).await?;
    let device = DeviceId::from_slice(device.try_get("device")?).ok();
    let (files, blobs) = (std::mem::take(&mut findings.files), Blobs::beside(database.path()));
    let problems = tokio::task::spawn_blocking(move || file_problems(&blobs, files, device)).await;
    problems.map_err(std::io::Error::other)?.into_iter().for_each(|problem| findings.problem(problem));
    Ok(findings.report())
}

/// A file that a node records.
struct Recorded {
    title: String,
    attachment: Attachment,
    /// Who recorded it: the bytes of what others attached need not be here.
    device: DeviceId,
}

impl Recorded {
    /// The files of a node.
    fn of(node: &Node) -> impl Iterator<Item = Self> {
        node.attachments().filter_map(|attachment| {
            let register = node.registers.register(&register_of(&attachment.name))?;
            Some(Self { title: node.title().to_owned(), device: register.stamp.device, attachment })
        })
    }
}

/// What is wrong with the kept files that are recorded; `own` is this store's device.
fn file_problems(blobs: &Blobs, files: Vec<Recorded>, own: Option<DeviceId>) -> Vec<String> {
    let problem = |Recorded { title, attachment, device }: Recorded| {
        let Attachment { name, hash, bytes, .. } = attachment;
        match blobs.state(hash, bytes) {
            Ok(BlobState::Sound) => None,
            Ok(BlobState::Absent) if own != Some(device) => None,
            Ok(BlobState::Absent) => {
                Some(format!("the file {name} of “{title}” is missing; attach it again"))
            }
            Ok(BlobState::Damaged) => {
                Some(format!("the file {name} of “{title}” is damaged; attach it again"))
            }
            Err(error) => Some(format!("the file {name} of “{title}” cannot be read: {error}")),
        }
    };
    files.into_iter().filter_map(problem).collect()
}

async fn check_rows(connection: &mut SqliteConnection, findings: &mut Findings) -> Result<(), StoreError> {
    const STRAYS: &str = "SELECT count(*) FROM op LEFT JOIN txn ON txn.rev = op.rev WHERE txn.rev IS NULL";
    let strays: i64 = sqlx::query_scalar(STRAYS).fetch_one(&mut *connection).await?;
    if strays > 0 {
        findings.problem(format!("{strays} operations belong to no transaction"));
    }
    for problem in index_problems(connection).await? {
        findings.problem(problem);
    }
    let mut fold = Fold::new();
    let mut after = Vec::new();
    while let Some(mut whole) = fold.step(connection).await? {
        let until = match whole.last() {
            Some(folded) if !fold.is_done() => folded.node.id.as_bytes().to_vec(),
            None if !fold.is_done() => continue,
            // Above every id: what no operation made lies there too.
            _ => vec![0xff; 17],
        };
        let mut rows = Rows::between(connection, &after, &until, findings).await?;
        for folded in &mut whole {
            findings.take_in(folded);
            findings.files.extend(Recorded::of(&folded.node));
            rows.compare(folded, findings);
        }
        rows.report_unfounded(findings);
        after = until;
    }
    Ok(())
}

/// The rows of some nodes.
struct Rows {
    nodes: BTreeMap<NodeId, (Node, Derived)>,
    texts: BTreeMap<NodeId, String>,
    aliases: BTreeSet<(NodeId, String)>,
    facts: BTreeMap<NodeId, BTreeSet<Fact>>,
}

impl Rows {
    async fn between(
        connection: &mut SqliteConnection,
        after: &[u8],
        until: &[u8],
        findings: &mut Findings,
    ) -> Result<Self, StoreError> {
        let columns =
            format!("{NODE_COLUMNS}, kind, title_key, folder_key, journal_day, trashed, open, closed_at");
        let mut nodes = BTreeMap::new();
        for row in fetch_between(connection, &format!("{columns} FROM node"), "id", after, until).await? {
            match (read_node(&row), read_derived(&row)) {
                (Ok(node), Ok(derived)) => drop(nodes.insert(node.id, (node, derived))),
                (Err(error), _) | (_, Err(error)) => findings.problem(error.to_string()),
            }
        }
        let texts = fetch_between(connection, "node, body FROM text", "node", after, until).await?;
        let aliases = fetch_between(connection, "node, title_key FROM alias", "node", after, until).await?;
        let mut facts = BTreeMap::<NodeId, BTreeSet<Fact>>::new();
        for row in fetch_between(connection, "node, kind, name FROM fact", "node", after, until).await? {
            facts.entry(read_id(&row, "node")?).or_default().insert(read_fact(&row)?);
        }
        Ok(Self {
            nodes,
            texts: texts
                .iter()
                .map(|row| Ok((read_id(row, "node")?, row.try_get("body")?)))
                .collect::<Result<_, StoreError>>()?,
            aliases: aliases
                .iter()
                .map(|row| Ok((read_id(row, "node")?, row.try_get("title_key")?)))
                .collect::<Result<_, StoreError>>()?,
            facts,
        })
    }

    fn compare(&mut self, folded: &Replay, findings: &mut Findings) {
        let id = folded.node.id;
        match self.nodes.remove(&id) {
            None => findings.problem(format!("node {id} has no row")),
            Some((node, derived)) => {
                if node.registers != folded.node.registers {
                    findings.problem(format!("node {id} has other registers than its log"));
                }
                if node.is_rescued != folded.node.is_rescued {
                    findings.problem(format!("node {id} is in the trash, or not, against its log"));
                }
                if node.text != folded.node.text || node.modified != folded.node.modified {
                    findings.problem(format!("node {id} has another state of its text than its log"));
                }
                if derived != Derived::of(&folded.node) {
                    findings.problem(format!("node {id} is found by other columns than its registers say"));
                }
            }
        }
        if self.texts.remove(&id) != folded.text {
            findings.problem(format!("node {id} has another text than its log"));
        }
        let facts = folded.node.facts(folded.text.as_deref().unwrap_or_default());
        if self.facts.remove(&id).unwrap_or_default() != facts {
            findings.problem(format!("node {id} says other things of links and tags than its text"));
        }
        for key in alias_keys(&folded.node) {
            if !self.aliases.remove(&(id, key.to_owned())) {
                findings.problem(format!("node {id} is not found by its alias {key}"));
            }
        }
    }

    /// What is left after every node of the log took its own.
    fn report_unfounded(self, findings: &mut Findings) {
        for id in self.nodes.keys() {
            findings.problem(format!("node {id} has a row and no operation"));
        }
        for id in self.texts.keys() {
            findings.problem(format!("node {id} has a text and no operation"));
        }
        for id in self.facts.keys() {
            findings.problem(format!("node {id} says things and has no operation"));
        }
        for (id, key) in &self.aliases {
            findings.problem(format!("node {id} is found by {key}, which is no alias of it"));
        }
    }
}

async fn fetch_between(
    connection: &mut SqliteConnection,
    columns_from: &str,
    id: &str,
    after: &[u8],
    until: &[u8],
) -> Result<Vec<SqliteRow>, StoreError> {
    let sql = format!("SELECT {columns_from} WHERE {id} > ? AND {id} <= ?");
    Ok(sqlx::query(AssertSqlSafe(sql)).bind(after).bind(until).fetch_all(connection).await?)
}

/// Makes the rows of a stopped store anew from its log, in one transaction; what is local is left alone.
///
/// The report names what of the log cannot be right; the rest of it was folded.
///
/// # Errors
/// [`StoreError`]; the store is then as it was.
pub async fn rebuild(path: &Path) -> Result<CheckReport, StoreError> {
    std::fs::metadata(path)?;
    let mut connection = writing_connection(path).create_if_missing(false).connect().await?;
    let rebuilt = match inspect(&mut connection, STORE, FORMAT).await {
        Ok(Found::Store(_)) => rebuild_rows(&mut connection).await,
        Ok(Found::Empty) => Err(StoreError::NotAStore),
        Err(error) => Err(error),
    };
    // Closing rolls back what an error left open.
    let closed = connection.close().await;
    let report = rebuilt?;
    closed?;
    Ok(report)
}

async fn rebuild_rows(connection: &mut SqliteConnection) -> Result<CheckReport, StoreError> {
    sqlx::raw_sql("BEGIN IMMEDIATE; DELETE FROM node; DELETE FROM text; DELETE FROM alias; DELETE FROM fact; DELETE FROM fact_due")
        .execute(&mut *connection)
        .await?;
    sqlx::raw_sql(EMPTY).execute(&mut *connection).await?;
    let mut findings = Findings::default();
    let mut fold = Fold::new();
    while let Some(mut whole) = fold.step(connection).await? {
        whole.iter_mut().for_each(|folded| findings.take_in(folded));
        let (nodes, texts): (Vec<Node>, Vec<_>) = whole
            .into_iter()
            .map(|folded| {
                let id = folded.node.id;
                (folded.node, folded.text.map(|text| (id, text)))
            })
            .unzip();
        let texts: Vec<(NodeId, String)> = texts.into_iter().flatten().collect();
        let facts = facts_of(&nodes, &texts);
        let aliases: Vec<(NodeId, &str)> =
            nodes.iter().flat_map(|node| alias_keys(node).map(|key| (node.id, key))).collect();
        let rows = vec![
            Load::new(&NODE, &nodes, bind_node),
            Load::new(&TEXT, &texts, bind_text),
            Load::new(&ALIAS, &aliases, bind_alias),
            Load::new(&FACT, &facts, bind_fact),
        ];
        write_rows(connection, vec![rows], "", "").await?;
    }
    sqlx::query("COMMIT").execute(connection).await?;
    Ok(findings.report())
}

/// What nodes say, with the texts of those that have one.
pub(super) fn facts_of(nodes: &[Node], texts: &[(NodeId, String)]) -> Vec<(NodeId, Fact)> {
    let texts: BTreeMap<NodeId, &str> = texts.iter().map(|(id, text)| (*id, text.as_str())).collect();
    let text_of = |id| texts.get(&id).copied().unwrap_or_default();
    nodes
        .iter()
        .flat_map(|node| node.facts(text_of(node.id)).into_iter().map(|fact| (node.id, fact)))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::page::BlobHash;
    use crate::domain::value::Value;
    use crate::store::testing::{TestStore, mutation_id, node_id};
    use crate::store::{Batch, open, testing};

    /// What this machine did not attach need not be here, but must not be something else either.
    #[test]
    fn files_of_other_machines_may_be_absent() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::beside(&folder.path().join("heph.db"));
        let incoming = folder.path().join("incoming");
        std::fs::write(&incoming, "here").unwrap();
        let (here, bytes) = blobs.keep(&incoming).unwrap();
        let absent = BlobHash::from_bytes([1; 32]);
        let [own, other] = [1, 2].map(|n| DeviceId::from_bytes([n; 16]));
        let recorded = |name: &str, hash, bytes, device| {
            let attachment = Attachment { name: name.to_owned(), hash, bytes, added: 0 };
            Recorded { title: "P".to_owned(), attachment, device }
        };
        let files = vec![
            recorded("own", absent, 1, own),
            recorded("theirs", absent, 1, other),
            recorded("sound", here, bytes, other),
            recorded("damaged", here, bytes + 1, other),
        ];
        let expected = [
            "the file own of “P” is missing; attach it again",
            "the file damaged of “P” is damaged; attach it again",
        ];
        assert_eq!(file_problems(&blobs, files, Some(own)), expected);
    }

    /// A change to a random node.
    #[derive(Debug, Clone)]
    enum Change {
        Set(u8, &'static str, Value),
        Write(u8, String),
    }

    fn changes() -> impl Strategy<Value = Change> {
        let text = || "[a\n é😀]{0,12}".prop_map(Value::Text);
        let register = prop_oneof![
            prop_oneof![Just("page"), Just("task"), Just("journal"), Just("project"), Just("nonsense")]
                .prop_map(|kind| ("kind", kind.into())),
            text().prop_map(|title| ("title", title)),
            Just(("title", "2026-W48".into())),
            prop_oneof![text(), Just("Work/ Big".into())].prop_map(|folder| ("folder", folder)),
            any::<bool>().prop_map(|is| ("trashed", Value::Bool(is))),
            (prop_oneof![Just("todo"), Just("done"), Just("")], any::<i64>())
                .prop_map(|(word, at)| ("status", Value::List(vec![word.into(), Value::Int(at)]))),
            prop_oneof![Just(Value::Nil), text()].prop_map(|title| ("alias:a", title)),
            prop_oneof![Just(Value::Nil), text()].prop_map(|title| ("alias:b", title)),
            Just(("due", Value::Nil)),
        ];
        prop_oneof![
            4 => (1u8..6, register).prop_map(|(node, (name, value))| Change::Set(node, name, value)),
            1 => (1u8..6, "[ab\n é😀]{0,30}").prop_map(|(node, text)| Change::Write(node, text)),
        ]
    }

    /// Commits as many batches of as many transactions of as many changes.
    async fn commit_all(store: &mut TestStore, batches: &[Vec<Vec<Change>>]) {
        for batch in batches {
            for txn in batch {
                store.log.txn("random");
                for change in txn {
                    match change {
                        Change::Set(node, name, value) => {
                            store.log.set(node_id(*node), &[(name, value.clone())])
                        }
                        Change::Write(node, text) => store.log.write(node_id(*node), text),
                    }
                }
            }
            store.commit().await;
        }
    }

    async fn problems(store: &TestStore) -> Vec<String> {
        check(&store.database).await.unwrap().problems
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn rows_are_the_fold_of_the_log(
            batches in prop::collection::vec(
                prop::collection::vec(prop::collection::vec(changes(), 1..4), 1..6), 1..8),
        ) {
            block_on(async {
                let mut store = TestStore::new().await;
                commit_all(&mut store, &batches).await;
                let ids: Vec<_> = store.log.nodes.keys().copied().collect();
                let nodes: BTreeMap<_, _> = store.database.nodes(&ids).await.unwrap().into_iter().collect();
                prop_assert_eq!(&nodes, &store.log.nodes);
                let texts: BTreeMap<_, _> = store.database.texts(&ids).await.unwrap().into_iter().collect();
                prop_assert_eq!(&texts, &store.log.texts);
                let report = check(&store.database).await.unwrap();
                prop_assert_eq!(&report.problems, &Vec::<String>::new());
                prop_assert_eq!(report.nodes, ids.len() as u64);

                let (_folder, path, _) = store.close().await;
                prop_assert_eq!(&rebuild(&path).await.unwrap(), &report);
                let (database, ..) = open(&path, &testing::environment(2)).await.unwrap();
                let rebuilt: BTreeMap<_, _> = database.nodes(&ids).await.unwrap().into_iter().collect();
                prop_assert_eq!(rebuilt, nodes);
                prop_assert_eq!(check(&database).await.unwrap(), report);
                Ok(())
            })?;
        }
    }

    /// Two tasks, a page with an alias and a long text of three hundred revisions.
    async fn furnished() -> TestStore {
        let mut store = TestStore::new().await;
        store.log.txn("add").mutation_id = Some(mutation_id(1));
        store.log.set(node_id(1), &[("kind", "task".into()), ("title", "one".into())]);
        store.log.set(node_id(2), &[("kind", "task".into()), ("title", "two".into())]);
        store.log.txn("page new");
        store.log.set(node_id(3), &[("kind", "page".into()), ("title", "P".into()), ("alias:q", "Q".into())]);
        for n in 0..300 {
            store.log.txn("save");
            store.log.write(node_id(3), &format!("{n}\n{}last\n", "line\n".repeat(n % 17)));
        }
        let batch = Batch { burnt: vec![(mutation_id(7), 5)], ..store.log.take() };
        store.writer.commit(&batch).await.unwrap();
        store
    }

    #[tokio::test]
    async fn damage_is_named_and_mended() {
        for (damage, named) in [
            ("DELETE FROM node WHERE id = X'02020202020202020202020202020202'", "has no row"),
            (
                "UPDATE node SET vals = (SELECT vals FROM node WHERE rowid = 2) WHERE rowid = 1",
                "other registers",
            ),
            ("UPDATE node SET vals = X'81' WHERE rowid = 1", "cannot be read"),
            ("UPDATE node SET open = 0 WHERE rowid = 1", "found by other columns"),
            ("UPDATE node SET title_key = 'x' WHERE rowid = 3", "found by other columns"),
            ("UPDATE node SET modified = 1 WHERE rowid = 3", "another state"),
            ("UPDATE text SET body = 'lost'", "another text"),
            ("DELETE FROM text", "another text"),
            ("DELETE FROM alias", "not found by its alias q"),
            ("INSERT INTO alias VALUES (X'01010101010101010101010101010101', 'z')", "which is no alias"),
            ("INSERT INTO text VALUES (X'FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF', '')", "a text and no operation"),
            (
                "INSERT INTO node SELECT zeroblob(16), kind, title_key, folder_key, journal_day, trashed, open, \
                 closed_at, modified, text_rev, text_revisions, text_hash, text_empty, vals, stamps, rescued FROM node \
                 WHERE rowid = 1",
                "a row and no operation",
            ),
        ] {
            let mut store = furnished().await;
            let expected = (store.log.nodes.clone(), problems(&store).await);
            assert_eq!(expected.1, Vec::<String>::new());
            store.writer.execute(damage).await;
            let found = problems(&store).await;
            assert!(found.iter().any(|problem| problem.contains(named)), "{damage}: {found:?}");

            let (_folder, path, log) = store.close().await;
            assert_eq!(rebuild(&path).await.unwrap().problems, Vec::<String>::new(), "{damage}");
            let (database, ..) = open(&path, &testing::environment(2)).await.unwrap();
            assert_eq!(check(&database).await.unwrap().problems, Vec::<String>::new(), "{damage}");
            assert_eq!(database.outcomes(&[mutation_id(1), mutation_id(7)]).await.unwrap().len(), 2);
            assert_eq!(database.texts(&[node_id(3)]).await.unwrap()[&node_id(3)], log.texts[&node_id(3)]);
        }
    }

    #[tokio::test]
    async fn a_damaged_log_is_named_and_does_not_hide_the_rest() {
        for (damage, named) in [
            (
                "UPDATE op SET body = X'00' WHERE rev = 1 AND idx = 0",
                "operation 0 of revision 1 cannot be read",
            ),
            ("UPDATE op SET kind = 20 WHERE rev = 1 AND idx = 0", "an operation of kind 20"),
            ("DELETE FROM op WHERE rev = 100", "does not follow"),
            ("DELETE FROM txn WHERE rev = 1", "2 operations belong to no transaction"),
        ] {
            let mut store = furnished().await;
            store.writer.execute(damage).await;
            let found = problems(&store).await;
            assert!(found.iter().any(|problem| problem.contains(named)), "{damage}: {found:?}");
            let (_folder, path, log) = store.close().await;
            rebuild(&path).await.unwrap();
            let (database, ..) = open(&path, &testing::environment(2)).await.unwrap();
            // A keyframe after the gap mends the text.
            assert_eq!(database.texts(&[node_id(3)]).await.unwrap()[&node_id(3)], log.texts[&node_id(3)]);
        }
    }

    #[tokio::test]
    async fn many_problems_are_counted() {
        let mut store = TestStore::new().await;
        for n in 0..250u128 {
            store.log.txn("add");
            store.log.set(NodeId::from_bytes(n.to_be_bytes()), &[("title", "x".into())]);
        }
        store.commit().await;
        store.writer.execute("UPDATE node SET modified = 0").await;
        let found = problems(&store).await;
        assert_eq!(found.len(), MAX_LISTED + 1);
        assert_eq!(found[MAX_LISTED], "and 150 problems more");
    }

    #[tokio::test]
    async fn only_a_store_is_rebuilt() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing.db");
        assert!(matches!(rebuild(&path).await, Err(StoreError::Io(_))));
        assert!(!path.exists());
        std::fs::write(&path, "").unwrap();
        assert!(matches!(rebuild(&path).await, Err(StoreError::NotAStore)));
    }
}
