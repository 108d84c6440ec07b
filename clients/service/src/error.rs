//! Why the service could not be handled.

use std::io;
use std::path::PathBuf;

/// Why the service could not be handled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// There is no service manager that could run it.
    #[error("{what}")]
    NoManager {
        /// What is missing.
        what: String,
        /// The command that runs the daemon without one.
        foreground: String,
    },
    /// The service is not installed.
    #[error("the service is not installed")]
    NotInstalled,
    /// Somebody masked the unit.
    #[error("the unit {unit} is masked: somebody forbade to start it")]
    Masked {
        /// Its name.
        unit: String,
    },
    /// There is no `hephd` to run.
    #[error("there is no hephd at {}", path.display())]
    NoHephd {
        /// Where one was looked for.
        path: PathBuf,
    },
    /// A build folder is no place for a service's program.
    #[error("{} is in a `target` folder, where the next build replaces it", path.display())]
    InTarget {
        /// The program.
        path: PathBuf,
    },
    /// A value cannot be carried by a service's file.
    #[error("{what} cannot have a line break in it")]
    Value {
        /// The flag, or what else has it.
        what: String,
    },
    /// A path cannot be written into a service's file.
    #[error("the path {} is not UTF-8, which a service's file has to be", path.display())]
    NotText {
        /// The path.
        path: PathBuf,
    },
    /// hephd does not take its settings.
    #[error("hephd does not start with these settings: {said}")]
    Settings {
        /// What it said.
        said: String,
    },
    /// A program of the service manager did not do as asked.
    #[error("`{command}` failed: {said}")]
    Command {
        /// The command line.
        command: String,
        /// What it said.
        said: String,
    },
    /// The daemon did not become ready.
    #[error("{what}")]
    NotReady {
        /// What it does instead, or why it ended.
        what: String,
        /// The last lines of its log.
        log: Vec<String>,
        /// What to do next.
        hint: String,
    },
    /// A file cannot be read or written.
    #[error("{what}: {source}")]
    Io {
        /// What was done to which file.
        what: String,
        /// What is wrong.
        source: io::Error,
    },
    /// There is no such flag to take out.
    #[error("there is no flag `{name}` to take out")]
    NoFlag {
        /// As it was typed.
        name: String,
    },
    /// A flag is set and taken out at once.
    #[error("{name} is given and taken out at once")]
    SetAndUnset {
        /// The flag.
        name: String,
    },
    /// Another `heph daemon` is at work.
    #[error("another heph daemon start, restart, stop or uninstall is at work")]
    Locked,
    /// The service's file cannot be understood at all.
    #[error("{} cannot be understood: {message}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
}

impl ServiceError {
    /// An error of the file system.
    pub(crate) fn io(what: impl Into<String>, source: io::Error) -> Self {
        Self::Io { what: what.into(), source }
    }

    /// What to do next, if there is something.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoManager { foreground, .. } => Some(format!("run it in the foreground: {foreground}")),
            Self::NotInstalled => Some("install and start it: heph daemon start".to_owned()),
            Self::Masked { unit } => Some(format!("allow it again: systemctl --user unmask {unit}")),
            Self::NoHephd { .. } => {
                Some("install it beside heph, or name it: heph daemon start --hephd <path>".to_owned())
            }
            Self::InTarget { .. } => Some(
                "install it first: cargo xtask service install; for the working tree: cargo xtask dev"
                    .to_owned(),
            ),
            Self::Settings { .. } => {
                Some("nothing was changed; take the flag out or correct the configuration".to_owned())
            }
            Self::NotReady { hint, .. } => Some(hint.clone()),
            Self::Malformed { .. } => Some("correct it, or move it away and run this again".to_owned()),
            Self::NoFlag { .. } => {
                Some("heph daemon start --help lists the flags; --hephd can be taken out too".to_owned())
            }
            Self::SetAndUnset { .. } => Some("leave one of both out".to_owned()),
            Self::Locked => Some("run it again in a moment".to_owned()),
            Self::Value { .. } | Self::NotText { .. } | Self::Command { .. } | Self::Io { .. } => None,
        }
    }

    /// The last lines of the daemon's log, when they tell why.
    pub fn log(&self) -> &[String] {
        match self {
            Self::NotReady { log, .. } => log,
            _ => &[],
        }
    }
}
