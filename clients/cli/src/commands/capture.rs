//! `heph capture`: a line for the journal.

use clap::{ArgMatches, Command};
use heph_protocol::request::JournalCapture;

use crate::args::words::joined;
use crate::args::{self, DryRun, Stdin};
use crate::error::Failure;
use crate::output::{Outcome, changes};
use crate::session::Session;

const EXAMPLES: &str = "  heph capture saw a kingfisher at the weir
  heph capture --on yesterday \"paid the rent\"
  echo 'an idea' | heph capture --stdin";

#[derive(Debug, clap::Args)]
struct Arguments {
    /// The line
    #[arg(value_name = "LINE")]
    words: Vec<String>,
    /// Another day than today
    #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
    on: Option<String>,
    #[command(flatten)]
    stdin: Stdin,
    #[command(flatten)]
    dry: DryRun,
}

/// Its command line.
pub(crate) fn command() -> Command {
    args::command::<Arguments>("capture", "Add a line to today's journal", EXAMPLES)
}

/// Appends the line.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let arguments: Arguments = args::read(matches)?;
    let line = session.line(arguments.stdin.stdin, &arguments.words, joined)?;
    if line.trim().is_empty() {
        return Err(Failure::usage("the line is empty").hint("for example: heph capture saw a kingfisher"));
    }
    if arguments.dry.dry_run {
        return session.out.line(format!("would capture {line}"));
    }
    let saved = session.call(&JournalCapture { line, date: arguments.on.unwrap_or_default() })?;
    changes::page_saved(&mut session.out, "captured in", &saved)
}
