//! A daemon that is not there, or turns the client away; and the first words of a conversation.

use heph_client::ClientError;
use heph_protocol::request::Request;
use heph_protocol::{ErrorCode, WireError, version};

use crate::fake_daemon::{FakeDaemon, STORE, client_of, names, next, patience, script};

#[test]
fn no_socket_means_not_running() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("hephd.sock");
    let error = client_of(socket.clone(), patience()).call(&next()).unwrap_err();
    assert!(matches!(&error, ClientError::NotRunning { socket: missing } if *missing == socket), "{error:?}");
    assert!(!socket.exists());
}

#[test]
fn a_socket_that_refuses_is_stale() {
    let daemon = FakeDaemon::start(vec![]);
    let mut client = daemon.client();
    // The thread of a daemon without scripts ends at once, its listener with it.
    while std::os::unix::net::UnixStream::connect(daemon.socket()).is_ok() {
        std::thread::yield_now();
    }
    let error = client.call(&next()).unwrap_err();
    assert!(matches!(&error, ClientError::StaleSocket { socket } if *socket == daemon.socket()), "{error:?}");
    daemon.finish(client);
}

#[test]
fn a_path_too_long_for_a_socket_is_said_to_be() {
    let socket = std::env::temp_dir().join("x".repeat(200));
    let error = client_of(socket, patience()).hello().unwrap_err();
    assert!(matches!(error, ClientError::Io(_)), "{error:?}");
    assert!(
        error.message().ends_with("is too long for a socket, choose a shorter path with --socket"),
        "{error}"
    );
}

#[test]
fn hello_goes_out_in_one_write_with_the_first_call() {
    let reads_once = script(|peer| {
        peer.read_some();
        let hello = peer.request();
        let Request::Hello(greeting) = hello.request else { panic!("{hello:?}") };
        assert_eq!(greeting.protocol, version::PROTOCOL);
        assert_eq!(
            (greeting.client.as_str(), greeting.client_version.as_str(), greeting.zone.as_deref()),
            ("test", "0", Some("UTC"))
        );
        // Nothing more is read here: the request must have come with the greeting.
        let asked = peer.arrived().expect("the request came with hello");
        peer.reply(
            hello.id,
            &heph_protocol::response::Hello { store_id: STORE.into(), ..Default::default() },
        );
        peer.reply(asked.id, &heph_protocol::response::TaskNext::default());
        peer.stay();
    });
    let daemon = FakeDaemon::start(vec![reads_once]);
    let mut client = daemon.client();
    client.call(&next()).unwrap();
    assert_eq!(client.hello().unwrap().store_id, STORE);
    assert_eq!(names(&daemon.finish(client)), ["task.next"]);
}

#[test]
fn hello_alone_is_asked_once_a_connection() {
    let greets = script(|peer| {
        peer.greet(STORE);
        peer.stay();
    });
    let daemon = FakeDaemon::start(vec![greets]);
    let mut client = daemon.client();
    assert_eq!(client.hello().unwrap().store_id, STORE);
    assert_eq!(client.hello().unwrap().store_id, STORE);
    assert_eq!(names(&daemon.finish(client)), [""; 0]);
}

#[test]
fn another_version_is_refused_in_the_daemons_words() {
    let error: WireError = version::check(version::PROTOCOL + 1).unwrap_err();
    let refuses = script({
        let error = error.clone();
        move |peer| {
            let hello = peer.request();
            peer.refuse(hello.id, error);
            peer.stay();
        }
    });
    let daemon = FakeDaemon::start(vec![refuses]);
    let mut client = daemon.client();
    let refused = client.call(&next()).unwrap_err();
    assert!(matches!(&refused, ClientError::Daemon(got) if *got == error), "{refused:?}");
    assert_eq!(refused.hint(), error.hint);
    daemon.finish(client);
}

#[test]
fn a_refused_hello_is_the_cause_whichever_answer_comes_first() {
    let zone = WireError::new(ErrorCode::Invalid, "there is no zone `Europe/Atlantis`");
    let refuses_backwards = script({
        let zone = zone.clone();
        move |peer| {
            let (hello, asked) = (peer.request(), peer.request());
            peer.refuse(asked.id, WireError::new(ErrorCode::Invalid, "say hello first"));
            peer.refuse(hello.id, zone);
            peer.stay();
        }
    });
    let daemon = FakeDaemon::start(vec![refuses_backwards]);
    let mut client = daemon.client();
    let refused = client.call(&next()).unwrap_err();
    assert!(matches!(&refused, ClientError::Daemon(got) if *got == zone), "{refused:?}");
    daemon.finish(client);
}

#[test]
fn an_answer_may_come_before_that_to_hello() {
    let backwards = script(|peer| {
        let (hello, asked) = (peer.request(), peer.request());
        peer.reply(asked.id, &heph_protocol::response::TaskNext { available: 3, ..Default::default() });
        peer.reply(
            hello.id,
            &heph_protocol::response::Hello { store_id: STORE.into(), ..Default::default() },
        );
        peer.stay();
    });
    let daemon = FakeDaemon::start(vec![backwards]);
    let mut client = daemon.client();
    assert_eq!(client.call(&next()).unwrap().available, 3);
    assert_eq!(client.hello().unwrap().store_id, STORE);
    daemon.finish(client);
}
