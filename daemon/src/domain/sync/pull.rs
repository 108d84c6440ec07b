//! What a spoke makes of operations that it pulls.
//!
//! The caller reads what [`Local`] asks for, [`fold`] changes it in memory, and the caller writes all of the outcome in
//! one transaction. A pulled operation never refuses the rest: one that cannot be read is put aside.

use std::collections::{HashMap, HashSet};

use super::conflict::{Conflict, Writer, unseen};
pub use super::local::{Local, Logged, LoggedEdit};
use super::push::text_body;
use super::replay::{Replay, text_after};
use super::trash::{UserEdit, is_rescued};
use super::{Arrived, Head, HeadText, Place, Trace};
use crate::domain::change::{Body, Kind, MAX_AHEAD_MS, MAX_TEXT, Operation, Registers};
use crate::domain::id::{NodeId, OpId};
use crate::domain::merge::merge3;
use crate::domain::node::{Node, made_at, register};
use crate::domain::value::Value;
use crate::domain::verbs::{Recorded, Stamper, writes_title};

/// Kinds from here on may be kept unread by a version that does not know them.
pub const FIRST_SKIPPABLE_KIND: u8 = 128;

/// An operation for the local log.
#[derive(Debug, Clone, PartialEq)]
pub struct Pulled {
    /// The revision it belongs to.
    pub rev: u64,
    /// The operation, and what stood there before.
    pub recorded: Recorded,
    /// What sync notes of it.
    pub trace: Trace,
}

/// The hub has an operation of this store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acknowledged {
    /// The operation.
    pub op: OpId,
    /// Its place.
    pub seq: u64,
    /// When it was taken.
    pub received_at: u64,
}

/// The working texts of a page up to a revision need not be sent any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carried {
    /// The page.
    pub node: NodeId,
    /// The last revision.
    pub rev: u64,
    /// The operation that carried them, or that says the same.
    pub by: OpId,
}

/// An operation that cannot be folded in. It is kept as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// The operation.
    pub arrived: Arrived,
    /// Why, in words.
    pub reason: &'static str,
}

/// What is to be written, beside the changed nodes and texts of the view.
#[derive(Debug, Default)]
pub struct Outcome {
    /// For the log, in order; the revisions are those after the caller's last, without a gap.
    pub operations: Vec<Pulled>,
    /// How many revisions they make.
    pub revisions: u64,
    /// Own operations the hub has.
    pub acknowledged: Vec<Acknowledged>,
    /// Working texts that are sent.
    pub carried: Vec<Carried>,
    /// The pages whose newest text at the hub is another.
    pub heads: HashMap<NodeId, Head>,
    /// Pages whose text is no longer on its way.
    pub settled: Vec<NodeId>,
    /// Values that were overwritten unseen; some may be listed already.
    pub conflicts: Vec<Conflict>,
    /// Values that were, and that somebody has seen and written anew.
    pub resolved: Vec<(NodeId, Box<str>, OpId)>,
    /// What could not be folded in.
    pub unfit: Vec<Unfit>,
    /// How far the log is read.
    pub cursor: u64,
    /// The operation before which reading stopped, since only a later version understands it.
    pub upgrade: Option<Kind>,
    /// Whether reading stopped before an operation of this device that came without its body and is not known here.
    pub lacks_body: bool,
}

/// What became of an operation.
enum Taken {
    /// It is folded in, or put aside.
    Done,
    /// Only a later version understands it.
    Later,
    /// It came without its body.
    LacksBody,
}

/// Folds operations in, in their order. `rev` is the store's newest revision.
pub fn fold(local: &mut Local, arrived: &[Arrived], rev: u64, stamper: &mut Stamper<'_>) -> Outcome {
    let outcome = Outcome { cursor: arrived.first().map_or(0, |first| first.seq - 1), ..Outcome::default() };
    let mut folding = Folding {
        local,
        stamper,
        outcome,
        first_rev: rev,
        rev: rev + 1,
        written: HashSet::new(),
        merges: HashMap::new(),
        page_edits: HashMap::new(),
        acknowledged_at: HashMap::new(),
        page_modified: HashMap::new(),
        refolded: HashSet::new(),
    };
    for arrived in arrived {
        match folding.take(arrived) {
            Taken::Done => {}
            Taken::Later => {
                folding.outcome.upgrade = Some(arrived.kind);
                break;
            }
            Taken::LacksBody => {
                folding.outcome.lacks_body = true;
                break;
            }
        }
        folding.outcome.cursor = arrived.seq;
    }
    folding.finish();
    folding.outcome
}

