//! Rows of the fold: `node`, `text`, `alias`, `fact`.

use jiff::civil::{ISOWeekDate, Weekday};
use sqlx::Row as _;
use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArguments, SqliteRow};

use super::error::StoreError;
use super::statement::Table;
use crate::domain::change::Registers;
use crate::domain::id::NodeId;
use crate::domain::node::{Node, NodeKind, TextState, register};
use crate::domain::page::{Fact, FactKind, Journal, folder_key};

pub(super) const NODE: Table = Table {
    head: "INSERT INTO node (id, kind, title_key, folder_key, journal_day, trashed, open, closed_at, modified, \
           text_rev, text_revisions, text_hash, text_empty, vals, stamps, rescued)",
    columns: 16,
    tail: "ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, title_key = excluded.title_key, \
           folder_key = excluded.folder_key, journal_day = excluded.journal_day, trashed = excluded.trashed, \
           open = excluded.open, closed_at = excluded.closed_at, modified = excluded.modified, \
           text_rev = excluded.text_rev, text_revisions = excluded.text_revisions, \
           text_hash = excluded.text_hash, text_empty = excluded.text_empty, vals = excluded.vals, \
           stamps = excluded.stamps, rescued = excluded.rescued",
};

pub(super) const TEXT: Table = Table {
    head: "INSERT INTO text (node, body)",
    columns: 2,
    tail: "ON CONFLICT (node) DO UPDATE SET body = excluded.body",
};

pub(super) const ALIAS_GONE: Table =
    Table { head: "DELETE FROM alias WHERE node IN (", columns: 1, tail: ")" };

pub(super) const ALIAS: Table = Table { head: "INSERT INTO alias (node, title_key)", columns: 2, tail: "" };

pub(super) const FACT: Table =
    Table { head: "INSERT INTO fact (node, kind, name)", columns: 3, tail: "ON CONFLICT DO NOTHING" };

pub(super) const FACT_GONE: Table =
    Table { head: "DELETE FROM fact WHERE (node, kind, name) IN (", columns: 3, tail: ")" };

/// Columns [`read_node`] reads.
pub(super) const NODE_COLUMNS: &str =
    "id, modified, text_rev, text_revisions, text_hash, text_empty, vals, stamps, rescued";

/// Typed columns of a node: what filters, sorts and indexes need of its registers.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Derived {
    pub(super) kind: NodeKind,
    pub(super) title_key: Option<String>,
    pub(super) folder_key: String,
    pub(super) journal_day: Option<String>,
    pub(super) is_trashed: bool,
    pub(super) is_open: bool,
    pub(super) closed_at: Option<i64>,
}

impl Derived {
    pub(super) fn of(node: &Node) -> Self {
        let kind = node.kind();
        let is_trashed = node.is_trashed();
        let (status, status_at, _) = node.status();
        let is_task = kind == NodeKind::Task;
        let trashed_at = || node.registers.register(register::TRASHED).map(|r| r.stamp.tick.ms as i64);
        Self {
            kind,
            title_key: kind.is_page().then(|| node.title_key()),
            folder_key: folder_key(node.folder()),
            journal_day: (kind == NodeKind::Journal).then(|| journal_day(node.title())),
            is_trashed,
            is_open: is_task && status.is_open() && !is_trashed,
            closed_at: match (is_trashed, is_task && !status.is_open()) {
                (true, _) => trashed_at(),
                (false, true) => Some(status_at),
                (false, false) => None,
            },
        }
    }
}

/// First day of a journal's day or week; the title itself should it be neither.
fn journal_day(title: &str) -> String {
    match Journal::from_title(title) {
        Some(Journal::Week { year, week }) => ISOWeekDate::new(year, week, Weekday::Monday)
            .map_or_else(|_| title.to_owned(), |monday| monday.date().to_string()),
        Some(Journal::Day(_)) | None => title.to_owned(),
    }
}

/// The aliases of a node as `alias` has them: title keys.
pub(super) fn alias_keys(node: &Node) -> impl Iterator<Item = &str> {
    node.registers.with_prefix(register::ALIAS).map(|(key, _)| key)
}

