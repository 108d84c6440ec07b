//! `heph __complete`: candidates for the shells' completion scripts, quick and silent.

mod line;
mod table;

use std::sync::mpsc;
use std::time::Duration;

use clap::builder::PossibleValue;
use clap::{Arg, ArgMatches, Command, ValueEnum as _};
use heph_client::Client;
use heph_protocol::request::{Complete, Completion, ConflictList, SettingsList, SyncDevices};
use heph_protocol::response::Candidate;

use self::line::{Place, Wanted, place};
use self::table::Takes;
use crate::args;
use crate::args::references::looks_like_reference;
use crate::output::Outcome;
use crate::output::tasks::TaskColumn;
use crate::output::text::clean;
use crate::session::Session;
use crate::verbs::{VERBS, described};

/// What a person at a prompt does not notice. After it there are no candidates.
const PATIENCE: Duration = Duration::from_millis(100);

/// Candidates are for choosing among.
const LIMIT: u32 = 50;

/// The line that tells a script to offer files.
const FILES: &str = "\tfiles\n";

/// Its command line; hidden, since only the scripts call it.
pub(crate) fn command() -> Command {
    let examples = "  heph __complete done 7k\n  heph __complete -- list --sort due,sc";
    described(Command::new("__complete"), "Print candidates for the last word of a command line", examples)
        .hide(true)
        .arg(Arg::new("words").num_args(0..))
}

/// Prints `value<TAB>label` lines, the whole word each; nothing at all when something is wrong or slow.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let words: Vec<String> = matches.get_many("words").into_iter().flatten().cloned().collect();
    let Place { wanted, typed, flags } = place(root(&words), &words);
    let mut found = flag_names(&flags, &typed);
    match wanted {
        Wanted::Verb(command) => found.extend(verbs(&command, &typed)),
        Wanted::Value(arg, head) => {
            let known = choices(&arg, &typed);
            let live = match arg.get_long().and_then(table::flag) {
                Some(Takes::File) if known.is_empty() => return session.out.verbatim(FILES.as_bytes()),
                Some(takes) if known.is_empty() => live(session, takes, &typed),
                _ => known,
            };
            found.extend(live.into_iter().map(|one| Candidate { value: head.clone() + &one.value, ..one }));
        }
        Wanted::Argument(verb, command, before) => {
            let known = command.get_positionals().flat_map(|arg| choices(arg, &typed));
            found.extend(known);
            match table::argument(&verb, before) {
                Some(Takes::File) => return session.out.verbatim(FILES.as_bytes()),
                // What begins with two dashes is a flag.
                Some(takes) if !typed.starts_with("--") => found.extend(live(session, takes, &typed)),
                _ => {}
            }
        }
    }
    let typed_before = words.split_last().map_or(&[][..], |(_, before)| before);
    let is_new = |candidate: &&Candidate| !typed_before.contains(&candidate.value);
    for candidate in found.iter().filter(is_new) {
        session.out.verbatim(line(candidate).as_bytes())?;
    }
    Ok(())
}

/// `heph` with the verb that is typed already; with all of them while none is: the whole tree costs more than the daemon.
fn root(words: &[String]) -> Command {
    let before = words.split_last().map_or(&[][..], |(_, before)| before);
    let verb = before.iter().find_map(|word| VERBS.iter().find(|verb| verb.name == *word));
    verb.map_or_else(args::whole, |verb| args::root().subcommand((verb.command)()))
}

/// Verbs that begin so.
fn verbs(command: &Command, typed: &str) -> Vec<Candidate> {
    let verbs = command.get_subcommands().filter(|verb| !verb.is_hide_set());
    let begun = verbs.filter(|verb| verb.get_name().starts_with(typed));
    begun.map(|verb| candidate(verb.get_name(), verb.get_about())).collect()
}

/// Flags that begin so.
fn flag_names(way: &[Command], typed: &str) -> Vec<Candidate> {
    if !typed.starts_with('-') {
        return Vec::new();
    }
    let own = way.iter().rev().flat_map(Command::get_arguments);
    let mut found: Vec<Candidate> = own
        .filter(|arg| !arg.is_hide_set())
        .filter_map(|arg| Some(candidate(&format!("--{}", arg.get_long()?), arg.get_help())))
        .collect();
    found.push(candidate("--help", Some(&"Print help".into())));
    found.retain(|flag| flag.value.starts_with(typed));
    found
}

/// What clap knows of the values of an argument.
fn choices(arg: &Arg, typed: &str) -> Vec<Candidate> {
    chosen(arg.get_possible_values().into_iter(), typed)
}

/// What is typed before its last value, and that.
fn before_last(typed: &str) -> (&str, &str) {
    typed.split_at(typed.rfind(',').map_or(0, |comma| comma + 1))
}

/// Values that begin as the last one typed, those before it aside.
fn chosen(values: impl Iterator<Item = PossibleValue>, typed: &str) -> Vec<Candidate> {
    let (before, last) = before_last(typed);
    let is_used = |name: &str| before.split(',').any(|used| used == name);
    let values = values.filter(|value| !value.is_hide_set());
    let begun = values.filter(|value| value.get_name().starts_with(last) && !is_used(value.get_name()));
    begun.map(|value| candidate(&format!("{before}{}", value.get_name()), value.get_help())).collect()
}