/// A page on which something is unsent and to which something came.
struct Merge {
    base: String,
    last: OpId,
}

struct Folding<'a, 'b> {
    local: &'a mut Local,
    stamper: &'a mut Stamper<'b>,
    outcome: Outcome,
    first_rev: u64,
    rev: u64,
    /// Nodes whose working text the current revision made.
    written: HashSet<NodeId>,
    merges: HashMap<NodeId, Merge>,
    page_edits: HashMap<NodeId, Vec<UserEdit>>,
    /// When nodes were changed by what came.
    page_modified: HashMap<NodeId, u64>,
    acknowledged_at: HashMap<OpId, (u64, u64)>,
    refolded: HashSet<NodeId>,
}

impl Folding<'_, '_> {
    fn take(&mut self, arrived: &Arrived) -> Taken {
        match self.local.known.get(&arrived.id) {
            Some(Some(_)) => return Taken::Done,
            Some(None) => {
                self.acknowledge(arrived);
                return Taken::Done;
            }
            None => {}
        }
        if self.local.was_on_its_way(arrived) {
            self.carried(arrived);
            return Taken::Done;
        }
        if arrived.device == self.stamper.device && arrived.body.is_empty() {
            return Taken::LacksBody;
        }
        let is_known_kind = matches!(arrived.kind, Kind::TEXT | Kind::TEXT_FULL | Kind::SET);
        if !is_known_kind && arrived.kind.0 < FIRST_SKIPPABLE_KIND {
            return Taken::Later;
        }
        let Ok(body) = Body::decode(arrived.kind, &arrived.body) else {
            if arrived.kind.is_text() {
                self.broken(arrived);
            }
            self.unfit(arrived, "its body cannot be read");
            return Taken::Done;
        };
        let operation = Operation { id: arrived.id, device: arrived.device, entity: arrived.entity, body };
        match &operation.body {
            Body::Set { .. } => self.set(arrived, operation),
            Body::Text { .. } | Body::TextFull { .. } => self.text(arrived, operation),
            Body::Unknown { .. } => self.log(arrived, operation, Vec::new(), false, Place::Chain),
        }
        Taken::Done
    }

    /// Notes that the newest text of a page cannot be known.
    fn broken(&mut self, arrived: &Arrived) {
        let id = arrived.entity;
        let head = self.local.heads.entry(id).or_default().clone();
        let head = Head { seq: arrived.seq, revisions: head.revisions + 1, is_broken: true, ..head };
        self.local.heads.insert(id, head.clone());
        self.outcome.heads.insert(id, head);
        if self.local.outgoing.remove(&id).is_some() {
            self.outcome.settled.push(id);
        }
    }

    fn acknowledge(&mut self, arrived: &Arrived) {
        self.acknowledged_at.insert(arrived.id, (arrived.seq, arrived.received_at));
        self.local.known.insert(arrived.id, Some(arrived.seq));
        let lost = self.local.lost.iter_mut().filter(|((node, _), _)| *node == arrived.entity);
        let lost = lost.flat_map(|(_, lost)| lost).filter(|lost| lost.op == arrived.id);
        for writer in lost.chain(self.local.writers.get_mut(&arrived.id)) {
            writer.seq = Some(arrived.seq);
        }
        self.outcome.acknowledged.push(Acknowledged {
            op: arrived.id,
            seq: arrived.seq,
            received_at: arrived.received_at,
        });
    }

