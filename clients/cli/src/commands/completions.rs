//! `heph completions`: a script for the shell, with live candidates from the daemon.

use clap::{ArgMatches, Command};

use crate::args;
use crate::output::Outcome;
use crate::session::Session;

const EXAMPLES: &str = "  heph completions bash > ~/.local/share/bash-completion/completions/heph
  heph completions zsh > ~/.zfunc/_heph
  heph completions fish > ~/.config/fish/completions/heph.fish";

/// Each script calls `heph __complete -- <words>`, which prints `value<TAB>label` lines.
const BASH: &str = include_str!("completions/heph.bash");
const ZSH: &str = include_str!("completions/heph.zsh");
const FISH: &str = include_str!("completions/heph.fish");

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
}

#[derive(Debug, clap::Args)]
struct Arguments {
    /// The shell
    shell: Shell,
}

/// Its command line.
pub(crate) fn command() -> Command {
    args::command::<Arguments>("completions", "Print a completion script for a shell", EXAMPLES)
}

/// Prints the script.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let arguments: Arguments = args::read(matches)?;
    let script = match arguments.shell {
        Shell::Bash => BASH,
        Shell::Zsh => ZSH,
        Shell::Fish => FISH,
    };
    session.out.verbatim(script.as_bytes())
}
