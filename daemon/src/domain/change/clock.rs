//! The hybrid logical clock that orders registers.

use crate::domain::id::{DeviceId, OpId};

/// A reading of the clock: Unix milliseconds (48 bits) and a counter within them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tick {
    /// Unix milliseconds.
    pub ms: u64,
    /// Counter within the millisecond.
    pub counter: u16,
}

/// What orders two writes of one register: the tick, then the device, then the operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stamp {
    /// When, by the hybrid clock.
    pub tick: Tick,
    /// Who wrote.
    pub device: DeviceId,
    /// In which operation.
    pub op: OpId,
}

impl Stamp {
    /// Below every stamp an operation can have; stands where stamps were not read.
    pub const LEAST: Self = Self {
        tick: Tick { ms: 0, counter: 0 },
        device: DeviceId::from_bytes([0; 16]),
        op: OpId::from_bytes([0; 16]),
    };
}

/// Latest millisecond a tick can hold.
const MAX_MS: u64 = (1 << 48) - 1;

/// How far ahead of the hub's clock a tick counts, in milliseconds.
pub const MAX_AHEAD_MS: u64 = 120_000;

impl Tick {
    /// As it counts once the hub took its operation: no more than [`MAX_AHEAD_MS`] after that, so that no clock set to
    /// another year wins for ever. Before that it counts as it is.
    pub fn received(self, at_ms: Option<u64>) -> Self {
        at_ms.map_or(self, |at| self.at_most(at.saturating_add(MAX_AHEAD_MS)))
    }

    fn at_most(self, ms: u64) -> Self {
        Self { ms: self.ms.min(ms), ..self }
    }

    /// The least tick above this one; the counter's overflow is the next millisecond. The very last stays.
    fn next(self) -> Self {
        match self.counter.checked_add(1) {
            Some(counter) => Self { ms: self.ms, counter },
            None if self.ms < MAX_MS => Self { ms: self.ms + 1, counter: 0 },
            None => self,
        }
    }
}

/// The clock of one device. It never goes back, whatever the wall clock does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Clock {
    last: Tick,
}

impl Clock {
    /// Goes on from the last tick a store has.
    pub const fn after(last: Tick) -> Self {
        Self { last }
    }

    /// The last tick given out.
    pub const fn last(&self) -> Tick {
        self.last
    }

    /// Takes in a tick of another device: what is written from now on comes after it. A clock far ahead of the hub's
    /// does not take this one along: it counts for `most_ms` at most.
    pub fn observe(&mut self, tick: Tick, most_ms: u64) {
        self.last = self.last.max(tick.at_most(most_ms));
    }

    /// Gives out max(now, last, `overwritten`) + 1.
    pub fn tick(&mut self, now_ms: u64, overwritten: Tick) -> Tick {
        let now = Tick { ms: now_ms.min(MAX_MS), counter: 0 };
        self.last = now.max(self.last).max(overwritten).next();
        self.last
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ticks_rise_whatever_the_wall_clock_does(walls in prop::collection::vec(0..MAX_MS, 1..200)) {
            let mut clock = Clock::default();
            let mut last = Tick::default();
            for wall in walls {
                let tick = clock.tick(wall, Tick::default());
                prop_assert!(tick > last && tick.ms >= wall);
                last = tick;
            }
        }

        #[test]
        fn a_tick_is_above_what_it_overwrites(now in 0..MAX_MS, ms in 0..MAX_MS, counter: u16) {
            let overwritten = Tick { ms, counter };
            prop_assert!(Clock::default().tick(now, overwritten) > overwritten);
        }
    }

    #[test]
    fn a_clock_in_another_year_counts_for_two_minutes() {
        let ahead = Tick { ms: MAX_MS, counter: 3 };
        assert_eq!(ahead.received(None), ahead);
        assert_eq!(ahead.received(Some(1_000)), Tick { ms: 121_000, counter: 3 });
        let behind = Tick { ms: 5, counter: 0 };
        assert_eq!(behind.received(Some(1_000)), behind);
        let mut clock = Clock::default();
        clock.observe(ahead, 121_000);
        assert_eq!(clock.last(), Tick { ms: 121_000, counter: 3 });
        assert!(clock.tick(7, Tick::default()) > Tick { ms: 121_000, counter: 3 });
    }

    #[test]
    fn the_counter_overflows_into_the_next_millisecond() {
        let full = Tick { ms: 5, counter: u16::MAX };
        assert_eq!(Clock::after(full).tick(5, Tick::default()), Tick { ms: 6, counter: 0 });
    }
}
