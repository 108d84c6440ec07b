//! The readers of a store.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteSynchronous};

/// Readers at once; more would share the same two or four cores.
const READERS: u32 = 4;

/// How long a read waits for a reader before the store counts as busy.
const READER_DEADLINE: Duration = Duration::from_secs(30);

/// How long a statement waits for another process's lock.
const LOCK_DEADLINE: Duration = Duration::from_secs(5);

/// Page caches, as negative KiB. A rename of a page with a thousand backlinks touches some five thousand pages: with
/// SQLite's default of 2 MB they would be spilled to the log and read back in the middle of their transaction.
const READER_CACHE: &str = "-8192";
const WRITER_CACHE: &str = "-32768";

/// Reads a store, on a few connections that cannot write. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Database {
    pub(super) readers: SqlitePool,
    path: Arc<Path>,
}

impl Database {
    /// Connects on first use.
    pub(super) fn new(path: &Path) -> Self {
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(READER_DEADLINE)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with(connection(path).pragma("query_only", "ON"));
        Self { readers, path: path.into() }
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Closes all readers, after what they are doing.
    pub async fn close(&self) {
        self.readers.close().await;
    }

    /// Bytes of the database file and its write-ahead log.
    pub fn bytes(&self) -> u64 {
        let size = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
        size(&self.path) + size(&wal_path(&self.path))
    }
}

/// Options every connection to a store has.
pub(super) fn connection(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(LOCK_DEADLINE)
        .foreign_keys(false)
        .pragma("cache_size", READER_CACHE)
}

/// Options of a connection that writes: what it committed is on disk.
pub(super) fn writing_connection(path: &Path) -> SqliteConnectOptions {
    connection(path)
        .pragma("journal_mode", "WAL")
        .synchronous(SqliteSynchronous::Full)
        // The log is copied into the file after the answers ([`super::Writer::checkpoint_when_due`]); this is the brake.
        .pragma("wal_autocheckpoint", "16000")
        .pragma("journal_size_limit", "67108864")
        .pragma("cache_size", WRITER_CACHE)
        // A statement of many rows keeps what it overwrites until it is done: in memory, not in a file.
        .pragma("temp_store", "MEMORY")
        .statement_cache_capacity(200)
}

/// The write-ahead log of a database file.
pub(super) fn wal_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}
