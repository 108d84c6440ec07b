//! `heph page rename`: another title or folder, and the links with it.

use clap::Command;
use heph_protocol::request::PageRename;
use heph_protocol::response::PageRenamed;

use crate::args::words::joined;
use crate::args::{self, DryRun};
use crate::error::Failure;
use crate::output::style::{DIM, ID};
use crate::output::{Document, Line, Outcome, Output, tasks};
use crate::session::Session;

/// What to rename, and to what.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The page, or a folder with / at its end; then its new title, with the folder before the last /
    #[arg(required = true, num_args = 2.., value_names = ["REF", "TITLE"])]
    words: Vec<String>,
    #[command(flatten)]
    dry: DryRun,
}

/// Its command line.
pub(crate) fn command() -> Command {
    args::command::<Arguments>(
        "rename",
        "Give a page another title or folder and rewrite the links to it",
        "  heph page rename \"[[Trip to Rome]]\" Rome in spring\n  heph page rename 7k3 Travel/Rome --dry-run\n  \
         heph page rename 7k3 Archive/\n  heph page rename Travel/ Archive/Travel/",
    )
}

/// Renames.
pub(crate) fn run(session: &mut Session, arguments: Arguments) -> Outcome {
    let mut words = arguments.words.into_iter();
    let reference = words.next().unwrap_or_default();
    let to = joined(&words.collect::<Vec<_>>());
    if to.trim().is_empty() {
        return Err(Failure::usage("there is no new title").hint("heph page rename 7k3 Rome in spring"));
    }
    let dry_run = arguments.dry.dry_run;
    let renamed = session.call(&PageRename { reference, to, dry_run })?;
    print(&mut session.out, &renamed, dry_run)
}

fn print(out: &mut Output, renamed: &PageRenamed, dry_run: bool) -> Outcome {
    if out.is_json() {
        let document = Document::new("pages", &renamed.pages)
            .with("count", &renamed.count)
            .with("links", &renamed.links)
            .with("rewritten", &renamed.rewritten)
            .with("notes", &renamed.notes)
            .with("dry_run", &dry_run)
            .with_some("group", renamed.group.as_ref());
        return out.document(&document);
    }
    if out.look.quiet {
        return renamed.pages.iter().try_for_each(|page| out.line(&page.short));
    }
    if renamed.count == 0 {
        out.note("it is called so already");
        return Ok(());
    }
    let verb = if dry_run { "would rename" } else { "renamed" };
    for page in &renamed.pages {
        let path = tasks::page_name(page);
        out.line(Line::new().plain(format!("{verb} ")).styled(ID, &page.short).plain("  ").plain(path))?;
    }
    more(out, renamed.count, renamed.pages.len())?;
    let links = |count: u64| if count == 1 { "1 link".to_owned() } else { format!("{count} links") };
    for rewritten in &renamed.rewritten {
        let line = Line::new().plain("  ").styled(ID, &rewritten.node.short).plain("  ");
        out.line(
            line.plain(tasks::node_name(&rewritten.node))
                .styled(DIM, format!("  {}", links(rewritten.links.into()))),
        )?;
    }
    if renamed.links > 0 {
        let verb = if dry_run { "would rewrite" } else { "rewrote" };
        out.line(format!("{verb} {}", links(renamed.links)))?;
    }
    renamed.notes.iter().for_each(|note| out.note(note));
    Ok(())
}

fn more(out: &mut Output, count: u64, shown: usize) -> Outcome {
    match count.saturating_sub(shown as u64) {
        0 => Ok(()),
        more => out.line(format!("… and {more} more")),
    }
}
