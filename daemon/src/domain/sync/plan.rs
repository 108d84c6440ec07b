//! When sync tries again.

use std::time::Duration;

/// The least and the longest pause after a failure.
const LEAST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(300);

/// How long a hub that sends no news is left alone, and by how much that varies.
const POLL_MS: u64 = 60_000;
const POLL_JITTER_MS: u64 = 12_000;

/// Pauses that grow and vary ("decorrelated jitter"): each is drawn between the least and three times the last one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backoff {
    last: Option<Duration>,
}

impl Backoff {
    /// The next pause, no shorter than the hub asks for. `dice` is any number.
    pub fn next(&mut self, at_least: Option<Duration>, dice: u64) -> Duration {
        let most = self.last.map_or(LEAST * 2, |last| (last * 3).min(LONGEST));
        let span = u64::try_from(most.saturating_sub(LEAST).as_millis()).unwrap_or(u64::MAX).max(1);
        let drawn = LEAST + Duration::from_millis(dice % span);
        self.last = Some(drawn);
        drawn.max(at_least.unwrap_or_default().min(LONGEST))
    }
}

/// How long to wait before a hub that sends no news is asked again. `dice` is any number.
pub fn poll_pause(dice: u64) -> Duration {
    Duration::from_millis(POLL_MS - POLL_JITTER_MS + dice % (2 * POLL_JITTER_MS))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pauses_stay_within_their_bounds(dice in prop::collection::vec(any::<u64>(), 1..60)) {
            let mut backoff = Backoff::default();
            for dice in dice {
                let pause = backoff.next(None, dice);
                prop_assert!((LEAST..=LONGEST).contains(&pause));
                let poll = poll_pause(dice);
                prop_assert!(poll >= Duration::from_secs(48) && poll < Duration::from_secs(72));
            }
        }
    }

    #[test]
    fn a_hub_that_names_a_time_is_heeded_within_reason() {
        let mut backoff = Backoff::default();
        assert_eq!(backoff.next(Some(Duration::from_secs(30)), 0), Duration::from_secs(30));
        assert_eq!(backoff.next(Some(Duration::from_secs(1 << 40)), 0), LONGEST);
    }

    #[test]
    fn pauses_grow() {
        let mut backoff = Backoff::default();
        let grown = (0..20).map(|_| backoff.next(None, u64::MAX - 1)).max();
        assert!(grown > Some(Duration::from_secs(60)), "{grown:?}");
    }
}
