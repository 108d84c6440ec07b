//! `heph page history|diff|revert`: the texts a page or task had.

use clap::Command;
use heph_protocol::request::{PageDiff, PageHistory, PageRevert, PageRevision};
use heph_protocol::types::TextRevision;

use super::paging;
use crate::args::{self, DryRun};
use crate::output::stream::Stream;
use crate::output::style::{DIM, GOOD, HEADING, ID, OVERDUE, PLAIN};
use crate::output::table::{Cell, Column, Fit};
use crate::output::{Document, Line, Outcome, changes, when};
use crate::session::Session;

const REVISIONS: &[Column] = &[
    Column { heading: "REVISION", fit: Fit::Fixed, right: false },
    Column { heading: "WHEN", fit: Fit::Fixed, right: false },
    Column { heading: "LINES", fit: Fit::Fixed, right: false },
    Column { heading: "BY", fit: Fit::Shrinks { soft: 20, hard: 8 }, right: false },
];

/// A page or task.
#[derive(Debug, clap::Args)]
pub(crate) struct History {
    /// The page or task
    #[arg(value_name = "REF")]
    reference: String,
}

/// Two revisions.
#[derive(Debug, clap::Args)]
pub(crate) struct Diff {
    /// The page or task
    #[arg(value_name = "REF")]
    reference: String,
    /// The older revision; the one before the newer if none is named
    #[arg(value_name = "FROM")]
    from: Option<String>,
    /// The newer revision; the newest if none is named
    #[arg(value_name = "TO")]
    to: Option<String>,
}

/// A revision.
#[derive(Debug, clap::Args)]
pub(crate) struct Revert {
    /// The page or task
    #[arg(value_name = "REF")]
    reference: String,
    /// The revision whose text it gets
    #[arg(value_name = "REVISION")]
    rev: String,
    #[command(flatten)]
    dry: DryRun,
}

/// The command lines of these verbs.
pub(crate) fn commands() -> Vec<Command> {
    vec![
        args::command::<History>(
            "history",
            "List the revisions of a text, newest first",
            "  heph page history \"[[Trip to Rome]]\"\n  heph page history 7k3 -n 5",
        ),
        args::command::<Diff>(
            "diff",
            "Show what changed between two revisions",
            "  heph page diff \"[[Trip to Rome]]\"\n  heph page diff 7k3 12\n  heph page diff 7k3 12 15",
        ),
        args::command::<Revert>(
            "revert",
            "Give a page the text of an earlier revision; heph undo takes it back",
            "  heph page revert \"[[Trip to Rome]]\" 12\n  heph page revert 7k3 12-0a1b2c3d --dry-run",
        ),
    ]
}

/// Lists revisions.
pub(crate) fn history(session: &mut Session, asked: &History) -> Outcome {
    let mut stream =
        Stream::new("revisions", REVISIONS.to_vec(), row, |revision: &TextRevision| &revision.rev);
    session.out.page();
    let mut node = serde_json::Value::Null;
    let more = paging::pages(
        session,
        |session, limit, page| {
            let request = PageHistory { reference: asked.reference.clone(), limit: Some(limit), page };
            let history = session.call(&request)?;
            node = serde_json::json!(history.node);
            Ok((history.revisions, history.next_page))
        },
        |session, revisions| stream.push(&mut session.out, revisions),
    )?;
    let shown = stream.count();
    stream.end(&mut session.out, &[("node", node)])?;
    if shown == 0 && !session.out.is_json() {
        session.out.note("its text was never changed");
    }
    paging::tell_more(session, more, shown);
    Ok(())
}

fn row(revision: &TextRevision) -> Vec<Cell> {
    let by =
        if revision.derived { format!("{} (by itself)", revision.label) } else { revision.label.clone() };
    vec![
        Cell::styled(ID, &revision.rev),
        Cell::styled(DIM, &when::instant(&revision.at)),
        Cell::from(format!("+{} -{}", revision.added, revision.removed)),
        Cell::from(by),
    ]
}

/// Shows a difference.
pub(crate) fn diff(session: &mut Session, asked: Diff) -> Outcome {
    let diff = session.call(&PageDiff { reference: asked.reference, from: asked.from, to: asked.to })?;
    session.out.page();
    if session.out.is_json() {
        let document = Document::new("diff", &diff.diff)
            .with("node", &diff.node)
            .with("from", &diff.from)
            .with("to", &diff.to);
        return session.out.document(&document);
    }
    if diff.diff.is_empty() {
        session.out.note("no difference");
        return Ok(());
    }
    session.out.line(Line::new().styled(HEADING, format!("--- {}", diff.from)))?;
    session.out.line(Line::new().styled(HEADING, format!("+++ {}", diff.to)))?;
    print_diff(session, &diff.diff)
}

fn print_diff(session: &mut Session, diff: &str) -> Outcome {
    diff.lines().try_for_each(|line| {
        let style = match line.as_bytes().first() {
            Some(b'+') => GOOD,
            Some(b'-') => OVERDUE,
            Some(b'@') => DIM,
            _ => PLAIN,
        };
        session.out.line(Line::new().styled(style, line))
    })
}

/// Brings an earlier text back.
pub(crate) fn revert(session: &mut Session, asked: Revert) -> Outcome {
    let Revert { reference, rev, dry } = asked;
    if dry.dry_run {
        let there = session.call(&PageRevision { reference: reference.clone(), rev })?.rev;
        let newest = session.call(&PageDiff { reference: reference.clone(), from: None, to: None })?.to;
        let diff = session.call(&PageDiff { reference, from: Some(newest), to: Some(there.clone()) })?;
        session.out.line(format!("would bring back {there}:"))?;
        return print_diff(session, &diff.diff);
    }
    let saved = session.call(&PageRevert { reference, rev })?;
    let verb = if saved.group.is_some() { "reverted" } else { "already so:" };
    changes::page_saved(&mut session.out, verb, &saved)
}
