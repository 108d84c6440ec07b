//! `heph undo`: take a change back.

use clap::{ArgMatches, Command};
use heph_protocol::request::Undo;

use crate::args;
use crate::output::{Outcome, changes};
use crate::session::Session;

const EXAMPLES: &str = "  heph undo
  heph history 7k3
  heph undo 0190f3a2-6c1d-7e5b-9a40-3f1c2b7d8e90    a group that history names";

#[derive(Debug, clap::Args)]
struct Arguments {
    /// The group to undo; the last one of this device if none is named
    group: Option<String>,
}

/// Its command line.
pub(crate) fn command() -> Command {
    args::command::<Arguments>("undo", "Undo the last change, or a named one", EXAMPLES)
}

/// Undoes a group.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let arguments: Arguments = args::read(matches)?;
    let undone = session
        .call(&Undo { group: arguments.group })
        .map_err(|failure| failure.hint("heph history <ref> names the groups of a task or page in full"))?;
    changes::undone(&mut session.out, "undid", &undone)
}
