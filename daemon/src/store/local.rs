//! What belongs to this machine alone and outlives the daemon.

use super::error::StoreError;
use super::{Database, Writer};

/// The name of the active context.
pub const ACTIVE_CONTEXT: &str = "context";

impl Database {
    /// A value that is kept under a name.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn local_setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        let value = sqlx::query_scalar("SELECT value FROM local_setting WHERE name = ?").bind(name);
        Ok(value.fetch_optional(&self.readers).await?)
    }
}

impl Writer {
    /// Keeps a value under a name, or forgets it.
    ///
    /// # Errors
    /// [`StoreError`], and nothing was written.
    pub async fn keep_local_setting(&mut self, name: &str, value: Option<&str>) -> Result<(), StoreError> {
        const KEEP: &str = "INSERT INTO local_setting (name, value) VALUES (?, ?) \
            ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        const FORGET: &str = "DELETE FROM local_setting WHERE name = ?";
        let mut connection = self.take().await?;
        let done = match value {
            Some(value) => sqlx::query(KEEP).bind(name).bind(value).execute(&mut connection).await,
            None => sqlx::query(FORGET).bind(name).execute(&mut connection).await,
        };
        self.put_back(connection, done.map(drop).map_err(StoreError::from)).await
    }
}

#[cfg(test)]
mod tests {
    use crate::store::testing::TestStore;

    #[tokio::test]
    async fn a_value_is_kept_until_it_is_forgotten() {
        let mut store = TestStore::new().await;
        for value in [Some("work"), Some("home"), None, None] {
            store.writer.keep_local_setting("context", value).await.unwrap();
            assert_eq!(store.database.local_setting("context").await.unwrap().as_deref(), value);
        }
    }
}
