//! `heph list`: tasks by a filter.

use clap::{ArgMatches, Command};
use heph_protocol::request::TaskList;
use heph_protocol::types::Task;
use serde_json::json;

use super::paging;
use crate::args::{self, words};
use crate::output::Outcome;
use crate::output::stream::Stream;
use crate::output::tasks::{self, TaskColumn};
use crate::session::Session;

const EXAMPLES: &str = "  heph list
  heph list proj:Home -errand 'due<fri'
  heph list '+phone or is:overdue' --sort due,score-
  heph list status:done closed.after:sow --columns id,closed,title
  heph list 'not (+home or +garden)' --ndjson
  heph list budget 'title.has:report'

  -word is the negative tag; for a tag that is also a short flag write not +n.
  heph filter explain '…' shows how a filter is understood.";

#[derive(Debug, clap::Args)]
struct Arguments {
    /// The filter: +tag -tag proj: due<fri is:overdue status:done words /re/ and or not ( ); quote what the shell would take, as 'due<fri'
    #[arg(value_name = "FILTER")]
    words: Vec<String>,
    /// Keys to sort by, - behind one for descending
    #[arg(long, value_name = "KEYS")]
    sort: Option<String>,
    /// What to show of each task
    #[arg(long, value_name = "COLUMNS", value_enum, value_delimiter = ',')]
    columns: Vec<TaskColumn>,
}

/// Its command line.
pub(crate) fn command() -> Command {
    args::command::<Arguments>("list", "List tasks by a filter; open ones unless it says otherwise", EXAMPLES)
}

/// Lists tasks.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let arguments: Arguments = args::read(matches)?;
    let (filter, asked_in) = (words::line(&arguments.words), session.context());
    let mut context = None;
    let columns = if arguments.columns.is_empty() { tasks::DEFAULT.to_vec() } else { arguments.columns };
    let row_columns = columns.clone();
    let row = move |task: &Task| tasks::row(&row_columns, task);
    let mut stream = Stream::new("tasks", tasks::columns(&columns), row, |task: &Task| &task.short);
    session.out.page();
    let more = paging::pages(
        session,
        |session, limit, page| {
            let sort = arguments.sort.clone();
            let (filter, asked_in) = (filter.clone(), asked_in.clone());
            let request = TaskList { filter, sort, limit: Some(limit), page, context: asked_in };
            let list = session.call(&request)?;
            context = list.context;
            Ok((list.tasks, list.next_page))
        },
        |session, tasks| stream.push(&mut session.out, tasks),
    )?;
    let shown = stream.count();
    let beside: Vec<_> = context.iter().map(|context| ("context", json!(context))).collect();
    stream.end(&mut session.out, &beside)?;
    if shown == 0 && !session.out.is_json() {
        session.out.note("no task matches");
    }
    paging::tell_more(session, more, shown);
    session.tell_context(context.as_ref());
    Ok(())
}
