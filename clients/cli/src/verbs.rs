//! The table of verbs: what each is called, which command line it takes, what runs it.

use clap::{ArgMatches, Command};
use heph_protocol::request::Transition;

use crate::commands as c;
use crate::output::Outcome;
use crate::session::Session;

/// A verb of the command line.
pub(crate) struct Verb {
    /// What the user types.
    pub(crate) name: &'static str,
    /// Its arguments and help; built only when it is needed.
    pub(crate) command: fn() -> Command,
    /// Runs it.
    pub(crate) run: fn(&ArgMatches, &mut Session) -> Outcome,
}

macro_rules! verbs {
    ($($name:literal => $command:expr, $run:expr;)*) => {
        &[$(Verb { name: $name, command: || $command, run: |matches, session| $run(matches, session) },)*]
    };
}

/// All verbs, in the order of the help.
pub(crate) const VERBS: &[Verb] = verbs! {
    "add" => c::add::command(), c::add::run;
    "next" => c::next::command(), c::next::run;
    "why" => c::why::command(), c::why::run;
    "list" => c::list::command(), c::list::run;
    "agenda" => c::agenda::command(), c::agenda::run;
    "show" => c::show::command(), c::show::run;
    "edit" => c::edit::command(), c::edit::run;
    "done" => c::transition::command(Transition::Done), |m, s| c::transition::run(Transition::Done, m, s);
    "start" => c::transition::command(Transition::Start), |m, s| c::transition::run(Transition::Start, m, s);
    "stop" => c::transition::command(Transition::Stop), |m, s| c::transition::run(Transition::Stop, m, s);
    "cancel" => c::transition::command(Transition::Cancel), |m, s| c::transition::run(Transition::Cancel, m, s);
    "reopen" => c::transition::command(Transition::Reopen), |m, s| c::transition::run(Transition::Reopen, m, s);
    "skip" => c::transition::command(Transition::Skip), |m, s| c::transition::run(Transition::Skip, m, s);
    "mod" => c::modify::command(), c::modify::run;
    "defer" => c::defer::command(), c::defer::run;
    "wait" => c::wait::command(), c::wait::run;
    "time" => c::time::command(), c::time::run;
    "review" => c::review::command(), c::review::run;
    "pin" => c::pin::command(true), |m, s| c::pin::run(true, m, s);
    "unpin" => c::pin::command(false), |m, s| c::pin::run(false, m, s);
    "log" => c::log::command(), c::log::run;
    "note" => c::note::command(), c::note::run;
    "delete" => c::trash::delete_command(), c::trash::delete;
    "restore" => c::trash::restore_command(), c::trash::restore;
    "page" => c::page::command(), c::page::run;
    "attach" => c::attach::attach_command(), c::attach::attach;
    "attachment" => c::attach::command(), c::attach::run;
    "dep" => c::dep::command(), c::dep::run;
    "sub" => c::sub::command(), c::sub::run;
    "move" => c::place::command(), c::place::run;
    "duplicate" => c::duplicate::command(), c::duplicate::run;
    "home" => c::home::command(), c::home::run;
    "today" => c::today::command(), c::today::run;
    "capture" => c::capture::command(), c::capture::run;
    "journals" => c::journals::command(), c::journals::run;
    "promote" => c::promote::command(), c::promote::run;
    "search" => c::search::command(), c::search::run;
    "tags" => c::groupings::tags_command(), c::groupings::tags;
    "projects" => c::groupings::projects_command(), c::groupings::projects;
    "view" => c::view::command(), c::view::run;
    "field" => c::field::command(), c::field::run;
    "context" => c::context::command(), c::context::run;
    "undo" => c::undo::command(), c::undo::run;
    "redo" => c::redo::command(), c::redo::run;
    "history" => c::history::command(), c::history::run;
    "filter" => c::filter::command(), c::filter::run;
    "import" => c::import::command(), c::import::run;
    "export" => c::export::command(), c::export::run;
    "sync" => c::sync::command(), c::sync::run;
    "auth" => c::auth::command(), c::auth::run;
    "conflicts" => c::conflicts::command(), c::conflicts::run;
    "hub" => c::hub::command(), c::hub::run;
    "store" => c::store::command(), c::store::run;
    "daemon" => c::daemon::command(), c::daemon::run;
    "events" => c::events::command(), c::events::run;
    "doctor" => c::doctor::command(), c::doctor::run;
    "config" => c::config::command(), c::config::run;
    "plugin" => c::plugin::command(), c::plugin::run;
    "completions" => c::completions::command(), c::completions::run;
    "__complete" => c::complete::command(), c::complete::run;
    "man" => c::man::command(), c::man::run;
};

/// A command with its sentence and its examples.
pub(crate) fn described(command: Command, about: &'static str, examples: &'static str) -> Command {
    command.about(about).after_help(format!("Examples:\n{examples}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verbs_command_has_its_name_and_every_help_text_an_example() {
        for verb in VERBS {
            let command = (verb.command)();
            assert_eq!(command.get_name(), verb.name);
            check(&command);
        }
    }

    fn check(command: &Command) {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        assert!(help.starts_with("Examples:\n  heph "), "`{}` shows no example", command.get_name());
        assert!(command.get_about().is_some(), "`{}` says not what it does", command.get_name());
        command.get_subcommands().for_each(check);
    }
}
