//! Tries a version out beside the running one, before it takes its place.
//!
//! It has to be the version it says it is, to take our settings, to find nothing wrong with a copy of the store (which it
//! migrates), and to serve that copy at a socket of its own.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use semver::Version;
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use super::program::{Finished, RunError, Running, run};
use super::staging::Staging;
use super::trial::{Read, TrialError, try_out};
use crate::config::{Config, Mode};
use crate::domain::update::Program;
use crate::store::{self, StoreError};

/// How long it may take to say which version it is, and what it makes of the settings.
const TELLING: Duration = Duration::from_secs(20);

/// How long it may take to check a store.
const CHECKING: Duration = Duration::from_secs(900);

/// How long it may take until it serves, a migration included.
const STARTING: Duration = Duration::from_secs(300);

/// How long it may take to end.
const ENDING: Duration = Duration::from_secs(15);

/// Between two looks at whether it serves.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A version is not fit to take over.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It does not run, or says something else than was asked.
    #[error("its {program} does not run: {told}")]
    Broken {
        /// The program.
        program: &'static str,
        /// What it said.
        told: String,
    },
    /// It is another version.
    #[error("its {program} is {found} and not {expected}")]
    Version {
        /// The program.
        program: &'static str,
        /// What it says it is.
        found: String,
        /// What it has to be.
        expected: Version,
    },
    /// It refuses the settings of this daemon.
    #[error("it does not take the settings in force: {told}")]
    Settings {
        /// What it said.
        told: String,
    },
    /// It finds the copy of the store wrong, or cannot migrate it.
    #[error("it cannot use a copy of the store: {told}")]
    Store {
        /// What it said.
        told: String,
    },
    /// It does not serve the copy.
    #[error("it does not serve a copy of the store: {told}")]
    Serve {
        /// What it did.
        told: String,
    },
    /// The store cannot be copied.
    #[error("the store cannot be copied for a trial: {0}")]
    Copy(#[from] StoreError),
    /// A folder or file of the trial cannot be made.
    #[error("the trial cannot be set up: {0}")]
    Setup(#[from] io::Error),
    /// A program takes too long.
    #[error(transparent)]
    Run(#[from] RunError),
}

impl VerifyError {
    /// Whether it is the release that is wrong, and not this machine.
    pub fn is_of_release(&self) -> bool {
        !matches!(self, Self::Copy(_) | Self::Setup(_) | Self::Run(RunError::Log { .. }))
    }
}

/// Tries the staged programs out; `said` hears what is being done.
///
/// # Errors
/// [`VerifyError`]
pub async fn verify(
    staging: &Staging,
    version: &Version,
    config: &Config,
    arguments: &[OsString],
    said: &mut dyn FnMut(&str),
) -> Result<(), VerifyError> {
    for program in Program::ALL {
        said(&format!("asking {} for its version", program.file_name()));
        check_version(staging, program, version).await?;
    }
    said("asking it about the settings");
    check_settings(staging, arguments).await?;
    let copies = copy_stores(staging, config, said).await?;
    said("letting it check a copy of the store");
    check_store(staging, config, &copies).await?;
    said("letting it serve a copy of the store");
    rehearse(staging, config, &copies).await
}

/// A staged hephd that knows nothing of this user's settings.
fn hephd(staging: &Staging) -> Command {
    let mut command = Command::new(staging.program(Program::Hephd));
    for variable in ["HEPH_DB", "HEPH_SOCKET", "HEPH_LOG"] {
        command.env_remove(variable);
    }
    command.env("HEPH_CONFIG", settings_file(staging));
    command
}

fn settings_file(staging: &Staging) -> PathBuf {
    staging.path().join("trial.toml")
}

async fn check_version(staging: &Staging, program: Program, expected: &Version) -> Result<(), VerifyError> {
    let mut command = Command::new(staging.program(program));
    command.arg("--version");
    let name = program.file_name();
    let finished = match run(command, TELLING, None, &mut |_| {}).await {
        Err(RunError::Start { source, .. }) => {
            return Err(VerifyError::Broken { program: name, told: source.to_string() });
        }
        finished => finished?,
    };
    let broken = |finished: &Finished| VerifyError::Broken { program: name, told: finished.told() };
    if !finished.status.success() {
        return Err(broken(&finished));
    }
    let said = finished.lines.first().and_then(|line| line.strip_prefix(name)).map(str::trim);
    match said {
        Some(said) if said == expected.to_string() => Ok(()),
        Some(said) => {
            Err(VerifyError::Version { program: name, found: said.to_owned(), expected: expected.clone() })
        }
        None => Err(broken(&finished)),
    }
}

/// The new version may lack a flag or a value that this one has.
async fn check_settings(staging: &Staging, arguments: &[OsString]) -> Result<(), VerifyError> {
    let mut command = Command::new(staging.program(Program::Hephd));
    command.arg("settings").args(arguments);
    let finished = run(command, TELLING, None, &mut |_| {}).await?;
    match finished.status.success() {
        true => Ok(()),
        false => Err(VerifyError::Settings { told: finished.told() }),
    }
}

/// Copies of the stores that this daemon serves.
struct Copies {
    personal: Option<PathBuf>,
    hub: Option<PathBuf>,
}

impl Copies {
    /// The flags of a daemon that serves them, and that nobody else reaches.
    fn flags(&self, staging: &Staging, config: &Config) -> Vec<OsString> {
        let mut flags: Vec<OsString> = vec!["--mode".into(), config.mode.name().into()];
        flags.extend(["--db".into(), staging.copy().join("heph.db").into_os_string()]);
        if self.hub.is_some() {
            flags.extend(["--http-addr", "127.0.0.1:0"].map(OsString::from));
            if self.personal.is_some() {
                flags.extend(["--owner", "trial"].map(OsString::from));
            }
        }
        flags
    }
}

async fn copy_stores(
    staging: &Staging,
    config: &Config,
    said: &mut dyn FnMut(&str),
) -> Result<Copies, VerifyError> {
    std::fs::write(settings_file(staging), "notifications = \"off\"\n")?;
    let personal = match config.mode {
        Mode::Local => Some(config.db.clone()),
        Mode::Server => config.owners_db(),
    };
    let hub = (config.mode == Mode::Server).then(|| config.main_db());
    let copy = |name: &str| staging.copy().join(name);
    let mut copies = Copies { personal: None, hub: None };
    for (from, to, slot) in
        [(personal, copy("heph.db"), &mut copies.personal), (hub, copy("hub.db"), &mut copies.hub)]
    {
        if let Some(from) = from {
            said(&format!("copying {}", from.display()));
            store::copy(&from, &to).await?;
            *slot = Some(to);
        }
    }
    Ok(copies)
}

async fn check_store(staging: &Staging, config: &Config, copies: &Copies) -> Result<(), VerifyError> {
    let mut command = hephd(staging);
    command.arg("check").args(copies.flags(staging, config));
    let finished = run(command, CHECKING, None, &mut |_| {}).await?;
    match finished.status.success() {
        true => Ok(()),
        false => Err(VerifyError::Store { told: finished.told() }),
    }
}

/// Runs the new version on the copies, at a socket beside the running one's, and asks it what a client asks.
async fn rehearse(staging: &Staging, config: &Config, copies: &Copies) -> Result<(), VerifyError> {
    let socket = config.socket.with_file_name("try.sock");
    let log = staging.path().join("trial.log");
    let mut command = hephd(staging);
    command.args(copies.flags(staging, config)).arg("--log").arg(&log).arg("--socket").arg(&socket);
    let running = Running::start(command)?;
    let read = if copies.personal.is_some() { Read::Tasks } else { Read::Figures };
    let tried = wait_for(running, &socket, read).await;
    for left in [socket.clone(), lock_of(&socket)] {
        // The next trial makes them anew.
        let _ = std::fs::remove_file(left);
    }
    tried.map_err(|told| VerifyError::Serve { told: with_log(told, &log) })
}

async fn wait_for(mut running: Running, socket: &Path, read: Read) -> Result<(), String> {
    let until = Instant::now() + STARTING;
    loop {
        let tried = tokio::select! {
            tried = try_out(socket, read) => tried,
            ended = running.ended() => {
                return Err(ended.map_or_else(|error| error.to_string(), |status| format!("it ended with {status}")));
            }
        };
        match tried {
            Ok(_) => {
                running.end(ENDING).await;
                return Ok(());
            }
            // It is still at its beginnings.
            Err(TrialError::Socket(_)) if Instant::now() < until => sleep(LOOK_EVERY).await,
            Err(error) => return Err(error.to_string()),
        }
    }
}

fn lock_of(socket: &Path) -> PathBuf {
    let mut lock = socket.as_os_str().to_owned();
    lock.push(".lock");
    lock.into()
}

/// What happened, with the last error in the trial's log.
fn with_log(told: String, log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    match text.lines().rev().find(|line| line.contains("ERROR")) {
        Some(line) => {
            format!("{told}; {}", line.chars().filter(|c| !c.is_control()).take(300).collect::<String>())
        }
        None => told,
    }
}
