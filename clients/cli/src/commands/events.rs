//! `heph events`: changes as they happen, until it is stopped.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::{ArgMatches, Command};
use heph_client::ClientError;
use heph_client::backoff::Backoff;
use heph_protocol::Event;
use heph_protocol::event::{Changed, Topic};
use serde_json::json;

use crate::output::{Outcome, Output, sync};
use crate::session::Session;
use crate::verbs::described;

const EXAMPLES: &str = "  heph events
  heph events --ndjson | while read -r event; do echo \"$event\"; done";

/// Ids on a line for people; programs get all of them.
const SHOWN_NODES: usize = 4;

/// Its command line.
pub(crate) fn command() -> Command {
    described(
        Command::new("events"),
        "Print changes, reminders and what sync does as they happen, until stopped with Ctrl-C",
        EXAMPLES,
    )
}

/// Prints events; comes back by itself when the daemon does.
pub(crate) fn run(_: &ArgMatches, session: &mut Session) -> Outcome {
    subscribe(session)?;
    let mut backoff = Backoff::new(seed());
    loop {
        match session.client()?.next_event(None) {
            Ok(Some(event)) => print(&mut session.out, &event)?,
            Ok(None) => {}
            Err(error) if is_away(&error) => {
                session.out.note("the daemon went away; waiting for it");
                resubscribe(session, &mut backoff)?;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn subscribe(session: &mut Session) -> Outcome<String> {
    Ok(session.client()?.subscribe(topics())?.revision)
}

/// All there is to hear of.
fn topics() -> Vec<Topic> {
    vec![Topic::Changed, Topic::Sync, Topic::Reminders]
}

/// Tries until the daemon is back. What happened meanwhile is not known, so it is told as "much changed".
fn resubscribe(session: &mut Session, backoff: &mut Backoff) -> Outcome {
    loop {
        std::thread::sleep(backoff.next_pause());
        match session.client()?.subscribe(topics()) {
            Ok(subscribed) => {
                backoff.reset();
                session.out.note("the daemon is back");
                let changed = Changed { revision: subscribed.revision, nodes: Vec::new(), many: true };
                return print(&mut session.out, &Event::Changed(changed));
            }
            Err(error) if is_away(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn is_away(error: &ClientError) -> bool {
    matches!(
        error,
        ClientError::Closed
            | ClientError::NotRunning { .. }
            | ClientError::StaleSocket { .. }
            | ClientError::Timeout { .. }
            | ClientError::Io(_)
    )
}

fn print(out: &mut Output, event: &Event) -> Outcome {
    if out.is_json() {
        // Events have no end, so there is no document to put them in: a line each in both forms.
        let object = match event {
            Event::Changed(changed) => {
                json!({ "event": "changed", "revision": changed.revision, "nodes": changed.nodes, "many": changed.many })
            }
            Event::Sync(sync) => json!({ "event": "sync", "state": sync.state, "problem": sync.problem }),
            Event::Reminder(reminder) => {
                json!({ "event": "reminder", "task": reminder.task, "at": reminder.at, "detail": reminder.detail })
            }
            Event::Progress(progress) => {
                json!({ "event": "progress", "done": progress.done, "total": progress.total, "note": progress.note })
            }
            Event::ShuttingDown(down) => json!({ "event": "shutting_down", "restarting": down.restarting }),
        };
        out.object(&object)?;
        return out.flush();
    }
    match event {
        Event::Changed(changed) if changed.many => {
            out.line(format!("revision {}: much changed", changed.revision))?
        }
        Event::Changed(changed) => {
            out.line(format!("revision {}: {}", changed.revision, some(&changed.nodes)))?
        }
        Event::Sync(news) => {
            let problem = news.problem.as_ref().map(|problem| format!(": {problem}")).unwrap_or_default();
            out.line(format!("sync: {}{problem}", sync::state(news.state)))?;
        }
        Event::Reminder(reminder) => {
            let task = &reminder.task;
            let detail = Some(&reminder.detail).filter(|detail| !detail.is_empty());
            let detail = detail.map(|detail| format!(" ({detail})")).unwrap_or_default();
            out.line(format!("reminder: {} {}{detail}", task.short, task.title))?;
        }
        Event::Progress(_) => {}
        Event::ShuttingDown(down) if down.restarting => out.note("the daemon restarts"),
        Event::ShuttingDown(_) => out.note("the daemon shuts down"),
    }
    out.flush()
}

/// A few ids and how many there are besides: an import touches hundreds.
fn some(nodes: &[String]) -> String {
    let (shown, more) = nodes.split_at(nodes.len().min(SHOWN_NODES));
    let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
    format!("{}{more}", shown.join(" "))
}

/// Tells clients apart that were started together.
fn seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    u64::from(now.subsec_nanos()) ^ (u64::from(std::process::id()) << 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_for_people_names_a_few_nodes() {
        let nodes: Vec<String> = (0..35).map(|number| format!("n{number}")).collect();
        assert_eq!(some(&nodes[..1]), "n0");
        assert_eq!(some(&nodes[..4]), "n0 n1 n2 n3");
        assert_eq!(some(&nodes), "n0 n1 n2 n3 and 31 more");
    }
}
