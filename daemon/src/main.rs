//! `hephd`: arguments, logging, run, exit code.

use std::fmt::Display;
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;
use hephd::config::{Arguments, Command, Config, EXIT_CONFIG};
use hephd::desktop::Desktop;
use hephd::environment::Environment;
use hephd::sync::keyring::SystemKeyring;
use hephd::{logging, system};

fn main() -> ExitCode {
    // Whatever the daemon makes is its owner's alone.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let arguments = Arguments::parse();
    let config = match Config::load(&arguments.flags, |name| std::env::var_os(name)) {
        Ok(config) => config,
        Err(error) => return fail(&error, EXIT_CONFIG),
    };
    match arguments.command {
        Some(Command::Check { rebuild }) => check(&config, rebuild),
        Some(Command::Settings) => settings(&config),
        None => serve(&config),
    }
}

/// Verifies what the stopped daemon keeps and says on standard output what was found.
fn check(config: &Config, rebuild: bool) -> ExitCode {
    let mut code = 0;
    for checked in system::check_all(config, &Environment::system(), rebuild) {
        match checked {
            Ok(soundness) => {
                // A reader that has seen enough is no failure.
                let _ = write!(std::io::stdout(), "{soundness}");
                code = code.max(soundness.exit_code());
            }
            Err(error) => return fail(&error, error.exit_code()),
        }
    }
    ExitCode::from(code)
}

/// Says what is in force, for who is to run hephd as a service.
fn settings(config: &Config) -> ExitCode {
    if let Some(log) = config.log_file().filter(|log| log.is_dir()) {
        return fail(&format_args!("the log {} is a folder", log.display()), EXIT_CONFIG);
    }
    // A reader that has seen enough is no failure.
    let _ = writeln!(std::io::stdout(), "{}", config.in_force());
    ExitCode::SUCCESS
}

fn serve(config: &Config) -> ExitCode {
    if let Err(error) = logging::start(config) {
        return fail(&error, EXIT_CONFIG);
    }
    let keyring = Some(Arc::new(SystemKeyring::default()) as _);
    let notifier = config.notifications.then(|| Arc::new(Desktop::default()) as _);
    let environment = Environment { keyring, notifier, ..Environment::system() };
    match system::serve(config, &environment, &system::open_store) {
        Ok(reason) => ExitCode::from(reason.exit_code()),
        Err(error) => {
            tracing::error!(%error, "hephd cannot start");
            fail(&error, error.exit_code())
        }
    }
}

/// Says on standard error what is wrong; whoever started hephd reads it there, whatever the log is.
fn fail(error: &dyn Display, exit_code: u8) -> ExitCode {
    // Nobody may be listening; the exit code tells the rest.
    let _ = writeln!(std::io::stderr(), "hephd: {error}");
    ExitCode::from(exit_code)
}
