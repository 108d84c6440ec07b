//! What a hub refuses, and how: nothing panics, nothing enters, and the next request is served.

use heph_protocol::hub::{
    CONTENT_TYPE, DEVICE_HEADER, Id, NewOp, Ops, PROTO_HEADER, Push, RegisterDevice, Status, Verdict,
};
use reqwest::Method;
use reqwest::header::CONTENT_TYPE as TYPE;
use rmp::encode;
use serde::Serialize;
use serde_bytes::ByteBuf;

use crate::support::hub::{Answer, Spoke, TestHub, hex, id, set, text};

struct Fixture {
    _folder: tempfile::TempDir,
    hub: TestHub,
    spoke: Spoke,
    epoch: u64,
}

impl Fixture {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hub = TestHub::start(folder.path());
        let spoke = hub.spoke("ann", 1).await;
        let epoch = spoke.epoch().await;
        Self { _folder: folder, hub, spoke, epoch }
    }

    fn push(&self, ops: Vec<NewOp>) -> Push {
        Push { device: id(1), epoch: self.epoch, ops }
    }

    fn packed(&self, ops: Vec<NewOp>) -> Vec<u8> {
        rmp_serde::to_vec_named(&self.push(ops)).unwrap()
    }

    /// Nothing entered, and the hub goes on.
    async fn assert_untouched(&self) {
        let ops: Ops = self.spoke.get("/v1/ops").await.value();
        assert_eq!(ops.head, 0);
    }
}

fn malformed() -> (u16, String) {
    (400, "malformed".to_owned())
}

#[tokio::test]
async fn what_is_no_messagepack_of_a_push_is_refused() {
    let fixture = Fixture::new().await;
    let good = fixture.packed(vec![set(1), text(2, 7, 0)]);
    let mut bodies: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"{\"device\": 1}".to_vec(),
        vec![0xc1],
        vec![0xc0],
        [good.as_slice(), b"\xc0"].concat(),
        [b"\x81\xa1x".as_slice(), &[0x91; 10_000], b"\xc0"].concat(),
        [b"\x81\xa3ops".as_slice(), &[0x91; 10_000]].concat(),
        b"\x81\xa3ops\xdd\xff\xff\xff\xff".to_vec(),
        b"\xdf\xff\xff\xff\xff".to_vec(),
        b"\x81\xa3ops\x91\x81\xa4body\xc6\xff\xff\xff\xff".to_vec(),
    ];
    bodies.extend([1, good.len() / 2, good.len() - 1].map(|cut| good[..cut].to_vec()));
    for body in bodies {
        let answer = fixture.spoke.post_bytes("/v1/push", body.clone()).await;
        assert_eq!(answer.refusal(), malformed(), "{:?}", &body[..body.len().min(40)]);
    }
    fixture.assert_untouched().await;
}

/// An operation with whatever a test wants in a field.
fn with_field(name: &str, write: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = b"\x82\xa3ops\x91\x81".to_vec();
    encode::write_str(&mut bytes, name).unwrap();
    write(&mut bytes);
    encode::write_str(&mut bytes, "epoch").unwrap();
    encode::write_uint(&mut bytes, 1).unwrap();
    bytes
}

#[tokio::test]
async fn numbers_of_a_wrong_kind_are_refused() {
    let fixture = Fixture::new().await;
    for field in ["base", "cursor", "kind"] {
        let negative = with_field(field, |bytes| {
            encode::write_sint(bytes, -1).unwrap();
        });
        let fraction = with_field(field, |bytes| encode::write_f64(bytes, 1.5).unwrap());
        let text = with_field(field, |bytes| encode::write_str(bytes, "1").unwrap());
        for body in [negative, fraction, text] {
            assert_eq!(fixture.spoke.post_bytes("/v1/push", body).await.refusal(), malformed(), "{field}");
        }
    }
    let large_kind = with_field("kind", |bytes| {
        encode::write_uint(bytes, 256).unwrap();
    });
    assert_eq!(fixture.spoke.post_bytes("/v1/push", large_kind).await.refusal(), malformed());
    for length in [0, 15, 17] {
        let body = with_field("id", |bytes| encode::write_bin(bytes, &vec![1; length]).unwrap());
        assert_eq!(fixture.spoke.post_bytes("/v1/push", body).await.refusal(), malformed(), "{length}");
    }
    fixture.assert_untouched().await;
}

