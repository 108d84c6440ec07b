//! The log of a hub: pushes, pages, accounts that see only their own.

use std::collections::BTreeSet;

use heph_protocol::hub::{
    Account, Devices, Hello, NewOp, Ops, Push, PushReply, Status, StatusReply, Verdict,
};
use serde_bytes::ByteBuf;

use crate::support::hub::{Spoke, TestHub, hex, id, id_of, set, text};

async fn ops(spoke: &Spoke, query: &str) -> Ops {
    spoke.get(&format!("/v1/ops?{query}")).await.value()
}

fn seqs(ops: &Ops) -> Vec<u64> {
    ops.ops.iter().map(|op| op.seq).collect()
}

#[tokio::test]
async fn a_hub_tells_what_it_is_without_a_token() {
    let folder = tempfile::tempdir().unwrap();
    let hub = TestHub::start(folder.path());
    let nobody = Spoke { token: None, ..hub.person("") };
    let hello: Hello = nobody.get("/v1/hello").await.value();
    assert_eq!((hello.proto, hello.issuer.as_deref()), ([1, 1], Some("https://idp.test/")));
    assert_eq!((hello.limits.push_ops, hello.limits.wait_s), (256, 25));
    assert_eq!((hello.audience.as_deref(), hello.resource), (Some("heph"), None));
    for path in ["/healthz", "/readyz"] {
        assert_eq!(nobody.get(path).await.status, 200, "{path}");
    }
    assert_eq!(nobody.get("/v1/nothing").await.refusal(), (404, "not_found".to_owned()));
    let answer = nobody.get("/v1/account").await;
    assert_eq!(answer.refusal(), (401, "unauthorized".to_owned()));
    assert_eq!(answer.headers["www-authenticate"], "Bearer");
}

#[tokio::test]
async fn what_one_device_pushes_another_pulls() {
    let folder = tempfile::tempdir().unwrap();
    let hub = TestHub::start(folder.path());
    let (laptop, phone) = (hub.spoke("ann", 1).await, hub.spoke("ann", 2).await);
    let ops_pushed = vec![set(1), text(2, 7, 0), text(3, 8, 0)];
    assert_eq!(laptop.push(ops_pushed.clone()).await, [Verdict::Ok(1), Verdict::Ok(2), Verdict::Ok(3)]);
    let page = ops(&phone, "after=0").await;
    assert_eq!((page.head, page.floor, page.more, seqs(&page)), (3, 0, false, vec![1, 2, 3]));
    for (logged, pushed) in page.ops.iter().zip(&ops_pushed) {
        assert_eq!((logged.id, logged.stream, logged.kind), (pushed.id, pushed.stream, pushed.kind));
        assert_eq!((logged.base, logged.cursor, &logged.body), (pushed.base, pushed.cursor, &pushed.body));
        assert_eq!(logged.device, id(1));
        assert!(logged.received_at <= page.server_ms && logged.received_at > page.server_ms - 60_000);
    }
    assert_eq!(seqs(&ops(&phone, "after=1").await), [2, 3]);
    assert_eq!(seqs(&ops(&phone, &format!("after=0&stream={}", hex(id(7)))).await), [2]);
    let account: Account = phone.get("/v1/account").await.value();
    assert_eq!((account.head, account.devices, account.bytes), (3, 2, 3 * 108));
    assert_eq!((account.subject.as_str(), account.quota), ("ann", 1 << 30));
}

#[tokio::test]
async fn a_repeat_is_told_its_first_place_and_a_stale_text_the_newest() {
    let folder = tempfile::tempdir().unwrap();
    let hub = TestHub::start(folder.path());
    let (laptop, phone) = (hub.spoke("ann", 1).await, hub.spoke("ann", 2).await);
    let first = vec![text(1, 7, 0), set(2)];
    laptop.push(first.clone()).await;
    for _ in 0..3 {
        assert_eq!(laptop.push(first.clone()).await, [Verdict::Dup(1), Verdict::Dup(2)]);
    }
    // Behind a stale text all of its stream is stale, and other streams go on.
    let late = vec![text(3, 7, 0), NewOp { stream: id(7), ..set(4) }, text(5, 8, 0)];
    assert_eq!(phone.push(late).await, [Verdict::Stale(1), Verdict::Stale(1), Verdict::Ok(3)]);
    assert_eq!(phone.push(vec![text(3, 7, 1)]).await, [Verdict::Ok(4)]);
    let twice = vec![set(9), set(9)];
    assert_eq!(phone.push(twice).await, [Verdict::Ok(5), Verdict::Dup(5)]);
    let other = NewOp { body: ByteBuf::from(b"another".to_vec()), ..set(9) };
    assert_eq!(laptop.push(vec![other]).await, [Verdict::Bad("id_conflict".to_owned())]);
    let ids = vec![id_of(9), id_of(77), id_of(1)];
    let status: StatusReply = laptop.post("/v1/status", &Status { op_ids: ids }).await.value();
    assert_eq!(status.ops, [(id_of(9), Some(5)), (id_of(77), None), (id_of(1), Some(1))]);
}

