//! What the writer does for sync: folds in what came, makes what goes out, and notes what became of it.

use std::collections::{HashMap, HashSet};

use heph_protocol::WireError;

use super::circles::settle;
use super::conflicts::lost_values;
use super::writer::WriterTask;
use heph_protocol::types::NodeRef;

use crate::actors::store_handle::{Compared, Files, Folded, Joined, Offers, SyncJob, SyncReport, Told};
use crate::domain::change::{Body, Clock, Kind, MAX_BODY, Operation, Tick};
use crate::domain::id::{NodeId, OpId};
use crate::domain::node::Node;
use crate::domain::sync::hub::{Offered, Reason};
use crate::domain::sync::pull::{Carried, Logged, Outcome, fold};
use crate::domain::sync::push::{MAX_SKEW_MS, Unsent as UnsentPage, carry, restamp};
use crate::domain::sync::replay::Replay;
use crate::domain::sync::{Arrived, Outgoing, Trace, unseen};
use crate::domain::verbs::{Stamper, View};
use crate::rpc::store_error;
use crate::store::{
    Batch, Offering, OpRecord, ParkedRow, Role, StoreError, SyncChanges, SyncState, TxnRecord, Unsent,
    UnsentText,
};

/// Says of a text or operation that it never goes to the hub: there is nothing to tell.
pub(super) const NEVER_SENT: OpId = OpId::from_bytes([0; 16]);

/// Rows of the log looked at in one step on the way to a full push.
const STEP: u32 = 288;

impl WriterTask {
    /// Does one job, after what is gathered was committed.
    pub(super) async fn sync(&mut self, job: SyncJob) {
        match job {
            SyncJob::TakeReminders(now, reply) => {
                drop(reply.send(self.take_reminders(&now).await.map_err(wire)));
            }
            SyncJob::State(reply) => drop(reply.send(Ok(self.sync.clone()))),
            SyncJob::Join(joined, reply) => drop(reply.send(self.join(joined).await.map_err(wire))),
            SyncJob::Fold(arrived, reply) => drop(reply.send(self.fold(&arrived).await.map_err(wire))),
            SyncJob::Report(reply) => drop(reply.send(self.report().await.map_err(wire))),
            SyncJob::Compare(ids, reply) => drop(reply.send(self.compare(&ids).await.map_err(wire))),
            SyncJob::Knows(ids, reply) => drop(reply.send(self.db.knows(&ids).await.map_err(wire))),
            SyncJob::Files(after, reply) => drop(reply.send(self.files(after).await.map_err(wire))),
            SyncJob::Offer(limit, reply) => drop(reply.send(self.offer(limit).await.map_err(wire))),
            SyncJob::Told(told, reply) => drop(reply.send(self.told(told).await.map_err(wire))),
            SyncJob::Clock(shift, reply) => drop(reply.send(self.shift(shift).await.map_err(wire))),
            SyncJob::Agreed(reply) => drop(reply.send(self.agreed().await.map_err(wire))),
            SyncJob::Retry(reply) => drop(reply.send(self.retry().await.map_err(wire))),
            SyncJob::Discard(reply) => drop(reply.send(self.discard().await.map_err(wire))),
            SyncJob::KeepHere(name, value, reply) => {
                let kept = self.writer.keep_local_setting(name, value.as_deref()).await;
                drop(reply.send(kept.map_err(wire)));
            }
            SyncJob::Dismiss(keys, reply) => {
                let changes = SyncChanges { dismissed: keys, ..SyncChanges::default() };
                drop(reply.send(self.note(changes).await.map_err(wire)));
            }
        }
    }

    /// How far the hub's log is read.
    pub(super) fn cursor(&self) -> u64 {
        self.sync.as_ref().map_or(0, |state| state.cursor)
    }

    /// The time by which operations are stamped, Unix milliseconds: the hub's where this clock is far off.
    pub(super) fn stamp_ms(&self, now_ms: i64) -> u64 {
        let shift = self.sync.as_ref().map_or(0, |state| state.shift_ms);
        u64::try_from(now_ms.saturating_add(shift)).unwrap_or_default()
    }

