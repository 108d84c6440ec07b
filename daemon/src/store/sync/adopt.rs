//! What becomes of unsent work in a store that was copied or restored: its new device id signs it.

use std::collections::BTreeMap;

use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row as _};

use crate::domain::id::{DeviceId, NodeId, OpId};
use crate::domain::sync::replay::Replay;
use crate::environment::Environment;
use crate::store::StoreError;
use crate::store::log_row::{OP_COLUMNS, read_op};
use crate::store::node_row::{NODE, bind_node, read_id};
use crate::store::statement::{Load, write_rows};

/// Gives what is unsent the new device id and new ids of its own, forgets what was on its way, and folds the nodes
/// anew. The other copy sends its own; what both have comes out as once, since it is the same.
pub(in crate::store) async fn adopt(
    connection: &mut SqliteConnection,
    device: DeviceId,
    environment: &Environment,
) -> Result<(), StoreError> {
    const UNSENT: &str =
        "SELECT op_id, ent FROM op WHERE hub_seq IS NULL AND carried_by IS NULL AND place = 0 AND kind > 2";
    let rows = sqlx::query(UNSENT).fetch_all(&mut *connection).await?;
    sqlx::raw_sql("BEGIN IMMEDIATE; DELETE FROM outgoing; DELETE FROM parked; UPDATE sync SET device = NULL, sent_rev = 0")
        .execute(&mut *connection)
        .await?;
    const TEXTS: &str = "UPDATE op SET device = ? \
        WHERE hub_seq IS NULL AND carried_by IS NULL AND place = 0 AND kind < 3";
    sqlx::query(TEXTS).bind(device.as_bytes().as_slice()).execute(&mut *connection).await?;
    let mut nodes = BTreeMap::new();
    for row in &rows {
        let was = OpId::from_slice(row.try_get("op_id")?)
            .map_err(|_| StoreError::malformed("the id of an operation"))?;
        let mut random = [0; 10];
        environment.entropy.fill(&mut random);
        let id = OpId::v7(was.v7_ms(), random);
        sqlx::query("UPDATE op SET op_id = ?, device = ? WHERE op_id = ?")
            .bind(id.as_bytes().as_slice())
            .bind(device.as_bytes().as_slice())
            .bind(was.as_bytes().as_slice())
            .execute(&mut *connection)
            .await?;
        nodes.insert(read_id(row, "ent")?, ());
    }
    for id in nodes.into_keys() {
        refold(connection, id).await?;
    }
    sqlx::query("COMMIT").execute(connection).await?;
    Ok(())
}

async fn refold(connection: &mut SqliteConnection, id: NodeId) -> Result<(), StoreError> {
    let sql = format!("SELECT {OP_COLUMNS} FROM op WHERE ent = ? ORDER BY rev, idx");
    let rows =
        sqlx::query(AssertSqlSafe(sql)).bind(id.as_bytes().as_slice()).fetch_all(&mut *connection).await?;
    let mut replay = Replay::new(id);
    for row in &rows {
        let op = read_op(row)?;
        replay.apply(op.rev, op.operation, &op.trace);
    }
    let node = [replay.finish().node];
    write_rows(connection, vec![vec![Load::new(&NODE, &node, bind_node)]], "", "").await
}

#[cfg(test)]
mod tests {
    use crate::domain::sync::Trace;
    use crate::store::sync::{Offering, Unsent};
    use crate::store::testing::{TestStore, environment, node_id};
    use crate::store::{check, open};

    #[tokio::test]
    async fn a_copy_signs_what_was_never_sent_anew() {
        let mut store = TestStore::new().await;
        store.log.txn("add");
        store.log.set(node_id(1), &[("kind", "task".into()), ("title", "sent".into())]);
        store.log.txn("add");
        store.log.set(node_id(2), &[("kind", "page".into()), ("title", "not sent".into())]);
        store.log.write(node_id(2), "text");
        let mut batch = store.log.take();
        // The node is as it was when the hub took its operation, which was at once.
        let at = batch.ops[0].operation.id.v7_ms();
        batch.ops[0].trace = Trace { seq: Some(1), received_at: Some(at), ..Trace::default() };
        store.writer.commit(&batch).await.unwrap();
        let sent = batch.ops[0].operation.clone();
        let was = store.identity.device;
        let (folder, path, _) = store.close().await;
        let copy = folder.path().join("copy.db");
        std::fs::copy(&path, &copy).unwrap();

        let (database, _writer, now) = open(&copy, &environment(2)).await.unwrap();
        assert_ne!(now.device, was);
        assert_eq!(check(&database).await.unwrap().problems, Vec::<String>::new());
        let unsent = database.unsent(&mut Offering::default(), 10).await.unwrap();
        let Unsent::Operation { id, node, .. } = &unsent[0] else { panic!("{unsent:?}") };
        assert_eq!(*node, node_id(2));
        assert_ne!(*id, batch.ops[1].operation.id);
        assert!(matches!(unsent[1], Unsent::Text(text) if text.node == node_id(2)));
        let logs = database.logs(&[node_id(1), node_id(2)]).await.unwrap();
        assert_eq!(logs[0].operation, sent);
        assert_eq!(logs[1].operation.device, now.device);
    }
}
