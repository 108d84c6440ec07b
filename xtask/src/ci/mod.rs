//! `cargo xtask ci`: rules that no compiler knows.

use clap::Subcommand;

pub(crate) mod code;
pub(crate) mod layers;
pub(crate) mod names;
pub(crate) mod rules;
pub(crate) mod tree;

/// The checks.
#[derive(Debug, Subcommand)]
pub(crate) enum Ci {
    /// Check the invariants of docs/explanation/architecture.md by reading the sources.
    Layers,
}

impl Ci {
    /// Runs the check.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Layers => layers::run(),
        }
    }
}
