//! Opens the hub's database: makes, refuses, migrates.

use std::path::Path;

use sqlx::sqlite::SqliteConnection;
use sqlx::{ConnectOptions as _, Row as _};

use crate::environment::Environment;
use crate::store::database::{Database, writing_connection};
use crate::store::identity::Place;
use crate::store::migrate::{HUB, migrate};
use crate::store::open::{make_file, make_folder, refuse_foreign};
use crate::store::{StoreError, Writer};

/// The migrations, in order; the first makes an empty database.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("../../../migrations/hub/0001_hub.sql"),
    include_str!("../../../migrations/hub/0003_snapshots.sql"),
];

/// Opens the database at a path, or makes one there, 0600 in a folder 0700.
///
/// The caller holds the lock that keeps other processes out.
pub(super) async fn open(path: &Path, environment: &Environment) -> Result<(Database, Writer), StoreError> {
    let path = &std::path::absolute(path)?;
    if path.try_exists()? {
        refuse_foreign(path, HUB, MIGRATIONS.len() as u32).await?;
    } else {
        make_folder(path.parent().unwrap_or(Path::new("/")))?;
        make_file(path)?;
    }
    let options = writing_connection(path);
    let mut connection = options.connect().await?;
    migrate(&mut connection, path, HUB, MIGRATIONS).await?;
    settle_place(&mut connection, path, environment).await?;
    Ok((Database::new(path), Writer::new(options, connection)))
}

/// The epoch of what begins now. Seconds, so that a database that was lost or restored twice has none that was used.
pub(super) fn epoch_now(environment: &Environment) -> i64 {
    environment.clock.now().as_second().max(1)
}

/// Gives all accounts another epoch when the database was restored or copied: spokes may have read further than it is.
async fn settle_place(
    connection: &mut SqliteConnection,
    path: &Path,
    environment: &Environment,
) -> Result<(), StoreError> {
    let place = Place::of(path)?;
    let was = sqlx::query("SELECT machine, inode FROM place").fetch_optional(&mut *connection).await?;
    let was = was.map(|row| {
        Ok::<_, StoreError>(Place { machine: row.try_get("machine")?, inode: row.try_get("inode")? })
    });
    let was = was.transpose()?;
    if was.as_ref() == Some(&place) {
        return Ok(());
    }
    if was.is_some() {
        tracing::warn!("the hub's database was restored or copied: its accounts get another epoch");
    }
    const SETTLE: &str = "BEGIN IMMEDIATE; UPDATE account SET epoch = max(epoch + 1, ?); \
        INSERT OR REPLACE INTO place (one, machine, inode) VALUES (1, ?, ?); COMMIT";
    sqlx::query(SETTLE)
        .bind(epoch_now(environment))
        .bind(place.machine.as_slice())
        .bind(place.inode)
        .execute(connection)
        .await?;
    Ok(())
}
