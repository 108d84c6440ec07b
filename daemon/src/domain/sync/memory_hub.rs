//! A hub for tests: the real decision, a log in memory.

use crate::domain::id::{DeviceId, NodeId, OpId};
use crate::domain::sync::Arrived;
use crate::domain::sync::hub::{AccountLog, Offered, Verdict};

pub(crate) struct Hub {
    pub(crate) account: AccountLog,
    pub(crate) log: Vec<Arrived>,
    /// Whether it compares what a text was made of; it has to.
    pub(crate) compares: bool,
    /// The log begins after it; all of it is kept here, so that it can be compared.
    pub(crate) floor: u64,
    /// The newest snapshot: the place up to which it has the log, and what it keeps of it.
    pub(crate) snapshot: (u64, Vec<Arrived>),
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            account: AccountLog::default(),
            log: Vec::new(),
            compares: true,
            floor: 0,
            snapshot: (0, Vec::new()),
        }
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

    /// Where an operation stands that was taken, and when it was.
    pub(crate) fn taken(&self, id: OpId) -> Option<(u64, u64)> {
        let (seq, _) = self.account.seen.get(&id)?;
        Some((*seq, self.log[*seq as usize - 1].received_at))
    }

    /// Takes a snapshot, if it is newer than the one there is.
    pub(crate) fn take_snapshot(&mut self, seq: u64, log: Vec<Arrived>) -> bool {
        let is_newer = seq > self.snapshot.0 && seq <= self.account.head;
        if is_newer {
            self.snapshot = (seq, log);
        }
        is_newer
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
