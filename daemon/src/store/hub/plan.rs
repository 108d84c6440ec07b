//! What one commit of pushes writes. Decides only: no database.

use std::collections::{BTreeMap, HashMap};

use super::OP_OVERHEAD;
use super::error::HubError;
use super::record::{AccountId, DeviceState, Pushed};
use crate::domain::id::{DeviceId, NodeId};
use crate::domain::sync::hub::{AccountLog, Fingerprint, Offered, Verdict};

/// Operations that a device offers.
#[derive(Debug)]
pub(super) struct Offer {
    pub(super) account: AccountId,
    pub(super) device: DeviceId,
    pub(super) epoch: u64,
    pub(super) ops: Vec<Offered>,
}

/// An account as it stands before a commit.
#[derive(Debug, Clone, Default)]
pub(super) struct Standing {
    pub(super) epoch: u64,
    pub(super) bytes: u64,
    pub(super) quota: u64,
    pub(super) log: AccountLog,
}

/// What is known before a commit.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) accounts: HashMap<AccountId, Standing>,
    /// Devices with whether they are locked out.
    pub(super) devices: HashMap<(AccountId, DeviceId), bool>,
}

/// An operation that enters a log.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) account: AccountId,
    pub(super) device: DeviceId,
    pub(super) seq: u64,
    /// When it is taken, Unix milliseconds.
    pub(super) at: i64,
    pub(super) fingerprint: Fingerprint,
    pub(super) op: &'a Offered,
}

/// A stream as it stands after a commit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct StreamHead {
    pub(super) account: AccountId,
    pub(super) stream: NodeId,
    pub(super) head: u64,
    pub(super) text: u64,
}

/// An account as it stands after a commit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Advance {
    pub(super) account: AccountId,
    pub(super) epoch: u64,
    pub(super) head: u64,
    pub(super) newest_ms: u64,
    pub(super) bytes: u64,
}

/// What a commit writes, and the answers once it is written.
#[derive(Debug, Default)]
pub(super) struct Plan<'a> {
    pub(super) entries: Vec<Entry<'a>>,
    pub(super) streams: Vec<StreamHead>,
    pub(super) accounts: Vec<Advance>,
    pub(super) answers: Vec<Result<Pushed, HubError>>,
}

impl Plan<'_> {
    /// Decides on offers in order.
    pub(super) fn of<'a>(
        mut known: Known,
        offers: impl IntoIterator<Item = &'a Offer>,
        now_ms: i64,
    ) -> Plan<'a> {
        let mut plan = Plan::default();
        let now = u64::try_from(now_ms).unwrap_or_default();
        for offer in offers {
            let answer = plan.take(&mut known, offer, now);
            plan.answers.push(answer);
        }
        plan.conclude(&known);
        plan
    }
}

impl<'a> Plan<'a> {
    fn take(&mut self, known: &mut Known, offer: &'a Offer, now: u64) -> Result<Pushed, HubError> {
        match state_of(known, offer) {
            DeviceState::Known => {}
            DeviceState::Revoked => return Err(HubError::RevokedDevice),
            DeviceState::Unknown => return Err(HubError::UnknownDevice),
        }
        let standing = known.accounts.get_mut(&offer.account).ok_or(HubError::UnknownDevice)?;
        if offer.epoch != standing.epoch {
            return Err(HubError::Epoch { current: standing.epoch });
        }
        let before = standing.log.head;
        let verdicts = admit(standing, &offer.ops, now)?;
        for (op, verdict) in offer.ops.iter().zip(&verdicts) {
            if let Verdict::Accepted(seq) = verdict {
                let fingerprint = standing.log.seen.get(&op.id).map(|(_, seen)| *seen).unwrap_or_default();
                let (account, device) = (offer.account, offer.device);
                let at = milliseconds(standing.log.taken_at(*seq));
                self.entries.push(Entry { account, device, seq: *seq, at, fingerprint, op });
            }
        }
        let (epoch, head) = (standing.epoch, standing.log.head);
        let received_at = milliseconds(standing.log.taken_at(before + 1));
        Ok(Pushed { epoch, head, received_at, verdicts })
    }

    /// Sums up what the entries make of their streams and accounts.
    fn conclude(&mut self, known: &Known) {
        let mut heads = BTreeMap::new();
        for entry in &self.entries {
            heads.insert((entry.account, entry.op.stream), entry.seq);
        }
        let mut accounts: Vec<AccountId> = self.entries.iter().map(|entry| entry.account).collect();
        accounts.sort_unstable();
        accounts.dedup();
        let text = |account: AccountId, stream: NodeId| {
            known.accounts.get(&account).and_then(|standing| standing.log.texts.get(&stream)).copied()
        };
        self.streams = heads
            .into_iter()
            .map(|((account, stream), head)| {
                let text = text(account, stream).unwrap_or_default();
                StreamHead { account, stream, head, text }
            })
            .collect();
        let advance = |account: AccountId| {
            let standing = known.accounts.get(&account)?;
            let (epoch, head, bytes) = (standing.epoch, standing.log.head, standing.bytes);
            Some(Advance { account, epoch, head, newest_ms: standing.log.newest_ms, bytes })
        };
        self.accounts = accounts.into_iter().filter_map(advance).collect();
    }
}

fn state_of(known: &Known, offer: &Offer) -> DeviceState {
    match known.devices.get(&(offer.account, offer.device)) {
        Some(false) => DeviceState::Known,
        Some(true) => DeviceState::Revoked,
        None => DeviceState::Unknown,
    }
}

