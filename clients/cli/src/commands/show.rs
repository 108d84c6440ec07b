//! `heph show`: a node with all there is to show.

use clap::{ArgMatches, Command};
use heph_protocol::request::NodeShow;
use heph_protocol::response::NodeShown;
use heph_terminal::fields::{Field, Tone, fields};

use crate::args;
use crate::output::style::{DIM, HEADING, ID, OVERDUE, PLAIN};
use crate::output::table::{Cell, Column, Fit};
use crate::output::{Document, Line, Outcome, Output, tasks, when};
use crate::session::Session;

const EXAMPLES: &str = "  heph show 7k3
  heph show \"[[Trip to Rome]]\"
  heph show @last --json";

const COLUMNS: &[Column] = &[
    Column { heading: "", fit: Fit::Fixed, right: false },
    Column { heading: "", fit: Fit::Shrinks { soft: 20, hard: 8 }, right: false },
];

#[derive(Debug, clap::Args)]
struct Arguments {
    /// The task or page
    #[arg(value_name = "REF")]
    reference: String,
}

/// Its command line.
pub(crate) fn command() -> Command {
    args::command::<Arguments>("show", "Show a task or page", EXAMPLES)
}

/// Shows a node.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let arguments: Arguments = args::read(matches)?;
    let shown = session.call(&NodeShow { reference: arguments.reference })?;
    session.out.page();
    if session.out.is_json() {
        return session.out.document(&document(&shown));
    }
    let out = &mut session.out;
    out.line(
        Line::new().styled(ID, &shown.node.short).plain("  ").styled(HEADING, tasks::node_name(&shown.node)),
    )?;
    let rows: Vec<Vec<Cell>> = fields(&shown).into_iter().map(row).collect();
    let layout = out.layout(COLUMNS, &rows);
    out.rows(&layout, &rows)?;
    if !shown.text.is_empty() {
        out.line("")?;
        match out.look.terminal {
            true => out.markdown(&shown.text, &shown.links)?,
            false => out.body(&shown.text)?,
        }
    }
    print_occurrences(out, &shown)?;
    print_log(out, &shown)
}

fn document(shown: &NodeShown) -> Document {
    Document::new("node", &shown.node)
        .with_some("task", shown.task.as_ref())
        .with_some("page", shown.page.as_ref())
        .with_some("project", shown.project.as_ref())
        .with("text", &shown.text)
        .with("rev", &shown.rev)
        .with("log", &shown.log)
        .with("occurrences", &shown.occurrences)
        .with("blocks", &shown.blocks)
        .with("children", &shown.children)
        .with("links", &shown.links)
        .with("backlinks", &shown.backlinks)
        .with("attachments", &shown.attachments)
}

/// A name and its value.
fn row(field: Field) -> Vec<Cell> {
    let style = if field.tone == Tone::Overdue { OVERDUE } else { PLAIN };
    vec![Cell::styled(DIM, &format!("  {}", field.name)), Cell::styled(style, &field.value)]
}

fn print_occurrences(out: &mut Output, shown: &NodeShown) -> Outcome {
    if shown.occurrences.is_empty() {
        return Ok(());
    }
    out.line("")?;
    out.line(Line::new().styled(HEADING, "occurrences"))?;
    for occurrence in &shown.occurrences {
        let state = if occurrence.skipped { "skipped" } else { "done   " };
        let moved = occurrence.moved.as_ref().map(|to| format!("  moved to {}", when::date(to)));
        let line = Line::new().plain("  ").plain(&occurrence.date).plain("  ").plain(state).plain("  ");
        out.line(line.styled(DIM, when::instant(&occurrence.at)).plain(moved.unwrap_or_default()))?;
    }
    Ok(())
}

fn print_log(out: &mut Output, shown: &NodeShown) -> Outcome {
    if shown.log.is_empty() {
        return Ok(());
    }
    out.line("")?;
    out.line(Line::new().styled(HEADING, "log"))?;
    for entry in &shown.log {
        out.line(
            Line::new().plain("  ").styled(DIM, when::instant(&entry.at)).plain("  ").plain(&entry.text),
        )?;
    }
    Ok(())
}
