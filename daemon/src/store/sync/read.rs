//! What sync reads of the store, set-wise.

use std::collections::{HashMap, HashSet};

use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _};

use super::SyncState;
use crate::domain::change::{Body, Kind};
use crate::domain::id::{DeviceId, NodeId, OpId};
use crate::domain::node::Node;
use crate::domain::sync::pull::{Local, Logged, LoggedEdit};
use crate::domain::sync::{Arrived, Head, HeadText, Outgoing, UserEdit, Writer};
use crate::domain::value::Value;
use crate::store::log_row::{OP_COLUMNS, read_op};
use crate::store::node_row::read_id;
use crate::store::read::id_list;
use crate::store::{Database, OpRecord, StoreError};

/// How much there is to sync.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SyncCounts {
    /// Operations and texts that are not at the hub.
    pub unsent: u64,
    /// Those of them that the hub refuses.
    pub parked: u64,
    /// Operations of others that could not be folded in.
    pub unfit: u64,
}

/// A value that lost.
#[derive(Debug, Clone, PartialEq)]
pub struct ConflictRow {
    /// The node.
    pub node: NodeId,
    /// The register.
    pub name: String,
    /// The operation that wrote it.
    pub lost_by: OpId,
    /// Whose that was.
    pub lost_device: Option<DeviceId>,
    /// The value.
    pub lost: Value,
    /// When it was found, Unix milliseconds.
    pub at_ms: i64,
}

/// An operation that the hub refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedRow {
    /// The operation.
    pub op: OpId,
    /// Its node.
    pub node: NodeId,
    /// Why, as the hub's code.
    pub reason: String,
}

const HEADS: &str = "SELECT node, seq, revisions, rev, body, broken FROM head \
    WHERE node IN (SELECT unhex(value) FROM json_each(?))";
const OUTGOING: &str = "SELECT node, op_id, base, rev, cursor, kind, body, target FROM outgoing \
    WHERE node IN (SELECT unhex(value) FROM json_each(?))";
const UNSENT: &str = "SELECT DISTINCT ent FROM op WHERE ent IN (SELECT unhex(value) FROM json_each(?)) \
    AND hub_seq IS NULL AND carried_by IS NULL AND place = 0 AND kind < 3";
const KNOWN: &str = "SELECT op_id, hub_seq, kind, body FROM op \
    WHERE op_id IN (SELECT unhex(value) FROM json_each(?))";
const WRITERS: &str = "SELECT op_id, device, hub_seq, cursor FROM op \
    WHERE op_id IN (SELECT unhex(value) FROM json_each(?))";
const LOST: &str = "SELECT conflict.node, conflict.name, op.op_id, op.device, op.hub_seq, op.cursor \
    FROM conflict JOIN op ON op.op_id = conflict.lost_by \
    WHERE conflict.node IN (SELECT unhex(value) FROM json_each(?))";
/// What pages were changed by, but by texts that are not at the hub.
const SETTLED: &str = "SELECT ent, op_id, received_at FROM op \
    WHERE ent IN (SELECT unhex(value) FROM json_each(?)) AND carried_by IS NULL \
    AND NOT (hub_seq IS NULL AND place = 0 AND kind < 3)";

