//! How sync stands, in words.

use heph_protocol::response::SyncStatus;
use heph_protocol::types::SyncState;
use heph_terminal::when;

use crate::model::Row;
use crate::text::column;

/// The lines above the conflicts.
pub(crate) fn notes(status: &SyncStatus) -> Vec<Row> {
    let Some(hub) = &status.hub else {
        return vec![
            Row::note("This store has no hub: it is on this machine alone."),
            Row::note(""),
            Row::note("One is joined by: heph daemon restart --hub-url https://…"),
        ];
    };
    let mut rows = Vec::new();
    let mut add = |name: &str, value: String| rows.push(Row::note(format!("{}{value}", column(name, 13))));
    add("hub", hub.clone());
    add("state", state(status.state).to_owned());
    if let Some(problem) = &status.problem {
        add("problem", problem.clone());
    }
    if let Some(hint) = &status.hint {
        add("what to do", hint.clone());
    }
    if let Some(at) = &status.retry_at {
        add("tried again", when::instant(at));
    }
    if let Some(account) = &status.account {
        add("account", account.clone());
    }
    if let Some(at) = &status.synced_at {
        add("in step", format!("at {}", when::instant(at)));
    }
    if status.head > status.cursor {
        add("to read", (status.head - status.cursor).to_string());
    }
    add("to send", status.unsent.to_string());
    if status.unfit > 0 {
        add("not taken in", status.unfit.to_string());
    }
    if status.clock_ahead_s != 0 {
        add("clock", format!("the hub's is {} s ahead", status.clock_ahead_s));
    }
    for parked in &status.parked {
        add("refused", format!("{}  {}: {}", parked.node.short, parked.node.title, parked.reason));
    }
    rows
}

/// A state in a sentence.
fn state(state: SyncState) -> &'static str {
    match state {
        SyncState::Off => "off",
        SyncState::Idle => "both have the same",
        SyncState::Pulling => "reading",
        SyncState::Pushing => "sending",
        SyncState::Backoff => "something failed; it is tried again by itself",
        SyncState::AuthRequired => "nobody is logged in: heph auth login",
        SyncState::UpgradeRequired => "one of the two has to be upgraded",
        SyncState::Paused => "it waits for you: heph sync",
    }
}
