//! A store in a throw-away folder, and a log that is folded in memory beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use jiff::Timestamp;
use tempfile::TempDir;

use super::{Batch, Database, Identity, OpRecord, Role, TxnRecord, Writer, open};
use crate::domain::change::{Body, Clock, KEYFRAME_EVERY, Operation, Tick, diff_splices, text_hash};
use crate::domain::id::{GroupId, MutationId, NodeId, OpId};
use crate::domain::node::Node;
use crate::domain::page::{Fact, FactChanges, FactDelta};
use crate::domain::sync::Trace;
use crate::domain::value::Value;
use crate::environment::Environment;

/// Unix milliseconds the tests' clock shows.
pub(super) const NOW: i64 = 1_795_000_000_000;

pub(super) fn environment(seed: u64) -> Environment {
    Environment::fixed(Timestamp::from_millisecond(NOW).unwrap(), seed)
}

pub(super) fn node_id(n: u8) -> NodeId {
    NodeId::from_bytes([n; 16])
}

pub(super) fn group_id(n: u8) -> GroupId {
    GroupId::from_bytes([n; 16])
}

pub(super) fn mutation_id(n: u8) -> MutationId {
    MutationId::from_bytes([n; 16])
}

/// A store, open.
pub(super) struct TestStore {
    pub(super) folder: TempDir,
    pub(super) path: PathBuf,
    pub(super) database: Database,
    pub(super) writer: Writer,
    pub(super) identity: Identity,
    pub(super) log: Log,
}

impl TestStore {
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heph/heph.db");
        let (database, writer, identity) = open(&path, &environment(1)).await.unwrap();
        Self { folder, path, database, writer, identity, log: Log::new(identity) }
    }

    /// Commits what the log has pending.
    pub(super) async fn commit(&mut self) -> Batch {
        let batch = self.log.take();
        self.writer.commit(&batch).await.unwrap();
        batch
    }

    /// The steps of a statement that go through a whole table or index, as SQLite plans it.
    pub(super) async fn scans(&mut self, sql: &str) -> Vec<String> {
        let mut connection = self.writer.take().await.unwrap();
        let plan = sqlx::raw_sql(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")))
            .fetch_all(&mut connection)
            .await
            .unwrap();
        self.writer.put_back(connection, Ok(())).await.unwrap();
        let tables = ["node", "text", "op", "txn", "alias", "fact", "search_doc"];
        let is_scan = |step: &String| {
            // A part of an index, as long as its first column alone tells it, may be as large as all of it.
            let whole = |table| {
                *step == format!("SCAN {table}")
                    || step.starts_with(&format!("SCAN {table} USING"))
                    || (step.starts_with(&format!("SEARCH {table} USING")) && step.ends_with("(kind=?)"))
            };
            tables.iter().any(whole)
        };
        plan.iter().map(|row| sqlx::Row::get::<String, _>(row, "detail")).filter(is_scan).collect()
    }

    /// Closes everything and keeps the folder.
    pub(super) async fn close(self) -> (TempDir, PathBuf, Log) {
        self.database.close().await;
        self.writer.close().await.unwrap();
        (self.folder, self.path, self.log)
    }
}

/// Makes transactions as the writer does, and keeps what they fold to.
pub(super) struct Log {
    pub(super) nodes: BTreeMap<NodeId, Node>,
    pub(super) texts: BTreeMap<NodeId, String>,
    identity: Identity,
    clock: Clock,
    rev: u64,
    ops: u64,
    pending: Batch,
    touched: BTreeSet<NodeId>,
    rewritten: BTreeSet<NodeId>,
    facts: BTreeMap<NodeId, BTreeSet<Fact>>,
}

impl Log {
    pub(super) fn new(identity: Identity) -> Self {
        Self {
            nodes: BTreeMap::new(),
            texts: BTreeMap::new(),
            identity,
            clock: Clock::after(identity.clock),
            rev: identity.revision,
            ops: 0,
            pending: Batch::default(),
            touched: BTreeSet::new(),
            rewritten: BTreeSet::new(),
            facts: BTreeMap::new(),
        }
    }

