//! The steps by which programs are put in place, and back. Each is atomic; the list may be cut off behind any.

use super::ledger::{Attempt, Phase};

/// A program that a release consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Program {
    /// The command line.
    Heph,
    /// The terminal UI.
    HephTui,
    /// The daemon.
    Hephd,
}

impl Program {
    /// All, in the order in which they are put in place: the daemon last, so that whichever version of it is started
    /// knows how far the others are.
    pub const ALL: [Self; 3] = [Self::Heph, Self::HephTui, Self::Hephd];

    /// Name of its file.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Heph => "heph",
            Self::HephTui => "heph-tui",
            Self::Hephd => "hephd",
        }
    }

    /// The program of a file's name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|program| program.file_name() == name)
    }
}

/// A step of putting a release in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SwapStep {
    /// Keep the running program under a second name.
    Keep(Program),
    /// Note how far it is.
    Note(Phase),
    /// Put the new one in the place of the running one.
    Put(Program),
}

/// A step of putting the old version back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReturnStep {
    /// Note how far it is.
    Note(Phase),
    /// Put the stores back that were there before their migration, where there was one.
    RestoreStores,
    /// Put the program that was kept back.
    PutBack(Program),
    /// Take away a program that was not there before.
    TakeAway(Program),
}

/// How a release is put in place. Nothing of it counts before [`Phase::Swapping`] is noted, and what was kept is complete then.
pub fn swap_steps(programs: &[Program]) -> Vec<SwapStep> {
    let keep = Program::ALL.into_iter().filter(|program| programs.contains(program)).map(SwapStep::Keep);
    keep.chain([SwapStep::Note(Phase::Swapping)])
        .chain(Program::ALL.map(SwapStep::Put))
        .chain([SwapStep::Note(Phase::Swapped)])
        .collect()
}

/// How the old version is put back; safe to begin again after a crash. The daemon comes last here as well: until then the
/// one that is started goes on where this was cut off.
pub fn return_steps(attempt: &Attempt) -> Vec<ReturnStep> {
    let back = Program::ALL.into_iter().map(|program| match attempt.programs.contains(&program) {
        true => ReturnStep::PutBack(program),
        false => ReturnStep::TakeAway(program),
    });
    [ReturnStep::Note(Phase::RollingBack), ReturnStep::RestoreStores]
        .into_iter()
        .chain(back)
        .chain([ReturnStep::Note(Phase::RolledBack)])
        .collect()
}
