//! `heph events`: changes as lines, also over a restart of the daemon.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use heph_protocol::event::{Changed, ShuttingDown, Sync, Topic};
use heph_protocol::response::Subscribed;
use heph_protocol::types::SyncState;
use heph_protocol::{ErrorCode, Event, Request};

use crate::fake::{Fake, refuse, reply};

fn telling() -> Fake {
    let changed = Changed { revision: "12".into(), nodes: vec!["a1".into(), "b2".into()], many: false };
    let news = vec![Event::Changed(changed), Event::ShuttingDown(ShuttingDown { restarting: true })];
    Fake::with_news(news, |request| match request {
        Request::Subscribe(_) => reply(&Subscribed { revision: "15".into() }),
        other => refuse(ErrorCode::Internal, other.name()),
    })
}

/// The first lines of a run that never ends by itself.
fn first_lines(fake: &Fake, arguments: &[&str], count: usize) -> Vec<String> {
    let mut child =
        fake.home.command(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().take(count);
    let lines = lines.map(Result::unwrap).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    lines
}

#[test]
fn every_change_is_a_line_at_once_and_a_gap_is_told() {
    let lines = first_lines(&telling(), &["events"], 3);
    assert_eq!(lines, ["revision 12: a1 b2", "revision 15: much changed", "revision 12: a1 b2"]);
}

#[test]
fn programs_get_an_object_a_line() {
    for form in ["--json", "--ndjson"] {
        let lines = first_lines(&telling(), &["events", form], 3);
        assert_eq!(
            lines,
            [
                r#"{"event":"changed","revision":"12","nodes":["a1","b2"],"many":false}"#,
                r#"{"event":"shutting_down","restarting":true}"#,
                r#"{"event":"changed","revision":"15","nodes":[],"many":true}"#,
            ]
        );
    }
}

#[test]
fn what_sync_is_at_is_told_too() {
    let problem = Some("the hub does not answer".into());
    let fake = Fake::with_news(vec![Event::Sync(Sync { state: SyncState::Backoff, problem })], |request| {
        match request {
            Request::Subscribe(_) => reply(&Subscribed { revision: "15".into() }),
            other => refuse(ErrorCode::Internal, other.name()),
        }
    });
    assert_eq!(first_lines(&fake, &["events"], 1), ["sync: waiting to try again: the hub does not answer"]);
    assert!(
        matches!(&fake.heard()[0], Request::Subscribe(asked) if asked.topics == [Topic::Changed, Topic::Sync, Topic::Reminders])
    );
    assert_eq!(
        first_lines(&fake, &["events", "--ndjson"], 1),
        [r#"{"event":"sync","state":"backoff","problem":"the hub does not answer"}"#]
    );
}

#[test]
fn a_refusal_ends_it() {
    let fake = Fake::new(|_| refuse(ErrorCode::Busy, "too many subscribers"));
    assert_eq!(fake.run(&["events"]).code, 75);
}