#[tokio::test]
async fn operations_that_cannot_be_are_refused_one_by_one() {
    let fixture = Fixture::new().await;
    let bad = |code: &str| Verdict::Bad(code.to_owned());
    let ops = vec![
        NewOp { cursor: u64::MAX, ..set(1) },
        NewOp { base: Some(u64::MAX), ..text(2, 7, 0) },
        NewOp { base: Some(0), ..set(3) },
        NewOp { base: None, ..text(4, 7, 0) },
        NewOp { kind: 0, ..set(5) },
    ];
    let expected = [bad("cursor"), bad("cursor"), bad("base"), bad("base"), bad("kind")];
    assert_eq!(fixture.spoke.push(ops).await, expected);
    fixture.assert_untouched().await;
    let unknown_kinds = vec![NewOp { kind: 16, ..set(6) }, NewOp { kind: 255, ..set(7) }];
    assert_eq!(fixture.spoke.push(unknown_kinds).await, [Verdict::Ok(1), Verdict::Ok(2)]);
}

#[tokio::test]
async fn envelopes_without_ids_are_named_by_their_place() {
    let fixture = Fixture::new().await;
    for (index, code, op) in [
        (1, "id", NewOp { id: Id::default(), ..set(1) }),
        (1, "stream", NewOp { stream: Id::default(), ..set(1) }),
    ] {
        let answer = fixture.spoke.offer(vec![set(2), op]).await;
        assert_eq!(answer.refusal(), (422, code.to_owned()));
        assert_eq!(answer.problem().index, Some(index));
    }
    fixture.assert_untouched().await;
}

#[tokio::test]
async fn too_much_at_once_is_refused() {
    let fixture = Fixture::new().await;
    let too_large = (413, "too_large".to_owned());
    assert_eq!(fixture.spoke.offer((1..=257).map(set).collect()).await.refusal(), too_large);
    let op_ids = vec![id(1); 1_001];
    assert_eq!(fixture.spoke.post("/v1/status", &Status { op_ids }).await.refusal(), too_large);
    let long = vec![0; (16 << 20) + 1];
    assert_eq!(fixture.spoke.post_bytes("/v1/push", long).await.refusal(), too_large);
    fixture.assert_untouched().await;
}

#[tokio::test]
async fn a_body_without_an_end_is_cut_off() {
    let fixture = Fixture::new().await;
    let endless = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![0x91u8; 64 << 10]));
    let request = fixture.spoke.request(Method::POST, "/v1/push").header(TYPE, CONTENT_TYPE);
    let sent = request.body(reqwest::Body::wrap_stream(endless)).send().await;
    // The hub may close before all is written, which the client cannot tell from a failure.
    if let Ok(response) = sent {
        assert_eq!(response.status(), 413);
    }
    fixture.assert_untouched().await;
}

#[tokio::test]
async fn bombs_and_other_codings_are_refused() {
    let fixture = Fixture::new().await;
    let spoke = &fixture.spoke;
    let bomb = zstd::bulk::compress(&vec![0xc0; 64 << 20], 19).unwrap();
    assert!(bomb.len() < 16 << 10);
    assert_eq!(spoke.post_coded("/v1/push", "zstd", bomb).await.status, 413);
    let gzip = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00".to_vec();
    assert_eq!(spoke.post_coded("/v1/push", "zstd", gzip.clone()).await.refusal(), malformed());
    assert_eq!(spoke.post_coded("/v1/push", "zstd", fixture.packed(vec![set(1)])).await.status, 400);
    let unsupported = (415, "media_type".to_owned());
    assert_eq!(spoke.post_coded("/v1/push", "gzip", gzip).await.refusal(), unsupported);
    let json = spoke.request(Method::POST, "/v1/push").header(TYPE, "application/json").body("{}");
    assert_eq!(Answer::of(json).await.refusal(), unsupported);
    let untyped = spoke.request(Method::POST, "/v1/push").body(fixture.packed(vec![set(1)]));
    assert_eq!(Answer::of(untyped).await.refusal(), unsupported);
    fixture.assert_untouched().await;
    let packed = zstd::bulk::compress(&fixture.packed(vec![set(1)]), 3).unwrap();
    assert_eq!(spoke.post_coded("/v1/push", "zstd", packed).await.status, 200);
}

