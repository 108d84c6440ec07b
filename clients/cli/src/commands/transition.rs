//! `heph done`, `start`, `stop`, `cancel`, `reopen`, `skip`: a task's status.

use clap::{ArgMatches, Command};
use heph_protocol::request::{BulkAction, Children, TaskBulk, TaskTransition, Transition};

use super::bulk::{self, Said, Where};
use super::preview::preview;
use crate::args::{self, DryRun, references};
use crate::output::{Outcome, changes};
use crate::session::Session;

#[derive(Debug, clap::Args)]
struct Arguments {
    /// The tasks: short ids, @last, or a quoted title
    #[arg(value_name = "REF", required_unless_present = "filter", conflicts_with = "filter")]
    references: Vec<String>,
    #[command(flatten)]
    matching: Where,
    #[command(flatten)]
    dry: DryRun,
}

/// What closes a task also says what becomes of its children.
#[derive(Debug, clap::Args)]
struct Closing {
    #[command(flatten)]
    arguments: Arguments,
    /// Close open children too
    #[arg(long, conflicts_with = "leave_children")]
    with_children: bool,
    /// Leave open children as they are
    #[arg(long)]
    leave_children: bool,
}

/// The words of a transition.
struct Words {
    name: &'static str,
    about: &'static str,
    examples: &'static str,
    past: &'static str,
    would: &'static str,
    already: &'static str,
}

fn words(to: Transition) -> Words {
    let (name, about, examples, past, would, already) = match to {
        Transition::Done => (
            "done",
            "Finish tasks",
            "  heph done 7k3\n  heph done 7k3 9ab --dry-run\n  heph done \"Call the bank\"\n  heph done 7k3 --with-children\n  heph done --where '+errand plan<today' --dry-run",
            "done",
            "finish",
            "already done",
        ),
        Transition::Start => (
            "start",
            "Begin tasks",
            "  heph start 7k3\n  heph start @last",
            "started",
            "start",
            "already begun",
        ),
        Transition::Stop => (
            "stop",
            "Stop doing tasks, without finishing them",
            "  heph stop 7k3",
            "stopped",
            "stop",
            "not begun",
        ),
        Transition::Cancel => (
            "cancel",
            "Give tasks up",
            "  heph cancel 7k3\n  heph cancel 7k3 --leave-children",
            "cancelled",
            "cancel",
            "already cancelled",
        ),
        Transition::Reopen => (
            "reopen",
            "Open closed tasks again",
            "  heph reopen 7k3\n  heph reopen @last",
            "reopened",
            "reopen",
            "already open",
        ),
        Transition::Skip => (
            "skip",
            "Leave an occurrence of recurring tasks out",
            "  heph skip 7k3\n  heph skip 7k3 9ab --dry-run",
            "skipped",
            "skip",
            "already skipped",
        ),
    };
    Words { name, about, examples, past, would, already }
}

/// The same for all that match.
fn action(to: Transition) -> BulkAction {
    match to {
        Transition::Done => BulkAction::Done,
        Transition::Start => BulkAction::Start,
        Transition::Stop => BulkAction::Stop,
        Transition::Cancel => BulkAction::Cancel,
        Transition::Reopen => BulkAction::Reopen,
        Transition::Skip => BulkAction::Skip,
    }
}

fn closes(to: Transition) -> bool {
    matches!(to, Transition::Done | Transition::Cancel)
}

/// The command line of one of them.
pub(crate) fn command(to: Transition) -> Command {
    let words = words(to);
    if closes(to) {
        args::command::<Closing>(words.name, words.about, words.examples)
    } else {
        args::command::<Arguments>(words.name, words.about, words.examples)
    }
}

/// Changes the status of tasks, all or none.
pub(crate) fn run(to: Transition, matches: &ArgMatches, session: &mut Session) -> Outcome {
    let (arguments, children) = if closes(to) {
        let closing: Closing = args::read(matches)?;
        let children = match (closing.with_children, closing.leave_children) {
            (true, _) => Children::Close,
            (_, true) => Children::Leave,
            _ => Children::Refuse,
        };
        (closing.arguments, children)
    } else {
        (args::read(matches)?, Children::Refuse)
    };
    let words = words(to);
    if let Some(filter) = arguments.matching.filter {
        let request = bulk::request(filter, action(to), arguments.dry.dry_run);
        let said = Said { would: words.would, done: words.past, already: words.already };
        return bulk::run(session, &TaskBulk { children, ..request }, said);
    }
    let references = references::several(arguments.references);
    if arguments.dry.dry_run {
        return preview(session, words.would, &references);
    }
    let changed = session.call(&TaskTransition { references, to, children })?;
    changes::tasks(&mut session.out, words.past, words.already, &changed)
}
