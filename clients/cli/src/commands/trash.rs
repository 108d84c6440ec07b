//! `heph delete`, `heph restore`: into the trash and out of it.

use clap::{ArgMatches, Command};
use heph_protocol::request::{BulkAction, NodeDelete, NodeRestore};

use super::bulk::{self, ASKED_ABOVE, Said, Where};
use super::preview::preview;
use crate::args::{self, DryRun, references};
use crate::output::{Outcome, changes};
use crate::session::Session;

const DELETED: Said<'static> = Said { would: "delete", done: "deleted", already: "already in the trash" };
const RESTORED: Said<'static> = Said { would: "restore", done: "restored", already: "not in the trash" };

#[derive(Debug, clap::Args)]
struct Arguments {
    /// Tasks and pages
    #[arg(value_name = "REF", required_unless_present = "filter", conflicts_with = "filter")]
    references: Vec<String>,
    #[command(flatten)]
    matching: Where,
    #[command(flatten)]
    dry: DryRun,
}

/// The command line of `delete`.
pub(crate) fn delete_command() -> Command {
    let examples = "  heph delete 7k3\n  heph delete 7k3 9ab \"[[Old plan]]\"\n  heph delete --where 'is:closed closed<-1y'\n  heph restore 7k3    brings it back";
    args::command::<Arguments>("delete", "Put tasks and pages into the trash", examples)
}

/// The command line of `restore`.
pub(crate) fn restore_command() -> Command {
    let examples = "  heph restore 7k3\n  heph list is:trashed\n  heph restore --where 'is:trashed +home'";
    args::command::<Arguments>("restore", "Take tasks and pages out of the trash", examples)
}

/// Puts nodes into the trash, all or none; asks above three.
pub(crate) fn delete(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let arguments: Arguments = args::read(matches)?;
    if let Some(filter) = arguments.matching.filter {
        let request = bulk::request(filter, BulkAction::Delete, arguments.dry.dry_run);
        return bulk::run(session, &request, DELETED);
    }
    let references = references::several(arguments.references);
    if arguments.dry.dry_run {
        return preview(session, DELETED.would, &references);
    }
    if references.len() as u64 > ASKED_ABOVE {
        session.confirm(&format!("delete {} nodes", references.len()))?;
    }
    let changed = session.call(&NodeDelete { references })?;
    changes::nodes(&mut session.out, DELETED.done, DELETED.already, &changed)
}

/// Takes nodes out of the trash.
pub(crate) fn restore(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let arguments: Arguments = args::read(matches)?;
    if let Some(filter) = arguments.matching.filter {
        let request = bulk::request(filter, BulkAction::Restore, arguments.dry.dry_run);
        return bulk::run(session, &request, RESTORED);
    }
    let references = references::several(arguments.references);
    if arguments.dry.dry_run {
        return preview(session, RESTORED.would, &references);
    }
    let changed = session.call(&NodeRestore { references })?;
    changes::nodes(&mut session.out, RESTORED.done, RESTORED.already, &changed)
}
