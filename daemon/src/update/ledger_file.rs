//! The file in which updates are noted.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use semver::Version;
use serde::{Deserialize, Serialize};

use crate::domain::update::{Attempt, Failure, Ledger, Phase, Program, StoreBefore};
use crate::store::sync_folder;

/// Most bytes the file may have.
const MAX_BYTES: u64 = 1 << 20;

/// The format of the file; a version that knows only an older one reads what it understands.
const FORMAT: u32 = 1;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct FileLedger {
    format: u32,
    attempt: Option<FileAttempt>,
    failures: BTreeMap<String, FileFailure>,
}

#[derive(Debug, Serialize, Deserialize)]
struct FileAttempt {
    from: String,
    to: String,
    phase: String,
    #[serde(default)]
    starts: u32,
    #[serde(default)]
    programs: Vec<String>,
    #[serde(default)]
    stores: Vec<FileStore>,
}

#[derive(Debug, Serialize, Deserialize)]
struct FileStore {
    path: PathBuf,
    format: u32,
}

#[derive(Debug, Serialize, Deserialize)]
struct FileFailure {
    count: u32,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    was_rolled_back: bool,
}

/// Reads what is noted; nothing when there is no file.
///
/// # Errors
/// [`io::Error`] when there is one and it cannot be read, [`io::ErrorKind::InvalidData`] when it is not understood.
pub fn read(path: &Path) -> io::Result<Ledger> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Ledger::default()),
        Err(error) => return Err(error),
    };
    let mut text = String::new();
    file.take(MAX_BYTES).read_to_string(&mut text)?;
    let read: FileLedger = serde_json::from_str(&text).map_err(io::Error::from)?;
    let attempt = read.attempt.map(attempt_of).transpose()?;
    let failures = read.failures.into_iter().filter_map(|(version, failure)| {
        let FileFailure { count, reason, was_rolled_back } = failure;
        Some((Version::parse(&version).ok()?, Failure { count, reason, was_rolled_back }))
    });
    Ok(Ledger { attempt, failures: failures.collect() })
}

/// Writes what is noted, in one step and through to the disk: a reader after a crash finds all of it or what was there.
///
/// # Errors
/// [`io::Error`]; what was there is there still.
pub fn write(path: &Path, ledger: &Ledger) -> io::Result<()> {
    let failures = ledger.failures.iter().map(|(version, failure)| {
        let Failure { count, reason, was_rolled_back } = failure.clone();
        (version.to_string(), FileFailure { count, reason, was_rolled_back })
    });
    let attempt = ledger.attempt.as_ref().map(|attempt| FileAttempt {
        from: attempt.from.to_string(),
        to: attempt.to.to_string(),
        phase: attempt.phase.name().to_owned(),
        starts: attempt.starts,
        programs: attempt.programs.iter().map(|program| program.file_name().to_owned()).collect(),
        stores: attempt
            .stores
            .iter()
            .map(|store| FileStore { path: store.path.clone(), format: store.format })
            .collect(),
    });
    let text =
        serde_json::to_string_pretty(&FileLedger { format: FORMAT, attempt, failures: failures.collect() })?;
    let new = path.with_extension("json.new");
    let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&new, path)?;
    sync_folder(path)
}

fn attempt_of(attempt: FileAttempt) -> io::Result<Attempt> {
    let version = |text: &str| Version::parse(text).map_err(|error| strange(&format!("`{text}` {error}")));
    Ok(Attempt {
        from: version(&attempt.from)?,
        to: version(&attempt.to)?,
        phase: Phase::named(&attempt.phase)
            .ok_or_else(|| strange(&format!("there is no phase `{}`", attempt.phase)))?,
        starts: attempt.starts,
        programs: attempt.programs.iter().filter_map(|name| Program::named(name)).collect(),
        stores: attempt
            .stores
            .into_iter()
            .map(|FileStore { path, format }| StoreBefore { path, format })
            .collect(),
    })
}

fn strange(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".heph-update.json");
        assert_eq!(read(&path).unwrap(), Ledger::default());
        for phase in Phase::ALL {
            let mut ledger = Ledger::default();
            ledger.begin(Attempt {
                from: Version::new(0, 1, 0),
                to: "0.2.0-rc.1".parse().unwrap(),
                phase,
                starts: 2,
                programs: vec![Program::Heph, Program::Hephd],
                stores: vec![StoreBefore { path: "/x/heph.db".into(), format: 7 }],
            });
            ledger.note_failure(&Version::new(0, 1, 5), "it does not build");
            ledger.note_rolled_back(&Version::new(0, 1, 6), "it did not start");
            write(&path, &ledger).unwrap();
            assert_eq!(read(&path).unwrap(), ledger);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_later_versions_fields_are_no_obstacle_and_garbage_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".heph-update.json");
        std::fs::write(
            &path,
            r#"{"format":2,"colour":"red","attempt":{"from":"0.1.0","to":"0.2.0","phase":"swapped","mood":1}}"#,
        )
        .unwrap();
        assert_eq!(read(&path).unwrap().attempt.unwrap().phase, Phase::Swapped);
        for garbage in ["", "{", "3", r#"{"attempt":{"from":"1","to":"2","phase":"swapped"}}"#] {
            std::fs::write(&path, garbage).unwrap();
            assert!(read(&path).is_err(), "{garbage}");
        }
    }
}
