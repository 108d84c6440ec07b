//! A machine with three programs and a store, on which an update is cut off anywhere.
//!
//! It takes the same decisions and the same lists of steps as the real thing, and has crashes between any two of them.

use proptest::prelude::*;
use semver::Version;

use super::{
    Attempt, Boot, Ledger, MOST_STARTS, Phase, Program, ReturnStep, StoreBefore, SwapStep, boot,
    return_steps, swap_steps,
};

const OLD: Version = Version::new(0, 1, 0);
const NEW: Version = Version::new(0, 2, 0);
const OLD_FORMAT: u32 = 7;
const NEW_FORMAT: u32 = 8;

/// How the new version behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nature {
    Good,
    /// It ends before it opens the store.
    Crashes,
    /// It migrates the store and ends.
    CrashesAfterMigration,
}

#[derive(Debug, Clone)]
struct Machine {
    programs: [Option<Version>; 3],
    kept: [Option<Version>; 3],
    /// What is on the disk; a crash loses nothing of it.
    noted: Ledger,
    store: u32,
    backup: Option<u32>,
    nature: Nature,
    /// Steps until the machine crashes.
    fuse: Option<u32>,
}

/// The machine crashed.
#[derive(Debug, PartialEq, Eq)]
struct Crash;

fn slot(program: Program) -> usize {
    Program::ALL.iter().position(|one| *one == program).unwrap()
}

impl Machine {
    fn new(programs: [bool; 2], kept: bool, nature: Nature) -> Self {
        let there = |is_there: bool| is_there.then_some(OLD);
        // What an earlier update kept.
        let kept = kept.then_some(Version::new(0, 0, 9));
        Self {
            programs: [there(programs[0]), there(programs[1]), Some(OLD)],
            kept: [kept.clone(), kept.clone(), kept],
            noted: Ledger::default(),
            store: OLD_FORMAT,
            backup: None,
            nature,
            fuse: None,
        }
    }

    fn burn(&mut self) -> Result<(), Crash> {
        match &mut self.fuse {
            Some(0) => {
                self.fuse = None;
                Err(Crash)
            }
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn programs_there(&self) -> Vec<Program> {
        Program::ALL.into_iter().filter(|program| self.programs[slot(*program)].is_some()).collect()
    }

    /// The running old version updates, from the note that it stages to the last step of the swap.
    fn update(&mut self) -> Result<(), Crash> {
        let programs = self.programs_there();
        self.burn()?;
        self.noted.begin(Attempt {
            from: OLD,
            to: NEW,
            phase: Phase::Staging,
            starts: 0,
            programs: programs.clone(),
            stores: vec![StoreBefore { path: "heph.db".into(), format: OLD_FORMAT }],
        });
        self.burn()?;
        self.noted.reach(Phase::Verified);
        for step in swap_steps(&programs) {
            self.burn()?;
            match step {
                SwapStep::Keep(program) => self.kept[slot(program)] = self.programs[slot(program)].clone(),
                SwapStep::Note(phase) => self.noted.reach(phase),
                SwapStep::Put(program) => self.programs[slot(program)] = Some(NEW),
            }
        }
        self.burn()
    }

    fn put_back(&mut self) -> Result<(), Crash> {
        let attempt = self.noted.attempt.clone().unwrap();
        for step in return_steps(&attempt) {
            self.burn()?;
            match step {
                ReturnStep::Note(Phase::RolledBack) => self.noted.taken_back("it did not start"),
                ReturnStep::Note(phase) => self.noted.reach(phase),
                ReturnStep::RestoreStores if self.store > attempt.stores[0].format => {
                    self.store = self.backup.expect("a migration backs up first");
                }
                ReturnStep::RestoreStores => {}
                ReturnStep::PutBack(program) => {
                    self.programs[slot(program)] = self.kept[slot(program)].clone()
                }
                ReturnStep::TakeAway(program) => self.programs[slot(program)] = None,
            }
        }
        self.burn()
    }

    /// One start of whatever is installed; answers the version that serves.
    fn start(&mut self) -> Result<Version, Crash> {
        let running = self.programs[slot(Program::Hephd)].clone().expect("there is always a daemon");
        match boot(&self.noted, &running) {
            Boot::Serve => {}
            Boot::Abandon => {
                self.burn()?;
                self.noted.refuse("it was cut off");
            }
            Boot::Undo => self.put_back()?,
            Boot::RollBack => {
                self.put_back()?;
                // exec
                return self.start();
            }
            Boot::Try => {
                self.burn()?;
                self.noted.count_start();
                self.open(&running)?;
                self.burn()?;
                self.noted.reach(Phase::Confirmed);
                return Ok(running);
            }
        }
        self.open(&running)?;
        Ok(running)
    }

    fn open(&mut self, running: &Version) -> Result<(), Crash> {
        self.burn()?;
        let known = if *running == NEW { NEW_FORMAT } else { OLD_FORMAT };
        assert!(self.store <= known, "{running} finds a store of format {}", self.store);
        if *running == NEW && self.nature == Nature::Crashes {
            return Err(Crash);
        }
        if self.store < known {
            self.backup = Some(self.store);
            self.burn()?;
            self.store = known;
        }
        if *running == NEW && self.nature == Nature::CrashesAfterMigration {
            return Err(Crash);
        }
        Ok(())
    }

    /// Starts until something serves, as the service manager does.
    fn settle(&mut self) -> (Version, u32) {
        for starts in 1..=MOST_STARTS + 3 {
            if let Ok(version) = self.start() {
                return (version, starts);
            }
        }
        panic!("nothing serves: {self:?}");
    }
}

fn nature() -> impl Strategy<Value = Nature> {
    prop_oneof![Just(Nature::Good), Just(Nature::Crashes), Just(Nature::CrashesAfterMigration)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn whatever_is_cut_off_wherever_a_version_that_fits_the_store_serves(
        nature in nature(),
        programs: [bool; 2],
        kept: bool,
        first in 0u32..24,
        second in prop::option::of(0u32..24),
    ) {
        let mut machine = Machine::new(programs, kept, nature);
        let before = machine.programs.clone();
        machine.fuse = Some(first);
        let is_cut_off = machine.update().is_err();
        if !is_cut_off {
            machine.fuse = None;
        }
        machine.fuse = machine.fuse.or(second);
        let (version, starts) = machine.settle();
        prop_assert!(starts <= MOST_STARTS + 1, "{starts} starts");
        prop_assert!(version >= OLD);
        if nature != Nature::Good {
            prop_assert_eq!(&version, &OLD);
        }
        if nature == Nature::Good && !is_cut_off && second.is_none() {
            prop_assert_eq!(&version, &NEW);
        }
        // All programs are of one version, or as they were.
        match version == OLD {
            true => prop_assert_eq!(&machine.programs, &before),
            false => prop_assert!(machine.programs.iter().all(|program| program.as_ref() == Some(&NEW))),
        }
        let known = if version == OLD { OLD_FORMAT } else { NEW_FORMAT };
        prop_assert_eq!(machine.store, known);
        // It is at rest: the next starts change nothing.
        let noted = machine.noted.clone();
        machine.fuse = None;
        prop_assert_eq!(machine.settle(), (version.clone(), 1));
        prop_assert_eq!(&machine.noted, &noted);
        // What ran and was taken back is not taken again.
        if let Some(attempt) = noted.attempt.filter(|attempt| attempt.phase == Phase::RolledBack) {
            prop_assert_eq!(noted.failures[&NEW].was_rolled_back, attempt.starts > 0);
        }
    }
}
