//! `heph mod`: fields of tasks.

use clap::{ArgMatches, Command};
use heph_protocol::request::{Scope, TaskModify};
use heph_protocol::response::TasksChanged;

use super::bulk::{self, Said};
use crate::args::references::{Split, before_changes};
use crate::args::{self, DryRun};
use crate::error::{Exit, Failure};
use crate::output::{Outcome, changes};
use crate::session::Session;

const EXAMPLES: &str = "  heph mod 7k3 due:fri p1 +phone -home
  heph mod 7k3 9ab proj:Home
  heph mod \"Call the bank\" due:
  heph mod 7k3 title:\"Call the bank about the card\"
  heph mod 7k3 every:\"2 weeks on mon,thu\"
  heph mod 7k3 --this due:sat
  heph mod 7k3 --series due:sat every:sat
  heph mod --where '+home due<today' due:tomorrow --dry-run

  The leading words in the shape of an id (3 to 12 letters and digits without i l o u), @last, [[…]] and whole ids are
  the tasks; the changes begin at the first other word. Words without a key become the title. key: empties a field.";

#[derive(Debug, clap::Args)]
struct Arguments {
    /// The tasks, then the changes: +tag -tag p1 due:fri due: proj:Home title:…
    #[arg(value_name = "REF… CHANGE…")]
    words: Vec<String>,
    /// Change all tasks that match instead
    #[arg(long = "where", value_name = "FILTER")]
    filter: Option<String>,
    /// Move only the current occurrence of a recurring task
    #[arg(long, conflicts_with = "series")]
    this: bool,
    /// Move the current occurrence and all that follow
    #[arg(long)]
    series: bool,
    #[command(flatten)]
    dry: DryRun,
}

/// Its command line.
pub(crate) fn command() -> Command {
    args::command::<Arguments>("mod", "Change fields of tasks", EXAMPLES)
}

/// Changes fields, all or none; asks above three tasks.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let arguments: Arguments = args::read(matches)?;
    let request = request(arguments)?;
    if request.dry_run {
        let changed = ask(session, &request)?;
        return changes::tasks(&mut session.out, "would change", "already so", &changed);
    }
    let count = match &request.filter {
        // How many match, only the daemon knows.
        Some(_) if !session.global.yes => {
            session.call(&TaskModify { dry_run: true, ..request.clone() })?.count
        }
        _ => request.references.len() as u64,
    };
    bulk::confirm(session, "change", count)?;
    let changed = ask(session, &request)?;
    if request.filter.is_none() {
        return changes::tasks(&mut session.out, "changed", "already so", &changed);
    }
    bulk::tell(session, Said { would: "change", done: "changed", already: "already so" }, &changed)
}

/// Asks the daemon; where a word of a new title may have been taken for a reference, an error says so.
fn ask(session: &mut Session, request: &TaskModify) -> Outcome<TasksChanged> {
    session.call(request).map_err(|failure| match failure.exit() {
        Some(Exit::NotFound) if request.references.len() > 1 => {
            failure.hint_first("leading words in the shape of an id are tasks; for a title write title:\"…\"")
        }
        _ => failure,
    })
}

fn request(arguments: Arguments) -> Outcome<TaskModify> {
    let Arguments { words, filter, this, series, dry } = arguments;
    let scope = match (this, series) {
        (true, _) => Scope::This,
        (_, true) => Scope::Series,
        _ => Scope::Usual,
    };
    let split = before_changes(words);
    let (references, changes) = match &filter {
        Some(_) => {
            let Split { references, rest } = split;
            // With a filter every word is a change; the first one may look like a reference all the same.
            (Vec::new(), references.into_iter().chain(rest).collect())
        }
        None => (split.references, split.rest),
    };
    if filter.is_none() && references.is_empty() {
        return Err(Failure::usage("no task is named")
            .hint("for example: heph mod 7k3 due:fri, or --where '<filter>'"));
    }
    if changes.is_empty() {
        return Err(Failure::usage("no change is named").hint("for example: heph mod 7k3 due:fri p1 +phone"));
    }
    Ok(TaskModify { references, filter, changes, scope, dry_run: dry.dry_run })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(words: &[&str], filter: Option<&str>) -> Outcome<TaskModify> {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        request(Arguments {
            words,
            filter: filter.map(str::to_owned),
            this: false,
            series: false,
            dry: DryRun::default(),
        })
    }

    #[test]
    fn references_come_first_unless_a_filter_names_the_tasks() {
        let by_reference = made(&["7k3", "due:fri"], None).unwrap();
        assert_eq!((by_reference.references.len(), by_reference.changes), (1, vec!["due:fri".to_owned()]));
        let by_filter = made(&["abc", "p1"], Some("+x")).unwrap();
        assert_eq!((by_filter.references.len(), by_filter.changes.join(" ")), (0, "abc p1".to_owned()));
    }

    #[test]
    fn something_has_to_be_named() {
        for words in [&[][..], &["7k3"], &["due:fri"]] {
            assert_eq!(made(words, None).unwrap_err().exit(), Some(Exit::Usage), "{words:?}");
        }
        assert_eq!(made(&[], Some("+x")).unwrap_err().exit(), Some(Exit::Usage));
    }
}
