//! Puts another database in the place of the one there.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sqlx::{ConnectOptions as _, Connection as _};

use super::backup::copy_into;
use super::database::connection;
use super::error::StoreError;
use super::identity::Place;
use super::migrate::{Family, Found, HUB, STORE, backup_of, inspect};

/// Copies a database as it is at this moment, its log included.
///
/// # Errors
/// [`StoreError::NoRoom`] when it does not fit.
pub async fn copy(from: &Path, to: &Path) -> Result<u64, StoreError> {
    copy_into(from, to).await
}

/// The format of a store or of a hub's database; changes nothing.
///
/// # Errors
/// [`StoreError::NotAStore`]
pub async fn format_of(path: &Path) -> Result<u32, StoreError> {
    found_in(path).await.map(|(_, format)| format)
}

/// Puts back what a database was before it was migrated beyond a format; nothing where it was not.
///
/// The migration itself made the copy that is put back, when it left that format: it is as new as the migration. It stays
/// the same device, since nothing was written or sent after it. Safe to begin again after a crash.
///
/// # Errors
/// [`StoreError`]; the database is as it was, or the next attempt finishes.
pub async fn return_to_format(path: &Path, format: u32) -> Result<(), StoreError> {
    finish_restore(path)?;
    let (family, found) = found_in(path).await?;
    if found <= format {
        return Ok(());
    }
    let backup = backup_of(path, family, format);
    let (of, was) = found_in(&backup).await?;
    if of != family || was != format {
        return Err(StoreError::malformed("the copy from before the migration"));
    }
    let partial = beside(path, "restore.partial");
    match std::fs::remove_file(&partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    copy_into(&backup, &partial).await?;
    settle_in(&partial, family).await?;
    std::fs::rename(&partial, beside(path, "restore"))?;
    sync_folder(path)?;
    finish_restore(path)
}

async fn found_in(path: &Path) -> Result<(Family, u32), StoreError> {
    std::fs::metadata(path)?;
    let mut connection = connection(path).read_only(true).connect().await?;
    let mut result = Err(StoreError::NotAStore);
    for family in [STORE, HUB] {
        match inspect(&mut connection, family, u32::MAX).await {
            Ok(Found::Store(format)) => result = Ok((family, format)),
            Ok(Found::Empty) => result = Ok((family, 0)),
            Err(StoreError::NotAStore) => {}
            Err(error) => result = Err(error),
        }
    }
    connection.close().await?;
    result
}

/// Makes a copy believe that it lies where it belongs. A rename keeps what it is told from a copy by.
async fn settle_in(path: &Path, family: Family) -> Result<(), StoreError> {
    let place = Place::of(path)?;
    let mut connection = connection(path).connect().await?;
    let statement = match family {
        HUB => "UPDATE place SET machine = ?, inode = ?",
        _ => "UPDATE meta SET machine = ?, inode = ?",
    };
    let settled = sqlx::query(statement)
        .bind(place.machine.as_slice())
        .bind(place.inode)
        .execute(&mut connection)
        .await;
    connection.close().await?;
    settled?;
    File::open(path)?.sync_all()?;
    Ok(())
}

/// Puts a restored store in the place of the one there, which is kept; done before the store is opened, so that a
/// crash at any point is made good at the next start.
///
/// # Errors
/// [`StoreError::Io`]
pub fn finish_restore(db: &Path) -> Result<(), StoreError> {
    let waiting = beside(db, "restore");
    if !waiting.try_exists()? {
        return Ok(());
    }
    let kept = kept_name(db, &waiting)?;
    if let Some(folder) = kept.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // The write-ahead log goes before its database: one that stayed would be read into the restored store.
    for suffix in ["-wal", "-shm", ""] {
        let (from, to) = (with_suffix(db, suffix), with_suffix(&kept, suffix));
        if from.try_exists()? {
            std::fs::rename(from, to)?;
        }
    }
    std::fs::rename(&waiting, db)?;
    sync_folder(db)?;
    tracing::info!(kept_as = %kept.display(), "the restored store is in place");
    Ok(())
}

/// Where the store from before a restore is kept: named after when the restored one came.
///
/// # Errors
/// [`io::Error`]
pub fn kept_name(db: &Path, waiting: &Path) -> io::Result<PathBuf> {
    let came = std::fs::metadata(waiting)?.modified()?;
    let seconds = came.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let folder = db.parent().unwrap_or(Path::new("")).join("backups");
    Ok(folder.join(format!("before-restore-{seconds}.db")))
}

/// The file of a suffix beside a database.
pub fn beside(db: &Path, suffix: &str) -> PathBuf {
    with_suffix(db, &format!(".{suffix}"))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Sees to it that what was renamed in the folder of a file is on the disk.
///
/// # Errors
/// [`io::Error`]
pub fn sync_folder(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::migrate::{FORMAT, MIGRATIONS};
    use crate::store::open::open_with;
    use crate::store::testing::{TestStore, environment, node_id};
    use crate::store::{check, open};

    #[tokio::test]
    async fn a_migration_is_taken_back_and_the_device_stays() {
        let mut store = TestStore::new().await;
        store.log.txn("add");
        store.log.set(node_id(1), &[("title", "x".into())]);
        store.commit().await;
        let was = store.identity;
        let (_folder, path, _) = store.close().await;
        return_to_format(&path, FORMAT).await.unwrap();
        assert_eq!(format_of(&path).await.unwrap(), FORMAT, "what was not migrated is left as it is");

        let next = "ALTER TABLE alias ADD COLUMN note TEXT";
        let and_more: Vec<&str> =
            MIGRATIONS.iter().copied().chain([next, "ALTER TABLE alias ADD COLUMN more TEXT"]).collect();
        for _ in 0..2 {
            let (database, writer, _) = open_with(&path, &environment(2), &and_more).await.unwrap();
            writer.close().await.unwrap();
            database.close().await;
            assert_eq!(format_of(&path).await.unwrap(), FORMAT + 2);
            return_to_format(&path, FORMAT).await.unwrap();
            let (database, writer, now) = open(&path, &environment(3)).await.unwrap();
            assert_eq!((now.store_id, now.device, now.revision), (was.store_id, was.device, 1));
            assert_eq!(database.nodes(&[node_id(1)]).await.unwrap().len(), 1);
            assert_eq!(check(&database).await.unwrap().problems, Vec::<String>::new());
            writer.close().await.unwrap();
            database.close().await;
        }
    }

    #[tokio::test]
    async fn without_the_copy_from_before_nothing_is_touched() {
        let (_folder, path, _) = TestStore::new().await.close().await;
        let next = "ALTER TABLE alias ADD COLUMN note TEXT";
        let and_more: Vec<&str> = MIGRATIONS.iter().copied().chain([next]).collect();
        let (database, writer, _) = open_with(&path, &environment(2), &and_more).await.unwrap();
        writer.close().await.unwrap();
        database.close().await;
        std::fs::remove_dir_all(path.with_file_name("backups")).unwrap();
        assert!(return_to_format(&path, FORMAT).await.is_err());
        assert_eq!(format_of(&path).await.unwrap(), FORMAT + 1);
    }

    #[test]
    fn a_restore_is_finished_after_a_crash_at_any_step() {
        for crash_after in 0..4 {
            let folder = tempfile::tempdir().unwrap();
            let db = folder.path().join("heph.db");
            for (path, text) in
                [(db.clone(), "old"), (with_suffix(&db, "-wal"), "old wal"), (beside(&db, "restore"), "new")]
            {
                std::fs::write(path, text).unwrap();
            }
            let kept = kept_name(&db, &beside(&db, "restore")).unwrap();
            std::fs::create_dir_all(kept.parent().unwrap()).unwrap();
            for suffix in ["-wal", "-shm", ""].into_iter().take(crash_after) {
                let _ = std::fs::rename(with_suffix(&db, suffix), with_suffix(&kept, suffix));
            }
            finish_restore(&db).unwrap();
            assert_eq!(std::fs::read_to_string(&db).unwrap(), "new");
            assert_eq!(std::fs::read_to_string(&kept).unwrap(), "old");
            assert_eq!(std::fs::read_to_string(with_suffix(&kept, "-wal")).unwrap(), "old wal");
            assert!(!with_suffix(&db, "-wal").exists());
            finish_restore(&db).unwrap();
        }
    }
}
