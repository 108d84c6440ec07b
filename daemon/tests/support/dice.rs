//! Repeatable chance.

use hephd::environment::{Entropy as _, SeededEntropy};

/// Numbers from a seed. `HEPH_SEED` chooses another one than the test's own.
pub(crate) struct Dice(SeededEntropy);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        let chosen = std::env::var("HEPH_SEED").ok().and_then(|seed| seed.parse::<u64>().ok());
        Self(SeededEntropy::new(chosen.unwrap_or_default() ^ seed))
    }

    /// A number under `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        (u64::from_le_bytes(bytes) % end as u64) as usize
    }

    /// A mutation id.
    pub(crate) fn mutation_id(&mut self) -> String {
        let mut bytes = [0; 16];
        self.0.fill(&mut bytes);
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
