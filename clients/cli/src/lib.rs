//! heph's command line. It speaks to the `hephd` of this machine, keeps nothing, and decides nothing about tasks.
//!
//! [`run`] is the whole program: arguments are split and read in `args`, a verb of `verbs` runs in `commands`, what it
//! prints goes through `output`, and `error` turns what went wrong into words and an exit code.

mod args;
mod commands;
mod config;
mod error;
mod output;
mod plugin;
mod reference;
mod session;
mod verbs;

use std::ffi::OsString;
use std::process::ExitCode;

use crate::args::Global;
use crate::config::Config;
use crate::error::Failure;
use crate::output::Output;
use crate::session::Session;

pub use crate::reference::reference_markdown;
pub(crate) use heph_terminal::environment;

/// The command line as a whole, for its reference, manual pages and completions.
pub fn command() -> clap::Command {
    args::whole()
}

/// Runs `heph` with these arguments, the program's name first.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().skip(1).collect();
    let format = asked_format(&arguments);
    let parsed = match args::parse(arguments) {
        Ok(parsed) => parsed,
        Err(error) => return not_parsed(&error, &format),
    };
    // `daemon`, `doctor` and `config` are there to say what is wrong with the file; they look at it themselves.
    let reads_anyway = matches!(&parsed.verb, Some((verb, _)) if matches!(verb.name, "daemon" | "doctor" | "plugin" | "completions" | "__complete" | "man"));
    let config = match Config::load(&parsed.global) {
        Err(failure) if !reads_anyway => {
            let mut out = Output::new(session::look(&parsed.global, &Config::without_file(&parsed.global)));
            return leave(&mut out, Err(failure));
        }
        loaded => loaded.unwrap_or_else(|_| Config::without_file(&parsed.global)),
    };
    let mut session = Session::new(parsed.global, config);
    let outcome = match parsed.verb {
        Some((verb, matches)) => (verb.run)(&matches, &mut session),
        None => commands::welcome::run(&mut session),
    };
    leave(&mut session.out, outcome)
}

/// Whether JSON was asked for, as far as that can be told of arguments that could not be read.
fn asked_format(arguments: &[OsString]) -> Global {
    let flags = || arguments.iter().take_while(|argument| *argument != "--");
    Global {
        json: flags().any(|argument| argument == "--json"),
        ndjson: flags().any(|argument| argument == "--ndjson"),
        ..Global::default()
    }
}

/// Prints help, the version, or what is wrong with the command line.
fn not_parsed(error: &clap::Error, global: &Global) -> ExitCode {
    let config = Config::load(global).unwrap_or_else(|_| Config::without_file(global));
    let mut out = Output::new(session::look(global, &config));
    let outcome = if error.use_stderr() && out.is_json() {
        let text = error.to_string();
        let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        Err(Failure::usage(message).hint("heph <verb> --help has the flags and examples"))
    } else {
        let told = if error.use_stderr() { Err(Failure::Told(error::Exit::Usage)) } else { Ok(()) };
        let shown = out.usage(&error.render(), !error.use_stderr());
        if is_word_too_many(error) {
            out.hint("one thing is named here; a title of several words stands in quotes");
        }
        shown.and(told)
    };
    leave(&mut out, outcome)
}

/// Whether a word stands where no further one is taken, as behind an unquoted title.
fn is_word_too_many(error: &clap::Error) -> bool {
    use clap::error::{ContextKind, ContextValue, ErrorKind};
    error.kind() == ErrorKind::UnknownArgument
        && matches!(error.get(ContextKind::InvalidArg), Some(ContextValue::String(word)) if !word.starts_with('-'))
}

/// Sends what was printed on its way, reports a failure, and gives the exit code.
fn leave(out: &mut Output, outcome: output::Outcome) -> ExitCode {
    let printed = out.finish();
    let Err(failure) = outcome.and(printed) else { return ExitCode::SUCCESS };
    if let Failure::Problem(problem) = &failure {
        out.report(problem);
    }
    failure.exit().map_or(ExitCode::SUCCESS, |exit| ExitCode::from(exit as u8))
}
