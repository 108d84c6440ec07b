//! Sockets that drop under reads, bulk requests, and requests that were not written.

use heph_client::ClientError;
use heph_protocol::request::{StoreCheck, TaskNext as AskNext};
use heph_protocol::response::TaskNext;

use crate::fake_daemon::{FakeDaemon, SHORT, Script, add, added, client_of, names, next, patience, script};

fn three() -> TaskNext {
    TaskNext { available: 3, ..TaskNext::default() }
}

fn answers_next() -> Script {
    script(|peer| {
        let asked = peer.greet_and_read();
        peer.reply(asked.id, &three());
        peer.stay();
    })
}

#[test]
fn a_read_survives_a_daemon_that_drops_before_reading() {
    let daemon = FakeDaemon::start(vec![script(|peer| peer.see_bytes_arrive()), answers_next()]);
    let mut client = daemon.client();
    assert_eq!(client.call(&next()).unwrap(), three());
    assert_eq!(names(&daemon.finish(client)), ["task.next"]);
}

#[test]
fn a_read_survives_a_daemon_that_drops_after_reading() {
    let drops = script(|peer| {
        peer.greet_and_read();
    });
    let daemon = FakeDaemon::start(vec![drops, answers_next()]);
    let mut client = daemon.client();
    assert_eq!(client.call(&next()).unwrap(), three());
    assert_eq!(names(&daemon.finish(client)), ["task.next", "task.next"]);
}

#[test]
fn a_read_survives_a_daemon_that_drops_in_mid_reply() {
    let drops = script(|peer| {
        let asked = peer.greet_and_read();
        peer.half_a_reply(asked.id, &three());
    });
    let daemon = FakeDaemon::start(vec![drops, answers_next()]);
    let mut client = daemon.client();
    assert_eq!(client.call(&next()).unwrap(), three());
    assert_eq!(names(&daemon.finish(client)), ["task.next", "task.next"]);
}

#[test]
fn a_reply_that_came_whole_counts_although_the_socket_dropped_behind_it() {
    let drops = script(|peer| {
        let asked = peer.greet_and_read();
        peer.reply(asked.id, &three());
    });
    let daemon = FakeDaemon::start(vec![drops]);
    let mut client = daemon.client();
    assert_eq!(client.call(&next()).unwrap(), three());
    assert_eq!(names(&daemon.finish(client)), ["task.next"]);
}

#[test]
fn a_read_is_given_up_when_it_is_lost_a_third_time() {
    let drops = || {
        script(|peer| {
            peer.greet_and_read();
        })
    };
    let daemon = FakeDaemon::start(vec![drops(), drops(), drops()]);
    let mut client = daemon.client();
    let error = client.call(&next()).unwrap_err();
    assert!(matches!(error, ClientError::Closed), "{error:?}");
    assert_eq!(names(&daemon.finish(client)), ["task.next"; 3]);
}

#[test]
fn a_mutation_that_was_not_written_is_sent_once_more_without_a_question() {
    let closes = script(|peer| {
        let asked = peer.greet_and_read();
        peer.reply(asked.id, &three());
    });
    let answers = script(|peer| {
        let asked = peer.greet_and_read();
        peer.reply(asked.id, &added("once"));
        peer.stay();
    });
    let daemon = FakeDaemon::start(vec![closes, answers]);
    let mut client = daemon.client();
    client.call(&next()).unwrap();
    daemon.wait_for_end_of_connection();
    assert_eq!(client.call(&add()).unwrap(), added("once"));
    assert_eq!(names(&daemon.finish(client)), ["task.next", "task.add"]);
}

#[test]
fn a_bulk_request_is_not_repeated() {
    let drops = script(|peer| {
        peer.greet_and_read();
    });
    let daemon = FakeDaemon::start(vec![drops]);
    let mut client = daemon.client();
    let error = client.call(&StoreCheck {}).unwrap_err();
    assert!(matches!(error, ClientError::Closed), "{error:?}");
    assert_eq!(names(&daemon.finish(client)), ["store.check"]);
}

#[test]
fn a_daemon_that_stays_away_after_a_lost_reply_is_not_running() {
    let folder = tempfile::tempdir().unwrap();
    let drops_for_good = script({
        let kept = folder.path().join("gone.sock");
        move |peer| {
            let socket = peer.stream.local_addr().unwrap().as_pathname().unwrap().to_owned();
            peer.greet_and_read();
            std::fs::rename(socket, kept).unwrap();
        }
    });
    let daemon = FakeDaemon::start(vec![drops_for_good]);
    let patience = heph_client::Patience { reconnect: SHORT, ..patience() };
    let mut client = client_of(daemon.socket(), patience);
    let error = client.call(&AskNext::default()).unwrap_err();
    assert!(matches!(&error, ClientError::NotRunning { socket } if *socket == daemon.socket()), "{error:?}");
    assert_eq!(names(&daemon.finish(client)), ["task.next"]);
}

#[test]
fn a_daemon_that_restarts_is_waited_for() {
    let (restarted, restart) = std::sync::mpsc::channel();
    let stops = script(move |peer| {
        let socket = peer.stream.local_addr().unwrap().as_pathname().unwrap().to_owned();
        peer.greet_and_read();
        std::fs::remove_file(&socket).unwrap();
        restarted.send(socket).unwrap();
    });
    let daemon = FakeDaemon::start(vec![stops]);
    let mut client = daemon.client();
    let second = std::thread::spawn(move || {
        let socket = restart.recv().unwrap();
        let listener = std::os::unix::net::UnixListener::bind(socket).unwrap();
        let (stream, _) = listener.accept().unwrap();
        let mut peer = crate::fake_daemon::Peer::over(stream);
        let asked = peer.greet_and_read();
        peer.reply(asked.id, &three());
    });
    assert_eq!(client.call(&next()).unwrap(), three());
    second.join().unwrap();
    assert_eq!(names(&daemon.finish(client)), ["task.next"]);
}
