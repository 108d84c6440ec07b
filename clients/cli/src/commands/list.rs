//! `heph list`: tasks by a filter.

use std::cell::RefCell;

use clap::{ArgMatches, Command};
use heph_protocol::request::TaskList;
use heph_protocol::types::{Task, TaskGroup};

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
  heph list --group project --sort due
  heph list 'links:[[Trip to Rome]]' --columns id,title,created
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
    /// What to show together: project, area, tag (the first of each task), due, status, priority or none
    #[arg(long, value_name = "WHAT")]
    group: Option<String>,
    /// What to show of each task, with commas between
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
    let filter = session.scoped(&words::line(&arguments.words));
    let columns = if arguments.columns.is_empty() { tasks::DEFAULT.to_vec() } else { arguments.columns };
    let row_columns = columns.clone();
    let row = move |task: &Task| tasks::row(&row_columns, task);
    let mut stream = Stream::new("tasks", tasks::columns(&columns), row, |task: &Task| &task.short);
    let (fetched, mut all) = (RefCell::new(Vec::new()), Vec::new());
    session.out.page();
    let more = paging::pages(
        session,
        |session, limit, page| {
            let (sort, group) = (arguments.sort.clone(), arguments.group.clone());
            let list =
                session.call(&TaskList { filter: filter.clone(), sort, group, limit: Some(limit), page })?;
            *fetched.borrow_mut() = list.groups;
            Ok((list.tasks, list.next_page))
        },
        |session, tasks| match fetched.take() {
            none if none.is_empty() => stream.push(&mut session.out, tasks),
            groups => push_groups(session, &mut stream, &mut all, groups, tasks),
        },
    )?;
    let shown = stream.count();
    let groups = if all.is_empty() { None } else { Some(("groups", serde_json::json!(all))) };
    stream.end(&mut session.out, groups.as_slice())?;
    if shown == 0 && !session.out.is_json() {
        session.out.note("no task matches");
    }
    paging::tell_more(session, more, shown);
    Ok(())
}

/// Prints a page in its groups; one that goes on from the page before has its heading already.
fn push_groups(
    session: &mut Session,
    stream: &mut Stream<'_, Task>,
    all: &mut Vec<TaskGroup>,
    groups: Vec<TaskGroup>,
    tasks: &[Task],
) -> Outcome {
    stream.lay_out(&mut session.out, tasks)?;
    let mut rest = tasks;
    for group in groups {
        let (own, behind) = rest.split_at(usize::try_from(group.tasks).unwrap_or(usize::MAX).min(rest.len()));
        match all.last_mut().filter(|last| last.name == group.name) {
            Some(last) => last.tasks += group.tasks,
            None => {
                stream.heading(&mut session.out, &group.name, &group.count.to_string())?;
                all.push(group);
            }
        }
        stream.push(&mut session.out, own)?;
        rest = behind;
    }
    stream.push(&mut session.out, rest)
}
