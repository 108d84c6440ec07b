//! `hephd`: arguments, logging, run, exit code.

use std::process::ExitCode;

use clap::Parser as _;
use hephd::config::{Arguments, Command, Config, EXIT_CONFIG};
use hephd::environment::Environment;
use hephd::{logging, system};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let config = match Config::load(&arguments.flags, |name| std::env::var_os(name)) {
        Ok(config) => config,
        Err(error) => return failed(&error, EXIT_CONFIG),
    };
    let environment = Environment::system();
    if let Some(Command::Check { rebuild }) = arguments.command {
        return match system::check(&config.db, &environment, rebuild) {
            Ok(soundness) => {
                say(&soundness);
                ExitCode::from(soundness.exit_code())
            }
            Err(error) => failed(&error, error.exit_code()),
        };
    }
    if let Err(error) = logging::start(&config) {
        return failed(&error, EXIT_CONFIG);
    }
    match system::serve(&config, &environment, &system::open_store) {
        Ok(reason) => ExitCode::from(reason.exit_code()),
        Err(error) => {
            tracing::error!(%error, "hephd did not start");
            failed(&error, error.exit_code())
        }
    }
}

#[expect(clippy::print_stdout, reason = "what `check` found is its output")]
fn say(what: &dyn std::fmt::Display) {
    print!("{what}");
}

#[expect(clippy::print_stderr, reason = "the log may not be there yet")]
fn failed(error: &dyn std::fmt::Display, code: u8) -> ExitCode {
    eprintln!("hephd: {error}");
    ExitCode::from(code)
}
