//! A daemon with too much to do.

use heph_client::{ClientError, Patience};
use heph_protocol::ErrorCode;
use heph_protocol::envelope::CONNECTION_ID;

use crate::fake_daemon::{FakeDaemon, SHORT, add, added, busy, client_of, names, patience, script};

#[test]
fn busy_is_tried_again_under_the_same_id() {
    let busy_thrice = script(|peer| {
        let mut asked = peer.greet_and_read();
        for _ in 0..3 {
            peer.refuse(asked.id, busy());
            asked = peer.request();
        }
        peer.reply(asked.id, &added("now"));
        peer.stay();
    });
    let daemon = FakeDaemon::start(vec![busy_thrice]);
    let mut client = daemon.client();
    assert_eq!(client.call(&add()).unwrap(), added("now"));
    let asked = daemon.finish(client);
    assert_eq!(names(&asked), ["task.add"; 4]);
    assert!(asked.iter().all(|again| again.mutation_id == asked[0].mutation_id), "{asked:?}");
}

#[test]
fn busy_is_an_error_after_five_retries() {
    let busy_for_ever = script(|peer| {
        let asked = peer.greet_and_read();
        peer.refuse(asked.id, busy());
        for _ in 0..5 {
            let asked = peer.request();
            peer.refuse(asked.id, busy());
        }
        peer.stay();
    });
    let daemon = FakeDaemon::start(vec![busy_for_ever]);
    let mut client = daemon.client();
    let error = client.call(&add()).unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::Busy));
    assert_eq!(names(&daemon.finish(client)), ["task.add"; 6]);
}

#[test]
fn no_pause_lasts_past_the_deadline() {
    let busy_once = script(|peer| {
        let asked = peer.greet_and_read();
        peer.refuse(asked.id, busy());
        peer.stay();
    });
    let daemon = FakeDaemon::start(vec![busy_once]);
    let pause = patience().mutation * 2;
    let slow = Patience { shortest_pause: pause, longest_pause: pause, ..patience() };
    let mut client = client_of(daemon.socket(), slow);
    let error = client.call(&add()).unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::Busy));
    assert_eq!(names(&daemon.finish(client)), ["task.add"]);
}

#[test]
fn a_daemon_with_too_many_connections_is_tried_again_on_a_fresh_one() {
    let full = script(|peer| {
        peer.refuse(CONNECTION_ID, busy());
        peer.stay();
    });
    let free = script(|peer| {
        let asked = peer.greet_and_read();
        peer.reply(asked.id, &added("in"));
        peer.stay();
    });
    let daemon = FakeDaemon::start(vec![full, free]);
    let mut client = daemon.client();
    assert_eq!(client.call(&add()).unwrap(), added("in"));
    let asked = daemon.finish(client);
    assert!(asked.iter().all(|again| again.mutation_id == asked[0].mutation_id), "{asked:?}");
}

#[test]
fn the_last_words_of_a_daemon_that_hangs_up_unread_are_heard() {
    let full_and_gone = script(|peer| peer.refuse(CONNECTION_ID, busy()));
    let daemon = FakeDaemon::start(vec![full_and_gone]);
    let socket = daemon.socket();
    let mut client = client_of(socket, Patience { reconnect: SHORT, ..patience() });
    // The daemon closed before the request is written, or before it is read: the client hears why, tries again, and
    // then nobody is there.
    let error = client.call(&add()).unwrap_err();
    assert!(matches!(error, ClientError::StaleSocket { .. }), "{error:?}");
    assert_eq!(names(&daemon.finish(client)), [""; 0]);
}
