//! What a person asks of the service: start, stop, restart, uninstall.

use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::error::ServiceError;
use crate::flags::{Changes, Word, check, merge};
use crate::hephd::{Hephd, Settings};
use crate::launchd::Launchd;
use crate::logs::last_lines;
use crate::manager::{Activity, Command, Ended, Installed, Manager, Plan, State};
use crate::place::Place;
use crate::probe::{Probe, holder_of, probe};
use crate::runner::SystemRunner;
use crate::systemd::Systemd;

/// How long the daemon may take until it takes writes, when it does nothing that takes long.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// How long it may take while it says of itself that it is starting: a large store is copied before it is migrated.
const STARTED_WITHIN: Duration = Duration::from_secs(600);

/// Between two looks at a daemon that is starting.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Ends of the process after which nothing else is to be expected.
const ENDS: u32 = 3;

/// Lines of the log that are shown when the daemon does not become ready.
const LOG_LINES: usize = 8;

/// Folders of programs that a service has besides cargo's.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";

/// What is wished of the service's command.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// The `hephd` to run, if one was named.
    pub program: Option<PathBuf>,
    /// Whether the one that was named before is to be forgotten.
    pub forget_program: bool,
    /// What is to become of the flags.
    pub changes: Changes,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It was installed and started.
    Installed,
    /// Its file was changed and it was started anew.
    Updated,
    /// It was started.
    Started,
    /// It was stopped and started.
    Restarted,
    /// It runs as it is to run.
    Unchanged,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What was done.
    pub step: Step,
    /// The service's file.
    pub file: PathBuf,
    /// What it runs, a word each.
    pub command: Vec<String>,
    /// What somebody else wrote into the file and what stays there.
    pub kept: Vec<String>,
    /// Its process.
    pub pid: u32,
    /// Its version.
    pub version: String,
    /// Its socket.
    pub socket: PathBuf,
    /// Whether it goes on while nobody is logged in; `None` where that is no question.
    pub is_lingering: Option<bool>,
    /// What it is.
    pub mode: String,
}

/// The service of a user.
#[derive(Debug)]
pub struct Service {
    pub(crate) manager: Box<dyn Manager>,
    pub(crate) place: Place,
    /// The running program, beside which hephd is looked for.
    pub(crate) running: PathBuf,
}

/// A service's file that is there, and what the manager knows of it.
pub(crate) struct Present {
    pub(crate) installed: Installed,
    pub(crate) own: Installed,
    pub(crate) state: State,
}

impl Service {
    /// The service of a user; `running` is this program.
    pub fn new(manager: Box<dyn Manager>, place: Place, running: PathBuf) -> Self {
        Self { manager, place, running }
    }

    /// The service of the user this process runs as, with the service manager of this system.
    ///
    /// # Errors
    /// [`ServiceError::Io`] without a home folder, or when this program does not know where it is.
    pub fn of_process() -> Result<Self, ServiceError> {
        let no_home = || {
            let missing = std::io::Error::new(std::io::ErrorKind::NotFound, "HOME is not set to a folder");
            ServiceError::io("cannot tell whose service it is", missing)
        };
        let place = Place::of_process().ok_or_else(no_home)?;
        let running = std::env::current_exe()
            .map_err(|error| ServiceError::io("cannot tell where this program is", error))?;
        let manager: Box<dyn Manager> = if cfg!(target_os = "macos") {
            Box::new(Launchd::new(&place, SystemRunner))
        } else {
            Box::new(Systemd::new(&place, SystemRunner))
        };
        Ok(Self::new(manager, place, running))
    }

    /// The folder of the store and the logs.
    pub fn data(&self) -> PathBuf {
        self.place.data()
    }

    /// Installs the service if it is not, brings its file up to date, and sees to it that it runs. Returns once it
    /// takes writes; `waiting` is told what is waited for.
    ///
    /// # Errors
    /// [`ServiceError`]; after [`ServiceError::NotReady`] the service stays installed, so that it can be looked at.
    pub fn start(&self, wish: &Wish, waiting: &mut dyn FnMut(&str)) -> Result<Report, ServiceError> {
        self.reach()?;
        let present = self.present()?;
        let is_new = present.is_none();
        let (planned, is_changed, kept) = self.write(wish, present.as_ref())?;
        let state = self.manager.state()?;
        let is_up = matches!(state.activity, Activity::Running | Activity::Starting);
        let step = match (is_new, is_changed, is_up) {
            (true, _, _) => Step::Installed,
            (false, true, _) => Step::Updated,
            (false, false, true) => Step::Unchanged,
            (false, false, false) => Step::Started,
        };
        // systemd does not notice every file that came beside the unit.
        if step != Step::Unchanged || !state.is_enabled || !state.is_fresh {
            self.manager.enable()?;
        }
        match step {
            Step::Unchanged => {}
            Step::Updated if is_up => self.manager.restart()?,
            _ => self.manager.start()?,
        }
        let before = (step == Step::Updated).then_some(state.pid).flatten();
        self.ready(step, planned, kept, before, waiting)
    }