    /// The hub has the text that was on its way.
    fn carried(&mut self, arrived: &Arrived) {
        let Some(outgoing) = self.local.outgoing.remove(&arrived.entity) else { return };
        let head = self.local.heads.entry(arrived.entity).or_default();
        *head = Head {
            seq: arrived.seq,
            revisions: head.revisions + 1,
            text: HeadText::Revision(outgoing.rev),
            is_broken: false,
        };
        self.outcome.heads.insert(arrived.entity, head.clone());
        self.outcome.settled.push(arrived.entity);
        self.outcome.carried.push(Carried { node: arrived.entity, rev: outgoing.rev, by: arrived.id });
        let is_newer = self.node(arrived.entity).is_some_and(|node| node.text.rev > outgoing.rev);
        if is_newer {
            self.local.head_texts.insert(arrived.entity, outgoing.target);
        } else {
            self.local.head_texts.remove(&arrived.entity);
        }
        let body = Body::decode(outgoing.kind, &outgoing.body).expect("this store encoded it");
        let operation = Operation { id: arrived.id, device: arrived.device, entity: arrived.entity, body };
        self.note_edit(&operation, arrived);
        self.log(arrived, operation, Vec::new(), false, Place::Carrier);
    }

    fn set(&mut self, arrived: &Arrived, operation: Operation) {
        let Body::Set { tick, registers } = &operation.body else { return };
        let empty = Registers::default();
        let node = self.node(arrived.entity);
        let creates = node.is_none_or(|node| !node.exists());
        let current = node.map_or(&empty, |node| &node.registers);
        let before: Vec<(Box<str>, Value)> =
            registers.iter().map(|(name, _)| (name.clone(), current.value(name).clone())).collect();
        let conflicts = self.conflicts(arrived, &operation, current);
        self.resolve(arrived, registers);
        self.list(arrived, conflicts);
        self.stamper.clock.observe(*tick, arrived.received_at.saturating_add(MAX_AHEAD_MS));
        self.local.writers.insert(arrived.id, writer(arrived));
        self.note_edit(&operation, arrived);
        self.local.view.touch(arrived.entity, writes_title(&operation), |node| {
            node.apply_received(&operation, Some(arrived.received_at))
        });
        self.log(arrived, operation, before, creates, Place::Chain);
    }

    /// What of the operation, or of what it overwrites, loses against a writer that had not seen it.
    fn conflicts(
        &self,
        arrived: &Arrived,
        operation: &Operation,
        current: &Registers,
    ) -> Vec<(Conflict, Writer)> {
        let Body::Set { tick, registers } = &operation.body else { return Vec::new() };
        let stamp = (tick.received(Some(arrived.received_at)), arrived.device, arrived.id);
        let new = writer(arrived);
        let conflict = |(name, value): &(Box<str>, Value)| {
            let old = current.register(name)?;
            let was = self.local.writers.get(&old.stamp.op)?;
            let wins = stamp > (old.stamp.tick, old.stamp.device, old.stamp.op);
            let (winner, loser, lost) = if wins { (&new, was, &old.value) } else { (was, &new, value) };
            let (node, name, lost) = (arrived.entity, name.clone(), lost.clone());
            let conflict = Conflict { node, name, lost, lost_by: loser.op, won_by: winner.op };
            (!winner.had_seen(loser)).then_some((conflict, *loser))
        };
        registers.iter().filter_map(conflict).collect()
    }

    /// What its writer had seen when it wrote the same register is settled.
    fn resolve(&mut self, arrived: &Arrived, registers: &[(Box<str>, Value)]) {
        let new = writer(arrived);
        for (name, _) in registers {
            let key = (arrived.entity, name.clone());
            let Some(lost) = self.local.lost.get_mut(&key) else { continue };
            let seen: Vec<OpId> = lost.iter().filter(|lost| new.had_seen(lost)).map(|lost| lost.op).collect();
            lost.retain(|lost| !seen.contains(&lost.op));
            self.outcome.conflicts.retain(|conflict| {
                (conflict.node, &conflict.name) != (key.0, &key.1) || !seen.contains(&conflict.lost_by)
            });
            self.outcome.resolved.extend(seen.into_iter().map(|op| (key.0, key.1.clone(), op)));
        }
    }

