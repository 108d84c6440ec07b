//! `heph daemon status`

use heph_service::{Activity, FileState, Service, Status};
use jiff::Timestamp;

use crate::error::{Exit, Failure};
use crate::output::style::{DIM, ERROR, GOOD, WARNING};
use crate::output::{Document, Line, Outcome, Output, when};
use crate::session::Session;

/// Tells all there is to know; fails when no daemon takes writes.
pub(super) fn run(service: &Service, session: &mut Session) -> Outcome {
    let status = service.status();
    if session.out.is_json() {
        session.out.document(&Document::new("service", &status))?;
    } else {
        print(&status, &mut session.out)?;
    }
    match status.socket_state {
        "ready" => Ok(()),
        _ => Err(Failure::Told(Exit::Unreachable)),
    }
}

fn print(status: &Status, out: &mut Output) -> Outcome {
    let (style, does) = match status.activity {
        _ if status.masked => (ERROR, "masked"),
        _ if !status.installed => (WARNING, "not installed"),
        Activity::Running => (GOOD, "running"),
        Activity::Starting => (WARNING, "starting"),
        Activity::Stopping => (WARNING, "stopping"),
        Activity::Stopped => (WARNING, "stopped"),
        Activity::Waiting => (ERROR, "ended, about to be started again"),
        Activity::Failed => (ERROR, "failed"),
    };
    let mut line = Line::new().styled(DIM, label("service")).styled(style, does);
    line = line.plain(more(status));
    out.line(line)?;
    let mut rows = vec![("file", file_text(status))];
    rows.extend(status.drop_ins.iter().map(|file| ("with", file.display().to_string())));
    rows.push(("runs", status.command.join(" ")));
    rows.push(("version", version(status)));
    rows.push(("mode", status.mode.clone().unwrap_or_default()));
    rows.push(("socket", format!("{} ({})", status.socket.display(), status.socket_state)));
    rows.push(("store", sized(&status.db)));
    rows.push(("log", status.log.as_ref().map_or_else(|| "standard error".to_owned(), sized)));
    rows.push(("hub", status.hub.clone()));
    rows.push(("sync", status.sync.clone()));
    rows.push(("update", status.self_update.clone()));
    if let Some(daemon) = &status.daemon {
        let writes = match daemon.queued_writes {
            1 => "1 write waits".to_owned(),
            count => format!("{count} writes wait"),
        };
        let up = when::elapsed(daemon.uptime_seconds);
        rows.push((
            "now",
            format!("up {up}, {writes}, {} connections, revision {}", daemon.sessions, daemon.revision),
        ));
    }
    rows.push(("error", status.last_error.clone().unwrap_or_default()));
    for (name, value) in rows.into_iter().filter(|(_, value)| !value.is_empty()) {
        out.line(Line::new().styled(DIM, label(name)).plain(value))?;
    }
    for problem in &status.problems {
        out.line(Line::new().styled(WARNING, label("problem")).plain(&problem.what))?;
        out.line(Line::new().styled(DIM, label("")).plain(&problem.hint))?;
    }
    if let Some(what) = &status.unreachable {
        out.line(Line::new().styled(WARNING, label("problem")).plain(what))?;
        out.line(Line::new().styled(DIM, label("")).plain("hephd --mode local runs it in the foreground"))?;
    } else if !status.installed && !status.masked {
        out.line(Line::new().styled(DIM, label("")).plain("heph daemon start installs and starts it"))?;
    }
    Ok(())
}

fn label(name: &str) -> String {
    format!("{name:<9}")
}

/// What stands behind what the service does.
fn more(status: &Status) -> String {
    let since = status.since.and_then(|since| Timestamp::from_second(since).ok());
    let parts = [
        since.map(|since| format!("since {}", when::instant(&since.to_string()))),
        status.pid.map(|pid| format!("process {pid}")),
        status
            .installed
            .then(|| if status.enabled { "starts at login" } else { "does not start at login" }.to_owned()),
        match status.lingering {
            Some(true) => Some("goes on without a login".to_owned()),
            _ => None,
        },
        (status.restarts > 0).then(|| format!("started again {} times", status.restarts)),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() || !status.installed { String::new() } else { format!(", {}", parts.join(", ")) }
}

fn file_text(status: &Status) -> String {
    if status.installed { status.file.display().to_string() } else { String::new() }
}

fn version(status: &Status) -> String {
    let running = status.running_version.as_deref();
    match (running, status.installed_version.as_deref()) {
        (Some(running), Some(installed)) if status.restart_due && running != installed => {
            format!("{running} runs, {installed} is installed: restart due (heph daemon restart)")
        }
        (Some(running), _) if status.restart_due => {
            format!("{running} runs and was replaced by another build: restart due (heph daemon restart)")
        }
        (Some(running), _) => running.to_owned(),
        (None, Some(installed)) => format!("{installed} is installed, none runs"),
        (None, None) => String::new(),
    }
}

fn sized(file: &FileState) -> String {
    match file.bytes {
        Some(bytes) => format!("{} ({})", file.path.display(), when::bytes(bytes)),
        None => format!("{} (not there)", file.path.display()),
    }
}
