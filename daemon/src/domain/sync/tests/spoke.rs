//! A spoke of the simulation: the real verbs, fold and push over a store in memory. Every method that changes it is one
//! transaction: a crash comes between two of them.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::memory_hub::Hub;
use super::super::pull::{Acknowledged, Carried, Local, Logged, LoggedEdit, fold};
use super::super::push::{MAX_SKEW_MS, Unsent, carry, restamp};
use super::super::replay::Replay;
use super::super::snapshot::{by_entity, shorten, with_accepted};
use super::super::{
    Arrived, Conflict, Head, HeadText, Outgoing, Place, Trace, UserEdit, Writer, is_a_loss, unseen,
};
use crate::domain::change::{Body, Clock, Kind};
use crate::domain::date::Now;
use crate::domain::id::{DeviceId, NodeId, OpId};
use crate::domain::node::{Node, register};
use crate::domain::page::RevisionToken;
use crate::domain::short_id::ShortIds;
use crate::domain::sync::hub::{Offered, Verdict};
use crate::domain::task::open_tasks::OpenTasks;
use crate::domain::task::rank::Weights;
use crate::domain::value::Value;
use crate::domain::verbs::{
    Command, Context, Edit, FreshIds, Need, Recorded, Stamper, Stop, View, decide, record,
};

/// A row of the log.
#[derive(Clone)]
struct Row {
    rev: u64,
    recorded: Recorded,
    trace: Trace,
}

pub(super) struct Spoke {
    pub(super) device: DeviceId,
    pub(super) cursor: u64,
    /// How far its clock is off.
    pub(super) off_ms: i64,
    pub(super) unfit: usize,
    pub(super) nodes: BTreeMap<NodeId, Node>,
    pub(super) texts: BTreeMap<NodeId, String>,
    texts_at: HashMap<NodeId, Vec<(u64, String)>>,
    log: Vec<Row>,
    rev: u64,
    heads: HashMap<NodeId, Head>,
    outgoing: HashMap<NodeId, Outgoing>,
    conflicts: Vec<Conflict>,
    clock: Clock,
    shift_ms: i64,
    sent_rev: u64,
    drawn: u64,
}

fn draw(device: DeviceId, drawn: &mut u64) -> [u8; 10] {
    *drawn += 1;
    let mut bytes = [0; 10];
    bytes[..2].copy_from_slice(&device.as_bytes()[..2]);
    bytes[2..].copy_from_slice(&drawn.to_be_bytes());
    bytes
}

impl Spoke {
    pub(super) fn new(number: u8) -> Self {
        Self {
            device: DeviceId::from_bytes([number; 16]),
            cursor: 0,
            off_ms: 0,
            unfit: 0,
            nodes: BTreeMap::new(),
            texts: BTreeMap::new(),
            texts_at: HashMap::new(),
            log: Vec::new(),
            rev: 0,
            heads: HashMap::new(),
            outgoing: HashMap::new(),
            conflicts: Vec::new(),
            clock: Clock::default(),
            shift_ms: 0,
            sent_rev: 0,
            drawn: 0,
        }
    }

    fn wall(&self, now: u64) -> u64 {
        now.saturating_add_signed(self.off_ms)
    }

    /// What an editor shows of a page: its text, and the token to save it over.
    pub(super) fn open(&self, id: NodeId) -> Option<(RevisionToken, String)> {
        let node = self.nodes.get(&id)?;
        let text = self.texts.get(&id).cloned().unwrap_or_else(|| node.genesis());
        let rev = if node.text.revisions == 0 { 0 } else { node.text.rev };
        Some((RevisionToken::new(rev, crate::domain::change::text_hash(&text)), text))
    }

    /// Carries a command out, as the writer does.
    pub(super) fn run(&mut self, command: &Command, now: u64) {
        let wall = self.wall(now);
        let at = Now::new(Timestamp::from_millisecond(wall as i64).unwrap(), TimeZone::UTC);
        let (open, short_ids) = (OpenTasks::new(Weights::default()), ShortIds::default());
        let mut view = View::default();
        let edits = loop {
            let fresh = FreshIds { ms: wall, seed: draw(self.device, &mut self.drawn) };
            let context =
                Context { now: &at, view: &view, open: &open, short_ids: &short_ids, last: None, fresh };
            match decide(command, &context) {
                Ok(decision) => break decision.edits,
                Err(Stop::Need(need)) => self.read(&mut view, need),
                Err(Stop::Refused(refusal)) => panic!("{refusal:?}"),
            }
        };
        self.write(view, edits, now);
    }

