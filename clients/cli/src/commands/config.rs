//! `heph config`: the settings in force and where they come from, and those that all machines share.

use clap::{ArgMatches, Command};
use heph_protocol::Method;
use heph_protocol::request::{DaemonStatus, SettingsList, SettingsSet, SettingsUnset};
use heph_protocol::response::SettingChanged;
use heph_protocol::types::{Setting, SyncedSetting};

use crate::args;
use crate::error::{Exit, Failure};
use crate::output::style::{DIM, HEADING};
use crate::output::table::{Cell, Column, Fit};
use crate::output::{Document, Line, Outcome, Output, when};
use crate::session::Session;
use crate::verbs::described;

const EXAMPLES: &str = "  heph config show
  heph config set weight:due 12
  heph config set week_start sunday
  heph config unset weight:due
  HEPH_CONFIG=/tmp/try.toml heph config show --json";

const SET_EXAMPLES: &str = "  heph config set weight:due 12
  heph config set weight:tag:errand -1.5
  heph config set weight:horizon 21
  heph config set week_start sunday

  What is set holds on all machines that sync; heph undo takes it back.";

const UNSET_EXAMPLES: &str = "  heph config unset weight:due
  heph config unset weight:tag:errand";

const COLUMNS: &[Column] = &[
    Column { heading: "NAME", fit: Fit::Fixed, right: false },
    Column { heading: "VALUE", fit: Fit::Shrinks { soft: 24, hard: 8 }, right: false },
    Column { heading: "ORIGIN", fit: Fit::Fixed, right: false },
];

const SYNCED: &[Column] = &[
    Column { heading: "KEY", fit: Fit::Fixed, right: false },
    Column { heading: "VALUE", fit: Fit::Shrinks { soft: 24, hard: 8 }, right: false },
    Column { heading: "ORIGIN", fit: Fit::Shrinks { soft: 24, hard: 7 }, right: false },
    Column { heading: "WHAT IT IS", fit: Fit::Shrinks { soft: 16, hard: 0 }, right: false },
];

#[derive(Debug, clap::Args)]
struct Set {
    /// What to set, as `heph config show` names it
    #[arg(value_name = "KEY")]
    key: String,
    /// Its value
    #[arg(value_name = "VALUE", allow_negative_numbers = true)]
    value: String,
}

#[derive(Debug, clap::Args)]
struct Unset {
    /// What gets its default back
    #[arg(value_name = "KEY")]
    key: String,
}

/// Its command line.
pub(crate) fn command() -> Command {
    let show =
        described(Command::new("show"), "Show the settings in force and where they come from", EXAMPLES);
    described(Command::new("config"), "Look at the settings, and set what all machines share", EXAMPLES)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(show)
        .subcommand(args::command::<Set>("set", "Set something for all machines that sync", SET_EXAMPLES))
        .subcommand(args::command::<Unset>("unset", "Give a setting its default back", UNSET_EXAMPLES))
}

/// Runs one of its verbs.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    match matches.subcommand() {
        Some(("set", matches)) => {
            let Set { key, value } = args::read(matches)?;
            change(session, &SettingsSet { key, value })
        }
        Some(("unset", matches)) => {
            let Unset { key } = args::read(matches)?;
            change(session, &SettingsUnset { key })
        }
        _ => show(session),
    }
}

/// Changes something that is set for all machines, and says what was done.
pub(super) fn change(session: &mut Session, request: &impl Method<Reply = SettingChanged>) -> Outcome {
    let changed = session.call(request)?;
    let out = &mut session.out;
    if out.is_json() {
        let document = Document::new("changed", &changed.changed)
            .with("summary", &changed.summary)
            .with("notes", &changed.notes)
            .with_some("group", changed.group.as_ref());
        return out.document(&document);
    }
    match changed.changed {
        _ if out.look.quiet => {}
        true => out.line(&*changed.summary)?,
        false => out.note("it is so already"),
    }
    changed.notes.iter().for_each(|note| out.note(note));
    Ok(())
}

/// Shows the settings of `heph`, and those of the daemon and of all machines when it answers.
fn show(session: &mut Session) -> Outcome {
    let settings = session.config.settings();
    let daemon = match session.call(&DaemonStatus {}) {
        Ok(status) => Some((status.settings, synced(session)?)),
        Err(failure) if failure.exit() == Some(Exit::Unreachable) => None,
        Err(failure) => return Err(failure),
    };
    let out = &mut session.out;
    if out.is_json() {
        let document = Document::new("settings", &settings);
        let document = document.with_some("daemon", daemon.as_ref().map(|(own, _)| own));
        return out.document(&document.with_some("synced", daemon.as_ref().map(|(_, synced)| synced)));
    }
    print(out, "heph", &settings)?;
    match daemon {
        Some((settings, synced)) => {
            out.line("")?;
            print(out, "hephd", &settings)?;
            out.line("")?;
            print_synced(out, &synced)
        }
        None => {
            out.note("the daemon does not answer, so its settings are not shown: heph doctor");
            Ok::<(), Failure>(())
        }
    }
}

/// What all machines share; nothing of a daemon that is older than that.
fn synced(session: &mut Session) -> Outcome<Vec<SyncedSetting>> {
    match session.call(&SettingsList {}) {
        Ok(list) => Ok(list.settings),
        Err(failure) if failure.exit() == Some(Exit::Unsupported) => Ok(Vec::new()),
        Err(failure) => Err(failure),
    }
}

/// What all machines share, with what was set and where.
fn print_synced(out: &mut Output, settings: &[SyncedSetting]) -> Outcome {
    out.line(Line::new().styled(HEADING, "all machines"))?;
    let origin = |setting: &SyncedSetting| match &setting.changed {
        None => "default".to_owned(),
        Some(at) => {
            let whose = if setting.is_own { "here" } else { "elsewhere" };
            let usual = Some(&setting.default).filter(|usual| !usual.is_empty());
            let usual = usual.map(|usual| format!(", default {usual}")).unwrap_or_default();
            format!("set {whose} {}{usual}", when::instant(at))
        }
    };
    let rows: Vec<Vec<Cell>> = settings
        .iter()
        .map(|setting| {
            vec![
                Cell::from(&setting.key),
                Cell::from(&setting.value),
                Cell::styled(DIM, &origin(setting)),
                Cell::styled(DIM, &setting.meaning),
            ]
        })
        .collect();
    out.table(SYNCED, &rows)
}

fn print(out: &mut Output, whose: &str, settings: &[Setting]) -> Outcome {
    out.line(Line::new().styled(HEADING, whose))?;
    let rows: Vec<Vec<Cell>> = settings
        .iter()
        .map(|setting| {
            vec![Cell::from(&setting.name), Cell::from(&setting.value), Cell::styled(DIM, &setting.origin)]
        })
        .collect();
    out.table(COLUMNS, &rows)
}