    /// Brings the file of an installed service up to date and starts it anew.
    ///
    /// # Errors
    /// [`ServiceError::NotInstalled`]; else as [`Service::start`].
    pub fn restart(&self, wish: &Wish, waiting: &mut dyn FnMut(&str)) -> Result<Report, ServiceError> {
        self.reach()?;
        let present = self.present()?.ok_or(ServiceError::NotInstalled)?;
        let (planned, _, kept) = self.write(wish, Some(&present))?;
        self.manager.enable()?;
        self.manager.restart()?;
        self.ready(Step::Restarted, planned, kept, present.state.pid, waiting)
    }

    /// Stops the service until the next login; answers whether it ran.
    ///
    /// # Errors
    /// [`ServiceError::NotInstalled`], and those of the manager.
    pub fn stop(&self) -> Result<bool, ServiceError> {
        self.reach()?;
        if !self.manager.file().exists() {
            return Err(ServiceError::NotInstalled);
        }
        let ran = !matches!(self.manager.state()?.activity, Activity::Stopped | Activity::Failed);
        self.manager.stop()?;
        Ok(ran)
    }

    /// Stops the service and removes its file; answers whether there was one. Store, tokens and logs stay.
    ///
    /// # Errors
    /// Those of the manager and of the file system.
    pub fn uninstall(&self) -> Result<bool, ServiceError> {
        let file = self.manager.file();
        if !file.exists() && !file.is_symlink() {
            return Ok(false);
        }
        // Without a manager there is only the file.
        let can_be_told = self.manager.reach().is_ok();
        if can_be_told {
            self.manager.disable()?;
        }
        std::fs::remove_file(file)
            .map_err(|error| ServiceError::io(format!("cannot remove {}", file.display()), error))?;
        if can_be_told {
            self.manager.forget()?;
        }
        Ok(true)
    }

    fn reach(&self) -> Result<(), ServiceError> {
        self.manager.reach().map_err(|what| {
            let hephd = Hephd::find(None, &self.running).map_or_else(|_| "hephd".into(), |hephd| hephd.path);
            ServiceError::NoManager { what, foreground: format!("{} --mode local", hephd.display()) }
        })
    }

    /// The service's file as it is now, if there is one, and what the manager knows of it.
    pub(crate) fn present(&self) -> Result<Option<Present>, ServiceError> {
        let state = self.manager.state()?;
        if state.is_masked {
            return Err(ServiceError::Masked { unit: self.manager.unit().to_owned() });
        }
        let Some(text) = self.file_text()? else { return Ok(None) };
        let own = self.manager.read(&text, &[])?;
        let drop_ins: Vec<String> =
            state.drop_ins.iter().filter_map(|path| std::fs::read_to_string(path).ok()).collect();
        let installed = self.manager.read(&text, &drop_ins)?;
        Ok(Some(Present { installed, own, state }))
    }

    pub(crate) fn file_text(&self) -> Result<Option<String>, ServiceError> {
        let file = self.manager.file();
        match std::fs::read(file) {
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => Ok(Some(text)),
                Err(_) => Err(ServiceError::Malformed {
                    path: file.to_owned(),
                    message: "it is not UTF-8".to_owned(),
                }),
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(ServiceError::io(format!("cannot read {}", file.display()), error)),
        }
    }

    /// Writes the file as it is wished, unless it is so already.
    fn write(
        &self,
        wish: &Wish,
        present: Option<&Present>,
    ) -> Result<(Planned, bool, Vec<String>), ServiceError> {
        let own = present.map(|present| &present.own);
        let baked = own.and_then(|own| own.command.as_ref());
        let given = own.filter(|own| own.is_given && !wish.forget_program).and(baked);
        let named = wish.program.as_deref().or(given.map(|command| command.program.as_path()));
        let hephd = Hephd::find(named, &self.running)?;
        let merged = merge(baked.map_or(&[][..], |command| &command.arguments), &wish.changes);
        check("the path of hephd", &hephd.path.to_string_lossy())?;
        let is_updating = merged.words.contains(&Word::from("--self-update"));
        let path = is_updating.then(|| self.updating_path());
        let plan = Plan {
            command: Command { program: hephd.path.clone(), arguments: merged.words },
            is_given: named.is_some(),
            path,
            errors: self.place.errors(),
        };
        let text = own.map(|own| own.text.as_str());
        let rendered = self.manager.render(&plan, text)?;
        let effective = self.manager.read(&rendered.text, &[])?;
        let settings = hephd.settings(&plan.command.arguments, &effective.environment, &self.place)?;
        let is_changed = text != Some(rendered.text.as_str());
        if is_changed {
            write_whole(self.manager.file(), &rendered.text)?;
        }
        private_folder(&self.place.data())?;
        let mut kept = merged.kept;
        kept.extend(rendered.kept);
        Ok((Planned { command: plan.command, hephd, settings }, is_changed, kept))
    }

