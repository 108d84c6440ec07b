//! `heph sync`: how this machine stands to its hub, and what a person can do about it. The daemon syncs by itself.

mod devices;
mod join;
mod now;
mod refused;
mod status;

use clap::{ArgMatches, Command};
use heph_protocol::response::SyncStatus;
use heph_protocol::types::SyncState;
use jiff::Timestamp;

use crate::args;
use crate::error::{Exit, Failure};
use crate::output::{Document, Outcome, sync};
use crate::session::Session;
use crate::verbs::described;

/// Its command line.
pub(crate) fn command() -> Command {
    let examples = "  heph sync\n  heph sync now\n  heph sync devices";
    let verb = |name, about, examples| described(Command::new(name), about, examples);
    described(Command::new("sync"), "Tell how this machine stands to its hub, or sync now", examples)
        .disable_help_subcommand(true)
        .subcommand(verb(
            "status",
            "Tell how this machine stands to its hub; leaves with 0 where there is nothing to do",
            "  heph sync status\n  heph sync\n  heph sync --json",
        ))
        .subcommand(verb(
            "now",
            "Sync now, and wait until both have the same",
            "  heph sync now\n  heph sync now --quiet || heph doctor",
        ))
        .subcommand(args::command::<join::Arguments>(
            "join",
            "Join the account of the login; what both have is merged",
            "  heph sync join --dry-run\n  heph sync join\n  heph sync join --yes",
        ))
        .subcommand(args::command::<devices::Arguments>(
            "devices",
            "List the machines of the account, or lock one out",
            "  heph sync devices\n  heph sync devices --revoke \"Old laptop\"\n  heph sync devices --revoke 0190f3a2 --yes",
        ))
        .subcommand(verb("retry", "Offer the hub again what it refused", "  heph sync retry"))
        .subcommand(verb(
            "discard",
            "Give up what the hub refuses: what it is about becomes as the hub has it",
            "  heph sync discard\n  heph sync discard --yes",
        ))
}

/// Runs one of its verbs; the status without one.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    match matches.subcommand() {
        None | Some(("status", _)) => status::run(session),
        Some(("now", _)) => now::run(session),
        Some(("join", matches)) => join::run(args::read(matches)?, session),
        Some(("devices", matches)) => devices::run(args::read(matches)?, session),
        Some(("retry", _)) => refused::retry(session),
        Some(("discard", _)) => refused::discard(session),
        Some(_) => Err(Failure::usage("a verb of `sync` is expected").hint("heph sync --help lists them")),
    }
}

/// Prints what came of syncing, and fails when the two do not have the same.
fn settled(session: &mut Session, status: &SyncStatus) -> Outcome {
    let out = &mut session.out;
    if out.is_json() {
        out.document(&Document::new("sync", status))?;
    }
    if status.hub.is_none() || status.state == SyncState::Off {
        return Err(Failure::new(Exit::Refused, "there is no hub to sync with").hint(sync::SET_UP));
    }
    let Some(exit) = sync::exit(status) else {
        if !out.is_json() && !out.look.quiet {
            sync::print(out, status, Timestamp::now())?;
        }
        return Ok(());
    };
    if !out.is_json() && !status.parked.is_empty() {
        sync::parked(out, &status.parked)?;
    }
    let waiting = status.unsent.saturating_sub(status.parked.len() as u64);
    if waiting > 0 && !out.is_json() {
        out.note(&format!("not at the hub yet, and kept here: {}", sync::changes(waiting)));
    }
    let failure = Failure::new(exit, sync::problem(status));
    Err(match sync::hint(status) {
        Some(hint) => failure.hint(hint),
        None => failure,
    })
}
