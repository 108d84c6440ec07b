//! The hub's database: made, refused, and asked and written without going through whole tables.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _};
use tempfile::TempDir;

use super::*;
use crate::domain::change::Kind;
use crate::domain::id::{DeviceId, NodeId, OpId};
use crate::domain::sync::hub::{Offered, Verdict};
use crate::store::StoreError;
use crate::store::database::connection;
use crate::store::testing::environment;

const LAPTOP: DeviceId = DeviceId::from_bytes([1; 16]);

struct TestHub {
    _folder: TempDir,
    path: PathBuf,
    store: HubStore,
    writer: tokio::task::JoinHandle<()>,
}

impl TestHub {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heph/hub.db");
        let (store, writer) = HubStore::open(&path, &environment(1), DEFAULT_QUOTA).await.unwrap();
        let writer = tokio::spawn(writer.run());
        Self { _folder: folder, path, store, writer }
    }

    async fn close(self) -> (TempDir, PathBuf) {
        self.store.close().await;
        self.writer.await.unwrap();
        (self._folder, self.path)
    }
}

fn op(n: u8) -> Offered {
    Offered {
        id: OpId::from_bytes([n; 16]),
        stream: NodeId::from_bytes([7; 16]),
        kind: Kind::SET,
        base: None,
        cursor: 0,
        body: vec![n; 3],
    }
}

async fn execute(path: &Path, sql: &str) {
    let mut connection = connection(path).create_if_missing(true).connect().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn error_of(path: &Path) -> StoreError {
    HubStore::open(path, &environment(1), DEFAULT_QUOTA).await.map(drop).unwrap_err()
}

#[tokio::test]
async fn a_new_database_is_for_its_owner_alone_and_is_opened_again() {
    let hub = TestHub::new().await;
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(hub.path.parent().unwrap()), mode(&hub.path)), (0o700, 0o600));
    let caller = hub.store.caller("i", "ann", Some(LAPTOP)).await.unwrap();
    assert_eq!(caller.device, DeviceState::Unknown);
    hub.store.register_device(caller.account, LAPTOP, "laptop", None).await.unwrap();
    let account = hub.store.account(caller.account).await.unwrap();
    let pushed =
        hub.store.push(caller.account, LAPTOP, account.epoch, vec![op(1), op(2)], None).await.unwrap();
    assert_eq!(pushed.verdicts, [Verdict::Accepted(1), Verdict::Accepted(2)]);
    let (_folder, path) = hub.close().await;
    let (store, _writer) = HubStore::open(&path, &environment(2), DEFAULT_QUOTA).await.unwrap();
    let again = store.caller("i", "ann", Some(LAPTOP)).await.unwrap();
    assert_eq!((again.account, again.device), (caller.account, DeviceState::Known));
    let now = store.account(again.account).await.unwrap();
    assert_eq!((now.epoch, now.head, now.bytes, now.devices), (account.epoch, 2, 206, 1));
}

#[tokio::test]
async fn what_is_no_hubs_database_is_left_as_it_is() {
    let (_folder, path) = TestHub::new().await.close().await;
    execute(&path, "PRAGMA user_version = 7").await;
    let before = std::fs::read(&path).unwrap();
    assert!(matches!(error_of(&path).await, StoreError::Newer { found: 7, known: 2 }));
    assert_eq!(std::fs::read(&path).unwrap(), before);
    let folder = tempfile::tempdir().unwrap();
    let personal = folder.path().join("heph.db");
    let (database, writer, _) = crate::store::open(&personal, &environment(1)).await.unwrap();
    writer.close().await.unwrap();
    database.close().await;
    assert!(matches!(error_of(&personal).await, StoreError::NotAStore));
}

#[tokio::test]
async fn signs_of_life_are_written_with_the_next_push() {
    let hub = TestHub::new().await;
    let account = hub.store.caller("i", "ann", None).await.unwrap().account;
    hub.store.register_device(account, LAPTOP, "laptop", None).await.unwrap();
    let epoch = hub.store.account(account).await.unwrap().epoch;
    hub.store.note_seen(account, LAPTOP, 5);
    hub.store.note_seen(account, LAPTOP, 3);
    let cursor = async || hub.store.devices(account).await.unwrap()[0].cursor;
    let waits = || hub.store.seen.of(account, LAPTOP).0;
    assert_eq!((cursor().await, waits()), (5, 5), "what is not written yet counts as well");
    hub.store.push(account, LAPTOP, epoch, Vec::new(), None).await.unwrap();
    assert_eq!((cursor().await, waits()), (5, 0));
    hub.store.note_seen(account, LAPTOP, 8);
    let (_folder, path) = hub.close().await;
    let (store, _writer) = HubStore::open(&path, &environment(1), DEFAULT_QUOTA).await.unwrap();
    assert_eq!(store.devices(account).await.unwrap()[0].cursor, 8);
}

