//! The `hephd` a service runs: where it is, which version it is, what it makes of its settings.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path, PathBuf};
use std::process;
use std::time::Duration;

use serde::Deserialize;

use crate::error::ServiceError;
use crate::flags::Word;
use crate::place::Place;
use crate::runner::finish;

/// How long `hephd --version` and `hephd settings` may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// A `hephd` on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hephd {
    /// The program, in full.
    pub path: PathBuf,
}

/// The settings in force for a `hephd`, as it says itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Settings {
    /// What it is.
    pub mode: String,
    /// Its store.
    pub db: PathBuf,
    /// Its socket.
    pub socket: PathBuf,
    /// Its log; `-` for standard error.
    pub log: PathBuf,
}

impl Settings {
    /// Those of a daemon that was told nothing.
    pub(crate) fn defaults(place: &Place) -> Self {
        Self { mode: "local".to_owned(), db: place.db(), socket: place.socket(), log: place.log() }
    }
}

impl Hephd {
    /// The one a person named, or the one beside the running program.
    ///
    /// # Errors
    /// [`ServiceError::NoHephd`] and [`ServiceError::InTarget`]
    pub fn find(named: Option<&Path>, running: &Path) -> Result<Self, ServiceError> {
        let path = match named {
            Some(path) => std::path::absolute(path)
                .map_err(|error| ServiceError::io(format!("cannot use {}", path.display()), error))?,
            None => running.parent().unwrap_or(Path::new("/")).join("hephd"),
        };
        let is_program = std::fs::metadata(&path)
            .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0);
        if !is_program {
            return Err(ServiceError::NoHephd { path });
        }
        let real = path.canonicalize().unwrap_or_else(|_| path.clone());
        if is_in_target(&path) || is_in_target(&real) {
            return Err(ServiceError::InTarget { path });
        }
        Ok(Self { path })
    }

    /// Its version; `None` when it does not run.
    pub fn version(&self) -> Option<String> {
        let answer = finish(process::Command::new(&self.path).arg("--version"), DEADLINE).ok()?;
        let said = answer.output.trim().strip_prefix("hephd ")?.to_owned();
        answer.is_success().then_some(said)
    }

    /// The settings it would have as a service with these arguments and variables. A version that cannot tell has the
    /// defaults.
    ///
    /// # Errors
    /// [`ServiceError::Settings`] with what it says is wrong.
    pub fn settings(
        &self,
        arguments: &[Word],
        environment: &[(String, String)],
        place: &Place,
    ) -> Result<Settings, ServiceError> {
        let mut command = process::Command::new(&self.path);
        // It comes first: nothing behind it can make hephd serve.
        command.arg("settings").args(told(arguments)).env_clear().env("HOME", &place.home);
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        let answer = match finish(&mut command, DEADLINE) {
            Ok(answer) => answer,
            Err(error) => return Err(ServiceError::Settings { said: error.to_string() }),
        };
        if answer.code == Some(78) || (answer.code == Some(2) && !answer.errors.contains("'settings'")) {
            let said = answer.errors.trim();
            let said = said.lines().next().unwrap_or_default();
            let said = ["hephd: ", "error: "].iter().find_map(|head| said.strip_prefix(head)).unwrap_or(said);
            return Err(ServiceError::Settings { said: said.to_owned() });
        }
        Ok(serde_json::from_str(&answer.output).unwrap_or_else(|_| Settings::defaults(place)))
    }
}

/// The arguments without those that only the service manager knows, and without the flags that they are values of.
fn told(arguments: &[Word]) -> Vec<&str> {
    let mut told = Vec::new();
    for word in arguments {
        match word {
            Word::Plain(text) => told.push(text.as_str()),
            Word::Raw(_) => drop(told.pop_if(|flag| flag.starts_with("--") && !flag.contains('='))),
        }
    }
    told
}

/// Whether a path goes through a folder that cargo builds in.
fn is_in_target(path: &Path) -> bool {
    path.components().any(|part| part == Component::Normal("target".as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(folder: &Path, name: &str, mode: u32) -> PathBuf {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    #[test]
    fn the_program_beside_heph_is_taken_unless_another_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let beside = program(folder.path(), "bin/hephd", 0o755);
        let running = folder.path().join("bin/heph");
        assert_eq!(Hephd::find(None, &running).unwrap().path, beside);
        let named = program(folder.path(), "opt/other", 0o755);
        assert_eq!(Hephd::find(Some(&named), &running).unwrap().path, named);
        let no_program = program(folder.path(), "opt/text", 0o644);
        for missing in [&no_program, &folder.path().join("nowhere"), &folder.path().join("opt")] {
            let error = Hephd::find(Some(missing), &running).unwrap_err();
            assert!(matches!(error, ServiceError::NoHephd { path } if path == *missing));
        }
    }

    #[test]
    fn what_only_the_manager_knows_is_left_out_with_its_flag() {
        let words = ["--mode", "local", "--db"].map(Word::from);
        let raw = [Word::Raw("${X}/x.db".into()), Word::Raw("$Y".into())];
        let arguments: Vec<Word> = words.into_iter().chain(raw).collect();
        assert_eq!(told(&arguments), ["--mode", "local"]);
    }

    #[test]
    fn a_build_folder_is_refused_even_behind_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let built = program(folder.path(), "target/release/hephd", 0o755);
        let link = folder.path().join("hephd");
        std::os::unix::fs::symlink(&built, &link).unwrap();
        for path in [&built, &link] {
            let error = Hephd::find(Some(path), Path::new("/x/heph")).unwrap_err();
            assert!(matches!(error, ServiceError::InTarget { .. }), "{error}");
        }
    }
}