    /// The `PATH` of a service that builds its updates.
    fn updating_path(&self) -> String {
        let cargo = self.place.cargo().unwrap_or_else(|| self.place.home.join(".cargo/bin"));
        format!("{}:{PATH}", cargo.display())
    }

    /// Waits until the daemon takes writes. `before` is a process that has to be gone by then.
    fn ready(
        &self,
        step: Step,
        planned: Planned,
        kept: Vec<String>,
        before: Option<u32>,
        waiting: &mut dyn FnMut(&str),
    ) -> Result<Report, ServiceError> {
        let began = Instant::now();
        let mut told = false;
        // A file beside the service's own may name another socket than the one planned.
        let settings = match self.present()? {
            Some(Present { installed, .. }) => self.settings_of(&installed),
            None => None,
        }
        .unwrap_or_else(|| planned.settings.clone());
        loop {
            let state = self.manager.state()?;
            let found = probe(&settings.socket);
            if let Some(status) = found.status()
                && found.is_ready()
                && Some(status.pid) == state.pid
                && Some(status.pid) != before
                // Until systemd has taken in that it is ready it does not count as running.
                && state.activity == Activity::Running
            {
                let words = planned.command.arguments.iter().map(Word::to_string);
                return Ok(Report {
                    step,
                    file: self.manager.file().to_owned(),
                    command: std::iter::once(planned.hephd.path.display().to_string()).chain(words).collect(),
                    kept,
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
                return Err(self.not_ready(&state, &found, &settings, &planned));
            }
            if !told && waited > Duration::from_secs(1) {
                waiting("waiting until the daemon is ready");
                told = true;
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
        planned: &Planned,
    ) -> ServiceError {
        let log = last_lines(&settings.log, LOG_LINES).unwrap_or_default();
        let look = "heph daemon logs shows more, heph daemon status what is the matter".to_owned();
        let holder = [&settings.db, &settings.socket]
            .into_iter()
            .find_map(|file| Some((holder_of(file).filter(|pid| Some(*pid) != state.pid)?, file)));
        if let Some((pid, file)) = holder {
            return ServiceError::NotReady {
                what: format!("another hephd (process {pid}) has {} open", file.display()),
                log: Vec::new(),
                hint: format!("stop it: kill {pid}; the service then starts by itself"),
            };
        }
        let what = match (&state.ended, state.activity) {
            (Some(Ended::Code(78)), _) => {
                // What hephd says of its settings it says before its log is open.
                let said = planned.hephd.settings(&planned.command.arguments, &[], &self.place).err();
                let reason = said.map_or_else(
                    || reason(&log).unwrap_or("its log may say why").to_owned(),
                    |error| match error {
                        ServiceError::Settings { said } => said,
                        other => other.to_string(),
                    },
                );
                format!("hephd refuses to start (exit code 78) and stays down: {reason}")
            }
            (Some(ended), Activity::Waiting | Activity::Failed) => {
                format!("hephd does not stay up: it ended with {ended}, {} times by now", state.restarts + 1)
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
        ServiceError::NotReady { what, log, hint: look }
    }

    /// The settings in force for a service as it is installed; `None` when they cannot be told.
    pub(crate) fn settings_of(&self, installed: &Installed) -> Option<Settings> {
        let command = installed.command.as_ref()?;
        let hephd = Hephd { path: command.program.clone() };
        hephd.settings(&command.arguments, &installed.environment, &self.place).ok()
    }
}

/// What a service is to run.
struct Planned {
    command: Command,
    hephd: Hephd,
    settings: Settings,
}

/// Why hephd could not start, as the last line of its log that tells so has it.
fn reason(log: &[String]) -> Option<&str> {
    let line = log.iter().rev().find(|line| line.contains("hephd cannot start"))?;
    Some(line.split_once("error=")?.1)
}

/// Makes the folder that is heph's, for its owner alone.
fn private_folder(folder: &Path) -> Result<(), ServiceError> {
    let failed = |error| ServiceError::io(format!("cannot make {}", folder.display()), error);
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)
}

/// Writes a file in one step; a reader finds the old one or the new one.
fn write_whole(file: &Path, text: &str) -> Result<(), ServiceError> {
    let failed = |error| ServiceError::io(format!("cannot write {}", file.display()), error);
    // A link that a person made stays one.
    let file = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let folder = file.parent().unwrap_or(Path::new("/"));
    std::fs::create_dir_all(folder).map_err(failed)?;
    let mut new = tempfile::Builder::new().prefix(".heph-").tempfile_in(folder).map_err(failed)?;
    new.write_all(text.as_bytes()).map_err(failed)?;
    new.as_file().set_permissions(std::fs::Permissions::from_mode(0o644)).map_err(failed)?;
    new.as_file().sync_all().map_err(failed)?;
    new.persist(&file).map_err(|error| failed(error.error))?;
    Ok(())
}
