//! The store: one SQLite database, and the only place that speaks SQL.
//!
//! The log (`txn`, `op`) is the truth; `node`, `text`, `alias` and `fact` are its fold, which [`check()`] proves and [`rebuild`]
//! makes anew; `meta` and `burnt` are local to this store. One [`Writer`] writes; a [`Database`] reads, every call from
//! one snapshot. What a change means is decided in `domain`; nothing here decides.

mod backup;
mod blobs;
mod check;
mod database;
mod error;
mod facts_due;
mod fold;
pub mod hub;
mod identity;
mod local;
mod log_row;
mod migrate;
mod node_row;
mod open;
mod read;
mod record;
mod restore;
mod search;
mod statement;
mod sync;
#[cfg(test)]
mod testing;
mod writer;

pub use backup::{StoreFile, verify_file};
pub use blobs::{BlobState, Blobs};
pub use check::{CheckReport, check, rebuild};
pub use database::Database;
pub use error::StoreError;
pub use identity::Identity;
pub use local::ACTIVE_CONTEXT;
pub use migrate::FORMAT;
pub use open::open;
pub use read::{
    ClosedQuery, ClosedTask, Counts, GroupRecord, LinkQuery, PagePlace, PageQuery, Recorded, TitleCandidate,
};
pub use record::{Batch, OpRecord, Role, TxnRecord};
pub use restore::{beside, copy, finish_restore, format_of, kept_name, return_to_format, sync_folder};
pub use search::{DueDocuments, IndexedTo};
pub use sync::{ConflictRow, Offering, ParkedRow, SyncChanges, SyncCounts, SyncState, Unsent, UnsentText};
pub use writer::Writer;