    pub(super) fn now_ms(&self) -> i64 {
        self.environment.clock.now().as_millisecond()
    }

    async fn note(&mut self, sync: SyncChanges) -> Result<(), StoreError> {
        if sync.is_empty() {
            return Ok(());
        }
        let state = sync.state.clone();
        let batch = Batch { clock: self.identity.clock, sync, ..Batch::default() };
        self.writer.commit(&batch).await?;
        if state.is_some() {
            self.sync = state;
        }
        Ok(())
    }

    async fn note_state(&mut self, change: impl FnOnce(&mut SyncState)) -> Result<(), StoreError> {
        let Some(mut state) = self.sync.clone() else { return Ok(()) };
        change(&mut state);
        if self.sync.as_ref() == Some(&state) {
            return Ok(());
        }
        self.note(SyncChanges { state: Some(state), ..SyncChanges::default() }).await
    }

    async fn join(&mut self, joined: Joined) -> Result<(), StoreError> {
        let Joined { issuer, subject, epoch, device } = joined;
        let known = self.sync.clone().filter(|state| state.issuer == issuer && state.subject == subject);
        let fresh = SyncState {
            issuer,
            subject,
            epoch,
            cursor: 0,
            device: None,
            shift_ms: 0,
            sent_rev: 0,
            synced_at: 0,
        };
        let state = SyncState { epoch, device: Some(device), ..known.unwrap_or(fresh) };
        self.note(SyncChanges { state: Some(state), ..SyncChanges::default() }).await
    }

    /// Both have the same.
    async fn agreed(&mut self) -> Result<(), StoreError> {
        let now = self.now_ms();
        self.note_state(|state| state.synced_at = now).await
    }

    async fn report(&self) -> Result<SyncReport, StoreError> {
        const SHOWN: u32 = 20;
        let (parked, unfit) = (self.db.parked().await?, self.db.unfit(SHOWN).await?);
        let ids: Vec<NodeId> =
            parked.iter().map(|row| row.node).chain(unfit.iter().map(|(_, node, _)| *node)).collect();
        let named = self.named(&ids).await?;
        let counts = self.db.sync_counts().await?;
        let conflicts = self.losses().await?;
        let name = |id: NodeId| named.get(&id).cloned().unwrap_or_default();
        Ok(SyncReport {
            state: self.sync.clone(),
            counts,
            conflicts,
            parked: parked.into_iter().map(|row| (name(row.node), row.reason)).collect(),
            unfit: unfit.into_iter().map(|(_, node, reason)| (name(node), reason)).collect(),
        })
    }

    async fn files(&self, after: Option<u64>) -> Result<Files, StoreError> {
        let revision = self.identity.revision;
        let nodes = self.db.nodes_with_files(after).await?;
        let files = nodes.iter().flat_map(Node::attachments).map(|file| (file.hash, file.bytes));
        Ok(Files { revision, files: files.collect() })
    }

    async fn losses(&self) -> Result<u64, StoreError> {
        if !self.has_conflicts {
            return Ok(0);
        }
        Ok(lost_values(&self.db, self.now_ms()).await?.len() as u64)
    }

    async fn named(&self, ids: &[NodeId]) -> Result<HashMap<NodeId, NodeRef>, StoreError> {
        let nodes = self.db.nodes(ids).await?;
        let refs = super::answer::candidates(&self.model.borrow(), &nodes, ids);
        Ok(ids.iter().copied().zip(refs).collect())
    }

    async fn compare(&self, ids: &[NodeId]) -> Result<Compared, StoreError> {
        const LISTED: usize = 200;
        let here = self.db.counts().await?.nodes;
        let (mut both, mut both_count) = (Vec::new(), 0);
        for ids in ids.chunks(1_000) {
            let nodes = self.db.nodes(ids).await?;
            both_count += nodes.len() as u64;
            both.extend(nodes.into_keys());
        }
        both.sort_unstable();
        both.truncate(LISTED);
        let named = self.named(&both).await?;
        Ok(Compared { here, both: named.into_values().collect(), both_count })
    }

