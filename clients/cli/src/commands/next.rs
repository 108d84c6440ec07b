//! `heph next`: what to do now, best first.

use clap::{ArgMatches, Command};
use heph_protocol::request::TaskNext;
use heph_protocol::types::Task;
use serde_json::json;

use crate::args::{self, words};
use crate::output::stream::Stream;
use crate::output::{Outcome, tasks};
use crate::session::Session;

const EXAMPLES: &str = "  heph next
  heph next -n 3
  heph next +phone
  heph next proj:Home -errand
  heph next --json";

#[derive(Debug, clap::Args)]
struct Arguments {
    /// Only tasks that match this filter
    #[arg(value_name = "FILTER")]
    words: Vec<String>,
}

/// Its command line.
pub(crate) fn command() -> Command {
    args::command::<Arguments>("next", "Show what to do next, best first", EXAMPLES)
}

/// Shows the available tasks.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let arguments: Arguments = args::read(matches)?;
    let filter = words::line(&arguments.words);
    let (limit, context) = (session.global.limit, session.context());
    let next = session.call(&TaskNext { limit, filter, context })?;
    session.out.page();
    let mut stream = stream();
    stream.push(&mut session.out, &next.tasks)?;
    let shown = stream.count();
    let mut beside = vec![("available", next.available.into())];
    beside.extend(next.context.as_ref().map(|context| ("context", json!(context))));
    stream.end(&mut session.out, &beside)?;
    if session.out.is_json() {
        return Ok(());
    }
    if shown == 0 {
        session.out.note("nothing to do next: heph add … adds a task, heph list shows what is held back");
    } else if shown < next.available && session.out.look.terminal {
        session
            .out
            .note(&format!("{shown} of {} available: -n {} shows all", next.available, next.available));
    }
    session.tell_context(next.context.as_ref());
    Ok(())
}

/// A list of tasks in the usual columns.
pub(crate) fn stream<'a>() -> Stream<'a, Task> {
    Stream::new(
        "tasks",
        tasks::columns(tasks::DEFAULT),
        |task| tasks::row(tasks::DEFAULT, task),
        |task: &Task| &task.short,
    )
}
