//! The command line: which flags there are everywhere, and how arguments become a verb's own.

pub(crate) mod references;
mod split;
pub(crate) mod words;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args as _, Command, FromArgMatches};

use crate::error::{Exit, Failure};
use crate::output::style::ColourChoice;
use crate::verbs::{self, VERBS, Verb};

/// Flags that every verb takes.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// Print one JSON document
    #[arg(long, global = true, conflicts_with = "ndjson")]
    pub(crate) json: bool,
    /// Print one JSON object a line
    #[arg(long, global = true)]
    pub(crate) ndjson: bool,
    /// Print only the bare answer: ids of what was made, no remarks
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Do it without asking
    #[arg(long, short, global = true)]
    pub(crate) yes: bool,
    /// Show at most so many
    #[arg(long, short = 'n', global = true, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: Option<u32>,
    /// Leave the active context aside
    #[arg(long, global = true)]
    pub(crate) no_context: bool,
    /// When to colour: auto, always, never
    #[arg(long, global = true, value_enum, value_name = "WHEN", hide_possible_values = true)]
    pub(crate) color: Option<ColourChoice>,
    /// The daemon's socket
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) socket: Option<PathBuf>,
}

/// Flag of verbs that can tell what they would do.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub(crate) struct DryRun {
    /// Only tell what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Flag of verbs that take text from standard input.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub(crate) struct Stdin {
    /// Take the text from standard input
    #[arg(long)]
    pub(crate) stdin: bool,
}

/// A command line that was understood.
pub(crate) struct Parsed {
    /// Flags that every verb takes.
    pub(crate) global: Global,
    /// The verb and its own arguments; none for `heph` alone.
    pub(crate) verb: Option<(&'static Verb, clap::ArgMatches)>,
}

/// `heph` without its verbs.
pub(crate) fn root() -> Command {
    // The flags first: deriving them also sets what the command is about.
    Global::augment_args(Command::new("heph"))
        .about("Your tasks, pages and journal, on this machine first")
        .version(env!("CARGO_PKG_VERSION"))
        .after_help(
            "Examples:\n  heph add Call the bank due:fri p1 +phone\n  heph next\n  heph done 7k3\n  heph list proj:Home 'due<fri'\n\n\
             heph <verb> --help has examples for each verb.",
        )
        .disable_help_subcommand(true)
        .subcommand_value_name("VERB")
        .subcommand_help_heading("Verbs")
}

/// `heph` with all its verbs.
pub(crate) fn whole() -> Command {
    VERBS.iter().fold(root(), |root, verb| root.subcommand((verb.command)()))
}

/// Reads the arguments behind the program's name.
///
/// Only the command of the verb that was asked for is built: the whole tree costs more than a call to the daemon.
pub(crate) fn parse(arguments: Vec<OsString>) -> Result<Parsed, clap::Error> {
    let arguments = asked_for_help(arguments);
    let root = root();
    let verb = split::verb_at(&root, &arguments)
        .and_then(|at| arguments[at].to_str())
        .and_then(|name| VERBS.iter().find(|verb| verb.name == name));
    let root = match verb {
        Some(verb) => root.subcommand((verb.command)()),
        None => whole(),
    };
    let mut line = vec![OsString::from("heph")];
    line.extend(split::split(&root, arguments));
    let mut matches = root.try_get_matches_from(line)?;
    let global = Global::from_arg_matches(&matches)?;
    let verb = matches
        .remove_subcommand()
        .and_then(|(name, matches)| VERBS.iter().find(|verb| verb.name == name).map(|verb| (verb, matches)));
    Ok(Parsed { global, verb })
}

/// `heph help page new` is `heph page new --help`.
fn asked_for_help(mut arguments: Vec<OsString>) -> Vec<OsString> {
    if arguments.first().is_some_and(|first| first == "help") {
        arguments.remove(0);
        arguments.push("--help".into());
    }
    arguments
}

/// A verb's own arguments.
pub(crate) fn read<A: FromArgMatches>(matches: &clap::ArgMatches) -> Result<A, Failure> {
    // clap checked them while parsing; a failure here is a fault of the definition.
    A::from_arg_matches(matches)
        .map_err(|error| Failure::new(Exit::Internal, error.to_string().trim().to_owned()))
}

/// The command of a verb.
pub(crate) fn command<A: clap::Args>(
    name: &'static str,
    about: &'static str,
    examples: &'static str,
) -> Command {
    verbs::described(A::augment_args(Command::new(name)), about, examples)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &[&str]) -> Result<Parsed, clap::Error> {
        parse(line.iter().map(OsString::from).collect())
    }

    #[test]
    fn the_whole_tree_is_sound() {
        whole().debug_assert();
    }

    #[test]
    fn flags_stand_before_or_behind_the_verb() {
        for line in
            [&["--json", "-n", "3", "next"][..], &["next", "--json", "-n3"], &["next", "--limit=3", "--json"]]
        {
            let parsed = parsed(line).unwrap();
            assert!(parsed.global.json, "{line:?}");
            assert_eq!(parsed.global.limit, Some(3));
            assert_eq!(parsed.verb.unwrap().0.name, "next");
        }
    }

    #[test]
    fn heph_alone_has_no_verb() {
        assert!(parsed(&[]).unwrap().verb.is_none());
        assert!(parsed(&["--json"]).unwrap().verb.is_none());
    }

    /// An example is copied into a shell, where `due<fri` would read a file; a redirection has a space.
    #[test]
    fn no_example_hides_a_redirection() {
        fn check(command: &Command) {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            for line in help.lines().filter(|line| line.starts_with("  heph ")) {
                let unquoted: String = line.split(['\'', '"']).step_by(2).flat_map(str::chars).collect();
                for sign in ["<", ">"] {
                    let mut behind = unquoted.split(sign).skip(1);
                    assert!(behind.all(|text| text.starts_with(' ')), "{line}");
                }
            }
            command.get_subcommands().for_each(check);
        }
        check(&whole());
    }

    #[test]
    fn help_is_a_word_too() {
        for (line, about) in [
            (&["help"][..], "Your tasks, pages and journal"),
            (&["help", "add"], "Add a task"),
            (&["help", "page", "new"], "Make a page"),
        ] {
            let error = parsed(line).map(|_| ()).unwrap_err();
            assert_eq!(error.exit_code(), 0, "{line:?}");
            assert!(error.to_string().starts_with(about), "{error}");
        }
    }

    #[test]
    fn mistakes_are_usage_errors() {
        for line in [
            &["nxt"][..],
            &["next", "--jsn"],
            &["next", "-n", "0"],
            &["next", "--json", "--ndjson"],
            &["done"],
        ] {
            assert_eq!(parsed(line).map(|_| ()).unwrap_err().exit_code(), 2, "{line:?}");
        }
        assert_eq!(parsed(&["next", "--help"]).map(|_| ()).unwrap_err().exit_code(), 0);
        assert_eq!(parsed(&["--version"]).map(|_| ()).unwrap_err().exit_code(), 0);
    }
}
