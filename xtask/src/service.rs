//! `cargo xtask service`: builds heph, installs it for the user, and runs hephd as a service.
//!
//! What a service is, `heph daemon` knows; here programs, completions and manual pages are put in their places.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use serde_json::Value;

use crate::workspace::cargo;
use crate::{output, process};

/// The packages that are installed, and where they are.
const PACKAGES: [(&str, &str); 3] =
    [("hephd", "daemon"), ("heph", "clients/cli"), ("heph-tui", "clients/tui")];

/// The completions: the shell, and the file below the home folder that it looks at.
const COMPLETIONS: [(&str, &str); 3] = [
    ("bash", ".local/share/bash-completion/completions/heph"),
    ("zsh", ".zfunc/_heph"),
    ("fish", ".config/fish/completions/heph.fish"),
];

const MANUAL: &str = ".local/share/man/man1";

/// Install heph for the user you are, and run hephd as a service.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example: cargo xtask service install")]
pub(crate) enum Service {
    /// Build, install, and start; run it again to upgrade
    Install(Install),
    /// Stop the service and remove what was installed; your store stays
    Uninstall(Place),
    /// What `heph daemon status` says
    Status(Place),
}

/// Where the programs are.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// The folder whose `bin` has the programs [default: cargo's]
    #[arg(long, value_name = "FOLDER")]
    root: Option<PathBuf>,
}

/// Arguments of `cargo xtask service install`.
#[derive(Debug, Args)]
pub(crate) struct Install {
    #[command(flatten)]
    place: Place,
    /// Build quickly instead of well
    #[arg(long)]
    debug: bool,
    /// Fetch nothing
    #[arg(long)]
    offline: bool,
    /// Flags for `heph daemon start`
    #[arg(last = true)]
    flags: Vec<String>,
}

impl Service {
    /// Runs it.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Install(install) => install.run(),
            Self::Uninstall(place) => place.uninstall(),
            Self::Status(place) => process::run(place.heph()?.args(["daemon", "status"])),
        }
    }
}

impl Install {
    fn run(self) -> anyhow::Result<()> {
        let root = self.place.root()?;
        for (_, path) in PACKAGES {
            let mut install = cargo();
            install.args(["install", "--locked", "--force", "--path", path, "--root"]).arg(&root);
            install.args(self.debug.then_some("--debug")).args(self.offline.then_some("--offline"));
            process::run(&mut install).context("cannot install heph")?;
        }
        self.documents()?;
        let status = process::answer(self.place.heph()?.args(["daemon", "status", "--json"]))?;
        let status: Value = serde_json::from_str(&status).context("cannot read `heph daemon status`")?;
        // `start` leaves alone what runs already, and that is the old program.
        let runs_old = status["service"]["restart_due"] == true;
        let verb = if runs_old { "restart" } else { "start" };
        process::run(self.place.heph()?.args(["daemon", verb]).args(&self.flags))?;
        let bin = root.join("bin");
        let is_on_path = std::env::var_os("PATH")
            .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder == bin));
        if !is_on_path {
            output::note(format_args!("{} is not on your PATH: add it", bin.display()));
        }
        Ok(())
    }

    /// Writes the completions and the manual pages.
    fn documents(&self) -> anyhow::Result<()> {
        let home = home()?;
        for (shell, file) in COMPLETIONS {
            let file = home.join(file);
            let script = process::read(self.place.heph()?.args(["completions", shell]))?;
            let folder = file.parent().unwrap_or(&home);
            std::fs::create_dir_all(folder)
                .and_then(|()| std::fs::write(&file, script))
                .with_context(|| format!("cannot write {}", file.display()))?;
        }
        process::read(self.place.heph()?.args(["man", "--dir"]).arg(home.join(MANUAL)))?;
        if std::env::var("SHELL").is_ok_and(|shell| shell.ends_with("zsh")) {
            output::note("zsh finds the completions once ~/.zfunc is in its fpath");
        }
        Ok(())
    }
}

impl Place {
    /// Where cargo puts programs, as `cargo install` has it.
    fn root(&self) -> anyhow::Result<PathBuf> {
        if let Some(root) = &self.root {
            return std::path::absolute(root).context("the root cannot be used");
        }
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        match variable("CARGO_INSTALL_ROOT").or_else(|| variable("CARGO_HOME")) {
            Some(root) => Ok(root),
            None => Ok(home()?.join(".cargo")),
        }
    }

    /// The `heph` that is installed there.
    fn heph(&self) -> anyhow::Result<Command> {
        let heph = self.root()?.join("bin/heph");
        if !heph.exists() {
            bail!("heph is not installed at {}; run `cargo xtask service install`", heph.display());
        }
        Ok(Command::new(heph))
    }

    fn uninstall(&self) -> anyhow::Result<()> {
        if let Ok(mut heph) = self.heph() {
            process::run(heph.args(["daemon", "uninstall"]))?;
        }
        let root = self.root()?;
        for (package, _) in PACKAGES {
            if root.join("bin").join(package).exists() {
                process::run(cargo().args(["uninstall", package, "--root"]).arg(&root))?;
            }
        }
        let home = home()?;
        for (_, file) in COMPLETIONS {
            remove(&home.join(file))?;
        }
        let manual = home.join(MANUAL);
        for page in std::fs::read_dir(&manual).into_iter().flatten() {
            let page = page?.path();
            let name = page.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name == "heph.1" || (name.starts_with("heph-") && name.ends_with(".1")) {
                remove(&page)?;
            }
        }
        Ok(())
    }
}

fn home() -> anyhow::Result<PathBuf> {
    std::env::home_dir().filter(|home| home.is_absolute()).context("HOME is not set")
}

/// Removes a file if it is there.
fn remove(file: &Path) -> anyhow::Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", file.display()))
        }
        _ => Ok(()),
    }
}