    /// Makes edits without a verb.
    pub(super) fn edit(&mut self, edits: Vec<Edit>, now: u64) {
        let mut view = View::default();
        for edit in &edits {
            self.read(&mut view, Need::Texts(vec![edit.node()]));
        }
        self.write(view, edits, now);
    }

    fn write(&mut self, mut view: View, edits: Vec<Edit>, now: u64) {
        let (device, mut drawn) = (self.device, self.drawn);
        let mut random = || draw(device, &mut drawn);
        let wall_ms = self.wall(now).saturating_add_signed(self.shift_ms);
        let mut stamper = Stamper { device, clock: &mut self.clock, wall_ms, random: &mut random };
        let recorded = record(&mut view, edits, self.rev + 1, &mut stamper);
        self.drawn = drawn;
        if recorded.is_empty() {
            return;
        }
        self.rev += 1;
        let trace = Trace { cursor: self.cursor, ..Trace::default() };
        for recorded in recorded {
            if let Body::Set { registers, .. } = &recorded.operation.body {
                let entity = recorded.operation.entity;
                self.conflicts.retain(|conflict| {
                    conflict.node != entity || !registers.iter().any(|(name, _)| *name == conflict.name)
                });
            }
            self.log.push(Row { rev: self.rev, recorded, trace });
        }
        self.keep(&view);
    }

    fn keep(&mut self, view: &View) {
        for node in view.changed_nodes() {
            self.nodes.insert(node.id, node.clone());
        }
        for (id, text) in view.changed_texts() {
            self.texts.insert(id, text.to_owned());
        }
        for at in 0..self.log.len() {
            let Row { rev, recorded, trace } = &self.log[at];
            let id = recorded.operation.entity;
            let texts = self.texts_at.entry(id).or_default();
            let is_new = texts.last().is_none_or(|(last, _)| last < rev);
            if is_new && recorded.operation.body.kind().is_text() && trace.place == Place::Chain {
                let before = texts.last().map_or_else(|| self.nodes[&id].genesis(), |(_, text)| text.clone());
                let after = super::super::replay::text_after(&before, recorded.operation.body.clone());
                texts.push((*rev, after.expect("the chain of working texts holds")));
            }
        }
    }

    fn text_at(&self, id: NodeId, rev: u64) -> Option<String> {
        let mut texts = self.texts_at.get(&id).into_iter().flatten();
        texts.rfind(|(at, _)| *at <= rev).map(|(_, text)| text.clone())
    }

    fn read(&self, view: &mut View, need: Need) {
        match need {
            Need::Nodes(ids) => ids.iter().for_each(|id| view.put_node(*id, self.nodes.get(id).cloned())),
            Need::Texts(ids) => {
                for id in ids {
                    view.put_node(id, self.nodes.get(&id).cloned());
                    view.put_text(id, self.texts.get(&id).cloned());
                }
            }
            Need::TextsAt(places) => {
                for (id, rev) in places {
                    view.put_text_at(id, rev, self.text_at(id, rev));
                }
            }
            Need::Titles(typed) => {
                for typed in typed {
                    let path = crate::domain::page::TypedPath::new(&typed);
                    path.title_keys().for_each(|key| view.put_titles(key, Vec::new()));
                }
            }
            need => panic!("nothing here needs {need:?}"),
        }
    }

    fn unsent_texts(&self) -> HashSet<NodeId> {
        let is_unsent = |logged: &&Row| {
            let trace = &logged.trace;
            logged.recorded.operation.body.kind().is_text()
                && trace.place == Place::Chain
                && trace.seq.is_none()
                && trace.carried_by.is_none()
        };
        self.log.iter().filter(is_unsent).map(|logged| logged.recorded.operation.entity).collect()
    }

