//! Events, and what else arrives unasked.

use std::time::Duration;

use heph_client::ClientError;
use heph_protocol::envelope::to_map;
use heph_protocol::event::{Changed, ShuttingDown, Topic};
use heph_protocol::response::{Subscribed, TaskNext};
use heph_protocol::{Event, Message};

use crate::fake_daemon::{FakeDaemon, Peer, SHORT, names, next, script};

/// Longer than any test takes.
const LONG: Option<Duration> = Some(Duration::from_secs(20));

fn changed(revision: &str, node: &str) -> Event {
    Event::Changed(Changed { revision: revision.into(), nodes: vec![node.into()], many: false })
}

/// Greets and accepts a subscription.
fn accept(peer: &mut Peer) {
    let asked = peer.greet_and_read();
    peer.reply(asked.id, &Subscribed { revision: "7".into() });
}

#[test]
fn events_come_after_a_subscription() {
    let tells = script(|peer| {
        accept(peer);
        peer.message(&Message::Event { method: "weather".into(), params: to_map(&Changed::default()) });
        peer.event(&changed("8", "a"));
        peer.event(&Event::ShuttingDown(ShuttingDown { restarting: true }));
    });
    let daemon = FakeDaemon::start(vec![tells]);
    let mut client = daemon.client();
    assert_eq!(client.subscribe(vec![Topic::Changed]).unwrap().revision, "7");
    assert_eq!(client.next_event(LONG).unwrap(), Some(changed("8", "a")));
    let bye = Event::ShuttingDown(ShuttingDown { restarting: true });
    assert_eq!(client.next_event(None).unwrap(), Some(bye));
    let end = client.next_event(LONG);
    assert!(matches!(end, Err(ClientError::Closed)), "{end:?}");
    assert_eq!(names(&daemon.finish(client)), ["subscribe"]);
}

#[test]
fn no_event_in_time_is_none_and_the_subscription_stays() {
    let (told, tell) = std::sync::mpsc::channel();
    let waits = script(move |peer| {
        accept(peer);
        let () = tell.recv().unwrap();
        peer.event(&changed("8", "a"));
        peer.stay();
    });
    let daemon = FakeDaemon::start(vec![waits]);
    let mut client = daemon.client();
    client.subscribe(vec![Topic::Changed]).unwrap();
    assert_eq!(client.next_event(Some(SHORT)).unwrap(), None);
    assert_eq!(client.next_event(Some(Duration::ZERO)).unwrap(), None);
    told.send(()).unwrap();
    assert_eq!(client.next_event(LONG).unwrap(), Some(changed("8", "a")));
    daemon.finish(client);
}

#[test]
fn events_and_late_replies_do_not_disturb_a_call_and_events_are_kept_merged() {
    let chats = script(|peer| {
        accept(peer);
        let asked = peer.request();
        peer.event(&changed("8", "a"));
        peer.reply(asked.id + 40, &TaskNext { available: 99, ..TaskNext::default() });
        peer.event(&changed("9", "b"));
        peer.reply(asked.id, &TaskNext { available: 2, ..TaskNext::default() });
        peer.stay();
    });
    let daemon = FakeDaemon::start(vec![chats]);
    let mut client = daemon.client();
    client.subscribe(vec![Topic::Changed]).unwrap();
    assert_eq!(client.call(&next()).unwrap().available, 2);
    let both = Changed { revision: "9".into(), nodes: vec!["a".into(), "b".into()], many: false };
    assert_eq!(client.next_event(LONG).unwrap(), Some(Event::Changed(both)));
    daemon.finish(client);
}

#[test]
fn a_call_that_heals_does_not_hide_that_events_were_missed() {
    let drops = script(|peer| {
        accept(peer);
        peer.request();
    });
    let answers = script(|peer| {
        let asked = peer.greet_and_read();
        peer.reply(asked.id, &TaskNext::default());
        let again = peer.request();
        peer.reply(again.id, &Subscribed { revision: "9".into() });
        peer.event(&changed("10", "c"));
        peer.stay();
    });
    let daemon = FakeDaemon::start(vec![drops, answers]);
    let mut client = daemon.client();
    client.subscribe(vec![Topic::Changed]).unwrap();
    client.call(&next()).unwrap();
    let missed = client.next_event(LONG);
    assert!(matches!(missed, Err(ClientError::Closed)), "{missed:?}");
    assert_eq!(client.subscribe(vec![Topic::Changed]).unwrap().revision, "9");
    assert_eq!(client.next_event(LONG).unwrap(), Some(changed("10", "c")));
    assert_eq!(names(&daemon.finish(client)), ["subscribe", "task.next", "task.next", "subscribe"]);
}

#[test]
fn an_event_before_the_answer_to_the_subscription_is_kept() {
    let eager = script(|peer| {
        let asked = peer.greet_and_read();
        peer.event(&changed("8", "a"));
        peer.reply(asked.id, &Subscribed { revision: "7".into() });
        peer.stay();
    });
    let daemon = FakeDaemon::start(vec![eager]);
    let mut client = daemon.client();
    client.subscribe(vec![Topic::Changed]).unwrap();
    assert_eq!(client.next_event(LONG).unwrap(), Some(changed("8", "a")));
    daemon.finish(client);
}

#[test]
fn without_a_subscription_nobody_waits_for_events() {
    let daemon = FakeDaemon::start(vec![]);
    let mut client = daemon.client();
    let never = client.next_event(None);
    assert!(matches!(never, Err(ClientError::Closed)), "{never:?}");
    daemon.finish(client);
}