#[tokio::test]
async fn a_closed_store_takes_nothing() {
    let hub = TestHub::new().await;
    let account = hub.store.caller("i", "ann", None).await.unwrap().account;
    hub.store.finish_writing();
    let refused = hub.store.register_device(account, LAPTOP, "laptop", None).await;
    assert!(matches!(refused, Err(HubError::Busy)));
    assert!(hub.store.is_alive().await);
    hub.store.close().await;
    assert!(!hub.store.is_alive().await);
}

#[tokio::test]
async fn nothing_on_the_way_of_a_push_or_a_pull_goes_through_a_whole_table() {
    let (_folder, path) = TestHub::new().await.close().await;
    let mut connection = connection(&path).connect().await.unwrap();
    let writes = push::TABLES.map(|table| crate::store::statement::statement(table, 4));
    let statements = push::READS.iter().chain(read::READS).map(|sql| (*sql).to_owned());
    for sql in statements.chain(writes) {
        let plan = sqlx::raw_sql(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")))
            .fetch_all(&mut connection)
            .await
            .unwrap();
        let steps: Vec<String> = plan.iter().map(|row| row.get("detail")).collect();
        let tables = ["account", "device", "op", "op_seen", "stream_head"];
        let is_scan = |step: &&String| {
            tables
                .iter()
                .any(|table| **step == format!("SCAN {table}") || step.starts_with(&format!("SCAN {table} ")))
        };
        assert_eq!(
            steps.iter().filter(is_scan).collect::<Vec<_>>(),
            Vec::<&String>::new(),
            "{sql}: {steps:?}"
        );
    }
}

#[tokio::test]
async fn a_full_disk_fails_the_push_and_leaves_the_rest_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hub.db");
    let (store, mut writer) = HubStore::open(&path, &environment(1), DEFAULT_QUOTA).await.unwrap();
    writer.writer.cap_pages(20).await;
    tokio::spawn(writer.run());
    let account = store.caller("i", "ann", None).await.unwrap().account;
    store.register_device(account, LAPTOP, "laptop", None).await.unwrap();
    let epoch = store.account(account).await.unwrap().epoch;
    let large = Offered { body: vec![1; 1 << 20], ..op(1) };
    for _ in 0..2 {
        let failed = store.push(account, LAPTOP, epoch, vec![op(2), large.clone()], None).await;
        assert!(matches!(failed, Err(HubError::Store(cause)) if matches!(*cause, StoreError::Full)));
    }
    assert_eq!(store.account(account).await.unwrap().head, 0);
    let pushed = store.push(account, LAPTOP, epoch, vec![op(2)], None).await.unwrap();
    assert_eq!(pushed.verdicts, [Verdict::Accepted(1)]);
}

#[tokio::test]
async fn a_check_names_what_is_wrong_with_a_log() {
    let hub = TestHub::new().await;
    let caller = hub.store.caller("i", "ann", Some(LAPTOP)).await.unwrap();
    hub.store.register_device(caller.account, LAPTOP, "laptop", None).await.unwrap();
    let epoch = hub.store.account(caller.account).await.unwrap().epoch;
    let text = |n, base| Offered { kind: Kind::TEXT, base: Some(base), cursor: base, ..op(n) };
    for ops in [vec![op(1), text(2, 0), op(3)], vec![text(4, 2), op(5)]] {
        hub.store.push(caller.account, LAPTOP, epoch, ops, None).await.unwrap();
    }
    let (_folder, path) = hub.close().await;
    let sound = HubReport { accounts: 1, operations: 5, problems: Vec::new() };
    assert_eq!(check(&path).await.unwrap(), sound);
    for (damage, mend, problem) in [
        (
            "UPDATE op SET seq = 9 WHERE seq = 5; UPDATE op_seen SET seq = 9 WHERE seq = 5; UPDATE stream_head SET head = 9",
            "UPDATE op SET seq = 5 WHERE seq = 9; UPDATE op_seen SET seq = 5 WHERE seq = 9; UPDATE stream_head SET head = 5",
            "the log of account 1 has 5 operations from 1 to 9, not 5 from 1 to 5",
        ),
        (
            "UPDATE op SET base = 0 WHERE seq = 4",
            "UPDATE op SET base = 2 WHERE seq = 4",
            "text 4 of account 1 changes 0, and 2 is the one before it",
        ),
        (
            "UPDATE account SET bytes = 7",
            "UPDATE account SET bytes = 515",
            "account 1 is said to hold 7 bytes and holds 515",
        ),
        (
            "UPDATE stream_head SET head = 4",
            "UPDATE stream_head SET head = 5",
            "the newest place of a stream of account 1 is not 5",
        ),
        (
            "UPDATE op_seen SET seq = 8 WHERE seq = 3",
            "UPDATE op_seen SET seq = 3 WHERE seq = 8",
            "operation 3 of account 1 could be taken twice",
        ),
        (
            "UPDATE account SET id = 2",
            "UPDATE account SET id = 1",
            "5 operations belong to account 1, which is not there",
        ),
    ] {
        execute(&path, damage).await;
        assert_eq!(check(&path).await.unwrap().problems[0], problem);
        execute(&path, mend).await;
    }
    assert_eq!(check(&path).await.unwrap(), sound);
}
