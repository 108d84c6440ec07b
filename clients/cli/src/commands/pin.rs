//! `heph pin`, `heph unpin`: the top of today.

use clap::{ArgMatches, Command};
use heph_protocol::request::TaskPin;

use super::preview::preview;
use crate::args::{self, DryRun, references};
use crate::output::{Outcome, changes};
use crate::session::Session;

#[derive(Debug, clap::Args)]
struct Arguments {
    /// The tasks
    #[arg(value_name = "REF", required = true)]
    references: Vec<String>,
    #[command(flatten)]
    dry: DryRun,
}

/// The command line of one of them.
pub(crate) fn command(pinned: bool) -> Command {
    if pinned {
        args::command::<Arguments>(
            "pin",
            "Put tasks on top of next for today",
            "  heph pin 7k3\n  heph pin 7k3 9ab",
        )
    } else {
        args::command::<Arguments>("unpin", "Take the pin of tasks away", "  heph unpin 7k3")
    }
}

/// Pins tasks or takes the pin away.
pub(crate) fn run(pinned: bool, matches: &ArgMatches, session: &mut Session) -> Outcome {
    let arguments: Arguments = args::read(matches)?;
    let references = references::several(arguments.references);
    let (would, done, already) =
        if pinned { ("pin", "pinned", "already pinned") } else { ("unpin", "unpinned", "not pinned") };
    if arguments.dry.dry_run {
        return preview(session, would, &references);
    }
    let changed = session.call(&TaskPin { references, pinned })?;
    changes::tasks(&mut session.out, done, already, &changed)
}
