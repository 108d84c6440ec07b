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

    fn text<'a>(&self, bytes: &'a [u8]) -> Result<&'a str, ServiceError> {
        let malformed =
            |_| ServiceError::Malformed { path: self.file.clone(), message: "it is not UTF-8".to_owned() };
        str::from_utf8(bytes).map_err(malformed)
    }

    /// Whether the manager looks for units where ours is: it has its own idea of the home folder.
    fn is_looked_for(&self, answer: &str) -> Result<(), String> {
        let folders = state::paths(answer.trim().strip_prefix("UnitPath=").unwrap_or_default());
        let folder = self.file.parent().unwrap_or(Path::new("/"));
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        // How systemctl writes odd characters here is its own affair.
        let is_plain =
            folder.to_string_lossy().chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
        if !is_plain
            || folders.is_empty()
            || folders.iter().any(|other| other == folder || real(other) == real(folder))
        {
            return Ok(());
        }
        Err(format!(
            "systemd's user manager does not look for units in {}: its HOME or XDG_CONFIG_HOME is another",
            folder.display()
        ))
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
        match self.runner.run("systemctl", &["--user", "show", "--property=UnitPath"]) {
            Ok(answer) if answer.is_success() => self.is_looked_for(&answer.output),
            Ok(answer) => {
                let said = answer.errors.lines().next().unwrap_or_default().trim().to_owned();
                Err(format!("systemd's user manager does not answer: {said}"))
            }
            Err(_) => Err("there is no systemd here: systemctl cannot be run".to_owned()),
        }
    }

    fn read(&self, text: &[u8], drop_ins: &[String]) -> Result<Installed, ServiceError> {
        Ok(unit::read(self.text(text)?, drop_ins, self.specifiers()))
    }

    fn render(&self, plan: &Plan, present: Option<&[u8]>) -> Result<Rendered, ServiceError> {
        unit::render(plan, present.map(|text| self.text(text)).transpose()?)
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

    fn reload(&self) -> Result<(), ServiceError> {
        self.systemctl(&["daemon-reload"])
    }

    fn enable(&self) -> Result<(), ServiceError> {
        self.systemctl(&["daemon-reload"])?;
        // Links of an older unit's other targets have to go; but disabling a unit that a person linked here, as
        // `reenable` does first, removes the link itself.
        let verb = if self.file.is_symlink() { "enable" } else { "reenable" };
        self.systemctl(&[verb, UNIT])
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
        // A unit that systemd cannot load can be neither stopped nor disabled, and need not be.
        let stopped = self.systemctl(&["stop", UNIT]);
        let _ = self.systemctl(&["disable", UNIT]);
        self.unlink();
        match self.state() {
            Ok(state) if state.pid.is_none() => Ok(()),
            _ => stopped,
        }
    }

    fn unlink(&self) -> bool {
        let folder = self.file.parent().unwrap_or(Path::new("/"));
        let targets = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let is_links =
            |path: &PathBuf| path.extension().is_some_and(|kind| kind == "wants" || kind == "requires");
        let links = targets.filter(is_links).map(|target| target.join(UNIT));
        links.filter(|link| link.is_symlink() && std::fs::remove_file(link).is_ok()).count() > 0
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
