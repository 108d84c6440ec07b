//! `heph completions`: a script for the shell, with live candidates from the daemon.

use clap::{ArgMatches, Command};

use crate::args;
use crate::error::{Exit, Failure};
use crate::output::Outcome;
use crate::session::Session;

const EXAMPLES: &str = "  heph completions bash > ~/.local/share/bash-completion/completions/heph
  heph completions zsh > ~/.zfunc/_heph
  heph completions fish > ~/.config/fish/completions/heph.fish";

/// The live part of each script calls `heph __complete <verb> <word>`, which prints `value<TAB>label` lines.
const BASH: &str = include_str!("completions/live.bash");
const ZSH: &str = include_str!("completions/live.zsh");
const FISH: &str = include_str!("completions/live.fish");

/// The start of clap's own last lines of the zsh script, which the live ones replace.
const ZSH_END: &str = "if [ \"$funcstack[1]\" = \"_heph\" ]";

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
    session.out.verbatim(script(arguments.shell)?.as_bytes())
}

fn script(shell: Shell) -> Outcome<String> {
    let (generator, live) = match shell {
        Shell::Bash => (clap_complete::Shell::Bash, BASH),
        Shell::Zsh => (clap_complete::Shell::Zsh, ZSH),
        Shell::Fish => (clap_complete::Shell::Fish, FISH),
    };
    let mut generated = Vec::new();
    clap_complete::generate(generator, &mut args::whole(), "heph", &mut generated);
    let mut script = String::from_utf8(generated)
        .map_err(|_| Failure::new(Exit::Internal, "the completion script is not UTF-8"))?;
    if let (Shell::Zsh, Some(end)) = (shell, script.rfind(ZSH_END)) {
        script.truncate(end);
    }
    script.push('\n');
    script.push_str(live);
    Ok(script)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_gets_the_verbs_and_the_live_candidates() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let script = script(shell).unwrap();
            assert!(script.contains("taskwarrior"), "{shell:?}");
            assert!(script.contains("heph __complete"), "{shell:?}");
        }
    }

    #[test]
    fn the_zsh_script_ends_in_the_live_function_alone() {
        let script = script(Shell::Zsh).unwrap();
        assert_eq!(script.matches(ZSH_END).count(), 1);
        assert!(script.contains("compdef _heph_live heph"));
    }
}
