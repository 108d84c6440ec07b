//! Who is there: how often each device asks, how many event streams it has, and how many pages it reads at once.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use governor::clock::Clock as _;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use super::refusal::Refusal;
use crate::domain::id::DeviceId;
use crate::store::hub::AccountId;

/// The most event streams of a device.
const STREAMS_OF_DEVICE: usize = 4;

/// The most event streams of an account.
const STREAMS_OF_ACCOUNT: usize = 64;

/// The most pages of the log that a device reads or waits for at once.
const READS_OF_DEVICE: usize = 4;

/// Entries after which those that rest are looked for.
const SWEEP_FROM: usize = 1_024;

/// After so long without a request a device has its whole burst again, so that it may be forgotten.
const RESTS_AFTER: Duration = Duration::from_secs(30);

/// How often a device may ask, and how slow it may be.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Requests a second.
    pub per_second: NonZeroU32,
    /// Requests at once.
    pub burst: NonZeroU32,
    /// How long the head of a request may take to come, and a TLS handshake.
    pub head_deadline: Duration,
    /// How long the body of a request may take to come, and a long answer to be read.
    pub body_deadline: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            per_second: NonZeroU32::new(20).unwrap_or(NonZeroU32::MIN),
            burst: NonZeroU32::new(100).unwrap_or(NonZeroU32::MIN),
            head_deadline: Duration::from_secs(10),
            body_deadline: Duration::from_secs(60),
        }
    }
}

/// An account's device, or the account where no device is named.
type Key = (AccountId, Option<DeviceId>);

#[derive(Debug)]
struct Presence {
    limiter: DefaultDirectRateLimiter,
    streams: Arc<AtomicUsize>,
    reads: Arc<AtomicUsize>,
    asked: Instant,
}

#[derive(Debug)]
struct Present {
    entries: HashMap<Key, Presence>,
    sweep_at: usize,
}

/// Everybody who asked lately.
#[derive(Debug)]
pub(super) struct Presences {
    pace: Pace,
    present: Mutex<Present>,
}

impl Presences {
    pub(super) fn new(pace: Pace) -> Self {
        Self { pace, present: Mutex::new(Present { entries: HashMap::new(), sweep_at: SWEEP_FROM }) }
    }

    /// How often devices may ask, and how slow they may be.
    pub(super) fn pace(&self) -> Pace {
        self.pace
    }

    /// Counts a request, and refuses it when there are too many.
    pub(super) fn count(&self, account: AccountId, device: Option<DeviceId>) -> Result<(), Refusal> {
        self.with((account, device), |presence| match presence.limiter.check() {
            Ok(()) => Ok(()),
            Err(not_until) => {
                let wait = not_until.wait_time_from(presence.limiter.clock().now());
                Err(Refusal::too_often(u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1)))
            }
        })
    }

    /// Takes a place for an event stream.
    pub(super) fn open_stream(&self, account: AccountId, device: DeviceId) -> Result<StreamPlace, Refusal> {
        let take = |key, most| {
            let streams = self.with(key, |presence| Arc::clone(&presence.streams));
            Counted::of(streams, most).ok_or_else(Refusal::too_many_streams)
        };
        let of_account = take((account, None), STREAMS_OF_ACCOUNT)?;
        let of_device = take((account, Some(device)), STREAMS_OF_DEVICE)?;
        Ok(StreamPlace { _of_account: of_account, _of_device: of_device })
    }

    /// How many event streams are open.
    pub(super) fn streams(&self) -> usize {
        let present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        let of_accounts = present.entries.iter().filter(|((_, device), _)| device.is_none());
        of_accounts.map(|(_, entry)| entry.streams.load(Ordering::SeqCst)).sum()
    }

    /// Takes a place to read a page, or to wait for one.
    pub(super) fn open_read(&self, account: AccountId, device: DeviceId) -> Result<ReadPlace, Refusal> {
        let reads = self.with((account, Some(device)), |presence| Arc::clone(&presence.reads));
        let of_device = Counted::of(reads, READS_OF_DEVICE).ok_or_else(Refusal::too_many_reads)?;
        Ok(ReadPlace { _of_device: of_device })
    }

    fn with<T>(&self, key: Key, work: impl FnOnce(&Presence) -> T) -> T {
        let now = Instant::now();
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        if present.entries.len() >= present.sweep_at {
            let rests = |presence: &Presence| now.duration_since(presence.asked) > RESTS_AFTER;
            let is_there = |entry: &Presence| {
                Arc::strong_count(&entry.streams) > 1 || Arc::strong_count(&entry.reads) > 1
            };
            present.entries.retain(|_, entry| is_there(entry) || !rests(entry));
            present.sweep_at = SWEEP_FROM.max(2 * present.entries.len());
        }
        let quota = Quota::per_second(self.pace.per_second).allow_burst(self.pace.burst);
        let entry = present.entries.entry(key).or_insert_with(|| Presence {
            limiter: RateLimiter::direct(quota),
            streams: Arc::default(),
            reads: Arc::default(),
            asked: now,
        });
        entry.asked = now;
        work(entry)
    }
}

/// One of what is counted; gives it back when it is dropped.
#[derive(Debug)]
struct Counted(Arc<AtomicUsize>);

impl Counted {
    /// One more, unless there are so many.
    fn of(count: Arc<AtomicUsize>, most: usize) -> Option<Self> {
        // Made first, so that a place that is one too many is given back.
        let counted = Self(count);
        (counted.0.fetch_add(1, Ordering::SeqCst) < most).then_some(counted)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The place of an event stream.
#[derive(Debug)]
pub(super) struct StreamPlace {
    _of_account: Counted,
    _of_device: Counted,
}

/// The place of a page that is read or waited for.
#[derive(Debug)]
pub(super) struct ReadPlace {
    _of_device: Counted,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(n: u8) -> DeviceId {
        DeviceId::from_bytes([n; 16])
    }

    fn accounts() -> (AccountId, AccountId) {
        (AccountId::of_test(1), AccountId::of_test(2))
    }

    #[test]
    fn a_device_has_its_burst_and_others_have_theirs() {
        let ((ann, ben), presences) = (accounts(), Presences::new(Pace::default()));
        let burst = (0..200).filter(|_| presences.count(ann, Some(device(1))).is_ok()).count();
        assert!((100..=120).contains(&burst), "{burst}");
        assert!(presences.count(ann, Some(device(2))).is_ok());
        assert!(presences.count(ann, None).is_ok());
        assert!(presences.count(ben, Some(device(1))).is_ok());
    }

    #[test]
    fn streams_are_counted_by_device_and_by_account() {
        let ((ann, ben), presences) = (accounts(), Presences::new(Pace::default()));
        let mut open: Vec<_> = (0..64).map(|n| presences.open_stream(ann, device(n / 4)).unwrap()).collect();
        assert!(presences.open_stream(ann, device(99)).is_err());
        assert!(presences.open_stream(ben, device(0)).is_ok());
        open.remove(0);
        assert!(presences.open_stream(ann, device(1)).is_err());
        // What was refused has taken no place.
        open.push(presences.open_stream(ann, device(0)).unwrap());
        assert!(presences.open_stream(ann, device(0)).is_err());
        drop(open);
        assert!(presences.open_stream(ann, device(0)).is_ok());
        let mut reads: Vec<_> = (0..4).map(|_| presences.open_read(ann, device(0)).unwrap()).collect();
        assert!(presences.open_read(ann, device(0)).is_err());
        assert!(presences.open_read(ann, device(1)).is_ok());
        reads.pop();
        assert!(presences.open_read(ann, device(0)).is_ok());
    }
}
