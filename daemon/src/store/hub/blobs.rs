//! Files of accounts: their bytes in a folder beside the database, a row for each that is whole.
//!
//! Every account has a folder of its own, so that nobody learns by a hash what others keep, and what one gives up is
//! nobody else's. A file is moved to its place before its row is written: a row never names bytes that a crash could
//! take.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use sqlx::sqlite::SqliteConnection;
use sqlx::{Row as _, SqlitePool};

use super::OP_OVERHEAD;
use super::error::HubError;
use super::read::{natural, number};
use super::record::AccountId;
use crate::domain::page::BlobHash;
use crate::environment::Environment;
use crate::store::{Blobs, StoreError};

/// The folder, beside the database. The personal store of the hub's owner may lie there too, with its own `blobs`.
const FOLDER: &str = "hub-blobs";

/// What is on its way, in that folder.
const INCOMING: &str = "incoming";

const BLOB: &str = "SELECT bytes FROM blob WHERE account = ? AND hash = ?";

const MISSING: &str = "SELECT value AS hash FROM json_each(?) AS asked \
    WHERE NOT EXISTS (SELECT 1 FROM blob WHERE account = ? AND hash = unhex(asked.value))";

#[cfg(test)]
pub(super) const READS: &[&str] = &[BLOB, MISSING];

/// The files beside a hub's database.
#[derive(Debug, Clone)]
pub(super) struct HubBlobs {
    folder: PathBuf,
}

impl HubBlobs {
    /// Those beside a database. What a kill left on its way is removed.
    pub(super) fn beside(db: &Path) -> io::Result<Self> {
        let folder = db.with_file_name(FOLDER);
        let incoming = folder.join(INCOMING);
        match fs::remove_dir_all(&incoming) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => DirBuilder::new().recursive(true).mode(0o700).create(&incoming)?,
        }
        Ok(Self { folder })
    }

    /// Those of an account.
    pub(super) fn of(&self, AccountId(account): AccountId) -> Blobs {
        Blobs::in_folder(self.folder.join(account.to_string()))
    }

    /// A file for what comes now.
    pub(super) fn incoming(&self, environment: &Environment) -> PathBuf {
        let mut random = [0; 16];
        environment.entropy.fill(&mut random);
        self.folder.join(INCOMING).join(format!("{:032x}", u128::from_le_bytes(random)))
    }
}

/// A file that stands in its place and is to be recorded.
#[derive(Debug)]
pub(super) struct NewBlob {
    pub(super) account: AccountId,
    pub(super) hash: BlobHash,
    pub(super) bytes: u64,
}

/// The size of a file of an account; none where the account has none of that hash.
pub(super) async fn size(
    readers: &SqlitePool,
    AccountId(account): AccountId,
    hash: BlobHash,
) -> Result<Option<u64>, StoreError> {
    let asked = sqlx::query(BLOB).bind(account).bind(hash.as_bytes().as_slice());
    asked.fetch_optional(readers).await?.map(|row| natural(&row, "bytes")).transpose()
}

/// Which of these files an account has not.
pub(super) async fn missing(
    readers: &SqlitePool,
    AccountId(account): AccountId,
    hashes: &[BlobHash],
) -> Result<Vec<BlobHash>, StoreError> {
    let asked: Vec<String> = hashes.iter().map(BlobHash::to_string).collect();
    let asked = sqlx::query(MISSING).bind(serde_json::json!(asked).to_string()).bind(account);
    let rows = asked.fetch_all(readers).await?;
    let hash = |row| {
        let hash: &str = sqlx::Row::try_get(row, "hash")?;
        hash.parse().map_err(|_| StoreError::malformed("hash"))
    };
    rows.iter().map(hash).collect()
}

/// Records a file, if there is room for it; a repeat changes nothing. One for which there is none is removed.
pub(super) async fn keep(
    connection: &mut SqliteConnection,
    blobs: &Blobs,
    new: &NewBlob,
    now: i64,
) -> Result<Result<(), HubError>, StoreError> {
    const STANDING: &str = "SELECT bytes, quota, \
        EXISTS (SELECT 1 FROM blob WHERE account = account.id AND hash = ?) AS is_there FROM account WHERE id = ?";
    const RECORD: &str = "BEGIN IMMEDIATE; INSERT INTO blob (account, hash, bytes, at) VALUES (?, ?, ?, ?); \
        UPDATE account SET bytes = bytes + ? WHERE id = ?; COMMIT";
    let NewBlob { account: AccountId(account), hash, bytes } = new;
    let key = hash.as_bytes().as_slice();
    let row = sqlx::query(STANDING).bind(key).bind(account).fetch_one(&mut *connection).await?;
    if row.try_get("is_there")? {
        return Ok(Ok(()));
    }
    let cost = bytes.saturating_add(OP_OVERHEAD);
    if cost > natural(&row, "quota")?.saturating_sub(natural(&row, "bytes")?) {
        blobs.remove(*hash)?;
        return Ok(Err(HubError::Quota));
    }
    // Another request for the same file may have found no room and removed it.
    if !blobs.has(*hash, *bytes) {
        return Ok(Err(HubError::Busy));
    }
    let record = sqlx::query(RECORD).bind(account).bind(key).bind(number(*bytes)).bind(now);
    record.bind(number(cost)).bind(account).execute(connection).await?;
    Ok(Ok(()))
}

/// Opens a file of an account.
pub(super) fn open(blobs: &Blobs, hash: BlobHash) -> Result<Option<File>, StoreError> {
    Ok(blobs.open(hash)?)
}