impl Database {
    /// How this store stands to its hub; none if it never had one.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn sync_state(&self) -> Result<Option<SyncState>, StoreError> {
        let row = sqlx::query("SELECT * FROM sync").fetch_optional(&self.readers).await?;
        let Some(row) = row else { return Ok(None) };
        let device: Option<&[u8]> = row.try_get("device")?;
        let number = |column: &str| row.try_get::<i64, _>(column).map(|number| number as u64);
        Ok(Some(SyncState {
            issuer: row.try_get("issuer")?,
            subject: row.try_get("subject")?,
            epoch: number("epoch")?,
            cursor: number("cursor")?,
            device: device.and_then(|id| DeviceId::from_slice(id).ok()),
            shift_ms: row.try_get("shift_ms")?,
            sent_rev: number("sent_rev")?,
            synced_at: row.try_get("synced_at")?,
        }))
    }

    /// How much there is to sync.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn sync_counts(&self) -> Result<SyncCounts, StoreError> {
        const COUNTS: &str = "SELECT (SELECT count(*) FROM op WHERE hub_seq IS NULL AND carried_by IS NULL), \
            (SELECT count(*) FROM parked), (SELECT count(*) FROM unfit)";
        let row = sqlx::query(COUNTS).fetch_one(&self.readers).await?;
        let number = |column: usize| row.try_get::<i64, _>(column).map(|number| number as u64);
        Ok(SyncCounts { unsent: number(0)?, parked: number(1)?, unfit: number(2)? })
    }

    /// Everything that folding these operations in needs.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn local(&self, arrived: &[Arrived]) -> Result<Local, StoreError> {
        let mut local = Local::default();
        let ids = distinct(arrived.iter().map(|arrived| arrived.entity));
        let mut nodes = self.nodes(&ids).await?;
        ids.iter().for_each(|id| local.view.put_node(*id, nodes.remove(id)));
        let written =
            distinct(arrived.iter().filter(|arrived| arrived.kind.is_text()).map(|arrived| arrived.entity));
        local.heads = self.heads(&written).await?;
        local.outgoing = self.outgoing(&written).await?;
        let given = local.given_texts(arrived);
        let mut texts = self.texts(&given).await?;
        given.iter().for_each(|id| local.view.put_text(*id, texts.remove(id)));
        let unsent = self.with_unsent_texts(&given).await?;
        for id in &unsent {
            let node = local.view.node(*id).ok().flatten().cloned().unwrap_or_else(|| Node::new(*id));
            let head = local.heads.get(id).cloned().unwrap_or_default();
            local.head_texts.insert(*id, self.head_text(&node, &head).await?);
        }
        local.modified = self.settled_modified(&unsent).await?;
        let mut ticks = HashMap::new();
        for row in self.by_ids(KNOWN, arrived.iter().map(|arrived| arrived.id.as_bytes())).await? {
            let (id, seq) = (op_id(&row)?, seq_of(&row)?);
            local.known.insert(id, seq);
            let kind = Kind(row.try_get("kind")?);
            if seq.is_none()
                && let Ok(Body::Set { tick, .. }) = Body::decode(kind, row.try_get("body")?)
            {
                ticks.insert(id, tick.ms);
            }
        }
        let overwritten = local.overwritten(arrived);
        for row in self.by_ids(WRITERS, overwritten.iter().map(OpId::as_bytes)).await? {
            let writer = writer(&row)?;
            local.writers.insert(writer.op, writer);
        }
        for row in self.by_ids(LOST, ids.iter().map(NodeId::as_bytes)).await? {
            let key = (read_id(&row, "node")?, row.try_get::<String, _>("name")?.into_boxed_str());
            local.lost.entry(key).or_default().push(writer(&row)?);
        }
        for op in self.logs(&local.discarded(arrived)).await? {
            if op.operation.is_edit() {
                let edit = UserEdit { device: op.operation.device, seq: op.trace.seq };
                let is_text = op.operation.body.kind().is_text() && op.trace.seq.is_none();
                let logged = LoggedEdit { op: op.operation.id, rev: op.rev, is_text, edit };
                local.edits.entry(op.operation.entity).or_default().push(logged);
            }
        }
        for op in self.logs(&local.ahead(arrived, &ticks)).await? {
            let logged = Logged { rev: op.rev, trace: op.trace, operation: op.operation };
            local.logs.entry(logged.operation.entity).or_default().push(logged);
        }
        Ok(local)
    }

    /// What the hub's newest text of a page is.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn head_text(&self, node: &Node, head: &Head) -> Result<String, StoreError> {
        match &head.text {
            HeadText::Apart(text) => Ok(text.clone()),
            HeadText::Revision(0) => Ok(node.genesis()),
            HeadText::Revision(rev) => {
                Ok(self.text_at(node.id, *rev).await?.unwrap_or_else(|| node.genesis()))
            }
        }
    }

    /// When these pages were changed last, what is unsent left out. Unix milliseconds.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn settled_modified(&self, ids: &[NodeId]) -> Result<HashMap<NodeId, u64>, StoreError> {
        let mut newest: HashMap<NodeId, u64> = ids.iter().map(|id| (*id, 0)).collect();
        for row in self.by_ids(SETTLED, ids.iter().map(NodeId::as_bytes)).await? {
            let at = row.try_get::<Option<i64>, _>("received_at")?.map(|at| at as u64);
            let made = crate::domain::node::made_at(op_id(&row)?, at);
            let newest = newest.entry(read_id(&row, "ent")?).or_default();
            *newest = made.max(*newest);
        }
        Ok(newest)
    }

    /// The newest texts at the hub of these pages.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn heads(&self, ids: &[NodeId]) -> Result<HashMap<NodeId, Head>, StoreError> {
        let rows = self.by_ids(HEADS, ids.iter().map(NodeId::as_bytes)).await?;
        let read = |row: &SqliteRow| {
            let text =
                match (row.try_get::<Option<String>, _>("body")?, row.try_get::<Option<i64>, _>("rev")?) {
                    (Some(text), _) => HeadText::Apart(text),
                    (None, rev) => HeadText::Revision(rev.unwrap_or_default() as u64),
                };
            let head = Head {
                seq: row.try_get::<i64, _>("seq")? as u64,
                revisions: row.try_get::<i64, _>("revisions")? as u64,
                text,
                is_broken: row.try_get("broken")?,
            };
            Ok((read_id(row, "node")?, head))
        };
        rows.iter().map(read).collect()
    }

    /// The texts of these pages that are on their way.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn outgoing(&self, ids: &[NodeId]) -> Result<HashMap<NodeId, Outgoing>, StoreError> {
        let rows = self.by_ids(OUTGOING, ids.iter().map(NodeId::as_bytes)).await?;
        let read = |row: &SqliteRow| {
            let number = |column: &str| row.try_get::<i64, _>(column).map(|number| number as u64);
            let outgoing = Outgoing {
                id: op_id(row)?,
                node: read_id(row, "node")?,
                base: number("base")?,
                rev: number("rev")?,
                cursor: number("cursor")?,
                kind: Kind(row.try_get("kind")?),
                body: row.try_get("body")?,
                target: row.try_get("target")?,
            };
            Ok((outgoing.node, outgoing))
        };
        rows.iter().map(read).collect()
    }

    /// Which of these pages have a text that is not at the hub.
    async fn with_unsent_texts(&self, ids: &[NodeId]) -> Result<Vec<NodeId>, StoreError> {
        let rows = self.by_ids(UNSENT, ids.iter().map(NodeId::as_bytes)).await?;
        rows.iter().map(|row| read_id(row, "ent")).collect()
    }

    /// All operations of these nodes, but texts that were carried.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn logs(&self, ids: &[NodeId]) -> Result<Vec<OpRecord>, StoreError> {
        let sql = format!(
            "SELECT {OP_COLUMNS} FROM op WHERE ent IN (SELECT unhex(value) FROM json_each(?)) \
             AND carried_by IS NULL ORDER BY rev, idx"
        );
        self.by_ids(&sql, ids.iter().map(NodeId::as_bytes)).await?.iter().map(read_op).collect()
    }

    /// Whether all of these operations are in the log, or are texts on their way.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn knows(&self, ids: &[OpId]) -> Result<bool, StoreError> {
        const LOGGED: &str = "SELECT op_id FROM op WHERE op_id IN (SELECT unhex(value) FROM json_each(?))";
        const ON_THEIR_WAY: &str =
            "SELECT op_id FROM outgoing WHERE op_id IN (SELECT unhex(value) FROM json_each(?))";
        let mut known = HashSet::new();
        for statement in [LOGGED, ON_THEIR_WAY] {
            for row in self.by_ids(statement, ids.iter().map(OpId::as_bytes)).await? {
                known.insert(op_id(&row)?);
            }
        }
        Ok(ids.iter().all(|id| known.contains(id)))
    }

    /// Whether any value is listed that lost.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn has_conflicts(&self) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM conflict)").fetch_one(&self.readers).await?)
    }

    /// Values that lost and were not dismissed, newest first.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn conflicts(&self, since_ms: i64, limit: u32) -> Result<Vec<ConflictRow>, StoreError> {
        const LISTED: &str = "SELECT conflict.node, conflict.name, conflict.lost_by, conflict.lost, conflict.at_ms, \
            op.device FROM conflict LEFT JOIN op ON op.op_id = conflict.lost_by \
            WHERE dismissed = 0 AND at_ms >= ? ORDER BY at_ms DESC, conflict.node, conflict.name LIMIT ?";
        let rows = sqlx::query(LISTED).bind(since_ms).bind(limit).fetch_all(&self.readers).await?;
        let read = |row: &SqliteRow| {
            let malformed = || StoreError::malformed("a value that lost");
            let device: Option<&[u8]> = row.try_get("device")?;
            Ok(ConflictRow {
                node: read_id(row, "node")?,
                name: row.try_get("name")?,
                lost_by: OpId::from_slice(row.try_get("lost_by")?).map_err(|_| malformed())?,
                lost_device: device.and_then(|id| DeviceId::from_slice(id).ok()),
                lost: Value::decode(&mut row.try_get::<&[u8], _>("lost")?).map_err(|_| malformed())?,
                at_ms: row.try_get("at_ms")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// What the hub refuses.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn parked(&self) -> Result<Vec<ParkedRow>, StoreError> {
        let rows = sqlx::query("SELECT op_id, node, reason FROM parked ORDER BY at_ms LIMIT 1000")
            .fetch_all(&self.readers)
            .await?;
        let read = |row: &SqliteRow| {
            Ok(ParkedRow { op: op_id(row)?, node: read_id(row, "node")?, reason: row.try_get("reason")? })
        };
        rows.iter().map(read).collect()
    }

    /// Which of these operations the hub refuses.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn parked_of(&self, ids: &[OpId]) -> Result<HashSet<OpId>, StoreError> {
        const PARKED: &str =
            "SELECT op_id FROM parked WHERE op_id IN (SELECT unhex(value) FROM json_each(?))";
        self.by_ids(PARKED, ids.iter().map(OpId::as_bytes)).await?.iter().map(op_id).collect()
    }

    /// Why operations of others could not be folded in: their place, and the reason.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn unfit(&self, limit: u32) -> Result<Vec<(u64, NodeId, String)>, StoreError> {
        let rows = sqlx::query("SELECT seq, ent, reason FROM unfit ORDER BY seq DESC LIMIT ?")
            .bind(limit)
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|row| {
                Ok((row.try_get::<i64, _>("seq")? as u64, read_id(row, "ent")?, row.try_get("reason")?))
            })
            .collect()
    }

    /// The rows of a statement that takes a list of ids; none are not asked for.
    pub(super) async fn by_ids<'a>(
        &self,
        sql: &str,
        ids: impl Iterator<Item = &'a [u8; 16]>,
    ) -> Result<Vec<SqliteRow>, StoreError> {
        let mut ids = ids.peekable();
        if ids.peek().is_none() {
            return Ok(Vec::new());
        }
        let query = sqlx::query(AssertSqlSafe(sql.to_owned())).bind(id_list(ids));
        Ok(query.fetch_all(&self.readers).await?)
    }
}

fn distinct(ids: impl Iterator<Item = NodeId>) -> Vec<NodeId> {
    ids.collect::<HashSet<_>>().into_iter().collect()
}

/// The id of an operation in a row.
pub(super) fn op_id(row: &SqliteRow) -> Result<OpId, StoreError> {
    OpId::from_slice(row.try_get("op_id")?).map_err(|_| StoreError::malformed("the id of an operation"))
}

fn seq_of(row: &SqliteRow) -> Result<Option<u64>, StoreError> {
    Ok(row.try_get::<Option<i64>, _>("hub_seq")?.map(|seq| seq as u64))
}

fn writer(row: &SqliteRow) -> Result<Writer, StoreError> {
    let malformed = |_| StoreError::malformed("the device of an operation");
    Ok(Writer {
        op: op_id(row)?,
        device: DeviceId::from_slice(row.try_get("device")?).map_err(malformed)?,
        seq: seq_of(row)?,
        cursor: row.try_get::<Option<i64>, _>("cursor")?.unwrap_or_default() as u64,
    })
}
