//! What the arguments and flags of each verb stand for.
//!
//! A verb's first entry is its first argument, the last is all that follow. What is not listed here has no live
//! candidates; the choices of flags such as `--color` are known to clap.

use heph_protocol::request::Completion;

/// What an argument stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// What the daemon completes.
    Daemon(Completion),
    /// A task; a page where the word begins with `[[`.
    Node,
    /// A page, as `[[title]]`.
    Page,
    /// More tasks, or changes.
    TaskOrChange,
    /// One of these words, or a date.
    WordOrDate(&'static [&'static str]),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A conflict, by its id.
    Conflict,
    /// A machine of the account, by its name.
    Device,
    /// A setting of all machines, by its key.
    Setting,
    /// Columns of a list of tasks, with commas between.
    Columns,
    /// A file or folder.
    File,
    /// A text of one's own.
    Text,
}

use Takes::{
    Columns, Conflict, Daemon, Device, File, Node, Page, Setting, TaskOrChange, Text, Word, WordOrDate,
};

const TASK: Takes = Daemon(Completion::Tasks);
const FILTER: Takes = Daemon(Completion::Filter);
const CHANGE: Takes = Daemon(Completion::Change);
const DATE: Takes = Daemon(Completion::Dates);

/// Arguments, by verb.
const ARGUMENTS: &[(&str, &[Takes])] = &[
    ("add", &[CHANGE]),
    ("next", &[FILTER]),
    ("why", &[TASK, Text]),
    ("list", &[FILTER]),
    ("agenda", &[WordOrDate(&["day", "week"]), DATE]),
    ("show", &[Node, Text]),
    ("edit", &[Node, Text]),
    ("done", &[TASK]),
    ("start", &[TASK]),
    ("stop", &[TASK]),
    ("cancel", &[TASK]),
    ("reopen", &[Daemon(Completion::Closed)]),
    ("skip", &[TASK]),
    ("mod", &[TASK, TaskOrChange]),
    ("defer", &[TASK, DATE]),
    ("wait", &[TASK, Text]),
    ("time show", &[TASK, Text]),
    ("time add", &[TASK, Text]),
    ("time edit", &[TASK, Text]),
    ("time delete", &[TASK, Text]),
    ("pin", &[TASK]),
    ("unpin", &[TASK]),
    ("log", &[TASK, Text]),
    ("note", &[TASK, Text]),
    ("delete", &[Node]),
    ("restore", &[Daemon(Completion::Trashed)]),
    ("page new", &[Text]),
    ("page show", &[Page, Text]),
    ("page edit", &[Page, Text]),
    ("page list", &[Text]),
    ("page rename", &[Page, Text]),
    ("page links", &[Page, Text]),
    ("page backlinks", &[Node, Text]),
    ("page lint", &[Page, Text]),
    ("page history", &[Page, Text]),
    ("page diff", &[Page, Text]),
    ("page revert", &[Page, Text]),
    ("attach", &[Node, File]),
    ("attachment list", &[Node, Text]),
    ("attachment save", &[Node, Text, File]),
    ("attachment delete", &[Node, Text]),
    ("dep", &[TASK, Word(&["after"]), TASK]),
    ("sub", &[TASK, Text]),
    ("move", &[TASK, Word(&["first", "last", "before", "after"]), TASK]),
    ("duplicate", &[TASK, Text]),
    ("today", &[DATE]),
    ("capture", &[Text]),
    ("promote", &[Page, Text]),
    ("search", &[Text]),
    ("tags", &[Daemon(Completion::Tags), Text]),
    ("undo", &[Daemon(Completion::Undo), Text]),
    ("history", &[Node, Text]),
    ("filter explain", &[FILTER]),
    ("view save", &[Daemon(Completion::Views), FILTER]),
    ("view show", &[Daemon(Completion::Views), Text]),
    ("view delete", &[Daemon(Completion::Views), Text]),
    ("context set", &[Daemon(Completion::Contexts), FILTER]),
    ("context use", &[Daemon(Completion::Contexts), Text]),
    ("context delete", &[Daemon(Completion::Contexts), Text]),
    (
        "field add",
        &[Daemon(Completion::Fields), Word(&["string", "number", "date", "duration", "choice"]), Text],
    ),
    ("field delete", &[Daemon(Completion::Fields), Text]),
    ("config set", &[Setting, Text]),
    ("config unset", &[Setting]),
    ("conflicts restore", &[Conflict]),
    ("conflicts dismiss", &[Conflict]),
    ("hub devices", &[Text]),
    ("hub quota", &[Text, Text]),
    ("import taskwarrior", &[File]),
    ("import obsidian", &[File]),
    ("export markdown", &[File]),
    ("store backup", &[File]),
    ("store restore", &[File]),
];

/// Values of flags, whichever verb they are of.
const FLAGS: &[(&str, Takes)] = &[
    ("where", FILTER),
    ("sort", Daemon(Completion::Sort)),
    ("group", Daemon(Completion::Group)),
    ("columns", Columns),
    ("follow-up", DATE),
    ("from", DATE),
    ("to", DATE),
    ("revoke", Device),
    ("socket", File),
];

/// What the next argument of a verb stands for, with so many before it.
pub(super) fn argument(verb: &str, before: usize) -> Option<Takes> {
    let (_, takes) = ARGUMENTS.iter().find(|(name, _)| *name == verb)?;
    takes.get(before).or(takes.last()).copied()
}

/// What the value of a flag stands for.
pub(super) fn flag(name: &str) -> Option<Takes> {
    FLAGS.iter().find(|(known, _)| *known == name).map(|(_, takes)| *takes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args;

    #[test]
    fn every_verb_of_the_table_is_one() {
        let root = args::whole();
        for (name, _) in ARGUMENTS {
            let found = name.split(' ').try_fold(&root, |command, name| command.find_subcommand(name));
            assert!(found.is_some(), "{name}");
        }
    }

    /// A verb that takes arguments says what they stand for, so that nobody forgets a new one.
    #[test]
    fn every_verb_with_arguments_is_in_the_table() {
        fn check(command: &clap::Command, way: &str) {
            let name = if way.is_empty() {
                command.get_name().to_owned()
            } else {
                format!("{way} {}", command.get_name())
            };
            let has_choices = |arg: &clap::Arg| !arg.get_possible_values().is_empty();
            if command.get_positionals().any(|arg| !has_choices(arg)) && name != "__complete" {
                assert!(argument(&name, 0).is_some(), "`{name}` is not in the table");
            }
            command.get_subcommands().for_each(|command| check(command, &name));
        }
        args::whole().get_subcommands().for_each(|command| check(command, ""));
    }
}
