//! `heph today`: the journal of a day or week.

use clap::{ArgMatches, Command};
use heph_protocol::request::JournalOpen;
use heph_protocol::types::OpenPage;

use super::writing::{self, Source};
use crate::args::words::joined;
use crate::args::{self, Stdin};
use crate::output::{Document, Outcome};
use crate::session::Session;

const EXAMPLES: &str = "  heph today
  heph today -1
  heph today fri
  heph today 2026-W48
  heph today | grep kingfisher
  heph today --stdin < day.md";

#[derive(Debug, clap::Args)]
struct Arguments {
    /// Another day or week: -1, +3, fri, 2026-11-23, 2026-W48
    #[arg(value_name = "DATE")]
    words: Vec<String>,
    #[command(flatten)]
    stdin: Stdin,
}

/// Its command line.
pub(crate) fn command() -> Command {
    let about = "Edit the journal of today or another day; into a pipe it prints it";
    args::command::<Arguments>("today", about, EXAMPLES)
}

/// Opens the journal in the editor, or prints it where there is no terminal.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let arguments: Arguments = args::read(matches)?;
    let open = session.call(&JournalOpen { date: joined(&arguments.words) })?.open;
    write_or_print(session, &open, arguments.stdin.stdin)
}

/// Lets an open page be written in the editor or from standard input; where there is no terminal, prints it.
pub(super) fn write_or_print(session: &mut Session, open: &OpenPage, stdin: bool) -> Outcome {
    if stdin {
        return writing::write(session, open, Source::Input);
    }
    if session.out.is_json() {
        let document = Document::new("page", &open.page)
            .with("text", &open.text)
            .with("rev", &open.rev)
            .with("exists", &open.exists);
        return session.out.document(&document);
    }
    if !session.out.look.terminal {
        return session.out.body(&open.text);
    }
    writing::write(session, open, Source::Editor)
}
