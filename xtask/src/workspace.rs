//! Where things are in the working tree.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::process;

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().expect("xtask/ stands in the root").to_path_buf()
}

/// The build profiles xtask uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to build.
    Dev,
    /// As people run it.
    Release,
}

/// The programs as cargo built them.
#[derive(Debug, Clone)]
pub(crate) struct Binaries {
    /// The command line.
    pub(crate) heph: PathBuf,
    /// The daemon.
    pub(crate) hephd: PathBuf,
    /// The terminal UI.
    pub(crate) heph_tui: PathBuf,
}

/// A cargo command in the root.
pub(crate) fn cargo() -> Command {
    // The cargo that runs us, so that a toolchain override holds.
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Builds the programs.
pub(crate) fn build(profile: Profile) -> anyhow::Result<Binaries> {
    let mut build = cargo();
    build.args(["build", "--locked"]);
    match profile {
        // With all of the workspace in the selection the features, and so the build, are those of the tests.
        Profile::Dev => build.args(["--workspace", "--bins"]),
        Profile::Release => {
            build.args(["--release", "--package", "heph", "--package", "hephd", "--package", "heph-tui"])
        }
    };
    process::run(&mut build).context("cannot build heph, heph-tui and hephd")?;
    let folder = target(profile)?;
    Ok(Binaries { heph: folder.join("heph"), hephd: folder.join("hephd"), heph_tui: folder.join("heph-tui") })
}

/// The folder cargo puts binaries of a profile into.
pub(crate) fn target(profile: Profile) -> anyhow::Result<PathBuf> {
    Ok(target_directory()?.join(match profile {
        Profile::Dev => "debug",
        Profile::Release => "release",
    }))
}

/// The folder for programs of others that suites fetch.
pub(crate) fn components() -> anyhow::Result<PathBuf> {
    Ok(target_directory()?.join("components"))
}

fn target_directory() -> anyhow::Result<PathBuf> {
    #[derive(serde::Deserialize)]
    struct Metadata {
        target_directory: PathBuf,
    }
    let metadata =
        process::read(cargo().args(["metadata", "--no-deps", "--format-version", "1", "--offline"]))?;
    let metadata: Metadata = serde_json::from_str(&metadata).context("cannot read `cargo metadata`")?;
    Ok(metadata.target_directory)
}
