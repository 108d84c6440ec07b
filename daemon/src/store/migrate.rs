//! Formats of the store: what this version knows, and how an older store becomes new.
//!
//! A migration that landed is never edited, only followed by another.

use std::io;
use std::path::{Path, PathBuf};

use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqliteConnection;

use super::backup::copy_into;
use super::error::StoreError;

/// The migrations, in order; the first makes an empty store.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/0001_store.sql"),
    include_str!("../../migrations/0002_facts.sql"),
    include_str!("../../migrations/0003_search.sql"),
    include_str!("../../migrations/0004_search_letters.sql"),
    include_str!("../../migrations/0005_sync.sql"),
    include_str!("../../migrations/0006_reminders.sql"),
    include_str!("../../migrations/0007_local.sql"),
];

/// The format this version writes: how many migrations a store has seen. Kept in SQLite's `user_version`.
pub const FORMAT: u32 = MIGRATIONS.len() as u32;

/// A kind of database, with what tells it from the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Family {
    /// SQLite's `application_id`.
    application: u32,
    /// Begins the name of a backup from before a migration; the format follows.
    backup_prefix: &'static str,
}

/// A person's store; its application is `heph`.
pub(super) const STORE: Family = Family { application: 0x6865_7068, backup_prefix: "before-format-" };

/// What a hub keeps; its application is `hhub`.
pub(super) const HUB: Family = Family { application: 0x6868_7562, backup_prefix: "hub-before-format-" };

/// Backups kept of the times before a migration.
const BACKUPS: usize = 3;

/// What a database file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// A database without anything in it.
    Empty,
    /// A store of a format this version can read or migrate.
    Store(u32),
}

/// Tells what a database is, changing nothing.
pub(super) async fn inspect(
    connection: &mut SqliteConnection,
    family: Family,
    known: u32,
) -> Result<Found, StoreError> {
    let application: u32 = sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut *connection).await?;
    let format: u32 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *connection).await?;
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(connection).await?;
    match (application, tables) {
        (0, 0) if format == 0 => Ok(Found::Empty),
        (application, _) if application != family.application => Err(StoreError::NotAStore),
        _ if format > known => Err(StoreError::Newer { found: format, known }),
        _ => Ok(Found::Store(format)),
    }
}

/// Brings a database to the format after the last of `migrations`; a store that has data is copied first.
pub(super) async fn migrate(
    connection: &mut SqliteConnection,
    path: &Path,
    family: Family,
    migrations: &[&str],
) -> Result<(), StoreError> {
    let Family { application, backup_prefix } = family;
    let format = match inspect(connection, family, migrations.len() as u32).await? {
        Found::Empty => 0,
        Found::Store(format) => format,
    };
    if (1..migrations.len() as u32).contains(&format) {
        back_up(path, backup_prefix, format).await?;
    }
    for (place, migration) in migrations.iter().enumerate().skip(format as usize) {
        let format = place + 1;
        tracing::info!(format, "migrating the store");
        let sql = format!(
            "BEGIN IMMEDIATE; {migration}; PRAGMA application_id = {application}; PRAGMA user_version = {format}; COMMIT"
        );
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Copies the store to `backups/before-format-NNNN.db`; a copy from an attempt that failed is replaced.
async fn back_up(path: &Path, prefix: &str, format: u32) -> Result<(), StoreError> {
    let folder = backup_folder(path);
    super::open::make_folder(&folder)?;
    let name = backup_name(prefix, format);
    let partial = folder.join(format!("{name}.partial"));
    match std::fs::remove_file(&partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let bytes = copy_into(path, &partial).await?;
    std::fs::rename(&partial, folder.join(&name))?;
    tracing::info!(name, bytes, "backed the store up before its migration");
    let is_backup = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(prefix.as_bytes()))
    };
    let mut backups: Vec<PathBuf> =
        std::fs::read_dir(&folder)?.filter_map(|entry| Some(entry.ok()?.path())).filter(is_backup).collect();
    backups.sort_unstable();
    for old in backups.iter().rev().skip(BACKUPS) {
        std::fs::remove_file(old)?;
    }
    Ok(())
}

/// Name of the copy of a database that was of a format.
fn backup_name(prefix: &str, format: u32) -> String {
    format!("{prefix}{:04}.db", format + 1)
}

/// The copy that was made when a database left a format.
pub(super) fn backup_of(path: &Path, family: Family, format: u32) -> PathBuf {
    backup_folder(path).join(backup_name(family.backup_prefix, format))
}

/// Where the backups before migrations are: `backups` beside the database.
pub(super) fn backup_folder(path: &Path) -> PathBuf {
    path.with_file_name("backups")
}
