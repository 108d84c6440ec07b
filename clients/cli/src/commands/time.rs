//! `heph time`: what was worked, and corrections of it.

use clap::{ArgMatches, Command};
use heph_protocol::request::{TimeAdd, TimeBy, TimeDelete, TimeEdit, TimeList};
use heph_protocol::response::TimeList as Worked;
use heph_protocol::types::{TimeInterval, TimeRow};

use crate::args;
use crate::error::Failure;
use crate::output::style::{DIM, ID};
use crate::output::table::{Cell, Column, Fit};
use crate::output::{Document, Outcome, changes, tasks, when};
use crate::session::Session;

const EXAMPLES: &str = "  heph time
  heph time --by project --from som
  heph time --by day --from 2026-11-01 --to 2026-12-01 --csv
  heph time show 7k3
  heph time add 7k3 45m --from 9:30
  heph time edit 7k3 f3a --to 11:00
  heph time delete 7k3 f3a

  heph start begins to count, heph stop, done and wait end it. Without --from it is this week.";

const NAME: Fit = Fit::Shrinks { soft: 24, hard: 10 };

#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum By {
    #[default]
    Task,
    Project,
    Day,
}

#[derive(Debug, clap::Args)]
struct Range {
    /// From this date on
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// Up to where this date begins
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
    /// As comma-separated values, with seconds
    #[arg(long)]
    csv: bool,
}

#[derive(Debug, clap::Args)]
struct Totals {
    /// What is summed up
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "task|project|day",
        hide_possible_values = true,
        hide_default_value = true
    )]
    by: By,
    #[command(flatten)]
    range: Range,
}

#[derive(Debug, clap::Args)]
struct Show {
    /// The task, or a project
    #[arg(value_name = "REF")]
    reference: String,
    #[command(flatten)]
    range: Range,
}

#[derive(Debug, clap::Args)]
struct Add {
    /// The task
    #[arg(value_name = "REF")]
    reference: String,
    /// How long: 45m, 1h30m
    #[arg(value_name = "LENGTH")]
    length: String,
    /// When it began; without it, it ended just now
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
}

#[derive(Debug, clap::Args)]
struct Edit {
    /// The task
    #[arg(value_name = "REF")]
    reference: String,
    /// The interval, as heph time show names it
    #[arg(value_name = "INTERVAL")]
    interval: String,
    /// How long it was
    #[arg(value_name = "LENGTH", conflicts_with = "to")]
    length: Option<String>,
    /// When it began
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// When it ended
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
}

#[derive(Debug, clap::Args)]
struct Delete {
    /// The task
    #[arg(value_name = "REF")]
    reference: String,
    /// The interval, as heph time show names it
    #[arg(value_name = "INTERVAL")]
    interval: String,
}

/// Its command line.
pub(crate) fn command() -> Command {
    args::command::<Totals>("time", "Show what was worked, and correct it", EXAMPLES)
        .disable_help_subcommand(true)
        .args_conflicts_with_subcommands(true)
        .subcommand(args::command::<Show>(
            "show",
            "Show the time of one task with its intervals, or of one project",
            "  heph time show 7k3\n  heph time show Garden --from som",
        ))
        .subcommand(args::command::<Add>(
            "add",
            "Note work that no clock saw",
            "  heph time add 7k3 45m\n  heph time add 7k3 1h30m --from \"yesterday 14:00\"",
        ))
        .subcommand(args::command::<Edit>(
            "edit",
            "Change an interval",
            "  heph time edit 7k3 f3a 45m\n  heph time edit 7k3 f3a --from 9:00 --to 10:15",
        ))
        .subcommand(args::command::<Delete>("delete", "Take an interval away", "  heph time delete 7k3 f3a"))
}

/// Runs one of its verbs; the sums without one.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let changed = match matches.subcommand() {
        None => return totals(session, args::read(matches)?),
        Some(("show", matches)) => return show(session, args::read(matches)?),
        Some(("add", matches)) => {
            let Add { reference, length, from } = args::read(matches)?;
            session.call(&TimeAdd { reference, length, from })?
        }
        Some(("edit", matches)) => {
            let Edit { reference, interval, length, from, to } = args::read(matches)?;
            session.call(&TimeEdit { reference, interval, from, to, length })?
        }
        Some(("delete", matches)) => {
            let Delete { reference, interval } = args::read(matches)?;
            session.call(&TimeDelete { reference, interval })?
        }
        Some(_) => return Err(Failure::usage("a verb of `time` is expected").hint("heph time --help")),
    };
    changes::tasks(&mut session.out, "changed", "already so", &changed)
}

fn totals(session: &mut Session, totals: Totals) -> Outcome {
    let by = match totals.by {
        By::Task => TimeBy::Task,
        By::Project => TimeBy::Project,
        By::Day => TimeBy::Day,
    };
    let Range { from, to, csv } = totals.range;
    let request =
        TimeList { reference: None, by, from: from.unwrap_or_default(), to: to.unwrap_or_default() };
    let worked = session.call(&request)?;
    print(session, &worked, by, csv)
}

