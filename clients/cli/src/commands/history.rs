//! `heph history`: the changes of a node.

use clap::{ArgMatches, Command};
use heph_protocol::request::NodeHistory;
use heph_protocol::types::{FieldChange, HistoryEntry};

use super::paging;
use crate::args;
use crate::output::style::{DIM, HEADING, ID};
use crate::output::{Line, Outcome, Output, stream::Stream, tasks, when};
use crate::session::Session;

const EXAMPLES: &str = "  heph history 7k3
  heph history \"[[Trip to Rome]]\" -n 5
  heph history 7k3 --ndjson";

#[derive(Debug, clap::Args)]
struct Arguments {
    /// The task or page
    #[arg(value_name = "REF")]
    reference: String,
}

/// Its command line.
pub(crate) fn command() -> Command {
    args::command::<Arguments>("history", "Show the changes of a task or page, newest first", EXAMPLES)
}

/// Shows the changes.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let arguments: Arguments = args::read(matches)?;
    session.out.page();
    let mut stream = Stream::lines("history", print, |entry: &HistoryEntry| &entry.rev);
    let mut node = None;
    let more = paging::pages(
        session,
        |session, limit, page| {
            let reference = arguments.reference.clone();
            let history = session.call(&NodeHistory { reference, limit: Some(limit), page })?;
            if node.is_none() {
                heading(&mut session.out, &history.node)?;
                node = Some(history.node);
            }
            Ok((history.entries, history.next_page))
        },
        |session, entries| stream.push(&mut session.out, entries),
    )?;
    let shown = stream.count();
    let node = node.map(|node| serde_json::json!(node)).unwrap_or_default();
    stream.end(&mut session.out, &[("node", node)])?;
    paging::tell_more(session, more, shown);
    Ok(())
}

fn heading(out: &mut Output, node: &heph_protocol::types::NodeRef) -> Outcome {
    if out.is_json() || out.look.quiet {
        return Ok(());
    }
    out.line(Line::new().styled(ID, &node.short).plain("  ").styled(HEADING, tasks::node_name(node)))
}

fn print(out: &mut Output, entry: &HistoryEntry) -> Outcome {
    let undoes = entry.undoes.as_ref().map(|group| format!("  undoes {group}")).unwrap_or_default();
    let group = entry.group.as_ref().map(|group| format!("  group {group}")).unwrap_or_default();
    out.line(Line::new().plain(when::instant(&entry.at)).styled(DIM, format!("{group}{undoes}")))?;
    entry.changes.iter().try_for_each(|change| out.line(described(change)))
}

fn described(change: &FieldChange) -> Line {
    let line = Line::new().plain("  ").styled(DIM, &change.field).plain("  ");
    match (&change.before, &change.after) {
        (None, Some(after)) => line.plain(after),
        (Some(before), None) => line.plain(before).plain(" → none"),
        (Some(before), Some(after)) => line.plain(before).plain(" → ").plain(after),
        (None, None) => line,
    }
}
