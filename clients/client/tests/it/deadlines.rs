//! A daemon that never answers, and one that is long at work.

use std::sync::mpsc;
use std::time::Duration;

use heph_client::{ClientError, Patience};
use heph_protocol::Event;
use heph_protocol::event::Progress;
use heph_protocol::request::StoreCheck;
use heph_protocol::response::Checked;

use crate::fake_daemon::{FakeDaemon, SHORT, Script, add, client_of, names, next, patience, script};

fn silent() -> Script {
    script(|peer| {
        peer.greet_and_read();
        peer.stay();
    })
}

fn progress(id: u32, done: u64) -> Event {
    Event::Progress(Progress { id, done, total: 2, ..Progress::default() })
}

#[test]
fn a_read_without_answer_is_late() {
    let daemon = FakeDaemon::start(vec![silent()]);
    let mut client = client_of(daemon.socket(), Patience { read: SHORT, ..patience() });
    let error = client.call(&next()).unwrap_err();
    assert!(
        matches!(error, ClientError::Timeout { method: "task.next", after } if after == SHORT),
        "{error:?}"
    );
    assert_eq!(names(&daemon.finish(client)), ["task.next"]);
}

#[test]
fn a_mutation_without_answer_is_late_and_not_sent_again() {
    let daemon = FakeDaemon::start(vec![silent()]);
    let mut client = client_of(daemon.socket(), Patience { mutation: SHORT, ..patience() });
    let error = client.call(&add()).unwrap_err();
    assert!(
        matches!(error, ClientError::Timeout { method: "task.add", after } if after == SHORT),
        "{error:?}"
    );
    assert_eq!(names(&daemon.finish(client)), ["task.add"]);
}

#[test]
fn a_daemon_that_does_not_even_say_hello_is_late() {
    let mute = script(|peer| peer.stay());
    let daemon = FakeDaemon::start(vec![mute]);
    let mut client = client_of(daemon.socket(), Patience { read: SHORT, ..patience() });
    let error = client.hello().unwrap_err();
    assert!(matches!(error, ClientError::Timeout { method: "hello", .. }), "{error:?}");
    daemon.finish(client);
}

#[test]
fn a_bulk_request_is_late_when_nothing_is_heard_of_it() {
    let stuck = script(|peer| {
        let asked = peer.greet_and_read();
        peer.event(&progress(asked.id, 1));
        peer.stay();
    });
    let daemon = FakeDaemon::start(vec![stuck]);
    let mut client = client_of(daemon.socket(), Patience { silence: SHORT, ..patience() });
    let mut heard = Vec::new();
    let error =
        client.call_with_progress(&StoreCheck {}, &mut |progress| heard.push(progress.done)).unwrap_err();
    assert!(matches!(error, ClientError::Timeout { method: "store.check", .. }), "{error:?}");
    assert_eq!(heard, [1]);
    daemon.finish(client);
}

#[test]
fn a_bulk_request_lasts_as_long_as_it_makes_progress() {
    let silence = Duration::from_millis(500);
    let (heard, hears) = mpsc::channel();
    let works = script(move |peer| {
        let asked = peer.greet_and_read();
        for done in 1..=2 {
            // Progress of a request that was given up long ago does not count.
            peer.event(&progress(asked.id + 7, 99));
            peer.event(&progress(asked.id, done));
            hears.recv().unwrap();
        }
        peer.reply(asked.id, &Checked { nodes: 2, ..Checked::default() });
        peer.stay();
    });
    let daemon = FakeDaemon::start(vec![works]);
    let mut client = client_of(daemon.socket(), Patience { silence, ..patience() });
    let mut steps = Vec::new();
    let checked = client.call_with_progress(&StoreCheck {}, &mut |progress| {
        steps.push(progress.done);
        // Twice three fifths of the silence allowed are more than it: the work as a whole takes too long for one.
        std::thread::sleep(silence * 3 / 5);
        heard.send(()).unwrap();
    });
    assert_eq!(checked.unwrap().nodes, 2);
    assert_eq!(steps, [1, 2]);
    daemon.finish(client);
}
