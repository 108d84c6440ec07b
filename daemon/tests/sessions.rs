//! One connection: its conversation, its limits, its events.

use std::time::Duration;

use heph_protocol::envelope::{CONNECTION_ID, Message, Meta, from_map};
use heph_protocol::event::{Changed, Topic};
use heph_protocol::request::{DaemonStatus, Hello, NodeDelete, Subscribe, TaskWhy};
use heph_protocol::{ErrorCode, frame, response, version};
use hephd::actors::session::MAX_IN_FLIGHT;

use crate::support::{Peer, Served, eventually, hello};

fn why(reference: &str) -> TaskWhy {
    TaskWhy { reference: reference.to_owned(), ..TaskWhy::default() }
}

#[test]
fn hello_tells_who_answers() {
    let served = Served::start();
    let mut peer = Peer::connect(served.daemon.socket());
    let hello = peer.call(&hello()).unwrap();
    assert_eq!(hello.protocol, version::PROTOCOL);
    assert_eq!(hello.server_version, env!("CARGO_PKG_VERSION"));
    assert_eq!(hello.store_id, "01010101-0101-0101-0101-010101010101");
    assert_eq!(hello.device, "02020202-0202-0202-0202-020202020202");
    assert_eq!(hello.db, served.folder.path().join("heph.db").display().to_string());
    assert!(hello.ready);
}

#[test]
fn requests_may_be_pipelined_behind_hello() {
    let served = Served::start();
    let mut peer = Peer::connect(served.daemon.socket());
    let (hello_id, mut bytes) = peer.frame(&hello(), &Meta::default());
    let asked: Vec<_> = (0..10)
        .map(|n| {
            let (id, framed) = peer.frame(&why(&format!("t{n}")), &Meta::default());
            bytes.extend(framed);
            id
        })
        .collect();
    peer.send_bytes(&bytes);
    let mut titles = std::collections::BTreeMap::new();
    for _ in 0..=asked.len() {
        let (id, result) = peer.reply();
        if id != hello_id {
            let reply: response::TaskWhy = from_map(&result.unwrap()).unwrap();
            titles.insert(id, reply.task.title);
        }
    }
    let expected = asked.into_iter().enumerate().map(|(n, id)| (id, format!("t{n}"))).collect();
    assert_eq!(titles, expected);
}

#[test]
fn the_store_is_told_the_zone_the_client_and_the_mutation_id() {
    let served = Served::start();
    let mut peer = Peer::greeted(served.daemon.socket());
    let reply = peer.call(&why("x")).unwrap();
    assert_eq!((reply.gate[0].name.as_str(), reply.gate[0].detail.as_str()), ("Europe/Paris", "peer"));
    let there = Meta { zone: Some("Asia/Tokyo".to_owned()), ..Meta::default() };
    assert_eq!(peer.call_with(&why("x"), &there).unwrap().gate[0].name, "Asia/Tokyo");
    let meta = Meta { mutation_id: Some("00112233445566778899aabbccddeeff".to_owned()), ..Meta::default() };
    let reply = peer.call_with(&NodeDelete::default(), &meta).unwrap();
    assert_eq!(reply.nodes[0].id, "00112233-4455-6677-8899-aabbccddeeff");
}

#[test]
fn a_wrong_request_is_refused_and_the_conversation_goes_on() {
    let served = Served::start();
    let mut peer = Peer::greeted(served.daemon.socket());
    let nowhere = Meta { zone: Some("Mars/Olympus".to_owned()), ..Meta::default() };
    let error = peer.call_with(&why("x"), &nowhere).unwrap_err();
    assert_eq!(
        (error.code, error.message.as_str()),
        (ErrorCode::Invalid, "there is no time zone `Mars/Olympus`")
    );
    let unknown = Message::Request { id: 90, method: "task.sing".to_owned(), params: vec![0x80] };
    peer.send_bytes(&frame::encode(&unknown.encode()).unwrap());
    let (id, result) = peer.reply();
    assert_eq!((id, result.unwrap_err().code), (90, ErrorCode::Unsupported));
    // `{"reference": <bytes that are no UTF-8>}`
    let params = [&[0x81, 0xa9], b"reference".as_slice(), &[0xa2, 0xff, 0xfe]].concat();
    let not_utf8 = Message::Request { id: 91, method: "task.why".to_owned(), params };
    peer.send_bytes(&frame::encode(&not_utf8.encode()).unwrap());
    let (id, result) = peer.reply();
    assert_eq!((id, result.unwrap_err().code), (91, ErrorCode::Invalid));
    let notification = Message::Event { method: "nvim_error_event".to_owned(), params: vec![0x90] };
    peer.send_bytes(&frame::encode(&notification.encode()).unwrap());
    assert_eq!(peer.call(&why("x")).unwrap().task.title, "x");
}

