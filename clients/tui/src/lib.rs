//! heph in a terminal, full screen. It speaks to the `hephd` of this machine, keeps nothing, and decides nothing about
//! tasks.
//!
//! [`model`] is all that is known and shown: `Model::update` takes what happened and says what is to be done. [`views`]
//! makes lines of it, `paint` puts them on the screen, `worker` asks the daemon in threads of its own, and `run` is the
//! loop that waits for keys, news and signals. The first two do no IO, so most tests need no screen.

pub mod call;
mod config;
pub mod frame;
mod fuzzy;
pub mod key;
pub mod keymap;
pub mod model;
mod output;
pub mod paint;
mod panic;
mod run;
mod terminal;
mod text;
pub mod theme;
pub mod views;
mod worker;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::config::Config;
use crate::keymap::Keymap;
use crate::model::ViewId;

/// The code of a configuration that cannot be used, as the daemon's and the command line's.
const CONFIGURATION: u8 = 78;

/// heph in a terminal, full screen
#[derive(Debug, Parser)]
#[command(
    name = "heph-tui",
    version,
    after_help = "Examples:\n  heph-tui\n  heph-tui agenda\n  heph-tui --socket ~/other.sock tasks\n\n\
                  It never starts a daemon: `heph daemon start` does."
)]
struct Arguments {
    /// The view it begins with
    #[arg(value_enum, value_name = "VIEW")]
    view: Option<ViewId>,
    /// The daemon's socket
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
    /// Print the keys, as they are set, and end
    #[arg(long)]
    keys: bool,
    /// Panic at the first news: for the test of what that leaves behind
    #[arg(long, hide = true)]
    fault: bool,
}

/// Runs `heph-tui` with these arguments, the program's name first.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // There is nowhere left to say that it cannot be printed.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let config = match Config::load(arguments.socket, arguments.view) {
        Ok(config) => config,
        Err(error) => {
            output::note(&format!("error: {error}"));
            output::note(&format!("hint: {}", error.hint()));
            return ExitCode::from(CONFIGURATION);
        }
    };
    if arguments.keys {
        output::text(&config.keymap.markdown());
        return ExitCode::SUCCESS;
    }
    panic::catch();
    match run::run(config, arguments.fault) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            output::note(&format!("error: {}", problem.message));
            if let Some(hint) = problem.hint {
                output::note(&format!("hint: {hint}"));
            }
            ExitCode::FAILURE
        }
    }
}

/// The usual keys as Markdown, for the reference.
pub fn reference_markdown() -> String {
    let intro = "The keys of heph-tui, as they are unless the configuration file sets others.\n\n\
        `heph-tui --keys` prints those that are in force. In the table `[tui.keys]` each command takes a list of keys: \
        `down = [\"j\", \"n\"]`. A key that is set for one command is taken from the one that had it.";
    format!("# The keys of the terminal UI\n\n{intro}\n\n{}", Keymap::default().markdown())
}
