//! `heph conflicts`: values that were overwritten by somebody who had not seen them.

use clap::{ArgMatches, Command};
use heph_protocol::request::{ConflictDismiss, ConflictList, ConflictRestore};
use heph_protocol::response::NodesChanged;
use heph_protocol::types::Conflict;

use crate::args;
use crate::error::Failure;
use crate::output::stream::Stream;
use crate::output::style::{DIM, ID};
use crate::output::table::{Cell, Column, Fit};
use crate::output::{Document, Outcome, changes, tasks, when};
use crate::session::Session;
use crate::verbs::described;

const COLUMNS: &[Column] = &[
    Column { heading: "ID", fit: Fit::Fixed, right: false },
    Column { heading: "OF", fit: Fit::Fixed, right: false },
    Column { heading: "TITLE", fit: Fit::Shrinks { soft: 12, hard: 0 }, right: false },
    Column { heading: "FIELD", fit: Fit::Shrinks { soft: 8, hard: 6 }, right: false },
    Column { heading: "LOST → KEPT", fit: Fit::Shrinks { soft: 23, hard: 20 }, right: false },
    Column { heading: "LOST WAS", fit: Fit::Shrinks { soft: 8, hard: 0 }, right: false },
    Column { heading: "WHEN", fit: Fit::Shrinks { soft: 16, hard: 0 }, right: false },
];

#[derive(Debug, clap::Args)]
struct Restored {
    /// Conflicts, as the list names them
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
}

#[derive(Debug, clap::Args)]
struct Dismissed {
    /// Conflicts, as the list names them
    #[arg(value_name = "ID", required_unless_present = "all", conflicts_with = "all")]
    ids: Vec<String>,
    /// All of them
    #[arg(long)]
    all: bool,
}

/// Its command line.
pub(crate) fn command() -> Command {
    let examples = "  heph conflicts\n  heph conflicts restore 3f\n  heph conflicts dismiss --all";
    described(
        Command::new("conflicts"),
        "List values that another machine overwrote without having seen them",
        examples,
    )
    .disable_help_subcommand(true)
    .subcommand(args::command::<Restored>(
        "restore",
        "Put values back that were overwritten; heph undo takes that back",
        "  heph conflicts restore 3f\n  heph conflicts restore 3f 40",
    ))
    .subcommand(args::command::<Dismissed>(
        "dismiss",
        "Take conflicts off the list: what stands now is right",
        "  heph conflicts dismiss 3f\n  heph conflicts dismiss --all",
    ))
}

/// Runs one of its verbs; the list without one.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    match matches.subcommand() {
        None => list(session),
        Some(("restore", matches)) => restore(session, args::read::<Restored>(matches)?.ids),
        Some(("dismiss", matches)) => dismiss(session, args::read(matches)?),
        Some(_) => {
            Err(Failure::usage("a verb of `conflicts` is expected").hint("heph conflicts --help lists them"))
        }
    }
}

fn list(session: &mut Session) -> Outcome {
    let conflicts = session.call(&ConflictList {})?.conflicts;
    session.out.page();
    let mut stream = Stream::new("conflicts", COLUMNS.to_vec(), row, |conflict: &Conflict| &conflict.id);
    let shown = super::paging::wanted(session).map_or(usize::MAX, |wanted| wanted as usize);
    let shown = shown.min(conflicts.len());
    stream.push(&mut session.out, &conflicts[..shown])?;
    stream.end(&mut session.out, &[])?;
    if conflicts.is_empty() {
        if !session.out.is_json() {
            session.out.note("no conflicts: nothing was overwritten unseen");
        }
    } else if session.out.look.terminal {
        session.out.note("heph conflicts restore <id> puts a lost value back; dismiss takes it off the list");
    }
    super::paging::tell_more(session, shown < conflicts.len(), shown as u64);
    Ok(())
}

fn row(conflict: &Conflict) -> Vec<Cell> {
    vec![
        Cell::styled(ID, &conflict.id),
        Cell::styled(ID, &conflict.node.short),
        Cell::from(tasks::node_name(&conflict.node)),
        Cell::from(&conflict.field),
        Cell::from(both(conflict)),
        Cell::from(if conflict.is_own { "yours" } else { "theirs" }),
        Cell::styled(DIM, &when::instant(&conflict.at)),
    ]
}

fn both(conflict: &Conflict) -> String {
    let said = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
    format!("{} → {}", said(&conflict.lost), said(&conflict.kept))
}

fn restore(session: &mut Session, ids: Vec<String>) -> Outcome {
    let mut all = NodesChanged::default();
    for (nth, id) in ids.into_iter().enumerate() {
        let changed = session.call(&ConflictRestore { id }).map_err(|failure| {
            let failure = failure.hint("heph conflicts lists them");
            match nth {
                0 => failure,
                1 => failure.hint_first("the first is restored"),
                nth => failure.hint_first(format!("the first {nth} are restored")),
            }
        })?;
        // Each is a change of its own, which undo takes back alone: only one can be named.
        all.group = if nth == 0 { changed.group } else { None };
        all.nodes.extend(changed.nodes);
        all.unchanged.extend(changed.unchanged);
    }
    changes::nodes(&mut session.out, "restored", "has that value already", &all)
}

fn dismiss(session: &mut Session, dismissed: Dismissed) -> Outcome {
    let ids = if dismissed.all { vec![String::new()] } else { dismissed.ids };
    for id in &ids {
        session
            .call(&ConflictDismiss { id: id.clone() })
            .map_err(|failure| failure.hint("heph conflicts lists them"))?;
    }
    let out = &mut session.out;
    if out.is_json() {
        let named: &[String] = if dismissed.all { &[] } else { &ids };
        return out.document(&Document::new("dismissed", &named).with("all", &dismissed.all));
    }
    match ids.len() {
        _ if out.look.quiet => Ok(()),
        _ if dismissed.all => out.line("dismissed all conflicts"),
        1 => out.line("dismissed 1 conflict"),
        count => out.line(format!("dismissed {count} conflicts")),
    }
}
