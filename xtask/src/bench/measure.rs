//! Samples of time and what they say.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::process::shown;

/// Times of one thing done again and again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Samples(Vec<Duration>);

impl Samples {
    /// Adds one.
    pub(crate) fn push(&mut self, sample: Duration) {
        self.0.push(sample);
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The middle one; zero of none.
    pub(crate) fn p50(&self) -> Duration {
        self.quantile(0.5)
    }

    /// The one that 99 in 100 stay under; the longest of fewer than 100.
    pub(crate) fn p99(&self) -> Duration {
        self.quantile(0.99)
    }

    fn quantile(&self, share: f64) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let at = (sorted.len() as f64 * share) as usize;
        sorted.get(at.min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
    }
}

/// Times something.
pub(crate) fn time<T>(work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<(Duration, T)> {
    let began = Instant::now();
    let result = work()?;
    Ok((began.elapsed(), result))
}

/// Runs something again and again.
pub(crate) fn repeat(times: usize, mut work: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<Samples> {
    let mut samples = Samples::default();
    for _ in 0..times {
        samples.push(time(&mut work)?.0);
    }
    Ok(samples)
}

/// Runs two programs turn by turn, so that both see the machine in the same state.
///
/// # Errors
/// When one of them fails.
pub(crate) fn paired(
    times: usize,
    mut floor: impl FnMut() -> Command,
    mut ours: impl FnMut(usize) -> Command,
) -> anyhow::Result<(Samples, Samples)> {
    let (mut floors, mut samples) = (Samples::default(), Samples::default());
    // The first of each warms the caches and does not count.
    process(&mut floor())?;
    process(&mut ours(0))?;
    for turn in 1..=times {
        floors.push(process(&mut floor())?);
        samples.push(process(&mut ours(turn))?);
    }
    Ok((floors, samples))
}

/// Runs a process and times it from its start until it ended and its output is read.
///
/// # Errors
/// When it fails.
pub(crate) fn process(command: &mut Command) -> anyhow::Result<Duration> {
    if crate::interrupt::happened() {
        bail!("interrupted");
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let (took, output) =
        time(|| command.output().with_context(|| format!("cannot run `{}`", shown(command))))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`{}` failed ({}): {}", shown(command), output.status, said.trim());
    }
    Ok(took)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_samples() {
        let samples = Samples((1..=200).rev().map(Duration::from_micros).collect());
        assert_eq!(samples.p50(), Duration::from_micros(101));
        assert_eq!(samples.p99(), Duration::from_micros(199));
        assert_eq!(Samples::default().p99(), Duration::ZERO);
    }
}
