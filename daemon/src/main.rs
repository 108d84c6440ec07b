//! `hephd`: arguments, logging, run, exit code.

use std::ffi::OsString;
use std::fmt::Display;
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;
use hephd::actors::lifecycle::StopReason;
use hephd::config::{Arguments, Command, Config, EXIT_CONFIG};
use hephd::desktop::Desktop;
use hephd::environment::Environment;
use hephd::sync::keyring::SystemKeyring;
use hephd::update::guard::{self, Start};
use hephd::{logging, system};

/// Exit code after a fault (`EX_SOFTWARE`); the service manager tries again.
const EXIT_FAULT: u8 = 70;

fn main() -> ExitCode {
    // Whatever the daemon makes is its owner's alone.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    let start = match guard::start(&words) {
        Ok(start) => start,
        Err(error) => return ExitCode::from(fail(&error, EXIT_FAULT)),
    };
    let is_on_trial = matches!(start, Start::OnTrial(_));
    let code = run(start);
    // The service manager does not start anew what ends with 78, and an update that fails has to be started until the
    // version before is put back.
    if is_on_trial && code == EXIT_CONFIG { ExitCode::from(EXIT_FAULT) } else { ExitCode::from(code) }
}

fn run(start: Start) -> u8 {
    let arguments = Arguments::parse();
    let config = match Config::load(&arguments.flags, |name| std::env::var_os(name)) {
        Ok(config) => config,
        Err(error) => return fail(&error, EXIT_CONFIG),
    };
    match arguments.command {
        Some(Command::Check { rebuild }) => check(&config, rebuild),
        Some(Command::Settings) => settings(&config),
        None => serve(&config, start),
    }
}

/// Verifies what the stopped daemon keeps and says on standard output what was found.
fn check(config: &Config, rebuild: bool) -> u8 {
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
    code
}

/// Says what is in force, for who is to run hephd as a service.
fn settings(config: &Config) -> u8 {
    if let Some(log) = config.log_file().filter(|log| log.is_dir()) {
        return fail(&format_args!("the log {} is a folder", log.display()), EXIT_CONFIG);
    }
    // A reader that has seen enough is no failure.
    let _ = writeln!(std::io::stdout(), "{}", config.in_force());
    0
}

fn serve(config: &Config, start: Start) -> u8 {
    if let Err(error) = logging::start(config) {
        return fail(&error, EXIT_CONFIG);
    }
    let trial = match &start {
        Start::OnTrial(trial) => Some(trial),
        Start::Usual(done) => {
            if let Some(what) = done {
                tracing::warn!(what, "an update did not come to its end");
            }
            None
        }
    };
    let keyring = Some(Arc::new(SystemKeyring::default()) as _);
    let notifier = config.notifications.then(|| Arc::new(Desktop::default()) as _);
    let environment = Environment { keyring, notifier, ..Environment::system() };
    match system::serve(config, &environment, &system::open_store, trial) {
        Ok(StopReason::Update) => hand_over(),
        Ok(reason) => reason.exit_code(),
        Err(error) => {
            tracing::error!(%error, "hephd cannot start");
            fail(&error, error.exit_code())
        }
    }
}

/// Lets the new version run: the service manager starts it, and where there is none this process becomes it.
fn hand_over() -> u8 {
    let is_service = std::env::var_os("NOTIFY_SOCKET").is_some()
        || std::env::var_os("XPC_SERVICE_NAME").is_some_and(|name| name == "org.hephaestus.hephd");
    if is_service {
        return StopReason::Update.exit_code();
    }
    let error = guard::become_installed();
    fail(&error, EXIT_FAULT)
}

/// Says on standard error what is wrong; whoever started hephd reads it there, whatever the log is.
fn fail(error: &dyn Display, exit_code: u8) -> u8 {
    // Nobody may be listening; the exit code tells the rest.
    let _ = writeln!(std::io::stderr(), "hephd: {error}");
    exit_code
}
