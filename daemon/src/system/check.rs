//! `hephd check`: verifies a store that no daemon serves, and makes its rows anew.

use std::fmt;
use std::path::{Path, PathBuf};

use super::StartError;
use crate::actors::listener::lock::Lock;
use crate::config::{Config, Mode};
use crate::environment::Environment;
use crate::store::hub::{self, HubReport};
use crate::store::{self, CheckReport, StoreError};

/// What a check found, in sentences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Soundness {
    db: PathBuf,
    /// What it holds.
    holds: String,
    kind: Kind,
    problems: Vec<String>,
}

/// What was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Store,
    /// A store whose rows were made anew first.
    Rebuilt,
    Hub,
}

impl Soundness {
    fn of_store(db: &Path, report: CheckReport, is_rebuilt: bool) -> Self {
        let holds = format!("{} nodes, {} operations", report.nodes, report.operations);
        let kind = if is_rebuilt { Kind::Rebuilt } else { Kind::Store };
        Self { db: db.to_owned(), holds, kind, problems: report.problems }
    }

    fn of_hub(db: &Path, report: HubReport) -> Self {
        let holds = format!("{} accounts, {} operations", report.accounts, report.operations);
        Self { db: db.to_owned(), holds, kind: Kind::Hub, problems: report.problems }
    }

    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }

    /// The process's exit code: 0 when nothing is wrong, else 1.
    pub fn exit_code(&self) -> u8 {
        if self.is_sound() { 0 } else { 1 }
    }
}

impl fmt::Display for Soundness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.db.display(), self.holds)?;
        if self.kind == Kind::Rebuilt {
            writeln!(f, "the rows were made anew from the log")?;
        }
        for problem in &self.problems {
            writeln!(f, "- {problem}")?;
        }
        match self.kind {
            _ if self.is_sound() => writeln!(f, "nothing is wrong"),
            Kind::Store => writeln!(f, "make the rows anew from the log: hephd check --rebuild"),
            Kind::Rebuilt => {
                writeln!(f, "what is left is in the log itself; restore a backup: heph store restore")
            }
            Kind::Hub => writeln!(
                f,
                "begin with an empty hub, or a copy of the file from before: the machines send it what they have"
            ),
        }
    }
}

/// Checks the store at a path, after making its rows anew if `rebuild`. Blocks the thread.
///
/// # Errors
/// [`StartError`] when there is no store, a daemon has it open, or it cannot be read.
pub fn check(db: &Path, environment: &Environment, rebuild: bool) -> Result<Soundness, StartError> {
    let report = alone(db, "store", report(db, environment, rebuild))?;
    Ok(Soundness::of_store(db, report, rebuild))
}

/// Checks all that a daemon with these settings keeps: its store; a hub's database, and the store of its owner if that is
/// there. Blocks the thread.
pub fn check_all(
    config: &Config,
    environment: &Environment,
    rebuild: bool,
) -> Vec<Result<Soundness, StartError>> {
    match config.mode {
        Mode::Local => vec![check(&config.db, environment, rebuild)],
        Mode::Server => {
            let owners = config.owners_db().filter(|db| db.exists());
            let owners = owners.map(|db| check(&db, environment, rebuild));
            [check_hub(&config.main_db())].into_iter().chain(owners).collect()
        }
    }
}

/// Checks the database of a hub. Blocks the thread.
///
/// # Errors
/// [`StartError`] when there is none, a hub has it open, or it cannot be read.
fn check_hub(db: &Path) -> Result<Soundness, StartError> {
    Ok(Soundness::of_hub(db, alone(db, "hub's database", hub::check(db))?))
}

/// Does something with a database that is there and that nobody else has open.
fn alone<T>(
    db: &Path,
    what: &str,
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StartError> {
    if !db.exists() {
        let missing = format!("there is no {what} at {}; name another one with --db", db.display());
        return Err(StartError::store(missing, 1));
    }
    let _lock = Lock::acquire(db)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    Ok(runtime.map_err(StartError::Runtime)?.block_on(work)?)
}

async fn report(db: &Path, environment: &Environment, rebuild: bool) -> Result<CheckReport, StoreError> {
    if rebuild {
        store::rebuild(db).await?;
    }
    let (database, writer, _) = store::open(db, environment).await?;
    let report = store::check(&database).await;
    let closed = writer.close().await;
    database.close().await;
    closed?;
    report
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::listener::lock::LockError;

    fn new_store(folder: &Path) -> PathBuf {
        let db = folder.join("heph.db");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (database, writer, _) = store::open(&db, &Environment::system()).await.unwrap();
            writer.close().await.unwrap();
            database.close().await;
        });
        db
    }

    #[test]
    fn a_new_store_is_sound_before_and_after_a_rebuild() {
        let folder = tempfile::tempdir().unwrap();
        let db = new_store(folder.path());
        for rebuild in [false, true] {
            let soundness = check(&db, &Environment::system(), rebuild).unwrap();
            assert!(soundness.is_sound(), "{soundness}");
            assert_eq!(soundness.exit_code(), 0);
            assert!(soundness.to_string().ends_with("nothing is wrong\n"));
        }
    }

    #[test]
    fn a_store_that_is_not_there_is_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let db = folder.path().join("heph.db");
        let error = check(&db, &Environment::system(), false).unwrap_err();
        assert!(error.to_string().starts_with("there is no store at "), "{error}");
        assert!(!db.exists());
    }

    #[test]
    fn a_store_that_is_served_is_left_to_its_daemon() {
        let folder = tempfile::tempdir().unwrap();
        let db = new_store(folder.path());
        let _served = Lock::acquire(&db).unwrap();
        let error = check(&db, &Environment::system(), true).unwrap_err();
        assert!(matches!(error, StartError::Lock(LockError::Held { .. })), "{error}");
    }

    #[test]
    fn problems_are_listed_with_what_to_do() {
        let report = CheckReport { nodes: 2, operations: 5, problems: vec!["row 1 is wrong".to_owned()] };
        let mut soundness = Soundness::of_store(Path::new("/x/heph.db"), report, false);
        assert_eq!(
            soundness.to_string(),
            "/x/heph.db: 2 nodes, 5 operations\n- row 1 is wrong\nmake the rows anew from the log: hephd check \
             --rebuild\n"
        );
        assert_eq!(soundness.exit_code(), 1);
        soundness.kind = Kind::Rebuilt;
        assert!(soundness.to_string().ends_with("restore a backup: heph store restore\n"));
    }
}
