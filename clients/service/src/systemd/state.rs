//! What `systemctl --user show` tells of the service.

use std::collections::HashMap;
use std::path::PathBuf;

use super::quote;
use crate::manager::{Activity, Ended, State};

/// The properties asked for.
pub(super) const PROPERTIES: &str = "LoadState,ActiveState,SubState,UnitFileState,MainPID,ExecMainPID,ExecMainCode,\
    ExecMainStatus,NRestarts,StateChangeTimestamp,NeedDaemonReload,DropInPaths,Result";

/// `ExecMainCode` of a process that exited (`CLD_EXITED`); others ended by a signal.
const EXITED: &str = "1";

/// Reads the answer, a `Name=value` a line.
pub(super) fn read(answer: &str) -> State {
    let properties: HashMap<&str, &str> = answer.lines().filter_map(|line| line.split_once('=')).collect();
    let text = |name| properties.get(name).copied().unwrap_or_default();
    let number = |name| text(name).parse::<u32>().ok().filter(|number| *number != 0);
    let activity = match (text("ActiveState"), text("SubState")) {
        ("active", _) => Activity::Running,
        ("activating", "auto-restart" | "auto-restart-queued") => Activity::Waiting,
        ("activating" | "reloading" | "refreshing", _) => Activity::Starting,
        ("deactivating", _) => Activity::Stopping,
        ("failed", _) => Activity::Failed,
        _ => Activity::Stopped,
    };
    let ended = number("ExecMainPID").filter(|pid| number("MainPID") != Some(*pid)).and_then(|_| {
        match (text("ExecMainCode"), text("ExecMainStatus").parse::<i32>().ok()?) {
            ("" | "0", _) => None,
            (EXITED, code) => Some(Ended::Code(code)),
            (_, signal) => Some(Ended::Signal(signal_name(signal))),
        }
    });
    State {
        activity,
        is_enabled: text("UnitFileState").starts_with("enabled"),
        is_masked: text("LoadState") == "masked",
        is_fresh: text("NeedDaemonReload") != "yes",
        pid: number("MainPID"),
        since: text("StateChangeTimestamp").strip_prefix('@').and_then(|seconds| seconds.parse().ok()),
        ended,
        restarts: number("NRestarts").unwrap_or_default(),
        ended_for: Some(text("Result"))
            .filter(|why| matches!(*why, "timeout" | "watchdog"))
            .map(str::to_owned),
        drop_ins: paths(text("DropInPaths")),
    }
}

/// Paths in a list; those with odd characters stand in quotes.
pub(super) fn paths(list: &str) -> Vec<PathBuf> {
    let words = quote::split(list).unwrap_or_default();
    words.into_iter().map(|(raw, text)| PathBuf::from(text.unwrap_or_else(|| raw.to_owned()))).collect()
}

/// The name of a signal a daemon may well end by, or its number.
fn signal_name(signal: i32) -> String {
    match signal {
        6 => "SIGABRT".to_owned(),
        9 => "SIGKILL".to_owned(),
        11 => "SIGSEGV".to_owned(),
        15 => "SIGTERM".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_service_does_is_told_from_its_properties() {
        let running = read(
            "LoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=enabled\nMainPID=42\nExecMainPID=42\n\
             ExecMainCode=0\nExecMainStatus=0\nNRestarts=3\nStateChangeTimestamp=@1795000000\nNeedDaemonReload=no\n\
             DropInPaths=/a/override.conf \"/b c/x.conf\"\n",
        );
        let expected = State {
            activity: Activity::Running,
            is_enabled: true,
            is_masked: false,
            is_fresh: true,
            pid: Some(42),
            since: Some(1_795_000_000),
            ended: None,
            restarts: 3,
            ended_for: None,
            drop_ins: vec!["/a/override.conf".into(), "/b c/x.conf".into()],
        };
        assert_eq!(running, expected);
    }

    #[test]
    fn how_it_ended_is_told_once_its_process_is_gone() {
        let ended = |code, status, active, sub| {
            let state = read(&format!(
                "ActiveState={active}\nSubState={sub}\nMainPID=0\nExecMainPID=7\nExecMainCode={code}\nExecMainStatus={status}"
            ));
            (state.activity, state.ended)
        };
        assert_eq!(ended(1, 78, "failed", "failed"), (Activity::Failed, Some(Ended::Code(78))));
        assert_eq!(
            ended(2, 9, "activating", "auto-restart"),
            (Activity::Waiting, Some(Ended::Signal("SIGKILL".into())))
        );
        assert_eq!(ended(0, 0, "inactive", "dead"), (Activity::Stopped, None));
        assert_eq!(read("LoadState=masked\nUnitFileState=masked").activity, Activity::Stopped);
        assert!(read("LoadState=masked").is_masked);
        assert_eq!(read(""), State { is_fresh: true, ..State::default() });
    }
}
