//! `cargo xtask dev`: the working tree's daemon on `.dev/` paths; the real store is never touched.

use std::os::unix::fs::DirBuilderExt as _;

use anyhow::{Context as _, bail};
use clap::Args;

use crate::daemon::Place;
use crate::process::{Background, shown};
use crate::workspace::{self, Profile};
use crate::{interrupt, output};

/// Arguments of `cargo xtask dev`.
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask dev -- --help")]
pub(crate) struct Dev {
    /// Build as people run it.
    #[arg(long)]
    release: bool,
    /// More arguments for hephd.
    #[arg(last = true)]
    hephd: Vec<String>,
}

impl Dev {
    /// Builds, says how to talk to it, runs until Ctrl-C.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let profile = if self.release { Profile::Release } else { Profile::Dev };
        let binaries = workspace::build(profile)?;
        let folder = workspace::root().join(".dev");
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        let place = Place::within(&folder);
        let programs = binaries.heph.parent().context("the binaries stand in no folder")?;
        output::note("In another shell:");
        output::note(format_args!("  export HEPH_SOCKET={}", place.socket.display()));
        output::note(format_args!("  export PATH={}:$PATH", programs.display()));
        let mut command = place.hephd(&binaries.hephd);
        command.args(&self.hephd);
        let mut daemon = Background::start(&mut command)?;
        let status = daemon.wait()?;
        if !status.success() && !interrupt::happened() {
            bail!("`{}` failed ({status})", shown(&command));
        }
        Ok(())
    }
}
