//! `heph __complete`: live candidates for the shells' completion scripts, quick and silent.

use std::sync::mpsc;
use std::time::Duration;

use clap::{Arg, ArgMatches, Command};
use heph_protocol::request::{Complete, Completion};
use heph_protocol::response::Candidate;

use crate::output::Outcome;
use crate::output::text::clean;
use crate::session::Session;
use crate::verbs::described;

/// What a person at a prompt does not notice. After it there are no candidates.
const PATIENCE: Duration = Duration::from_millis(100);

/// Candidates are for choosing among.
const LIMIT: u32 = 50;

/// Verbs whose arguments are tasks (or, for some, pages as well).
const OF_TASKS: &[&str] = &[
    "why", "show", "edit", "done", "start", "stop", "cancel", "reopen", "skip", "mod", "defer", "pin",
    "unpin", "log", "note", "delete", "restore", "history",
];

/// Verbs whose arguments are pages.
const OF_PAGES: &[&str] = &[
    "page show",
    "page edit",
    "page links",
    "page backlinks",
    "page rename",
    "page history",
    "page diff",
    "page revert",
    "page lint",
    "promote",
];

/// Its command line; hidden, since only the scripts call it.
pub(crate) fn command() -> Command {
    described(Command::new("__complete"), "Print candidates for a word", "  heph __complete done 7k")
        .hide(true)
        .arg(Arg::new("words").num_args(0..=2))
}

/// What a word stands for, and what of it is typed behind its sign or key.
fn asked<'a>(verb: &str, word: &'a str) -> Option<(Completion, &'static str, &'a str)> {
    if let Some(tag) = word.strip_prefix('+') {
        return Some((Completion::Tags, "+", tag));
    }
    if let Some(tag) = word.strip_prefix('-') {
        return Some((Completion::Tags, "-", tag));
    }
    if let Some(project) = word.strip_prefix("proj:") {
        return Some((Completion::Projects, "proj:", project));
    }
    if let Some(title) = word.strip_prefix("[[") {
        return Some((Completion::Pages, "[[", title));
    }
    if OF_PAGES.contains(&verb) {
        return Some((Completion::Pages, "[[", word));
    }
    OF_TASKS.contains(&verb).then_some((Completion::Tasks, "", word))
}

/// Prints `value<TAB>label` lines; nothing at all when something is wrong or slow.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let words: Vec<&String> = matches.get_many("words").into_iter().flatten().collect();
    let verb = words.first().map_or("", |verb| verb.as_str());
    let word = words.get(1).map_or("", |word| word.as_str());
    let Some((what, sign, prefix)) = asked(verb, word) else { return Ok(()) };
    let request = Complete { what, prefix: prefix.to_owned(), limit: Some(LIMIT) };
    let mut client = session.quiet_client();
    let (sender, receiver) = mpsc::channel();
    // The client's own deadline is 5 s. The thread is left behind when time is up; it ends with the process.
    std::thread::spawn(move || {
        if let Ok(reply) = client.call(&request) {
            // Nobody listens any more when time is up.
            let _ = sender.send(reply.candidates);
        }
    });
    for candidate in receiver.recv_timeout(PATIENCE).unwrap_or_default() {
        session.out.verbatim(line(sign, &candidate).as_bytes())?;
    }
    Ok(())
}

fn line(sign: &str, candidate: &Candidate) -> String {
    let end = if sign == "[[" { "]]" } else { "" };
    format!("{sign}{}{end}\t{}\n", clean(&candidate.value), clean(&candidate.label))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_says_by_its_sign_what_it_stands_for() {
        assert_eq!(asked("add", "+ho"), Some((Completion::Tags, "+", "ho")));
        assert_eq!(asked("list", "-ho"), Some((Completion::Tags, "-", "ho")));
        assert_eq!(asked("list", "proj:Ho"), Some((Completion::Projects, "proj:", "Ho")));
        assert_eq!(asked("show", "[[Tri"), Some((Completion::Pages, "[[", "Tri")));
        assert_eq!(asked("page show", "Tri"), Some((Completion::Pages, "[[", "Tri")));
        assert_eq!(asked("page rename", "Tri"), Some((Completion::Pages, "[[", "Tri")));
        assert_eq!(asked("page", "sh"), None);
        assert_eq!(asked("done", "7k"), Some((Completion::Tasks, "", "7k")));
        assert_eq!(asked("add", "Ca"), None);
    }

    #[test]
    fn a_line_has_one_tab_whatever_the_title() {
        let candidate = Candidate { value: "7k3".into(), label: "Call\tthe\nbank".into() };
        assert_eq!(line("", &candidate), "7k3\tCall the bank\n");
    }
}
