//! Everything there is to know about the service.

use std::path::{Path, PathBuf};

use heph_protocol::response::{DaemonStatus, UpdateStatus};
use serde::Serialize;

use crate::error::ServiceError;
use crate::hephd::{Hephd, Settings};
use crate::logs::last_lines;
use crate::manager::{Activity, Ended, State};
use crate::planning::words_of;
use crate::probe::{Probe, other_holder, probe, update_in_words, update_status};
use crate::service::Service;
use crate::waiting::how_it_ended;

/// Lines of the log that are looked at for the last error.
const LOG_LINES: usize = 400;

/// A file, and how large it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileState {
    /// Its path.
    pub path: PathBuf,
    /// Its size; `None` when it is not there.
    pub bytes: Option<u64>,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What.
    pub what: String,
    /// What to do about it.
    pub hint: String,
}

/// Everything there is to know about the service.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Status {
    /// The service manager.
    pub manager: &'static str,
    /// Why it cannot be spoken to, if it cannot.
    pub unreachable: Option<String>,
    /// Whether the service's file is there.
    pub installed: bool,
    /// The service's file.
    pub file: PathBuf,
    /// Whether it starts at login.
    pub enabled: bool,
    /// Whether somebody forbade to start it.
    pub masked: bool,
    /// Whether it goes on while nobody is logged in; `None` where that is no question.
    pub lingering: Option<bool>,
    /// What it is doing.
    pub activity: Activity,
    /// Its process.
    pub pid: Option<u32>,
    /// When it came to what it is doing, in Unix seconds.
    pub since: Option<i64>,
    /// How often the manager started it again.
    pub restarts: u32,
    /// Version of the daemon that answers at the socket.
    pub running_version: Option<String>,
    /// Version of the program the service runs.
    pub installed_version: Option<String>,
    /// Whether the daemon that runs is not the one that would be started now.
    pub restart_due: bool,
    /// What it runs, a word each.
    pub command: Vec<String>,
    /// Files beside the service's own that change what it says.
    pub drop_ins: Vec<PathBuf>,
    /// What it is: `local` or `server`.
    pub mode: Option<String>,
    /// Its socket, and what is there: `ready`, `starting`, `absent`, `stale`, `strange`.
    pub socket: PathBuf,
    /// See `socket`.
    pub socket_state: &'static str,
    /// Its store.
    pub db: FileState,
    /// Its log; `None` when it logs to standard error.
    pub log: Option<FileState>,
    /// The hub it syncs with, or where it serves as one; empty for neither, or when no daemon tells.
    pub hub: String,
    /// How it stands to that hub, in a word; empty where there is none.
    pub sync: String,
    /// Whether it updates itself.
    pub self_update: String,
    /// The same, as the daemon tells it.
    pub update: Option<UpdateStatus>,
    /// The last error in its log, or how it ended.
    pub last_error: Option<String>,
    /// What the daemon tells of itself.
    pub daemon: Option<DaemonStatus>,
    /// What is not as it should be.
    pub problems: Vec<Problem>,
}