    fn list(&mut self, arrived: &Arrived, conflicts: Vec<(Conflict, Writer)>) {
        for (conflict, loser) in conflicts {
            self.local.lost.entry((arrived.entity, conflict.name.clone())).or_default().push(loser);
            self.outcome.resolved.retain(|(node, name, op)| {
                (*node, &**name, *op) != (conflict.node, &*conflict.name, conflict.lost_by)
            });
            self.outcome.conflicts.push(conflict);
        }
    }

    fn text(&mut self, arrived: &Arrived, operation: Operation) {
        let id = arrived.entity;
        let is_full = operation.body.kind() == Kind::TEXT_FULL;
        let head = self.local.heads.entry(id).or_default().clone();
        if arrived.seq <= head.seq {
            return self.passed_over(arrived, operation);
        }
        let unsent = self.local.head_texts.get(&id).cloned();
        let base = unsent.clone().unwrap_or_else(|| self.working_text(id));
        let next = if head.is_broken && !is_full { None } else { text_made(&base, &operation.body) };
        let Some(next) = next else {
            self.broken(arrived);
            self.unfit(arrived, "its text does not follow from the one before");
            return;
        };
        if self.local.outgoing.remove(&id).is_some() {
            // It was made of a text that is not the newest one any more, so the hub never takes it.
            self.outcome.settled.push(id);
        }
        self.note_edit(&operation, arrived);
        let text = if unsent.is_some() {
            let base = self.merges.remove(&id).map_or(base, |merge| merge.base);
            self.merges.insert(id, Merge { base, last: arrived.id });
            self.local.head_texts.insert(id, next.clone());
            self.local.view.touch(id, false, |node| {
                node.apply_received(&operation, Some(arrived.received_at));
            });
            self.log(arrived, operation, Vec::new(), false, Place::Beside);
            HeadText::Apart(next)
        } else {
            self.fold_text(arrived, &operation, next);
            self.log(arrived, operation, Vec::new(), false, Place::Chain);
            HeadText::Revision(self.rev)
        };
        let head = Head { seq: arrived.seq, revisions: head.revisions + 1, text, is_broken: false };
        self.local.heads.insert(id, head.clone());
        self.outcome.heads.insert(id, head);
    }

    /// A text before the newest one, which came first by a snapshot: history.
    fn passed_over(&mut self, arrived: &Arrived, operation: Operation) {
        self.note_edit(&operation, arrived);
        self.local.view.touch(arrived.entity, false, |node| {
            node.apply_received(&operation, Some(arrived.received_at));
        });
        self.log(arrived, operation, Vec::new(), false, Place::Beside);
    }

    fn fold_text(&mut self, arrived: &Arrived, operation: &Operation, text: String) {
        self.new_text(arrived.entity);
        self.local.view.touch(arrived.entity, false, |node| {
            node.apply_received(operation, Some(arrived.received_at));
        });
        self.local.view.write_text(arrived.entity, text, self.rev);
    }

    /// Begins another revision if this one made a text of the node already: every text can be told by its revision.
    fn new_text(&mut self, id: NodeId) {
        if !self.written.insert(id) {
            self.rev += 1;
            self.written.clear();
            self.written.insert(id);
        }
    }

    fn finish(&mut self) {
        let mut merges: Vec<_> = std::mem::take(&mut self.merges).into_iter().collect();
        merges.sort_unstable_by_key(|(id, _)| *id);
        for (id, merge) in merges {
            self.merge(id, &merge);
        }
        self.refold_what_was_ahead();
        self.look_into_the_trash();
        let newest = self.outcome.operations.last().map(|last| last.rev);
        self.outcome.revisions = newest.map_or(0, |newest| newest - self.first_rev);
    }

