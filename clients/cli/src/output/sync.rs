//! How a store stands to its hub, in a few lines; and the exit code that goes with it.

use heph_protocol::response::SyncStatus;
use heph_protocol::types::{ParkedChange, SyncState};
use jiff::Timestamp;

use super::style::{DIM, GOOD, ID, PLAIN, WARNING};
use super::table::{Cell, Column, Fit};
use super::{Line, Outcome, Output, tasks, when};
use crate::error::Exit;

/// What to do where there is no hub.
pub(crate) const SET_UP: &str = "to sync with other machines: heph daemon restart --hub-url https://hub.example:8787, then heph auth login";

const PARKED: &[Column] = &[
    Column { heading: "ID", fit: Fit::Fixed, right: false },
    Column { heading: "TITLE", fit: Fit::Shrinks { soft: 20, hard: 8 }, right: false },
    Column { heading: "REFUSED BECAUSE", fit: Fit::Shrinks { soft: 24, hard: 12 }, right: false },
];

/// A state in a word or two.
pub(crate) fn state(state: SyncState) -> &'static str {
    match state {
        SyncState::Off => "no hub",
        SyncState::Idle => "up to date",
        SyncState::Pulling => "reading",
        SyncState::Pushing => "sending",
        SyncState::Backoff => "waiting to try again",
        SyncState::AuthRequired => "not logged in",
        SyncState::UpgradeRequired => "upgrade needed",
        SyncState::Paused => "paused",
    }
}

/// A number of changes: `1 change`, `3 changes`.
pub(crate) fn changes(count: u64) -> String {
    if count == 1 { "1 change".to_owned() } else { format!("{count} changes") }
}

/// The code to leave with; none when there is nothing to be done about sync.
pub(crate) fn exit(status: &SyncStatus) -> Option<Exit> {
    match status.state {
        SyncState::Backoff => Some(Exit::Busy),
        SyncState::AuthRequired => Some(Exit::Unauthenticated),
        SyncState::UpgradeRequired => Some(Exit::Unsupported),
        SyncState::Paused => Some(Exit::Refused),
        _ if !status.parked.is_empty() => Some(Exit::Refused),
        SyncState::Off | SyncState::Idle | SyncState::Pulling | SyncState::Pushing => None,
    }
}

/// What is wrong, in one sentence.
pub(crate) fn problem(status: &SyncStatus) -> String {
    let hub = status.hub.as_deref().unwrap_or("the hub");
    let said = status.problem.as_deref();
    match (status.state, said) {
        (SyncState::AuthRequired, None) => format!("not logged in at {hub}"),
        (SyncState::AuthRequired, Some(said)) => format!("not logged in at {hub}: {said}"),
        (SyncState::UpgradeRequired, None) => format!("{hub} and this hephd are of different versions"),
        (SyncState::Paused, None) => format!("sync with {hub} is paused"),
        (SyncState::Paused, Some(said)) => format!("sync with {hub} is paused: {said}"),
        (SyncState::Backoff, None) => format!("{hub} cannot be reached"),
        (_, Some(said)) => format!("not in sync with {hub}: {said}"),
        (_, None) => format!("{hub} refuses {}", changes(status.parked.len() as u64)),
    }
}

/// What to do about it.
pub(crate) fn hint(status: &SyncStatus) -> Option<&str> {
    status.hint.as_deref().or(match status.state {
        SyncState::AuthRequired => Some("log in with: heph auth login"),
        SyncState::UpgradeRequired => Some("install the same release on both; then heph daemon restart"),
        SyncState::Backoff => Some("it is tried again by itself; heph doctor tries the way step by step"),
        SyncState::Paused => Some("heph doctor tries the way to the hub step by step"),
        _ if !status.parked.is_empty() => {
            Some("heph sync retry offers them again; heph sync discard gives them up")
        }
        _ => None,
    })
}

/// How it stands, in one line.
fn standing(status: &SyncStatus, now: Timestamp) -> Line {
    let Some(hub) = status.hub.as_deref() else {
        return Line::new().plain("no hub: everything stays on this machine");
    };
    match status.state {
        SyncState::Off => Line::new().plain(format!("sync with {hub} is off")),
        SyncState::Pulling if status.head > status.cursor => {
            Line::new().plain(format!("reading from {hub}: {} of {} changes", status.cursor, status.head))
        }
        SyncState::Pulling => Line::new().plain(format!("reading from {hub}")),
        SyncState::Pushing => Line::new().plain(format!("sending to {hub}")),
        SyncState::Idle if status.unsent == 0 => {
            let since = status.synced_at.as_deref().map(|at| format!(", {}", when::ago(at, now)));
            Line::new().styled(GOOD, "in sync").plain(format!(" with {hub}{}", since.unwrap_or_default()))
        }
        SyncState::Idle => Line::new().plain(format!("connected to {hub}")),
        SyncState::Backoff | SyncState::AuthRequired | SyncState::UpgradeRequired | SyncState::Paused => {
            Line::new().styled(WARNING, problem(status))
        }
    }
}