#[test]
fn another_version_is_told_which_side_to_upgrade_and_the_connection_ends() {
    let served = Served::start();
    let mut peer = Peer::connect(served.daemon.socket());
    let newer = Hello { protocol: version::PROTOCOL + 1, ..hello() };
    let error = peer.call(&newer).unwrap_err();
    assert_eq!(error.code, ErrorCode::Unsupported);
    assert_eq!(error.hint.as_deref(), Some("upgrade hephd and start it again"));
    assert_eq!(peer.read(), None);
}

#[test]
fn a_client_that_says_no_hello_is_closed() {
    let served = Served::start_with(|config| config.deadlines.handshake = Duration::from_millis(50));
    let mut silent = Peer::connect(served.daemon.socket());
    let (id, result) = silent.reply();
    assert_eq!((id, result.unwrap_err().message.as_str()), (CONNECTION_ID, "no `hello` came in time"));
    assert_eq!(silent.read(), None);
}

#[test]
fn the_33rd_request_waits_for_one_of_the_others() {
    let served = Served::start();
    let mut peer = Peer::greeted(served.daemon.socket());
    let mut other = Peer::greeted(served.daemon.socket());
    served.probe.hold(true);
    const ASKED: usize = MAX_IN_FLIGHT + 8;
    for n in 0..ASKED {
        peer.send(&why(&n.to_string()));
    }
    eventually("32 requests are worked on", || served.probe.begun() == MAX_IN_FLIGHT);
    // The daemon has time for another connection, and still does not read on here.
    for _ in 0..50 {
        other.call(&DaemonStatus {}).unwrap();
    }
    assert_eq!(served.probe.begun(), MAX_IN_FLIGHT);
    served.probe.hold(false);
    let ids: std::collections::BTreeSet<_> = (0..ASKED).map(|_| peer.reply().0).collect();
    assert_eq!(ids.len(), ASKED);
}

#[test]
fn garbage_ends_its_connection_and_no_other() {
    let served = Served::start();
    let mut bystander = Peer::greeted(served.daemon.socket());
    let mut web = Peer::connect(served.daemon.socket());
    // The first four bytes read as a length of more than a gibibyte.
    web.send_bytes(b"GET / HTTP/1.1\r\n\r\n");
    let (id, result) = web.reply();
    assert_eq!((id, result.unwrap_err().code), (CONNECTION_ID, ErrorCode::Invalid));
    assert_eq!(web.read(), None);
    let mut framed = Peer::connect(served.daemon.socket());
    framed.send_bytes(&frame::encode(&[0xc1; 64]).unwrap());
    let (id, result) = framed.reply();
    assert_eq!((id, result.unwrap_err().code), (CONNECTION_ID, ErrorCode::Invalid));
    assert_eq!(framed.read(), None);
    assert_eq!(bystander.call(&why("x")).unwrap().task.title, "x");
}

#[test]
fn a_frame_over_16_mib_is_refused_by_its_header() {
    let served = Served::start();
    let mut peer = Peer::greeted(served.daemon.socket());
    peer.send_bytes(&(frame::MAX_PAYLOAD as u32 + 1).to_be_bytes());
    let (id, result) = peer.reply();
    let error = result.unwrap_err();
    assert_eq!(id, CONNECTION_ID);
    assert!(error.message.contains("over the limit"), "{error}");
    assert_eq!(peer.read(), None);
}

#[test]
fn a_frame_of_several_mib_is_read() {
    let served = Served::start();
    let mut peer = Peer::greeted(served.daemon.socket());
    let long = "y".repeat(5 << 20);
    assert_eq!(peer.call(&why(&long)).unwrap().task.title, long);
}

