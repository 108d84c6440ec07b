//! `hephd check`: verifies a store that no daemon serves, and makes its rows anew.

use std::fmt;
use std::path::{Path, PathBuf};

use super::StartError;
use crate::actors::listener::lock::Lock;
use crate::environment::Environment;
use crate::store::{self, CheckReport, StoreError};

/// What a check found, in sentences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Soundness {
    db: PathBuf,
    is_rebuilt: bool,
    report: CheckReport,
}

impl Soundness {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.report.problems.is_empty()
    }

    /// The process's exit code: 0 when nothing is wrong, else 1.
    pub fn exit_code(&self) -> u8 {
        if self.is_sound() { 0 } else { 1 }
    }
}

impl fmt::Display for Soundness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CheckReport { nodes, operations, problems } = &self.report;
        writeln!(f, "{}: {nodes} nodes, {operations} operations", self.db.display())?;
        if self.is_rebuilt {
            writeln!(f, "the rows were made anew from the log")?;
        }
        for problem in problems {
            writeln!(f, "- {problem}")?;
        }
        match (problems.len(), self.is_rebuilt) {
            (0, _) => writeln!(f, "nothing is wrong"),
            (_, false) => writeln!(f, "make the rows anew from the log: hephd check --rebuild"),
            (_, true) => {
                writeln!(f, "what is left is in the log itself; restore a backup: heph store restore")
            }
        }
    }
}

/// Checks the store at a path, after making its rows anew if `rebuild`. Blocks the thread.
///
/// # Errors
/// [`StartError`] when there is no store, a daemon has it open, or it cannot be read.
pub fn check(db: &Path, environment: &Environment, rebuild: bool) -> Result<Soundness, StartError> {
    if !db.exists() {
        let missing = format!("there is no store at {}; name another one with --db", db.display());
        return Err(StartError::store(missing, 1));
    }
    let _lock = Lock::acquire(db)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let report = runtime.map_err(StartError::Runtime)?.block_on(report(db, environment, rebuild))?;
    Ok(Soundness { db: db.to_owned(), is_rebuilt: rebuild, report })
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
        let mut soundness = Soundness { db: "/x/heph.db".into(), is_rebuilt: false, report };
        assert_eq!(
            soundness.to_string(),
            "/x/heph.db: 2 nodes, 5 operations\n- row 1 is wrong\nmake the rows anew from the log: hephd check \
             --rebuild\n"
        );
        assert_eq!(soundness.exit_code(), 1);
        soundness.is_rebuilt = true;
        assert!(soundness.to_string().ends_with("restore a backup: heph store restore\n"));
    }
}