fn show(session: &mut Session, show: Show) -> Outcome {
    let Range { from, to, csv } = show.range;
    let request = TimeList {
        reference: Some(show.reference),
        by: TimeBy::Task,
        from: from.unwrap_or_default(),
        to: to.unwrap_or_default(),
    };
    let worked = session.call(&request)?;
    if worked.intervals.is_empty() || csv || session.out.is_json() {
        return print(session, &worked, TimeBy::Task, csv);
    }
    session.out.page();
    let rows: Vec<Vec<Cell>> = worked.intervals.iter().map(interval).collect();
    let columns = [
        Column { heading: "ID", fit: Fit::Fixed, right: false },
        Column { heading: "FROM", fit: Fit::Fixed, right: false },
        Column { heading: "TO", fit: Fit::Fixed, right: false },
        Column { heading: "TIME", fit: Fit::Fixed, right: true },
    ];
    session.out.table(&columns, &rows)?;
    session.out.note(&format!("{} in all", length(worked.total_seconds)));
    Ok(())
}

fn interval(interval: &TimeInterval) -> Vec<Cell> {
    vec![
        Cell::styled(ID, &interval.id),
        Cell::from(when::instant(&interval.from)),
        Cell::from(interval.to.as_deref().map_or_else(|| "running".to_owned(), when::instant)),
        Cell::from(length(interval.seconds)),
    ]
}

fn print(session: &mut Session, worked: &Worked, by: TimeBy, csv: bool) -> Outcome {
    session.out.page();
    if session.out.is_json() {
        let document = Document::new("rows", &worked.rows)
            .with("from", &worked.from)
            .with("to", &worked.to)
            .with("total_seconds", &worked.total_seconds)
            .with("intervals", &worked.intervals);
        return session.out.document(&document);
    }
    if csv {
        return print_csv(session, worked, by);
    }
    if worked.rows.is_empty() {
        session
            .out
            .note("no time was clocked: heph start begins to count, heph time add notes what no clock saw");
        return Ok(());
    }
    let heading = match by {
        TimeBy::Task => "TASK",
        TimeBy::Project => "PROJECT",
        TimeBy::Day => "DAY",
    };
    let columns = [
        Column { heading: "TIME", fit: Fit::Fixed, right: true },
        Column { heading: "ID", fit: Fit::Fixed, right: false },
        Column { heading, fit: NAME, right: false },
        Column { heading: "PROJECT", fit: Fit::Shrinks { soft: 10, hard: 0 }, right: false },
    ];
    let rows: Vec<Vec<Cell>> = worked.rows.iter().map(|row| cells(row, by)).collect();
    session.out.table(&columns, &rows)?;
    session.out.note(&format!("{} in all", length(worked.total_seconds)));
    Ok(())
}

fn cells(row: &TimeRow, by: TimeBy) -> Vec<Cell> {
    let named = if by == TimeBy::Project { &row.project } else { &row.task };
    let id = named.as_ref().map_or("", |node| &node.short);
    let project = row.project.as_ref().filter(|_| by == TimeBy::Task).map_or("", |project| &project.title);
    vec![
        Cell::from(length(row.seconds)),
        Cell::styled(ID, id),
        Cell::from(name(row, by)),
        Cell::styled(DIM, project),
    ]
}

fn name(row: &TimeRow, by: TimeBy) -> String {
    match by {
        TimeBy::Task => row.task.as_ref().map(tasks::node_name).unwrap_or_default(),
        TimeBy::Project => row.project.as_ref().map_or_else(|| "no project".to_owned(), tasks::node_name),
        TimeBy::Day => row.day.as_deref().map(when::day).unwrap_or_default(),
    }
}

fn print_csv(session: &mut Session, worked: &Worked, by: TimeBy) -> Outcome {
    let (heading, field): (&str, fn(&TimeRow) -> Vec<String>) = match by {
        TimeBy::Task => ("id,task,project,seconds\n", |row| {
            let task = row.task.clone().unwrap_or_default();
            let project = row.project.as_ref().map(tasks::node_name).unwrap_or_default();
            vec![task.id, task.title, project]
        }),
        TimeBy::Project => {
            ("project,seconds\n", |row| vec![row.project.as_ref().map(tasks::node_name).unwrap_or_default()])
        }
        TimeBy::Day => ("day,seconds\n", |row| vec![row.day.clone().unwrap_or_default()]),
    };
    session.out.verbatim(heading.as_bytes())?;
    for row in &worked.rows {
        let mut fields: Vec<String> = field(row).iter().map(|text| quoted(text)).collect();
        fields.push(row.seconds.to_string());
        session.out.verbatim((fields.join(",") + "\n").as_bytes())?;
    }
    Ok(())
}

/// A field of comma-separated values (RFC 4180). A sign that a spreadsheet would take for a formula is made a text.
fn quoted(text: &str) -> String {
    let text = match text.chars().next() {
        Some('=' | '+' | '-' | '@') => format!("'{text}"),
        _ => text.to_owned(),
    };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// A length as hours and minutes; seconds where that is all there is.
fn length(seconds: u64) -> String {
    match (seconds / 3_600, seconds / 60 % 60) {
        (0, 0) => format!("{seconds}s"),
        (hours, minutes) => format!("{hours}:{minutes:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_with_signs_are_quoted() {
        assert_eq!(quoted("plain"), "plain");
        assert_eq!(quoted("a, \"b\""), "\"a, \"\"b\"\"\"");
        assert_eq!(quoted("=1+1"), "'=1+1");
    }

    #[test]
    fn lengths_are_short() {
        assert_eq!([7, 60, 5_400, 360_000].map(length), ["7s", "0:01", "1:30", "100:00"]);
    }
}
