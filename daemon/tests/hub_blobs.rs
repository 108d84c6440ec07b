//! Files at a hub: kept by their hash, for one account, within its quota.

use heph_protocol::hub::{Account, Blobs, Hello, MAX_BLOB_BYTES, MAX_BLOB_HASHES};
use reqwest::header::{CONTENT_LENGTH, RANGE};
use reqwest::{Method, StatusCode};

use crate::support::hub::{Answer, Spoke, TestHub, set};

/// What a file counts beside its bytes.
const OVERHEAD: u64 = 100;

fn path(bytes: &[u8]) -> String {
    format!("/v1/blobs/{}", blake3::hash(bytes).to_hex())
}

async fn put(spoke: &Spoke, path: &str, bytes: &[u8]) -> Answer {
    Answer::of(spoke.request(Method::PUT, path).body(bytes.to_vec())).await
}

async fn held(spoke: &Spoke) -> u64 {
    spoke.get("/v1/account").await.value::<Account>().bytes
}

#[tokio::test]
async fn a_file_is_kept_once_read_in_ranges_and_nobody_elses() {
    let folder = tempfile::tempdir().unwrap();
    let hub = TestHub::start(folder.path());
    let (ann, ben) = (hub.spoke("ann", 1).await, hub.spoke("ben", 2).await);
    let bytes: Vec<u8> = (0..300_000_u32).map(|n| (n % 251) as u8).collect();
    let path = path(&bytes);
    let hello: Hello = ann.get("/v1/hello").await.value();
    assert_eq!((hello.features, hello.limits.blob_bytes), (vec!["blobs".to_owned()], MAX_BLOB_BYTES));
    assert_eq!(ann.get(&path).await.refusal(), (404, "not_found".to_owned()));
    for _ in 0..2 {
        assert_eq!(put(&ann, &path, &bytes).await.status, StatusCode::NO_CONTENT);
        assert_eq!(held(&ann).await, bytes.len() as u64 + OVERHEAD, "a repeat changes nothing");
    }
    assert!(ann.get(&path).await.body == bytes);
    let head = Answer::of(ann.request(Method::HEAD, &path)).await;
    assert_eq!((head.status, head.headers[CONTENT_LENGTH].to_str().unwrap()), (StatusCode::OK, "300000"));
    for (range, expected, of) in [
        ("bytes=0-9", &bytes[..10], "bytes 0-9/300000"),
        ("bytes=299990-", &bytes[299_990..], "bytes 299990-299999/300000"),
        ("bytes=100000-250000", &bytes[100_000..=250_000], "bytes 100000-250000/300000"),
    ] {
        let part = Answer::of(ann.request(Method::GET, &path).header(RANGE, range)).await;
        assert_eq!(part.status, StatusCode::PARTIAL_CONTENT);
        assert_eq!(part.headers["content-range"], of);
        assert!(part.body == expected, "{range}");
    }
    let beyond = Answer::of(ann.request(Method::GET, &path).header(RANGE, "bytes=300000-")).await;
    assert_eq!(beyond.refusal(), (416, "range".to_owned()));

    let other = blake3::hash(b"nobody has it").to_hex().to_string();
    let hash = path.rsplit('/').next().unwrap().to_owned();
    let asked = Blobs { hashes: vec![hash.clone(), other.clone()] };
    let missing = |answer: Answer| answer.value::<Blobs>().hashes;
    assert_eq!(missing(ann.post("/v1/blobs/missing", &asked).await), std::slice::from_ref(&other));
    assert_eq!(
        missing(ben.post("/v1/blobs/missing", &asked).await),
        [hash, other],
        "Ben learns nothing of it"
    );
    assert_eq!(ben.get(&path).await.refusal(), (404, "not_found".to_owned()));
    assert_eq!(Answer::of(ben.request(Method::HEAD, &path)).await.status, StatusCode::NOT_FOUND);
    assert_eq!(held(&ben).await, 0);

    // It is there after a restart, and the sums are right.
    hub.stop();
    let report = hephd::store::hub::check(&folder.path().join("hub.db")).await.unwrap();
    assert_eq!(report.problems, Vec::<String>::new());
    let hub = TestHub::start(folder.path());
    let ann = hub.spoke("ann", 1).await;
    assert!(ann.get(&path).await.body == bytes);
}

