//! `heph search`: pages, journals and tasks by what is in them.

use clap::{ArgMatches, Command};
use heph_protocol::request::Search;
use heph_protocol::types::{Mark, NodeKind, SearchHit};

use super::paging;
use crate::args;
use crate::args::words::joined;
use crate::output::stream::Stream;
use crate::output::style::{DIM, HEADING, ID, PLAIN, TODAY};
use crate::output::{Line, Outcome, Output};
use crate::session::Session;

const EXAMPLES: &str = "  heph search kingfisher
  heph search '\"trip to rome\" -train'
  heph search title:plan tag:work OR path:Work
  heph search journal:2026-11 rain
  heph search task: dent*";

/// The most hits the daemon gives at once.
const PAGE: u32 = 200;

#[derive(Debug, clap::Args)]
struct Arguments {
    /// Words, \"a phrase\", begin*, -not, OR, ( ), title: tag: path: journal: task: page:
    #[arg(required = true, num_args = 1.., value_name = "QUERY")]
    words: Vec<String>,
}

/// Its command line.
pub(crate) fn command() -> Command {
    args::command::<Arguments>("search", "Find pages, journals and tasks by what is in them", EXAMPLES)
}

/// Searches.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let arguments: Arguments = args::read(matches)?;
    let query = joined(&arguments.words);
    let stream = Stream::lines("hits", print, |hit: &SearchHit| &hit.node.short);
    paging::list(session, stream, "nothing has this", |session, limit, page| {
        let is_first = page.is_none();
        let found = session.call(&Search { query: query.clone(), limit: Some(limit.min(PAGE)), page })?;
        if found.behind && is_first {
            session
                .out
                .warn("what was written last is still being indexed: search again in a moment for all of it");
        }
        Ok((found.hits, found.next_page))
    })
}

fn print(out: &mut Output, hit: &SearchHit) -> Outcome {
    let folder = hit.node.folder.as_ref().map(|folder| format!("{folder}/")).unwrap_or_default();
    let line = Line::new().styled(ID, &hit.node.short).plain("  ").styled(DIM, folder);
    let line = marked(line, &hit.node.title, &hit.title_marks, HEADING);
    let kind = match (hit.node.kind, hit.node.closed) {
        (NodeKind::Page, _) => "",
        (NodeKind::Journal, _) => "  journal",
        (NodeKind::Task, false) => "  task",
        (NodeKind::Task, true) => "  task, closed",
        (NodeKind::Project, _) => "  project",
        (NodeKind::Settings, _) => "  settings",
        (NodeKind::Area, _) => "  area",
    };
    out.line(line.styled(DIM, kind))?;
    if hit.snippet.is_empty() {
        return Ok(());
    }
    let number = if hit.line > 1 { format!("{}: ", hit.line) } else { String::new() };
    let line = Line::new().plain("     ").styled(DIM, number);
    out.line(marked(line, &hit.snippet, &hit.marks, PLAIN))
}

/// Adds a text in which some places match.
fn marked(mut line: Line, text: &str, marks: &[Mark], style: anstyle::Style) -> Line {
    let characters: Vec<char> = text.chars().collect();
    let piece =
        |start: usize, end: usize| characters.get(start..end).unwrap_or_default().iter().collect::<String>();
    let mut at = 0;
    for mark in marks {
        let (start, end) = (mark.start as usize, (mark.end as usize).min(characters.len()));
        if start < at || end < start {
            continue;
        }
        line = line.styled(style, piece(at, start)).styled(TODAY.bold(), piece(start, end));
        at = end;
    }
    line.styled(style, piece(at, characters.len()))
}
