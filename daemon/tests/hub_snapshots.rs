//! Snapshots over HTTP: made in parts, read by all devices of the account, and by nobody else.

use heph_protocol::hub::{
    Account, BeginSnapshot, CommitSnapshot, Hash, Hello, Id, MAX_SNAPSHOT_PART, SNAPSHOTS, Snapshot,
    SnapshotPart,
};
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_bytes::ByteBuf;

use crate::support::hub::{Answer, Spoke, TestHub, hex, id, set};

fn hash(part: &[u8]) -> Hash {
    Hash::new(*blake3::hash(part).as_bytes())
}

async fn begin(spoke: &Spoke, snapshot: Id, seq: u64) -> Answer {
    let begin = BeginSnapshot { id: snapshot, epoch: spoke.epoch().await, seq, format: 1 };
    spoke.post("/v1/snapshots", &begin).await
}

async fn put(spoke: &Spoke, snapshot: Id, part: &str, bytes: &[u8]) -> Answer {
    let body = SnapshotPart { bytes: ByteBuf::from(bytes.to_vec()) };
    let body = rmp_serde::to_vec_named(&body).unwrap();
    let path = format!("/v1/snapshots/{}/parts/{part}", hex(snapshot));
    let request = spoke.request(Method::PUT, &path).header(CONTENT_TYPE, "application/msgpack");
    Answer::of(request.body(body)).await
}

async fn commit(spoke: &Spoke, snapshot: Id, parts: &[&[u8]]) -> Answer {
    let parts = parts.iter().map(|part| hash(part)).collect();
    let manifest = CommitSnapshot { parts, state_hash: hash(b"state") };
    spoke.post(&format!("/v1/snapshots/{}/commit", hex(snapshot)), &manifest).await
}

#[tokio::test]
async fn a_snapshot_that_one_device_makes_another_reads() {
    let folder = tempfile::tempdir().unwrap();
    let hub = TestHub::start(folder.path());
    let (laptop, phone) = (hub.spoke("ann", 1).await, hub.spoke("ann", 2).await);
    assert!(laptop.get("/v1/hello").await.value::<Hello>().features.contains(&SNAPSHOTS.to_owned()));
    laptop.push(vec![set(1), set(2)]).await;
    assert_eq!(begin(&laptop, id(9), 3).await.refusal(), (422, "seq".to_owned()));
    assert_eq!(begin(&laptop, id(9), 2).await.status, 201);
    for (part, bytes) in [("0", b"one".as_slice()), ("1", b"two")] {
        assert_eq!(put(&laptop, id(9), part, bytes).await.status, 204);
    }
    assert_eq!(phone.get("/v1/snapshots/latest").await.refusal(), (404, "not_found".to_owned()));
    assert_eq!(commit(&laptop, id(9), &[b"one", b"2"]).await.refusal(), (422, "hash".to_owned()));
    assert_eq!(commit(&phone, id(9), &[b"one", b"two"]).await.refusal(), (404, "not_found".to_owned()));
    for _ in 0..2 {
        assert_eq!(commit(&laptop, id(9), &[b"one", b"two"]).await.status, 204);
    }
    let newest: Snapshot = phone.get("/v1/snapshots/latest").await.value();
    assert_eq!((newest.id, newest.device, newest.seq, newest.format), (id(9), id(1), 2, 1));
    assert_eq!(newest.state_hash, hash(b"state"));
    let parts: Vec<_> = newest.parts.iter().map(|part| (part.hash, part.bytes)).collect();
    assert_eq!(parts, [(hash(b"one"), 3), (hash(b"two"), 3)]);
    let part: SnapshotPart = phone.get(&format!("/v1/snapshots/{}/parts/1", hex(id(9)))).await.value();
    assert_eq!(part.bytes, b"two".as_slice());
    assert_eq!(phone.get("/v1/account").await.value::<Account>().snapshot, 2);
    assert_eq!(begin(&phone, id(8), 2).await.refusal(), (409, "older".to_owned()));
}

#[tokio::test]
async fn nobody_reads_or_makes_the_snapshots_of_another_account_and_limits_hold() {
    let folder = tempfile::tempdir().unwrap();
    let hub = TestHub::start(folder.path());
    let (ann, ben) = (hub.spoke("ann", 1).await, hub.spoke("ben", 2).await);
    ann.push(vec![set(1)]).await;
    begin(&ann, id(9), 1).await;
    for foreign in [id(9), id(77)] {
        assert_eq!(put(&ben, foreign, "0", b"x").await.refusal(), (404, "not_found".to_owned()));
        assert_eq!(commit(&ben, foreign, &[b"x"]).await.refusal(), (404, "not_found".to_owned()));
    }
    let most = vec![7_u8; MAX_SNAPSHOT_PART];
    assert_eq!(put(&ann, id(9), "0", &most).await.status, 204);
    assert_eq!(put(&ann, id(9), "1", &[most.as_slice(), &[7]].concat()).await.status, 413);
    for part in ["256", "-1", "x", "99999999999999999999"] {
        assert_eq!(put(&ann, id(9), part, b"x").await.status, 400, "{part}");
    }
    assert_eq!(put(&ann, id(9), "1", b"").await.refusal(), (422, "part".to_owned()));
    assert_eq!(commit(&ann, id(9), &[&most]).await.status, 204);
    let path = format!("/v1/snapshots/{}/parts/0", hex(id(9)));
    assert_eq!(ann.get(&path).await.value::<SnapshotPart>().bytes.len(), MAX_SNAPSHOT_PART);
    assert_eq!(ben.get(&path).await.refusal(), (404, "not_found".to_owned()));
    let stranger = Spoke { device: Some(id(5)), ..hub.person("ann") };
    assert_eq!(stranger.get("/v1/snapshots/latest").await.refusal(), (403, "forbidden".to_owned()));
}
