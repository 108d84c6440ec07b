//! Where on the command line the cursor stands. Pure.

use clap::{Arg, Command};

/// What is to be completed.
#[derive(Debug)]
pub(super) enum Wanted {
    /// A verb, or a verb of a verb.
    Verb(Command),
    /// The value of a flag; what stands before it in the same word.
    Value(Arg, String),
    /// An argument of a verb: its name, its command, and how many stand before it.
    Argument(String, Command, usize),
}

/// Where a word stands: the verb it belongs to, and what it is there.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) wanted: Wanted,
    /// The part of the word that is to be completed.
    pub(super) typed: String,
    /// Commands on the way, whose flags may stand here; none behind `--`.
    pub(super) flags: Vec<Command>,
}

/// Finds what the last of some words is.
pub(super) fn place(root: Command, words: &[String]) -> Place {
    let (last, before) = match words.split_last() {
        Some((last, before)) => (last.clone(), before),
        None => (String::new(), words),
    };
    let mut way = vec![root];
    let mut names: Vec<String> = Vec::new();
    let (mut arguments, mut pending, mut ended): (usize, Option<Arg>, bool) = (0, None, false);
    for word in before {
        if pending.take().is_some() {
            continue;
        }
        if !ended && word == "--" {
            ended = true;
        } else if !ended && is_flag(&way, word) {
            pending = flag(&way, word).filter(|arg| arg.get_action().takes_values() && !word.contains('='));
        } else if let Some(next) =
            way.last().filter(|_| arguments == 0).and_then(|at| at.find_subcommand(word))
        {
            names.push(word.clone());
            let next = next.clone();
            way.push(next);
        } else {
            arguments += 1;
        }
    }
    let command = way.last().cloned().unwrap_or_default();
    let wanted = match pending {
        Some(arg) => Wanted::Value(arg, String::new()),
        None if !ended && last.starts_with("--") && last.contains('=') => match flag(&way, &last) {
            Some(arg) => {
                let (name, value) = last.split_once('=').unwrap_or_default();
                let head = format!("{name}=");
                return Place {
                    wanted: Wanted::Value(arg, head),
                    typed: value.to_owned(),
                    flags: Vec::new(),
                };
            }
            None => Wanted::Argument(names.join(" "), command, arguments),
        },
        None if command.has_subcommands() && arguments == 0 => Wanted::Verb(command),
        None => Wanted::Argument(names.join(" "), command, arguments),
    };
    let flags = if ended || matches!(wanted, Wanted::Value(..)) { Vec::new() } else { way };
    Place { wanted, typed: last, flags }
}

/// Whether a word is a flag rather than a tag that is not wanted.
fn is_flag(way: &[Command], word: &str) -> bool {
    word.starts_with("--") || word.len() == 2 && word.starts_with('-') && flag(way, word).is_some()
}

/// The flag a word names.
fn flag(way: &[Command], word: &str) -> Option<Arg> {
    let mut all = way.iter().flat_map(Command::get_arguments).filter(|arg| !arg.is_positional());
    let found = match word.strip_prefix("--") {
        Some(long) => {
            let long = long.split('=').next().unwrap_or_default();
            all.find(|arg| arg.get_long() == Some(long))
        }
        None => {
            let short = word.chars().nth(1);
            all.find(|arg| arg.get_short().is_some() && arg.get_short() == short)
        }
    };
    found.cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args;

    fn placed(line: &str) -> (String, String) {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let place = place(args::whole(), &words);
        let wanted = match place.wanted {
            Wanted::Verb(command) => format!("verb of {}", command.get_name()),
            Wanted::Value(arg, head) => format!("{head}{}", arg.get_id()),
            Wanted::Argument(name, _, before) => format!("{name} {before}"),
        };
        (wanted, place.typed)
    }

    #[test]
    fn the_cursor_is_found() {
        for (line, wanted, typed) in [
            ("", "verb of heph", ""),
            ("do", "verb of heph", "do"),
            ("done 7k", "done 0", "7k"),
            ("done 7k3 9", "done 1", "9"),
            ("--limit 5 done --dry-run 7k3 9", "done 1", "9"),
            ("page sh", "verb of page", "sh"),
            ("page show [[Ro", "page show 0", "[[Ro"),
            ("list --sort due,sc", "sort", "due,sc"),
            ("list --sort=due,sc", "--sort=sort", "due,sc"),
            ("list -n 5 -home +x", "list 1", "+x"),
            ("list -- --sort x", "list 1", "x"),
            ("conflicts restore 3f", "conflicts restore 0", "3f"),
            ("done list", "done 0", "list"),
            ("nonsense x", "1", "x"),
        ] {
            let (is, part) = placed(line);
            assert_eq!((is.as_str().trim_start(), part.as_str()), (wanted.trim_start(), typed), "{line}");
        }
    }
}
