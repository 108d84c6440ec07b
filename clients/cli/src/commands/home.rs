//! `heph home`: the page everything begins at.

use clap::{ArgMatches, Command};
use heph_protocol::request::HomeOpen;

use super::today;
use crate::args::{self, Stdin};
use crate::output::Outcome;
use crate::session::Session;

const EXAMPLES: &str = "  heph home
  heph home | less
  heph home --stdin < home.md";

#[derive(Debug, clap::Args)]
struct Arguments {
    #[command(flatten)]
    stdin: Stdin,
}

/// Its command line.
pub(crate) fn command() -> Command {
    args::command::<Arguments>(
        "home",
        "Edit the page everything begins at; into a pipe it prints it",
        EXAMPLES,
    )
}

/// Opens home in the editor, or prints it where there is no terminal.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let arguments: Arguments = args::read(matches)?;
    let open = session.call(&HomeOpen {})?.open;
    today::write_or_print(session, &open, arguments.stdin.stdin)
}
