//! `heph log`: a line in a task's log.

use clap::{ArgMatches, Command};
use heph_protocol::request::TaskLog;

use super::preview::preview;
use crate::args::references::before_text;
use crate::args::words::joined;
use crate::args::{self, DryRun};
use crate::error::Failure;
use crate::output::{Outcome, changes};
use crate::session::Session;

const EXAMPLES: &str = "  heph log 7k3 called, they ring back on Friday
  heph log @last \"left a message\"";

#[derive(Debug, clap::Args)]
struct Arguments {
    /// The task, then the line
    #[arg(required = true, num_args = 1.., value_name = "REF LINE…")]
    words: Vec<String>,
    #[command(flatten)]
    dry: DryRun,
}

/// Its command line.
pub(crate) fn command() -> Command {
    args::command::<Arguments>("log", "Add a line to a task's log", EXAMPLES)
}

/// Adds the line.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let arguments: Arguments = args::read(matches)?;
    let split = before_text(arguments.words);
    let text = joined(&split.rest);
    if text.trim().is_empty() {
        return Err(Failure::usage("the line is empty").hint("for example: heph log 7k3 left a message"));
    }
    if arguments.dry.dry_run {
        return preview(session, "log on", &split.references);
    }
    let reference = split.references.into_iter().next().unwrap_or_default();
    let changed = session.call(&TaskLog { reference, text })?;
    changes::tasks(&mut session.out, "logged on", "already so", &changed)
}
