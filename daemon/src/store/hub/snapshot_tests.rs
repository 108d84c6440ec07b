//! Snapshots and floors in the hub's database.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use super::*;
use crate::domain::change::Kind;
use crate::domain::id::{DeviceId, NodeId, OpId};
use crate::domain::sync::hub::{Offered, Verdict};
use crate::environment::{Clock as _, Environment, FixedClock};

const LAPTOP: DeviceId = DeviceId::from_bytes([1; 16]);
const PHONE: DeviceId = DeviceId::from_bytes([2; 16]);
const BEN: DeviceId = DeviceId::from_bytes([3; 16]);

struct TestHub {
    _folder: TempDir,
    path: PathBuf,
    clock: Arc<FixedClock>,
    store: HubStore,
    writer: tokio::task::JoinHandle<()>,
    account: AccountId,
    epoch: u64,
}

impl TestHub {
    async fn new(quota: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hub.db");
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let clock = Arc::new(FixedClock::new(now));
        let environment = Environment { clock: clock.clone(), ..Environment::fixed(now, 1) };
        let (store, writer) = HubStore::open(&path, &environment, quota).await.unwrap();
        let writer = tokio::spawn(writer.run());
        let account = store.caller("i", "ann", None).await.unwrap().account;
        for device in [LAPTOP, PHONE] {
            store.register_device(account, device, "a device", None).await.unwrap();
        }
        let epoch = store.account(account).await.unwrap().epoch;
        Self { _folder: folder, path, clock, store, writer, account, epoch }
    }

    async fn push(&self, ops: Vec<Offered>) -> Vec<Verdict> {
        let pushed = self.store.push(self.account, LAPTOP, self.epoch, ops, None).await;
        pushed.unwrap().verdicts
    }

    async fn begin(&self, id: u8, seq: u64) -> Result<(), HubError> {
        let new = NewSnapshot { id: [id; 16], epoch: self.epoch, seq, format: 1 };
        self.store.begin_snapshot(self.account, LAPTOP, new).await
    }

    async fn put(&self, id: u8, part: u32, body: &[u8]) -> Result<(), HubError> {
        let (account, body) = (self.account, body.to_vec());
        self.store.put_snapshot_part(account, LAPTOP, [id; 16], part, body, None).await
    }

    async fn commit(&self, id: u8, parts: &[&[u8]]) -> Result<(), HubError> {
        let parts = parts.iter().map(|part| *blake3::hash(part).as_bytes()).collect();
        self.store.commit_snapshot(self.account, LAPTOP, [id; 16], parts, [9; 32]).await
    }

    async fn whole(&self, id: u8, seq: u64) {
        self.begin(id, seq).await.unwrap();
        self.put(id, 0, &[id; 10]).await.unwrap();
        self.commit(id, &[&[id; 10]]).await.unwrap();
    }

    async fn bytes(&self) -> u64 {
        self.store.account(self.account).await.unwrap().bytes
    }

    fn pass(&self, days: i64) {
        self.pass_hours(24 * days);
    }

    fn pass_hours(&self, hours: i64) {
        self.clock.set(self.clock.now() + SignedDuration::from_hours(hours));
    }

    /// The places its log still has.
    async fn log(&self) -> (u64, Vec<u64>) {
        let floor = self.store.account(self.account).await.unwrap().floor;
        let page = self.store.ops(self.account, floor, 1_000, None).await.unwrap();
        (floor, page.ops.iter().map(|op| op.seq).collect())
    }

