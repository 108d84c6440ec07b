//! `heph doctor`: what keeps heph from working, and what to do about it.

mod hub;

use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::Path;

use clap::{ArgMatches, Command};
use heph_protocol::request::DaemonStatus;
use heph_protocol::response;
use heph_protocol::types::CheckStep;
use serde::Serialize;

use crate::config::Config;
use crate::environment::{path_variable, variable, zone};
use crate::error::{Exit, Failure, Problem};
use crate::output::style::{ERROR, GOOD, WARNING};
use crate::output::{Document, Line, Outcome, Output, when};
use crate::session::Session;
use crate::verbs::described;

const EXAMPLES: &str = "  heph doctor
  heph doctor --json
  heph doctor --socket /tmp/other.sock";

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Ok,
    Warn,
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Check {
    name: &'static str,
    verdict: Verdict,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

impl Check {
    fn new(name: &'static str, verdict: Verdict, found: impl Into<String>) -> Self {
        Self { name, verdict, found: found.into(), hint: None }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Its command line.
pub(crate) fn command() -> Command {
    described(Command::new("doctor"), "Look for what keeps heph from working", EXAMPLES)
}

/// Looks at everything, prints a line each, and fails when something has to be done.
pub(crate) fn run(_: &ArgMatches, session: &mut Session) -> Outcome {
    let mut checks = vec![configuration(session)];
    checks.extend(socket(&session.config.socket.value));
    // The comparison with HEPH_DB is one of the checks here; a plain call would warn of it besides.
    let greeting = session.quiet_client().call(&DaemonStatus {}).map_err(Failure::from);
    let unreachable = greeting.is_err();
    let mut steps = None;
    match greeting {
        Ok(status) => {
            checks.extend(daemon(&status));
            let found = hub::look(session);
            checks.extend(found.checks);
            steps = found.steps;
        }
        Err(Failure::Problem(problem)) => checks.push(no_daemon(*problem)),
        Err(failure) => return Err(failure),
    }
    checks.push(time_zone());
    checks.push(editor(&session.config));
    print(&mut session.out, &checks, steps.as_deref())?;
    match checks.iter().any(|check| check.verdict == Verdict::Fail) {
        true if unreachable => Err(Failure::Told(Exit::Unreachable)),
        true => Err(Failure::Told(Exit::Runtime)),
        false => Ok(()),
    }
}

fn configuration(session: &Session) -> Check {
    match Config::load(&session.global) {
        Ok(config) if config.path.exists() => {
            Check::new("config", Verdict::Ok, config.path.display().to_string())
        }
        Ok(config) => Check::new(
            "config",
            Verdict::Ok,
            format!("{} is not there; defaults hold", config.path.display()),
        ),
        Err(Failure::Problem(problem)) => {
            let check = Check::new("config", Verdict::Fail, problem.message);
            Check { hint: problem.hint, ..check }
        }
        Err(_) => Check::new("config", Verdict::Fail, "cannot be read"),
    }
}

fn socket(path: &Path) -> Vec<Check> {
    let shown = path.display();
    let Ok(metadata) = std::fs::symlink_metadata(path) else {
        return vec![
            Check::new("socket", Verdict::Fail, format!("{shown} is not there"))
                .hint("hephd makes it when it starts; --socket or HEPH_SOCKET name another"),
        ];
    };
    if !metadata.file_type().is_socket() {
        return vec![
            Check::new("socket", Verdict::Fail, format!("{shown} is no socket"))
                .hint("move it away and restart hephd"),
        ];
    }
    let mut checks = vec![private("socket", path, metadata.mode(), 0o600)];
    if let Some(folder) = path.parent()
        && let Ok(metadata) = std::fs::metadata(folder)
    {
        checks.push(private("folder", folder, metadata.mode(), 0o700));
    }
    checks
}

/// Whether nobody else can reach it.
fn private(name: &'static str, path: &Path, mode: u32, wanted: u32) -> Check {
    let mode = mode & 0o777;
    let found = format!("{} (mode {mode:o})", path.display());
    if mode & !wanted == 0 {
        return Check::new(name, Verdict::Ok, found);
    }
    Check::new(name, Verdict::Warn, found)
        .hint(format!("others may reach it: chmod {wanted:o} {}", path.display()))
}

fn daemon(status: &response::DaemonStatus) -> Vec<Check> {
    let ours = env!("CARGO_PKG_VERSION");
    let found =
        format!("hephd {}, pid {}, up {}", status.version, status.pid, when::elapsed(status.uptime_seconds));
    let mut checks = vec![if status.version == ours {
        Check::new("daemon", Verdict::Ok, found)
    } else {
        Check::new("daemon", Verdict::Warn, format!("{found}, while heph is {ours}"))
            .hint("install both from one release and restart hephd")
    }];
    checks.push(store(status));
    checks.push(match &status.log {
        Some(log) => Check::new("log", Verdict::Ok, log.clone()),
        None => Check::new("log", Verdict::Ok, "hephd logs to its standard error"),
    });
    checks
}

fn store(status: &response::DaemonStatus) -> Check {
    let found = format!("{} ({}, {} open tasks)", status.db, when::bytes(status.db_bytes), status.open_tasks);
    let canonical = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    match path_variable("HEPH_DB") {
        Some(named) if canonical(&named) != canonical(status.db.as_ref()) => {
            Check::new("store", Verdict::Warn, format!("{found}, while HEPH_DB is {}", named.display())).hint(
                "the daemon decides which store it serves: start it with HEPH_DB set, or unset HEPH_DB here",
            )
        }
        _ => Check::new("store", Verdict::Ok, found),
    }
}

fn no_daemon(problem: Problem) -> Check {
    let check = Check::new("daemon", Verdict::Fail, problem.message);
    Check { hint: problem.hint, ..check }
}

fn time_zone() -> Check {
    match zone() {
        Some(zone) => Check::new("zone", Verdict::Ok, zone),
        None => Check::new("zone", Verdict::Ok, "not named here; the daemon's own is used"),
    }
}

fn editor(config: &Config) -> Check {
    let found = format!("{} ({})", config.editor.value, config.editor.origin);
    if config.editor.origin == "default"
        && variable("PATH").is_none_or(|path| !found_in(&path, &config.editor.value))
    {
        return Check::new("editor", Verdict::Warn, format!("{found} cannot be found"))
            .hint("set VISUAL or EDITOR");
    }
    Check::new("editor", Verdict::Ok, found)
}

fn found_in(path: &str, program: &str) -> bool {
    std::env::split_paths(path).any(|folder| folder.join(program).is_file())
}

fn print(out: &mut Output, checks: &[Check], steps: Option<&[CheckStep]>) -> Outcome {
    if out.is_json() {
        return out.document(&Document::new("checks", &checks).with_some("steps", steps.as_ref()));
    }
    for check in checks {
        let (style, word) = match check.verdict {
            Verdict::Ok => (GOOD, "ok  "),
            Verdict::Warn => (WARNING, "warn"),
            Verdict::Fail => (ERROR, "fail"),
        };
        out.line(Line::new().styled(style, word).plain(format!("  {:8}{}", check.name, check.found)))?;
        if let Some(hint) = &check.hint {
            out.line(format!("              {hint}"))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_can_reach_is_warned_of() {
        let path = Path::new("/run/h.sock");
        assert_eq!(private("socket", path, 0o140_600, 0o600).verdict, Verdict::Ok);
        let open = private("socket", path, 0o140_660, 0o600);
        assert_eq!(open.verdict, Verdict::Warn);
        assert_eq!(open.hint.unwrap(), "others may reach it: chmod 600 /run/h.sock");
    }

    #[test]
    fn another_version_of_the_daemon_is_warned_of() {
        let status = response::DaemonStatus { version: "99.0.0".into(), ..Default::default() };
        assert_eq!(daemon(&status)[0].verdict, Verdict::Warn);
    }
}
