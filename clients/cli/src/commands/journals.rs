//! `heph journals`: the journals there are.

use clap::{ArgMatches, Command};

use super::page::{self, List};
use crate::args;
use crate::output::Outcome;
use crate::session::Session;

const EXAMPLES: &str = "  heph journals
  heph journals -n 7
  heph journals --text rain";

#[derive(Debug, clap::Args)]
struct Arguments {
    /// Only those with this in title or text
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
}

/// Its command line.
pub(crate) fn command() -> Command {
    args::command::<Arguments>("journals", "List the journals, newest first", EXAMPLES)
}

/// Lists them.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let Arguments { text } = args::read(matches)?;
    page::list(session, &List { folder: None, text, journals: true })
}
