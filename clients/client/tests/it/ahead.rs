//! Bulk requests that are sent before the one before is answered.

use heph_client::{ClientError, Patience};
use heph_protocol::request::StoreCheck;
use heph_protocol::response::Checked;

use crate::fake_daemon::{FakeDaemon, SHORT, busy, client_of, names, patience, script};

fn checked(nodes: u64) -> Checked {
    Checked { nodes, ..Checked::default() }
}

#[test]
fn replies_find_their_requests_in_whatever_order_they_come() {
    let three = script(|peer| {
        let first = peer.greet_and_read();
        let (second, third) = (peer.request(), peer.request());
        for (asked, nodes) in [(&third, 3), (&first, 1), (&second, 2)] {
            peer.reply(asked.id, &checked(nodes));
        }
        let called = peer.request();
        peer.reply(called.id, &checked(4));
        peer.stay();
    });
    let daemon = FakeDaemon::start(vec![three]);
    let mut client = daemon.client();
    let posted = [(); 3].map(|()| client.post(&StoreCheck {}).unwrap());
    assert_eq!(client.call(&StoreCheck {}).unwrap(), checked(4));
    let replies = posted.map(|posted| client.reply_to(posted).unwrap().nodes);
    assert_eq!(replies, [1, 2, 3]);
    assert_eq!(names(&daemon.finish(client)), ["store.check"; 4]);
}

#[test]
fn a_refusal_is_of_one_request_and_a_lost_socket_of_all() {
    let refuses = script(|peer| {
        let first = peer.greet_and_read();
        peer.request();
        peer.request();
        peer.refuse(first.id, busy());
    });
    let again = script(|peer| {
        let asked = peer.greet_and_read();
        peer.reply(asked.id, &checked(7));
        peer.stay();
    });
    let daemon = FakeDaemon::start(vec![refuses, again]);
    let mut client = daemon.client();
    let [first, second, third] = [(); 3].map(|()| client.post(&StoreCheck {}).unwrap());
    let error = client.reply_to(first).unwrap_err();
    assert!(matches!(&error, ClientError::Daemon(error) if error.is_retryable()), "{error:?}");
    let error = client.reply_to(second).unwrap_err();
    assert!(matches!(error, ClientError::Closed), "{error:?}");
    // Another connection knows nothing of it, though it has requests of the same number.
    let other = client.post(&StoreCheck {}).unwrap();
    let error = client.reply_to(third).unwrap_err();
    assert!(matches!(error, ClientError::Closed), "{error:?}");
    assert_eq!(client.reply_to(other).unwrap(), checked(7));
    daemon.finish(client);
}

#[test]
fn silence_is_as_long_as_that_of_a_call() {
    let silent = script(|peer| {
        peer.greet_and_read();
        peer.stay();
    });
    let daemon = FakeDaemon::start(vec![silent]);
    let mut client = client_of(daemon.socket(), Patience { silence: SHORT, ..patience() });
    let posted = client.post(&StoreCheck {}).unwrap();
    let error = client.reply_to(posted).unwrap_err();
    assert!(matches!(error, ClientError::Timeout { method: "store.check", .. }), "{error:?}");
    daemon.finish(client);
}
