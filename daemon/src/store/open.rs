//! Opens a store: makes, refuses, migrates.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use sqlx::{ConnectOptions as _, Connection as _};

use super::database::{Database, connection, writing_connection};
use super::error::StoreError;
use super::facts_due::write_due_facts;
use super::identity::{Identity, settle_identity};
use super::migrate::{FORMAT, Family, MIGRATIONS, STORE, inspect, migrate};
use super::writer::Writer;
use crate::environment::Environment;

/// Opens the store at `path`, or makes one there, in a folder of its own 0700 and a file 0600.
///
/// The caller holds the lock that keeps other processes out. A store of an older format is backed up and migrated.
///
/// # Errors
/// [`StoreError::Newer`] and [`StoreError::NotAStore`], the file being left as it is; [`StoreError::NoRoom`] when the
/// backup before a migration does not fit.
pub async fn open(
    path: &Path,
    environment: &Environment,
) -> Result<(Database, Writer, Identity), StoreError> {
    open_with(path, environment, MIGRATIONS).await
}

pub(super) async fn open_with(
    path: &Path,
    environment: &Environment,
    migrations: &[&str],
) -> Result<(Database, Writer, Identity), StoreError> {
    let path = &std::path::absolute(path)?;
    if path.try_exists()? {
        refuse_foreign(path, STORE, migrations.len() as u32).await?;
    } else {
        make_folder(path.parent().unwrap_or(Path::new("/")))?;
        make_file(path)?;
    }
    let options = writing_connection(path);
    let mut connection = options.connect().await?;
    migrate(&mut connection, path, STORE, migrations).await?;
    write_due_facts(&mut connection).await?;
    let identity = settle_identity(&mut connection, path, environment).await?;
    tracing::info!(format = FORMAT, revision = identity.revision, device = %identity.device, "store opened");
    Ok((Database::new(path), Writer::new(options, connection), identity))
}

/// Looks at a file before anything is written to it.
pub(super) async fn refuse_foreign(path: &Path, family: Family, known: u32) -> Result<(), StoreError> {
    let mut connection = connection(path).read_only(true).connect().await?;
    let found = inspect(&mut connection, family, known).await;
    connection.close().await?;
    found.map(drop)
}

