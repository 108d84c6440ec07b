//! `--where` of verbs that act on tasks: all that match, in one step.

use heph_protocol::request::{BulkAction, TaskBulk};
use heph_protocol::response::TasksChanged;

use crate::output::{Outcome, changes};
use crate::session::Session;

/// More tasks than this are changed only when somebody said yes.
pub(crate) const ASKED_ABOVE: u64 = 3;

/// Flag of verbs that act on all tasks that match a filter.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Where {
    /// All tasks that match instead
    #[arg(long = "where", value_name = "FILTER")]
    pub(crate) filter: Option<String>,
}

/// How a verb says what it does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Said<'a> {
    /// What it would do: `finish`.
    pub(crate) would: &'a str,
    /// What it did: `done`.
    pub(crate) done: &'a str,
    /// What was so before: `already done`.
    pub(crate) already: &'a str,
}

/// Does something to all tasks that match, all or none; asks above three of them.
pub(crate) fn run(session: &mut Session, request: &TaskBulk, said: Said<'_>) -> Outcome {
    if request.dry_run {
        let changed = session.call(request)?;
        return changes::tasks(&mut session.out, &format!("would {}", said.would), said.already, &changed);
    }
    // How many match, only the daemon knows.
    if !session.global.yes {
        let count = session.call(&TaskBulk { dry_run: true, ..request.clone() })?.count;
        confirm(session, said.would, count)?;
    }
    let changed = session.call(request)?;
    tell(session, said, &changed)
}

/// Asks before many tasks are changed.
pub(crate) fn confirm(session: &mut Session, would: &str, count: u64) -> Outcome {
    if count > ASKED_ABOVE { session.confirm(&format!("{would} {count} tasks")) } else { Ok(()) }
}

/// Prints what was changed.
pub(crate) fn tell(session: &mut Session, said: Said<'_>, changed: &TasksChanged) -> Outcome {
    if changed.count == 0 && !session.out.is_json() {
        session.out.note("nothing was changed");
    }
    changes::tasks(&mut session.out, said.done, said.already, changed)
}

/// A change of all that match, without what only some verbs have.
pub(crate) fn request(filter: String, action: BulkAction, dry_run: bool) -> TaskBulk {
    TaskBulk { filter, action, dry_run, ..TaskBulk::default() }
}