    async fn fold(&mut self, arrived: &[Arrived]) -> Result<Folded, StoreError> {
        let Some(state) = self.sync.clone() else { return Err(StoreError::Closed) };
        if arrived.first().is_none_or(|first| first.seq != state.cursor + 1) {
            // Something else was read meanwhile.
            return Ok(Folded { cursor: state.cursor, ..Folded::default() });
        }
        let mut local = self.db.local(arrived).await?;
        let now_ms = self.now_ms();
        let (mut clock, entropy) = (Clock::after(self.identity.clock), self.environment.entropy.clone());
        let mut random = || {
            let mut bytes = [0; 10];
            entropy.fill(&mut bytes);
            bytes
        };
        let (device, wall_ms) = (self.identity.device, self.stamp_ms(now_ms));
        let mut stamper = Stamper { device, clock: &mut clock, wall_ms, random: &mut random };
        let outcome = fold(&mut local, arrived, self.identity.revision, &mut stamper);
        let folded = Folded {
            cursor: outcome.cursor,
            upgrade: outcome.upgrade,
            unfit: outcome.unfit.len(),
            lacks_body: outcome.lacks_body,
        };
        let revisions = outcome.revisions;
        let conflicts = !outcome.conflicts.is_empty();
        let state = SyncState { cursor: outcome.cursor, ..state };
        let mut batch = self.batch_of(outcome, now_ms);
        batch.sync.state = Some(state.clone());
        batch.clock = clock.last();
        take_changed(&mut batch, &local.view);
        self.writer.commit(&batch).await?;
        self.sync = Some(state);
        self.has_conflicts |= conflicts;
        self.identity.clock = clock.last();
        self.identity.revision += revisions;
        self.publish(&local.view).await;
        Ok(folded)
    }

    fn batch_of(&self, outcome: Outcome, now_ms: i64) -> Batch {
        let txns = (1..=outcome.revisions).map(|n| synced(self.identity.revision + n, now_ms)).collect();
        let mut place = (0, 0);
        let ops = outcome.operations.into_iter().map(|pulled| {
            place = if place.0 == pulled.rev { (place.0, place.1 + 1) } else { (pulled.rev, 0) };
            OpRecord {
                rev: pulled.rev,
                index: place.1,
                operation: pulled.recorded.operation,
                before: pulled.recorded.before,
                creates: pulled.recorded.creates,
                trace: pulled.trace,
            }
        });
        let sync = SyncChanges {
            acknowledged: outcome.acknowledged,
            carried: outcome.carried,
            heads: outcome.heads.into_iter().collect(),
            settled: outcome.settled,
            conflicts: outcome.conflicts.into_iter().map(|conflict| (conflict, now_ms)).collect(),
            resolved: outcome.resolved,
            unfit: outcome.unfit,
            ..SyncChanges::default()
        };
        Batch { txns, ops: ops.collect(), sync, ..Batch::default() }
    }

    /// Takes into the model what a commit changed, and tells who waits for news.
    pub(super) async fn publish(&mut self, view: &View) {
        {
            let mut model = self.model.borrow_mut();
            for node in view.changed_nodes() {
                model.put(node, self.identity.revision);
            }
            model.set_revision(self.identity.revision);
        }
        settle(&self.db, &self.model).await;
        let version = self.model.borrow().open.reminders_version();
        self.reminders.send_if_modified(|told| std::mem::replace(told, version) != version);
        self.revision.send_replace(self.identity.revision);
    }