#[tokio::test]
async fn answers_are_compressed_for_who_takes_it() {
    let fixture = Fixture::new().await;
    let spoke = &fixture.spoke;
    spoke.push((1..=20).map(set).collect()).await;
    let packed = spoke.get("/v1/ops").await;
    assert_eq!(packed.headers["content-encoding"], "zstd");
    let plain = spoke.request(Method::GET, "/v1/ops").header("accept-encoding", "identity");
    let plain = plain.build().unwrap();
    let mut request = reqwest::Request::new(Method::GET, plain.url().clone());
    for (name, value) in plain.headers() {
        if name != "accept-encoding" {
            request.headers_mut().insert(name, value.clone());
        }
    }
    let response = spoke.client.execute(request).await.unwrap();
    assert!(response.headers().get("content-encoding").is_none());
    let plain: Ops = rmp_serde::from_slice(&response.bytes().await.unwrap()).unwrap();
    assert_eq!(plain.ops, packed.value::<Ops>().ops);
    let short = spoke.get("/v1/ops?after=20").await;
    assert!(short.headers.get("content-encoding").is_none());
}

#[tokio::test]
async fn queries_that_are_none_are_refused() {
    let fixture = Fixture::new().await;
    for query in ["after=-1", "after=x", "limit=-5", "wait=-1", "wait=NaN", "stream=xyz"] {
        let answer = fixture.spoke.get(&format!("/v1/ops?{query}")).await;
        assert_eq!(answer.refusal(), malformed(), "{query}");
    }
}

#[tokio::test]
async fn headers_are_checked() {
    let fixture = Fixture::new().await;
    let url = format!("{}/v1/ops", fixture.spoke.base);
    let bare = || fixture.spoke.client.get(&url).bearer_auth("ann");
    assert_eq!(Answer::of(bare()).await.refusal(), malformed());
    for device in ["", "12", "zz"] {
        assert_eq!(Answer::of(bare().header(DEVICE_HEADER, device)).await.refusal(), malformed());
    }
    let device = hex(id(1));
    assert_eq!(Answer::of(bare().header(DEVICE_HEADER, &device)).await.status, 200);
    for version in ["0", "2", "x", ""] {
        let request = bare().header(DEVICE_HEADER, &device).header(PROTO_HEADER, version);
        assert_eq!(Answer::of(request).await.refusal(), (426, "proto".to_owned()), "{version}");
    }
    for authorization in ["", "Bearer", "Bearer ", "Basic YTpi", "ann"] {
        let request = fixture.spoke.client.get(&url).header("authorization", authorization);
        assert_eq!(Answer::of(request).await.refusal(), (401, "unauthorized".to_owned()), "{authorization}");
    }
    let long = fixture.spoke.client.get(&url).bearer_auth("a".repeat(17 << 10));
    assert_eq!(Answer::of(long).await.status, 401);
}

#[tokio::test]
async fn tokens_are_what_the_issuer_says() {
    let fixture = Fixture::new().await;
    let bad = fixture.hub.person("ann/bad").get("/v1/account").await;
    assert_eq!(
        (bad.refusal(), &bad.headers["www-authenticate"] == "Bearer"),
        ((401, "unauthorized".into()), true)
    );
    let down = fixture.hub.person("ann/down").get("/v1/account").await;
    assert_eq!(down.refusal(), (503, "issuer".to_owned()));
    assert!(down.headers.contains_key("retry-after"));
    let old = Spoke { device: Some(id(3)), ..fixture.hub.person("ann/old") };
    assert_eq!(old.register().await.refusal(), (403, "login_too_old".to_owned()));
    assert_eq!(old.get("/v1/account").await.status, 200);
}

/// In a browser that has been logged in for a week, whoever approves a code is let in; unless a device was locked out
/// since.
#[tokio::test]
async fn a_login_of_last_week_adds_a_machine_until_one_is_locked_out() {
    let fixture = Fixture::new().await;
    let add = async |device: u8| {
        Spoke { device: Some(id(device)), ..fixture.hub.person("ann/week") }.register().await
    };
    assert_eq!(add(3).await.status, 201);
    let delete = fixture.spoke.request(Method::DELETE, &format!("/v1/devices/{}", hex(id(3))));
    assert_eq!(Answer::of(delete).await.status, 204);
    assert_eq!(add(4).await.refusal(), (403, "login_too_old".to_owned()));
    let anew = Spoke { device: Some(id(5)), ..fixture.hub.person("ann") };
    assert_eq!(anew.register().await.status, 201);
}

