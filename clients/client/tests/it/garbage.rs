//! A daemon that does not keep to the protocol, and a client that would not.

use heph_client::ClientError;
use heph_protocol::Message;
use heph_protocol::frame::MAX_PAYLOAD;
use heph_protocol::request::{Hello, Method as _, TaskAdd};
use heph_protocol::response::TaskNext;

use crate::fake_daemon::{FakeDaemon, add, added, names, next, script};

/// Answers a read with these bytes; tells what the client made of them.
fn read_answered_by(bytes: &'static [u8]) -> String {
    let babbles = script(move |peer| {
        peer.greet_and_read();
        peer.raw(bytes);
        peer.stay();
    });
    let daemon = FakeDaemon::start(vec![babbles]);
    let mut client = daemon.client();
    let error = client.call(&next()).unwrap_err();
    assert_eq!(names(&daemon.finish(client)), ["task.next"]);
    let ClientError::Protocol(what) = error else { panic!("{error:?}") };
    what
}

#[test]
fn bytes_that_are_no_message_are_a_protocol_error() {
    let what = read_answered_by(b"\0\0\0\x04\x93\x09\x01\x02");
    assert!(what.starts_with("hephd sent something that is not of this protocol: "), "{what}");
    assert!(what.contains("shape 9"), "{what}");
}

#[test]
fn a_frame_over_the_limit_is_refused_by_its_header() {
    let what = read_answered_by(b"\xff\xff\xff\xff");
    assert!(what.contains("4294967295 bytes is over the limit"), "{what}");
}

#[test]
fn an_event_with_unreadable_fields_is_a_protocol_error() {
    let what = read_answered_by(b"\0\0\0\x0b\x93\x02\xa7changed\x01");
    assert!(what.contains("are not a map"), "{what}");
}

#[test]
fn a_reply_with_unreadable_fields_names_the_method_and_the_connection_stays() {
    let wrong = script(|peer| {
        let asked = peer.greet_and_read();
        peer.message(&Message::Reply { id: asked.id, result: Ok(b"\x81\xa9available\xa3two".to_vec()) });
        let again = peer.request();
        peer.reply(again.id, &TaskNext { available: 2, ..TaskNext::default() });
        peer.stay();
    });
    let daemon = FakeDaemon::start(vec![wrong]);
    let mut client = daemon.client();
    let error = client.call(&next()).unwrap_err();
    assert!(error.message().starts_with("the answer of hephd to `task.next` cannot be read: "), "{error}");
    assert!(error.hint().unwrap().contains("heph doctor"));
    assert_eq!(client.call(&next()).unwrap().available, 2);
    daemon.finish(client);
}

#[test]
fn a_request_over_the_limit_is_not_sent() {
    let answers = script(|peer| {
        let asked = peer.greet_and_read();
        peer.reply(asked.id, &added("short"));
        peer.stay();
    });
    let daemon = FakeDaemon::start(vec![answers]);
    let mut client = daemon.client();
    let error = client.call(&TaskAdd { line: "x".repeat(MAX_PAYLOAD), ..add() }).unwrap_err();
    assert!(error.message().contains("over the limit"), "{error}");
    assert_eq!(client.call(&add()).unwrap(), added("short"));
    assert_eq!(names(&daemon.finish(client)), ["task.add"]);
}

#[test]
fn a_daemon_that_asks_is_no_daemon() {
    let params = vec![0x80];
    let asks = script(move |peer| {
        peer.greet_and_read();
        peer.message(&Message::Request { id: 1, method: Hello::NAME.into(), params });
        peer.stay();
    });
    let daemon = FakeDaemon::start(vec![asks]);
    let mut client = daemon.client();
    let error = client.call(&next()).unwrap_err();
    assert!(error.message().contains("a request `hello`"), "{error}");
    daemon.finish(client);
}
