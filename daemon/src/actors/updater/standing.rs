//! What the updater is at.

use heph_protocol::response::UpdateStatus;
use heph_protocol::types::FailedRelease;
use jiff::Timestamp;
use semver::Version;

use crate::config::Config;
use crate::domain::update::{Ledger, Phase};
use crate::update::round::Round;

/// What the updater is at, and what came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// How far it is.
    pub phase: Phase,
    /// The release it is about.
    pub release: Option<Version>,
    /// What is done at the moment, in words.
    pub detail: String,
    /// Why there was no update.
    pub problem: Option<String>,
    /// When the forge answered last.
    pub checked_at: Option<Timestamp>,
    /// When it is asked next.
    pub next_check_at: Option<Timestamp>,
}

impl Standing {
    /// Where the last update was left.
    pub fn of(ledger: &Ledger) -> Self {
        let Some(attempt) = &ledger.attempt else { return Self::default() };
        let failure = ledger.failures.get(&attempt.to);
        let failed = matches!(attempt.phase, Phase::RolledBack | Phase::Refused);
        Self {
            phase: attempt.phase,
            release: Some(attempt.to.clone()),
            problem: failure.filter(|_| failed).map(|failure| failure.reason.clone()),
            ..Self::default()
        }
    }

    /// Whether an update is under way.
    pub fn is_busy(&self) -> bool {
        matches!(
            self.phase,
            Phase::Polling
                | Phase::Found
                | Phase::Staging
                | Phase::Verified
                | Phase::Swapping
                | Phase::Swapped
                | Phase::HandingOff
        )
    }

    /// For the wire.
    pub(super) fn to_wire(&self, config: &Config, round: &Round) -> UpdateStatus {
        let update = &config.update;
        let log = round.log();
        UpdateStatus {
            enabled: update.is_on,
            interval_seconds: update.interval.as_secs(),
            repo: update.forge.as_ref().map(|forge| forge.repo().to_string()),
            running: round.running().to_string(),
            phase: self.phase.name().to_owned(),
            release: self.release.as_ref().map(Version::to_string),
            detail: self.detail.clone(),
            problem: self.problem.clone(),
            checked_at: self.checked_at.map(|at| at.to_string()),
            next_check_at: self.next_check_at.map(|at| at.to_string()),
            log: log.exists().then(|| log.display().to_string()),
            failed: round
                .ledger()
                .failures
                .into_iter()
                .map(|(version, failure)| FailedRelease {
                    version: version.to_string(),
                    count: failure.count,
                    reason: failure.reason,
                    was_rolled_back: failure.was_rolled_back,
                })
                .collect(),
        }
    }
}
