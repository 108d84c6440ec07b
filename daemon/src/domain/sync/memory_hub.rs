//! A hub for tests: the real decision, a log in memory.

use crate::domain::id::{DeviceId, NodeId, OpId};
use crate::domain::sync::Arrived;
use crate::domain::sync::hub::{AccountLog, Offered, Verdict};

pub(crate) struct Hub {
    pub(crate) account: AccountLog,
    pub(crate) log: Vec<Arrived>,
    /// Whether it compares what a text was made of; it has to.
    pub(crate) compares: bool,
}

impl Default for Hub {
    fn default() -> Self {
        Self { account: AccountLog::default(), log: Vec::new(), compares: true }
    }
}

impl Hub {
    /// Takes a push; `now` is its clock.
    pub(crate) fn push(&mut self, device: DeviceId, ops: &[Offered], now: u64) -> Vec<(OpId, Verdict)> {
        let verdicts = if self.compares {
            self.account.admit(ops, now)
        } else {
            ops.iter().flat_map(|offered| self.admit_blindly(offered, now)).collect()
        };
        for (offered, verdict) in ops.iter().cloned().zip(&verdicts) {
            if let Verdict::Accepted(seq) = verdict {
                assert_eq!(*seq, self.log.len() as u64 + 1, "places are gapless");
                self.log.push(Arrived {
                    seq: *seq,
                    received_at: self.account.taken_at(*seq),
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
    fn admit_blindly(&mut self, offered: &Offered, now: u64) -> Vec<Verdict> {
        if let Some(base) = offered.base {
            self.account.texts.insert(offered.stream, base);
        }
        self.account.admit(std::slice::from_ref(offered), now)
    }

    /// A page of the log.
    pub(crate) fn ops(&self, after: u64, limit: usize) -> Vec<Arrived> {
        self.log.iter().skip(after as usize).take(limit).cloned().collect()
    }

    /// Pages with a text, and their newest operation.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (NodeId, u64)> {
        self.account.texts.iter().map(|(id, seq)| (*id, *seq))
    }
}
