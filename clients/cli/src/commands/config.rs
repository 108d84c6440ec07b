//! `heph config show`: the settings in force and where they come from.

use clap::{ArgMatches, Command};
use heph_protocol::request::DaemonStatus;
use heph_protocol::types::Setting;

use crate::error::{Exit, Failure};
use crate::output::style::{DIM, HEADING};
use crate::output::table::{Cell, Column, Fit};
use crate::output::{Document, Line, Outcome, Output};
use crate::session::Session;
use crate::verbs::described;

const EXAMPLES: &str = "  heph config show
  HEPH_CONFIG=/tmp/try.toml heph config show --json";

const COLUMNS: &[Column] = &[
    Column { heading: "NAME", fit: Fit::Fixed, right: false },
    Column { heading: "VALUE", fit: Fit::Shrinks { soft: 24, hard: 8 }, right: false },
    Column { heading: "ORIGIN", fit: Fit::Fixed, right: false },
];

/// Its command line.
pub(crate) fn command() -> Command {
    let show =
        described(Command::new("show"), "Show the settings in force and where they come from", EXAMPLES);
    described(Command::new("config"), "Look at the settings", EXAMPLES)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(show)
}

/// Shows the settings of `heph`, and those of the daemon when it answers.
pub(crate) fn run(_: &ArgMatches, session: &mut Session) -> Outcome {
    let settings = session.config.settings();
    let daemon = match session.call(&DaemonStatus {}) {
        Ok(status) => Some(status.settings),
        Err(failure) if failure.exit() == Some(Exit::Unreachable) => None,
        Err(failure) => return Err(failure),
    };
    let out = &mut session.out;
    if out.is_json() {
        return out.document(&Document::new("settings", &settings).with_some("daemon", daemon.as_ref()));
    }
    print(out, "heph", &settings)?;
    match daemon {
        Some(settings) => {
            out.line("")?;
            print(out, "hephd", &settings)
        }
        None => {
            out.note("the daemon does not answer, so its settings are not shown: heph doctor");
            Ok::<(), Failure>(())
        }
    }
}

fn print(out: &mut Output, whose: &str, settings: &[Setting]) -> Outcome {
    out.line(Line::new().styled(HEADING, whose))?;
    let rows: Vec<Vec<Cell>> = settings
        .iter()
        .map(|setting| {
            vec![Cell::from(&setting.name), Cell::from(&setting.value), Cell::styled(DIM, &setting.origin)]
        })
        .collect();
    out.table(COLUMNS, &rows)
}
