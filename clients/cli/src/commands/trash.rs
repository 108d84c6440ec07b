//! `heph delete`, `heph restore`: into the trash and out of it.

use clap::{ArgMatches, Command};
use heph_protocol::request::{NodeDelete, NodeRestore};

use super::modify::ASKED_ABOVE;
use super::preview::preview;
use crate::args::{self, DryRun, references};
use crate::output::{Outcome, changes};
use crate::session::Session;

#[derive(Debug, clap::Args)]
struct Arguments {
    /// Tasks and pages
    #[arg(value_name = "REF", required = true)]
    references: Vec<String>,
    #[command(flatten)]
    dry: DryRun,
}

/// The command line of `delete`.
pub(crate) fn delete_command() -> Command {
    let examples =
        "  heph delete 7k3\n  heph delete 7k3 9ab \"[[Old plan]]\"\n  heph restore 7k3    brings it back";
    args::command::<Arguments>("delete", "Put tasks and pages into the trash", examples)
}

/// The command line of `restore`.
pub(crate) fn restore_command() -> Command {
    let examples = "  heph restore 7k3\n  heph list is:trashed";
    args::command::<Arguments>("restore", "Take tasks and pages out of the trash", examples)
}

/// Puts nodes into the trash, all or none; asks above three.
pub(crate) fn delete(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let arguments: Arguments = args::read(matches)?;
    let references = references::several(arguments.references);
    if arguments.dry.dry_run {
        return preview(session, "delete", &references);
    }
    if references.len() as u64 > ASKED_ABOVE {
        session.confirm(&format!("delete {} nodes", references.len()))?;
    }
    let changed = session.call(&NodeDelete { references })?;
    changes::nodes(&mut session.out, "deleted", "already in the trash", &changed)
}

/// Takes nodes out of the trash.
pub(crate) fn restore(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let arguments: Arguments = args::read(matches)?;
    let references = references::several(arguments.references);
    if arguments.dry.dry_run {
        return preview(session, "restore", &references);
    }
    let changed = session.call(&NodeRestore { references })?;
    changes::nodes(&mut session.out, "restored", "not in the trash", &changed)
}
