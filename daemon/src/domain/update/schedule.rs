//! When the forge is asked.

use std::time::Duration;

/// How often, unless the user says otherwise.
pub const DEFAULT_INTERVAL: Duration = Duration::from_secs(6 * 3600);

/// The most often that a user may say.
pub const MIN_INTERVAL: Duration = Duration::from_secs(60);

/// The first time comes within this after a start, so that not all who start in the morning ask at once.
const SOON: Duration = Duration::from_secs(600);

/// The wait after a first failure; twice as long after each further one, up to the interval.
const AGAIN: Duration = Duration::from_secs(300);

/// What came of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Poll {
    /// An answer.
    Answered,
    /// None, so many times in a row.
    Failed(u32),
}

/// How long after its start a daemon asks for the first time.
pub fn first_poll(interval: Duration, random: u64) -> Duration {
    part_of(interval.min(SOON), random)
}

/// How long until the next time.
pub fn next_poll(poll: Poll, interval: Duration, random: u64) -> Duration {
    let wait = match poll {
        Poll::Answered => interval,
        Poll::Failed(times) => {
            let doublings = times.saturating_sub(1).min(16);
            AGAIN.saturating_mul(1 << doublings).min(interval)
        }
    };
    // From nine to eleven tenths.
    wait.saturating_sub(wait / 10).saturating_add(part_of(wait / 5, random))
}

/// A random part of a span: 0 gives nothing, the greatest number nearly all.
fn part_of(whole: Duration, random: u64) -> Duration {
    // The upper half is enough, and its quotient is below 1 in every rounding.
    whole.mul_f64((random >> 32) as f64 / (1u64 << 32) as f64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn failures_wait_longer_each_time_and_never_longer_than_the_interval() {
        let half = 1 << 63;
        let waits: Vec<u64> = [1, 2, 3, 8, u32::MAX]
            .map(|times| next_poll(Poll::Failed(times), DEFAULT_INTERVAL, half).as_secs())
            .to_vec();
        assert_eq!(waits, [300, 600, 1200, 21600, 21600]);
        assert_eq!(next_poll(Poll::Answered, DEFAULT_INTERVAL, half), DEFAULT_INTERVAL);
    }

    proptest! {
        #[test]
        fn waits_are_spread_and_bounded(seconds in 60u64..1_000_000, times in 1u32.., random: u64) {
            let interval = Duration::from_secs(seconds);
            let usual = next_poll(Poll::Answered, interval, random);
            prop_assert!(usual >= interval * 9 / 10 && usual <= interval * 11 / 10);
            let after_failure = next_poll(Poll::Failed(times), interval, random);
            prop_assert!(after_failure >= MIN_INTERVAL * 9 / 10 && after_failure <= interval * 11 / 10);
            prop_assert!(first_poll(interval, random) <= interval.min(SOON));
        }
    }
}
