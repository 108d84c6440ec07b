//! How often and how fast each method was answered, in a fixed amount of memory.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use heph_protocol::request::METHODS;
use heph_protocol::types::MethodStats;

/// Buckets an octave; a percentile is at most a quarter of an octave (19 %) too high.
const PER_OCTAVE: u32 = 4;

/// Octaves of microseconds: up to 2^32 µs, which is more than an hour.
const OCTAVES: u32 = 32;

const BUCKETS: usize = (PER_OCTAVE * OCTAVES) as usize;

/// Times of all methods since the start.
#[derive(Debug)]
pub struct Metrics {
    methods: Vec<Histogram>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self { methods: METHODS.iter().map(|_| Histogram::new()).collect() }
    }
}

impl Metrics {
    /// Counts an answer of a method; a name that is no method is not counted.
    pub fn record(&self, method: &str, elapsed: Duration) {
        if let Some(histogram) = METHODS.iter().position(|info| info.name == method) {
            self.methods[histogram].record(elapsed);
        }
    }

    /// The methods that were called, in the order of the reference.
    pub fn snapshot(&self) -> Vec<MethodStats> {
        let called = METHODS.iter().zip(&self.methods).filter_map(|(info, histogram)| {
            let counts = histogram.counts();
            let calls: u64 = counts.iter().sum();
            (calls > 0).then(|| MethodStats {
                method: info.name.to_owned(),
                calls,
                p50_us: percentile(&counts, calls, 50),
                p99_us: percentile(&counts, calls, 99),
            })
        });
        called.collect()
    }
}

#[derive(Debug)]
struct Histogram {
    buckets: [AtomicU64; BUCKETS],
}

impl Histogram {
    fn new() -> Self {
        Self { buckets: [const { AtomicU64::new(0) }; BUCKETS] }
    }

    fn record(&self, elapsed: Duration) {
        let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        self.buckets[bucket_of(micros)].fetch_add(1, Ordering::Relaxed);
    }

    fn counts(&self) -> [u64; BUCKETS] {
        std::array::from_fn(|bucket| self.buckets[bucket].load(Ordering::Relaxed))
    }
}

/// The bucket of a time: its octave, and which of the equal parts of the octave.
fn bucket_of(micros: u64) -> usize {
    let micros = micros.max(1);
    let octave = micros.ilog2();
    if octave >= OCTAVES {
        return BUCKETS - 1;
    }
    let part = ((micros - (1 << octave)) * u64::from(PER_OCTAVE)) >> octave;
    (octave * PER_OCTAVE) as usize + part as usize
}

/// The longest time of a bucket, in microseconds.
fn upper_bound(bucket: usize) -> u64 {
    let (octave, part) = (bucket as u32 / PER_OCTAVE, bucket as u64 % u64::from(PER_OCTAVE));
    let start = 1u64 << octave;
    // Narrow octaves have fewer whole numbers than parts: some of their buckets stay empty.
    (start + (start * (part + 1)).div_ceil(u64::from(PER_OCTAVE)) - 1).max(start)
}

fn percentile(counts: &[u64; BUCKETS], calls: u64, percent: u64) -> u64 {
    let rank = (calls * percent).div_ceil(100);
    let mut seen = 0;
    for (bucket, count) in counts.iter().enumerate() {
        seen += count;
        if seen >= rank {
            return upper_bound(bucket);
        }
    }
    upper_bound(BUCKETS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_is_within_its_bucket() {
        let times = (1..5_000).chain((0..32).map(|octave| 1 << octave)).chain([u64::from(u32::MAX)]);
        for micros in times {
            let bucket = bucket_of(micros);
            assert!(micros <= upper_bound(bucket), "{micros} µs is over its bucket {bucket}");
            assert!(
                upper_bound(bucket) as f64 <= micros as f64 * 1.25,
                "bucket {bucket} is too wide for {micros} µs"
            );
        }
        assert_eq!(bucket_of(0), 0);
        assert_eq!(bucket_of(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn percentiles_are_of_what_was_recorded() {
        let metrics = Metrics::default();
        for _ in 0..98 {
            metrics.record("task.next", Duration::from_micros(100));
        }
        metrics.record("task.next", Duration::from_millis(80));
        metrics.record("task.next", Duration::from_millis(80));
        metrics.record("no.such", Duration::from_millis(80));
        let [stats] = metrics.snapshot().try_into().unwrap();
        assert_eq!((stats.method.as_str(), stats.calls), ("task.next", 100));
        assert!((100..=125).contains(&stats.p50_us), "{}", stats.p50_us);
        assert!((80_000..=100_000).contains(&stats.p99_us), "{}", stats.p99_us);
    }

    #[test]
    fn methods_that_were_not_called_are_left_out() {
        assert!(Metrics::default().snapshot().is_empty());
    }
}