impl Service {
    /// Looks at everything. What cannot be found out is a problem in it and no error.
    pub fn status(&self) -> Status {
        let unreachable = self.manager.reach().err();
        let state = match unreachable {
            None => self.manager.state().unwrap_or_default(),
            Some(_) => State { is_fresh: true, ..State::default() },
        };
        let mut problems = Vec::new();
        let text = self.file_text();
        let read =
            text.and_then(|text| text.map(|text| self.with_drop_ins(&text, &state.drop_ins)).transpose());
        let installed = match read {
            Ok(installed) => installed,
            Err(error) => {
                problems.push(problem(error.to_string(), error.hint().unwrap_or_default()));
                None
            }
        };
        let is_installed = self.manager.file().exists() && !state.is_masked;
        let command = installed.as_ref().and_then(|installed| installed.command.clone());
        let hephd = command.as_ref().map(|command| Hephd { path: command.program.clone() });
        let (settings, refused) = match installed.as_ref().map(|installed| self.settings_of(installed)) {
            Some(Ok(Some(settings))) => (settings, None),
            Some(Err(error)) => (Settings::defaults(&self.place), Some(error)),
            Some(Ok(None)) | None => (Settings::defaults(&self.place), None),
        };
        let found = probe(&settings.socket);
        let daemon = found.status().cloned();
        let is_ours = daemon.as_ref().is_some_and(|daemon| Some(daemon.pid) == state.pid);
        let installed_version = hephd.as_ref().and_then(Hephd::version);
        let running_version = daemon.as_ref().map(|daemon| daemon.version.clone());
        let restart_due = is_ours
            && (installed_version.is_some() && installed_version != running_version
                || state.pid.is_some_and(was_replaced)
                || daemon.as_ref().is_some_and(|daemon| Path::new(&daemon.db) != settings.db));
        let update = daemon.as_ref().and_then(|_| update_status(&settings.socket));
        let log = (settings.log != Path::new("-")).then(|| file(&settings.log));
        let last_error = last_error(&state, log.as_ref());
        let program = hephd.as_ref().map_or(Path::new("hephd"), |hephd| &hephd.path);
        let about = About { state: &state, found: &found, settings: &settings, program, is_ours };
        if unreachable.is_none() {
            problems.extend(about.problems(is_installed, self.manager.unit()));
        }
        if let Some(strange) =
            installed.as_ref().map(|installed| &installed.strange).filter(|s| !s.is_empty())
        {
            let hint = "correct the file, or move it away and run heph daemon start".to_owned();
            problems
                .push(problem(format!("the service's file is not understood: {}", strange.join("; ")), hint));
        }
        if let Some(hephd) = hephd.as_ref().filter(|_| installed_version.is_none()) {
            let error = ServiceError::NoHephd { path: hephd.path.clone() };
            problems.push(problem(error.to_string(), error.hint().unwrap_or_default()));
        } else if let Some(error) = refused {
            problems.push(problem(
                error.to_string(),
                "correct the configuration, then: heph daemon restart".into(),
            ));
        }
        Status {
            manager: self.manager.name(),
            unreachable,
            installed: is_installed,
            file: self.manager.file().to_owned(),
            enabled: state.is_enabled,
            masked: state.is_masked,
            lingering: self.manager.is_lingering(),
            activity: state.activity,
            pid: state.pid,
            since: state.since,
            restarts: state.restarts,
            running_version,
            installed_version,
            restart_due,
            command: command.as_ref().map(words_of).unwrap_or_default(),
            drop_ins: state.drop_ins.clone(),
            mode: is_installed.then(|| settings.mode.clone()),
            socket_state: match &found {
                Probe::Answers(_, true) => "ready",
                Probe::Answers(_, false) => "starting",
                Probe::Absent => "absent",
                Probe::Stale => "stale",
                Probe::Strange(_) => "strange",
            },
            db: store(daemon.as_ref(), &settings),
            hub: hub_of(daemon.as_ref()),
            sync: sync_state(&found, &settings.socket),
            socket: settings.socket,
            log,
            self_update: update.as_ref().map(update_in_words).unwrap_or_default(),
            update,
            last_error,
            daemon,
            problems,
        }
    }
}

/// What is looked at for problems.
struct About<'a> {
    state: &'a State,
    found: &'a Probe,
    settings: &'a Settings,
    program: &'a Path,
    is_ours: bool,
}

