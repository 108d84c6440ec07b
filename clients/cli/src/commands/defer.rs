//! `heph defer`: hide tasks until a date.

use clap::{ArgMatches, Command};
use heph_protocol::request::{BulkAction, TaskBulk, TaskDefer};

use super::bulk::{self, Said, Where};
use super::preview::preview;
use crate::args::references::before_date;
use crate::args::words::joined;
use crate::args::{self, DryRun};
use crate::error::Failure;
use crate::output::{Outcome, changes};
use crate::session::Session;

/// The word that takes a deferral away.
const NONE: &str = "none";

const EXAMPLES: &str = "  heph defer 7k3 2w
  heph defer 7k3 9ab next mon
  heph defer 7k3 2026-12-24
  heph defer 7k3 none
  heph defer --where '+garden is:available' 2027-03-01";

#[derive(Debug, clap::Args)]
struct Arguments {
    /// The tasks, then the date they come back on; `none` takes the deferral away
    #[arg(required = true, num_args = 1.., value_name = "REF… DATE")]
    words: Vec<String>,
    #[command(flatten)]
    matching: Where,
    #[command(flatten)]
    dry: DryRun,
}

/// Its command line.
pub(crate) fn command() -> Command {
    args::command::<Arguments>("defer", "Hide tasks until a date", EXAMPLES)
}

/// Defers tasks.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let arguments: Arguments = args::read(matches)?;
    if let Some(filter) = arguments.matching.filter {
        return defer_matching(session, filter, joined(&arguments.words), arguments.dry.dry_run);
    }
    let words = match arguments.words.as_slice() {
        [only] => only.split_whitespace().map(str::to_owned).collect(),
        _ => arguments.words,
    };
    let split = before_date(words);
    if split.references.is_empty() {
        return Err(Failure::usage("a task and a date are expected").hint("for example: heph defer 7k3 2w"));
    }
    let until = joined(&split.rest);
    let until = if until == NONE { String::new() } else { until };
    if arguments.dry.dry_run {
        let would = if until.is_empty() { "undefer".to_owned() } else { format!("defer to {until}") };
        return preview(session, &would, &split.references);
    }
    let done = if until.is_empty() { "undeferred" } else { "deferred" };
    let changed = session.call(&TaskDefer { references: split.references, until })?;
    changes::tasks(&mut session.out, done, "already so", &changed)
}

/// Defers all tasks that match; every word is the date's.
fn defer_matching(session: &mut Session, filter: String, until: String, dry_run: bool) -> Outcome {
    let until = if until == NONE { String::new() } else { until };
    let (would, done) = match until.as_str() {
        "" => ("undefer".to_owned(), "undeferred"),
        until => (format!("defer to {until}"), "deferred"),
    };
    let request = TaskBulk { until, ..bulk::request(filter, BulkAction::Defer, dry_run) };
    bulk::run(session, &request, Said { would: &would, done, already: "already so" })
}
