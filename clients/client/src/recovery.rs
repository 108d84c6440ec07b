//! What to do when a call fails: the protocol's rules, without IO.
//!
//! Every repeat has a cap here; the pauses and the deadlines are the client's.

use heph_protocol::Kind;

/// How often `busy` is answered with the same request.
const BUSY_RETRIES: u32 = 5;

/// How often a read is sent again after its reply was lost.
const READ_RETRIES: u32 = 2;

/// What went wrong with one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The request could not be written whole, so the daemon never saw it.
    WriteFailed,
    /// The request was written, and the socket dropped before the reply.
    ReplyLost,
    /// What came back is no message of this protocol.
    Unreadable,
    /// The daemon has too much to do.
    Busy,
}

/// How often each failure happened to this call, the one being judged among them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) writes_failed: u32,
    pub(crate) replies_lost: u32,
    pub(crate) busy: u32,
}

impl Tally {
    /// Counts a failure.
    pub(crate) fn count(&mut self, failure: Failure) {
        match failure {
            Failure::WriteFailed => self.writes_failed += 1,
            Failure::ReplyLost | Failure::Unreadable => self.replies_lost += 1,
            Failure::Busy => self.busy += 1,
        }
    }
}

/// What to do after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Send the same request on a fresh connection, under the same id.
    SendAgain,
    /// Pause, then send the same request under the same id.
    PauseAndSendAgain,
    /// Ask on a fresh connection what became of the mutation.
    AskOutcome,
    /// Tell the caller.
    GiveUp,
}

/// Decides what follows a failure.
pub(crate) fn after_failure(kind: Kind, failure: Failure, tally: Tally) -> Next {
    match (failure, kind) {
        (Failure::WriteFailed, _) if tally.writes_failed <= 1 => Next::SendAgain,
        (Failure::ReplyLost, Kind::Read) if tally.replies_lost <= READ_RETRIES => Next::SendAgain,
        (Failure::ReplyLost | Failure::Unreadable, Kind::Mutation) => Next::AskOutcome,
        (Failure::Busy, _) if tally.busy <= BUSY_RETRIES => Next::PauseAndSendAgain,
        _ => Next::GiveUp,
    }
}

/// What was learnt about a mutation whose reply was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Learnt {
    /// It was applied, with this reply.
    Applied(Vec<u8>),
    /// It was not, and never will be under this id.
    NotApplied,
    /// Another store answers now.
    OtherStore,
    /// The daemon is not back, dropped the question, or is busy.
    NothingYet,
    /// The daemon will not say.
    Nothing,
}

/// What to do with what was learnt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Follow {
    /// The call succeeded with this reply.
    TakeReply(Vec<u8>),
    /// Send it once more, under a new id.
    SendUnderNewId,
    /// Pause, and ask again while there is time.
    AskAgain,
    /// It was not applied, and was sent often enough: the connection is to blame.
    GiveUpNotApplied,
    /// Nobody can tell: say so, and leave it to the user.
    GiveUpUnknown,
}

/// Decides what follows from what was learnt.
pub(crate) fn after_question(learnt: Learnt, tally: Tally) -> Follow {
    match learnt {
        Learnt::Applied(reply) => Follow::TakeReply(reply),
        Learnt::NotApplied if tally.replies_lost <= 1 => Follow::SendUnderNewId,
        Learnt::NotApplied => Follow::GiveUpNotApplied,
        Learnt::NothingYet => Follow::AskAgain,
        Learnt::OtherStore | Learnt::Nothing => Follow::GiveUpUnknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [Kind; 3] = [Kind::Read, Kind::Mutation, Kind::Bulk];

    /// What follows each repeat of one failure.
    fn series(kind: Kind, failure: Failure, length: u32) -> Vec<Next> {
        let mut tally = Tally::default();
        (0..length)
            .map(|_| {
                tally.count(failure);
                after_failure(kind, failure, tally)
            })
            .collect()
    }

    #[test]
    fn what_never_arrived_is_sent_once_more() {
        for kind in KINDS {
            assert_eq!(series(kind, Failure::WriteFailed, 3), [Next::SendAgain, Next::GiveUp, Next::GiveUp]);
        }
    }

    #[test]
    fn a_lost_reply_depends_on_the_kind() {
        use Next::{AskOutcome, GiveUp, SendAgain};
        assert_eq!(series(Kind::Read, Failure::ReplyLost, 3), [SendAgain, SendAgain, GiveUp]);
        assert_eq!(series(Kind::Mutation, Failure::ReplyLost, 3), [AskOutcome; 3]);
        assert_eq!(series(Kind::Bulk, Failure::ReplyLost, 1), [GiveUp]);
    }

    #[test]
    fn garbage_is_an_error_unless_a_mutation_hides_behind_it() {
        assert_eq!(series(Kind::Read, Failure::Unreadable, 1), [Next::GiveUp]);
        assert_eq!(series(Kind::Bulk, Failure::Unreadable, 1), [Next::GiveUp]);
        assert_eq!(series(Kind::Mutation, Failure::Unreadable, 2), [Next::AskOutcome; 2]);
    }

    #[test]
    fn busy_is_tried_again_five_times() {
        for kind in KINDS {
            let mut expected = vec![Next::PauseAndSendAgain; 5];
            expected.push(Next::GiveUp);
            assert_eq!(series(kind, Failure::Busy, 6), expected);
        }
    }

    #[test]
    fn a_mutation_is_sent_again_once_and_only_when_it_was_not_applied() {
        let lost = |replies_lost| Tally { replies_lost, ..Tally::default() };
        let table = [
            (Learnt::Applied(vec![7]), 1, Follow::TakeReply(vec![7])),
            (Learnt::Applied(vec![7]), 2, Follow::TakeReply(vec![7])),
            (Learnt::NotApplied, 1, Follow::SendUnderNewId),
            (Learnt::NotApplied, 2, Follow::GiveUpNotApplied),
            (Learnt::OtherStore, 1, Follow::GiveUpUnknown),
            (Learnt::Nothing, 1, Follow::GiveUpUnknown),
            (Learnt::NothingYet, 1, Follow::AskAgain),
        ];
        for (learnt, losses, expected) in table {
            assert_eq!(after_question(learnt.clone(), lost(losses)), expected, "{learnt:?} after {losses}");
        }
    }
}
