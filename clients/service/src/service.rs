//! What a person asks of the service: start, stop, restart, uninstall.

use std::fs::{File, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::error::ServiceError;
use crate::flags::Changes;
use crate::hephd::Hephd;
use crate::launchd::Launchd;
use crate::logs::LogMark;
use crate::manager::{Activity, Manager, State};
use crate::place::Place;
use crate::planning::private_folder;
use crate::runner::SystemRunner;
use crate::systemd::Systemd;

/// How long another command of this kind may be at work.
const LOCKED_FOR: Duration = Duration::from_secs(150);

/// Between two looks at something that is waited for.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(50);

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
    /// What of the file is not as it was, and what it was.
    pub replaced: Vec<String>,
    /// Whether the daemon that runs is not the one that would be started now.
    pub restart_due: bool,
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

/// What was there to uninstall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uninstalled {
    /// Whether there was anything.
    pub was_there: bool,
    /// Whether it may still run, since the service manager could not be asked.
    pub may_run: bool,
    /// Files beside the service's own that stay.
    pub beside: Vec<PathBuf>,
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
        let _lock = self.lock()?;
        let present = self.present()?;
        let is_new = present.is_none();
        let before = match &present {
            Some(present) => present.state.clone(),
            None => self.manager.state()?,
        };
        let planned = self.write(wish, present.as_ref())?;
        let is_up = matches!(before.activity, Activity::Running | Activity::Starting);
        // What runs was started from files that were others.
        let is_other = planned.is_changed || !before.is_fresh;
        let step = match (is_new, is_other, is_up) {
            (true, _, _) => Step::Installed,
            (false, true, _) => Step::Updated,
            (false, false, true) => Step::Unchanged,
            (false, false, false) => Step::Started,
        };
        if step != Step::Unchanged || !before.is_enabled {
            self.manager.enable()?;
        }
        let log = LogMark::new(&planned.settings.log);
        let gone = match step {
            Step::Unchanged => None,
            _ if is_up => {
                self.manager.restart()?;
                before.pid
            }
            _ => {
                self.manager.start()?;
                None
            }
        };
        self.ready(step, planned, gone, &log, waiting)
    }

    /// Brings the file of an installed service up to date and starts it anew.
    ///
    /// # Errors
    /// [`ServiceError::NotInstalled`]; else as [`Service::start`].
    pub fn restart(&self, wish: &Wish, waiting: &mut dyn FnMut(&str)) -> Result<Report, ServiceError> {
        self.reach()?;
        let _lock = self.lock()?;
        let present = self.present()?.ok_or(ServiceError::NotInstalled)?;
        let planned = self.write(wish, Some(&present))?;
        self.manager.enable()?;
        let log = LogMark::new(&planned.settings.log);
        self.manager.restart()?;
        self.ready(Step::Restarted, planned, present.state.pid, &log, waiting)
    }

    /// Stops the service until the next login; answers whether it ran.
    ///
    /// # Errors
    /// [`ServiceError::NotInstalled`], and those of the manager.
    pub fn stop(&self) -> Result<bool, ServiceError> {
        let is_there = self.manager.file().exists();
        if let Err(error) = self.reach() {
            return Err(if is_there { error } else { ServiceError::NotInstalled });
        }
        let _lock = self.lock()?;
        let state = self.manager.state()?;
        let runs = !matches!(state.activity, Activity::Stopped | Activity::Failed);
        match (runs, is_there) {
            (false, false) => return Err(ServiceError::NotInstalled),
            (false, true) => {}
            (true, _) => self.manager.stop()?,
        }
        Ok(runs)
    }

    /// Stops the service and removes its file; answers what was there. Store, tokens and logs stay.
    ///
    /// # Errors
    /// [`ServiceError::Masked`], and those of the manager and of the file system.
    pub fn uninstall(&self) -> Result<Uninstalled, ServiceError> {
        let file = self.manager.file();
        let can_be_told = self.manager.reach().is_ok();
        let _lock = self.lock()?;
        let state = if can_be_told { self.manager.state()? } else { State::default() };
        if state.is_masked {
            return Err(ServiceError::Masked { unit: self.manager.unit().to_owned() });
        }
        let was_there = file.exists() || file.is_symlink() || state.pid.is_some();
        if can_be_told && was_there {
            self.manager.disable()?;
        }
        let was_linked = self.manager.unlink();
        // Disabling a file that a person linked here has removed the link.
        match std::fs::remove_file(file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(ServiceError::io(format!("cannot remove {}", file.display()), error));
            }
            _ => {}
        }
        if can_be_told && was_there {
            self.manager.forget()?;
        }
        // Others (`service.d` of a distribution) are not about this service.
        let own = format!("{}.d", self.manager.unit());
        let is_own =
            |path: &PathBuf| path.parent().is_some_and(|folder| folder.ends_with(&own)) && path.exists();
        let beside: Vec<PathBuf> = state.drop_ins.into_iter().filter(is_own).collect();
        Ok(Uninstalled { was_there: was_there || was_linked, may_run: !can_be_told, beside })
    }

    /// Keeps others that install, start or stop the service out until the value is dropped.
    fn lock(&self) -> Result<File, ServiceError> {
        private_folder(&self.place.data())?;
        let path = self.place.data().join("service.lock");
        let failed = |error| ServiceError::io(format!("cannot use {}", path.display()), error);
        let file = File::options().create(true).append(true).mode(0o600).open(&path).map_err(failed)?;
        let began = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
                Err(TryLockError::WouldBlock) if began.elapsed() > LOCKED_FOR => {
                    return Err(ServiceError::Locked);
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOOK_EVERY),
            }
        }
    }

    pub(crate) fn reach(&self) -> Result<(), ServiceError> {
        self.manager.reach().map_err(|what| {
            let hephd = Hephd::find(None, &self.running).map_or_else(|_| "hephd".into(), |hephd| hephd.path);
            ServiceError::NoManager { what, foreground: format!("{} --mode local", hephd.display()) }
        })
    }
}