    /// Makes the next push: operations as they are, and of each page with unsent texts one that carries them all.
    async fn offer(&mut self, limit: Offers) -> Result<Vec<Offered>, StoreError> {
        let (mut after, mut bytes) = (Offering::default(), 0);
        let mut texts: HashSet<NodeId> = HashSet::new();
        let mut sent_rev = 0;
        let mut offers = Vec::new();
        'all: loop {
            let unsent = self.db.unsent(&mut after, STEP).await?;
            let is_last = (unsent.len() as u32) < STEP;
            let pages = pages_of(&unsent, &texts);
            let mut prepared = self.prepare(&pages).await?;
            for unsent in unsent {
                let offered = match unsent {
                    Unsent::Text(text) if texts.insert(text.node) => prepared.remove(&text.node),
                    Unsent::Text(_) => None,
                    Unsent::Operation { rev, id, node, kind, cursor, body } => {
                        sent_rev = sent_rev.max(rev);
                        Some(Offered { id, stream: node, kind, base: None, cursor, body })
                    }
                };
                let Some(offered) = offered else { continue };
                bytes += offered.body.len();
                if offers.len() == limit.operations || (bytes > limit.bytes && !offers.is_empty()) {
                    break 'all;
                }
                offers.push(offered);
            }
            if is_last {
                break;
            }
        }
        self.note_state(|state| state.sent_rev = state.sent_rev.max(sent_rev)).await?;
        Ok(offers)
    }

    /// Puts the texts of pages on their way, as they are from now on until it is known what became of them.
    async fn prepare(&mut self, pages: &[UnsentText]) -> Result<HashMap<NodeId, Offered>, StoreError> {
        let ids: Vec<NodeId> = pages.iter().map(|page| page.node).collect();
        let mut ready = self.db.outgoing(&ids).await?;
        let missing: Vec<UnsentText> =
            pages.iter().copied().filter(|page| !ready.contains_key(&page.node)).collect();
        let made = self.carry(&missing).await?;
        ready.extend(made.into_iter().map(|outgoing| (outgoing.node, outgoing)));
        let on_their_way: Vec<OpId> = ready.values().map(|outgoing| outgoing.id).collect();
        let parked = self.db.parked_of(&on_their_way).await?;
        ready.retain(|_, outgoing| !parked.contains(&outgoing.id));
        Ok(ready.into_iter().map(|(id, outgoing)| (id, offered(outgoing))).collect())
    }

    async fn carry(&mut self, pages: &[UnsentText]) -> Result<Vec<Outgoing>, StoreError> {
        if pages.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<NodeId> = pages.iter().map(|page| page.node).collect();
        let (nodes, texts) = (self.db.nodes(&ids).await?, self.db.texts(&ids).await?);
        let heads = self.db.heads(&ids).await?;
        // Of what a part of the log showed as derived, the rest of the log may have more.
        let derived: Vec<NodeId> = pages.iter().filter(|page| !page.is_typed).map(|page| page.node).collect();
        let typed = self.db.typed(&derived).await?;
        let cursor = self.cursor();
        let mut batch = Batch { clock: self.identity.clock, ..Batch::default() };
        let mut unchanged: Vec<Node> = Vec::new();
        for page in pages {
            let (Some(node), head) =
                (nodes.get(&page.node), heads.get(&page.node).cloned().unwrap_or_default())
            else {
                continue;
            };
            if head.is_broken {
                continue;
            }
            let head_text = self.db.head_text(node, &head).await?;
            let genesis = node.genesis();
            let unsent = UnsentPage {
                node: node.id,
                head: &head,
                head_text: &head_text,
                work: texts.get(&node.id).unwrap_or(&genesis),
                rev: node.text.rev,
                derived: !page.is_typed && !typed.contains(&node.id),
            };
            let mut random = [0; 10];
            self.environment.entropy.fill(&mut random);
            match carry(&unsent, OpId::v7(node.modified, random), cursor) {
                Some(outgoing) => {
                    if outgoing.body.len() > MAX_BODY {
                        let reason = Reason::TooLarge.code().to_owned();
                        batch.sync.parked.push((outgoing.id, node.id, reason, self.now_ms()));
                    }
                    batch.sync.outgoing.push(outgoing);
                }
                None => {
                    batch.sync.carried.push(Carried { node: node.id, rev: node.text.rev, by: NEVER_SENT });
                    unchanged.push(node.clone());
                }
            }
        }
        let mut view = View::default();
        let ids: Vec<NodeId> = unchanged.iter().map(|node| node.id).collect();
        let settled = self.db.settled_modified(&ids).await?;
        for node in unchanged {
            let id = node.id;
            view.put_node(id, Some(node));
            view.touch(id, false, |node| node.modified = settled.get(&id).copied().unwrap_or_default());
        }
        take_changed(&mut batch, &view);
        if !batch.is_empty() {
            self.writer.commit(&batch).await?;
            self.publish(&view).await;
        }
        Ok(batch.sync.outgoing)
    }

    async fn told(&mut self, told: Vec<Told>) -> Result<(), StoreError> {
        let now = self.now_ms();
        let mut changes = SyncChanges::default();
        for told in told {
            match told {
                Told::Stale { node } => changes.settled.push(node),
                Told::Refused { op, node, reason } => changes.parked.push((op, node, reason, now)),
            }
        }
        self.note(changes).await
    }

    /// The pages whose text on its way is what the hub refused; another one may be on its way by now.
    pub(super) async fn parked_texts(&self, parked: &[ParkedRow]) -> Result<Vec<NodeId>, StoreError> {
        let ids: Vec<NodeId> = parked.iter().map(|row| row.node).collect();
        let refused: HashSet<OpId> = parked.iter().map(|row| row.op).collect();
        let outgoing = self.db.outgoing(&ids).await?.into_values();
        Ok(outgoing.filter(|out| refused.contains(&out.id)).map(|out| out.node).collect())
    }

    /// Everything the hub refused is tried again; texts as they are now.
    async fn retry(&mut self) -> Result<u64, StoreError> {
        let parked = self.db.parked().await?;
        let settled = self.parked_texts(&parked).await?;
        let unparked = parked.iter().map(|row| row.op).collect();
        self.note(SyncChanges { settled, unparked, ..SyncChanges::default() }).await?;
        Ok(parked.len() as u64)
    }

    /// The hub's clock is so much ahead of this one. What waits and was never sent is stamped as if this one were right.
    async fn shift(&mut self, shift_ms: i64) -> Result<(), StoreError> {
        let Some(state) = self.sync.clone() else { return Ok(()) };
        // What is let in at two minutes is let out at one, so that it does not go to and fro.
        let most = if state.shift_ms == 0 { MAX_SKEW_MS } else { MAX_SKEW_MS / 2 };
        let shift_ms = if shift_ms.saturating_abs() > most { shift_ms } else { 0 };
        let by = shift_ms.saturating_sub(state.shift_ms);
        let is_same_side = (shift_ms == 0) == (state.shift_ms == 0);
        if is_same_side && by.saturating_abs() <= MAX_SKEW_MS {
            return Ok(());
        }
        tracing::warn!(
            seconds = shift_ms / 1_000,
            "the hub's clock is ahead of this one by so much; what waits is stamped by the hub's"
        );
        let state = SyncState { shift_ms, ..state };
        let waiting = self.never_sent(state.sent_rev).await?;
        let ids: Vec<NodeId> = waiting.values().copied().collect::<HashSet<_>>().into_iter().collect();
        let mut logs: HashMap<NodeId, Vec<OpRecord>> = HashMap::new();
        for op in self.db.logs(&ids).await? {
            logs.entry(op.operation.entity).or_default().push(op);
        }
        let mut view = View::default();
        let mut nodes = self.db.nodes(&ids).await?;
        ids.iter().for_each(|id| view.put_node(*id, nodes.remove(id)));
        let mut last = Tick::default();
        let mut changes = SyncChanges { state: Some(state.clone()), ..SyncChanges::default() };
        for (id, mut log) in logs {
            let is_waiting = |op: &&mut OpRecord| {
                waiting.contains_key(&op.operation.id) && op.operation.body.kind() == Kind::SET
            };
            let sent: Vec<Logged> = (log.iter())
                .filter(|op| !waiting.contains_key(&op.operation.id))
                .map(|op| Logged { rev: op.rev, operation: op.operation.clone(), trace: op.trace })
                .collect();
            let mut unsent: Vec<_> =
                log.iter_mut().filter(is_waiting).map(|op| op.operation.clone()).collect();
            last = last.max(restamp(id, &sent, &mut unsent, by));
            for (op, anew) in log.iter_mut().filter(is_waiting).zip(unsent) {
                changes.restamped.push((anew.id, anew.body.encode()));
                op.operation = anew;
            }
            let node = refolded(id, &log);
            let log: Vec<_> = log.into_iter().map(|op| (op.operation, op.trace)).collect();
            changes.written.extend(registers_of(&log).into_iter().map(|name| (id, name)));
            let now = self.now_ms();
            changes.conflicts.extend(unseen(&node, &log).into_iter().map(|(conflict, _)| (conflict, now)));
            view.touch(id, true, |current| {
                (current.registers, current.modified) = (node.registers, node.modified);
                current.is_rescued = node.is_rescued;
            });
        }
        let clock = if last == Tick::default() { self.identity.clock } else { last };
        let mut batch = Batch { clock, sync: changes, ..Batch::default() };
        take_changed(&mut batch, &view);
        self.writer.commit(&batch).await?;
        self.identity.clock = clock;
        self.sync = Some(state);
        self.has_conflicts = self.db.has_conflicts().await?;
        self.publish(&view).await;
        Ok(())
    }

    /// Own operations on registers that were never part of a push, with their nodes.
    async fn never_sent(&self, sent_rev: u64) -> Result<HashMap<OpId, NodeId>, StoreError> {
        let (mut after, mut waiting) = (Offering::default(), HashMap::new());
        loop {
            let unsent = self.db.unsent(&mut after, STEP).await?;
            let is_last = (unsent.len() as u32) < STEP;
            waiting.extend(unsent.into_iter().filter_map(|unsent| match unsent {
                Unsent::Operation { rev, id, node, .. } if rev > sent_rev => Some((id, node)),
                _ => None,
            }));
            if is_last {
                return Ok(waiting);
            }
        }
    }
}