    fn head_text(&self, id: NodeId) -> String {
        match self.heads.get(&id).map(|head| &head.text) {
            Some(HeadText::Apart(text)) => text.clone(),
            Some(HeadText::Revision(rev)) if *rev > 0 => self.text_at(id, *rev).expect("it was made here"),
            _ => self.nodes.get(&id).map(Node::genesis).unwrap_or_default(),
        }
    }

    /// Reads what folding needs, as the store does.
    fn local(&self, arrived: &[Arrived]) -> Local {
        let mut local = Local::default();
        let ids: HashSet<NodeId> = arrived.iter().map(|arrived| arrived.entity).collect();
        let unsent = self.unsent_texts();
        for id in ids {
            self.read(&mut local.view, Need::Texts(vec![id]));
            local.heads.extend(self.heads.get(&id).map(|head| (id, head.clone())));
            local.outgoing.extend(self.outgoing.get(&id).map(|outgoing| (id, outgoing.clone())));
        }
        for id in local.given_texts(arrived) {
            if unsent.contains(&id) {
                local.head_texts.insert(id, self.head_text(id));
                local.modified.insert(id, self.settled_modified(id));
            }
        }
        let in_log: HashMap<OpId, &Row> =
            self.log.iter().map(|logged| (logged.recorded.operation.id, logged)).collect();
        let known =
            arrived.iter().filter_map(|arrived| Some((arrived.id, in_log.get(&arrived.id)?.trace.seq)));
        local.known = known.collect();
        for op in local.overwritten(arrived) {
            local.writers.extend(in_log.get(&op).map(|logged| (op, writer(logged))));
        }
        for conflict in &self.conflicts {
            let key = (conflict.node, conflict.name.clone());
            local.lost.entry(key).or_default().push(writer(in_log[&conflict.lost_by]));
        }
        for id in local.discarded(arrived) {
            local.edits.insert(id, self.edits(id));
        }
        let ticks = self.log.iter().filter_map(|logged| match &logged.recorded.operation.body {
            Body::Set { tick, .. } => Some((logged.recorded.operation.id, tick.ms)),
            _ => None,
        });
        for id in local.ahead(arrived, &ticks.collect()) {
            local.logs.insert(id, self.log_of(id, |row| row.trace.carried_by.is_none()));
        }
        local
    }

    fn edits(&self, id: NodeId) -> Vec<LoggedEdit> {
        let edits = self.log.iter().filter(|logged| {
            logged.recorded.operation.entity == id
                && logged.recorded.operation.is_edit()
                && logged.trace.carried_by.is_none()
        });
        edits
            .map(|row| LoggedEdit {
                op: row.recorded.operation.id,
                rev: row.rev,
                is_text: row.recorded.operation.body.kind().is_text() && row.trace.seq.is_none(),
                edit: UserEdit { device: row.recorded.operation.device, seq: row.trace.seq },
            })
            .collect()
    }

    /// When a page was changed last, what is unsent left out.
    fn settled_modified(&self, id: NodeId) -> u64 {
        let mut anew = Node::new(id);
        let is_settled =
            |row: &Row| row.recorded.operation.body.kind() == Kind::SET || row.trace.seq.is_some();
        for logged in self.log_of(id, is_settled) {
            anew.apply_received(&logged.operation, logged.trace.received_at);
        }
        anew.modified
    }

    fn log_of(&self, id: NodeId, is_wanted: impl Fn(&Row) -> bool) -> Vec<Logged> {
        let rows = self.log.iter().filter(|row| row.recorded.operation.entity == id && is_wanted(row));
        rows.map(|row| Logged { rev: row.rev, operation: row.recorded.operation.clone(), trace: row.trace })
            .collect()
    }

