//! Where the log goes: a file that hephd rotates itself, or standard error.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use file_rotate::compression::Compression;
use file_rotate::suffix::AppendCount;
use file_rotate::{ContentLimit, FileRotate};
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::{EnvFilter, fmt};

use crate::actors::listener::place::{self, PlaceError};
use crate::config::{Config, LogFormat, LogTarget};

/// Size over which the log file is put aside, in bytes.
const ROTATE_OVER: usize = 10 << 20;

/// How many files are kept beside the current one.
const KEPT: usize = 5;

/// The log cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The file cannot be opened.
    #[error("the log {} cannot be opened: {source}; choose another file with --log, or - for standard error", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: io::Error,
    },
    /// Its folder cannot be made.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// The process logs already.
    #[error("the log was set up twice")]
    Twice,
}

/// Sends everything that is traced in this process to the configured place. Call it once.
///
/// # Errors
/// [`LogError`] when the file cannot be opened or the process logs already.
pub fn start(config: &Config) -> Result<(), LogError> {
    let writer = match &config.log {
        LogTarget::Stderr => BoxMakeWriter::new(io::stderr),
        LogTarget::File(path) => BoxMakeWriter::new(Mutex::new(rotating(path)?)),
    };
    let lines = fmt().with_env_filter(filter(&config.log_filter)).with_writer(writer).with_ansi(false);
    let started = match config.log_format {
        LogFormat::Human => lines.try_init(),
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(true).try_init(),
    };
    started.map_err(|_| LogError::Twice)
}

fn filter(directives: &str) -> EnvFilter {
    // The configuration was checked; a default would only hide a mistake there.
    EnvFilter::try_new(directives).unwrap_or_else(|_| EnvFilter::new("info"))
}

/// Opens the file, private to its owner, and rotates it by size.
fn rotating(path: &Path) -> Result<FileRotate<AppendCount>, LogError> {
    place::prepare_folder_of(path)?;
    let failed = |source| LogError::File { path: path.to_owned(), source };
    let mut options = OpenOptions::new();
    options.read(true).create(true).append(true).mode(0o600);
    // The rotation panics or goes silent where the file cannot be opened: that is found out here.
    options.open(path).map_err(failed)?;
    let path = std::path::absolute(path).map_err(failed)?;
    Ok(FileRotate::new(
        path,
        AppendCount::new(KEPT),
        ContentLimit::BytesSurpassed(ROTATE_OVER),
        Compression::None,
        Some(options),
    ))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_log_is_private_and_rotated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hephd.log");
        let mut log = rotating(&path).unwrap();
        let line = vec![b'x'; 1 << 20];
        for _ in 0..(11 * (KEPT + 2)) {
            log.write_all(&line).unwrap();
        }
        drop(log);
        let mut names: Vec<_> = folder
            .path()
            .read_dir()
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(
            names,
            ["hephd.log", "hephd.log.1", "hephd.log.2", "hephd.log.3", "hephd.log.4", "hephd.log.5"]
        );
        for name in names {
            let mode = folder.path().join(&name).metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }

    #[test]
    fn a_log_that_cannot_be_opened_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let error = rotating(folder.path()).err().unwrap();
        assert!(error.to_string().contains("choose another file with --log"), "{error}");
    }
}
