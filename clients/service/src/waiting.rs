//! Waits until the daemon takes writes, and tells why it does not.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::error::ServiceError;
use crate::hephd::Settings;
use crate::logs::LogMark;
use crate::manager::{Activity, Ended, State};
use crate::planning::{Planned, words_of};
use crate::probe::{Probe, other_holder, probe};
use crate::service::{LOOK_EVERY, Report, Service, Step};
use crate::status::was_replaced;

/// How long the daemon may take until it takes writes, when it does nothing that takes long.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// How long it may take while it says of itself that it is starting: a large store is copied before it is migrated.
const STARTED_WITHIN: Duration = Duration::from_secs(600);

/// How often a person is told that it is still waited for.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// Ends of the process after which nothing else is to be expected.
const ENDS: u32 = 3;

/// Lines of the log that are shown when the daemon does not become ready.
const LOG_LINES: usize = 8;

impl Service {
    /// Waits until the daemon takes writes. `gone` is a process that has to be gone by then.
    pub(crate) fn ready(
        &self,
        step: Step,
        planned: Planned,
        gone: Option<u32>,
        log: &LogMark,
        waiting: &mut dyn FnMut(&str),
    ) -> Result<Report, ServiceError> {
        let began = Instant::now();
        let mut told = Duration::ZERO;
        // A file beside the service's own may name another program and other paths than the one planned.
        let installed = self.installed()?.unwrap_or_default();
        let settings = self.settings_of(&installed).ok().flatten().unwrap_or(planned.settings);
        let command = installed.command.unwrap_or(planned.command);
        loop {
            let state = self.manager.state()?;
            let found = probe(&settings.socket);
            if let Some(status) = found.status()
                && found.is_ready()
                && Some(status.pid) == state.pid
                && Some(status.pid) != gone
                // Until systemd has taken in that it is ready it does not count as running.
                && state.activity == Activity::Running
            {
                let is_older = planned.hephd.version().is_some_and(|version| version != status.version);
                return Ok(Report {
                    step,
                    file: self.manager.file().to_owned(),
                    command: words_of(&command),
                    kept: planned.kept,
                    replaced: planned.replaced,
                    restart_due: is_older || was_replaced(status.pid),
                    pid: status.pid,
                    version: status.version.clone(),
                    socket: settings.socket,
                    is_lingering: self.manager.is_lingering(),
                    mode: status.mode.clone(),
                });
            }
            let waited = began.elapsed();
            let at_most = if state.activity == Activity::Starting { STARTED_WITHIN } else { READY_WITHIN };
            let is_over = state.activity == Activity::Failed
                || state.restarts >= ENDS && state.activity == Activity::Waiting
                || waited > at_most;
            if is_over {
                return Err(self.not_ready(&state, &found, &settings, &command.program, log));
            }
            if waited >= told + Duration::from_secs(1) && (told.is_zero() || waited >= told + TELL_EVERY) {
                waiting("waiting until the daemon is ready");
                told = waited;
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Why the daemon does not become ready, as far as that can be told.
    fn not_ready(
        &self,
        state: &State,
        found: &Probe,
        settings: &Settings,
        program: &Path,
        log: &LogMark,
    ) -> ServiceError {
        // Only what was said since: an older start had reasons of its own.
        let log = log.lines_since(LOG_LINES);
        let hint = "heph daemon logs shows more, heph daemon status what is the matter".to_owned();
        if let Some((pid, file)) = other_holder(settings, state.pid) {
            return ServiceError::NotReady {
                what: format!("another hephd (process {pid}) has {} open", file.display()),
                log: Vec::new(),
                hint: format!("stop it: kill {pid}; the service then starts by itself"),
            };
        }
        let what = match (&state.ended, state.activity) {
            (Some(Ended::Code(78)), activity) => {
                // launchd tries again whatever it ended with.
                let stays = if activity == Activity::Failed { " and stays down" } else { "" };
                // What hephd says of its settings it says before its log is open.
                let installed = self.installed().ok().flatten();
                let refused = installed.and_then(|installed| self.settings_of(&installed).err());
                let reason = match refused {
                    Some(ServiceError::Settings { said }) => said,
                    _ => reason(&log).unwrap_or("its log, or its manager's, may say why").to_owned(),
                };
                format!("hephd refuses to start (exit code 78){stays}: {reason}")
            }
            (Some(_), Activity::Waiting | Activity::Failed) => {
                format!("hephd does not stay up: {}", how_it_ended(state, program))
            }
            (_, Activity::Starting) => "hephd is still starting".to_owned(),
            _ => match found {
                Probe::Answers(..) => format!("another daemon answers at {}", settings.socket.display()),
                Probe::Strange(said) => format!("hephd runs and does not answer: {said}"),
                Probe::Absent | Probe::Stale => {
                    format!("hephd did not become ready: nobody answers at {}", settings.socket.display())
                }
            },
        };
        ServiceError::NotReady { what, log, hint }
    }
}

/// How a daemon ended, in words.
pub(crate) fn how_it_ended(state: &State, program: &Path) -> String {
    let how = match (&state.ended, state.ended_for.as_deref()) {
        (_, Some("timeout")) => "it did not become ready, or did not stop, in time".to_owned(),
        (_, Some("watchdog")) => "it hung and was ended".to_owned(),
        // systemd's own code for a program that it cannot run (systemd.exec(5), EXIT_EXEC).
        (Some(Ended::Code(203)), _) => {
            return format!("systemd cannot run {} (exit code 203)", program.display());
        }
        (Some(ended), _) => format!("it ended with {ended}"),
        (None, _) => "it ended".to_owned(),
    };
    if state.restarts == 0 { how } else { format!("{how}, {} times by now", state.restarts + 1) }
}

/// Why hephd could not start, as the last line of its log that tells so has it.
fn reason(log: &[String]) -> Option<&str> {
    let line = log.iter().rev().find(|line| line.contains("hephd cannot start"))?;
    Some(line.split_once("error=")?.1)
}
