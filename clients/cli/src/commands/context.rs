//! `heph context`: what lists stay within, and what a new task gets there.

use clap::{ArgMatches, Command};
use heph_protocol::request::{ContextDelete, ContextList, ContextSet, ContextUse};
use heph_protocol::response::ContextList as Contexts;
use heph_protocol::types::Context;

use super::config::change;
use crate::args::{self, words};
use crate::output::style::{DIM, HEADING, WARNING};
use crate::output::table::{Cell, Column, Fit};
use crate::output::{Document, Outcome};
use crate::session::Session;
use crate::verbs::described;

const EXAMPLES: &str = "  heph context set work proj:Work/ --new '+work proj:Work'
  heph context use work
  heph context use none
  heph context
  HEPH_CONTEXT=home heph next
  heph list --no-context

  In a context next, list, agenda and review show what its filter matches, and heph add gives a task what it says.
  Contexts are the same on all machines that sync; which one a machine is in is its own matter.";

const SET_EXAMPLES: &str = "  heph context set work proj:Work/ --new '+work proj:Work'
  heph context set errands +shop
  heph context set deep 'est>1h -phone'

  Without --new a task gets the tags and the project of the filter, if that is all there is to it; else nothing.";

const COLUMNS: &[Column] = &[
    Column { heading: "", fit: Fit::Fixed, right: false },
    Column { heading: "NAME", fit: Fit::Fixed, right: false },
    Column { heading: "FILTER", fit: Fit::Shrinks { soft: 24, hard: 8 }, right: false },
    Column { heading: "A NEW TASK GETS", fit: Fit::Shrinks { soft: 16, hard: 0 }, right: false },
    Column { heading: "", fit: Fit::Shrinks { soft: 16, hard: 0 }, right: false },
];

#[derive(Debug, clap::Args)]
struct Set {
    /// Its name
    #[arg(value_name = "NAME")]
    name: String,
    /// The filter that lists stay within
    #[arg(value_name = "FILTER", required = true)]
    words: Vec<String>,
    /// What a new task gets, as in heph add; '' for nothing
    #[arg(long, value_name = "TOKENS")]
    new: Option<String>,
}

#[derive(Debug, clap::Args)]
struct Named {
    /// Its name
    #[arg(value_name = "NAME")]
    name: String,
}

#[derive(Debug, clap::Args)]
struct Entered {
    /// Its name; none for no context
    #[arg(value_name = "NAME|none")]
    name: String,
}

/// Its command line.
pub(crate) fn command() -> Command {
    let list = "  heph context list\n  heph context list --json";
    described(
        Command::new("context"),
        "Keep lists within a filter, and give new tasks what belongs to it",
        EXAMPLES,
    )
    .disable_help_subcommand(true)
    .subcommand(args::command::<Set>("set", "Make a context, or change it", SET_EXAMPLES))
    .subcommand(args::command::<Entered>(
        "use",
        "Go into a context on this machine, or out of it",
        "  heph context use work\n  heph context use none",
    ))
    .subcommand(described(Command::new("list"), "List the contexts", list))
    .subcommand(args::command::<Named>(
        "delete",
        "Take a context away on all machines; heph undo brings it back",
        "  heph context delete work",
    ))
}

/// Runs one of its verbs; the list without one.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    match matches.subcommand() {
        Some(("set", matches)) => {
            let Set { name, words, new } = args::read(matches)?;
            change(session, &ContextSet { name, filter: words::line(&words), new_task: new })
        }
        Some(("delete", matches)) => {
            let Named { name } = args::read(matches)?;
            change(session, &ContextDelete { name })
        }
        Some(("use", matches)) => enter(session, args::read::<Entered>(matches)?.name),
        _ => list(session),
    }
}

fn enter(session: &mut Session, name: String) -> Outcome {
    let contexts = session.call(&ContextUse { name })?;
    let shadowed = session.context();
    let out = &mut session.out;
    if out.is_json() {
        return out.document(&document(&contexts));
    }
    if !out.look.quiet {
        match contexts.contexts.iter().find(|context| context.active) {
            Some(context) => out.line(format!("in context {}: {}", context.name, context.filter))?,
            None => out.line("in no context: lists show all")?,
        }
    }
    if shadowed.is_some() {
        out.warn("where HEPH_CONTEXT or cli.context is set, as here, that holds");
    }
    Ok(())
}

fn list(session: &mut Session) -> Outcome {
    let contexts = session.call(&ContextList {})?;
    let out = &mut session.out;
    if out.is_json() {
        return out.document(&document(&contexts));
    }
    if out.look.quiet {
        return contexts.contexts.iter().try_for_each(|context| out.line(&*context.name));
    }
    let rows: Vec<Vec<Cell>> = contexts.contexts.iter().map(row).collect();
    out.table(COLUMNS, &rows)?;
    if let Some(active) = contexts.active.as_ref().filter(|_| contexts.is_gone) {
        out.warn(&format!("this machine is in context {active}, which is no more: heph context use none"));
    }
    if contexts.contexts.is_empty() {
        out.note("no contexts: heph context set work proj:Work/ --new '+work proj:Work' makes one");
    }
    Ok(())
}

fn document(contexts: &Contexts) -> Document {
    Document::new("contexts", &contexts.contexts).with_some("active", contexts.active.as_ref())
}

fn row(context: &Context) -> Vec<Cell> {
    let new_task = match (context.is_guessed, context.new_task.as_str()) {
        (_, "") => Cell::styled(DIM, "nothing"),
        (true, tokens) => Cell::styled(DIM, &format!("{tokens} (from the filter)")),
        (false, tokens) => Cell::from(tokens),
    };
    vec![
        Cell::styled(HEADING, if context.active { "*" } else { "" }),
        Cell::styled(HEADING, &context.name),
        Cell::from(&context.filter),
        new_task,
        Cell::styled(WARNING, context.problem.as_deref().unwrap_or_default()),
    ]
}