#[tokio::test]
async fn accounts_see_only_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let hub = TestHub::start(folder.path());
    let (ann, ben) = (hub.spoke("ann", 1).await, hub.spoke("ben", 2).await);
    assert_eq!(ann.push(vec![set(1), set(2)]).await, [Verdict::Ok(1), Verdict::Ok(2)]);
    // The same ids are others' in another account.
    let other = NewOp { body: ByteBuf::from(b"ben's".to_vec()), ..set(1) };
    assert_eq!(ben.push(vec![other]).await, [Verdict::Ok(1)]);
    assert_eq!(ops(&ben, "after=0").await.ops[0].body.as_slice(), b"ben's");
    assert_eq!(seqs(&ops(&ann, "after=0").await), [1, 2]);
    let status: StatusReply = ben.post("/v1/status", &Status { op_ids: vec![id_of(2)] }).await.value();
    assert_eq!(status.ops, [(id_of(2), None)]);
    let devices: Devices = ben.get("/v1/devices").await.value();
    assert_eq!(devices.devices.iter().map(|device| device.device).collect::<Vec<_>>(), [id(2)]);
    // A device of somebody else is as unknown as one of nobody, for every call.
    let (foreign, unknown) =
        (Spoke { device: Some(id(1)), ..ben.clone() }, Spoke { device: Some(id(99)), ..ben.clone() });
    for path in ["/v1/ops", "/v1/events"] {
        let (one, other) = (foreign.get(path).await, unknown.get(path).await);
        assert_eq!((one.status.as_u16(), &one.body), (403, &other.body), "{path}");
    }
    assert_eq!(foreign.offer(vec![set(5)]).await.refusal(), (403, "forbidden".to_owned()));
    let delete = foreign.request(reqwest::Method::DELETE, &format!("/v1/devices/{}", hex(id(1))));
    assert_eq!(crate::support::hub::Answer::of(delete).await.refusal(), (403, "forbidden".to_owned()));
    let in_name_of = Push { device: id(1), epoch: ben.epoch().await, ops: vec![set(6)] };
    assert_eq!(ben.post("/v1/push", &in_name_of).await.refusal(), (403, "forbidden".to_owned()));
    assert_eq!(ops(&ann, "after=0").await.head, 2);
}

#[tokio::test]
async fn another_epoch_is_a_conflict_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let hub = TestHub::start(folder.path());
    let spoke = hub.spoke("ann", 1).await;
    let epoch = spoke.epoch().await;
    for wrong in [0, epoch - 1, epoch + 1, u64::MAX] {
        let push = Push { device: id(1), epoch: wrong, ops: vec![set(1)] };
        let answer = spoke.post("/v1/push", &push).await;
        assert_eq!(answer.refusal(), (409, "epoch".to_owned()));
        assert_eq!(answer.problem().epoch, Some(epoch));
    }
    assert_eq!(ops(&spoke, "after=0").await.head, 0);
}

#[tokio::test]
async fn a_restored_database_has_another_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let hub = TestHub::start(folder.path());
    let spoke = hub.spoke("ann", 1).await;
    spoke.push(vec![set(1)]).await;
    let epoch = spoke.epoch().await;
    hub.stop();
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::copy(folder.path().join("hub.db"), elsewhere.path().join("hub.db")).unwrap();
    let again = TestHub::start(folder.path());
    assert_eq!(again.person("ann").epoch().await, epoch);
    let restored = TestHub::start(elsewhere.path());
    let spoke = Spoke { device: Some(id(1)), ..restored.person("ann") };
    assert!(spoke.epoch().await > epoch);
    assert_eq!(spoke.push(vec![set(1), set(2)]).await, [Verdict::Dup(1), Verdict::Ok(2)]);
}

