//! What the tests need: a probe in the store's place, and a client that can misbehave.

mod peer;
mod probe;

use std::time::{Duration, Instant};

pub(crate) use peer::{Peer, hello};
pub(crate) use probe::{Probe, Served};

/// Waits until something is so; fails the test after ten seconds.
pub(crate) fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(10), "{what}: not within ten seconds");
        std::thread::yield_now();
    }
}
