//! `heph list`: tasks by a filter.

use std::cell::RefCell;

use clap::{ArgMatches, Command};
use heph_protocol::request::{FieldList, TaskList};
use heph_protocol::types::{Task, TaskGroup};
use serde_json::json;

use super::paging;
use crate::args::{self, words};
use crate::error::Failure;
use crate::output::Outcome;
use crate::output::own_column::ListColumn;
use crate::output::stream::Stream;
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
    #[command(flatten)]
    shown: Shown,
}

/// How tasks are listed.
#[derive(Debug, clap::Args)]
pub(super) struct Shown {
    /// Keys to sort by, - behind one for descending
    #[arg(long, value_name = "KEYS")]
    pub(super) sort: Option<String>,
    /// What to show together: project, area, tag (the first of each task), due, status, priority or none
    #[arg(long, value_name = "WHAT")]
    pub(super) group: Option<String>,
    /// What to show of each task: mark, id, priority, due, title, project, tags, status, score, planned, defer, expires, follow-up, estimate, parent, created, modified, closed, repeats, lead, waiting, depends-on, reminders, started, flags, full-id, or a field of yours
    #[arg(long, value_name = "COLUMNS", value_parser = ListColumn::parse, value_delimiter = ',')]
    pub(super) columns: Vec<ListColumn>,
}

/// Its command line.
pub(crate) fn command() -> Command {
    args::command::<Arguments>("list", "List tasks by a filter; open ones unless it says otherwise", EXAMPLES)
}

/// Lists tasks.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let Arguments { words, shown } = args::read(matches)?;
    print(session, &words::line(&words), shown)
}

/// Lists the tasks of a filter in columns; in the usual ones where none are named.
pub(super) fn print(session: &mut Session, filter: &str, shown: Shown) -> Outcome {
    let Shown { sort, group, columns } = shown;
    let asked_in = session.context();
    let mut context = None;
    check(session, &columns)?;
    let columns = if columns.is_empty() { ListColumn::usual() } else { columns };
    let row = |task: &Task| columns.iter().map(|column| column.cell(task)).collect();
    let table = columns.iter().map(ListColumn::column).collect();
    let mut stream = Stream::new("tasks", table, row, |task: &Task| &task.short);
    let (fetched, mut all) = (RefCell::new(Vec::new()), Vec::new());
    session.out.page();
    let more = paging::pages(
        session,
        |session, limit, page| {
            let (sort, group, asked_in) = (sort.clone(), group.clone(), asked_in.clone());
            let filter = filter.to_owned();
            let request = TaskList { filter, sort, group, limit: Some(limit), page, context: asked_in };
            let list = session.call(&request)?;
            context = list.context;
            *fetched.borrow_mut() = list.groups;
            Ok((list.tasks, list.next_page))
        },
        |session, tasks| match fetched.take() {
            none if none.is_empty() => stream.push(&mut session.out, tasks),
            groups => push_groups(session, &mut stream, &mut all, groups, tasks),
        },
    )?;
    let shown = stream.count();
    let groups = Some(("groups", json!(all))).filter(|_| !all.is_empty());
    let beside: Vec<_> =
        groups.into_iter().chain(context.iter().map(|context| ("context", json!(context)))).collect();
    stream.end(&mut session.out, &beside)?;
    if shown == 0 && !session.out.is_json() {
        session.out.note("no task matches");
    }
    paging::tell_more(session, more, shown);
    session.tell_context(context.as_ref());
    Ok(())
}

/// Refuses columns that are neither heph's nor fields of the user's.
pub(super) fn check(session: &mut Session, columns: &[ListColumn]) -> Outcome {
    let own = |column: &ListColumn| matches!(column, ListColumn::Own(_)).then(|| column.name());
    let own: Vec<String> = columns.iter().filter_map(own).collect();
    if own.is_empty() {
        return Ok(());
    }
    let fields = session.call(&FieldList {})?.fields;
    match own.iter().find(|name| !fields.iter().any(|field| field.name == **name)) {
        None => Ok(()),
        Some(name) => Err(Failure::usage(format!("there is no column `{name}`"))
            .hint("heph list --help names the columns, heph field list your own fields")),
    }
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
