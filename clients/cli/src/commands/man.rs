//! `heph man`: the manual pages.

use std::path::PathBuf;

use clap::{ArgMatches, Command};

use crate::args;
use crate::error::Failure;
use crate::output::Outcome;
use crate::session::Session;

const EXAMPLES: &str = "  heph man | man -l -
  heph man --dir ~/.local/share/man/man1";

#[derive(Debug, clap::Args)]
struct Arguments {
    /// Write a page for each verb into this folder
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
}

/// Its command line.
pub(crate) fn command() -> Command {
    args::command::<Arguments>("man", "Print the manual page, or write those of all verbs", EXAMPLES)
}

/// Prints or writes the pages.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let arguments: Arguments = args::read(matches)?;
    let Some(folder) = arguments.dir else {
        let mut page = Vec::new();
        clap_mangen::Man::new(args::whole()).render(&mut page).map_err(Failure::output)?;
        return session.out.verbatim(&page);
    };
    let cannot =
        |error| Failure::io(format_args!("cannot write manual pages into {}", folder.display()), &error);
    std::fs::create_dir_all(&folder).map_err(cannot)?;
    clap_mangen::generate_to(args::whole(), &folder).map_err(cannot)?;
    session.out.line(format!("wrote the manual pages into {}", folder.display()))
}
