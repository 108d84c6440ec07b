//! `heph dep`: what has to be finished before a task.

use clap::{ArgMatches, Command};
use heph_protocol::request::TaskModify;

use crate::args;
use crate::error::Failure;
use crate::output::{Outcome, changes};
use crate::session::Session;

const EXAMPLES: &str = "  heph dep 7k3 after 9ab
  heph dep 7k3 after 9ab 4cd
  heph dep 7k3 after 9ab --remove

  The first task waits until the others are finished. A circle is refused, with the way it would take.";

#[derive(Debug, clap::Args)]
struct Arguments {
    /// The task, `after`, and what has to be finished before it
    #[arg(value_name = "REF after REF", required = true)]
    words: Vec<String>,
    /// It no longer has to wait for them
    #[arg(long)]
    remove: bool,
}

/// Its command line.
pub(crate) fn command() -> Command {
    args::command::<Arguments>("dep", "Make a task wait for others", EXAMPLES)
}

/// Adds dependencies, or takes them away.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let Arguments { words, remove } = args::read(matches)?;
    let Some((task, others)) = understood(words) else {
        return Err(Failure::usage("two tasks are expected, with `after` between them")
            .hint("for example: heph dep 7k3 after 9ab"));
    };
    let sign = if remove { "-" } else { "" };
    let changes = others.iter().map(|other| format!("dep:{sign}{other}")).collect();
    let request = TaskModify { references: vec![task], changes, ..TaskModify::default() };
    let changed = session.call(&request)?;
    let (verb, already) =
        if remove { ("waits no more", "did not wait for that") } else { ("waits", "waits for that already") };
    changes::tasks(&mut session.out, verb, already, &changed)
}

/// The task, and those it waits for.
fn understood(words: Vec<String>) -> Option<(String, Vec<String>)> {
    let words = match <[String; 1]>::try_from(words) {
        Ok([only]) => only.split_whitespace().map(str::to_owned).collect(),
        Err(words) => words,
    };
    let mut words = words.into_iter();
    let task = words.next()?;
    let after = words.next()?;
    let others: Vec<String> = words.collect();
    (after == "after" && !others.is_empty()).then_some((task, others))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_stands_between_the_tasks() {
        let understood = |words: &[&str]| understood(words.iter().map(|word| (*word).to_owned()).collect());
        assert_eq!(understood(&["7k3", "after", "9ab"]), Some(("7k3".into(), vec!["9ab".into()])));
        assert_eq!(
            understood(&["7k3 after 9ab 4cd"]),
            Some(("7k3".into(), vec!["9ab".into(), "4cd".into()]))
        );
        assert_eq!(understood(&["a title", "after", "b c"]), Some(("a title".into(), vec!["b c".into()])));
        for bad in [&["7k3"][..], &["7k3", "after"], &["7k3", "9ab"], &["7k3", "before", "9ab"], &[]] {
            assert_eq!(understood(bad), None, "{bad:?}");
        }
    }
}
