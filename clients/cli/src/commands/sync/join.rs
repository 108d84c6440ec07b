//! `heph sync join`

use heph_protocol::request::{SyncJoin, SyncPreview};
use heph_protocol::response;

use crate::args::DryRun;
use crate::output::progress::{Progress, Unit};
use crate::output::{Document, Outcome, tasks};
use crate::session::Session;

/// Titles that are listed for people before they are asked.
const SHOWN: usize = 20;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    dry: DryRun,
}

/// Shows what joining will do, asks, and joins.
pub(super) fn run(arguments: Arguments, session: &mut Session) -> Outcome {
    let preview = {
        let progress = Progress::new(&session.out, "comparing", Unit::Steps, 0);
        session.call_long(&SyncPreview {}, &mut |news| progress.of_daemon(&news))?
    };
    if arguments.dry.dry_run {
        if session.out.is_json() {
            return session.out.document(&Document::new("preview", &preview).with("dry_run", &true));
        }
        return print(session, &preview, usize::MAX);
    }
    if !session.out.is_json() && !session.out.look.quiet {
        print(session, &preview, SHOWN)?;
    }
    if !preview.joined {
        session.confirm("join the account")?;
    }
    let status = {
        let progress = Progress::new(&session.out, "joining", Unit::Steps, 0);
        session.call_long(&SyncJoin {}, &mut |news| progress.of_daemon(&news))?
    };
    super::settled(session, &status)
}

/// What each side has, and what will be merged.
fn print(session: &mut Session, preview: &response::SyncPreview, most: usize) -> Outcome {
    let out = &mut session.out;
    if preview.joined {
        return out.line("this machine has joined already");
    }
    out.line(format!("here         {}", nodes(preview.here)))?;
    out.line(format!("the account  {}", nodes(preview.there)))?;
    match preview.both_count {
        0 => out.line("none is on both sides; nothing is merged")?,
        1 => out.line("1 is on both sides, and will be merged:")?,
        count => out.line(format!("{count} are on both sides, and will be merged:"))?,
    }
    for node in preview.both.iter().take(most) {
        out.line(tasks::node_line(" ", node))?;
    }
    let more = preview.both_count.saturating_sub(preview.both.len().min(most) as u64);
    if more > 0 {
        out.line(format!("  … and {more} more"))?;
    }
    out.note("both sides keep everything");
    Ok(())
}

fn nodes(count: u64) -> String {
    match count {
        0 => "nothing".to_owned(),
        1 => "1 page, task or journal".to_owned(),
        _ => format!("{count} pages, tasks and journals"),
    }
}
