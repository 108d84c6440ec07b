//! `heph agenda`: what a day or week brings.

use clap::{ArgMatches, Command};
use heph_protocol::request::{Agenda, Span};
use heph_protocol::response::Agenda as Brought;
use heph_protocol::types::{AgendaEntry, Occasion};

use crate::args;
use crate::output::style::{DIM, HEADING, ID, OVERDUE, TODAY};
use crate::output::table::{Cell, Column, Fit};
use crate::output::{Document, Outcome, when};
use crate::session::Session;

const EXAMPLES: &str = "  heph agenda
  heph agenda week
  heph agenda fri
  heph agenda week 2026-12-07
  heph agenda --json";

const COLUMNS: &[Column] = &[
    Column { heading: "", fit: Fit::Fixed, right: false },
    Column { heading: "", fit: Fit::Fixed, right: false },
    Column { heading: "", fit: Fit::Fixed, right: false },
    Column { heading: "", fit: Fit::Shrinks { soft: 24, hard: 14 }, right: false },
    Column { heading: "", fit: Fit::Shrinks { soft: 10, hard: 0 }, right: false },
];

#[derive(Debug, clap::Args)]
struct Arguments {
    /// day or week, then a date word; today without one
    #[arg(value_name = "day|week DATE")]
    words: Vec<String>,
}

/// Its command line.
pub(crate) fn command() -> Command {
    args::command::<Arguments>("agenda", "Show what a day or week brings", EXAMPLES)
}

/// Shows the days.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let Arguments { words } = args::read(matches)?;
    let (span, date) = understood(&words);
    let context = session.context();
    let agenda = session.call(&Agenda { span, date, context, ..Agenda::default() })?;
    session.out.page();
    if session.out.is_json() {
        return session.out.document(&document(&agenda));
    }
    let mut shown = section(session, "Overdue", &agenda.overdue, false)?;
    shown |= section(session, "Planned before", &agenda.slipped, shown)?;
    for day in &agenda.days {
        let entries: Vec<&AgendaEntry> = day.timed.iter().chain(&day.all_day).collect();
        if entries.is_empty() {
            continue;
        }
        let mark = if day.date == agenda.today { ", today" } else { "" };
        heading(session, &format!("{}{mark}", when::day(&day.date)), shown)?;
        table(session, &entries, false)?;
        shown = true;
    }
    shown |= section(session, "Coming up", &agenda.upcoming, shown)?;
    if !shown {
        session.out.note("nothing stands on these days: heph next says what can be done");
    }
    if agenda.left_out > 0 {
        session.out.note(&format!("{} more do not fit: heph list due: shows them", agenda.left_out));
    }
    session.tell_context(agenda.context.as_ref());
    Ok(())
}

fn document(agenda: &Brought) -> Document {
    Document::new("days", &agenda.days)
        .with("today", &agenda.today)
        .with("overdue", &agenda.overdue)
        .with("slipped", &agenda.slipped)
        .with("upcoming", &agenda.upcoming)
        .with("left_out", &agenda.left_out)
        .with_some("context", agenda.context.as_ref())
}

/// `day` and `week` are no dates; everything else is one.
fn understood(words: &[String]) -> (Span, String) {
    let words: Vec<&str> = words.iter().flat_map(|word| word.split_whitespace()).collect();
    match words.as_slice() {
        ["day", date @ ..] => (Span::Day, date.join(" ")),
        ["week", date @ ..] => (Span::Week, date.join(" ")),
        date => (Span::Day, date.join(" ")),
    }
}

/// A list with the dates of its entries; tells whether there was one.
fn section(session: &mut Session, title: &str, entries: &[AgendaEntry], below: bool) -> Outcome<bool> {
    if entries.is_empty() {
        return Ok(false);
    }
    heading(session, title, below)?;
    table(session, &entries.iter().collect::<Vec<_>>(), true)?;
    Ok(true)
}

fn heading(session: &mut Session, title: &str, below: bool) -> Outcome {
    if below {
        session.out.line("")?;
    }
    session.out.line(crate::output::Line::new().styled(HEADING, title))
}

fn table(session: &mut Session, entries: &[&AgendaEntry], with_date: bool) -> Outcome {
    let rows: Vec<Vec<Cell>> = entries.iter().map(|entry| row(entry, with_date)).collect();
    let layout = session.out.layout(COLUMNS, &rows);
    session.out.rows(&layout, &rows)
}

fn row(entry: &AgendaEntry, with_date: bool) -> Vec<Cell> {
    let day = if with_date { when::day(&entry.date) } else { String::new() };
    let time = entry.time.clone().unwrap_or_default();
    let at = [day, time].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ");
    let is_overdue = entry.task.flags.contains(&heph_protocol::types::Flag::Overdue);
    let occasion = match entry.occasion {
        Occasion::Due if is_overdue => Cell::styled(OVERDUE, "!due"),
        Occasion::Due => Cell::styled(TODAY, "due"),
        Occasion::Planned => Cell::from("planned"),
        Occasion::FollowUp => {
            let whom = entry.task.waiting_on.as_ref().map(|whom| format!(" {whom}")).unwrap_or_default();
            Cell::from(format!("ask{whom}"))
        }
        Occasion::Begins => Cell::styled(DIM, "begins"),
        Occasion::Expires => Cell::styled(DIM, "expires"),
    };
    let project = entry.task.project.as_ref().map_or("", |project| &project.title);
    vec![
        Cell::from(format!("  {at}")),
        occasion,
        Cell::styled(ID, &entry.task.short),
        Cell::from(&entry.task.title),
        Cell::styled(DIM, project),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_may_be_the_span() {
        let read =
            |line: &[&str]| understood(&line.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(read(&[]), (Span::Day, String::new()));
        assert_eq!(read(&["week"]), (Span::Week, String::new()));
        assert_eq!(read(&["week", "next", "fri"]), (Span::Week, "next fri".into()));
        assert_eq!(read(&["day fri"]), (Span::Day, "fri".into()));
        assert_eq!(read(&["fri"]), (Span::Day, "fri".into()));
    }
}