/// Makes a folder and those above it that are missing, for their owner alone.
pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes an empty file for its owner alone; SQLite gives the files beside it the same mode.
pub(super) fn make_file(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map(drop)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use sqlx::AssertSqlSafe;

    use super::*;
    use crate::store::check;
    use crate::store::migrate::backup_folder;
    use crate::store::testing::{TestStore, environment, node_id};

    const NEXT: &str = "ALTER TABLE alias ADD COLUMN note TEXT";

    fn and_then(next: &'static str) -> Vec<&'static str> {
        MIGRATIONS.iter().copied().chain([next]).collect()
    }

    async fn execute(path: &Path, sql: &str) {
        let mut connection = connection(path).create_if_missing(true).connect().await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    async fn error_of(path: &Path) -> StoreError {
        open(path, &environment(2)).await.map(drop).unwrap_err()
    }

    #[tokio::test]
    async fn a_new_store_is_for_its_owner_alone() {
        let store = TestStore::new().await;
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(store.path.parent().unwrap()), 0o700);
        assert_eq!(mode(&store.path), 0o600);
        assert_eq!(mode(&super::super::database::wal_path(&store.path)), 0o600);
        assert_eq!(store.identity.revision, 0);
    }

    #[tokio::test]
    async fn a_store_opened_again_goes_on_where_it_was() {
        let mut store = TestStore::new().await;
        store.log.txn("add");
        store.log.set(node_id(1), &[("title", "x".into())]);
        let batch = store.commit().await;
        let was = store.identity;
        let (_folder, path, _) = store.close().await;
        let (.., now) = open(&path, &environment(2)).await.unwrap();
        assert_eq!(
            (now.store_id, now.device, now.revision, now.clock),
            (was.store_id, was.device, 1, batch.clock)
        );
    }

    #[tokio::test]
    async fn a_copied_store_is_another_device() {
        let store = TestStore::new().await;
        let was = store.identity;
        let (folder, path, _) = store.close().await;
        let copy = folder.path().join("copy.db");
        std::fs::copy(&path, &copy).unwrap();
        let (_, writer, now) = open(&copy, &environment(2)).await.unwrap();
        assert_eq!(now.store_id, was.store_id);
        assert_ne!(now.device, was.device);
        writer.close().await.unwrap();
        let (.., again) = open(&copy, &environment(3)).await.unwrap();
        assert_eq!(again.device, now.device);
    }

    #[tokio::test]
    async fn what_is_no_store_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("text");
        std::fs::write(&text, "Dear diary, ".repeat(100)).unwrap();
        assert!(matches!(error_of(&text).await, StoreError::NotAStore));
        let foreign = folder.path().join("foreign.db");
        execute(&foreign, "CREATE TABLE diary (line TEXT)").await;
        let before = std::fs::read(&foreign).unwrap();
        assert!(matches!(error_of(&foreign).await, StoreError::NotAStore));
        assert_eq!(std::fs::read(&foreign).unwrap(), before);
    }

    #[tokio::test]
    async fn a_newer_store_is_left_as_it_is() {
        let (_folder, path, _) = TestStore::new().await.close().await;
        execute(&path, &format!("PRAGMA user_version = {}", FORMAT + 1)).await;
        let before = std::fs::read(&path).unwrap();
        let error = error_of(&path).await;
        let is_newer = matches!(error, StoreError::Newer { found, known: FORMAT } if found == FORMAT + 1);
        assert!(is_newer, "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[tokio::test]
    async fn a_file_left_empty_by_a_kill_becomes_a_store() {
        let folder = tempfile::tempdir().unwrap();
        for (name, sql) in [("empty.db", ""), ("wal.db", "PRAGMA journal_mode = WAL")] {
            let path = folder.path().join(name);
            make_file(&path).unwrap();
            if !sql.is_empty() {
                execute(&path, sql).await;
            }
            let (database, ..) = open(&path, &environment(2)).await.unwrap();
            assert_eq!(database.counts().await.unwrap().nodes, 0);
        }
    }

    #[tokio::test]
    async fn a_migration_backs_up_first_and_keeps_three() {
        let mut store = TestStore::new().await;
        store.log.txn("add");
        store.log.set(node_id(1), &[("title", "x".into())]);
        store.commit().await;
        let (_folder, path, _) = store.close().await;
        let backups = backup_folder(&path);
        make_folder(&backups).unwrap();
        for name in ["before-format-0001.db", "before-format-0001.db-1", "before-format-0001.db-2"] {
            std::fs::write(backups.join(name), "old").unwrap();
        }
        std::fs::write(backups.join("mine.db"), "kept").unwrap();

        let migrations = and_then(NEXT);
        let newest = format!("before-format-{:04}.db", FORMAT + 1);
        let (database, writer, _) = open_with(&path, &environment(2), &migrations).await.unwrap();
        assert_eq!(database.nodes(&[node_id(1)]).await.unwrap().len(), 1);
        assert_eq!(check(&database).await.unwrap().problems, Vec::<String>::new());
        let mut names: Vec<_> = std::fs::read_dir(&backups)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort_unstable();
        assert_eq!(names, ["before-format-0001.db-1", "before-format-0001.db-2", &newest, "mine.db"]);
        let backup = crate::store::verify_file(&backups.join(&names[2])).await.unwrap();
        assert_eq!((backup.format, backup.nodes, backup.revision), (FORMAT, 1, 1));
        writer.close().await.unwrap();
        database.close().await;

        let error = error_of(&path).await;
        assert!(
            matches!(error, StoreError::Newer { found, known: FORMAT } if found == FORMAT + 1),
            "{error}"
        );
        let (.., identity) = open_with(&path, &environment(2), &migrations).await.unwrap();
        assert_eq!(identity.revision, 1);
        assert_eq!(std::fs::read_dir(&backups).unwrap().count(), 4);
    }

    #[tokio::test]
    async fn a_failing_migration_changes_nothing() {
        let (_folder, path, _) = TestStore::new().await.close().await;
        let broken = and_then("ALTER TABLE alias ADD COLUMN note TEXT; SELECT * FROM nowhere");
        assert!(open_with(&path, &environment(2), &broken).await.is_err());
        let (database, ..) = open_with(&path, &environment(2), &and_then(NEXT)).await.unwrap();
        assert_eq!(database.counts().await.unwrap().nodes, 0);
    }
}
