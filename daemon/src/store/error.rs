//! What can go wrong with the store.

use std::io;

use sqlx::error::DatabaseError;

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process holds the database, or every reader is taken.
    #[error("the store is busy; try again in a moment")]
    Busy,
    /// The disk is full. Nothing of the change was written.
    #[error("the disk is full; free some space and try again")]
    Full,
    /// A backup does not fit on the disk.
    #[error("a backup needs {needed} bytes and {free} are free; free some space and try again")]
    NoRoom {
        /// Bytes needed.
        needed: u64,
        /// Bytes free.
        free: u64,
    },
    /// A later version of heph wrote it.
    #[error("the store has format {found}, this hephd knows {known}; upgrade hephd")]
    Newer {
        /// Format of the store.
        found: u32,
        /// Latest format this version knows.
        known: u32,
    },
    /// The file is something else.
    #[error("the file is not a heph store; name another with --db")]
    NotAStore,
    /// The store cannot be read.
    #[error("the store is damaged: {0}; stop hephd and run hephd check")]
    Corrupt(String),
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// A file could not be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Anything else SQLite answers.
    #[error("the database refused: {0}")]
    Sql(sqlx::Error),
}

/// Primary result codes of SQLite (sqlite.org/rescode.html).
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const CONSTRAINT: i32 = 19;
const NOT_A_DATABASE: i32 = 26;

/// The shared memory of the write-ahead log could not grow, which a full disk is the reason of.
const SHARED_MEMORY_SIZE: i32 = 4874;

impl StoreError {
    /// Whether the same request may succeed later, nothing of it having been written.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Busy | Self::Full | Self::NoRoom { .. })
    }

    /// Whether a row contradicts another, so that the rest of its batch may be tried without it.
    pub fn is_constraint(&self) -> bool {
        matches!(self, Self::Sql(sqlx::Error::Database(error)) if primary_code(&**error) == CONSTRAINT)
    }

    /// A row that cannot be what this store wrote.
    pub(super) fn malformed(what: impl std::fmt::Display) -> Self {
        Self::Corrupt(format!("{what} cannot be read"))
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => match primary_code(&*error) {
                BUSY | LOCKED => Self::Busy,
                FULL => Self::Full,
                CORRUPT => Self::Corrupt(error.message().to_owned()),
                NOT_A_DATABASE => Self::NotAStore,
                _ if extended_code(&*error) == SHARED_MEMORY_SIZE => Self::Full,
                _ => Self::Sql(sqlx::Error::Database(error)),
            },
            sqlx::Error::PoolTimedOut => Self::Busy,
            sqlx::Error::PoolClosed => Self::Closed,
            sqlx::Error::Io(error) => Self::Io(error),
            error => Self::Sql(error),
        }
    }
}

fn extended_code(error: &dyn DatabaseError) -> i32 {
    error.code().and_then(|code| code.parse().ok()).unwrap_or_default()
}

fn primary_code(error: &dyn DatabaseError) -> i32 {
    extended_code(error) & 0xff
}
