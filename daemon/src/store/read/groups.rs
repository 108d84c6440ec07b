//! Mutations and undo steps in the log.

use std::collections::HashMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _};

use super::id_list;
use crate::domain::id::{GroupId, MutationId, OpId};
use crate::domain::value::Value;
use crate::store::log_row::{OP_COLUMNS, TXN_COLUMNS, read_op, read_txn};
use crate::store::{Database, OpRecord, StoreError, TxnRecord};

/// What became of a mutation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// It was applied.
    Applied {
        /// The revision it made.
        rev: u64,
        /// The encoded reply; empty once forgotten.
        outcome: Vec<u8>,
    },
    /// Somebody was told that it is not applied, so it never will be.
    Burnt,
}

/// An undo step, whole and in order.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupRecord {
    /// Its transactions.
    pub txns: Vec<TxnRecord>,
    /// Their operations.
    pub ops: Vec<OpRecord>,
    /// Values of others that these operations won against unseen: the operation, its register, the newest such value.
    pub lost: Vec<(OpId, Box<str>, Value)>,
}

impl Database {
    /// What became of these mutations; those never seen are left out.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn outcomes(&self, ids: &[MutationId]) -> Result<HashMap<MutationId, Recorded>, StoreError> {
        const FOUND: &str = "SELECT mutation_id, rev, outcome FROM txn \
                WHERE mutation_id IN (SELECT unhex(value) FROM json_each($1)) \
            UNION ALL SELECT mutation_id, NULL, NULL FROM burnt \
                WHERE mutation_id IN (SELECT unhex(value) FROM json_each($1))";
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = sqlx::query(FOUND)
            .bind(id_list(ids.iter().map(MutationId::as_bytes)))
            .fetch_all(&self.readers)
            .await?;
        let mut found = HashMap::with_capacity(rows.len());
        for row in rows {
            let id = MutationId::from_slice(row.try_get("mutation_id")?)
                .map_err(|_| StoreError::malformed("the id of a mutation"))?;
            match row.try_get::<Option<i64>, _>("rev")? {
                Some(rev) => {
                    let outcome = row.try_get::<Option<Vec<u8>>, _>("outcome")?.unwrap_or_default();
                    found.insert(id, Recorded::Applied { rev: rev as u64, outcome });
                }
                // An applied mutation is never burnt, should both rows stand there all the same.
                None => drop(found.entry(id).or_insert(Recorded::Burnt)),
            }
        }
        Ok(found)
    }

    /// What became of one mutation.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn outcome(&self, id: MutationId) -> Result<Option<Recorded>, StoreError> {
        Ok(self.outcomes(&[id]).await?.remove(&id))
    }

    /// An undo step.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn group(&self, group: GroupId) -> Result<Option<GroupRecord>, StoreError> {
        // Ids of operations are in the order of their times: the newest value comes last.
        const LOST: &str = "SELECT won_by, name, lost FROM conflict WHERE won_by IN \
            (SELECT op.op_id FROM txn JOIN op ON op.rev = txn.rev WHERE txn.grp = ?) ORDER BY lost_by";
        let txns = format!("SELECT {TXN_COLUMNS} FROM txn WHERE grp = ? ORDER BY rev");
        let ops = format!(
            "SELECT {OP_COLUMNS} FROM txn JOIN op ON op.rev = txn.rev WHERE txn.grp = ? ORDER BY op.rev, op.idx"
        );
        let id = group.as_bytes().as_slice();
        let mut snapshot = self.readers.begin().await?;
        let txns = sqlx::query(AssertSqlSafe(txns)).bind(id).fetch_all(&mut *snapshot).await?;
        let ops = sqlx::query(AssertSqlSafe(ops)).bind(id).fetch_all(&mut *snapshot).await?;
        let lost = sqlx::query(LOST).bind(id).fetch_all(&mut *snapshot).await?;
        if txns.is_empty() {
            return Ok(None);
        }
        Ok(Some(GroupRecord {
            txns: txns.iter().map(read_txn).collect::<Result<_, _>>()?,
            ops: ops.iter().map(read_op).collect::<Result<_, _>>()?,
            lost: lost.iter().map(read_lost).collect::<Result<_, _>>()?,
        }))
    }

    /// What `undo` takes back: the newest deeds or redos that are not taken back yet, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn last_undoable(&self, limit: u32) -> Result<Vec<GroupId>, StoreError> {
        const NEWEST: &str = "SELECT grp FROM txn WHERE grp IS NOT NULL AND role IN (0, 2) \
            AND NOT EXISTS (SELECT 1 FROM txn AS later WHERE later.undoes = txn.grp) ORDER BY rev DESC LIMIT ?";
        let groups: Vec<Vec<u8>> = sqlx::query_scalar(NEWEST).bind(limit).fetch_all(&self.readers).await?;
        let read = |bytes: &Vec<u8>| {
            GroupId::from_slice(bytes).map_err(|_| StoreError::malformed("the id of a group"))
        };
        groups.iter().map(read).collect()
    }

    /// The newest of those that `undo` can take back, each with what it was.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn undoable_steps(&self, limit: u32) -> Result<Vec<(GroupId, String)>, StoreError> {
        const NEWEST: &str = "SELECT grp, label FROM txn WHERE grp IS NOT NULL AND role IN (0, 2) \
            AND NOT EXISTS (SELECT 1 FROM txn AS later WHERE later.undoes = txn.grp) ORDER BY rev DESC LIMIT ?";
        let rows = sqlx::query(NEWEST).bind(limit).fetch_all(&self.readers).await?;
        let read = |row: &SqliteRow| -> Result<(GroupId, String), StoreError> {
            let group = GroupId::from_slice(row.try_get("grp")?)
                .map_err(|_| StoreError::malformed("the id of a group"))?;
            Ok((group, row.try_get("label")?))
        };
        let mut steps: Vec<(GroupId, String)> = rows.iter().map(read).collect::<Result<_, _>>()?;
        // A step of several transactions comes once.
        steps.dedup_by_key(|(group, _)| *group);
        Ok(steps)
    }

    /// What `redo` takes back: the newest undo that is not taken back yet, unless a deed came after it.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn last_redoable(&self) -> Result<Option<GroupId>, StoreError> {
        const NEWEST: &str = "SELECT grp FROM txn WHERE grp IS NOT NULL AND role = 1 \
            AND rev > ifnull((SELECT rev FROM txn WHERE grp IS NOT NULL AND role = 0 ORDER BY rev DESC LIMIT 1), 0) \
            AND NOT EXISTS (SELECT 1 FROM txn AS later WHERE later.undoes = txn.grp) ORDER BY rev DESC LIMIT 1";
        self.one_group(NEWEST).await
    }

    async fn one_group(&self, statement: &'static str) -> Result<Option<GroupId>, StoreError> {
        let group: Option<Vec<u8>> = sqlx::query_scalar(statement).fetch_optional(&self.readers).await?;
        group
            .map(|bytes| GroupId::from_slice(&bytes).map_err(|_| StoreError::malformed("the id of a group")))
            .transpose()
    }
}

