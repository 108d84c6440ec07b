//! `heph store`: a consistent copy of the store, and back. The daemon opens only its own folder, so the bytes are
//! streamed.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{ArgMatches, Command};
use heph_client::backoff::Backoff;
use heph_protocol::event::Topic;
use heph_protocol::request::{
    StoreBackup, StoreBackupRead, StoreRestoreBegin, StoreRestoreCommit, StoreRestoreWrite,
};
use serde_json::json;

use super::pieces;
use crate::args;
use crate::error::Failure;
use crate::output::progress::{Progress, Unit};
use crate::output::{Document, Outcome, when};
use crate::session::Session;
use crate::verbs::described;

/// How long a restart of the daemon may take before the user is told.
const RESTART: Duration = Duration::from_secs(10);

#[derive(Debug, clap::Args)]
struct Arguments {
    /// The file
    file: PathBuf,
}

/// Its command line.
pub(crate) fn command() -> Command {
    let examples = "  heph store backup ~/heph-backup.db\n  heph store restore ~/heph-backup.db";
    described(Command::new("store"), "Back the store up, or put a backup in its place", examples)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(args::command::<Arguments>(
            "backup",
            "Write a consistent copy of the store, while it is in use",
            "  heph store backup ~/heph-backup.db\n  heph store backup --yes ~/heph-backup.db    replaces an older one",
        ))
        .subcommand(args::command::<Arguments>(
            "restore",
            "Put a backup in the store's place; the store of now is kept beside it",
            "  heph store restore ~/heph-backup.db\n  heph store restore --yes ~/heph-backup.db",
        ))
}

/// Runs one of its verbs.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    match matches.subcommand() {
        Some(("backup", matches)) => backup(session, &args::read::<Arguments>(matches)?.file),
        Some(("restore", matches)) => restore(session, &args::read::<Arguments>(matches)?.file),
        _ => Err(Failure::usage("a verb of `store` is expected").hint("heph store --help lists them")),
    }
}

fn backup(session: &mut Session, file: &Path) -> Outcome {
    if file.exists() {
        session.confirm(&format!("replace {}", file.display()))?;
    }
    let ready = {
        let progress = Progress::new(&session.out, "copying", Unit::Steps, 0);
        session.call_long(&StoreBackup {}, &mut |news| progress.of_daemon(&news))?
    };
    let (id, bytes) = (ready.id, ready.bytes);
    pieces::receive(session, file, bytes, None, |session, offset| {
        Ok(session.call(&StoreBackupRead { id: id.clone(), offset })?.bytes)
    })?;
    if session.out.is_json() {
        let written = json!({ "file": file.display().to_string(), "bytes": bytes });
        return session.out.document(&Document::new("backup", &written));
    }
    session.out.line(format!("wrote {} ({})", file.display(), when::bytes(bytes)))
}

/// Waits until the daemon has gone away, if that can be heard, and answers again.
fn is_back(session: &mut Session, hears: bool) -> bool {
    let end = Instant::now() + RESTART;
    let left = || end.saturating_duration_since(Instant::now());
    while hears && !left().is_zero() {
        let Ok(client) = session.client() else { return false };
        match client.next_event(Some(left())) {
            Ok(_) => {}
            Err(_) => break,
        }
    }
    let mut backoff = Backoff::between(RESTART / 1_000, RESTART / 20, u64::from(std::process::id()));
    while !left().is_zero() {
        if session.quiet_client().hello().is_ok_and(|hello| hello.ready) {
            return true;
        }
        std::thread::sleep(backoff.next_pause());
    }
    false
}

fn restore(session: &mut Session, file: &Path) -> Outcome {
    let (backup, bytes) = pieces::open(file)?;
    session.confirm(&format!(
        "replace the store of the daemon by {} ({})",
        file.display(),
        when::bytes(bytes)
    ))?;
    let id = session.call_long(&StoreRestoreBegin { bytes }, &mut |_| {})?.id;
    pieces::send(session, (&backup, bytes), file, |session, offset, bytes| {
        let write = StoreRestoreWrite { id: id.clone(), offset, bytes };
        session.call_long(&write, &mut |_| {}).map(drop)
    })?;
    let restored = {
        let progress = Progress::new(&session.out, "checking", Unit::Steps, 0);
        // To hear of the restart, so that the next command finds the daemon again.
        let hears = session.client()?.subscribe(vec![Topic::Changed]).is_ok();
        let restored =
            session.call_long(&StoreRestoreCommit { id }, &mut |news| progress.of_daemon(&news))?;
        if !is_back(session, hears) {
            session.out.warn("the daemon has not come back yet: heph doctor");
        }
        restored
    };
    if session.out.is_json() {
        return session.out.document(&Document::new("restored", &restored));
    }
    session.out.line(format!("restored {}", file.display()))?;
    session.out.line(format!("the store from before is kept as {}", restored.kept_as))
}
