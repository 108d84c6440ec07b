//! `cargo xtask bench`: floors, heph and its peers, measured side by side in one run.
//!
//! Figures of different runs and machines do not compare; ratios within one run do. So each measurement of ours is
//! paired with its floor, turn by turn, and the table's verdicts are about ratios. Nothing here is a test.

use clap::Args;

#[cfg(all(feature = "bench", target_os = "linux"))]
mod crowd;
#[cfg(all(feature = "bench", target_os = "linux"))]
mod data;
#[cfg(all(feature = "bench", target_os = "linux"))]
mod floors;
#[cfg(all(feature = "bench", target_os = "linux"))]
mod lists;
#[cfg(all(feature = "bench", target_os = "linux"))]
mod measure;
#[cfg(all(feature = "bench", target_os = "linux"))]
mod nvim;
#[cfg(all(feature = "bench", target_os = "linux"))]
mod ours;
#[cfg(all(feature = "bench", target_os = "linux"))]
mod pages;
#[cfg(all(feature = "bench", target_os = "linux"))]
mod peers;
#[cfg(all(feature = "bench", target_os = "linux"))]
mod pin;
#[cfg(all(feature = "bench", target_os = "linux"))]
mod run;
#[cfg(all(feature = "bench", target_os = "linux"))]
mod sync;
#[cfg(all(feature = "bench", target_os = "linux"))]
mod table;
#[cfg(all(feature = "bench", target_os = "linux"))]
mod tui;
#[cfg(all(feature = "bench", target_os = "linux"))]
mod wire;

/// Arguments of `cargo xtask bench`.
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask bench --sizes 1000,10000")]
pub(crate) struct Bench {
    /// Only this part.
    #[arg(value_enum, value_name = "PART")]
    only: Option<Part>,
    /// Numbers of open tasks to measure at.
    #[arg(long, value_delimiter = ',', default_value = "1000,10000,100000", value_name = "N,…")]
    sizes: Vec<usize>,
    /// Numbers of pages to measure at.
    #[arg(long, value_delimiter = ',', default_value = "10000,50000", value_name = "N,…")]
    pages: Vec<usize>,
    /// Times each process is run.
    #[arg(long, default_value_t = 30, value_name = "N")]
    runs: usize,
    /// Only the floors.
    #[arg(long)]
    floors: bool,
    /// Leave the peers out.
    #[arg(long)]
    no_peers: bool,
    /// Also write the table to a file.
    #[arg(long, value_name = "FILE")]
    output: Option<std::path::PathBuf>,
}

/// A part of the measurements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Two machines and a hub between them.
    Sync,
    /// Tasks, beside Taskwarrior, and the terminal UI.
    Tasks,
    /// Pages, search, import of a vault.
    Pages,
    /// heph.nvim in a real Neovim.
    Nvim,
}

impl Bench {
    /// Builds what is measured and measures it.
    #[cfg(all(feature = "bench", target_os = "linux"))]
    pub(crate) fn run(self) -> anyhow::Result<()> {
        run::run(&self)
    }

    /// Memory, wake-ups and cores are read where Linux has them.
    #[cfg(all(feature = "bench", not(target_os = "linux")))]
    pub(crate) fn run(self) -> anyhow::Result<()> {
        anyhow::bail!("the bench runs on Linux only")
    }

    /// Hands on to an xtask that is built for release and has the floors.
    #[cfg(not(feature = "bench"))]
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let mut command = crate::workspace::cargo();
        command.args([
            "run",
            "--quiet",
            "--locked",
            "--release",
            "--package",
            "xtask",
            "--features",
            "bench",
            "--",
        ]);
        command.args(std::env::args_os().skip(1));
        crate::process::run(&mut command)
    }
}
