//! launchd, through `launchctl`.

mod plist;
mod print;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::error::ServiceError;
use crate::manager::{Installed, Manager, Plan, Rendered, State};
use crate::place::Place;
use crate::runner::Runner;

/// The agent's label.
const LABEL: &str = "org.hephaestus.hephd";

/// What `launchctl bootout` answers for a service that is not loaded (`ESRCH`), and on some versions while it is on its
/// way out (`EINPROGRESS`).
const NOT_LOADED: [i32; 2] = [3, 36];

/// How long a daemon may take to be gone, and how often it is looked for.
const GONE_WITHIN: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// launchd, with the agents of the user.
#[derive(Debug)]
pub struct Launchd<R> {
    runner: R,
    file: PathBuf,
    uid: u32,
}

impl<R: Runner> Launchd<R> {
    /// The agents of the user that a place belongs to.
    pub fn new(place: &Place, runner: R) -> Self {
        let file = place.home.join("Library/LaunchAgents").join(format!("{LABEL}.plist"));
        Self { runner, file, uid: place.uid }
    }

    /// The domain the agent lives in: that of the login window where there is one, else (ssh) the user's.
    fn domain(&self) -> String {
        let gui = format!("gui/{}", self.uid);
        match self.runner.run("launchctl", &["print", &gui]) {
            Ok(answer) if answer.is_success() => gui,
            _ => format!("user/{}", self.uid),
        }
    }

    fn target(&self) -> String {
        format!("{}/{LABEL}", self.domain())
    }

    fn is_loaded(&self, target: &str) -> bool {
        self.runner.run("launchctl", &["print", target]).is_ok_and(|answer| answer.is_success())
    }

    fn bootstrap(&self) -> Result<(), ServiceError> {
        let file = self.file.to_str().ok_or_else(|| ServiceError::NotText { path: self.file.clone() })?;
        let domain = self.domain();
        // A service that somebody disabled cannot be loaded.
        self.runner.succeed("launchctl", &["enable", &format!("{domain}/{LABEL}")])?;
        self.runner.succeed("launchctl", &["bootstrap", &domain, file]).map(drop)
    }

    fn bootout(&self) -> Result<(), ServiceError> {
        let target = self.target();
        self.runner.succeed_or(&NOT_LOADED, "launchctl", &["bootout", &target])?;
        // It returns while the daemon is still on its way out, and until that is gone it cannot be loaded again.
        let began = Instant::now();
        while self.is_loaded(&target) && began.elapsed() < GONE_WITHIN {
            std::thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }
}

impl<R: Runner + std::fmt::Debug> Manager for Launchd<R> {
    fn name(&self) -> &'static str {
        "launchd"
    }

    fn unit(&self) -> &'static str {
        LABEL
    }

    fn file(&self) -> &Path {
        &self.file
    }

    fn reach(&self) -> Result<(), String> {
        let user = format!("user/{}", self.uid);
        match self.runner.run("launchctl", &["print", &user]) {
            Ok(answer) if answer.is_success() => Ok(()),
            Ok(answer) => Err(format!("launchd does not answer: {}", answer.errors.trim())),
            Err(_) => Err("there is no launchd here: launchctl cannot be run".to_owned()),
        }
    }

    fn read(&self, text: &[u8], _drop_ins: &[String]) -> Result<Installed, ServiceError> {
        plist::read(&self.file, text)
    }

    fn render(&self, plan: &Plan, present: Option<&[u8]>) -> Result<Rendered, ServiceError> {
        plist::render(&self.file, plan, present)
    }

    fn state(&self) -> Result<State, ServiceError> {
        let target = self.target();
        match self.runner.run("launchctl", &["print", &target]) {
            Ok(answer) if answer.is_success() => Ok(print::read(&answer.output)),
            // Not loaded; what lies in LaunchAgents is loaded at the next login.
            Ok(_) => Ok(State { is_enabled: self.file.exists(), is_fresh: true, ..State::default() }),
            Err(error) => Err(ServiceError::Command {
                command: format!("launchctl print {target}"),
                said: error.to_string(),
            }),
        }
    }

    fn reload(&self) -> Result<(), ServiceError> {
        Ok(())
    }

    fn unlink(&self) -> bool {
        false
    }

    fn enable(&self) -> Result<(), ServiceError> {
        // launchd reads the file when the agent is loaded: an older one is unloaded here, and loaded by `start`.
        if self.is_loaded(&self.target()) { self.bootout() } else { Ok(()) }
    }

    fn start(&self) -> Result<(), ServiceError> {
        let target = self.target();
        if self.is_loaded(&target) {
            return self.runner.succeed("launchctl", &["kickstart", &target]).map(drop);
        }
        self.bootstrap()
    }

    fn restart(&self) -> Result<(), ServiceError> {
        let target = self.target();
        if self.is_loaded(&target) {
            return self.runner.succeed("launchctl", &["kickstart", "-k", &target]).map(drop);
        }
        self.bootstrap()
    }

    fn stop(&self) -> Result<(), ServiceError> {
        self.bootout()
    }

    fn disable(&self) -> Result<(), ServiceError> {
        self.bootout()
    }

    fn forget(&self) -> Result<(), ServiceError> {
        Ok(())
    }

    fn is_lingering(&self) -> Option<bool> {
        None
    }
}
