//! Checks a hub's database: the file, that no log has a gap, that texts are chains, and that what is summed up is right.

use std::path::Path;

use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{ConnectOptions as _, Row as _};

use super::OP_OVERHEAD;
use super::open::MIGRATIONS;
use crate::store::StoreError;
use crate::store::backup::integrity_problems;
use crate::store::database::connection;
use crate::store::migrate::HUB;
use crate::store::open::refuse_foreign;

/// The most problems of a kind that are listed.
const MOST_LISTED: u32 = 20;

/// What a check of a hub found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HubReport {
    /// Accounts.
    pub accounts: u64,
    /// Operations in all logs.
    pub operations: u64,
    /// What is wrong, in sentences; empty when nothing is.
    pub problems: Vec<String>,
}

/// A kind of problem: the rows that have it, and the sentence it is told in.
struct Rule {
    statement: &'static str,
    tell: fn(&SqliteRow) -> Result<String, StoreError>,
}

const GAPS: &str = "SELECT account.id, head, floor, count(seq) AS count, \
        ifnull(min(seq), floor + 1) AS first, ifnull(max(seq), floor) AS last \
    FROM account LEFT JOIN op ON op.account = account.id GROUP BY account.id \
    HAVING count != head - floor OR first != floor + 1 OR last != head LIMIT ?";

const BYTES: &str = "SELECT account.id, account.bytes, ifnull(sum(length(op.body) + ?2), 0) \
        + (SELECT ifnull(sum(length(snapshot_part.body)), 0) FROM snapshot_part \
            WHERE snapshot_part.account = account.id) AS counted \
    FROM account LEFT JOIN op ON op.account = account.id GROUP BY account.id \
    HAVING account.bytes != counted LIMIT ?1";

const STRAYS: &str = "SELECT account AS id, count(*) AS count FROM op \
    WHERE NOT EXISTS (SELECT 1 FROM account WHERE account.id = op.account) GROUP BY account LIMIT ?";

const UNSEEN: &str = "SELECT op.account AS id, op.seq FROM op LEFT JOIN op_seen \
    ON op_seen.account = op.account AND op_seen.op_id = op.op_id \
    WHERE op_seen.seq IS NULL OR op_seen.seq != op.seq LIMIT ?";

/// The texts of a stream are one chain: each says which one before it it changes.
const CHAINS: &str = "SELECT account AS id, seq, base, before FROM ( \
        SELECT op.account, seq, base, lag(seq, 1, 0) OVER (PARTITION BY op.account, stream ORDER BY seq) AS before \
        FROM op JOIN account ON account.id = op.account AND floor = 0 WHERE base IS NOT NULL) \
    WHERE base != before LIMIT ?";

const HEADS: &str = "SELECT op.account AS id, max(seq) AS newest, head FROM op \
    LEFT JOIN stream_head ON stream_head.account = op.account AND stream_head.stream = op.stream \
    GROUP BY op.account, op.stream \
    HAVING head IS NULL OR head != newest OR text != ifnull(max(CASE WHEN base IS NOT NULL THEN seq END), text) LIMIT ?";

const RULES: [Rule; 6] = [
    Rule {
        statement: STRAYS,
        tell: |row| {
            Ok(format!("{} operations belong to account {}, which is not there", at(row, "count")?, id(row)?))
        },
    },
    Rule {
        statement: GAPS,
        tell: |row| {
            let [count, first, last] = ["count", "first", "last"].map(|name| at(row, name));
            let (head, floor) = (at(row, "head")?, at(row, "floor")?);
            let (count, first, last) = (count?, first?, last?);
            Ok(format!(
                "the log of account {} has {count} operations from {first} to {last}, not {} from {} to {head}",
                id(row)?,
                head - floor,
                floor + 1
            ))
        },
    },
    Rule {
        statement: BYTES,
        tell: |row| {
            let (bytes, counted) = (at(row, "bytes")?, at(row, "counted")?);
            Ok(format!("account {} is said to hold {bytes} bytes and holds {counted}", id(row)?))
        },
    },
    Rule {
        statement: UNSEEN,
        tell: |row| Ok(format!("operation {} of account {} could be taken twice", at(row, "seq")?, id(row)?)),
    },
    Rule {
        statement: CHAINS,
        tell: |row| {
            let (seq, base, before) = (at(row, "seq")?, at(row, "base")?, at(row, "before")?);
            Ok(format!(
                "text {seq} of account {} changes {base}, and {before} is the one before it",
                id(row)?
            ))
        },
    },
    Rule {
        statement: HEADS,
        tell: |row| {
            Ok(format!("the newest place of a stream of account {} is not {}", id(row)?, at(row, "newest")?))
        },
    },
];

/// Checks a hub's database that no hub serves. Nothing is written.
///
/// # Errors
/// [`StoreError`] when the check itself cannot be carried out.
pub async fn check(path: &Path) -> Result<HubReport, StoreError> {
    let path = &std::path::absolute(path)?;
    refuse_foreign(path, HUB, MIGRATIONS.len() as u32).await?;
    let mut connection = connection(path).connect().await?;
    let mut report = HubReport::default();
    let found = integrity_problems(&mut connection).await?;
    report.problems.extend(found.into_iter().map(|problem| format!("the file: {problem}")));
    report.accounts = count(&mut connection, "SELECT count(*) FROM account").await?;
    report.operations = count(&mut connection, "SELECT count(*) FROM op").await?;
    for Rule { statement, tell } in RULES {
        let rows = sqlx::query(statement).bind(MOST_LISTED).bind(OP_OVERHEAD as i64);
        for row in rows.fetch_all(&mut connection).await? {
            report.problems.push(tell(&row)?);
        }
    }
    Ok(report)
}

async fn count(connection: &mut SqliteConnection, statement: &'static str) -> Result<u64, StoreError> {
    let count: i64 = sqlx::query_scalar(statement).fetch_one(connection).await?;
    Ok(count.unsigned_abs())
}

fn id(row: &SqliteRow) -> Result<i64, StoreError> {
    at(row, "id")
}

fn at(row: &SqliteRow, name: &str) -> Result<i64, StoreError> {
    Ok(row.try_get(name)?)
}
