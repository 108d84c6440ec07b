//! The configuration file of heph, of which every surface reads its own tables.

use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::environment::path_variable;
use crate::text::system_words;

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigFileError {
    /// It cannot be read.
    #[error("cannot read {}: {}", path.display(), system_words(source))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It cannot be understood.
    #[error("{}: {message}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The line, and what is wrong with it.
        message: String,
    },
}

impl ConfigFileError {
    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "correct it, or name another file with HEPH_CONFIG",
            Self::Wrong { .. } => "correct the file, or name another one with HEPH_CONFIG",
        }
    }
}

/// `HEPH_CONFIG`, or `~/.config/heph/config.toml`.
pub fn path() -> PathBuf {
    path_variable("HEPH_CONFIG")
        .unwrap_or_else(|| std::env::home_dir().unwrap_or_default().join(".config/heph/config.toml"))
}

/// Reads the file; one that is not there and that nobody named is empty.
///
/// # Errors
/// When it cannot be read or understood.
pub fn load<T: DeserializeOwned + Default>(path: &Path) -> Result<T, ConfigFileError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        // One that was named has to be there, as for the daemon.
        Err(error) if error.kind() == io::ErrorKind::NotFound && path_variable("HEPH_CONFIG").is_none() => {
            return Ok(T::default());
        }
        Err(source) => return Err(ConfigFileError::Unreadable { path: path.to_owned(), source }),
    };
    understand(&text).map_err(|message| ConfigFileError::Wrong { path: path.to_owned(), message })
}

/// Understands a configuration file.
///
/// # Errors
/// A sentence that begins with the line.
pub fn understand<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    toml::from_str(text).map_err(|error| {
        let line =
            error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        format!("line {line}: {}", error.message().lines().next().unwrap_or("not understood"))
    })
}
