//! `heph promote`: a line of a page becomes a task.

use clap::{ArgMatches, Command};
use heph_protocol::request::{ItemPromote, PageOpen};

use crate::args;
use crate::error::Failure;
use crate::output::{Document, Outcome, tasks};
use crate::session::Session;

const EXAMPLES: &str = "  heph promote \"[[Trip to Rome]]\" 12
  heph promote today 3";

#[derive(Debug, clap::Args)]
struct Arguments {
    /// The page; `today` is today's journal
    #[arg(value_name = "PAGE")]
    reference: String,
    /// The line, from 1
    #[arg(value_name = "LINE", value_parser = clap::value_parser!(u32).range(1..))]
    line: u32,
}

/// Its command line.
pub(crate) fn command() -> Command {
    args::command::<Arguments>("promote", "Make a task of a line of a page", EXAMPLES)
}

/// Promotes the line as it stands now.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let Arguments { reference, line } = args::read(matches)?;
    let open = match reference.as_str() {
        "today" => session.call(&heph_protocol::request::JournalOpen::default())?.open,
        _ => session.call(&PageOpen { reference })?.open,
    };
    let Some(text) = open.text.lines().nth(line as usize - 1).filter(|_| open.exists) else {
        let lines = if open.exists { open.text.lines().count() } else { 0 };
        return Err(Failure::usage(format!("“{}” has {lines} lines", open.page.title))
            .hint("heph page show <ref> --raw | cat -n numbers them"));
    };
    let request = ItemPromote { reference: open.page.id, base_rev: open.rev, line, text: text.to_owned() };
    let promoted = session.call(&request)?;
    let out = &mut session.out;
    if out.is_json() {
        let document = Document::new("task", &promoted.task)
            .with("page", &promoted.page)
            .with("rev", &promoted.rev)
            .with("line", &promoted.line)
            .with("already", &promoted.already)
            .with("recognised", &promoted.recognised)
            .with("notes", &promoted.notes)
            .with_some("group", promoted.group.as_ref());
        return out.document(&document);
    }
    if out.look.quiet {
        return out.line(&promoted.task.short);
    }
    out.line(tasks::line(if promoted.already { "already a task:" } else { "promoted" }, &promoted.task))?;
    promoted.notes.iter().for_each(|note| out.note(note));
    Ok(())
}
