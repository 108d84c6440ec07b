//! `heph duplicate`: a task once more.

use clap::{ArgMatches, Command};
use heph_protocol::request::TaskDuplicate;

use crate::args;
use crate::output::{Outcome, changes};
use crate::session::Session;

#[derive(Debug, clap::Args)]
struct Arguments {
    /// The task
    #[arg(value_name = "REF")]
    reference: String,
}

/// Its command line.
pub(crate) fn command() -> Command {
    args::command::<Arguments>(
        "duplicate",
        "Copy a task with its body and its open parts",
        "  heph duplicate 7k3\n  heph mod @last due:fri   # changes the copy",
    )
}

/// Copies a task.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let Arguments { reference } = args::read(matches)?;
    let added = session.call(&TaskDuplicate { reference })?;
    changes::tasks(&mut session.out, "added", "", &added)
}
