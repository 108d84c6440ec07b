//! What the hub refused is given up: values are as the hub has them, and texts too.

use std::collections::{HashMap, HashSet};

use super::syncing::{NEVER_SENT, refolded, synced, take_changed};
use super::writer::{WriterTask, op_record};
use crate::domain::change::Clock;
use crate::domain::id::{NodeId, OpId};
use crate::domain::sync::Trace;
use crate::domain::sync::pull::Carried;
use crate::domain::verbs::{Edit, Stamper, View, record};
use crate::store::{Batch, OpRecord, StoreError, TxnRecord};

impl WriterTask {
    /// Gives up all that is parked, and answers how much that was. Pages keep what was typed in their history.
    pub(super) async fn discard(&mut self) -> Result<u64, StoreError> {
        let parked = self.db.parked().await?;
        let given_up: HashSet<OpId> = parked.iter().map(|row| row.op).collect();
        let ids: Vec<NodeId> =
            parked.iter().map(|row| row.node).collect::<HashSet<_>>().into_iter().collect();
        let mut view = View::default();
        let mut batch = Batch { clock: self.identity.clock, ..Batch::default() };
        let (mut nodes, mut texts) = (self.db.nodes(&ids).await?, self.db.texts(&ids).await?);
        for id in &ids {
            view.put_node(*id, nodes.remove(id));
            view.put_text(*id, texts.remove(id));
        }
        let settled = self.parked_texts(&parked).await?;
        let edits = self.texts_of_the_hub(&given_up, &ids, &view, &mut batch).await?;
        self.without(&given_up, &ids, &mut view, &mut batch).await?;
        self.write_back(edits, &mut view, &mut batch);
        batch.sync.settled = settled;
        batch.sync.unparked = given_up.into_iter().collect();
        take_changed(&mut batch, &view);
        if !batch.is_empty() {
            self.writer.commit(&batch).await?;
            self.identity.revision += batch.txns.len() as u64;
            self.publish(&view).await;
        }
        Ok(parked.len() as u64)
    }

    async fn texts_of_the_hub(
        &self,
        given_up: &HashSet<OpId>,
        ids: &[NodeId],
        view: &View,
        batch: &mut Batch,
    ) -> Result<Vec<Edit>, StoreError> {
        let heads = self.db.heads(ids).await?;
        let mut edits = Vec::new();
        for outgoing in self.db.outgoing(ids).await?.values() {
            let Some(node) = view.node(outgoing.node).ok().flatten() else { continue };
            if given_up.contains(&outgoing.id) {
                let head = heads.get(&node.id).cloned().unwrap_or_default();
                let text = self.db.head_text(node, &head).await?;
                batch.sync.carried.push(Carried { node: node.id, rev: node.text.rev, by: NEVER_SENT });
                edits.push(Edit::Derived { node: node.id, text, facts: None });
            }
        }
        Ok(edits)
    }

    /// Folds the nodes anew without the operations.
    async fn without(
        &self,
        given_up: &HashSet<OpId>,
        ids: &[NodeId],
        view: &mut View,
        batch: &mut Batch,
    ) -> Result<(), StoreError> {
        let mut logs: HashMap<NodeId, Vec<OpRecord>> = HashMap::new();
        for op in self.db.logs(ids).await? {
            if given_up.contains(&op.operation.id) {
                batch.sync.discarded.push(op.operation.id);
            } else {
                logs.entry(op.operation.entity).or_default().push(op);
            }
        }
        for &id in ids {
            let log = logs.remove(&id).unwrap_or_default();
            let anew = refolded(id, &log);
            view.touch(id, true, |node| {
                (node.registers, node.is_rescued) = (anew.registers, anew.is_rescued);
                node.modified = anew.modified;
            });
        }
        Ok(())
    }

    fn write_back(&mut self, edits: Vec<Edit>, view: &mut View, batch: &mut Batch) {
        let (rev, now) = (self.identity.revision + 1, self.now_ms());
        let entropy = self.environment.entropy.clone();
        let mut random = || {
            let mut bytes = [0; 10];
            entropy.fill(&mut bytes);
            bytes
        };
        let mut clock = Clock::after(self.identity.clock);
        let (device, wall_ms) = (self.identity.device, self.stamp_ms(now));
        let mut stamper = Stamper { device, clock: &mut clock, wall_ms, random: &mut random };
        let recorded = record(view, edits, rev, &mut stamper);
        let trace = Trace { cursor: self.cursor(), carried_by: Some(NEVER_SENT), ..Trace::default() };
        batch.ops =
            recorded.into_iter().zip(0..).map(|(recorded, at)| op_record(recorded, rev, at, trace)).collect();
        if !batch.ops.is_empty() {
            batch.txns.push(TxnRecord { label: "sync discard".to_owned(), ..synced(rev, now) });
        }
    }
}
