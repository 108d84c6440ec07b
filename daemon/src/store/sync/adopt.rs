//! What becomes of unsent work in a store that was copied or restored: its new device id signs it.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::AssertSqlSafe;
use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};

use super::read::op_id;
use crate::domain::id::{DeviceId, NodeId, OpId};
use crate::domain::node::Node;
use crate::domain::sync::replay::Replay;
use crate::environment::Environment;
use crate::store::StoreError;
use crate::store::log_row::{OP_COLUMNS, read_op};
use crate::store::node_row::{NODE, bind_node, read_id};
use crate::store::read::id_list;
use crate::store::statement::{Load, Table, write_rows};

/// Nodes whose logs are held at once.
const NODES: usize = 200;

/// An operation that gets another id.
struct Anew {
    was: OpId,
    id: OpId,
    device: DeviceId,
}

const RENAMED: Table = Table {
    head: "WITH anew (was, id, device) AS (",
    columns: 3,
    tail: ") UPDATE op SET op_id = anew.id, device = anew.device FROM anew WHERE op.op_id = anew.was",
};

/// Gives what is unsent the new device id and new ids of its own, forgets what was on its way, and folds the nodes
/// anew. The other copy sends its own; what both have comes out as once, since it is the same.
pub(in crate::store) async fn adopt(
    connection: &mut SqliteConnection,
    device: DeviceId,
    environment: &Environment,
) -> Result<(), StoreError> {
    const UNSENT: &str =
        "SELECT op_id, ent FROM op WHERE hub_seq IS NULL AND carried_by IS NULL AND place = 0 AND kind > 2";
    const TEXTS: &str = "UPDATE op SET device = ? \
        WHERE hub_seq IS NULL AND carried_by IS NULL AND place = 0 AND kind < 3";
    let rows = sqlx::query(UNSENT).fetch_all(&mut *connection).await?;
    sqlx::raw_sql("BEGIN IMMEDIATE; DELETE FROM outgoing; DELETE FROM parked; UPDATE sync SET device = NULL, sent_rev = 0")
        .execute(&mut *connection)
        .await?;
    sqlx::query(TEXTS).bind(device.as_bytes().as_slice()).execute(&mut *connection).await?;
    let mut operations = Vec::with_capacity(rows.len());
    let mut nodes = BTreeSet::new();
    for row in &rows {
        let was = op_id(row)?;
        let mut random = [0; 10];
        environment.entropy.fill(&mut random);
        operations.push(Anew { was, id: OpId::v7(was.v7_ms(), random), device });
        nodes.insert(read_id(row, "ent")?);
    }
    write_rows(connection, vec![vec![Load::new(&RENAMED, &operations, bind_anew)]], "", "").await?;
    let nodes: Vec<NodeId> = nodes.into_iter().collect();
    for ids in nodes.chunks(NODES) {
        refold(connection, ids).await?;
    }
    sqlx::query("COMMIT").execute(connection).await?;
    Ok(())
}

fn bind_anew(anew: &Anew, arguments: &mut SqliteArguments) -> Result<(), BoxDynError> {
    use sqlx::Arguments as _;
    arguments.add(anew.was.as_bytes().as_slice())?;
    arguments.add(anew.id.as_bytes().as_slice())?;
    arguments.add(anew.device.as_bytes().as_slice())
}

async fn refold(connection: &mut SqliteConnection, ids: &[NodeId]) -> Result<(), StoreError> {
    let sql = format!(
        "SELECT {OP_COLUMNS} FROM op WHERE ent IN (SELECT unhex(value) FROM json_each(?)) ORDER BY rev, idx"
    );
    let list = id_list(ids.iter().map(NodeId::as_bytes));
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(list).fetch_all(&mut *connection).await?;
    let mut replays: BTreeMap<NodeId, Replay> = ids.iter().map(|id| (*id, Replay::new(*id))).collect();
    for row in &rows {
        let op = read_op(row)?;
        if let Some(replay) = replays.get_mut(&op.operation.entity) {
            replay.apply(op.rev, op.operation, &op.trace);
        }
    }
    let nodes: Vec<Node> = replays.into_values().map(|replay| replay.finish().node).collect();
    write_rows(connection, vec![vec![Load::new(&NODE, &nodes, bind_node)]], "", "").await
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
