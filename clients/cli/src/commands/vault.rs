//! `heph vault`: how the folder stands that mirrors the pages, and what a person can say about it.

use clap::{ArgMatches, Command};
use heph_protocol::request::{Missing, VaultAdopt, VaultPause, VaultResume, VaultStatus};
use heph_protocol::response;
use heph_protocol::types::VaultState;

use crate::args;
use crate::error::{Exit, Failure};
use crate::output::progress::{Progress, Unit};
use crate::output::style::{DIM, ERROR, GOOD, WARNING};
use crate::output::{Document, Line, Outcome};
use crate::session::Session;
use crate::verbs::described;

/// How many files that are left alone are told of.
const SHOWN: usize = 20;

#[derive(Debug, clap::Args)]
struct Resume {
    /// Put the pages of files that vanished at once into the trash
    #[arg(long, conflicts_with = "restore")]
    trash: bool,
    /// Write the files that vanished at once again
    #[arg(long)]
    restore: bool,
}

/// Its command line.
pub(crate) fn command() -> Command {
    let verb = |name, about, examples| described(Command::new(name), about, examples);
    let examples = "  heph vault\n  heph vault status --json\n  heph vault adopt";
    described(Command::new("vault"), "Tell how the folder stands that mirrors the pages", examples)
        .disable_help_subcommand(true)
        .subcommand(verb(
            "status",
            "Tell how the folder stands; leaves with 0 where there is nothing to do",
            "  heph vault status\n  heph vault\n  heph vault status --json",
        ))
        .subcommand(verb("pause", "Stop to mirror, until you say to go on", "  heph vault pause"))
        .subcommand(args::command::<Resume>(
            "resume",
            "Go on to mirror",
            "  heph vault resume\n  heph vault resume --restore\n  heph vault resume --trash",
        ))
        .subcommand(verb(
            "adopt",
            "Take the folder as it is: files of the same names as pages are merged, others become pages",
            "  heph vault adopt",
        ))
}

/// Runs one of its verbs; the status without one.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let status = match matches.subcommand() {
        None | Some(("status", _)) => session.call(&VaultStatus {})?,
        Some(("pause", _)) => session.call(&VaultPause {})?,
        Some(("resume", matches)) => {
            let Resume { trash, restore } = args::read(matches)?;
            let missing = match (trash, restore) {
                (true, _) => Missing::Trash,
                (_, true) => Missing::Restore,
                _ => Missing::Ask,
            };
            long(session, &VaultResume { missing })?
        }
        Some(("adopt", _)) => long(session, &VaultAdopt {})?,
        Some(_) => {
            return Err(Failure::usage("a verb of `vault` is expected").hint("heph vault --help lists them"));
        }
    };
    let is_pause = matches.subcommand_name() == Some("pause");
    tell(&status, is_pause, session)
}

fn long<M>(session: &mut Session, request: &M) -> Outcome<response::VaultStatus>
where
    M: heph_protocol::request::Method<Reply = response::VaultStatus>,
{
    let progress = Progress::new(&session.out, "mirroring", Unit::Steps, 0);
    session.call_long(request, &mut |news| progress.of_daemon(&news))
}

fn tell(status: &response::VaultStatus, is_pause: bool, session: &mut Session) -> Outcome {
    let out = &mut session.out;
    if out.is_json() {
        out.document(&Document::new("vault", status))?;
    } else if !out.look.quiet {
        print(status, session)?;
    }
    match status.state {
        VaultState::Paused if !is_pause => Err(Failure::Told(Exit::Refused)),
        VaultState::Failing => Err(Failure::Told(Exit::Runtime)),
        _ => Ok(()),
    }
}

fn print(status: &response::VaultStatus, session: &mut Session) -> Outcome {
    let out = &mut session.out;
    let Some(folder) = &status.folder else {
        out.line("no folder mirrors the pages")?;
        out.note("heph daemon restart --vault <folder> names one");
        return Ok(());
    };
    let (style, word) = match status.state {
        VaultState::Off => (DIM, "off"),
        VaultState::Starting => (WARNING, "starting"),
        VaultState::Mirroring => (GOOD, "mirroring"),
        VaultState::Failing => (ERROR, "failing"),
        VaultState::Paused => (WARNING, "paused"),
    };
    let files = match status.files {
        1 => "1 file".to_owned(),
        count => format!("{count} files"),
    };
    let waiting = match status.waiting {
        0 => String::new(),
        count => format!(", {count} wait until nobody is at them"),
    };
    out.line(Line::new().styled(style, word).plain(format!("  {folder}  {files}{waiting}")))?;
    for (path, reason) in status.left_alone.iter().take(SHOWN).map(|left| (&left.path, &left.reason)) {
        out.line(Line::new().styled(WARNING, "left alone").plain(format!("  {path}: {reason}")))?;
    }
    let more = status.left_alone_count.saturating_sub(status.left_alone.len().min(SHOWN) as u64);
    if more > 0 {
        out.line(Line::new().styled(DIM, format!("and {more} more")))?;
    }
    if let Some(problem) = &status.problem {
        out.line(Line::new().styled(style, "why").plain(format!("  {problem}")))?;
    }
    if let Some(hint) = &status.hint {
        out.note(hint);
    }
    Ok(())
}
