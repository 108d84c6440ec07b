//! Who made what: whether undo did, which mutations were given up, what was done last.

use std::collections::HashSet;

use super::id_list;
use crate::domain::id::{MutationId, OpId};
use crate::store::{Database, StoreError};

impl Database {
    /// Those of these operations that an undo or redo made.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn made_by_undo(&self, operations: &[OpId]) -> Result<HashSet<OpId>, StoreError> {
        const FOUND: &str = "SELECT op_id FROM op JOIN txn ON txn.rev = op.rev \
            WHERE op_id IN (SELECT unhex(value) FROM json_each(?)) AND txn.role <> 0";
        let ids = id_list(operations.iter().map(OpId::as_bytes));
        let rows: Vec<Vec<u8>> = sqlx::query_scalar(FOUND).bind(ids).fetch_all(&self.readers).await?;
        let read = |bytes: &Vec<u8>| {
            OpId::from_slice(bytes).map_err(|_| StoreError::malformed("the id of an operation"))
        };
        rows.iter().map(read).collect()
    }

    /// Every mutation that will never be applied.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn burnt(&self) -> Result<HashSet<MutationId>, StoreError> {
        let rows: Vec<Vec<u8>> =
            sqlx::query_scalar("SELECT mutation_id FROM burnt").fetch_all(&self.readers).await?;
        let read = |bytes: &Vec<u8>| {
            MutationId::from_slice(bytes).map_err(|_| StoreError::malformed("the id of a mutation"))
        };
        rows.iter().map(read).collect()
    }

    /// The encoded reply to the newest deed, undo or redo that is remembered: editor saves, imports and pulls are none.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn last_outcome(&self) -> Result<Option<Vec<u8>>, StoreError> {
        const NEWEST: &str = "SELECT outcome FROM txn WHERE grp IS NOT NULL AND outcome IS NOT NULL \
            ORDER BY rev DESC LIMIT 1";
        Ok(sqlx::query_scalar(NEWEST).fetch_optional(&self.readers).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::{TestStore, group_id, mutation_id, node_id};
    use crate::store::{Batch, Role};

    #[tokio::test]
    async fn who_made_what() {
        let mut store = TestStore::new().await;
        assert_eq!(store.database.last_outcome().await.unwrap(), None);
        for (role, group, node) in
            [(Role::Do, Some(1), 1), (Role::Undo, Some(2), 2), (Role::Redo, Some(3), 3), (Role::Do, None, 4)]
        {
            let txn = store.log.txn("verb");
            (txn.role, txn.group, txn.outcome) = (role, group.map(group_id), vec![node]);
            store.log.set(node_id(node), &[("title", "x".into())]);
            store.log.set(node_id(9), &[("title", "x".into())]);
        }
        let burnt = vec![(mutation_id(1), 5), (mutation_id(2), 6)];
        let batch = Batch { burnt, ..store.log.take() };
        store.writer.commit(&batch).await.unwrap();

        let all: Vec<OpId> = batch.ops.iter().map(|op| op.operation.id).collect();
        let undone = store.database.made_by_undo(&all).await.unwrap();
        assert_eq!(undone, all[2..6].iter().copied().collect());
        assert_eq!(store.database.made_by_undo(&[]).await.unwrap(), HashSet::new());
        let expected = [mutation_id(1), mutation_id(2)].into();
        assert_eq!(store.database.burnt().await.unwrap(), expected);
        assert_eq!(store.database.last_outcome().await.unwrap(), Some(vec![3]));
    }
}
