//! Builds a release from its source, out of the way of everything else.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
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
        log: PathBuf,
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
    let path = search_path(|name| std::env::var_os(name));
    let find = |name| program::find(name, Some(&path));
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
    command.env("PATH", &path).env("CARGO_TARGET_DIR", staging.build()).env("CARGO_TERM_COLOR", "never");
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

/// Where programs are looked for: the path, and where Rust is installed unless somebody wanted it elsewhere. A service that
/// was started without `--self-update` has a path without that.
fn search_path(variable: impl Fn(&str) -> Option<OsString>) -> OsString {
    let set = |name| variable(name).filter(|value| !value.is_empty());
    let mut folders: Vec<PathBuf> =
        set("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    let homes =
        [set("CARGO_HOME").map(PathBuf::from), set("HOME").map(|home| PathBuf::from(home).join(".cargo"))];
    folders.extend(homes.into_iter().flatten().map(|home| home.join("bin")));
    // A folder with a colon in its name cannot be on any path.
    std::env::join_paths(folders).or(set("PATH").ok_or(())).unwrap_or_default()
}

/// The crate of a program.
fn crate_of(program: Program) -> &'static str {
    program.file_name()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_is_looked_for_where_rust_is_installed_as_well() {
        let path = |path: &str, cargo_home: &str| {
            search_path(|name| match name {
                "PATH" => Some(path.into()),
                "CARGO_HOME" => Some(cargo_home.into()),
                _ => Some("/home/ada".into()),
            })
        };
        assert_eq!(path("/usr/bin:/bin", "/opt/cargo"), "/usr/bin:/bin:/opt/cargo/bin:/home/ada/.cargo/bin");
        assert_eq!(path("", ""), "/home/ada/.cargo/bin");
    }
}
