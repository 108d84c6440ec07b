//! What is noted of updates, so that a start after any crash knows what to do.

use std::collections::BTreeMap;
use std::path::PathBuf;

use semver::Version;

use super::swap::Program;

/// How often a release may fail before it is left alone.
pub const MOST_FAILURES: u32 = 3;

/// Failures that are remembered: those of the newest releases.
const REMEMBERED: usize = 16;

/// How far an update is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Nothing is under way.
    #[default]
    Idle,
    /// The forge is asked.
    Polling,
    /// There is a newer release.
    Found,
    /// It is built or fetched beside the running one.
    Staging,
    /// It was tried and is fit to run.
    Verified,
    /// It is being put in the place of the running one.
    Swapping,
    /// It is in place.
    Swapped,
    /// The running one ends, so that it can start.
    HandingOff,
    /// It runs and does what it has to.
    Confirmed,
    /// The old one is being put back.
    RollingBack,
    /// The old one runs again.
    RolledBack,
    /// It is not taken.
    Refused,
}

impl Phase {
    /// All, in the order of an update.
    pub const ALL: [Self; 12] = [
        Self::Idle,
        Self::Polling,
        Self::Found,
        Self::Staging,
        Self::Verified,
        Self::Swapping,
        Self::Swapped,
        Self::HandingOff,
        Self::Confirmed,
        Self::RollingBack,
        Self::RolledBack,
        Self::Refused,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Polling => "polling",
            Self::Found => "found",
            Self::Staging => "staging",
            Self::Verified => "verified",
            Self::Swapping => "swapping",
            Self::Swapped => "swapped",
            Self::HandingOff => "handing off",
            Self::Confirmed => "confirmed",
            Self::RollingBack => "rolling back",
            Self::RolledBack => "rolled back",
            Self::Refused => "refused",
        }
    }

    /// The phase of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.name() == name)
    }
}

/// An update, from one version to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The version that ran when it began.
    pub from: Version,
    /// The version it leads to.
    pub to: Version,
    /// How far it is.
    pub phase: Phase,
    /// How often the new version was started without being confirmed.
    pub starts: u32,
    /// The programs that were there before; the others are taken away by a return.
    pub programs: Vec<Program>,
    /// The databases there were.
    pub stores: Vec<StoreBefore>,
}

/// A database as it was before an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreBefore {
    /// Its file.
    pub path: PathBuf,
    /// Its format, which the old version can read.
    pub format: u32,
}

/// What went wrong with a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// How often.
    pub count: u32,
    /// What it was, the last time.
    pub reason: String,
    /// Whether it ran and had to be rolled back.
    pub was_rolled_back: bool,
}

/// All that is noted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// The update under way, or the last one.
    pub attempt: Option<Attempt>,
    /// What went wrong before.
    pub failures: BTreeMap<Version, Failure>,
}

impl Ledger {
    /// Begins an update.
    pub fn begin(&mut self, attempt: Attempt) {
        self.attempt = Some(attempt);
    }

    /// Notes how far the update is.
    pub fn reach(&mut self, phase: Phase) {
        if let Some(attempt) = &mut self.attempt {
            attempt.phase = phase;
        }
    }

    /// Counts a start of the new version; answers which one it is.
    pub fn count_start(&mut self) -> u32 {
        self.attempt.as_mut().map_or(0, |attempt| {
            attempt.starts = attempt.starts.saturating_add(1);
            attempt.starts
        })
    }

    /// Notes that a release failed before it was put in place.
    pub fn note_failure(&mut self, version: &Version, reason: &str) {
        let failure = self.failure_of(version);
        failure.count = failure.count.saturating_add(1);
        reason.clone_into(&mut failure.reason);
        self.forget_old_failures();
    }

    /// Notes that a release was put in place and had to be taken back.
    pub fn note_rolled_back(&mut self, version: &Version, reason: &str) {
        self.note_failure(version, reason);
        self.failure_of(version).was_rolled_back = true;
    }

    /// Ends an update that was cut off or failed before its end.
    pub fn refuse(&mut self, reason: &str) {
        if let Some(to) = self.attempt.as_ref().map(|attempt| attempt.to.clone()) {
            self.note_failure(&to, reason);
        }
        self.reach(Phase::Refused);
    }

    /// Ends an update whose new version was taken back. One that never ran, since a crash cut the swap off, may be
    /// tried again.
    pub fn taken_back(&mut self, reason: &str) {
        let Some((to, starts)) = self.attempt.as_ref().map(|attempt| (attempt.to.clone(), attempt.starts))
        else {
            return;
        };
        match starts {
            0 => self.note_failure(&to, reason),
            _ => self.note_rolled_back(&to, reason),
        }
        self.reach(Phase::RolledBack);
    }

    /// Why a release is not taken, if it is not; `failed` allows those that failed before they were put in place.
    pub fn why_not(&self, version: &Version, failed: bool) -> Option<&str> {
        let failure = self.failures.get(version)?;
        let is_out = failure.was_rolled_back || (failure.count >= MOST_FAILURES && !failed);
        is_out.then_some(failure.reason.as_str())
    }

    fn failure_of(&mut self, version: &Version) -> &mut Failure {
        self.failures.entry(version.clone()).or_insert_with(|| Failure {
            count: 0,
            reason: String::new(),
            was_rolled_back: false,
        })
    }

    fn forget_old_failures(&mut self) {
        while self.failures.len() > REMEMBERED {
            self.failures.pop_first();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phase_is_found_by_its_name() {
        for phase in Phase::ALL {
            assert_eq!(Phase::named(phase.name()), Some(phase));
        }
        assert_eq!(Phase::named("elsewhere"), None);
    }

    #[test]
    fn the_failures_of_the_newest_releases_are_remembered() {
        let mut ledger = Ledger::default();
        for minor in 0..40 {
            ledger.note_failure(&Version::new(0, minor, 0), "it does not build");
        }
        assert_eq!(ledger.failures.len(), REMEMBERED);
        assert!(ledger.failures.contains_key(&Version::new(0, 39, 0)));
        assert!(!ledger.failures.contains_key(&Version::new(0, 0, 0)));
    }
}
