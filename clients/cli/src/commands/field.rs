//! `heph field`: fields of the user's own.

use clap::{ArgMatches, Command};
use heph_protocol::request::{FieldAdd, FieldDelete, FieldList};
use heph_protocol::types::OwnField;

use super::config::change;
use crate::args;
use crate::output::style::{DIM, HEADING, WARNING};
use crate::output::table::{Cell, Column, Fit};
use crate::output::{Document, Outcome};
use crate::session::Session;
use crate::verbs::described;

const EXAMPLES: &str = "  heph field add effort number
  heph field add size choice small,medium,large
  heph add Paint the fence effort:3 size:large
  heph list 'effort>2' --sort size,effort- --columns id,title,size,effort
  heph field list

  Fields are the same on all machines that sync. A task without a value is found by effort.none:";

const ADD_EXAMPLES: &str = "  heph field add effort number
  heph field add size choice small,medium,large --label 'T-shirt size'
  heph field add client string
  heph field add signed date
  heph field add travel duration";

const COLUMNS: &[Column] = &[
    Column { heading: "NAME", fit: Fit::Fixed, right: false },
    Column { heading: "KIND", fit: Fit::Fixed, right: false },
    Column { heading: "CHOICES", fit: Fit::Shrinks { soft: 20, hard: 0 }, right: false },
    Column { heading: "LABEL", fit: Fit::Shrinks { soft: 12, hard: 0 }, right: false },
    Column { heading: "TASKS", fit: Fit::Fixed, right: true },
    Column { heading: "", fit: Fit::Shrinks { soft: 16, hard: 0 }, right: false },
];

#[derive(Debug, clap::Args)]
struct Add {
    /// Its name: what stands before the :
    #[arg(value_name = "NAME")]
    name: String,
    /// What it holds: string, number, date, duration or choice
    #[arg(value_name = "KIND")]
    kind: String,
    /// The choices of a choice, in their order
    #[arg(value_name = "CHOICES", value_delimiter = ',')]
    choices: Vec<String>,
    /// What to show instead of the name
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
}

#[derive(Debug, clap::Args)]
struct Named {
    /// Its name
    #[arg(value_name = "NAME")]
    name: String,
}

/// Its command line.
pub(crate) fn command() -> Command {
    described(Command::new("field"), "Give tasks fields of your own", EXAMPLES)
        .disable_help_subcommand(true)
        .subcommand(args::command::<Add>("add", "Declare a field, or declare it otherwise", ADD_EXAMPLES))
        .subcommand(described(
            Command::new("list"),
            "List the fields, with how many tasks have them",
            "  heph field list\n  heph field list --json",
        ))
        .subcommand(args::command::<Named>(
            "delete",
            "Take a declaration away; tasks keep their values, and show them when it is back",
            "  heph field delete effort",
        ))
}

/// Runs one of its verbs; the list without one.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    match matches.subcommand() {
        Some(("add", matches)) => {
            let Add { name, kind, choices, label } = args::read(matches)?;
            change(session, &FieldAdd { name, kind, choices, label })
        }
        Some(("delete", matches)) => {
            let Named { name } = args::read(matches)?;
            change(session, &FieldDelete { name })
        }
        _ => list(session),
    }
}

fn list(session: &mut Session) -> Outcome {
    let fields = session.call(&FieldList {})?.fields;
    let out = &mut session.out;
    if out.is_json() {
        return out.document(&Document::new("fields", &fields));
    }
    if out.look.quiet {
        return fields.iter().try_for_each(|field| out.line(&*field.name));
    }
    let rows: Vec<Vec<Cell>> = fields.iter().map(row).collect();
    out.table(COLUMNS, &rows)?;
    if fields.is_empty() {
        out.note("no fields: heph field add effort number makes one");
    }
    Ok(())
}

fn row(field: &OwnField) -> Vec<Cell> {
    let unfit = match field.unfit {
        0 => String::new(),
        1 => "1 value does not fit, and filters as none".to_owned(),
        count => format!("{count} values do not fit, and filter as none"),
    };
    vec![
        Cell::styled(HEADING, &field.name),
        Cell::from(&field.kind),
        Cell::styled(DIM, &field.choices.join(",")),
        Cell::styled(DIM, field.label.as_deref().unwrap_or_default()),
        Cell::from(field.tasks.to_string()),
        Cell::styled(WARNING, &unfit),
    ]
}