    async fn check(self) {
        self.store.close().await;
        self.writer.await.unwrap();
        assert_eq!(check(&self.path).await.unwrap().problems, Vec::<String>::new());
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

#[tokio::test]
async fn a_snapshot_is_there_once_it_is_whole_and_counts_what_it_holds() {
    let hub = TestHub::new(DEFAULT_QUOTA).await;
    hub.push(vec![op(1), op(2)]).await;
    let before = hub.bytes().await;
    hub.begin(5, 2).await.unwrap();
    hub.put(5, 0, b"first").await.unwrap();
    hub.put(5, 1, b"a long second part").await.unwrap();
    hub.put(5, 1, b"second").await.unwrap();
    hub.begin(5, 2).await.unwrap();
    assert_eq!(hub.store.newest_snapshot(hub.account).await.unwrap(), None);
    assert_eq!(hub.store.snapshot_part(hub.account, [5; 16], 0).await.unwrap(), None);
    assert_eq!(hub.bytes().await, before + 11);
    let wrong: [&[&[u8]]; 4] = [&[], &[b"first"], &[b"second", b"first"], &[b"first", b"second", b"third"]];
    for parts in wrong {
        assert!(matches!(hub.commit(5, parts).await, Err(HubError::SnapshotParts)));
    }
    for _ in 0..2 {
        hub.commit(5, &[b"first", b"second"]).await.unwrap();
    }
    let newest = hub.store.newest_snapshot(hub.account).await.unwrap().unwrap();
    assert_eq!((newest.id, newest.seq, newest.device, newest.format), ([5; 16], 2, LAPTOP, 1));
    assert_eq!(newest.state_hash, [9; 32]);
    assert_eq!(newest.parts.iter().map(|(_, bytes)| *bytes).collect::<Vec<_>>(), [5, 6]);
    assert_eq!(hub.store.snapshot_part(hub.account, [5; 16], 1).await.unwrap().unwrap(), b"second");
    assert!(matches!(hub.put(5, 1, b"later").await, Err(HubError::NoSnapshot)));
    hub.check().await;
}

#[tokio::test]
async fn what_is_older_than_the_newest_or_not_in_the_log_is_no_snapshot() {
    let hub = TestHub::new(DEFAULT_QUOTA).await;
    hub.push(vec![op(1), op(2), op(3)]).await;
    for seq in [0, 4, u64::MAX] {
        assert!(matches!(hub.begin(1, seq).await, Err(HubError::FutureSnapshot)), "{seq}");
    }
    let other = NewSnapshot { id: [1; 16], epoch: hub.epoch + 1, seq: 2, format: 1 };
    let refused = hub.store.begin_snapshot(hub.account, LAPTOP, other).await;
    assert!(matches!(refused, Err(HubError::Epoch { .. })));
    hub.begin(1, 2).await.unwrap();
    hub.put(1, 0, b"part").await.unwrap();
    let phone = NewSnapshot { id: [2; 16], epoch: hub.epoch, seq: 3, format: 1 };
    hub.store.begin_snapshot(hub.account, PHONE, phone).await.unwrap();
    hub.store.put_snapshot_part(hub.account, PHONE, [2; 16], 0, vec![1], None).await.unwrap();
    // Nobody makes another device's whole.
    assert!(matches!(hub.commit(2, &[&[1]]).await, Err(HubError::NoSnapshot)));
    assert!(matches!(hub.begin(2, 3).await, Err(HubError::NoSnapshot)));
    let parts = vec![*blake3::hash(&[1]).as_bytes()];
    hub.store.commit_snapshot(hub.account, PHONE, [2; 16], parts, [0; 32]).await.unwrap();
    assert!(matches!(hub.commit(1, &[b"part"]).await, Err(HubError::OlderSnapshot)));
    assert!(matches!(hub.begin(4, 3).await, Err(HubError::OlderSnapshot)));
    assert_eq!(hub.store.account(hub.account).await.unwrap().snapshot, 3);
    hub.check().await;
}

#[tokio::test]
async fn an_account_sees_only_its_own_snapshots_and_a_full_one_takes_no_part() {
    let hub = TestHub::new(400).await;
    hub.push(vec![op(1)]).await;
    hub.whole(1, 1).await;
    let ben = hub.store.caller("i", "ben", None).await.unwrap().account;
    hub.store.register_device(ben, BEN, "ben's", None).await.unwrap();
    assert_eq!(hub.store.newest_snapshot(ben).await.unwrap(), None);
    assert_eq!(hub.store.snapshot_part(ben, [1; 16], 0).await.unwrap(), None);
    let foreign = hub.store.put_snapshot_part(ben, BEN, [1; 16], 0, vec![1], None).await;
    assert!(matches!(foreign, Err(HubError::NoSnapshot)));
    hub.push(vec![op(2)]).await;
    hub.begin(2, 2).await.unwrap();
    let room = 400 - hub.bytes().await as usize;
    assert!(matches!(hub.put(2, 0, &vec![1; room + 1]).await, Err(HubError::Quota)));
    hub.put(2, 0, &vec![1; room]).await.unwrap();
    assert_eq!(hub.bytes().await, 400);
    // Another begin drops what was not whole.
    hub.begin(3, 2).await.unwrap();
    assert_eq!(hub.bytes().await, 400 - room as u64);
    hub.check().await;
}

#[tokio::test]
async fn a_log_begins_later_once_a_snapshot_is_a_week_old_and_every_living_device_has_read_as_far() {
    let hub = TestHub::new(DEFAULT_QUOTA).await;
    hub.push((1..=5).map(op).collect()).await;
    hub.whole(1, 3).await;
    hub.store.note_seen(hub.account, LAPTOP, 5);
    hub.store.note_seen(hub.account, PHONE, 2);
    hub.push(vec![op(6)]).await;
    hub.pass(6);
    assert_eq!(hub.store.tend().await.unwrap(), Tended::default());
    hub.pass(2);
    assert_eq!(hub.store.tend().await.unwrap(), Tended::default(), "the phone has not read it");
    assert_eq!(hub.log().await, (0, vec![1, 2, 3, 4, 5, 6]));
    hub.store.note_seen(hub.account, PHONE, 3);
    hub.push(vec![op(7)]).await;
    let before = hub.bytes().await;
    assert_eq!(hub.store.tend().await.unwrap(), Tended { operations: 3, ..Tended::default() });
    assert_eq!(hub.log().await, (3, vec![4, 5, 6, 7]));
    assert_eq!(hub.bytes().await, before - 3 * 103);
    // What was given up is known as taken still.
    assert_eq!(hub.push(vec![op(1)]).await, [Verdict::Duplicate(1)]);
    hub.check().await;
}

#[tokio::test]
async fn a_device_that_was_not_there_for_a_quarter_holds_nothing_up_and_ids_are_known_for_400_days() {
    let hub = TestHub::new(DEFAULT_QUOTA).await;
    hub.push((1..=4).map(op).collect()).await;
    hub.whole(1, 4).await;
    hub.pass(91);
    hub.store.note_seen(hub.account, LAPTOP, 4);
    hub.push(vec![op(5)]).await;
    assert_eq!(hub.store.tend().await.unwrap().operations, 4);
    assert_eq!(hub.log().await, (4, vec![5]));
    hub.pass(310);
    hub.store.tend().await.unwrap();
    let known = hub.store.status(hub.account, &[1, 5].map(|n| OpId::from_bytes([n; 16]))).await.unwrap();
    assert_eq!(known.into_values().collect::<Vec<_>>(), [5]);
    hub.check().await;
}

#[tokio::test]
async fn uploads_nobody_finishes_and_parts_of_older_snapshots_go() {
    let hub = TestHub::new(DEFAULT_QUOTA).await;
    hub.push((1..=4).map(op).collect()).await;
    let bare = hub.bytes().await;
    hub.begin(1, 1).await.unwrap();
    hub.put(1, 0, &[1; 50]).await.unwrap();
    hub.pass(2);
    assert_eq!(hub.store.tend().await.unwrap().uploads, 1);
    assert_eq!(hub.bytes().await, bare);
    hub.whole(2, 2).await;
    hub.whole(3, 3).await;
    hub.store.tend().await.unwrap();
    assert_eq!(hub.bytes().await, bare + 20, "somebody may be reading it");
    hub.pass_hours(2);
    hub.store.tend().await.unwrap();
    assert_eq!(hub.bytes().await, bare + 10);
    assert_eq!(hub.store.snapshot_part(hub.account, [2; 16], 0).await.unwrap(), None);
    assert!(hub.store.snapshot_part(hub.account, [3; 16], 0).await.unwrap().is_some());
    hub.check().await;
}