#[test]
fn a_client_that_never_reads_is_closed_and_harms_no_other() {
    let served = Served::start_with(|config| config.deadlines.write = Duration::from_millis(200));
    let mut deaf = Peer::greeted(served.daemon.socket());
    for _ in 0..MAX_IN_FLIGHT {
        deaf.send(&why("large"));
    }
    let mut other = Peer::greeted(served.daemon.socket());
    eventually("the deaf client is closed", || other.call(&DaemonStatus {}).unwrap().sessions == 1);
    assert_eq!(other.call(&why("x")).unwrap().task.title, "x");
}

#[test]
fn what_was_asked_is_answered_after_the_client_has_said_its_last() {
    let served = Served::start();
    let mut peer = Peer::greeted(served.daemon.socket());
    served.probe.hold(true);
    peer.send(&why("a"));
    peer.send(&why("b"));
    peer.finish();
    eventually("both are worked on", || served.probe.begun() == 2);
    served.probe.hold(false);
    let mut titles: Vec<String> =
        (0..2).map(|_| from_map::<response::TaskWhy>(&peer.reply().1.unwrap()).unwrap().task.title).collect();
    titles.sort();
    assert_eq!(titles, ["a", "b"]);
    assert_eq!(peer.read(), None);
}

#[test]
fn a_fault_names_its_request_in_the_log() {
    let served = Served::start();
    let mut peer = Peer::greeted(served.daemon.socket());
    let error = peer.call(&why("fault")).unwrap_err();
    assert_eq!((error.code, error.message.as_str()), (ErrorCode::Internal, "the probe is at fault"));
    let id: u64 = error.data.unwrap().request_id.unwrap().parse().unwrap();
    assert!(id > 0);
}

#[test]
fn status_counts_calls() {
    let served = Served::start();
    let mut peer = Peer::greeted(served.daemon.socket());
    for _ in 0..3 {
        peer.call(&why("x")).unwrap();
    }
    let status = peer.call(&DaemonStatus {}).unwrap();
    assert_eq!((status.mode.as_str(), status.pid), ("local", std::process::id()));
    assert_eq!((status.revision.as_str(), status.open_tasks, status.nodes), ("7", 3, 5));
    assert_eq!((status.queued_writes, status.db_bytes, status.sessions), (1, 4096, 1));
    assert_eq!(status.socket, served.daemon.socket().display().to_string());
    let counted =
        |method: &str| status.methods.iter().find(|stats| stats.method == method).map(|stats| stats.calls);
    assert_eq!((counted("task.why"), counted("hello"), counted("task.next")), (Some(3), Some(1), None));
    let db = status.settings.iter().find(|setting| setting.name == "db").unwrap();
    assert_eq!((db.value.as_str(), db.origin.as_str()), (status.db.as_str(), "flag"));
}

#[test]
fn changes_merge_while_one_event_waits() {
    let served = Served::start();
    let mut peer = Peer::greeted(served.daemon.socket());
    let subscribed = peer.call(&Subscribe { topics: vec![Topic::Changed] }).unwrap();
    assert_eq!(subscribed.revision, "7");
    served.probe.commit(8);
    let first: Changed = peer.event("changed");
    assert_eq!((first.revision.as_str(), first.nodes.as_slice()), ("8", ["n8".to_owned()].as_slice()));
    served.probe.hold(true);
    let begun = served.probe.begun();
    served.probe.commit(9);
    eventually("the event is being made", || served.probe.begun() > begun);
    for revision in 10..20 {
        served.probe.commit(revision);
    }
    served.probe.hold(false);
    let merged: Changed = peer.event("changed");
    assert_eq!(merged.revision, "19");
    assert_eq!(merged.nodes.len(), 11);
    served.probe.commit(20);
    let last: Changed = peer.event("changed");
    assert_eq!((last.revision.as_str(), last.nodes.as_slice()), ("20", ["n20".to_owned()].as_slice()));
}

#[test]
fn an_empty_subscription_ends_the_events() {
    let served = Served::start();
    let mut peer = Peer::greeted(served.daemon.socket());
    peer.call(&Subscribe { topics: vec![Topic::Changed] }).unwrap();
    peer.call(&Subscribe { topics: Vec::new() }).unwrap();
    served.probe.commit(8);
    // An event would come between these replies.
    for _ in 0..20 {
        assert_eq!(peer.call(&why("x")).unwrap().task.title, "x");
    }
}
