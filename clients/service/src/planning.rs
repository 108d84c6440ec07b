//! What the service's file says, and what it is to say.

use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::error::ServiceError;
use crate::flags::{Word, merge};
use crate::hephd::{Hephd, Settings};
use crate::manager::{Command, Installed, Plan, State};
use crate::service::{Service, Wish};

/// Folders of programs that a service has besides cargo's.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";

/// A service's file that is there, and what the manager knows of it.
pub(crate) struct Present {
    /// As all files together say.
    pub(crate) installed: Installed,
    /// As the service's own file says.
    pub(crate) own: Installed,
    /// What the manager knew before it read the files anew.
    pub(crate) state: State,
}

/// What a service is to run.
pub(crate) struct Planned {
    pub(crate) command: Command,
    pub(crate) hephd: Hephd,
    pub(crate) settings: Settings,
    /// Whether the file was another one.
    pub(crate) is_changed: bool,
    pub(crate) kept: Vec<String>,
    pub(crate) replaced: Vec<String>,
}

impl Service {
    /// The service's file as it is now, if there is one, and what the manager knows of it.
    pub(crate) fn present(&self) -> Result<Option<Present>, ServiceError> {
        let state = self.manager.state()?;
        if state.is_masked {
            return Err(ServiceError::Masked { unit: self.manager.unit().to_owned() });
        }
        let Some(text) = self.file_text()? else { return Ok(None) };
        let own = self.manager.read(&text, &[])?;
        // systemd does not notice by itself that a file came beside the unit.
        self.manager.reload()?;
        let installed = self.with_drop_ins(&text, &self.manager.state()?.drop_ins)?;
        Ok(Some(Present { installed, own, state }))
    }

    /// The service as all its files together say, as the manager has read them.
    pub(crate) fn installed(&self) -> Result<Option<Installed>, ServiceError> {
        let Some(text) = self.file_text()? else { return Ok(None) };
        self.with_drop_ins(&text, &self.manager.state()?.drop_ins).map(Some)
    }

    /// The file with those beside it; one that cannot be read is told.
    pub(crate) fn with_drop_ins(&self, text: &[u8], files: &[PathBuf]) -> Result<Installed, ServiceError> {
        let (mut drop_ins, mut unread) = (Vec::new(), Vec::new());
        for file in files {
            match std::fs::read_to_string(file) {
                Ok(text) => drop_ins.push(text),
                Err(error) => unread.push(format!("{} cannot be read: {error}", file.display())),
            }
        }
        let mut installed = self.manager.read(text, &drop_ins)?;
        installed.strange.extend(unread);
        Ok(installed)
    }

    pub(crate) fn file_text(&self) -> Result<Option<Vec<u8>>, ServiceError> {
        let file = self.manager.file();
        match std::fs::read(file) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(ServiceError::io(format!("cannot read {}", file.display()), error)),
        }
    }

    /// Writes the file as it is wished, unless it is so already.
    pub(crate) fn write(&self, wish: &Wish, present: Option<&Present>) -> Result<Planned, ServiceError> {
        let own = present.map(|present| &present.own);
        if let Some(unreadable) = own.and_then(|own| own.unreadable.as_ref()) {
            return Err(ServiceError::Malformed {
                path: self.manager.file().to_owned(),
                message: format!("its flags would be lost: {unreadable}"),
            });
        }
        let baked = own.and_then(|own| own.command.as_ref());
        let given = own.filter(|own| own.is_given && !wish.forget_program).and(baked);
        let named = wish.program.as_deref().or(given.map(|command| command.program.as_path()));
        let hephd = Hephd::find(named, &self.running)?;
        let merged = merge(baked.map_or(&[][..], |command| &command.arguments), &wish.changes);
        let is_updating = merged.words.contains(&Word::from("--self-update"));
        let variables = present.map(|present| &present.installed.environment[..]).unwrap_or_default();
        let plan = Plan {
            command: Command { program: hephd.path.clone(), arguments: merged.words },
            is_given: named.is_some(),
            needs_path: is_updating,
            path: self.updating_path(),
            variables: variables.iter().map(|(name, _)| name.clone()).collect(),
            errors: self.place.errors(),
        };
        let text = own.map(|own| own.text.as_slice());
        let rendered = self.manager.render(&plan, text)?;
        let settings = hephd.settings(&plan.command.arguments, variables, &self.place)?;
        let is_changed = text != Some(rendered.text.as_bytes());
        if is_changed {
            write_whole(self.manager.file(), &rendered.text)?;
        }
        let mut kept = merged.kept;
        kept.extend(rendered.kept);
        let mut replaced = rendered.replaced;
        if let Some(before) = baked.filter(|before| before.program != hephd.path && !wish.forget_program) {
            replaced.push(before.program.display().to_string());
        }
        Ok(Planned { command: plan.command, hephd, settings, is_changed, kept, replaced })
    }

    /// The `PATH` of a service that builds its updates.
    fn updating_path(&self) -> String {
        let cargo = self.place.cargo().unwrap_or_else(|| self.place.home.join(".cargo/bin"));
        format!("{}:{PATH}", cargo.display())
    }

    /// The settings in force for a service as it is installed.
    ///
    /// # Errors
    /// [`ServiceError::Settings`] with what hephd says is wrong.
    pub(crate) fn settings_of(&self, installed: &Installed) -> Result<Option<Settings>, ServiceError> {
        let Some(command) = &installed.command else { return Ok(None) };
        let hephd = Hephd { path: command.program.clone() };
        hephd.settings(&command.arguments, &installed.environment, &self.place).map(Some)
    }
}

/// What a command runs, a word each.
pub(crate) fn words_of(command: &Command) -> Vec<String> {
    let words = command.arguments.iter().map(Word::to_string);
    std::iter::once(command.program.display().to_string()).chain(words).collect()
}

/// Makes the folder that is heph's, for its owner alone; those above it as usual.
pub(crate) fn private_folder(folder: &Path) -> Result<(), ServiceError> {
    let failed = |error| ServiceError::io(format!("cannot make {}", folder.display()), error);
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(above) = folder.parent() {
        std::fs::create_dir_all(above).map_err(failed)?;
    }
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