    /// What it has of the hub's log, shortened.
    pub(super) fn snapshot(&self) -> Vec<Arrived> {
        let arrived = |row: &Row| {
            let operation = &row.recorded.operation;
            Some(Arrived {
                seq: row.trace.seq?,
                received_at: row.trace.received_at?,
                cursor: row.trace.cursor,
                id: operation.id,
                device: operation.device,
                entity: operation.entity,
                kind: operation.body.kind(),
                body: operation.body.encode(),
            })
        };
        let mut log: Vec<Arrived> = self.log.iter().filter_map(arrived).collect();
        log.sort_unstable_by_key(|arrived| arrived.seq);
        let shortened = by_entity(log).into_iter().flat_map(|(id, log)| {
            let genesis = self.nodes.get(&id).map(Node::genesis).unwrap_or_default();
            shorten(&genesis, log)
        });
        let mut log: Vec<Arrived> = shortened.collect();
        log.sort_unstable_by_key(|arrived| arrived.seq);
        log
    }

    /// Folds a snapshot in, in parts of `part`, of which only the first `parts` are reached before a crash. The place
    /// up to which the log is read changes with the last.
    pub(super) fn take_snapshot(
        &mut self,
        hub: &Hub,
        part: usize,
        parts: usize,
        counts_accepted: bool,
        now: u64,
    ) {
        let (seq, log) = hub.snapshot.clone();
        let accepted = self.outgoing.values().filter(|_| counts_accepted).filter_map(|outgoing| {
            let (seq, received_at) = hub.taken(outgoing.id)?;
            Some(Arrived {
                seq,
                received_at,
                cursor: outgoing.cursor,
                id: outgoing.id,
                device: self.device,
                entity: outgoing.node,
                kind: outgoing.kind,
                body: Vec::new(),
            })
        });
        let log = with_accepted(log, accepted.collect(), seq);
        let before = self.cursor;
        for arrived in log.chunks(part).take(parts) {
            self.pull(arrived, now);
            self.cursor = before;
        }
        if parts * part >= log.len() {
            self.cursor = seq;
        }
    }

    /// Folds a page of the log in.
    pub(super) fn pull(&mut self, arrived: &[Arrived], now: u64) {
        if arrived.is_empty() {
            return;
        }
        let mut local = self.local(arrived);
        let (device, mut drawn) = (self.device, self.drawn);
        let mut random = || draw(device, &mut drawn);
        let wall_ms = self.wall(now).saturating_add_signed(self.shift_ms);
        let mut stamper = Stamper { device, clock: &mut self.clock, wall_ms, random: &mut random };
        let outcome = fold(&mut local, arrived, self.rev, &mut stamper);
        self.drawn = drawn;
        for Acknowledged { op, seq, received_at } in outcome.acknowledged {
            let logged = self.log.iter_mut().find(|logged| logged.recorded.operation.id == op).unwrap();
            (logged.trace.seq, logged.trace.received_at) = (Some(seq), Some(received_at));
        }
        for pulled in outcome.operations {
            assert!(pulled.rev > self.rev && pulled.rev <= self.rev + outcome.revisions);
            self.log.push(Row { rev: pulled.rev, recorded: pulled.recorded, trace: pulled.trace });
        }
        for Carried { node, rev, by } in outcome.carried {
            self.mark_carried(node, rev, by);
        }
        self.heads.extend(outcome.heads);
        outcome.settled.iter().for_each(|id| drop(self.outgoing.remove(id)));
        for (node, name, op) in outcome.resolved {
            self.conflicts.retain(|c| (c.node, &c.name, c.lost_by) != (node, &name, op));
        }
        for conflict in outcome.conflicts {
            let is_same = |c: &Conflict| {
                (c.node, &c.name, c.lost_by) == (conflict.node, &conflict.name, conflict.lost_by)
            };
            if !self.conflicts.iter().any(is_same) {
                self.conflicts.push(conflict);
            }
        }
        self.unfit += outcome.unfit.len();
        self.cursor = outcome.cursor;
        self.rev += outcome.revisions;
        self.keep(&local.view);
    }

    fn mark_carried(&mut self, node: NodeId, rev: u64, by: OpId) {
        for logged in &mut self.log {
            let trace = &mut logged.trace;
            let is_carried = logged.recorded.operation.entity == node
                && logged.recorded.operation.body.kind().is_text()
                && logged.rev <= rev
                && trace.place == Place::Chain
                && trace.seq.is_none()
                && trace.carried_by.is_none();
            if is_carried {
                trace.carried_by = Some(by);
            }
        }
    }

