//! `heph move`: the order of tasks by hand.

use clap::{ArgMatches, Command};
use heph_protocol::request::TaskMove;

use crate::args;
use crate::error::Failure;
use crate::output::{Outcome, changes};
use crate::session::Session;

const EXAMPLES: &str = "  heph move 7k3 before 9ab
  heph move 7k3 after 9ab
  heph move 7k3 first

  Among the parts of the same task, or else the tasks of the same project.";

#[derive(Debug, clap::Args)]
struct Arguments {
    /// The task, then first, last, before REF or after REF
    #[arg(value_name = "REF PLACE", required = true)]
    words: Vec<String>,
}

/// Its command line.
pub(crate) fn command() -> Command {
    args::command::<Arguments>("move", "Put a task elsewhere in its list", EXAMPLES)
}

/// Moves a task.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let Arguments { words } = args::read(matches)?;
    let request = understood(&words).ok_or_else(|| {
        Failure::usage("a place is expected: first, last, before or after another task")
            .hint("for example: heph move 7k3 before 9ab")
    })?;
    let moved = session.call(&request)?;
    changes::tasks(&mut session.out, "moved", "there already", &moved)
}

fn understood(words: &[String]) -> Option<TaskMove> {
    let one = |reference: &String| TaskMove { reference: reference.clone(), ..TaskMove::default() };
    match words {
        [task, place] if place == "first" => Some(TaskMove { first: true, ..one(task) }),
        [task, place] if place == "last" => Some(one(task)),
        [task, place, other] if place == "before" => {
            Some(TaskMove { before: Some(other.clone()), ..one(task) })
        }
        [task, place, other] if place == "after" => {
            Some(TaskMove { after: Some(other.clone()), ..one(task) })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_understood() {
        let read = |line: &str| understood(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert!(read("7k3 first").unwrap().first);
        assert_eq!(read("7k3 last").unwrap(), TaskMove { reference: "7k3".into(), ..TaskMove::default() });
        assert_eq!(read("7k3 before 9ab").unwrap().before.as_deref(), Some("9ab"));
        assert_eq!(read("7k3 after 9ab").unwrap().after.as_deref(), Some("9ab"));
        for bad in ["7k3", "7k3 up", "7k3 before", "7k3 first 9ab"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
