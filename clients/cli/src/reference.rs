//! The reference of the command line as Markdown, made from the commands themselves.

use clap::{Arg, Command};

use crate::args;

const HEAD: &str = "# The command line

Data goes to standard output, everything else to standard error. A closed pipe is success. Nothing is asked where
standard input is no terminal: the command fails and says `--yes`.

## References

A task or page is named by its short id or any unique prefix of it, its whole id, `@last` for the one touched last, a quoted
title that is unique, or `[[Title]]`; what has a capital letter is looked for among the titles first. In `mod`, the leading words in the shape of an id
(3 to 12 of the digits and letters without `i l o u`), `@last`, `[[…]]` and whole ids are the tasks; the changes begin at
the first other word. In `defer` the last word always belongs to the date. A reference that names nothing is an error and
nothing is changed.

## Words and flags

Where a verb takes free words (`add`, `list`, `next`, `mod`, `log`, `capture`, `filter explain`), `-word` is a word: in a
filter the negative tag, in `mod` the tag to take away. Only an argument that is exactly a flag is one; for a tag named
like a short flag write `not +n`. `--` ends the flags. One quoted string means the same as its words.

## Exit codes

| code | meaning |
|---|---|
| 0 | done; an empty list too |
| 1 | a fault while running |
| 2 | the command line, a filter or a date cannot be understood |
| 3 | nothing answers to a reference |
| 4 | several things answer to a reference |
| 5 | refused by a rule |
| 6 | the thing changed meanwhile |
| 69 | no daemon answers |
| 70 | a fault of heph |
| 75 | busy, or the hub is offline; try again (what was written is kept) |
| 77 | not logged in: `heph auth login` |
| 78 | not supported, or a configuration that cannot be used |
| 130 | interrupted, or a question was answered with no |

With `--json` or `--ndjson` an error is one line on standard error:
`{\"error\":{\"code\":\"not_found\",\"message\":\"…\",\"hint\":\"…\"}}`.

## Environment

| variable | meaning |
|---|---|
| `HEPH_SOCKET` | the daemon's socket, instead of `~/.local/share/heph/hephd.sock` |
| `HEPH_DB` | the store the daemon is expected to serve; another one is warned of |
| `HEPH_CONTEXT` | the context to ask in, instead of the one this machine is in: a name, or a filter; empty for none |
| `HEPH_CONFIG` | the configuration file, instead of `~/.config/heph/config.toml` |
| `VISUAL`, `EDITOR` | the editor |
| `PAGER` | the pager of long output on a terminal |
| `NO_COLOR`, `CLICOLOR_FORCE`, `TERM=dumb` | colour never, always, never |
| `COLUMNS` | the width of tables |
| `TZ` | the zone in which the user lives now |

The table `[cli]` of the configuration file holds `color`, `context`, `editor`, `limit` and `pager`.
The table `[tui]` is the terminal UI's, which heeds `context` and `editor` too.
";

/// The reference of the command line, as Markdown.
pub fn reference_markdown() -> String {
    let mut text = HEAD.to_owned();
    let root = args::root();
    text.push_str("\n## Flags of every verb\n\n");
    flags(&mut text, &root);
    text.push_str("\n## Verbs\n");
    for verb in args::whole().get_subcommands().filter(|verb| !verb.is_hide_set()) {
        describe(&mut text, verb, "heph", 3);
    }
    text
}

fn describe(text: &mut String, command: &Command, parent: &str, level: usize) {
    let name = format!("{parent} {}", command.get_name());
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    text.push_str(&format!("\n{} {name}\n\n{about}.\n\n", "#".repeat(level)));
    let subcommands: Vec<&Command> = command.get_subcommands().collect();
    if subcommands.is_empty() {
        text.push_str(&format!("```text\n{name}{}\n```\n\n", usage(command)));
    }
    let positionals: Vec<&Arg> = command.get_positionals().collect();
    for argument in &positionals {
        text.push_str(&format!("- `{}`: {}\n", shown(argument), help(argument)));
    }
    flags(text, command);
    if let (Some(examples), true) = (command.get_after_help(), subcommands.is_empty()) {
        let examples = examples.to_string();
        let (code, remarks) = examples.split_once("\n\n").unwrap_or((&examples, ""));
        let code: Vec<&str> = code.lines().skip(1).map(str::trim_start).collect();
        text.push_str(&format!("\n```sh\n{}\n```\n", code.join("\n")));
        if !remarks.is_empty() {
            let remarks: Vec<&str> = remarks.lines().map(str::trim).collect();
            text.push_str(&format!("\n{}\n", remarks.join("\n")));
        }
    }
    for subcommand in subcommands {
        describe(text, subcommand, &name, level + 1);
    }
}

fn usage(command: &Command) -> String {
    let mut usage = String::new();
    if command.get_arguments().any(|argument| !argument.is_positional()) {
        usage.push_str(" [flags]");
    }
    for argument in command.get_positionals() {
        let name = shown(argument);
        usage.push_str(&if argument.is_required_set() { format!(" {name}") } else { format!(" [{name}]") });
    }
    usage
}

/// The placeholder of an argument: `REF…`.
fn shown(argument: &Arg) -> String {
    let names = argument.get_value_names().unwrap_or_default();
    let name =
        names.first().map_or_else(|| argument.get_id().to_string().to_uppercase(), ToString::to_string);
    let many = argument.get_num_args().is_some_and(|range| range.max_values() > 1);
    let many = many || matches!(argument.get_action(), clap::ArgAction::Append);
    if many && !name.contains('…') { format!("{name}…") } else { name }
}

fn help(argument: &Arg) -> String {
    argument.get_help().map(ToString::to_string).unwrap_or_default()
}

fn flags(text: &mut String, command: &Command) {
    for flag in
        command.get_arguments().filter(|argument| !argument.is_positional() && !argument.is_hide_set())
    {
        let long = flag.get_long().map(|long| format!("--{long}")).unwrap_or_default();
        let short = flag.get_short().map(|short| format!(", -{short}")).unwrap_or_default();
        let value =
            if flag.get_action().takes_values() { format!(" {}", shown(flag)) } else { String::new() };
        text.push_str(&format!("- `{long}{value}{short}`: {}", help(flag)));
        let values: Vec<String> =
            flag.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect();
        if !values.is_empty() && flag.get_action().takes_values() && !flag.is_hide_possible_values_set() {
            text.push_str(&format!(" ({})", values.join(", ")));
        }
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verbs::VERBS;

    #[test]
    fn the_reference_names_every_verb_but_the_hidden_one() {
        let text = reference_markdown();
        for verb in VERBS {
            let heading = format!("\n### heph {}\n", verb.name);
            assert_eq!(text.contains(&heading), verb.name != "__complete", "{}", verb.name);
        }
        assert!(text.contains("\n#### heph page new\n"));
        assert!(text.contains("heph add Call the bank due:fri p1 +phone proj:Home"));
    }
}
