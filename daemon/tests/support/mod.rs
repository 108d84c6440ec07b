//! What the tests need: a probe in the store's place, and a client that can misbehave.

mod dice;
pub(crate) mod hub;
mod peer;
mod probe;
mod process;
mod small_disk;

use std::time::{Duration, Instant};

pub(crate) use dice::Dice;
pub(crate) use peer::{Peer, hello, with_id};
pub(crate) use probe::{Probe, Served};
pub(crate) use process::{Hephd, PROGRAM, assert_sound, assert_sound_by};
pub(crate) use small_disk::SmallDisk;

/// Waits until something is so; fails the test after ten seconds.
pub(crate) fn eventually(what: &str, is_so: impl FnMut() -> bool) {
    eventually_within(Duration::from_secs(10), what, is_so);
}

/// Waits until something is so; fails the test after a while.
pub(crate) fn eventually_within(most: Duration, what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < most, "{what}: not within {} s", most.as_secs());
        std::thread::yield_now();
    }
}