pub(super) fn refolded(id: NodeId, log: &[OpRecord]) -> Node {
    let mut replay = Replay::new(id);
    for op in log {
        replay.apply(op.rev, op.operation.clone(), &op.trace);
    }
    replay.finish().node
}

fn registers_of(log: &[(Operation, Trace)]) -> HashSet<Box<str>> {
    let names = log.iter().flat_map(|(operation, _)| match &operation.body {
        Body::Set { registers, .. } => registers.as_slice(),
        _ => &[],
    });
    names.map(|(name, _)| name.clone()).collect()
}

fn pages_of(unsent: &[Unsent], taken: &HashSet<NodeId>) -> Vec<UnsentText> {
    let mut pages: HashMap<NodeId, UnsentText> = HashMap::new();
    for unsent in unsent {
        if let Unsent::Text(text) = unsent
            && !taken.contains(&text.node)
        {
            pages.entry(text.node).or_insert(*text).is_typed |= text.is_typed;
        }
    }
    pages.into_values().collect()
}

fn offered(outgoing: Outgoing) -> Offered {
    Offered {
        id: outgoing.id,
        stream: outgoing.node,
        kind: outgoing.kind,
        base: Some(outgoing.base),
        cursor: outgoing.cursor,
        body: outgoing.body,
    }
}

pub(super) fn take_changed(batch: &mut Batch, view: &View) {
    batch.nodes = view.changed_nodes().cloned().collect();
    batch.texts = view.changed_texts().map(|(id, text)| (id, text.to_owned())).collect();
    batch.facts = view.changed_facts();
}

pub(super) fn synced(rev: u64, now_ms: i64) -> TxnRecord {
    TxnRecord {
        rev,
        mutation_id: None,
        group: None,
        role: Role::Do,
        undoes: None,
        wall_ms: now_ms,
        label: "sync".to_owned(),
        outcome: Vec::new(),
    }
}

fn wire(error: StoreError) -> WireError {
    store_error(&error)
}
