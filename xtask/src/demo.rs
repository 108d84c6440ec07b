//! `cargo xtask demo`: heph at work on sample data, on throw-away paths.

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use clap::Args;

use crate::daemon::{Daemon, Place};
use crate::process::{self, shown};
use crate::workspace::{self, Binaries, Profile};
use crate::{interrupt, output};

/// Tasks another program exported: what `heph import` is shown on.
const EXPORT: &str = "xtask/data/taskwarrior.json";

/// Quick-add lines; their dates are words, so that the demo never grows stale.
const LINES: &str = include_str!("../data/quick-add.txt");

/// A page.
const PAGE: &str = include_str!("../data/page.md");

/// The body of the task that is shown.
const BODY: &str = include_str!("../data/task.md");

/// Lines of today's journal.
const JOURNAL: &str = include_str!("../data/journal.txt");

/// Arguments of `cargo xtask demo`.
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask demo --once")]
pub(crate) struct Demo {
    /// Build as people run it; takes longer.
    #[arg(long)]
    release: bool,
    /// Show and end, instead of waiting for Ctrl-C.
    #[arg(long)]
    once: bool,
}

impl Demo {
    /// Builds, starts a daemon, loads the sample data, shows it.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let interrupted = interrupt::receiver();
        let binaries = workspace::build(if self.release { Profile::Release } else { Profile::Dev })?;
        let folder =
            tempfile::Builder::new().prefix("heph-demo-").tempdir().context("no temporary folder")?;
        let stage = Stage::set(binaries, folder.path())?;
        let shown = stage.load()?;

        stage.show(&["next", "-n", "10"])?;
        stage.show(&["show", &shown])?;
        stage.show(&["why", &shown])?;
        stage.show(&["today"])?;
        if self.once {
            return Ok(());
        }
        let programs = stage.binaries.heph.parent().context("the binaries stand in no folder")?;
        output::line("It runs until Ctrl-C. Try it yourself, in another shell:");
        output::line(format_args!("  export HEPH_SOCKET={}", stage.daemon.place.socket.display()));
        output::line(format_args!("  export PATH={}:$PATH", programs.display()));
        output::line("  heph add \"Call the dentist fri p2 +phone\"");
        output::line("  heph next");
        output::line("  heph-tui");
        // An error cannot come: the sender lives as long as the process.
        let _ = interrupted.recv();
        output::line("");
        Ok(())
    }
}

/// A daemon with the sample data, and the `heph` that talks to it.
#[derive(Debug)]
pub(crate) struct Stage {
    binaries: Binaries,
    daemon: Daemon,
}

impl Stage {
    /// Starts a daemon in a folder.
    pub(crate) fn set(binaries: Binaries, folder: &Path) -> anyhow::Result<Self> {
        let daemon = Daemon::start(&binaries.hephd, Place::within(folder), &folder.join("hephd.out"))?;
        Ok(Self { binaries, daemon })
    }

    /// A `heph` command.
    pub(crate) fn heph(&self, arguments: &[&str]) -> Command {
        let mut command = self.daemon.place.command(&self.binaries.heph);
        command.current_dir(workspace::root()).args(arguments).env_remove("COLUMNS");
        command
    }

    /// A `heph-tui` command.
    pub(crate) fn heph_tui(&self) -> Command {
        self.daemon.place.command(&self.binaries.heph_tui)
    }

    /// Loads the sample data through `heph` and returns the short id of the task worth showing.
    pub(crate) fn load(&self) -> anyhow::Result<String> {
        self.show(&["import", "taskwarrior", EXPORT])?;
        let mut shown = String::new();
        for line in entries(LINES) {
            shown = process::read(&mut self.heph(&["add", "--quiet", "--", line]))?.trim().to_owned();
        }
        process::feed(&mut self.heph(&["note", &shown, "--stdin"]), Some(BODY))?;
        process::read(&mut self.heph(&["log", &shown, "asked two suppliers for prices"]))?;
        process::read(&mut self.heph(&["start", &shown]))?;
        process::feed(&mut self.heph(&["page", "new", "Garden plan", "--stdin"]), Some(PAGE))?;
        for line in entries(JOURNAL) {
            process::read(&mut self.heph(&["capture", line]))?;
        }
        Ok(shown)
    }

    /// Shows a command and what it prints.
    fn show(&self, arguments: &[&str]) -> anyhow::Result<()> {
        let mut command = self.heph(arguments);
        output::line(format_args!("$ {}", shown(&command)));
        // Read and passed on: on a terminal of its own `heph today` would open an editor, and a long list a pager.
        if let Some(columns) = output::columns() {
            command.args(["--color", "always"]).env("COLUMNS", columns.to_string());
        }
        output::line(process::read(&mut command)?);
        Ok(())
    }
}

/// The lines of a sample file, without empty ones and comments.
fn entries(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("# "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sample_data_is_there() {
        assert!(entries(LINES).count() >= 10);
        assert!(entries(JOURNAL).count() >= 2);
        let export = std::fs::read_to_string(workspace::root().join(EXPORT)).unwrap();
        let tasks: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(&export).unwrap();
        assert!(tasks.len() >= 20);
        let ids: Vec<_> = tasks.iter().map(|task| task["uuid"].as_str().unwrap()).collect();
        for dependency in tasks.iter().filter_map(|task| task.get("depends")) {
            for id in dependency.as_array().unwrap() {
                assert!(ids.contains(&id.as_str().unwrap()), "{id} is in the export");
            }
        }
    }
}
