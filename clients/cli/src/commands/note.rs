//! `heph note`: the body of a task or page.

use clap::{ArgMatches, Command};
use heph_protocol::request::PageOpen;

use super::preview::preview;
use super::writing::{self, Source};
use crate::args::{self, DryRun, Stdin};
use crate::output::Outcome;
use crate::session::Session;

const EXAMPLES: &str = "  heph note 7k3
  heph note 7k3 --stdin < draft.md";

#[derive(Debug, clap::Args)]
struct Arguments {
    /// The task or page
    #[arg(value_name = "REF")]
    reference: String,
    #[command(flatten)]
    stdin: Stdin,
    #[command(flatten)]
    dry: DryRun,
}

/// Its command line.
pub(crate) fn command() -> Command {
    args::command::<Arguments>("note", "Edit the body of a task or page", EXAMPLES)
}

/// Edits the body.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let arguments: Arguments = args::read(matches)?;
    if arguments.dry.dry_run {
        return preview(session, "edit", &[arguments.reference]);
    }
    let open = session.call(&PageOpen { reference: arguments.reference })?.open;
    writing::write(session, &open, Source::of(arguments.stdin.stdin))
}
