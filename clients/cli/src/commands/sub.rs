//! `heph sub`: parts of a task.

use clap::{ArgMatches, Command};
use heph_protocol::request::TaskSub;

use crate::args;
use crate::error::Failure;
use crate::output::{Outcome, changes};
use crate::session::Session;

const EXAMPLES: &str = "  heph sub 7k3 \"Buy paint\" \"Sand the door due:fri\" \"Paint it\"

  Each text is a part of its own, read as heph add reads it. heph done 7k3 then asks for its parts.";

#[derive(Debug, clap::Args)]
struct Arguments {
    /// The task
    #[arg(value_name = "REF")]
    reference: String,
    /// Its parts, one quoted text each
    #[arg(value_name = "PART", required = true)]
    parts: Vec<String>,
}

/// Its command line.
pub(crate) fn command() -> Command {
    args::command::<Arguments>("sub", "Add parts to a task", EXAMPLES)
}

/// Adds parts, all or none.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let Arguments { reference, parts } = args::read(matches)?;
    if parts.iter().any(|part| part.trim().is_empty()) {
        return Err(Failure::usage("a part has no words").hint("heph sub 7k3 \"first part\" \"second part\""));
    }
    let added = session.call(&TaskSub { reference, lines: parts })?;
    changes::tasks(&mut session.out, "added", "", &added)
}