/// A value that lost against an operation of the group.
fn read_lost(row: &SqliteRow) -> Result<(OpId, Box<str>, Value), StoreError> {
    let malformed = || StoreError::malformed("a value that lost");
    let won_by = OpId::from_slice(row.try_get("won_by")?).map_err(|_| malformed())?;
    let lost = Value::decode(&mut row.try_get::<&[u8], _>("lost")?).map_err(|_| malformed())?;
    Ok((won_by, row.try_get::<String, _>("name")?.into(), lost))
}

#[cfg(test)]
mod tests {
    use crate::store::Role::{self, Do, Redo, Undo};
    use crate::store::testing::{TestStore, group_id, node_id};

    #[tokio::test]
    async fn what_undo_and_redo_take_back() {
        // Role, group, what it takes back; then what the next undo and redo take.
        type Step = (Role, u8, u8, u8, u8);
        let scripts: [&[Step]; 6] = [
            &[
                (Do, 1, 0, 1, 0),
                (Undo, 2, 1, 0, 2),
                (Redo, 3, 2, 3, 0),
                (Undo, 4, 3, 0, 4),
                (Redo, 5, 4, 5, 0),
            ],
            &[(Do, 1, 0, 1, 0), (Do, 2, 0, 2, 0), (Undo, 3, 2, 1, 3), (Undo, 4, 1, 0, 4), (Redo, 5, 4, 5, 3)],
            // A deed ends redoing.
            &[(Do, 1, 0, 1, 0), (Undo, 2, 1, 0, 2), (Do, 3, 0, 3, 0), (Undo, 4, 3, 0, 4), (Redo, 5, 4, 5, 0)],
            // A save, an import or a pull has no group and is no undo step.
            &[(Do, 1, 0, 1, 0), (Do, 0, 0, 1, 0), (Undo, 2, 1, 0, 2), (Do, 0, 0, 0, 2)],
            // `undo <group>` of an older one.
            &[(Do, 1, 0, 1, 0), (Do, 2, 0, 2, 0), (Undo, 3, 1, 2, 3), (Undo, 4, 2, 0, 4)],
            // A group of several transactions is one step.
            &[(Do, 1, 0, 1, 0), (Do, 1, 0, 1, 0), (Undo, 2, 1, 0, 2), (Undo, 2, 1, 0, 2), (Redo, 3, 2, 3, 0)],
        ];
        for script in scripts {
            let mut store = TestStore::new().await;
            let group = |n: u8| (n > 0).then(|| group_id(n));
            for &(role, own, undoes, undo, redo) in script {
                let txn = store.log.txn("verb");
                (txn.role, txn.group, txn.undoes) = (role, group(own), group(undoes));
                store.log.set(node_id(1), &[("title", "x".into())]);
                store.commit().await;
                let found = (
                    store.database.last_undoable(1).await.unwrap().first().copied(),
                    store.database.last_redoable().await.unwrap(),
                );
                assert_eq!(found, (group(undo), group(redo)), "{script:?} after {own}");
            }
        }
    }
}