    /// Begins a transaction.
    pub(super) fn txn(&mut self, label: &str) -> &mut TxnRecord {
        self.rev += 1;
        self.pending.txns.push(TxnRecord {
            rev: self.rev,
            mutation_id: None,
            group: None,
            role: Role::Do,
            undoes: None,
            wall_ms: NOW + self.rev as i64,
            label: label.to_owned(),
            outcome: Vec::new(),
        });
        self.pending.txns.last_mut().unwrap()
    }

    /// Writes registers of a node in the transaction begun last.
    pub(super) fn set(&mut self, id: NodeId, registers: &[(&str, Value)]) {
        let tick = self.clock.tick(NOW as u64 + self.rev, Tick::default());
        let registers = registers.iter().map(|(name, value)| ((*name).into(), value.clone())).collect();
        self.push(id, Body::Set { tick, registers });
    }

    /// Writes the text of a node in the transaction begun last.
    pub(super) fn write(&mut self, id: NodeId, text: &str) {
        let node = self.nodes.entry(id).or_insert_with(|| Node::new(id));
        let body = if (node.text.revisions + 1).is_multiple_of(KEYFRAME_EVERY) {
            Body::TextFull { text: text.to_owned(), derived: false }
        } else {
            let before = self.texts.get(&id).cloned().unwrap_or_else(|| node.genesis());
            Body::Text { splices: diff_splices(&before, text), hash: text_hash(text), derived: false }
        };
        self.push(id, body);
        let node = self.nodes.get_mut(&id).unwrap();
        node.set_text(text, self.rev);
        self.texts.insert(id, text.to_owned());
        self.rewritten.insert(id);
    }

    fn push(&mut self, id: NodeId, body: Body) {
        let node = self.nodes.entry(id).or_insert_with(|| Node::new(id));
        let before = match &body {
            Body::Set { registers, .. } => {
                registers.iter().map(|(name, _)| (name.clone(), node.registers.value(name).clone())).collect()
            }
            _ => Vec::new(),
        };
        self.ops += 1;
        let mut random = [0; 10];
        random[2..].copy_from_slice(&self.ops.to_be_bytes());
        let operation = Operation {
            id: OpId::v7(NOW as u64 + self.rev, random),
            device: self.identity.device,
            entity: id,
            body,
        };
        let creates = !node.exists() && node.text.revisions == 0;
        node.apply(&operation);
        let index = self.pending.ops.iter().filter(|op| op.rev == self.rev).count() as u32;
        self.pending.ops.push(OpRecord {
            rev: self.rev,
            index,
            operation,
            before,
            creates,
            trace: Trace::default(),
        });
        self.touched.insert(id);
    }

    /// The newest revision.
    pub(super) fn rev(&self) -> u64 {
        self.rev
    }

    /// Goes on after a revision.
    pub(super) fn skip_to(&mut self, rev: u64) {
        self.rev = rev;
        self.ops = rev * 1_000;
    }

    /// Hands over what is pending.
    pub(super) fn take(&mut self) -> Batch {
        let touched = std::mem::take(&mut self.touched);
        let rewritten = std::mem::take(&mut self.rewritten);
        let mut facts = FactChanges::default();
        for id in &touched {
            let after = self.nodes[id].facts(self.texts.get(id).map_or("", String::as_str));
            let before = self.facts.get(id).cloned().unwrap_or_default();
            facts.add(*id, FactDelta::between(&before, &after));
            self.facts.insert(*id, after);
        }
        Batch {
            nodes: touched.iter().map(|id| self.nodes[id].clone()).collect(),
            texts: rewritten.iter().map(|id| (*id, self.texts[id].clone())).collect(),
            facts,
            clock: self.clock.last(),
            ..std::mem::take(&mut self.pending)
        }
    }
}
