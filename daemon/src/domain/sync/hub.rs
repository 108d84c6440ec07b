//! What a hub decides: which offered operations enter an account's log, and at which place.

use std::collections::HashMap;

use crate::domain::change::{Kind, MAX_BODY};
use crate::domain::id::{NodeId, OpId};

/// First 16 bytes of the BLAKE3 hash of all that an offered operation says.
pub type Fingerprint = [u8; 16];

/// An operation that is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// Its id.
    pub id: OpId,
    /// Its stream.
    pub stream: NodeId,
    /// Its kind.
    pub kind: Kind,
    /// For texts: the sequence number of the stream's text that it changes, 0 for none.
    pub base: Option<u64>,
    /// How far its device had read the log.
    pub cursor: u64,
    /// What it does; never read here.
    pub body: Vec<u8>,
}

impl Offered {
    /// What tells it from another operation under the same id.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.stream.as_bytes());
        hasher.update(&[self.kind.0, u8::from(self.base.is_some())]);
        hasher.update(&self.base.unwrap_or_default().to_be_bytes());
        hasher.update(&self.cursor.to_be_bytes());
        hasher.update(&self.body);
        let mut fingerprint = Fingerprint::default();
        fingerprint.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        fingerprint
    }
}

/// Why an operation can never enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Another operation has its id.
    IdConflict,
    /// A text that does not say what it changes, or something else that does.
    Base,
    /// Its device cannot have read that far.
    Cursor,
    /// Its body is too long.
    TooLarge,
    /// Its kind is none.
    Kind,
}

impl Reason {
    /// Its code.
    pub fn code(self) -> &'static str {
        match self {
            Self::IdConflict => "id_conflict",
            Self::Base => "base",
            Self::Cursor => "cursor",
            Self::TooLarge => "too_large",
            Self::Kind => "kind",
        }
    }
}

/// What becomes of an offered operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It enters at this place.
    Accepted(u64),
    /// It stands at this place since it was offered first.
    Duplicate(u64),
    /// The stream's text is this one by now.
    Stale(u64),
    /// It never can.
    Bad(Reason),
}

/// What is known of an account when operations are offered; [`AccountLog::admit`] keeps it current.
#[derive(Debug, Clone, Default)]
pub struct AccountLog {
    /// The newest place.
    pub head: u64,
    /// When what stands there was taken, Unix milliseconds.
    pub newest_ms: u64,
    /// The newest text of the streams that are offered something.
    pub texts: HashMap<NodeId, u64>,
    /// Of the ids that are offered, those that entered before.
    pub seen: HashMap<OpId, (u64, Fingerprint)>,
}

impl AccountLog {
    /// Decides on operations in order, at `now` in Unix milliseconds. The order within a stream is kept: behind one that
    /// is stale, all are.
    pub fn admit(&mut self, offered: &[Offered], now: u64) -> Vec<Verdict> {
        let known = self.head;
        let mut stale = HashMap::new();
        let verdicts = offered.iter().map(|operation| self.admit_one(operation, known, &mut stale)).collect();
        if self.head > known {
            self.newest_ms = taken_at(self.newest_ms, now) + (self.head - known - 1);
        }
        verdicts
    }

    /// When an operation was taken that the last call let in.
    pub fn taken_at(&self, seq: u64) -> u64 {
        self.newest_ms.saturating_sub(self.head.saturating_sub(seq))
    }

    fn admit_one(&mut self, offered: &Offered, known: u64, stale: &mut HashMap<NodeId, u64>) -> Verdict {
        let fingerprint = offered.fingerprint();
        match self.seen.get(&offered.id) {
            Some((seq, seen)) if *seen == fingerprint => return Verdict::Duplicate(*seq),
            Some(_) => return Verdict::Bad(Reason::IdConflict),
            None => {}
        }
        if let Err(reason) = sound(offered, known) {
            return Verdict::Bad(reason);
        }
        if let Some(text) = stale.get(&offered.stream) {
            return Verdict::Stale(*text);
        }
        if let Some(base) = offered.base {
            let text = self.texts.get(&offered.stream).copied().unwrap_or_default();
            if base != text {
                stale.insert(offered.stream, text);
                return Verdict::Stale(text);
            }
        }
        self.head += 1;
        if offered.kind.is_text() {
            self.texts.insert(offered.stream, self.head);
        }
        self.seen.insert(offered.id, (self.head, fingerprint));
        Verdict::Accepted(self.head)
    }
}