    /// Puts what is unsent onto the newest text.
    fn merge(&mut self, id: NodeId, merge: &Merge) {
        let Some(head) = self.local.head_texts.get(&id).cloned() else { return };
        let work = self.working_text(id);
        let merged = merge3(&merge.base, &head, &work);
        let says_the_same = merged == head;
        let was_at = self.node(id).map_or(0, |node| node.text.rev);
        let mut at = was_at;
        if merged != work {
            self.new_text(id);
            at = self.rev;
            let operation = self.merged(id, &work, merged);
            let carried_by = says_the_same.then_some(merge.last);
            let trace = Trace { cursor: self.outcome.cursor, carried_by, ..Trace::default() };
            let recorded = Recorded { operation, before: Vec::new(), creates: false };
            self.outcome.operations.push(Pulled { rev: self.rev, recorded, trace });
        }
        if says_the_same {
            self.outcome.carried.push(Carried { node: id, rev: was_at, by: merge.last });
            self.forget_when_it_was_typed(id);
            self.local.head_texts.remove(&id);
            if let Some(head) = self.local.heads.get_mut(&id) {
                head.text = HeadText::Revision(at);
                self.outcome.heads.insert(id, head.clone());
            }
        }
    }

    /// What was typed here is the same as what came, and nobody else ever learns when.
    fn forget_when_it_was_typed(&mut self, id: NodeId) {
        let before = self.local.modified.get(&id).copied().unwrap_or_default();
        let came = self.page_modified.get(&id).copied().unwrap_or_default();
        self.local.view.touch(id, false, |node| node.modified = before.max(came));
    }

    /// The operation that makes the merged text of the working one. Nobody typed it, so it makes the page no newer.
    fn merged(&mut self, id: NodeId, work: &str, text: String) -> Operation {
        let (revisions, ms) = self.node(id).map_or((0, 0), |node| (node.text.revisions, node.modified));
        let body = text_body(work, &text, revisions, true);
        let op = OpId::v7(ms, (self.stamper.random)());
        self.local.view.touch(id, false, |_| {});
        self.local.view.write_text(id, text, self.rev);
        Operation { id: op, device: self.stamper.device, entity: id, body }
    }

    /// Own operations made by a clock that was far ahead count from when the hub took them.
    fn refold_what_was_ahead(&mut self) {
        for (id, log) in std::mem::take(&mut self.local.logs) {
            let pulled =
                self.outcome.operations.iter().map(|pulled| (&pulled.recorded.operation, &pulled.trace));
            let pulled = pulled.filter(|(operation, _)| operation.entity == id);
            let pulled = pulled.map(|(operation, trace)| (operation.clone(), *trace));
            let carried = self.outcome.carried.iter().filter(|carried| carried.node == id);
            let carried = carried.map(|carried| carried.rev).max().unwrap_or_default();
            // What others typed has a place of its own, and is carried by nothing.
            let is_carried = |logged: &Logged| {
                logged.operation.body.kind().is_text() && logged.trace.seq.is_none() && logged.rev <= carried
            };
            let logged = log.into_iter().filter(|logged| !is_carried(logged)).map(|logged| {
                let acknowledged = self.acknowledged_at.get(&logged.operation.id);
                let mut trace = logged.trace;
                if let Some((seq, at)) = acknowledged {
                    (trace.seq, trace.received_at) = (Some(*seq), Some(*at));
                }
                (logged.operation, trace)
            });
            let log: Vec<(Operation, Trace)> = logged.chain(pulled).collect();
            let anew = Replay::facts(id, log.iter().cloned());
            self.relist(&anew, &log);
            self.refolded.insert(id);
            self.local.view.touch(id, true, |node| {
                (node.registers, node.modified) = (anew.registers, anew.modified);
                node.is_rescued = anew.is_rescued;
            });
        }
    }

    /// Lists anew what lost unseen, since other values may have won.
    fn relist(&mut self, node: &Node, log: &[(Operation, Trace)]) {
        self.outcome.conflicts.retain(|conflict| conflict.node != node.id);
        let listed = self.local.lost.extract_if(|(of, _), _| *of == node.id);
        let listed =
            listed.flat_map(|((_, name), lost)| lost.into_iter().map(move |lost| (name.clone(), lost.op)));
        let resolved: Vec<_> = listed.map(|(name, op)| (node.id, name, op)).collect();
        self.outcome.resolved.extend(resolved);
        for (conflict, loser) in unseen(node, log) {
            let key = (conflict.node, conflict.name.clone(), conflict.lost_by);
            self.local.lost.entry((node.id, conflict.name.clone())).or_default().push(loser);
            self.outcome.resolved.retain(|resolved| *resolved != key);
            self.outcome.conflicts.push(conflict);
        }
    }

