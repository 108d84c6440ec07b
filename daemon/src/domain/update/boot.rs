//! What a start of hephd finds of an update, and what it does first.

use semver::Version;

use super::ledger::{Attempt, Ledger, Phase};

/// At this start of an unconfirmed version the old one is put back instead.
pub const MOST_STARTS: u32 = 3;

/// What to do before anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Boot {
    /// Serve: no update is under way.
    Serve,
    /// Forget the update that a crash cut off before anything was put in place, and serve.
    Abandon,
    /// Put back what was put in place of an update that a crash cut off, and serve: the old version runs.
    Undo,
    /// Count the start, and serve on trial until it is confirmed.
    Try,
    /// Put the old version back, or go on with that, and run it.
    RollBack,
}

/// Decides what a start of the version `running` does.
pub fn boot(ledger: &Ledger, running: &Version) -> Boot {
    let Some(attempt) = &ledger.attempt else { return Boot::Serve };
    let (is_old, is_new) = (attempt.from == *running, attempt.to == *running);
    match attempt.phase {
        Phase::Idle | Phase::Confirmed | Phase::RolledBack | Phase::Refused => Boot::Serve,
        // Somebody installed another version by hand; it owes the update nothing.
        _ if !is_old && !is_new => Boot::Abandon,
        Phase::Polling | Phase::Found | Phase::Staging | Phase::Verified => Boot::Abandon,
        Phase::RollingBack => Boot::RollBack,
        Phase::Swapping | Phase::Swapped | Phase::HandingOff if is_old => Boot::Undo,
        Phase::Swapping | Phase::Swapped | Phase::HandingOff => start_of_new(attempt),
    }
}

fn start_of_new(attempt: &Attempt) -> Boot {
    match attempt.starts.saturating_add(1) >= MOST_STARTS {
        true => Boot::RollBack,
        false => Boot::Try,
    }
}

#[cfg(test)]
mod tests {
    use super::super::swap::Program;
    use super::*;

    fn ledger(phase: Phase, starts: u32) -> Ledger {
        let attempt = Attempt {
            from: Version::new(0, 1, 0),
            to: Version::new(0, 2, 0),
            phase,
            starts,
            programs: Program::ALL.to_vec(),
            stores: Vec::new(),
        };
        Ledger { attempt: Some(attempt), ..Ledger::default() }
    }

    #[test]
    fn each_version_knows_what_to_do_in_each_phase() {
        use Boot::{Abandon, RollBack, Serve, Try, Undo};
        assert_eq!(boot(&Ledger::default(), &Version::new(0, 1, 0)), Serve);
        for (phase, old, new, other) in [
            (Phase::Idle, Serve, Serve, Serve),
            (Phase::Polling, Abandon, Abandon, Abandon),
            (Phase::Found, Abandon, Abandon, Abandon),
            (Phase::Staging, Abandon, Abandon, Abandon),
            (Phase::Verified, Abandon, Abandon, Abandon),
            (Phase::Swapping, Undo, Try, Abandon),
            (Phase::Swapped, Undo, Try, Abandon),
            (Phase::HandingOff, Undo, Try, Abandon),
            (Phase::Confirmed, Serve, Serve, Serve),
            (Phase::RollingBack, RollBack, RollBack, Abandon),
            (Phase::RolledBack, Serve, Serve, Serve),
            (Phase::Refused, Serve, Serve, Serve),
        ] {
            let found = [(0, 1), (0, 2), (0, 3)]
                .map(|(major, minor)| boot(&ledger(phase, 0), &Version::new(major, minor, 0)));
            assert_eq!(found, [old, new, other], "{phase:?}");
        }
    }

    #[test]
    fn the_third_start_puts_the_old_version_back() {
        let at = |starts| boot(&ledger(Phase::Swapped, starts), &Version::new(0, 2, 0));
        assert_eq!(
            [at(0), at(1), at(2), at(3), at(u32::MAX)].map(|boot| boot == Boot::RollBack),
            [false, false, true, true, true]
        );
    }
}
