//! Puts programs in place, and back: renames within one file system, the old one kept.

use std::fs::File;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::installation::Installation;
use super::ledger_file;
use super::staging::Staging;
use crate::domain::update::{
    Ledger, Phase, Program, ReturnStep, StoreBefore, SwapStep, return_steps, swap_steps,
};
use crate::store::sync_folder;

/// Puts the staged programs in place. The update in the ledger is the one that is done.
///
/// # Errors
/// [`io::Error`]; what was done until then is taken back by [`put_back`].
pub fn put_in_place(installation: &Installation, staging: &Staging, ledger: &mut Ledger) -> io::Result<()> {
    let programs = ledger.attempt.as_ref().map(|attempt| attempt.programs.clone()).unwrap_or_default();
    for step in swap_steps(&programs) {
        match step {
            SwapStep::Keep(program) => link(&installation.program(program), &installation.kept(program))?,
            SwapStep::Note(phase) => {
                sync_folder(&installation.ledger())?;
                ledger.reach(phase);
                ledger_file::write(&installation.ledger(), ledger)?;
            }
            SwapStep::Put(program) => {
                let staged = staging.program(program);
                std::fs::set_permissions(&staged, std::fs::Permissions::from_mode(0o755))?;
                File::open(&staged)?.sync_all()?;
                std::fs::rename(&staged, installation.program(program))?;
            }
        }
    }
    Ok(())
}

/// Puts the old version back, but for what is known to be `in_place`, and has `restore` see to the stores; safe to begin
/// again.
///
/// # Errors
/// [`io::Error`]; begin again.
pub fn put_back(
    installation: &Installation,
    ledger: &mut Ledger,
    reason: &str,
    in_place: Option<Program>,
    restore: &mut dyn FnMut(&[StoreBefore]) -> io::Result<()>,
) -> io::Result<()> {
    let Some(attempt) = ledger.attempt.clone() else { return Ok(()) };
    for step in return_steps(&attempt) {
        match step {
            ReturnStep::Note(phase) => {
                sync_folder(&installation.ledger())?;
                match phase {
                    Phase::RolledBack => ledger.taken_back(reason),
                    phase => ledger.reach(phase),
                }
                ledger_file::write(&installation.ledger(), ledger)?;
            }
            ReturnStep::RestoreStores => restore(&attempt.stores)?,
            ReturnStep::PutBack(program) if Some(program) == in_place => {}
            ReturnStep::PutBack(program) => {
                link(&installation.kept(program), &installation.program(program))?
            }
            ReturnStep::TakeAway(program) => match std::fs::remove_file(installation.program(program)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            },
        }
    }
    Ok(())
}

/// Gives a file a second name, in the place of what has that name: there is always something of either name.
fn link(from: &Path, to: &Path) -> io::Result<()> {
    let mut new = to.as_os_str().to_owned();
    new.push(".new");
    let new = Path::new(&new);
    let remove = || match std::fs::remove_file(new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    };
    remove()?;
    if std::fs::hard_link(from, new).is_err() {
        // Some file systems have no second names.
        std::fs::copy(from, new)?;
        File::open(new)?.sync_all()?;
    }
    std::fs::rename(new, to)?;
    // A rename of one name of a file onto another does nothing.
    remove()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::update::Attempt;

    struct Place {
        _folder: tempfile::TempDir,
        installation: Installation,
        ledger: Ledger,
    }

    fn place(programs: &[Program]) -> Place {
        let folder = tempfile::tempdir().unwrap();
        let installation = Installation::of_program(&folder.path().join("hephd")).unwrap();
        for program in programs {
            std::fs::write(installation.program(*program), "old").unwrap();
            std::fs::write(installation.kept(*program), "of an earlier update").unwrap();
        }
        let mut ledger = Ledger::default();
        ledger.begin(Attempt {
            from: semver::Version::new(0, 1, 0),
            to: semver::Version::new(0, 2, 0),
            phase: Phase::Verified,
            starts: 0,
            programs: programs.to_vec(),
            stores: Vec::new(),
        });
        Place { _folder: folder, installation, ledger }
    }

    fn stage(installation: &Installation) -> Staging {
        let staging = Staging::prepare(installation, 0).unwrap();
        for program in Program::ALL {
            std::fs::write(staging.program(program), "new").unwrap();
        }
        staging
    }

    fn text(path: &Path) -> String {
        std::fs::read_to_string(path).unwrap_or_default()
    }

    #[test]
    fn a_swap_keeps_the_old_and_a_return_puts_it_back_again_and_again() {
        let programs = [Program::Heph, Program::Hephd];
        let Place { _folder, installation, mut ledger } = place(&programs);
        for _ in 0..3 {
            put_in_place(&installation, &stage(&installation), &mut ledger).unwrap();
            for program in Program::ALL {
                assert_eq!(text(&installation.program(program)), "new");
            }
            for program in programs {
                assert_eq!(text(&installation.kept(program)), "old");
            }
            assert_eq!(ledger_file::read(&installation.ledger()).unwrap(), ledger);
            assert_eq!(ledger.attempt.as_ref().unwrap().phase, Phase::Swapped);
            for _ in 0..2 {
                let mut restored = 0;
                put_back(&installation, &mut ledger, "as the test wants it", None, &mut |_| {
                    restored += 1;
                    Ok(())
                })
                .unwrap();
                assert_eq!(restored, 1);
            }
            for program in programs {
                assert_eq!(text(&installation.program(program)), "old");
            }
            assert!(!installation.program(Program::HephTui).exists(), "it was not there before");
            let names: Vec<_> = std::fs::read_dir(installation.folder()).unwrap().collect();
            assert_eq!(names.len(), 6, "two programs, kept; what is noted; the staging folder: {names:?}");
        }
    }

    #[test]
    fn a_store_that_cannot_be_restored_leaves_the_new_version_where_it_is() {
        let Place { _folder, installation, mut ledger } = place(&Program::ALL);
        put_in_place(&installation, &stage(&installation), &mut ledger).unwrap();
        let error =
            put_back(&installation, &mut ledger, "", None, &mut |_| Err(io::ErrorKind::StorageFull.into()));
        assert_eq!(error.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(text(&installation.program(Program::Hephd)), "new");
        assert_eq!(ledger.attempt.unwrap().phase, Phase::RollingBack);
    }
}
