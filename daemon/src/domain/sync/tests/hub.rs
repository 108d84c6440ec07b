//! The hub of the simulation: the real decision, a log in memory.

use crate::domain::id::{DeviceId, NodeId, OpId};
use crate::domain::sync::Arrived;
use crate::domain::sync::hub::{AccountLog, Offered, Verdict};

#[derive(Default)]
pub(super) struct Hub {
    pub(super) account: AccountLog,
    pub(super) log: Vec<Arrived>,
    pub(super) compares: bool,
}

impl Hub {
    /// Takes a push; `now` is its clock.
    pub(super) fn push(&mut self, device: DeviceId, ops: &[Offered], now: u64) -> Vec<(OpId, Verdict)> {
        let verdicts = if self.compares {
            self.account.admit(ops)
        } else {
            ops.iter().flat_map(|offered| self.admit_blindly(offered)).collect()
        };
        for (offered, verdict) in ops.iter().cloned().zip(&verdicts) {
            if let Verdict::Accepted(seq) = verdict {
                assert_eq!(*seq, self.log.len() as u64 + 1, "places are gapless");
                self.log.push(Arrived {
                    seq: *seq,
                    received_at: now,
                    cursor: offered.cursor,
                    id: offered.id,
                    device,
                    entity: offered.stream,
                    kind: offered.kind,
                    body: offered.body,
                });
            }
        }
        ops.iter().map(|offered| offered.id).zip(verdicts).collect()
    }

    /// Takes a text whatever it was made of: a mutant.
    fn admit_blindly(&mut self, offered: &Offered) -> Vec<Verdict> {
        if let Some(base) = offered.base {
            self.account.texts.insert(offered.stream, base);
        }
        self.account.admit(std::slice::from_ref(offered))
    }

    /// A page of the log.
    pub(super) fn ops(&self, after: u64, limit: usize) -> Vec<Arrived> {
        self.log.iter().skip(after as usize).take(limit).cloned().collect()
    }

    /// Pages with a text, and their newest operation.
    pub(super) fn texts(&self) -> impl Iterator<Item = (NodeId, u64)> {
        self.account.texts.iter().map(|(id, seq)| (*id, *seq))
    }
}