#[tokio::test]
async fn a_device_that_was_locked_out_stays_out() {
    let fixture = Fixture::new().await;
    let (laptop, phone) = (&fixture.spoke, fixture.hub.spoke("ann", 2).await);
    let delete = |device: u8| laptop.request(Method::DELETE, &format!("/v1/devices/{}", hex(id(device))));
    for _ in 0..2 {
        assert_eq!(Answer::of(delete(2)).await.status, 204);
    }
    let revoked = (403, "device_revoked".to_owned());
    assert_eq!(phone.get("/v1/ops").await.refusal(), revoked);
    assert_eq!(phone.get("/v1/events").await.refusal(), revoked);
    assert_eq!(phone.offer(vec![set(1)]).await.refusal(), revoked);
    assert_eq!(phone.register().await.refusal(), revoked);
    assert_eq!(Answer::of(delete(9)).await.refusal(), (403, "forbidden".to_owned()));
    let wrong = laptop.request(Method::DELETE, "/v1/devices/..%2f..");
    assert_eq!(Answer::of(wrong).await.status, 400);
    assert_eq!(laptop.push(vec![set(1)]).await, [Verdict::Ok(1)]);
}

#[tokio::test]
async fn there_are_at_most_fifty_devices_and_their_names_are_names() {
    #[derive(Serialize)]
    struct Wrong {
        device: &'static str,
    }
    let fixture = Fixture::new().await;
    let register = async |device: Id, name: &str| {
        let wanted = RegisterDevice { device, name: name.to_owned() };
        fixture.spoke.post("/v1/devices", &wanted).await
    };
    for device in 2..=50 {
        assert_eq!(register(id(device), "a").await.status, 201, "{device}");
    }
    assert_eq!(register(id(51), "a").await.refusal(), (422, "too_many_devices".to_owned()));
    assert_eq!(register(id(50), "another name").await.status, 201);
    assert_eq!(register(id(50), &"x".repeat(201)).await.refusal(), (422, "name".to_owned()));
    assert_eq!(register(id(50), "bell\u{7}").await.refusal(), (422, "name".to_owned()));
    assert_eq!(register(id(0), "a").await.refusal(), (422, "device".to_owned()));
    assert_eq!(fixture.spoke.post("/v1/devices", &Wrong { device: "1" }).await.refusal(), malformed());
    let out = fixture.spoke.request(Method::DELETE, &format!("/v1/devices/{}", hex(id(50))));
    assert_eq!(Answer::of(out).await.status, 204);
    assert_eq!(register(id(51), "a").await.status, 201);
}

#[tokio::test]
async fn who_asks_too_often_is_told_to_wait() {
    let folder = tempfile::tempdir().unwrap();
    let hub = TestHub::start_with(folder.path(), |options| {
        options.pace.per_second = 1.try_into().unwrap();
        options.pace.burst = 3.try_into().unwrap();
    });
    let (ann, ben) = (hub.spoke("ann", 1).await, hub.spoke("ben", 2).await);
    let mut last = ann.get("/v1/ops").await;
    for _ in 0..20 {
        if last.status != 200 {
            break;
        }
        last = ann.get("/v1/ops").await;
    }
    assert_eq!(last.refusal(), (429, "rate".to_owned()));
    assert!(last.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() >= 1);
    assert_eq!(ben.get("/v1/ops").await.status, 200);
}

#[tokio::test]
async fn a_body_in_the_log_is_never_read() {
    let fixture = Fixture::new().await;
    let body = ByteBuf::from(vec![0xc1, 0xff, 0x00]);
    let op = NewOp { body: body.clone(), ..set(1) };
    assert_eq!(fixture.spoke.push(vec![op]).await, [Verdict::Ok(1)]);
    assert_eq!(fixture.spoke.get("/v1/ops").await.value::<Ops>().ops[0].body, body);
}

/// Writes to the hub what is no whole request, and reads until it closes.
async fn stalled(hub: &TestHub, written: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut connection = tokio::net::TcpStream::connect(hub.address).await.unwrap();
    connection.write_all(written.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A reset ends it as well.
    let _ = connection.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn who_sends_too_slowly_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let hub = TestHub::start_with(folder.path(), |options| {
        // actix reads its clock twice a second only.
        options.pace.head_deadline = std::time::Duration::from_secs(1);
        options.pace.body_deadline = std::time::Duration::from_millis(300);
    });
    let spoke = hub.spoke("ann", 1).await;
    let head = stalled(&hub, "GET /v1/ops HTTP/1.1\r\nhost: localhost\r\nx-slow: ").await;
    assert!(head.is_empty() || head.starts_with("HTTP/1.1 408"), "{head}");
    let device = hex(id(1));
    let request = format!(
        "POST /v1/push HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer ann\r\n\
         heph-device: {device}\r\ncontent-type: application/msgpack\r\ncontent-length: 100\r\n\r\nabc"
    );
    let body = stalled(&hub, &request).await;
    assert!(body.starts_with("HTTP/1.1 408") && body.contains("slow"), "{body}");
    assert_eq!(spoke.push(vec![set(1)]).await, [Verdict::Ok(1)]);
}
