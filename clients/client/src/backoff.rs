//! Growing pauses between retries, with jitter so that clients do not come back all at once.

use std::time::Duration;

/// Shortest pause of [`Backoff::new`].
pub const SHORTEST: Duration = Duration::from_millis(200);

/// Longest pause of [`Backoff::new`].
pub const LONGEST: Duration = Duration::from_secs(5);

/// A series of pauses that doubles up to a longest one.
///
/// Pure: the seed decides the jitter. Every pause lies between half its step and the whole step; steps begin at twice
/// the shortest pause.
#[derive(Debug, Clone)]
pub struct Backoff {
    shortest: Duration,
    longest: Duration,
    step: Duration,
    state: u64,
}

impl Backoff {
    /// Makes the series of the surfaces that heal by themselves: 0.2 s to 5 s.
    pub fn new(seed: u64) -> Self {
        Self::between(SHORTEST, LONGEST, seed)
    }

    /// Makes a series between two pauses.
    pub fn between(shortest: Duration, longest: Duration, seed: u64) -> Self {
        let longest = longest.max(shortest);
        Self { shortest, longest, step: (shortest * 2).min(longest), state: seed }
    }

    /// The next pause.
    pub fn next_pause(&mut self) -> Duration {
        let half = self.step / 2;
        let pause = half + half.mul_f64(self.fraction());
        self.step = (self.step * 2).min(self.longest);
        pause.clamp(self.shortest, self.longest)
    }

    /// Begins again with the shortest step, after a success.
    pub fn reset(&mut self) {
        self.step = (self.shortest * 2).min(self.longest);
    }

    /// A number in `0.0..1.0` (SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
    fn fraction(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        // The upper 53 bits fill a double's mantissa exactly.
        (mixed >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_from_the_shortest_to_the_longest_and_stay_between() {
        for seed in 0..200 {
            let mut backoff = Backoff::new(seed);
            let pauses: Vec<_> = (0..12).map(|_| backoff.next_pause()).collect();
            assert!(pauses.iter().all(|pause| (SHORTEST..=LONGEST).contains(pause)), "{pauses:?}");
            assert!(pauses[0] <= SHORTEST * 2, "{pauses:?}");
            assert!(pauses[11] >= LONGEST / 2, "{pauses:?}");
        }
    }

    #[test]
    fn the_seed_decides_the_jitter() {
        let series = |seed| {
            let mut backoff = Backoff::new(seed);
            (0..6).map(|_| backoff.next_pause()).collect::<Vec<_>>()
        };
        assert_eq!(series(7), series(7));
        assert_ne!(series(7), series(8));
    }

    #[test]
    fn a_success_begins_again() {
        let mut backoff = Backoff::new(1);
        for _ in 0..9 {
            backoff.next_pause();
        }
        backoff.reset();
        assert!(backoff.next_pause() <= SHORTEST * 2);
    }

    #[test]
    fn a_longest_pause_below_the_shortest_counts_as_the_shortest() {
        let pause = Duration::from_millis(3);
        assert_eq!(Backoff::between(pause, Duration::ZERO, 1).next_pause(), pause);
    }
}