pub(super) fn bind_node(node: &Node, arguments: &mut SqliteArguments) -> Result<(), BoxDynError> {
    use sqlx::Arguments as _;
    let derived = Derived::of(node);
    arguments.add(node.id.as_bytes().as_slice())?;
    arguments.add(derived.kind.word())?;
    arguments.add(derived.title_key)?;
    arguments.add(derived.folder_key)?;
    arguments.add(derived.journal_day)?;
    arguments.add(derived.is_trashed)?;
    arguments.add(derived.is_open)?;
    arguments.add(derived.closed_at)?;
    arguments.add(node.modified as i64)?;
    arguments.add(node.text.rev as i64)?;
    arguments.add(node.text.revisions as i64)?;
    arguments.add(node.text.hash.as_slice())?;
    arguments.add(node.text.is_empty)?;
    arguments.add(node.registers.encode_values())?;
    arguments.add(node.registers.encode_stamps())?;
    arguments.add(node.is_rescued)
}

pub(super) fn bind_text(
    (node, body): &(NodeId, String),
    arguments: &mut SqliteArguments,
) -> Result<(), BoxDynError> {
    use sqlx::Arguments as _;
    arguments.add(node.as_bytes().as_slice())?;
    arguments.add(body.as_str())
}

pub(super) fn bind_alias(
    (node, key): &(NodeId, &str),
    arguments: &mut SqliteArguments,
) -> Result<(), BoxDynError> {
    use sqlx::Arguments as _;
    arguments.add(node.as_bytes().as_slice())?;
    arguments.add(*key)
}

pub(super) fn bind_fact(
    (node, (kind, name)): &(NodeId, Fact),
    arguments: &mut SqliteArguments,
) -> Result<(), BoxDynError> {
    use sqlx::Arguments as _;
    arguments.add(node.as_bytes().as_slice())?;
    arguments.add(kind.number())?;
    arguments.add(name.as_str())
}

pub(super) fn bind_id(id: &NodeId, arguments: &mut SqliteArguments) -> Result<(), BoxDynError> {
    use sqlx::Arguments as _;
    arguments.add(id.as_bytes().as_slice())
}

/// Reads a fact out of a row.
pub(super) fn read_fact(row: &SqliteRow) -> Result<Fact, StoreError> {
    let kind = FactKind::from_number(row.try_get("kind")?)
        .ok_or_else(|| StoreError::malformed("the kind of a fact"))?;
    Ok((kind, row.try_get("name")?))
}

/// Reads an id of a node out of a row.
pub(super) fn read_id(row: &SqliteRow, column: &str) -> Result<NodeId, StoreError> {
    NodeId::from_slice(row.try_get(column)?).map_err(|_| StoreError::malformed("the id of a node"))
}

pub(super) fn read_node(row: &SqliteRow) -> Result<Node, StoreError> {
    let id = read_id(row, "id")?;
    let malformed = || StoreError::malformed(format_args!("node {id}"));
    let hash: &[u8] = row.try_get("text_hash")?;
    Ok(Node {
        id,
        registers: Registers::decode(row.try_get("vals")?, row.try_get("stamps")?)
            .map_err(|_| malformed())?,
        modified: row.try_get::<i64, _>("modified")? as u64,
        is_rescued: row.try_get("rescued")?,
        text: TextState {
            rev: row.try_get::<i64, _>("text_rev")? as u64,
            revisions: row.try_get::<i64, _>("text_revisions")? as u64,
            hash: hash.try_into().map_err(|_| malformed())?,
            is_empty: row.try_get("text_empty")?,
        },
    })
}

/// Reads the typed columns of a node's row, which `check` compares with what its registers say.
pub(super) fn read_derived(row: &SqliteRow) -> Result<Derived, StoreError> {
    let kind: &str = row.try_get("kind")?;
    Ok(Derived {
        kind: NodeKind::from_word(kind).ok_or_else(|| StoreError::malformed("the kind of a node"))?,
        title_key: row.try_get("title_key")?,
        folder_key: row.try_get("folder_key")?,
        journal_day: row.try_get("journal_day")?,
        is_trashed: row.try_get("trashed")?,
        is_open: row.try_get("open")?,
        closed_at: row.try_get("closed_at")?,
    })
}
