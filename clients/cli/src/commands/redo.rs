//! `heph redo`: take an undo back.

use clap::{ArgMatches, Command};
use heph_protocol::request::Redo;

use crate::output::{Outcome, changes};
use crate::session::Session;
use crate::verbs::described;

/// Its command line.
pub(crate) fn command() -> Command {
    described(Command::new("redo"), "Redo what was undone last", "  heph undo\n  heph redo")
}

/// Redoes what was undone last.
pub(crate) fn run(_: &ArgMatches, session: &mut Session) -> Outcome {
    let undone = session.call(&Redo {})?;
    changes::undone(&mut session.out, "redid", &undone)
}