    /// What it offers next, at most `limit` operations.
    pub(super) fn offers(&mut self, limit: usize, new_ids: bool) -> Vec<Offered> {
        let mut offers = Vec::new();
        let mut texts = HashSet::new();
        for at in 0..self.log.len() {
            let Row { rev, recorded, trace } = &self.log[at];
            if trace.seq.is_some() || trace.carried_by.is_some() || offers.len() >= limit {
                continue;
            }
            let (rev, operation) = (*rev, recorded.operation.clone());
            if operation.body.kind().is_text() {
                if texts.insert(operation.entity) {
                    offers.extend(self.outgoing(operation.entity, new_ids));
                }
                continue;
            }
            self.sent_rev = self.sent_rev.max(rev);
            offers.push(Offered {
                id: operation.id,
                stream: operation.entity,
                kind: operation.body.kind(),
                base: None,
                cursor: trace.cursor,
                body: operation.body.encode(),
            });
        }
        offers
    }

    fn outgoing(&mut self, id: NodeId, new_ids: bool) -> Option<Offered> {
        if new_ids {
            self.outgoing.remove(&id);
        }
        if !self.outgoing.contains_key(&id) {
            let (head, head_text) = (self.heads.get(&id).cloned().unwrap_or_default(), self.head_text(id));
            assert!(!head.is_broken || self.unfit > 0);
            let (work, rev) = (self.texts[&id].clone(), self.nodes[&id].text.rev);
            let unsent =
                Unsent { node: id, head: &head, head_text: &head_text, work: &work, rev, derived: false };
            let op = OpId::v7(self.nodes[&id].modified, draw(self.device, &mut self.drawn));
            match carry(&unsent, op, self.cursor) {
                Some(outgoing) => drop(self.outgoing.insert(id, outgoing)),
                None => {
                    self.mark_carried(id, rev, OpId::from_bytes([0; 16]));
                    let modified = self.settled_modified(id);
                    self.nodes.entry(id).and_modify(|node| node.modified = modified);
                    return None;
                }
            }
        }
        let outgoing = &self.outgoing[&id];
        Some(Offered {
            id: outgoing.id,
            stream: id,
            kind: outgoing.kind,
            base: Some(outgoing.base),
            cursor: outgoing.cursor,
            body: outgoing.body.clone(),
        })
    }

    /// Takes the answer to a push as a hint.
    pub(super) fn told(&mut self, verdicts: &[(OpId, Verdict)]) -> usize {
        let before = self.outgoing.len();
        for (op, verdict) in verdicts {
            match verdict {
                Verdict::Stale(_) => self.outgoing.retain(|_, outgoing| outgoing.id != *op),
                Verdict::Accepted(_) | Verdict::Duplicate(_) => {}
                Verdict::Bad(reason) => panic!("the hub refuses {op} for {reason:?}"),
            }
        }
        before - self.outgoing.len()
    }

    /// Learns the hub's clock.
    pub(super) fn sees_clock(&mut self, server_ms: u64, now: u64) {
        let skew = server_ms as i64 - self.wall(now) as i64;
        let shift = if skew.abs() > MAX_SKEW_MS { skew } else { 0 };
        let delta = shift - self.shift_ms;
        self.shift_ms = shift;
        if delta.abs() <= MAX_SKEW_MS {
            return;
        }
        let is_unsent = |logged: &Row| logged.trace.seq.is_none() && logged.rev > self.sent_rev;
        let waiting: HashSet<NodeId> = (self.log.iter())
            .filter(|logged| is_unsent(logged) && logged.recorded.operation.body.kind() == Kind::SET)
            .map(|logged| logged.recorded.operation.entity)
            .collect();
        let mut last = crate::domain::change::Tick::default();
        for id in waiting {
            let is_set = |row: &Row| row.recorded.operation.body.kind() == Kind::SET;
            let sent = self.log_of(id, |row| is_set(row) && !is_unsent(row));
            let unsent = self.log_of(id, |row| is_set(row) && is_unsent(row));
            let mut unsent: Vec<_> = unsent.into_iter().map(|logged| logged.operation).collect();
            last = last.max(restamp(id, &sent, &mut unsent, delta));
            for operation in unsent {
                let logged = self.log.iter_mut().find(|l| l.recorded.operation.id == operation.id).unwrap();
                logged.recorded.operation = operation;
            }
            let mut replayed = Replay::new(id);
            for logged in self.log.iter().filter(|logged| logged.recorded.operation.entity == id) {
                replayed.apply(logged.rev, logged.recorded.operation.clone(), &logged.trace);
            }
            let node = replayed.finish().node;
            let log: Vec<_> = (self.log_of(id, |_| true).into_iter())
                .map(|logged| (logged.operation, logged.trace))
                .collect();
            self.conflicts.retain(|conflict| conflict.node != id);
            self.conflicts.extend(unseen(&node, &log).into_iter().map(|(conflict, _)| conflict));
            self.nodes.insert(id, node);
        }
        self.clock = Clock::after(last);
    }

