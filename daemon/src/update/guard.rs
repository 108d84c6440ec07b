//! The boot guard: the first thing a start does, before it reads a flag or a setting.
//!
//! What to do is decided in [`crate::domain::update::boot`](boot()).

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use semver::Version;

use super::installation::Installation;
use super::{ledger_file, staging, swap};
use crate::actors::listener::lock::{Lock, LockError};
use crate::domain::update::{Boot, Ledger, Phase, Program, StoreBefore, boot};
use crate::store;

/// How long whoever still has a store may take to let go of it.
const LOCKED_FOR: Duration = Duration::from_secs(20);

/// Words of a command line that do not serve.
const NOT_SERVING: [&str; 7] = ["check", "settings", "help", "--help", "-h", "--version", "-V"];

/// How a start goes on.
#[derive(Debug)]
pub enum Start {
    /// As usual; with what was done about an update, if something was.
    Usual(Option<String>),
    /// On trial, until [`Trial::confirm`].
    OnTrial(Trial),
}

/// A version that has still to show that it does what it is there for.
#[derive(Debug)]
pub struct Trial {
    installation: Installation,
}

impl Trial {
    /// Notes that the version is good; it is never rolled back after this.
    ///
    /// # Errors
    /// [`io::Error`]; it is not confirmed then.
    pub fn confirm(&self) -> io::Result<()> {
        let mut ledger = ledger_file::read(&self.installation.ledger())?;
        ledger.reach(Phase::Confirmed);
        ledger_file::write(&self.installation.ledger(), &ledger)?;
        // What is left there is in nobody's way, and removed before the next update.
        let _ = staging::clear(&self.installation);
        Ok(())
    }
}

