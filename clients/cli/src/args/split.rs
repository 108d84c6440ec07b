//! Splits the command line before clap reads it, where free words are taken.
//!
//! clap alone cannot tell `heph list -home` (tasks without the tag) from a cluster of short flags, nor take
//! `heph add Call -- the bank` as people mean it. So for a verb with free words every argument that is exactly a known
//! flag stays one, unknown long flags are left for clap to refuse, and everything else goes behind one `--`.
//!
//! A verb takes free words when its command has a positional argument with the id [`WORDS`]. Pure.

use std::ffi::{OsStr, OsString};

use clap::Command;

/// Id of the positional argument that takes free words.
pub(crate) const WORDS: &str = "words";

/// A flag as the splitter knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Flag {
    long: Option<String>,
    short: Option<char>,
    takes_value: bool,
}

/// What an argument is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A flag, alone or with its value attached.
    Flag,
    /// A flag whose value is the next argument.
    FlagBeforeValue,
    /// The end of flags.
    End,
    /// Anything else.
    Word,
}

/// The position of the verb among the arguments behind the program's name, if there is one.
pub(crate) fn verb_at(root: &Command, arguments: &[OsString]) -> Option<usize> {
    let flags = flags_of(&[root]);
    let mut at = 0;
    while at < arguments.len() {
        match kind(&flags, &arguments[at], false) {
            Kind::Flag => at += 1,
            Kind::FlagBeforeValue => at += 2,
            Kind::End => return None,
            Kind::Word => return Some(at),
        }
    }
    None
}

/// The arguments as clap has to get them. `root` needs to hold only the commands on the way to the verb.
pub(crate) fn split(root: &Command, arguments: Vec<OsString>) -> Vec<OsString> {
    let mut way = vec![root];
    let mut begin = 0;
    // Walk down to the innermost command; flags on the way stay where they are.
    while let Some(command) = way.last().copied().filter(|command| command.has_subcommands()) {
        let Some(next) = verb_at(command, &arguments[begin..]).map(|at| begin + at) else { return arguments };
        let Some(found) = arguments[next].to_str().and_then(|name| command.find_subcommand(name)) else {
            return arguments;
        };
        way.push(found);
        begin = next + 1;
    }
    let takes_words =
        way.last().is_some_and(|command| command.get_positionals().any(|arg| arg.get_id() == WORDS));
    if !takes_words {
        return arguments;
    }
    let flags = flags_of(&way);
    let mut arguments = arguments.into_iter();
    let mut before: Vec<OsString> = arguments.by_ref().take(begin).collect();
    let mut words = Vec::new();
    while let Some(argument) = arguments.next() {
        match kind(&flags, &argument, true) {
            Kind::Flag => before.push(argument),
            Kind::FlagBeforeValue => {
                before.push(argument);
                before.extend(arguments.next());
            }
            Kind::End => words.extend(arguments.by_ref()),
            Kind::Word => words.push(argument),
        }
    }
    before.push("--".into());
    before.extend(words);
    before
}

fn flags_of(way: &[&Command]) -> Vec<Flag> {
    let mut flags: Vec<Flag> = way
        .iter()
        .flat_map(|command| command.get_arguments())
        .filter(|arg| !arg.is_positional())
        .map(|arg| Flag {
            long: arg.get_long().map(str::to_owned),
            short: arg.get_short(),
            takes_value: arg.get_action().takes_values(),
        })
        .collect();
    // clap adds these two only when it builds the command.
    for (long, short) in [("help", 'h'), ("version", 'V')] {
        flags.push(Flag { long: Some(long.to_owned()), short: Some(short), takes_value: false });
    }
    flags
}

