//! Proves that every row is what the log makes of it, and makes the rows anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _};

use super::backup::integrity_problems;
use super::database::{Database, writing_connection};
use super::error::StoreError;
use super::fold::{Fold, Folded};
use super::migrate::{FORMAT, Found, inspect};
use super::node_row::{
    ALIAS, Derived, NODE, NODE_COLUMNS, TEXT, alias_keys, bind_alias, bind_node, bind_text, read_derived,
    read_id, read_node,
};
use super::statement::{Load, write_rows};
use crate::domain::id::NodeId;
use crate::domain::node::Node;

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
}

impl Findings {
    fn problem(&mut self, problem: String) {
        if self.report.problems.len() < MAX_LISTED {
            self.report.problems.push(problem);
        } else {
            self.unlisted += 1;
        }
    }

    fn take_in(&mut self, folded: &mut Folded) {
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
    Ok(findings.report())
}

async fn check_rows(connection: &mut SqliteConnection, findings: &mut Findings) -> Result<(), StoreError> {
    const STRAYS: &str = "SELECT count(*) FROM op LEFT JOIN txn ON txn.rev = op.rev WHERE txn.rev IS NULL";
    let strays: i64 = sqlx::query_scalar(STRAYS).fetch_one(&mut *connection).await?;
    if strays > 0 {
        findings.problem(format!("{strays} operations belong to no transaction"));
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
        })
    }

    fn compare(&mut self, folded: &Folded, findings: &mut Findings) {
        let id = folded.node.id;
        match self.nodes.remove(&id) {
            None => findings.problem(format!("node {id} has no row")),
            Some((node, derived)) => {
                if node.registers != folded.node.registers {
                    findings.problem(format!("node {id} has other registers than its log"));
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
    let rebuilt = match inspect(&mut connection, FORMAT).await {
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
    sqlx::raw_sql("BEGIN IMMEDIATE; DELETE FROM node; DELETE FROM text; DELETE FROM alias")
        .execute(&mut *connection)
        .await?;
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
        let aliases: Vec<(NodeId, &str)> =
            nodes.iter().flat_map(|node| alias_keys(node).map(|key| (node.id, key))).collect();
        let rows = vec![
            Load::new(&NODE, &nodes, bind_node),
            Load::new(&TEXT, &texts, bind_text),
            Load::new(&ALIAS, &aliases, bind_alias),
        ];
        write_rows(connection, vec![rows], "", "").await?;
    }
    sqlx::query("COMMIT").execute(connection).await?;
    Ok(findings.report())
}
