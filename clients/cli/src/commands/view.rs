//! `heph view`: filters that have a name, and how their tasks are shown.

use clap::{ArgMatches, Command};
use heph_protocol::request::{ViewDelete, ViewList, ViewSave};
use heph_protocol::types::SavedView;

use super::config::change;
use super::list::{self, Shown};
use crate::args::{self, words};
use crate::error::{Exit, Failure};
use crate::output::own_column::ListColumn;
use crate::output::style::{DIM, HEADING, WARNING};
use crate::output::table::{Cell, Column, Fit};
use crate::output::{Document, Outcome};
use crate::session::Session;
use crate::verbs::described;

const EXAMPLES: &str = "  heph view save errands +shop or +phone --sort due
  heph view show errands
  heph view list
  heph list view:errands 'due<fri'
  heph view delete errands

  Views are the same on all machines that sync. A filter takes one in as view:NAME.";

const SAVE_EXAMPLES: &str = "  heph view save errands +shop or +phone --sort due
  heph view save late is:overdue --columns id,due,title,project
  heph view save mine view:errands -someday";

const COLUMNS: &[Column] = &[
    Column { heading: "NAME", fit: Fit::Fixed, right: false },
    Column { heading: "FILTER", fit: Fit::Shrinks { soft: 30, hard: 8 }, right: false },
    Column { heading: "SORT", fit: Fit::Shrinks { soft: 8, hard: 0 }, right: false },
    Column { heading: "COLUMNS", fit: Fit::Shrinks { soft: 12, hard: 0 }, right: false },
    Column { heading: "GROUP", fit: Fit::Shrinks { soft: 8, hard: 0 }, right: false },
    Column { heading: "", fit: Fit::Shrinks { soft: 16, hard: 0 }, right: false },
];

#[derive(Debug, clap::Args)]
struct Save {
    /// Its name
    #[arg(value_name = "NAME")]
    name: String,
    /// The filter; all open tasks without one
    #[arg(value_name = "FILTER")]
    words: Vec<String>,
    #[command(flatten)]
    shown: Shown,
}

#[derive(Debug, clap::Args)]
struct Named {
    /// Its name
    #[arg(value_name = "NAME")]
    name: String,
}

/// Its command line.
pub(crate) fn command() -> Command {
    described(Command::new("view"), "Keep filters under a name, and list their tasks", EXAMPLES)
        .disable_help_subcommand(true)
        .subcommand(args::command::<Save>("save", "Save a view, or change it", SAVE_EXAMPLES))
        .subcommand(args::command::<Named>(
            "show",
            "List the tasks of a view",
            "  heph view show errands\n  heph view show errands --json",
        ))
        .subcommand(described(
            Command::new("list"),
            "List the views",
            "  heph view list\n  heph view list --json",
        ))
        .subcommand(args::command::<Named>(
            "delete",
            "Take a view away on all machines; heph undo brings it back",
            "  heph view delete errands",
        ))
}

/// Runs one of its verbs; the list without one.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    match matches.subcommand() {
        Some(("save", matches)) => save(session, args::read(matches)?),
        Some(("show", matches)) => show(session, &args::read::<Named>(matches)?.name),
        Some(("delete", matches)) => {
            let Named { name } = args::read(matches)?;
            change(session, &ViewDelete { name })
        }
        _ => list_views(session),
    }
}

fn save(session: &mut Session, save: Save) -> Outcome {
    let Shown { sort, group, columns } = save.shown;
    list::check(session, &columns)?;
    let columns: Vec<String> = columns.iter().map(ListColumn::name).collect();
    let columns = Some(columns.join(",")).filter(|columns| !columns.is_empty());
    let filter = words::line(&save.words);
    change(session, &ViewSave { name: save.name, filter, sort, columns, group })
}

fn show(session: &mut Session, name: &str) -> Outcome {
    let wanted = name.trim().to_lowercase();
    let views = session.call(&ViewList {})?.views;
    let names: Vec<&str> = views.iter().map(|view| &*view.name).collect();
    let Some(view) = views.iter().find(|view| view.name == wanted) else {
        let hint = match names.as_slice() {
            [] => "heph view save errands +shop makes one".to_owned(),
            names => format!("there are {}", names.join(", ")),
        };
        return Err(Failure::new(Exit::NotFound, format!("there is no view “{name}”")).hint(hint));
    };
    // A column of another version, or a field that is declared no more, is left out.
    let columns = view.columns.iter().flat_map(|columns| columns.split(','));
    let columns: Vec<ListColumn> = columns.filter_map(|name| ListColumn::parse(name).ok()).collect();
    let columns =
        columns.into_iter().filter(|column| list::check(session, std::slice::from_ref(column)).is_ok());
    let columns = columns.collect();
    list::print(
        session,
        &format!("view:{}", view.name),
        Shown { sort: view.sort.clone(), group: view.group.clone(), columns },
    )
}

fn list_views(session: &mut Session) -> Outcome {
    let views = session.call(&ViewList {})?.views;
    let out = &mut session.out;
    if out.is_json() {
        return out.document(&Document::new("views", &views));
    }
    if out.look.quiet {
        return views.iter().try_for_each(|view| out.line(&*view.name));
    }
    let rows: Vec<Vec<Cell>> = views.iter().map(row).collect();
    out.table(COLUMNS, &rows)?;
    if views.is_empty() {
        out.note("no views: heph view save errands +shop --sort due makes one");
    }
    Ok(())
}

fn row(view: &SavedView) -> Vec<Cell> {
    let optional = |text: &Option<String>| Cell::styled(DIM, text.as_deref().unwrap_or_default());
    vec![
        Cell::styled(HEADING, &view.name),
        Cell::from(&view.filter),
        optional(&view.sort),
        optional(&view.columns),
        optional(&view.group),
        Cell::styled(WARNING, view.problem.as_deref().unwrap_or_default()),
    ]
}
