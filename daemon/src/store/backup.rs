//! Consistent copies of a store, and whether a file is one.

use std::path::Path;

use sqlx::{ConnectOptions as _, Connection as _, Row as _};

use super::database::{Database, connection, wal_path};
use super::error::StoreError;
use super::migrate::{FORMAT, Found, STORE, inspect};
use super::open::make_file;
use crate::domain::id::StoreId;

/// Free space a copy leaves.
const MARGIN: u64 = 16 << 20;

/// Problems a damaged file is described by.
const MAX_PROBLEMS: i64 = 20;

/// A file that is a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreFile {
    /// Its format.
    pub format: u32,
    /// Its id.
    pub store_id: StoreId,
    /// Its newest revision.
    pub revision: u64,
    /// How many nodes it has.
    pub nodes: u64,
}

impl Database {
    /// Writes a consistent copy of the store to a file that does not exist yet, 0600, and answers its size in bytes.
    ///
    /// Writers go on meanwhile.
    ///
    /// # Errors
    /// [`StoreError::NoRoom`], [`StoreError::Full`], [`StoreError::Io`]; no file is left then.
    pub async fn backup_to(&self, path: &Path) -> Result<u64, StoreError> {
        copy_into(self.path(), path).await
    }
}

/// Copies a store as it is at this moment.
pub(super) async fn copy_into(from: &Path, to: &Path) -> Result<u64, StoreError> {
    let to = &std::path::absolute(to)?;
    make_file(to)?;
    let copied = vacuum_into(from, to).await;
    if copied.is_err() {
        std::fs::remove_file(to)?;
    }
    copied
}

async fn vacuum_into(from: &Path, to: &Path) -> Result<u64, StoreError> {
    check_room(from, to)?;
    let name = to.to_str().ok_or_else(|| {
        std::io::Error::new(std::io::ErrorKind::InvalidFilename, "the name of a backup has to be UTF-8")
    })?;
    // Not one of the readers: they are `query_only`, which forbids this too.
    let mut connection = connection(from).connect().await?;
    let copied = sqlx::query("VACUUM INTO ?").bind(name).execute(&mut connection).await;
    connection.close().await?;
    copied?;
    let file = std::fs::File::open(to)?;
    file.sync_all()?;
    if let Some(folder) = to.parent() {
        std::fs::File::open(folder)?.sync_all()?;
    }
    Ok(file.metadata()?.len())
}

fn check_room(from: &Path, to: &Path) -> Result<(), StoreError> {
    let wal = std::fs::metadata(wal_path(from)).map_or(0, |file| file.len());
    let needed = std::fs::metadata(from)?.len() + wal + MARGIN;
    let disk = rustix::fs::statvfs(to).map_err(std::io::Error::from)?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free < needed { Err(StoreError::NoRoom { needed, free }) } else { Ok(()) }
}

/// Checks that a file is a whole store that this version can open; changes nothing.
///
/// # Errors
/// [`StoreError::NotAStore`], [`StoreError::Newer`], [`StoreError::Corrupt`] with what is wrong, [`StoreError::Io`]
/// when there is no such file.
pub async fn verify_file(path: &Path) -> Result<StoreFile, StoreError> {
    std::fs::metadata(path)?;
    let mut connection = connection(path).read_only(true).connect().await?;
    let verified = verify(&mut connection).await;
    connection.close().await?;
    verified
}

async fn verify(connection: &mut sqlx::SqliteConnection) -> Result<StoreFile, StoreError> {
    let Found::Store(format) = inspect(connection, STORE, FORMAT).await? else {
        return Err(StoreError::NotAStore);
    };
    let problems = integrity_problems(connection).await?;
    if let Some(first) = problems.first() {
        return Err(StoreError::Corrupt(first.clone()));
    }
    const FACTS: &str = "SELECT (SELECT store_id FROM meta) AS store_id, (SELECT max(rev) FROM txn) AS revision, \
        (SELECT count(*) FROM node) AS nodes";
    let row = sqlx::query(FACTS).fetch_one(connection).await?;
    Ok(StoreFile {
        format,
        store_id: StoreId::from_slice(row.try_get("store_id")?)
            .map_err(|_| StoreError::malformed("the identity of the store"))?,
        revision: row.try_get::<Option<i64>, _>("revision")?.unwrap_or_default() as u64,
        nodes: row.try_get::<i64, _>("nodes")? as u64,
    })
}

/// What SQLite finds wrong with the file.
pub(super) async fn integrity_problems(
    connection: &mut sqlx::SqliteConnection,
) -> Result<Vec<String>, StoreError> {
    let found: Vec<String> = sqlx::query_scalar("SELECT integrity_check FROM pragma_integrity_check LIMIT ?")
        .bind(MAX_PROBLEMS)
        .fetch_all(connection)
        .await?;
    Ok(found.into_iter().filter(|line| line != "ok").collect())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::store::testing::{TestStore, environment, node_id};
    use crate::store::{check, open};

    #[tokio::test]
    async fn a_backup_is_a_store_as_it_was() {
        let mut store = TestStore::new().await;
        store.log.txn("add");
        store.log.set(node_id(1), &[("title", "x".into())]);
        store.commit().await;
        let backup = store.folder.path().join("a ' backup.db");
        let bytes = store.database.backup_to(&backup).await.unwrap();
        store.log.txn("add");
        store.log.set(node_id(2), &[("title", "later".into())]);
        store.commit().await;

        let metadata = std::fs::metadata(&backup).unwrap();
        assert_eq!((metadata.len(), metadata.permissions().mode() & 0o777), (bytes, 0o600));
        let expected = StoreFile { format: FORMAT, store_id: store.identity.store_id, revision: 1, nodes: 1 };
        assert_eq!(verify_file(&backup).await.unwrap(), expected);
        let (database, _, identity) = open(&backup, &environment(2)).await.unwrap();
        assert_eq!((identity.store_id, identity.revision), (store.identity.store_id, 1));
        assert_ne!(identity.device, store.identity.device);
        assert_eq!(check(&database).await.unwrap().problems, Vec::<String>::new());
        assert_eq!(database.nodes(&[node_id(1), node_id(2)]).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn a_backup_overwrites_nothing() {
        let store = TestStore::new().await;
        let other = store.folder.path().join("letter.txt");
        std::fs::write(&other, "Dear").unwrap();
        assert!(matches!(store.database.backup_to(&other).await, Err(StoreError::Io(_))));
        assert!(matches!(store.database.backup_to(&store.path).await, Err(StoreError::Io(_))));
        assert_eq!(std::fs::read_to_string(&other).unwrap(), "Dear");
    }

    #[tokio::test]
    async fn files_that_are_no_whole_store_are_told_apart() {
        let store = TestStore::new().await;
        let (folder, path, _) = store.close().await;
        assert!(matches!(verify_file(&folder.path().join("missing.db")).await, Err(StoreError::Io(_))));
        let file = folder.path().join("file.db");
        std::fs::write(&file, "").unwrap();
        assert!(matches!(verify_file(&file).await, Err(StoreError::NotAStore)));
        std::fs::write(&file, "Dear diary, ".repeat(500)).unwrap();
        assert!(matches!(verify_file(&file).await, Err(StoreError::NotAStore)));
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle - 4096..middle + 4096].fill(0xa5);
        std::fs::write(&file, &bytes).unwrap();
        assert!(matches!(verify_file(&file).await, Err(StoreError::Corrupt(_))));
        assert_eq!(verify_file(&path).await.unwrap().nodes, 0);
    }
}
