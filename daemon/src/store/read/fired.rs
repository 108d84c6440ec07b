//! Reminders that this device fired.

use std::collections::HashSet;

use sqlx::Row as _;

use crate::domain::task::reminder::Coming;
use crate::store::node_row::read_id;
use crate::store::{Database, StoreError};

impl Database {
    /// Every reminder that is remembered to have fired.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn fired_reminders(&self) -> Result<HashSet<Coming>, StoreError> {
        let rows =
            sqlx::query("SELECT node, reminder, at_ms FROM fired_reminder").fetch_all(&self.readers).await?;
        let read = |row: &sqlx::sqlite::SqliteRow| {
            Ok(Coming {
                at: row.try_get("at_ms")?,
                task: read_id(row, "node")?,
                reminder: row.try_get("reminder")?,
            })
        };
        rows.iter().map(read).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Batch;
    use crate::store::testing::{TestStore, node_id};

    #[tokio::test]
    async fn what_fired_is_remembered_for_a_while() {
        let mut store = TestStore::new().await;
        let one = |n: u8, at: i64| Coming { at, task: node_id(n), reminder: "due-60".into() };
        for fired in [vec![one(1, 10), one(2, 20)], vec![one(1, 10)]] {
            store.writer.commit(&Batch { fired, ..Batch::default() }).await.unwrap();
        }
        assert_eq!(store.database.fired_reminders().await.unwrap(), HashSet::from([one(1, 10), one(2, 20)]));
        store.writer.forget_reminders(20).await.unwrap();
        assert_eq!(store.database.fired_reminders().await.unwrap(), HashSet::from([one(2, 20)]));
    }
}
