//! `heph tags`, `heph projects`: what tasks and pages are kept under.

use clap::{ArgMatches, Command};
use heph_protocol::request::{ProjectList, TagList};
use heph_protocol::types::{ProjectSummary, TagCount};

use crate::args;
use crate::output::stream::Stream;
use crate::output::style::{DIM, ID, OVERDUE};
use crate::output::table::{Cell, Column, Fit};
use crate::output::{Outcome, tasks};
use crate::session::Session;

const TITLE: Fit = Fit::Shrinks { soft: 20, hard: 8 };

const TAGS: &[Column] = &[
    Column { heading: "TAG", fit: TITLE, right: false },
    Column { heading: "TASKS", fit: Fit::Fixed, right: true },
    Column { heading: "PAGES", fit: Fit::Fixed, right: true },
];

const PROJECTS: &[Column] = &[
    Column { heading: "ID", fit: Fit::Fixed, right: false },
    Column { heading: "PROJECT", fit: TITLE, right: false },
    Column { heading: "STATUS", fit: Fit::Fixed, right: false },
    Column { heading: "OPEN", fit: Fit::Fixed, right: true },
    Column { heading: "AVAILABLE", fit: Fit::Fixed, right: true },
    Column { heading: "OVERDUE", fit: Fit::Fixed, right: true },
    Column { heading: "NEXT", fit: Fit::Shrinks { soft: 16, hard: 0 }, right: false },
    Column { heading: "AREA", fit: Fit::Shrinks { soft: 8, hard: 0 }, right: false },
];

#[derive(Debug, clap::Args)]
struct Tags {
    /// Only this tag and those below it
    #[arg(value_name = "TAG")]
    under: Option<String>,
}

#[derive(Debug, clap::Args)]
struct Projects {
    /// Also those that are done or archived
    #[arg(long)]
    all: bool,
    /// Only active ones without a next action
    #[arg(long, conflicts_with = "all")]
    stuck: bool,
}

/// The command line of `tags`.
pub(crate) fn tags_command() -> Command {
    args::command::<Tags>(
        "tags",
        "List tags with how many open tasks and pages have them",
        "  heph tags\n  heph tags home",
    )
}

/// Lists tags.
pub(crate) fn tags(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let Tags { under } = args::read(matches)?;
    let tags = session.call(&TagList { under: under.unwrap_or_default() })?.tags;
    session.out.page();
    let number = |count: u64| if count == 0 { Cell::default() } else { Cell::from(count.to_string()) };
    let row = |tag: &TagCount| vec![Cell::from(&tag.tag), number(tag.tasks), number(tag.pages)];
    let mut stream = Stream::new("tags", TAGS.to_vec(), row, |tag: &TagCount| &tag.tag);
    stream.push(&mut session.out, &tags)?;
    if tags.is_empty() && !session.out.is_json() {
        session.out.note("no tags: write +tag into a task, #tag into a page");
    }
    stream.end(&mut session.out, &[])
}

/// The command line of `projects`.
pub(crate) fn projects_command() -> Command {
    args::command::<Projects>(
        "projects",
        "List projects and areas with their open tasks and next actions",
        "  heph projects\n  heph projects --stuck\n  heph mod Garden status:on-hold review:2w outcome:\"A green one\" area:Home\n\n  A project is a page: heph show Garden shows it, heph page rename gives it another title.",
    )
}

/// Lists projects.
pub(crate) fn projects(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let Projects { all, stuck } = args::read(matches)?;
    let mut projects = session.call(&ProjectList {})?.projects;
    let total = projects.len();
    projects.retain(|project| {
        (all || !matches!(project.status.as_str(), "done" | "archived")) && (!stuck || project.stuck)
    });
    session.out.page();
    let row = |project: &ProjectSummary| {
        let overdue = if project.overdue == 0 { String::new() } else { format!("!{}", project.overdue) };
        vec![
            Cell::styled(ID, &project.node.short),
            Cell::from(tasks::node_name(&project.node)),
            Cell::styled(DIM, &project.status),
            Cell::from(project.open.to_string()),
            Cell::from(project.available.to_string()),
            Cell::styled(OVERDUE, &overdue),
            match &project.next {
                Some(next) => Cell::from(format!("{}  {}", next.short, next.title)),
                None if project.stuck => Cell::styled(OVERDUE, "! no next action"),
                None => Cell::default(),
            },
            Cell::styled(DIM, project.area.as_ref().map_or("", |area| &area.title)),
        ]
    };
    let mut stream =
        Stream::new("projects", PROJECTS.to_vec(), row, |project: &ProjectSummary| &project.node.short);
    stream.push(&mut session.out, &projects)?;
    if projects.is_empty() && !session.out.is_json() {
        session.out.note(match (total, stuck) {
            (0, _) => "no projects: heph add … proj:Name makes one",
            (_, true) => "no project is stuck",
            _ => "all projects are done or archived: --all shows them",
        });
    }
    stream.end(&mut session.out, &[])
}
