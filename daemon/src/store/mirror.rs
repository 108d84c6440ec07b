//! What is known of the folder that mirrors the pages. Local to this machine.

use std::collections::{BTreeMap, HashMap};

use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Connection as _, Row as _};

use super::error::StoreError;
use super::node_row::read_id;
use super::{Database, Writer};
use crate::domain::change::MAX_TEXT;
use crate::domain::id::NodeId;
use crate::domain::vault::{MOST_VERSIONS, Tracked};

/// How hard texts are packed: quickly.
const LEVEL: i32 = 1;

/// How long a file that is gone with its page is remembered, in milliseconds: 30 days.
const KEEP_GONE_MS: i64 = 30 * 86_400_000;

/// Something to be known of the mirror.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MirrorChange {
    /// A file is as it is told here.
    File(NodeId, Tracked),
    /// A text that is about to be written to a file.
    Written(NodeId, String),
    /// A text that was read from a file: whoever wrote it knows no older one.
    Read(NodeId, String),
    /// A file is none of ours any more.
    Forget(NodeId),
    /// The folder is another one: nothing is known.
    Clear,
    /// What went before `KEEP_GONE_MS` is forgotten; the instant now, Unix milliseconds.
    Tidy(i64),
}

impl Database {
    /// All files that are known.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn mirror_files(&self) -> Result<BTreeMap<NodeId, Tracked>, StoreError> {
        const FILES: &str = "SELECT node, path, disk, inode, born, gone_at FROM mirror_file";
        let rows = sqlx::query(FILES).fetch_all(&self.readers).await?;
        rows.iter().map(read_file).collect()
    }

    /// The texts that files have had, oldest first.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn mirror_versions(&self, ids: &[NodeId]) -> Result<HashMap<NodeId, Vec<String>>, StoreError> {
        const VERSIONS: &str = "SELECT body FROM mirror_version WHERE node = ? ORDER BY n";
        let mut versions = HashMap::new();
        for id in ids {
            let rows = sqlx::query(VERSIONS).bind(id.as_bytes().as_slice()).fetch_all(&self.readers).await?;
            let texts = rows.iter().map(|row| unpack(row.try_get("body")?)).collect::<Result<_, _>>()?;
            versions.insert(*id, texts);
        }
        Ok(versions)
    }
}

impl Writer {
    /// Keeps what is known of the mirror, all of it or nothing.
    ///
    /// # Errors
    /// [`StoreError`], and nothing was written.
    pub async fn keep_mirror(&mut self, changes: &[MirrorChange]) -> Result<(), StoreError> {
        let mut connection = self.take().await?;
        let done = keep(&mut connection, changes).await;
        self.put_back(connection, done).await
    }
}

async fn keep(connection: &mut SqliteConnection, changes: &[MirrorChange]) -> Result<(), StoreError> {
    const FILE: &str = "INSERT INTO mirror_file (node, path, disk, inode, born, gone_at) VALUES (?, ?, ?, ?, ?, ?) \
        ON CONFLICT (node) DO UPDATE SET path = excluded.path, disk = excluded.disk, inode = excluded.inode, \
        born = excluded.born, gone_at = excluded.gone_at";
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    for change in changes {
        let on = &mut *transaction;
        match change {
            MirrorChange::File(id, file) => {
                let (inode, born) = file.file.map_or((None, None), |(inode, born)| (Some(inode), Some(born)));
                let query = sqlx::query(FILE)
                    .bind(id.as_bytes().as_slice())
                    .bind(&file.path)
                    .bind(file.disk.as_slice())
                    .bind(inode.map(u64::cast_signed))
                    .bind(born)
                    .bind(file.gone_at);
                query.execute(on).await?;
            }
            MirrorChange::Written(id, text) => push(on, *id, text).await?,
            MirrorChange::Read(id, text) => {
                forget(on, "DELETE FROM mirror_version WHERE node = ?", *id).await?;
                push(on, *id, text).await?;
            }
            MirrorChange::Forget(id) => {
                forget(on, "DELETE FROM mirror_version WHERE node = ?", *id).await?;
                forget(on, "DELETE FROM mirror_file WHERE node = ?", *id).await?;
            }
            MirrorChange::Clear => {
                sqlx::query("DELETE FROM mirror_version").execute(&mut *on).await?;
                sqlx::query("DELETE FROM mirror_file").execute(on).await?;
            }
            MirrorChange::Tidy(now_ms) => {
                const OLD: &str = "DELETE FROM mirror_file WHERE gone_at < ?";
                const ORPHANS: &str =
                    "DELETE FROM mirror_version WHERE node NOT IN (SELECT node FROM mirror_file)";
                sqlx::query(OLD).bind(now_ms - KEEP_GONE_MS).execute(&mut *on).await?;
                sqlx::query(ORPHANS).execute(on).await?;
            }
        }
    }
    transaction.commit().await?;
    Ok(())
}