fn candidate(value: &str, label: Option<&clap::builder::StyledStr>) -> Candidate {
    Candidate { value: value.to_owned(), label: label.map(ToString::to_string).unwrap_or_default() }
}

/// What the daemon knows, if it says so in time.
fn live(session: &Session, takes: Takes, typed: &str) -> Vec<Candidate> {
    let mut client = session.quiet_client();
    let typed = typed.to_owned();
    let (sender, receiver) = mpsc::channel();
    // The client's own deadline is 5 s. The thread is left behind when time is up; it ends with the process.
    std::thread::spawn(move || {
        // Nobody listens any more when time is up.
        let _ = sender.send(asked(&mut client, takes, &typed));
    });
    receiver.recv_timeout(PATIENCE).unwrap_or_default()
}

fn asked(client: &mut Client, takes: Takes, typed: &str) -> Vec<Candidate> {
    let mut complete = |what, prefix: &str| {
        let request = Complete { what, prefix: prefix.to_owned(), limit: Some(LIMIT) };
        client.call(&request).map(|reply| reply.candidates).unwrap_or_default()
    };
    match takes {
        Takes::Daemon(what) => complete(what, typed),
        Takes::Page => linked(complete(Completion::Pages, typed.trim_start_matches("[["))),
        Takes::Node => match typed.strip_prefix("[[") {
            Some(title) => linked(complete(Completion::Pages, title)),
            None => complete(Completion::Tasks, typed),
        },
        Takes::TaskOrChange => {
            let mut found = complete(Completion::Change, typed);
            if looks_like_reference(typed) || !typed.is_empty() && found.is_empty() {
                found.extend(complete(Completion::Tasks, typed));
            }
            found
        }
        Takes::WordOrDate(words) => {
            let mut found = begun(words, typed);
            found.extend(complete(Completion::Dates, typed));
            found
        }
        Takes::Word(words) => begun(words, typed),
        Takes::Conflict => {
            let conflicts = client.call(&ConflictList {}).map(|reply| reply.conflicts).unwrap_or_default();
            let shown = conflicts.into_iter().map(|conflict| Candidate {
                label: format!("{} of {}", conflict.field, conflict.node.title),
                value: conflict.id,
            });
            shown.filter(|one| one.value.starts_with(typed)).take(LIMIT as usize).collect()
        }
        Takes::Device => {
            let devices = client.call(&SyncDevices {}).map(|reply| reply.devices).unwrap_or_default();
            let shown = devices.into_iter().map(|device| Candidate { value: device.name, label: device.id });
            shown.filter(|one| one.value.starts_with(typed) || one.label.starts_with(typed)).collect()
        }
        Takes::Setting => {
            let settings = client.call(&SettingsList {}).map(|reply| reply.settings).unwrap_or_default();
            let shown = settings.into_iter().map(|one| Candidate { value: one.key, label: one.meaning });
            shown.filter(|one| one.value.starts_with(typed)).collect()
        }
        Takes::Columns => {
            let (before, last) = before_last(typed);
            let own = complete(Completion::Fields, last);
            let own = own.into_iter().map(|one| Candidate { value: format!("{before}{}", one.value), ..one });
            let known = TaskColumn::value_variants().iter().filter_map(TaskColumn::to_possible_value);
            chosen(known, typed).into_iter().chain(own).collect()
        }
        Takes::File | Takes::Text => Vec::new(),
    }
}

fn begun(words: &[&str], typed: &str) -> Vec<Candidate> {
    let begun = words.iter().filter(|word| word.starts_with(typed));
    begun.map(|word| Candidate { value: (*word).to_owned(), label: String::new() }).collect()
}

fn linked(pages: Vec<Candidate>) -> Vec<Candidate> {
    let link = |page: Candidate| Candidate { value: format!("[[{}]]", page.value), ..page };
    pages.into_iter().map(link).collect()
}

fn line(candidate: &Candidate) -> String {
    format!("{}\t{}\n", clean(&candidate.value), clean(&candidate.label))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_one_tab_whatever_the_title() {
        let candidate = Candidate { value: "7k3".into(), label: "Call\tthe\nbank".into() };
        assert_eq!(line(&candidate), "7k3\tCall the bank\n");
    }

    #[test]
    fn flags_and_choices_come_with_what_they_do() {
        let root = args::whole();
        let list = root.find_subcommand("list").unwrap().clone();
        let flags = flag_names(&[root.clone(), list.clone()], "--so");
        let names: Vec<&str> = flags.iter().map(|flag| flag.value.as_str()).collect();
        assert_eq!(names, ["--sort", "--socket"]);
        assert!(flags.iter().all(|flag| !flag.label.is_empty()));
        let columns = || TaskColumn::value_variants().iter().filter_map(TaskColumn::to_possible_value);
        let found = chosen(columns(), "id,tit");
        assert_eq!(found[0].value, "id,title");
        assert_eq!(found[0].label, "Title");
        assert!(chosen(columns(), "id,i").is_empty());
        assert!(verbs(&root, "__").is_empty());
    }
}
