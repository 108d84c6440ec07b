//! What others put into the log and a store cannot take in: it is kept and named, and stops nothing else.

use heph_protocol::hub::{NewOp, Verdict};
use heph_protocol::request::{PageNew, SyncStatus};
use heph_protocol::types::SyncState;
use hephd::domain::change::{Body, Kind, Splice, Tick, text_hash};
use hephd::domain::value::Value;
use serde_bytes::ByteBuf;

use crate::support::eventually;
use crate::support::hub::{Spoke, TestHub, id_of, set};
use crate::sync::{Machine, hub, token};

/// A device that sends what it likes.
async fn stranger(hub: &TestHub, token: &std::path::Path) -> Spoke {
    let bearer = std::fs::read_to_string(token).unwrap();
    let spoke =
        Spoke { device: Some(id_of(0)), ..Spoke::new(format!("http://{}", hub.address), bearer.trim()) };
    assert_eq!(spoke.register().await.status, 201);
    spoke
}

fn op(n: u64, kind: Kind, base: Option<u64>, body: Vec<u8>) -> NewOp {
    NewOp { stream: id_of(1_000 + n), kind: kind.0, base, body: ByteBuf::from(body), ..set(n) }
}

fn title(ms: u64, title: &str) -> Body {
    let registers = vec![("kind".into(), Value::from("page")), ("title".into(), Value::from(title))];
    Body::Set { tick: Tick { ms, counter: u16::MAX }, registers }
}

/// What a body is, its kind, its base, itself, and whether it is put aside.
type Case = (&'static str, Kind, Option<u64>, Vec<u8>, bool);

fn bodies() -> Vec<Case> {
    let splices = |at, delete| vec![Splice { at, delete, insert: "x".to_owned() }];
    let text = |splices, hash| Body::Text { splices, hash, derived: false }.encode();
    let mut not_utf8 = title(1, "??").encode();
    let place = not_utf8.windows(2).position(|two| two == b"??").unwrap();
    not_utf8[place..place + 2].copy_from_slice(b"\xff\xfe");
    vec![
        ("a splice past the end", Kind::TEXT, Some(0), text(splices(900, 0), text_hash("x")), true),
        (
            "a splice of more than there is",
            Kind::TEXT,
            Some(0),
            text(splices(0, u32::MAX), text_hash("x")),
            true,
        ),
        ("a hash that does not match", Kind::TEXT, Some(0), text(splices(0, 0), [7; 16]), true),
        ("a title that is no UTF-8", Kind::SET, None, not_utf8, true),
        ("no MessagePack", Kind::SET, None, vec![0xc1; 40], true),
        ("nothing", Kind::SET, None, Vec::new(), true),
        ("a text that is nothing", Kind::TEXT_FULL, Some(0), Vec::new(), true),
        ("the last instant there is", Kind::SET, None, title((1 << 48) - 1, "The end").encode(), false),
        ("the year 2099", Kind::SET, None, title(4_070_908_800_000, "Year 2099").encode(), false),
        ("a kind that may be skipped", Kind(200), None, b"anything".to_vec(), false),
    ]
}

#[tokio::test]
async fn bad_bodies_are_put_aside_and_stop_neither_the_rest_nor_anybody() {
    let folder = tempfile::tempdir().unwrap();
    let hub = hub(folder.path());
    let token = token(folder.path(), &hub);
    let stranger = stranger(&hub, &token).await;
    let bodies = bodies();
    for (n, (what, kind, base, body, _)) in bodies.iter().enumerate() {
        let verdicts = stranger.push(vec![op(1 + n as u64, *kind, *base, body.clone())]).await;
        assert!(matches!(verdicts[..], [Verdict::Ok(_)]), "{what}: {verdicts:?}");
    }
    let put_aside = bodies.iter().filter(|(.., is_unfit)| *is_unfit).count() as u64;
    tokio::task::spawn_blocking(move || {
        let (mut one, mut two) = (Machine::new(&hub, &token), Machine::new(&hub, &token));
        for machine in [&mut one, &mut two] {
            let status = machine.sync();
            assert_eq!((status.state, status.unfit), (SyncState::Idle, put_aside), "{:?}", status.problem);
        }
        let page = PageNew { title: "After it".into(), text: "good\n".into(), ..PageNew::default() };
        one.client.call(&page).unwrap();
        eventually("the rest goes on", || {
            two.client.call(&SyncStatus {}).unwrap().unfit == put_aside && two.has("After it")
        });
        // Who wrote with a clock of another year has not won for ever.
        for name in ["The end", "Year 2099"] {
            assert!(two.has(name), "{name}");
        }
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_kind_that_must_be_understood_stops_reading_and_not_writing() {
    let folder = tempfile::tempdir().unwrap();
    let hub = hub(folder.path());
    let token = token(folder.path(), &hub);
    let stranger = stranger(&hub, &token).await;
    for (n, kind) in [(1, 255), (2, 128), (3, 16)] {
        assert!(matches!(
            stranger.push(vec![op(n, Kind(kind), None, b"?".to_vec())]).await[..],
            [Verdict::Ok(_)]
        ));
    }
    tokio::task::spawn_blocking(move || {
        let mut one = Machine::new(&hub, &token);
        let status = one.sync();
        assert_eq!(
            (status.state, status.cursor),
            (SyncState::UpgradeRequired, 2),
            "those before it are read"
        );
        assert!(status.problem.unwrap().contains("upgrade hephd"));
        let page = PageNew { title: "Mine".into(), text: "still typed\n".into(), ..PageNew::default() };
        one.client.call(&page).unwrap();
        assert_eq!(one.text("Mine"), "still typed\n");
        assert_eq!(one.sync().state, SyncState::UpgradeRequired);
    })
    .await
    .unwrap();
}

impl Machine {
    fn has(&mut self, title: &str) -> bool {
        let open = heph_protocol::request::PageOpen { reference: format!("[[{title}]]") };
        self.client.call(&open).is_ok()
    }
}