impl About<'_> {
    fn problems(&self, is_installed: bool, unit: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut add = |what: String, hint: &str| problems.push(problem(what, hint.to_owned()));
        if self.state.is_masked {
            let error = ServiceError::Masked { unit: unit.to_owned() };
            add(error.to_string(), &error.hint().unwrap_or_default());
        } else if let Some(pid) = self.state.pid.filter(|_| !is_installed) {
            add(
                format!("the service runs (process {pid}) and its file is gone"),
                "heph daemon start writes it anew, heph daemon uninstall stops it",
            );
        } else if is_installed && !self.state.is_enabled {
            add("the service is installed and does not start at login".to_owned(), "heph daemon start");
        }
        if is_installed && !self.state.is_fresh {
            add("the service's file was changed since it was loaded".to_owned(), "heph daemon restart");
        }
        match (&self.state.ended, self.state.activity) {
            (Some(Ended::Code(78)), Activity::Failed) => add(
                "hephd refused to start (exit code 78) and stays down".to_owned(),
                "heph daemon logs says why; then: heph daemon start",
            ),
            (Some(_), Activity::Failed) => {
                let what = format!("hephd is down: {}", how_it_ended(self.state, self.program));
                add(what, "heph daemon logs says why; then: heph daemon start");
            }
            (Some(_), Activity::Waiting) => {
                let what = format!("hephd does not stay up: {}", how_it_ended(self.state, self.program));
                add(what, "heph daemon logs says why");
            }
            _ => {}
        }
        match (self.found, other_holder(self.settings, self.state.pid)) {
            (Probe::Answers(status, _), _) if !self.is_ours => add(
                format!("a hephd that is not the service (process {}) answers at the socket", status.pid),
                &format!("stop it: kill {}; then: heph daemon start", status.pid),
            ),
            (_, Some((pid, file))) => add(
                format!("another hephd (process {pid}) has {} open", file.display()),
                &format!("stop it: kill {pid}; then: heph daemon start"),
            ),
            (Probe::Stale, None) => add(
                "a daemon that is gone left its socket behind".to_owned(),
                "the next start clears it: heph daemon start",
            ),
            (Probe::Strange(said), None) => {
                add(format!("what is at the socket does not answer as hephd does: {said}"), "heph doctor");
            }
            (Probe::Absent, None) if self.state.activity == Activity::Running => add(
                format!("hephd runs, and there is no socket at {}", self.settings.socket.display()),
                "heph daemon restart",
            ),
            _ => {}
        }
        problems
    }
}

fn problem(what: String, hint: String) -> Problem {
    Problem { what, hint }
}

fn file(path: &Path) -> FileState {
    FileState { path: path.to_owned(), bytes: std::fs::metadata(path).ok().map(|file| file.len()) }
}

/// The store; a daemon tells its size with what is still in its write-ahead log.
fn store(daemon: Option<&DaemonStatus>, settings: &Settings) -> FileState {
    match daemon {
        Some(daemon) => FileState { path: PathBuf::from(&daemon.db), bytes: Some(daemon.db_bytes) },
        None => file(&settings.db),
    }
}

/// Whether the file that a process runs is no longer the one it was started from.
pub(crate) fn was_replaced(pid: u32) -> bool {
    let program = std::fs::read_link(format!("/proc/{pid}/exe"));
    program.is_ok_and(|path| path.to_string_lossy().ends_with(" (deleted)"))
}

/// The newest error in the log, or else how the daemon ended.
fn last_error(state: &State, log: Option<&FileState>) -> Option<String> {
    let lines = log.and_then(|log| last_lines(&log.path, LOG_LINES).ok()).unwrap_or_default();
    let is_error = |line: &&String| line.contains(" ERROR ") || line.contains("\"level\":\"ERROR\"");
    let logged = lines.iter().rev().find(is_error).cloned();
    logged.or_else(|| match &state.ended {
        Some(Ended::Code(0)) | None => None,
        Some(ended) => Some(format!("hephd ended with {ended}")),
    })
}

/// The hub of a daemon, as its settings name it.
fn hub_of(daemon: Option<&DaemonStatus>) -> String {
    let setting = |name: &str| {
        let settings = daemon.into_iter().flat_map(|daemon| &daemon.settings);
        settings.filter(|setting| setting.name == name).map(|setting| setting.value.clone()).next_back()
    };
    match setting("mode").as_deref() {
        Some("server") => format!("serves on {}", setting("http_addr").unwrap_or_default()),
        Some(_) => setting("hub_url").unwrap_or_default(),
        None => String::new(),
    }
}

/// How the daemon that was found stands to its hub.
fn sync_state(found: &Probe, socket: &Path) -> String {
    match found {
        Probe::Answers(..) => crate::probe::sync_state(socket).unwrap_or_default(),
        _ => String::new(),
    }
}
