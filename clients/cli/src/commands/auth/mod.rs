//! `heph auth`: the login at the identity provider that the hub trusts. The daemon keeps the tokens, never this program.

mod login;
mod status;

use clap::{ArgMatches, Command};

use crate::args;
use crate::error::Failure;
use crate::output::Outcome;
use crate::session::Session;
use crate::verbs::described;

/// Its command line.
pub(crate) fn command() -> Command {
    let examples = "  heph auth login\n  heph auth status\n  heph auth logout";
    let verb = |name, about, examples| described(Command::new(name), about, examples);
    described(Command::new("auth"), "Log in to sync with a hub, or out", examples)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(args::command::<login::Arguments>(
            "login",
            "Log in: shows a code to enter in a browser, on this machine or another",
            "  heph auth login\n  heph auth login --no-wait",
        ))
        .subcommand(verb(
            "status",
            "Tell who is logged in; leaves with 77 where nobody is",
            "  heph auth status\n  heph auth status --json",
        ))
        .subcommand(verb("logout", "End the login; the store stays as it is", "  heph auth logout"))
}

/// Runs one of its verbs.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    match matches.subcommand() {
        Some(("login", matches)) => login::run(&args::read(matches)?, session),
        Some(("status", _)) => status::run(session),
        Some(("logout", _)) => status::logout(session),
        _ => Err(Failure::usage("a verb of `auth` is expected").hint("heph auth --help lists them")),
    }
}