/// Adds a version, and forgets what is older than the last few. One that is the newest already, since it could not be
/// written the last time, is none.
async fn push(on: &mut SqliteConnection, id: NodeId, text: &str) -> Result<(), StoreError> {
    const PUSH: &str = "INSERT INTO mirror_version (node, n, body) \
        SELECT ?1, coalesce(max(n), 0) + 1, ?2 FROM mirror_version WHERE node = ?1 \
        HAVING (SELECT body FROM mirror_version WHERE node = ?1 ORDER BY n DESC LIMIT 1) IS NOT ?2";
    const CUT: &str = "DELETE FROM mirror_version WHERE node = ?1 AND n <= \
        (SELECT max(n) FROM mirror_version WHERE node = ?1) - ?2";
    let id = id.as_bytes().as_slice();
    let body = zstd::bulk::compress(text.as_bytes(), LEVEL)?;
    sqlx::query(PUSH).bind(id).bind(body).execute(&mut *on).await?;
    sqlx::query(CUT).bind(id).bind(MOST_VERSIONS as i64).execute(on).await?;
    Ok(())
}

async fn forget(on: &mut SqliteConnection, statement: &'static str, id: NodeId) -> Result<(), StoreError> {
    sqlx::query(statement).bind(id.as_bytes().as_slice()).execute(on).await?;
    Ok(())
}

fn unpack(body: &[u8]) -> Result<String, StoreError> {
    let malformed = || StoreError::malformed("a text of the mirror");
    let bytes = zstd::bulk::decompress(body, MAX_TEXT).map_err(|_| malformed())?;
    String::from_utf8(bytes).map_err(|_| malformed())
}

fn read_file(row: &SqliteRow) -> Result<(NodeId, Tracked), StoreError> {
    let malformed = || StoreError::malformed("a file of the mirror");
    let (inode, born): (Option<i64>, Option<i64>) = (row.try_get("inode")?, row.try_get("born")?);
    let file = Tracked {
        path: row.try_get("path")?,
        disk: row.try_get::<&[u8], _>("disk")?.try_into().map_err(|_| malformed())?,
        file: inode.zip(born).map(|(inode, born)| (inode.cast_unsigned(), born)),
        gone_at: row.try_get("gone_at")?,
    };
    Ok((read_id(row, "node")?, file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::{TestStore, node_id};

    #[tokio::test]
    async fn files_and_their_last_texts_come_back() {
        let mut store = TestStore::new().await;
        let file =
            Tracked { path: "Work/Plan.md".into(), disk: [7; 16], file: Some((u64::MAX, -5)), gone_at: None };
        let gone = Tracked { file: None, gone_at: Some(9), ..file.clone() };
        let (one, two) = (node_id(1), node_id(2));
        let mut changes = vec![MirrorChange::File(one, file.clone()), MirrorChange::File(two, gone.clone())];
        changes.extend((0..20).map(|n| MirrorChange::Written(one, format!("version {n}"))));
        store.writer.keep_mirror(&changes).await.unwrap();
        let known = store.database.mirror_files().await.unwrap();
        assert_eq!(known, BTreeMap::from([(one, file.clone()), (two, gone)]));
        let versions = store.database.mirror_versions(&[one, two]).await.unwrap();
        let last: Vec<String> = (4..20).map(|n| format!("version {n}")).collect();
        assert_eq!((&versions[&one], versions[&two].len()), (&last, 0));

        let ours = MirrorChange::Written(one, "ours".into());
        let read = [MirrorChange::Read(one, "theirs".into()), ours.clone(), ours];
        store.writer.keep_mirror(&read).await.unwrap();
        assert_eq!(store.database.mirror_versions(&[one]).await.unwrap()[&one], ["theirs", "ours"]);
        store.writer.keep_mirror(&[MirrorChange::Tidy(i64::MAX)]).await.unwrap();
        assert_eq!(store.database.mirror_files().await.unwrap(), BTreeMap::from([(one, file)]));
        store.writer.keep_mirror(&[MirrorChange::Forget(one)]).await.unwrap();
        assert!(store.database.mirror_files().await.unwrap().is_empty());
        assert!(store.database.mirror_versions(&[one]).await.unwrap()[&one].is_empty());
    }
}
