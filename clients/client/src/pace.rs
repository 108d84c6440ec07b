//! How long a call may take.

use std::time::{Duration, Instant};

use heph_protocol::Kind;

use crate::options::Patience;

/// The deadline of a call; a bulk call's moves on with every sign of life.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    deadline: Instant,
    allowed: Duration,
    moves: bool,
}

impl Pace {
    /// The pace of a call that begins now.
    pub(crate) fn of(kind: Kind, patience: &Patience) -> Self {
        let (allowed, moves) = match kind {
            Kind::Read => (patience.read, false),
            Kind::Mutation => (patience.mutation, false),
            Kind::Bulk => (patience.silence, true),
        };
        Self { deadline: Instant::now() + allowed, allowed, moves }
    }

    /// A deadline that does not move.
    pub(crate) fn until(deadline: Instant) -> Self {
        Self { deadline, allowed: deadline.saturating_duration_since(Instant::now()), moves: false }
    }

    /// Moves the deadline of a bulk call: something happened.
    pub(crate) fn sign_of_life(&mut self) {
        if self.moves {
            self.deadline = Instant::now() + self.allowed;
        }
    }

    /// When waiting ends.
    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// How long may be waited in all, or for the next sign of life.
    pub(crate) fn allowed(&self) -> Duration {
        self.allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bulk_call_gets_more_time() {
        let patience = Patience { silence: Duration::from_millis(5), ..Patience::default() };
        for (kind, moves) in [(Kind::Read, false), (Kind::Mutation, false), (Kind::Bulk, true)] {
            let mut pace = Pace::of(kind, &patience);
            let before = pace.deadline();
            while Instant::now() == before - pace.allowed() {
                std::hint::spin_loop();
            }
            pace.sign_of_life();
            assert_eq!(pace.deadline() > before, moves, "{kind:?}");
        }
    }

    #[test]
    fn the_protocols_deadlines() {
        let allowed = |kind| Pace::of(kind, &Patience::default()).allowed().as_secs();
        assert_eq!([Kind::Read, Kind::Mutation, Kind::Bulk].map(allowed), [5, 10, 60]);
    }
}
