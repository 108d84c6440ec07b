//! `heph why`: the terms of a task's place in `next`.

use clap::{ArgMatches, Command};
use heph_protocol::request::TaskWhy;
use heph_protocol::response::TaskWhy as Why;

use crate::args;
use crate::output::style::{DIM, HEADING, ID};
use crate::output::table::{Cell, Column, Fit};
use crate::output::{Document, Line, Outcome, Output, when};
use crate::session::Session;

const EXAMPLES: &str = "  heph why 7k3
  heph why @last --json";

const COLUMNS: &[Column] = &[
    Column { heading: "TERM", fit: Fit::Fixed, right: false },
    Column { heading: "POINTS", fit: Fit::Fixed, right: true },
    Column { heading: "BECAUSE", fit: Fit::Shrinks { soft: 20, hard: 8 }, right: false },
    Column { heading: "WEIGHT", fit: Fit::Shrinks { soft: 12, hard: 0 }, right: false },
];

#[derive(Debug, clap::Args)]
struct Arguments {
    /// The task
    #[arg(value_name = "REF")]
    reference: String,
}

/// Its command line.
pub(crate) fn command() -> Command {
    args::command::<Arguments>("why", "Explain why a task stands where it stands in next", EXAMPLES)
}

/// Shows gate, terms and place.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let arguments: Arguments = args::read(matches)?;
    let request = TaskWhy { reference: arguments.reference, context: session.context() };
    let why = session.call(&request)?;
    print(&mut session.out, &why)
}

fn print(out: &mut Output, why: &Why) -> Outcome {
    if out.is_json() {
        let document = Document::new("task", &why.task)
            .with("gate", &why.gate)
            .with("terms", &why.terms)
            .with("score", &why.score)
            .with_some("place", why.place.as_ref())
            .with_some("changes", why.changes.as_ref());
        return out.document(&document);
    }
    out.line(Line::new().styled(ID, &why.task.short).plain("  ").styled(HEADING, &why.task.title))?;
    if let Some(repeats) = &why.task.repeats {
        out.line(format!("repeats {repeats}"))?;
    }
    match why.place {
        Some(place) => out.line(format!("number {place} of what is next"))?,
        None if why.gate.is_empty() => {}
        None => out.line("not in next:")?,
    }
    for reason in &why.gate {
        out.line(format!("  {}", reason.detail))?;
    }
    let mut rows: Vec<Vec<Cell>> = why
        .terms
        .iter()
        .map(|term| {
            let weight = Cell::styled(DIM, &term.weight);
            vec![Cell::from(&term.name), Cell::from(points(term.points)), Cell::from(&term.input), weight]
        })
        .collect();
    rows.push(vec![
        Cell::styled(HEADING, "score"),
        Cell::styled(HEADING, &points(why.score)),
        Cell::default(),
        Cell::default(),
    ]);
    out.table(COLUMNS, &rows)?;
    match &why.changes {
        Some(at) => out.line(format!("changes by itself {}", when::instant(at))),
        None => Ok(()),
    }
}

fn points(points: f64) -> String {
    // A sum of terms may come out as -0.00.
    format!("{:.2}", points + 0.0).replace("-0.00", "0.00")
}