/// When the first operation of a push is taken: now, and later than the one before it; the next ones follow a millisecond
/// apart. So no two of a log are taken at one time, and of two stamps that are cut off two minutes later the earlier one
/// stays below. A clock that is set back far is believed all the same.
fn taken_at(newest_ms: u64, now: u64) -> u64 {
    const SET_BACK_MS: u64 = 600_000;
    if newest_ms > now.saturating_add(SET_BACK_MS) { now } else { now.max(newest_ms + 1) }
}

fn sound(offered: &Offered, known: u64) -> Result<(), Reason> {
    if offered.kind.0 == 0 {
        return Err(Reason::Kind);
    }
    if offered.kind.is_text() != offered.base.is_some() {
        return Err(Reason::Base);
    }
    if offered.cursor > known || offered.base.is_some_and(|base| base > known) {
        return Err(Reason::Cursor);
    }
    if offered.body.len() > MAX_BODY {
        return Err(Reason::TooLarge);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(id: u8, stream: u8, base: Option<u64>) -> Offered {
        Offered {
            id: OpId::from_bytes([id; 16]),
            stream: NodeId::from_bytes([stream; 16]),
            kind: if base.is_some() { Kind::TEXT } else { Kind::SET },
            base,
            cursor: 0,
            body: vec![id],
        }
    }

    #[test]
    fn places_are_gapless_and_texts_form_a_chain() {
        let mut log = AccountLog::default();
        let ops = [offered(1, 1, None), offered(2, 1, Some(0)), offered(3, 2, Some(0)), offered(4, 2, None)];
        let verdicts = log.admit(&ops, 5);
        assert_eq!(verdicts, (1..=4).map(Verdict::Accepted).collect::<Vec<_>>());
        let next = log.admit(&[offered(5, 1, Some(2)), offered(6, 2, Some(2)), offered(7, 2, None)], 5);
        assert_eq!(next, [Verdict::Accepted(5), Verdict::Stale(3), Verdict::Stale(3)]);
    }

    #[test]
    fn no_two_are_taken_at_one_time() {
        let mut log = AccountLog::default();
        log.admit(&[offered(1, 1, None), offered(2, 1, None)], 1_000);
        assert_eq!((1..=2).map(|seq| log.taken_at(seq)).collect::<Vec<_>>(), [1_000, 1_001]);
        log.admit(&[offered(3, 1, None), offered(1, 1, None)], 400);
        assert_eq!(log.taken_at(3), 1_002);
        log.admit(&[offered(4, 1, None)], 9_000_000);
        log.admit(&[offered(5, 1, None)], 5_000);
        assert_eq!(log.taken_at(5), 5_000, "the clock was set right");
    }

    #[test]
    fn a_repeat_is_told_its_first_place_and_another_under_its_id_is_refused() {
        let mut log = AccountLog::default();
        let first = offered(1, 1, Some(0));
        let verdicts = log.admit(&[first.clone(), first.clone()], 5);
        assert_eq!(verdicts, [Verdict::Accepted(1), Verdict::Duplicate(1)]);
        let other = Offered { body: b"another".to_vec(), ..first };
        assert_eq!(log.admit(&[other], 5), [Verdict::Bad(Reason::IdConflict)]);
        assert_eq!(log.head, 1);
    }

    #[test]
    fn what_cannot_be_is_refused_and_the_rest_goes_on() {
        let mut log = AccountLog::default();
        let set_with_base = Offered { kind: Kind::SET, ..offered(1, 1, Some(0)) };
        let text_without = Offered { base: None, ..offered(2, 1, Some(0)) };
        let from_the_future = Offered { cursor: 9, ..offered(3, 1, None) };
        let large = Offered { body: vec![0; MAX_BODY + 1], ..offered(4, 1, None) };
        let no_kind = Offered { kind: Kind(0), ..offered(5, 1, None) };
        let ops = [set_with_base, text_without, from_the_future, large, no_kind, offered(6, 1, None)];
        let verdicts = log.admit(&ops, 5);
        let reasons = [Reason::Base, Reason::Base, Reason::Cursor, Reason::TooLarge, Reason::Kind];
        let expected: Vec<_> = reasons.map(Verdict::Bad).into_iter().chain([Verdict::Accepted(1)]).collect();
        assert_eq!(verdicts, expected);
    }
}