#[tokio::test]
async fn pages_end_where_they_should() {
    let folder = tempfile::tempdir().unwrap();
    let hub = TestHub::start(folder.path());
    let spoke = hub.spoke("ann", 1).await;
    let page = ops(&spoke, "after=0").await;
    assert_eq!((page.ops.len(), page.more, page.head), (0, false, 0));
    let mut pushed = 0;
    for (upto, more) in [(1, false), (999, false), (1_000, false), (1_001, true)] {
        while pushed < upto {
            let batch: Vec<NewOp> = (pushed + 1..=upto.min(pushed + 256)).map(set).collect();
            pushed += batch.len() as u64;
            spoke.push(batch).await;
        }
        let page = ops(&spoke, "after=0").await;
        assert_eq!(page.ops.len() as u64, upto.min(1_000));
        assert_eq!((page.more, page.head), (more, upto));
        assert_eq!(seqs(&page), (1..=upto.min(1_000)).collect::<Vec<_>>());
        let rest = ops(&spoke, &format!("after={}", page.ops.len())).await;
        assert_eq!((rest.ops.len() as u64, rest.more), (upto.saturating_sub(1_000), false));
    }
    // Every limit goes through the whole log, without a gap and without an empty page that says more.
    for limit in [0, 1, 333, 999, 1_000, 1_001, 4_000_000_000u64] {
        let (mut after, mut seen) = (1_001u64.saturating_sub(3 * limit.clamp(1, 1_000)), 0);
        let first = after;
        loop {
            let page = ops(&spoke, &format!("after={after}&limit={limit}")).await;
            seen += page.ops.len() as u64;
            after = page.ops.last().map_or(after, |op| op.seq);
            if !page.more {
                break;
            }
            assert!(!page.ops.is_empty());
        }
        assert_eq!((after, seen), (1_001, 1_001 - first), "limit {limit}");
    }
    let beyond = ops(&spoke, "after=5000").await;
    assert_eq!((beyond.head, beyond.ops.len(), beyond.more), (1_001, 0, false));
    let far = ops(&spoke, &format!("after={}&wait=25", u64::MAX)).await;
    assert_eq!((far.head, far.ops.len(), far.more), (1_001, 0, false));
}

#[tokio::test]
async fn large_bodies_make_short_pages() {
    let folder = tempfile::tempdir().unwrap();
    let hub = TestHub::start(folder.path());
    let spoke = hub.spoke("ann", 1).await;
    for n in 1..=3 {
        let body = ByteBuf::from(vec![n as u8; 5 << 20]);
        assert_eq!(spoke.push(vec![NewOp { body, ..set(n) }]).await, [Verdict::Ok(n)]);
    }
    for (after, more) in [(0, true), (1, true), (2, false)] {
        let page = ops(&spoke, &format!("after={after}")).await;
        assert_eq!((seqs(&page), page.more), (vec![after + 1], more));
    }
    let large = NewOp { body: ByteBuf::from(vec![0; (5 << 20) + 1]), ..set(9) };
    assert_eq!(spoke.push(vec![large]).await, [Verdict::Bad("too_large".to_owned())]);
    let half = |n| NewOp { body: ByteBuf::from(vec![n as u8; (4 << 20) + 1]), ..set(n) };
    assert_eq!(spoke.offer(vec![half(11), half(12)]).await.refusal(), (413, "too_large".to_owned()));
}

#[tokio::test]
async fn a_full_account_can_still_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let hub = TestHub::start_with(folder.path(), |options| options.quota = 4 * 108);
    let (spoke, other) = (hub.spoke("ann", 1).await, hub.spoke("ben", 2).await);
    spoke.push(vec![set(1), set(2), set(3)]).await;
    assert_eq!(spoke.offer(vec![set(4), set(5)]).await.refusal(), (507, "quota".to_owned()));
    // Exactly the limit fits, and repeats take no room.
    assert_eq!(spoke.push(vec![set(1), set(4)]).await, [Verdict::Dup(1), Verdict::Ok(4)]);
    assert_eq!(spoke.offer(vec![set(5)]).await.refusal(), (507, "quota".to_owned()));
    assert_eq!(spoke.push(vec![set(4), text(9, 7, 3)]).await, [Verdict::Dup(4), Verdict::Stale(0)]);
    let page = ops(&spoke, "after=0").await;
    assert_eq!(seqs(&page), [1, 2, 3, 4]);
    let account: Account = spoke.get("/v1/account").await.value();
    assert_eq!((account.bytes, account.quota), (432, 432));
    assert_eq!(other.push(vec![set(1)]).await, [Verdict::Ok(1)]);
}

