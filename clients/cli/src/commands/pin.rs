//! `heph pin`, `heph unpin`: the top of today.

use clap::{ArgMatches, Command};
use heph_protocol::request::{BulkAction, TaskPin};

use super::bulk::{self, Said, Where};
use super::preview::preview;
use crate::args::{self, DryRun, references};
use crate::output::{Outcome, changes};
use crate::session::Session;

#[derive(Debug, clap::Args)]
struct Arguments {
    /// The tasks
    #[arg(value_name = "REF", required_unless_present = "filter", conflicts_with = "filter")]
    references: Vec<String>,
    #[command(flatten)]
    matching: Where,
    #[command(flatten)]
    dry: DryRun,
}

/// The command line of one of them.
pub(crate) fn command(pinned: bool) -> Command {
    if pinned {
        args::command::<Arguments>(
            "pin",
            "Put tasks on top of next for today",
            "  heph pin 7k3\n  heph pin 7k3 9ab\n  heph pin --where 'p1 due<=today'",
        )
    } else {
        args::command::<Arguments>("unpin", "Take the pin of tasks away", "  heph unpin 7k3")
    }
}

/// Pins tasks or takes the pin away.
pub(crate) fn run(pinned: bool, matches: &ArgMatches, session: &mut Session) -> Outcome {
    let arguments: Arguments = args::read(matches)?;
    let (would, done, already) =
        if pinned { ("pin", "pinned", "already pinned") } else { ("unpin", "unpinned", "not pinned") };
    if let Some(filter) = arguments.matching.filter {
        let action = if pinned { BulkAction::Pin } else { BulkAction::Unpin };
        let request = bulk::request(filter, action, arguments.dry.dry_run);
        return bulk::run(session, &request, Said { would, done, already });
    }
    let references = references::several(arguments.references);
    if arguments.dry.dry_run {
        return preview(session, would, &references);
    }
    let changed = session.call(&TaskPin { references, pinned })?;
    changes::tasks(&mut session.out, done, already, &changed)
}