fn milliseconds(at: u64) -> i64 {
    i64::try_from(at).unwrap_or(i64::MAX)
}

/// What an operation counts.
fn cost(op: &Offered) -> u64 {
    op.body.len() as u64 + OP_OVERHEAD
}

/// Decides on the operations of one push; all of it is refused when what would enter does not fit.
fn admit(standing: &mut Standing, ops: &[Offered], now: u64) -> Result<Vec<Verdict>, HubError> {
    let room = standing.quota.saturating_sub(standing.bytes);
    let most: u64 = ops.iter().map(cost).sum();
    // Repeats and what is refused take no room, so a push that may not fit is tried first.
    let before = (most > room).then(|| standing.log.clone());
    let verdicts = standing.log.admit(ops, now);
    let entering = ops.iter().zip(&verdicts).filter(|(_, verdict)| matches!(verdict, Verdict::Accepted(_)));
    let taken: u64 = entering.map(|(op, _)| cost(op)).sum();
    if taken > room {
        standing.log = before.unwrap_or_default();
        return Err(HubError::Quota);
    }
    standing.bytes += taken;
    Ok(verdicts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::change::Kind;
    use crate::domain::id::OpId;

    const ANN: AccountId = AccountId(1);
    const BEN: AccountId = AccountId(2);

    fn device(n: u8) -> DeviceId {
        DeviceId::from_bytes([n; 16])
    }

    fn known(quota: u64) -> Known {
        let standing = Standing { epoch: 7, quota, ..Standing::default() };
        Known {
            accounts: [(ANN, standing.clone()), (BEN, standing)].into(),
            devices: [((ANN, device(1)), false), ((ANN, device(9)), true), ((BEN, device(2)), false)].into(),
        }
    }

    fn op(n: u8, base: Option<u64>) -> Offered {
        Offered {
            id: OpId::from_bytes([n; 16]),
            stream: NodeId::from_bytes([1; 16]),
            kind: if base.is_some() { Kind::TEXT } else { Kind::SET },
            base,
            cursor: 0,
            body: vec![n; 10],
        }
    }

    fn offer(account: AccountId, device_number: u8, ops: Vec<Offered>) -> Offer {
        Offer { account, device: device(device_number), epoch: 7, ops }
    }

    #[test]
    fn accounts_are_apart_and_each_is_counted_by_itself() {
        let offers = [
            offer(ANN, 1, vec![op(1, Some(0)), op(2, None)]),
            offer(BEN, 2, vec![op(1, None)]),
            offer(ANN, 1, vec![op(3, Some(1)), op(4, Some(1))]),
        ];
        let plan = Plan::of(known(1_000), &offers, 5);
        let heads: Vec<u64> = plan.answers.iter().map(|answer| answer.as_ref().unwrap().head).collect();
        assert_eq!(heads, [2, 1, 3]);
        let seqs: Vec<_> = plan.entries.iter().map(|entry| (entry.account, entry.seq)).collect();
        assert_eq!(seqs, [(ANN, 1), (ANN, 2), (BEN, 1), (ANN, 3)]);
        let advance =
            |account, head| Advance { account, epoch: 7, head, newest_ms: 4 + head, bytes: head * 110 };
        assert_eq!(plan.accounts, [advance(ANN, 3), advance(BEN, 1)]);
        let stream = NodeId::from_bytes([1; 16]);
        let head = |account, head, text| StreamHead { account, stream, head, text };
        assert_eq!(plan.streams, [head(ANN, 3, 3), head(BEN, 1, 0)]);
    }

    #[test]
    fn who_may_not_push_changes_nothing() {
        let wrong_epoch = Offer { epoch: 6, ..offer(ANN, 1, vec![op(4, None)]) };
        let offers = [
            offer(ANN, 9, vec![op(1, None)]),
            offer(ANN, 2, vec![op(2, None)]),
            offer(AccountId(3), 1, vec![op(3, None)]),
            wrong_epoch,
        ];
        let plan = Plan::of(known(1_000), &offers, 5);
        assert!(plan.entries.is_empty() && plan.accounts.is_empty());
        let errors: Vec<String> =
            plan.answers.iter().map(|answer| answer.as_ref().unwrap_err().to_string()).collect();
        assert!(matches!(plan.answers[0], Err(HubError::RevokedDevice)), "{errors:?}");
        assert!(matches!(plan.answers[1], Err(HubError::UnknownDevice)), "{errors:?}");
        assert!(matches!(plan.answers[2], Err(HubError::UnknownDevice)), "{errors:?}");
        assert!(matches!(plan.answers[3], Err(HubError::Epoch { current: 7 })), "{errors:?}");
    }

    #[test]
    fn a_push_fits_whole_or_not_at_all_and_repeats_take_no_room() {
        let offers = [
            offer(ANN, 1, vec![op(1, None)]),
            offer(ANN, 1, vec![op(2, None), op(3, None)]),
            offer(ANN, 1, vec![op(1, None), op(2, None)]),
            offer(ANN, 1, vec![op(4, None)]),
            offer(ANN, 1, vec![op(1, None), op(2, None)]),
        ];
        let plan = Plan::of(known(220), &offers, 5);
        let fits: Vec<bool> = plan.answers.iter().map(Result::is_ok).collect();
        assert_eq!(fits, [true, false, true, false, true]);
        assert_eq!(plan.entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(plan.accounts[0].bytes, 220);
        assert!(matches!(plan.answers[3], Err(HubError::Quota)));
    }
}
