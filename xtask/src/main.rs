//! `cargo xtask`: build commands that cargo alone cannot express.
//!
//! One file a command; what several share is in [`process`] (children that die with us), [`daemon`] (a `hephd` on paths
//! of its own), [`workspace`] (where things are) and [`output`] (the only place that prints).

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bench;
mod ci;
mod components;
mod daemon;
mod demo;
mod dev;
mod dist;
mod docs;
mod glewlwyd;
mod interrupt;
mod neovim;
mod output;
mod plugin;
mod process;
mod service;
mod test;
mod workspace;

/// Build commands that cargo alone cannot express.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the working tree's hephd in the foreground on `.dev/` paths.
    Dev(dev::Dev),
    /// Show heph at work on sample data and throw-away paths.
    Demo(demo::Demo),
    /// Install heph for yourself and run hephd as a service.
    #[command(subcommand)]
    Service(service::Service),
    /// The working tree's heph.nvim, where your Neovim finds it.
    #[command(subcommand)]
    Plugin(plugin::Plugin),
    /// Run every check and test, with its own set-up.
    Test(test::Test),
    /// Check rules that no compiler knows.
    #[command(subcommand)]
    Ci(ci::Ci),
    /// Generate the reference pages.
    Docs(docs::Docs),
    /// Make the files of a release for this machine's target.
    Dist(dist::Dist),
    /// Measure floors, heph and the peers that are installed.
    Bench(bench::Bench),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Dev(command) => command.run(),
        Command::Demo(command) => command.run(),
        Command::Service(command) => command.run(),
        Command::Plugin(command) => command.run(),
        Command::Test(command) => command.run(),
        Command::Ci(command) => command.run(),
        Command::Docs(command) => command.run(),
        Command::Dist(command) => command.run(),
        Command::Bench(command) => command.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) if interrupt::happened() => ExitCode::from(interrupt::EXIT_CODE),
        Err(error) => {
            output::note(format_args!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