/// What an argument is. With `strict`, `-x…` is a flag only if it is exactly a known one, or one with a number
/// attached (`-n5`); without, anything that begins with `-` is left to clap.
fn kind(flags: &[Flag], argument: &OsStr, strict: bool) -> Kind {
    let Some(text) = argument.to_str() else { return Kind::Word };
    if text == "--" {
        return Kind::End;
    }
    if let Some(long) = text.strip_prefix("--") {
        if long.contains(char::is_whitespace) && !long.contains('=') {
            return Kind::Word;
        }
        let takes_value = flags.iter().any(|flag| flag.takes_value && flag.long.as_deref() == Some(long));
        return if takes_value { Kind::FlagBeforeValue } else { Kind::Flag };
    }
    let Some(rest) = text.strip_prefix('-').filter(|rest| !rest.is_empty()) else { return Kind::Word };
    let mut characters = rest.chars();
    let first = characters.next();
    let attached = characters.as_str();
    match flags.iter().find(|flag| flag.short.is_some() && flag.short == first) {
        Some(flag) if attached.is_empty() && flag.takes_value => Kind::FlagBeforeValue,
        Some(_) if attached.is_empty() => Kind::Flag,
        Some(flag) if flag.takes_value && is_number(attached.trim_start_matches('=')) => Kind::Flag,
        _ if strict => Kind::Word,
        _ => Kind::Flag,
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use clap::{Arg, ArgAction};
    use proptest::prelude::*;

    use super::*;

    fn root() -> Command {
        let switch = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue);
        let words = || Arg::new(WORDS).num_args(0..);
        Command::new("heph")
            .arg(switch("json").global(true))
            .arg(switch("quiet").short('q').global(true))
            .arg(Arg::new("limit").long("limit").short('n').global(true))
            .subcommand(Command::new("list").arg(Arg::new("sort").long("sort")).arg(words()))
            .subcommand(Command::new("show").arg(Arg::new("reference")))
            .subcommand(Command::new("filter").subcommand(Command::new("explain").arg(words())))
    }

    fn splits(line: &[&str]) -> Vec<String> {
        let arguments = line.iter().map(OsString::from).collect();
        split(&root(), arguments).into_iter().map(|argument| argument.into_string().unwrap()).collect()
    }

    #[test]
    fn a_negative_tag_is_a_word_and_a_flag_stays_a_flag() {
        assert_eq!(splits(&["list", "-home", "+work", "--json"]), ["list", "--json", "--", "-home", "+work"]);
        assert_eq!(splits(&["list", "-n", "5", "-nice"]), ["list", "-n", "5", "--", "-nice"]);
        assert_eq!(splits(&["list", "-n5", "-n=7"]), ["list", "-n5", "-n=7", "--"]);
        assert_eq!(splits(&["list", "-quick", "-q"]), ["list", "-q", "--", "-quick"]);
        assert_eq!(splits(&["list", "-home +work"]), ["list", "--", "-home +work"]);
        assert_eq!(splits(&["list", "-"]), ["list", "--", "-"]);
    }

    #[test]
    fn values_go_with_their_flags() {
        assert_eq!(
            splits(&["list", "a", "--sort", "due,score-", "b"]),
            ["list", "--sort", "due,score-", "--", "a", "b"]
        );
        assert_eq!(splits(&["list", "--sort=due", "-x"]), ["list", "--sort=due", "--", "-x"]);
        assert_eq!(splits(&["--limit", "3", "list", "-x"]), ["--limit", "3", "list", "--", "-x"]);
        assert_eq!(splits(&["list", "--sort"]), ["list", "--sort", "--"]);
    }

    #[test]
    fn two_dashes_end_flags() {
        assert_eq!(
            splits(&["list", "-a", "--", "--json", "-n", "--"]),
            ["list", "--", "-a", "--json", "-n", "--"]
        );
    }

    #[test]
    fn an_unknown_long_flag_is_left_for_clap_to_refuse() {
        assert_eq!(splits(&["list", "x", "--jsn"]), ["list", "--jsn", "--", "x"]);
        assert_eq!(splits(&["list", "-- a b"]), ["list", "--", "-- a b"]);
    }

    #[test]
    fn nested_verbs_are_found() {
        assert_eq!(splits(&["filter", "-q", "explain", "-home"]), ["filter", "-q", "explain", "--", "-home"]);
        assert_eq!(splits(&["filter", "unknown", "-home"]), ["filter", "unknown", "-home"]);
    }

    #[test]
    fn verbs_without_free_words_are_left_alone() {
        for line in
            [&["show", "-x", "--"][..], &["nothing", "-home"], &["--json"], &[], &["--", "list", "-a"]]
        {
            assert_eq!(splits(line), line);
        }
    }

    #[test]
    fn the_verb_is_the_first_word() {
        let at = |line: &[&str]| verb_at(&root(), &line.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(at(&["list"]), Some(0));
        assert_eq!(at(&["--limit", "list", "list"]), Some(2));
        assert_eq!(at(&["-q", "--limit=2", "-n3", "list"]), Some(3));
        assert_eq!(at(&["--json"]), None);
        assert_eq!(at(&["--limit"]), None);
        assert_eq!(at(&["--", "list"]), None);
    }

    proptest! {
        #[test]
        fn no_word_is_lost_and_words_keep_their_order(words in prop::collection::vec("[-+a-z:]{0,6}", 0..8)) {
            let mut line = vec!["list".to_owned()];
            line.extend(words.iter().cloned());
            let line: Vec<&str> = line.iter().map(String::as_str).collect();
            let split = splits(&line);
            let end = split.iter().position(|word| word == "--").unwrap();
            // Whatever stands behind the dashes came in that order.
            let mut rest = words.iter();
            for word in &split[end + 1..] {
                prop_assert!(rest.any(|given| given == word), "{word} in {split:?}");
            }
            let dashes = usize::from(!words.iter().any(|word| word == "--"));
            prop_assert_eq!(split.len(), line.len() + dashes);
        }
    }
}
