//! `heph wait`: tasks that wait for somebody.

use clap::{ArgMatches, Command};
use heph_protocol::request::TaskWait;

use crate::args;
use crate::args::references::before_text;
use crate::error::Failure;
use crate::output::{Outcome, changes};
use crate::session::Session;

const EXAMPLES: &str = "  heph wait 7k3 \"Ada\" --follow-up fri
  heph wait 7k3 the printer to come back
  heph wait 7k3 --follow-up 2w

  A task that waits is not shown by heph next; heph review and heph agenda bring it back when it is to be asked for.
  heph reopen 7k3 makes it a task to do again.";

#[derive(Debug, clap::Args)]
struct Arguments {
    /// The task, then for whom or what it waits
    #[arg(value_name = "REF FOR WHOM", required = true)]
    words: Vec<String>,
    /// When to ask again
    #[arg(long, value_name = "DATE")]
    follow_up: Option<String>,
}

/// Its command line.
pub(crate) fn command() -> Command {
    args::command::<Arguments>("wait", "Let a task wait for somebody", EXAMPLES)
}

/// Makes a task wait.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let Arguments { words, follow_up } = args::read(matches)?;
    let split = before_text(words);
    if split.references.is_empty() {
        return Err(Failure::usage("no task is named").hint("for example: heph wait 7k3 \"Ada\""));
    }
    let whom = split.rest.join(" ");
    let changed = session.call(&TaskWait { references: split.references, whom, follow_up })?;
    changes::tasks(&mut session.out, "waits", "waits already", &changed)
}
