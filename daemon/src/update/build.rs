//! Builds a release from its source, out of the way of everything else.

use std::path::Path;
use std::time::Duration;

use tokio::process::Command;

use super::forge::Forge;
use super::program::{self, RunError};
use super::staging::Staging;
use crate::domain::update::Program;

/// How long a build may take: two hours, for a small machine at idle priority.
const DEADLINE: Duration = Duration::from_secs(2 * 3600);

/// A release could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// There is no cargo.
    #[error(
        "cargo is not found, and an update is built with it; install Rust (https://rustup.rs), then: heph daemon restart"
    )]
    NoCargo,
    /// It does not build.
    #[error("{tag} does not build ({told}); {} has the rest", log.display())]
    Failed {
        /// The release.
        tag: String,
        /// How the build ended.
        told: String,
        /// Where all of it is.
        log: std::path::PathBuf,
    },
    /// It builds and a program is not there.
    #[error("{tag} has no program {program}")]
    Lacks {
        /// The release.
        tag: String,
        /// The program.
        program: &'static str,
    },
    /// The build cannot be run.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// Builds the programs of a release into a staging folder; `said` gets each line of what cargo says.
///
/// # Errors
/// [`BuildError`]
pub async fn build(
    forge: &Forge,
    tag: &str,
    staging: &Staging,
    log: &Path,
    said: &mut dyn FnMut(&str),
) -> Result<(), BuildError> {
    let path = std::env::var_os("PATH");
    let find = |name| program::find(name, path.as_deref());
    let cargo = find("cargo").ok_or(BuildError::NoCargo)?;
    let has_git = find("git").is_some();
    if !has_git {
        said("git is not found; cargo fetches with its own");
    }
    // A whisper: whoever works at the machine goes first, for processor and disk.
    let nice = find("nice").map(|nice| vec![nice.into_os_string(), "-n".into(), "19".into()]);
    let ionice = find("ionice").map(|ionice| vec![ionice.into_os_string(), "-c".into(), "3".into()]);
    let words = nice.into_iter().chain(ionice).flatten().chain([cargo.into_os_string()]);
    let words: Vec<_> = words.collect();
    let (first, rest) = words.split_first().expect("cargo is one of them");
    let mut command = Command::new(first);
    command.args(rest).args(["install", "--locked", "--git", forge.repo().as_str(), "--tag", tag]);
    command.arg("--root").arg(staging.root()).args(Program::ALL.map(crate_of));
    command.env("CARGO_TARGET_DIR", staging.build()).env("CARGO_TERM_COLOR", "never");
    command.env("CARGO_TERM_PROGRESS_WHEN", "never").env_remove("CARGO_INSTALL_ROOT");
    // Anonymous: nobody is there to be asked.
    command.env("GIT_TERMINAL_PROMPT", "0").env("GIT_ASKPASS", "true");
    if !has_git {
        command.env("CARGO_NET_GIT_FETCH_WITH_CLI", "false");
    }
    let finished = program::run(command, DEADLINE, Some(log), said).await?;
    if !finished.status.success() {
        return Err(BuildError::Failed { tag: tag.to_owned(), told: finished.told(), log: log.to_owned() });
    }
    for program in Program::ALL {
        if !staging.program(program).is_file() {
            return Err(BuildError::Lacks { tag: tag.to_owned(), program: program.file_name() });
        }
    }
    Ok(())
}

/// The crate of a program.
fn crate_of(program: Program) -> &'static str {
    program.file_name()
}