#[tokio::test]
async fn what_is_no_file_of_its_hash_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let hub = TestHub::start(folder.path());
    let ann = hub.spoke("ann", 1).await;
    assert_eq!(put(&ann, &path(b"this"), b"that").await.refusal(), (422, "hash".to_owned()));
    assert_eq!(put(&ann, &path(b"this"), b"").await.refusal(), (422, "hash".to_owned()));
    assert_eq!(put(&ann, &path(b""), b"").await.status, StatusCode::NO_CONTENT, "an empty file is one");
    for name in ["x", "../../hub.db", "..%2f..%2fhub.db", &"A".repeat(64), &"0".repeat(63), &"0".repeat(65)] {
        let answer = put(&ann, &format!("/v1/blobs/{name}"), b"x").await;
        assert!(matches!(answer.refusal().0, 400 | 404), "{name}: {:?}", answer.status);
    }
    let long = ann.request(Method::PUT, &path(b"long")).header(CONTENT_LENGTH, MAX_BLOB_BYTES + 1);
    let refused = long
        .body(reqwest::Body::wrap_stream(futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>()));
    assert_eq!(Answer::of(refused).await.refusal(), (413, "too_large".to_owned()));
    let many = Blobs { hashes: vec!["0".repeat(64); MAX_BLOB_HASHES + 1] };
    assert_eq!(ann.post("/v1/blobs/missing", &many).await.refusal(), (413, "too_large".to_owned()));
    let wrong = Blobs { hashes: vec!["zz".to_owned()] };
    assert_eq!(ann.post("/v1/blobs/missing", &wrong).await.refusal(), (400, "malformed".to_owned()));
    let stranger = hub.person("ann");
    assert_eq!(put(&stranger, &path(b"x"), b"x").await.refusal().0, 400, "no device is named");
    let foreign = Spoke { device: Some(crate::support::hub::id(9)), ..hub.person("ann") };
    assert_eq!(put(&foreign, &path(b"x"), b"x").await.refusal(), (403, "forbidden".to_owned()));
    assert_eq!(held(&ann).await, OVERHEAD);
    let incoming = folder.path().join("hub-blobs/incoming");
    assert_eq!(incoming.read_dir().unwrap().count(), 0, "nothing is left of what was refused");
}

#[tokio::test]
async fn the_quota_holds_to_the_byte_and_the_log_is_counted_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let hub = TestHub::start_with(folder.path(), |options| options.quota = 2_000);
    let ann = hub.spoke("ann", 1).await;
    ann.push(vec![set(1)]).await;
    let room = 2_000 - held(&ann).await;
    let (fits, too_long) = (vec![1; (room - OVERHEAD) as usize], vec![2; (room - OVERHEAD) as usize + 1]);
    assert_eq!(put(&ann, &path(&too_long), &too_long).await.refusal(), (507, "quota".to_owned()));
    // Without a length it is only known on the way.
    let stream = futures_util::stream::iter(
        too_long.chunks(100).map(|part| Ok::<_, std::io::Error>(part.to_vec())).collect::<Vec<_>>(),
    );
    let chunked = ann.request(Method::PUT, &path(&too_long)).body(reqwest::Body::wrap_stream(stream));
    assert_eq!(Answer::of(chunked).await.refusal(), (507, "quota".to_owned()));
    assert_eq!(put(&ann, &path(&fits), &fits).await.status, StatusCode::NO_CONTENT);
    assert_eq!(held(&ann).await, 2_000);
    assert_eq!(put(&ann, &path(b""), b"").await.refusal(), (507, "quota".to_owned()));
    assert_eq!(ann.offer(vec![set(2)]).await.refusal(), (507, "quota".to_owned()));
    assert_eq!(
        put(&ann, &path(&fits), &fits).await.status,
        StatusCode::NO_CONTENT,
        "what is there may come again"
    );
    assert!(ann.get(&path(&fits)).await.body == fits, "what is there can be read");
    let ben = hub.spoke("ben", 2).await;
    assert_eq!(
        put(&ben, &path(&fits), &fits).await.status,
        StatusCode::NO_CONTENT,
        "others have their own room"
    );
}
