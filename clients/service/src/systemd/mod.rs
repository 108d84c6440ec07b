//! systemd's manager of the user, through `systemctl --user`.

mod quote;
mod state;
mod unit;

use std::path::{Path, PathBuf};

use self::quote::Specifiers;
use crate::error::ServiceError;
use crate::manager::{Installed, Manager, Plan, Rendered, State};
use crate::place::Place;
use crate::runner::Runner;

/// The unit's name.
const UNIT: &str = "heph.service";

/// Where systemd-logind keeps whose services go on without a login.
const LINGER: &str = "/var/lib/systemd/linger";

/// systemd's manager of the user.
#[derive(Debug)]
pub struct Systemd<R> {
    runner: R,
    file: PathBuf,
    home: String,
    user: String,
    uid: u32,
}

impl<R: Runner> Systemd<R> {
    /// The manager of the user that a place belongs to.
    pub fn new(place: &Place, runner: R) -> Self {
        Self {
            runner,
            file: place.home.join(".config/systemd/user").join(UNIT),
            home: place.home.to_string_lossy().into_owned(),
            user: place.user.clone(),
            uid: place.uid,
        }
    }

    fn specifiers(&self) -> Specifiers<'_> {
        Specifiers { home: &self.home, user: &self.user, uid: self.uid }
    }

    fn systemctl(&self, arguments: &[&str]) -> Result<(), ServiceError> {
        let arguments = [&["--user"], arguments].concat();
        self.runner.succeed("systemctl", &arguments).map(drop)
    }
}

impl<R: Runner + std::fmt::Debug> Manager for Systemd<R> {
    fn name(&self) -> &'static str {
        "systemd"
    }

    fn unit(&self) -> &'static str {
        UNIT
    }

    fn file(&self) -> &Path {
        &self.file
    }

    fn reach(&self) -> Result<(), String> {
        match self.runner.run("systemctl", &["--user", "show", "--property=Version"]) {
            Ok(answer) if answer.is_success() => Ok(()),
            Ok(answer) => {
                let said = answer.errors.lines().next().unwrap_or_default().trim().to_owned();
                Err(format!("systemd's user manager does not answer: {said}"))
            }
            Err(_) => Err("there is no systemd here: systemctl cannot be run".to_owned()),
        }
    }

    fn read(&self, text: &str, drop_ins: &[String]) -> Result<Installed, ServiceError> {
        Ok(unit::read(text, drop_ins, self.specifiers()))
    }

    fn render(&self, plan: &Plan, present: Option<&str>) -> Result<Rendered, ServiceError> {
        unit::render(plan, present)
    }

    fn state(&self) -> Result<State, ServiceError> {
        let property = format!("--property={}", state::PROPERTIES);
        let show = |more: &[&str]| {
            let arguments = [&["--user", "show", UNIT, property.as_str()], more].concat();
            self.runner.succeed("systemctl", &arguments)
        };
        // Before systemd 248 times come in the words of the locale only; they are left out then.
        let answer = show(&["--timestamp=unix"]).or_else(|_| show(&[]))?;
        Ok(state::read(&answer.output))
    }

    fn enable(&self) -> Result<(), ServiceError> {
        self.systemctl(&["daemon-reload"])?;
        // Not `enable` alone: links of an older unit's other targets have to go.
        self.systemctl(&["reenable", UNIT])
    }

    fn start(&self) -> Result<(), ServiceError> {
        // What failed before says nothing about this start.
        let _ = self.systemctl(&["reset-failed", UNIT]);
        self.systemctl(&["start", "--no-block", UNIT])
    }

    fn restart(&self) -> Result<(), ServiceError> {
        let _ = self.systemctl(&["reset-failed", UNIT]);
        self.systemctl(&["restart", "--no-block", UNIT])
    }

    fn stop(&self) -> Result<(), ServiceError> {
        self.systemctl(&["stop", UNIT])
    }

    fn disable(&self) -> Result<(), ServiceError> {
        self.systemctl(&["disable", "--now", UNIT])
    }

    fn forget(&self) -> Result<(), ServiceError> {
        self.systemctl(&["daemon-reload"])?;
        let _ = self.systemctl(&["reset-failed", UNIT]);
        Ok(())
    }

    fn is_lingering(&self) -> Option<bool> {
        Some(Path::new(LINGER).join(&self.user).exists())
    }
}