#[tokio::test]
async fn pushes_at_once_leave_no_gap() {
    let folder = tempfile::tempdir().unwrap();
    let hub = TestHub::start(folder.path());
    let mut pushes = Vec::new();
    for (device, account) in [(1, "ann"), (2, "ann"), (3, "ben")] {
        let spoke = hub.spoke(account, device).await;
        for n in 0..20 {
            let spoke = spoke.clone();
            let first = u64::from(device) * 1_000 + n * 10;
            pushes.push(tokio::spawn(async move {
                let verdicts = spoke.push((first..first + 7).map(set).collect()).await;
                (account, verdicts)
            }));
        }
    }
    let (mut ann, mut ben) = (Vec::new(), Vec::new());
    for push in pushes {
        let (account, verdicts) = push.await.unwrap();
        let places: Vec<u64> = verdicts
            .into_iter()
            .map(|verdict| match verdict {
                Verdict::Ok(seq) => seq,
                other => panic!("{other:?}"),
            })
            .collect();
        assert!(places.windows(2).all(|pair| pair[1] == pair[0] + 1), "{places:?}");
        if account == "ann" { ann.extend(places) } else { ben.extend(places) }
    }
    for (places, expected) in [(ann, 280), (ben, 140)] {
        let places: BTreeSet<u64> = places.into_iter().collect();
        assert_eq!(places, (1..=expected).collect());
    }
}

#[tokio::test]
async fn the_answer_to_a_push_is_what_the_log_has() {
    let folder = tempfile::tempdir().unwrap();
    let hub = TestHub::start(folder.path());
    let spoke = hub.spoke("ann", 1).await;
    let none: PushReply = spoke.offer(Vec::new()).await.value();
    assert_eq!((none.head, none.results.len()), (0, 0));
    let reply: PushReply = spoke.offer((1..=256).map(set).collect()).await.value();
    assert_eq!((reply.head, reply.epoch, reply.results.len()), (256, spoke.epoch().await, 256));
    hub.stop();
    let hub = TestHub::start(folder.path());
    let spoke = Spoke { device: Some(id(1)), ..hub.person("ann") };
    assert_eq!(ops(&spoke, "after=255").await.ops[0].id, id_of(256));
}

#[tokio::test]
async fn who_could_register_may_look_first_and_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let hub = TestHub::start(folder.path());
    let laptop = hub.spoke("ann", 1).await;
    laptop.push(vec![set(1), set(2)]).await;
    let new = |token: &str, device: u8| Spoke { device: Some(id(device)), ..hub.person(token) };
    let page = ops(&new("ann", 9), "after=1&peek=1&wait=20").await;
    assert_eq!((page.head, seqs(&page)), (2, vec![2]));
    assert_eq!(ops(&new("ann", 9), "after=2&peek=1&wait=20").await.ops.len(), 0, "nothing is waited for");
    assert_eq!(seqs(&ops(&new("ben", 9), "after=0&peek=1").await), Vec::<u64>::new());
    assert_eq!(new("ann", 9).get("/v1/ops").await.refusal(), (403, "forbidden".to_owned()));
    let too_old = (403, "login_too_old".to_owned());
    assert_eq!(new("ann/old", 9).get("/v1/ops?peek=1").await.refusal(), too_old);
    let devices: Devices = laptop.get("/v1/devices").await.value();
    assert_eq!(devices.devices.len(), 1, "to look makes nothing known");
    // After somebody was locked out, the login has to be newer.
    hub.spoke("ann", 2).await;
    let delete = laptop.request(reqwest::Method::DELETE, &format!("/v1/devices/{}", hex(id(2))));
    assert_eq!(crate::support::hub::Answer::of(delete).await.status, 204);
    assert_eq!(new("ann/week", 9).get("/v1/ops?peek=1").await.refusal(), too_old);
    assert_eq!(new("ann", 2).get("/v1/ops?peek=1").await.refusal(), (403, "device_revoked".to_owned()));
    assert_eq!(seqs(&ops(&new("ann", 9), "after=0&peek=1").await), [1, 2]);
}
