//! `heph plugin`: heph.nvim, where Neovim finds it.

use std::io;

use clap::{ArgMatches, Command};
use serde_json::json;

use crate::args;
use crate::error::{Exit, Failure};
use crate::output::{Document, Outcome, Output};
use crate::plugin::{Installed, Place};
use crate::session::Session;
use crate::verbs::described;

/// No arguments of its own.
#[derive(Debug, clap::Args)]
struct Nothing {}

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Its command line.
pub(crate) fn command() -> Command {
    let examples = "  heph plugin install\n  heph plugin status";
    described(
        Command::new("plugin"),
        "Install heph.nvim, the plugin for Neovim, which this program carries",
        examples,
    )
    .subcommand_required(true)
    .arg_required_else_help(true)
    .disable_help_subcommand(true)
    .subcommand(args::command::<Nothing>(
        "install",
        "Put the plugin where Neovim finds it; run it again to upgrade",
        "  heph plugin install\n  NVIM_APPNAME=notes heph plugin install",
    ))
    .subcommand(args::command::<Nothing>(
        "status",
        "Say whether the plugin is installed, where, and in which version",
        "  heph plugin status\n  heph plugin status --json",
    ))
    .subcommand(args::command::<Nothing>("uninstall", "Take the plugin away", "  heph plugin uninstall"))
}

/// Runs one of its verbs.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let place = Place::find(|name| std::env::var(name).ok()).ok_or_else(|| {
        Failure::usage("there is no place for the plugin: HOME is not set").hint("set HOME or XDG_DATA_HOME")
    })?;
    let installed = place.installed().map_err(|error| failed("cannot read", &place, &error))?;
    match matches.subcommand() {
        Some(("install", _)) => install(&mut session.out, &place, installed),
        Some(("status", _)) => status(&mut session.out, &place, &installed),
        Some(("uninstall", _)) => uninstall(&mut session.out, &place, &installed),
        _ => Err(Failure::usage("a verb of `plugin` is expected").hint("heph plugin --help lists them")),
    }
}

fn failed(what: &str, place: &Place, error: &io::Error) -> Failure {
    Failure::io(format_args!("{what} {}", place.path().display()), error)
}

/// Refuses to touch what heph did not put there.
fn require_ours(place: &Place, installed: &Installed) -> Outcome {
    let at = place.path().display();
    match installed {
        Installed::Foreign => {
            Err(Failure::new(Exit::Refused, format!("{at} is there, and heph did not make it"))
                .hint("move it away, then: heph plugin install"))
        }
        Installed::Link(to) => {
            Err(Failure::new(Exit::Refused, format!("{at} is a link to {}", to.display()))
                .hint("it is a working tree's: cargo xtask plugin unlink takes it away"))
        }
        Installed::Nothing | Installed::Current | Installed::Other(_) => Ok(()),
    }
}

fn install(out: &mut Output, place: &Place, installed: Installed) -> Outcome {
    require_ours(place, &installed)?;
    let at = place.path().display();
    let done = match installed {
        Installed::Current => format!("heph.nvim {VERSION} is there already: {at}"),
        before => {
            place.install().map_err(|error| failed("cannot write", place, &error))?;
            match before {
                Installed::Other(version) if version != VERSION => {
                    format!("heph.nvim {VERSION} takes the place of {version}: {at}")
                }
                _ => format!("heph.nvim {VERSION} is installed: {at}"),
            }
        }
    };
    if out.is_json() {
        return out.document(&document(place, &Installed::Current));
    }
    out.line(done)?;
    if !out.look.quiet {
        out.note("start Neovim anew, then: :Heph home, :checkhealth heph, :help heph");
    }
    Ok(())
}

fn status(out: &mut Output, place: &Place, installed: &Installed) -> Outcome {
    if out.is_json() {
        return out.document(&document(place, installed));
    }
    let at = place.path().display();
    match installed {
        Installed::Nothing => {
            out.line(format!("heph.nvim is not installed; heph plugin install puts it at {at}"))
        }
        Installed::Current => out.line(format!("heph.nvim {VERSION} is installed: {at}")),
        Installed::Other(version) if version == VERSION => {
            out.line(format!("heph.nvim {VERSION} is installed and was changed: {at}"))?;
            out.line("heph plugin install puts it back")
        }
        Installed::Other(version) => {
            out.line(format!("heph.nvim {version} is installed: {at}"))?;
            out.line(format!("heph plugin install brings {VERSION}"))
        }
        Installed::Link(to) => out.line(format!("{at} is a link to {}", to.display())),
        Installed::Foreign => out.line(format!("{at} is there, and heph did not make it")),
    }
}

fn uninstall(out: &mut Output, place: &Place, installed: &Installed) -> Outcome {
    require_ours(place, installed)?;
    let done = match installed {
        Installed::Nothing => "heph.nvim is not installed".to_owned(),
        _ => {
            place.uninstall().map_err(|error| failed("cannot remove", place, &error))?;
            format!("heph.nvim is gone from {}", place.path().display())
        }
    };
    if out.is_json() {
        return out.document(&document(place, &Installed::Nothing));
    }
    out.line(done)
}

fn document(place: &Place, installed: &Installed) -> Document {
    let (state, version, link) = match installed {
        Installed::Nothing => ("absent", None, None),
        Installed::Current => ("current", Some(VERSION), None),
        Installed::Other(version) if version == VERSION => ("changed", Some(VERSION), None),
        Installed::Other(version) => ("other", Some(version.as_str()), None),
        Installed::Link(to) => ("link", None, Some(to.display().to_string())),
        Installed::Foreign => ("foreign", None, None),
    };
    let path = place.path().display().to_string();
    Document::new(
        "plugin",
        &json!({ "state": state, "path": path, "version": version, "link": link, "carried": VERSION }),
    )
}
