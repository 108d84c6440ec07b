//! What `launchctl print <domain>/<label>` tells of the service. Its output is for people and no interface, so only a
//! few lines are looked at, and none has to be there.

use crate::manager::{Activity, Ended, State};

/// Reads the answer of a service that is loaded.
pub(super) fn read(answer: &str) -> State {
    // Deeper lines belong to what the service has, not to the service.
    let top = answer.lines().filter(|line| line.starts_with('\t') && !line.starts_with("\t\t"));
    let lines: Vec<(&str, &str)> = top.filter_map(|line| line.trim().split_once(" = ")).collect();
    let value = |name: &str| lines.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    let pid = value("pid").and_then(|pid| pid.parse().ok());
    let ended = value("last exit code").and_then(exit_code);
    let activity = match (value("state"), pid) {
        (Some("running"), Some(_)) => Activity::Running,
        (_, Some(_)) => Activity::Starting,
        // launchd starts it again, whatever it ended with.
        (_, None) if ended.is_some() => Activity::Waiting,
        _ => Activity::Stopped,
    };
    let restarts =
        value("runs").and_then(|runs| runs.parse::<u32>().ok()).map_or(0, |runs| runs.saturating_sub(1));
    let ended = ended.filter(|_| pid.is_none());
    State { activity, is_enabled: true, is_fresh: true, pid, ended, restarts, ..State::default() }
}

/// `78: EX_CONFIG`, `0`, `(never exited)`
fn exit_code(value: &str) -> Option<Ended> {
    let number = value.split([':', ' ']).next()?;
    number.parse().ok().map(Ended::Code)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNNING: &str = "gui/501/org.hephaestus.hephd = {\n\tactive count = 1\n\tpath = /x.plist\n\tstate = running\n\n\
        \tprogram = /bin/hephd\n\tendpoints = {\n\t\tpid = 9\n\t}\n\truns = 3\n\tpid = 4711\n\tlast exit code = 78: EX_CONFIG\n}\n";

    #[test]
    fn a_service_that_runs_is_told_from_one_that_ended() {
        let running = read(RUNNING);
        assert_eq!((running.activity, running.pid, running.restarts), (Activity::Running, Some(4711), 2));
        assert_eq!(running.ended, None);
        let ended = read(
            &RUNNING.replace("state = running", "state = spawn scheduled").replace("\tpid = 4711\n", ""),
        );
        assert_eq!((ended.activity, ended.ended), (Activity::Waiting, Some(Ended::Code(78))));
        let never = read("x = {\n\tstate = not running\n\tlast exit code = (never exited)\n}");
        assert_eq!((never.activity, never.ended), (Activity::Stopped, None));
        assert_eq!(read("").activity, Activity::Stopped);
    }
}