    /// Whether anything waits.
    pub(super) fn is_quiet(&self) -> bool {
        self.outgoing.is_empty()
            && self.log.iter().all(|logged| logged.trace.seq.is_some() || logged.trace.carried_by.is_some())
    }

    /// What a person sees: registers, whether it is in the trash, the text, and what lost.
    pub(super) fn state(&self) -> Vec<String> {
        let mut state: Vec<String> = (self.nodes.values())
            .map(|node| {
                let (trashed, registers) = (node.is_trashed(), &node.registers);
                format!(
                    "{} {trashed} {registers:?} {} {:?}",
                    node.id,
                    node.modified,
                    self.texts.get(&node.id)
                )
            })
            .collect();
        let lost = self.conflicts.iter().filter(|conflict| {
            let value = self.nodes[&conflict.node].registers.value(&conflict.name);
            &*conflict.name != register::CREATED && is_a_loss(&conflict.name, &conflict.lost, value)
        });
        let mut lost: Vec<String> =
            lost.map(|c| format!("{} {} {:?} {}", c.node, c.name, c.lost, c.lost_by)).collect();
        lost.sort_unstable();
        state.extend(lost);
        state
    }

    /// Folds the log anew and compares it with the rows.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut replays: BTreeMap<NodeId, Replay> = BTreeMap::new();
        for logged in &self.log {
            let id = logged.recorded.operation.entity;
            let replay = replays.entry(id).or_insert_with(|| Replay::new(id));
            replay.apply(logged.rev, logged.recorded.operation.clone(), &logged.trace);
        }
        let mut problems = Vec::new();
        for (id, replay) in replays {
            let replay = replay.finish();
            problems.extend(replay.problems);
            if replay.node != self.nodes[&id] || replay.text.as_ref() != self.texts.get(&id) {
                let (row, log) = (format!("{:?}", self.nodes[&id]), format!("{:?}", replay.node));
                let same = row.chars().zip(log.chars()).take_while(|(a, b)| a == b).count();
                let part =
                    |text: &str| text.chars().skip(same.saturating_sub(60)).take(160).collect::<String>();
                problems.push(format!("{id} is …{}… and not …{}…", part(&row), part(&log)));
            }
        }
        problems
    }

    /// The newest operation of the hub's chain of a page, as this store knows it.
    pub(super) fn head(&self, id: NodeId) -> u64 {
        self.heads.get(&id).map_or(0, |head| head.seq)
    }

    /// Throws local work away when something else comes: a mutant.
    pub(super) fn discard_unsent(&mut self, ids: &HashSet<NodeId>, now: u64) {
        for id in self.unsent_texts().intersection(ids).copied().collect::<Vec<_>>() {
            let text = self.head_text(id);
            self.edit(vec![Edit::Text { node: id, text }], now);
        }
    }

    /// A register written without a verb.
    pub(super) fn set(&mut self, id: NodeId, name: &str, value: Value, now: u64) {
        self.edit(vec![Edit::set(id, name, value)], now);
    }
}

fn writer(logged: &Row) -> Writer {
    Writer {
        op: logged.recorded.operation.id,
        device: logged.recorded.operation.device,
        seq: logged.trace.seq,
        cursor: logged.trace.cursor,
    }
}