/// The lines below: what waits, when it is tried again, when both were the same.
fn remarks(status: &SyncStatus, now: Timestamp) -> Vec<String> {
    let mut lines = Vec::new();
    let waiting = status.unsent.saturating_sub(status.parked.len() as u64);
    let moves = matches!(status.state, SyncState::Idle | SyncState::Pulling | SyncState::Pushing);
    match waiting {
        0 => {}
        1 if moves => lines.push("1 change waits".to_owned()),
        1 => lines.push("1 change waits, and is kept here".to_owned()),
        _ if moves => lines.push(format!("{} wait", changes(waiting))),
        _ => lines.push(format!("{} wait, and are kept here", changes(waiting))),
    }
    if status.hub.is_some()
        && !(status.state == SyncState::Idle && status.unsent == 0)
        && let Some(at) = &status.synced_at
    {
        lines.push(format!("last in sync {}", when::ago(at, now)));
    }
    if let Some(at) = &status.retry_at {
        lines.push(format!("next try at {}", when::instant(at)));
    }
    match status.files_unsent {
        0 => {}
        1 => lines.push("1 file is not at the hub yet".to_owned()),
        count => lines.push(format!("{count} files are not at the hub yet")),
    }
    match status.files_wanted {
        0 => {}
        1 => lines.push("1 file is still to come".to_owned()),
        count => lines.push(format!("{count} files are still to come")),
    }
    lines.extend(status.files_problem.clone());
    lines
}

/// Prints how it stands, what waits, and what there is for a person to do.
pub(crate) fn print(out: &mut Output, status: &SyncStatus, now: Timestamp) -> Outcome {
    out.line(standing(status, now))?;
    for line in remarks(status, now) {
        out.line(line)?;
    }
    if !status.parked.is_empty() {
        out.line(format!("the hub refuses {}:", changes(status.parked.len() as u64)))?;
        parked(out, &status.parked)?;
    }
    match status.conflicts {
        0 => {}
        1 => out.line("1 value was overwritten unseen: heph conflicts")?,
        count => out.line(format!("{count} values were overwritten unseen: heph conflicts"))?,
    }
    match status.unfit {
        0 => {}
        1 => out.line("1 change of another machine could not be taken in: heph doctor")?,
        count => out.line(format!("{count} changes of other machines could not be taken in: heph doctor"))?,
    }
    if status.hub.is_none() {
        out.note(SET_UP);
    } else if let Some(hint) = hint(status) {
        out.line(Line::new().styled(DIM, hint))?;
    }
    clock(out, status);
    Ok(())
}

/// Prints what the hub refuses.
pub(crate) fn parked(out: &mut Output, parked: &[ParkedChange]) -> Outcome {
    let row = |change: &ParkedChange| {
        vec![
            Cell::styled(ID, &change.node.short),
            Cell::from(tasks::node_name(&change.node)),
            Cell::styled(PLAIN, &change.reason),
        ]
    };
    out.table(PARKED, &parked.iter().map(row).collect::<Vec<_>>())
}

/// Warns of a clock that goes wrong.
pub(crate) fn clock(out: &mut Output, status: &SyncStatus) {
    if let Some(said) = clock_says(status.clock_ahead_s) {
        out.warn(&said);
    }
}

/// What is to be said of the clock.
pub(crate) fn clock_says(ahead_s: i32) -> Option<String> {
    let by = when::elapsed(ahead_s.unsigned_abs().into());
    match ahead_s {
        0 => None,
        1.. => Some(format!("this machine's clock is {by} behind the hub's: set it right")),
        _ => Some(format!("this machine's clock is {by} ahead of the hub's: set it right")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(state: SyncState) -> SyncStatus {
        SyncStatus { hub: Some("https://hub".into()), state, ..SyncStatus::default() }
    }

    #[test]
    fn every_state_has_its_exit_code() {
        for (state, code) in [
            (SyncState::Off, None),
            (SyncState::Idle, None),
            (SyncState::Pulling, None),
            (SyncState::Pushing, None),
            (SyncState::Backoff, Some(Exit::Busy)),
            (SyncState::AuthRequired, Some(Exit::Unauthenticated)),
            (SyncState::UpgradeRequired, Some(Exit::Unsupported)),
            (SyncState::Paused, Some(Exit::Refused)),
        ] {
            assert_eq!(exit(&at(state)), code, "{state:?}");
        }
        let parked = vec![ParkedChange::default()];
        assert_eq!(exit(&SyncStatus { parked, ..at(SyncState::Idle) }), Some(Exit::Refused));
    }

    #[test]
    fn the_daemons_words_win_and_every_problem_has_a_hint() {
        for state in
            [SyncState::Backoff, SyncState::AuthRequired, SyncState::UpgradeRequired, SyncState::Paused]
        {
            assert!(hint(&at(state)).is_some(), "{state:?}");
            let said = SyncStatus { hint: Some("do this".into()), problem: Some("so".into()), ..at(state) };
            assert_eq!(hint(&said), Some("do this"));
            assert!(problem(&said).ends_with(": so"), "{state:?}");
        }
        assert_eq!(hint(&at(SyncState::Idle)), None);
    }

    #[test]
    fn what_waits_is_counted_without_what_is_refused() {
        let status = |unsent, parked: usize| SyncStatus {
            unsent,
            parked: vec![ParkedChange::default(); parked],
            ..at(SyncState::Idle)
        };
        let said = |unsent, parked| remarks(&status(unsent, parked), Timestamp::UNIX_EPOCH);
        assert_eq!(said(0, 0), Vec::<String>::new());
        assert_eq!(said(1, 0), ["1 change waits"]);
        assert_eq!(said(5, 2), ["3 changes wait"]);
        assert_eq!(said(2, 2), Vec::<String>::new());
    }

    #[test]
    fn a_clock_is_spoken_of_only_where_it_matters() {
        assert_eq!(clock_says(0), None);
        let behind = "this machine's clock is 5 min behind the hub's: set it right";
        assert_eq!(clock_says(300).as_deref(), Some(behind));
        assert!(clock_says(i32::MIN).is_some_and(|said| said.contains("ahead of the hub's")));
    }
}