/// An update that failed could not be taken back; the next start tries again.
#[derive(Debug, thiserror::Error)]
#[error("the version before the update cannot be put back: {0}; it is tried again")]
pub struct ReturnError(#[from] io::Error);

/// Looks for an update that is not confirmed, and does what is to be done first. Does not return when the old version is
/// put back: this process becomes it.
///
/// # Errors
/// [`ReturnError`]; exit with 70, so that the service manager starts us again.
pub fn start(arguments: &[OsString]) -> Result<Start, ReturnError> {
    if arguments.iter().any(|word| NOT_SERVING.iter().any(|not| word == not)) {
        return Ok(Start::Usual(None));
    }
    let Ok(installation) = Installation::of_process() else { return Ok(Start::Usual(None)) };
    let mut ledger = match ledger_file::read(&installation.ledger()) {
        Ok(ledger) => ledger,
        Err(error) => {
            let path = installation.ledger();
            return Ok(Start::Usual(Some(format!("{} is not understood: {error}", path.display()))));
        }
    };
    if !concerns(&ledger, arguments, std::env::var_os("HEPH_DB").as_deref()) {
        return Ok(Start::Usual(None));
    }
    let running = running_version();
    let from = ledger.attempt.as_ref().map(|attempt| attempt.from.clone());
    let to = ledger.attempt.as_ref().map(|attempt| attempt.to.to_string()).unwrap_or_default();
    match boot(&ledger, &running) {
        Boot::Serve => Ok(Start::Usual(None)),
        Boot::Abandon => {
            ledger.refuse("it was cut off");
            // Neither is needed to serve; what stays is dealt with at the next start or update.
            let _ = ledger_file::write(&installation.ledger(), &ledger);
            let _ = staging::clear(&installation);
            Ok(Start::Usual(Some(format!("the update to {to} was cut off before anything was replaced"))))
        }
        Boot::Undo => {
            put_back(&installation, &mut ledger, "it was cut off while it was put in place")?;
            Ok(Start::Usual(Some(format!("the update to {to} was cut off and is taken back"))))
        }
        Boot::Try => {
            let count = ledger.count_start();
            match ledger_file::write(&installation.ledger(), &ledger) {
                Ok(()) => Ok(Start::OnTrial(Trial { installation })),
                // A start that is not counted might go on for ever.
                Err(_) => become_old(
                    &installation,
                    &mut ledger,
                    arguments,
                    &format!("start {count} could not be noted"),
                ),
            }
        }
        Boot::RollBack if from.as_ref() == Some(&running) => {
            put_back(&installation, &mut ledger, "it did not start")?;
            Ok(Start::Usual(Some(format!("{to} did not start; {running} is back"))))
        }
        Boot::RollBack => become_old(&installation, &mut ledger, arguments, "it did not start"),
    }
}

/// Becomes the hephd that is installed, with the arguments of this one; comes back only with what was in the way.
pub fn become_installed() -> io::Error {
    // What runs is kept under another name by now, so that the folder is all that it tells of itself.
    let folder = std::env::current_exe().ok().and_then(|running| running.parent().map(Path::to_owned));
    let Some(folder) = folder else { return io::ErrorKind::NotFound.into() };
    Command::new(folder.join(Program::Hephd.file_name())).args(std::env::args_os().skip(1)).exec()
}

/// This version of hephd.
pub fn running_version() -> Version {
    Version::parse(env!("CARGO_PKG_VERSION")).expect("cargo takes no other version")
}

/// Whether a start is of the daemon that updated itself: a second one, on another store, has nothing to do with it.
fn concerns(ledger: &Ledger, arguments: &[OsString], variable: Option<&OsStr>) -> bool {
    let Some(attempt) = &ledger.attempt else { return false };
    let mut words = arguments.iter();
    let mut named = None;
    while let Some(word) = words.next() {
        match word.to_str() {
            Some("--db") => named = words.next().cloned(),
            Some(text) => named = text.strip_prefix("--db=").map(OsString::from).or(named),
            None => {}
        }
    }
    let Some(named) = named.or(variable.filter(|value| !value.is_empty()).map(OsStr::to_owned)) else {
        return true;
    };
    let Ok(named) = std::path::absolute(PathBuf::from(named)) else { return true };
    // A hub's database lies beside the store that is named.
    attempt.stores.is_empty() || attempt.stores.iter().any(|store| store.path.parent() == named.parent())
}

fn become_old(
    installation: &Installation,
    ledger: &mut Ledger,
    arguments: &[OsString],
    reason: &str,
) -> Result<Start, ReturnError> {
    put_back(installation, ledger, reason)?;
    Err(Command::new(installation.program(Program::Hephd)).args(arguments).exec().into())
}

fn put_back(installation: &Installation, ledger: &mut Ledger, reason: &str) -> Result<(), ReturnError> {
    // Whoever runs the old version runs it from its place.
    let is_old = ledger.attempt.as_ref().is_some_and(|attempt| attempt.from == running_version());
    let in_place = is_old.then_some(Program::Hephd);
    swap::put_back(installation, ledger, reason, in_place, &mut restore_stores)?;
    let _ = staging::clear(installation);
    Ok(())
}

/// Puts the stores back that were migrated since.
fn restore_stores(stores: &[StoreBefore]) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for before in stores.iter().filter(|before| before.path.exists()) {
        let _lock = locked(&before.path)?;
        let restored = store::return_to_format(&before.path, before.format);
        runtime.block_on(restored).map_err(|error| io::Error::other(error.to_string()))?;
    }
    Ok(())
}

fn locked(path: &Path) -> io::Result<Lock> {
    let until = Instant::now() + LOCKED_FOR;
    loop {
        match Lock::acquire(path) {
            Err(LockError::Held { .. }) if Instant::now() < until => {
                std::thread::sleep(Duration::from_millis(100));
            }
            locked => return locked.map_err(|error| io::Error::other(error.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::update::Attempt;

    fn concerns_start(arguments: &[&str], variable: Option<&str>) -> bool {
        let mut ledger = Ledger::default();
        ledger.begin(Attempt {
            from: Version::new(0, 1, 0),
            to: Version::new(0, 2, 0),
            phase: Phase::Swapped,
            starts: 0,
            programs: Vec::new(),
            stores: vec![StoreBefore { path: "/home/ada/.local/share/heph/heph.db".into(), format: 7 }],
        });
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        concerns(&ledger, &arguments, variable.map(OsStr::new))
    }

    #[test]
    fn a_daemon_on_another_store_is_not_on_trial() {
        assert!(concerns_start(&["--mode", "local", "--self-update"], None));
        assert!(concerns_start(&["--db", "/home/ada/.local/share/heph/heph.db"], None));
        assert!(!concerns_start(&["--db", "/tmp/try.db"], None));
        assert!(!concerns_start(&["--db=/tmp/try.db"], None));
        assert!(!concerns_start(&[], Some("/tmp/try.db")));
        assert!(concerns_start(&["--db", "/home/ada/.local/share/heph/heph.db"], Some("/tmp/try.db")));
        assert!(concerns_start(&[], Some("")));
    }
}