    fn look_into_the_trash(&mut self) {
        let touched: HashSet<NodeId> = (self.outcome.operations.iter())
            .map(|pulled| pulled.recorded.operation.entity)
            .chain(self.outcome.carried.iter().map(|carried| carried.node))
            .collect();
        for id in touched {
            let Some(node) = self.node(id).filter(|_| !self.refolded.contains(&id)) else { continue };
            let trashed =
                node.registers.register(register::TRASHED).filter(|trashed| trashed.value.is_true());
            let is = trashed
                .and_then(|trashed| self.local.writers.get(&trashed.stamp.op))
                .is_some_and(|by| is_rescued(by.device, by.cursor, &self.edits_of(id)));
            if node.is_rescued != is {
                self.local.view.touch(id, false, |node| node.is_rescued = is);
            }
        }
    }

    /// The edits of a node as they are after this: some have a place now, and texts that were carried are as their
    /// carrier.
    fn edits_of(&self, id: NodeId) -> Vec<UserEdit> {
        let carried = self.outcome.carried.iter().filter(|carried| carried.node == id);
        let carried = carried.map(|carried| carried.rev).max().unwrap_or_default();
        let logged = self.local.edits.get(&id).into_iter().flatten();
        let logged = logged.filter(|logged| !(logged.is_text && logged.rev <= carried)).map(|logged| {
            let now = self.acknowledged_at.get(&logged.op).map(|(seq, _)| *seq);
            UserEdit { seq: logged.edit.seq.or(now), ..logged.edit }
        });
        logged.chain(self.page_edits.get(&id).into_iter().flatten().copied()).collect()
    }

    fn note_edit(&mut self, operation: &Operation, arrived: &Arrived) {
        if operation.is_edit() {
            let edit = UserEdit { device: arrived.device, seq: Some(arrived.seq) };
            self.page_edits.entry(arrived.entity).or_default().push(edit);
        }
    }

    fn unfit(&mut self, arrived: &Arrived, reason: &'static str) {
        self.outcome.unfit.push(Unfit { arrived: arrived.clone(), reason });
    }

    fn log(
        &mut self,
        arrived: &Arrived,
        operation: Operation,
        before: Vec<(Box<str>, Value)>,
        creates: bool,
        place: Place,
    ) {
        let trace = Trace {
            cursor: arrived.cursor,
            seq: Some(arrived.seq),
            received_at: Some(arrived.received_at),
            carried_by: None,
            place,
        };
        // Nothing has one id twice.
        self.local.known.insert(arrived.id, Some(arrived.seq));
        let made = made_at(operation.id, Some(arrived.received_at));
        let newest = self.page_modified.entry(operation.entity).or_default();
        *newest = made.max(*newest);
        let recorded = Recorded { operation, before, creates };
        self.outcome.operations.push(Pulled { rev: self.rev, recorded, trace });
    }

    fn node(&self, id: NodeId) -> Option<&Node> {
        self.local.view.node(id).ok().flatten()
    }

    /// The working text; before any operation made one, what the node begins with.
    fn working_text(&self, id: NodeId) -> String {
        match self.node(id) {
            Some(node) if node.text.revisions == 0 => node.genesis(),
            _ => self.local.view.text(id).unwrap_or_default().to_owned(),
        }
    }
}

fn writer(arrived: &Arrived) -> Writer {
    Writer { op: arrived.id, device: arrived.device, seq: Some(arrived.seq), cursor: arrived.cursor }
}

/// The text an operation makes of the one before it; `None` when it does not fit, or is longer than any text may be.
fn text_made(before: &str, body: &Body) -> Option<String> {
    // A merge of two texts that each are as long as one may be is longer.
    const MOST: usize = 2 * MAX_TEXT;
    if let Body::Text { splices, .. } = body
        && splices.iter().map(|splice| splice.insert.len()).sum::<usize>() > MOST
    {
        return None;
    }
    let text = text_after(before, body.clone())?;
    (text.len() <= MOST).then_some(text)
}
