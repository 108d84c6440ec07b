//! `heph show`: a node with all there is to show.

use clap::{ArgMatches, Command};
use heph_protocol::request::NodeShow;
use heph_protocol::response::NodeShown;
use heph_protocol::types::{Flag, NodeRef, Page, ProjectSummary, Task};

use crate::args;
use crate::output::style::{DIM, HEADING, ID, OVERDUE, PLAIN};
use crate::output::table::{Cell, Column, Fit};
use crate::output::{Document, Line, Outcome, Output, tasks, when};
use crate::session::Session;

const EXAMPLES: &str = "  heph show 7k3
  heph show \"[[Trip to Rome]]\"
  heph show @last --json";

const COLUMNS: &[Column] = &[
    Column { heading: "", fit: Fit::Fixed, right: false },
    Column { heading: "", fit: Fit::Shrinks { soft: 20, hard: 8 }, right: false },
];

#[derive(Debug, clap::Args)]
struct Arguments {
    /// The task or page
    #[arg(value_name = "REF")]
    reference: String,
}

/// Its command line.
pub(crate) fn command() -> Command {
    args::command::<Arguments>("show", "Show a task or page", EXAMPLES)
}

/// Shows a node.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let arguments: Arguments = args::read(matches)?;
    let shown = session.call(&NodeShow { reference: arguments.reference })?;
    session.out.page();
    if session.out.is_json() {
        return session.out.document(&document(&shown));
    }
    let out = &mut session.out;
    out.line(
        Line::new().styled(ID, &shown.node.short).plain("  ").styled(HEADING, tasks::node_name(&shown.node)),
    )?;
    let mut fields = Fields::default();
    if let Some(task) = &shown.task {
        fields.task(task);
    }
    if let Some(project) = &shown.project {
        fields.project(project);
    }
    if let Some(page) = &shown.page {
        fields.page(page);
    }
    fields.nodes("blocks", &shown.blocks);
    fields.nodes("parts", &shown.children);
    fields.nodes("linked from", &linking(&shown));
    for (place, attachment) in shown.attachments.iter().enumerate() {
        let file = format!("{} ({})", attachment.name, when::bytes(attachment.bytes));
        fields.add(if place == 0 { "files" } else { "" }, file);
    }
    fields.print(out)?;
    if !shown.text.is_empty() {
        out.line("")?;
        match out.look.terminal {
            true => out.markdown(&shown.text, &shown.links)?,
            false => out.body(&shown.text)?,
        }
    }
    print_occurrences(out, &shown)?;
    print_log(out, &shown)
}

fn document(shown: &NodeShown) -> Document {
    Document::new("node", &shown.node)
        .with_some("task", shown.task.as_ref())
        .with_some("page", shown.page.as_ref())
        .with_some("project", shown.project.as_ref())
        .with("text", &shown.text)
        .with("rev", &shown.rev)
        .with("log", &shown.log)
        .with("occurrences", &shown.occurrences)
        .with("blocks", &shown.blocks)
        .with("children", &shown.children)
        .with("links", &shown.links)
        .with("backlinks", &shown.backlinks)
        .with("attachments", &shown.attachments)
}

/// When a project is looked at.
fn review(project: &ProjectSummary) -> Option<String> {
    let days = project.review_days?;
    let every = if days == 1 { "every day".to_owned() } else { format!("every {days} d") };
    let last = project.reviewed.as_ref().map(|day| format!(", last {day}")).unwrap_or_default();
    Some(format!("{every}{last}{}", if project.review_due { ", due now" } else { "" }))
}

/// What links to the node, each once.
fn linking(shown: &NodeShown) -> Vec<NodeRef> {
    let mut nodes: Vec<NodeRef> = shown.backlinks.iter().map(|link| link.from.clone()).collect();
    nodes.dedup();
    nodes
}

fn print_occurrences(out: &mut Output, shown: &NodeShown) -> Outcome {
    if shown.occurrences.is_empty() {
        return Ok(());
    }
    out.line("")?;
    out.line(Line::new().styled(HEADING, "occurrences"))?;
    for occurrence in &shown.occurrences {
        let state = if occurrence.skipped { "skipped" } else { "done   " };
        let moved = occurrence.moved.as_ref().map(|to| format!("  moved to {}", when::date(to)));
        let line = Line::new().plain("  ").plain(&occurrence.date).plain("  ").plain(state).plain("  ");
        out.line(line.styled(DIM, when::instant(&occurrence.at)).plain(moved.unwrap_or_default()))?;
    }
    Ok(())
}

fn print_log(out: &mut Output, shown: &NodeShown) -> Outcome {
    if shown.log.is_empty() {
        return Ok(());
    }
    out.line("")?;
    out.line(Line::new().styled(HEADING, "log"))?;
    for entry in &shown.log {
        out.line(
            Line::new().plain("  ").styled(DIM, when::instant(&entry.at)).plain("  ").plain(&entry.text),
        )?;
    }
    Ok(())
}

/// Names and values, one under the other.
#[derive(Default)]
struct Fields(Vec<Vec<Cell>>);

impl Fields {
    fn add(&mut self, name: &str, value: impl AsRef<str>) {
        self.cell(name, Cell::styled(PLAIN, value.as_ref()));
    }

    fn cell(&mut self, name: &str, value: Cell) {
        self.0.push(vec![Cell::styled(DIM, &format!("  {name}")), value]);
    }

    fn some(&mut self, name: &str, value: Option<String>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }

    fn nodes(&mut self, name: &str, nodes: &[NodeRef]) {
        for (place, node) in nodes.iter().enumerate() {
            let closed = if node.closed { " (closed)" } else { "" };
            let text = format!("{}  {}{closed}", node.short, tasks::node_name(node));
            self.add(if place == 0 { name } else { "" }, text);
        }
    }

    fn task(&mut self, task: &Task) {
        let waits = task.waiting_on.as_ref().map(|whom| format!(" for {whom}")).unwrap_or_default();
        let pinned = if task.pinned { ", pinned" } else { "" };
        let trashed = if task.trashed { ", in the trash" } else { "" };
        self.add("status", format!("{}{waits}{pinned}{trashed}", tasks::status(task.status)));
        self.some("priority", task.priority.map(|priority| format!("p{priority}")));
        if let Some(due) = &task.due {
            let near = task.due_in_days.map(when::away).unwrap_or_default();
            match tasks::is(task, Flag::Overdue) {
                true => self.cell("due", Cell::styled(OVERDUE, &format!("{} (!{near})", when::date(due)))),
                false => self.add("due", format!("{} ({near})", when::date(due))),
            }
        }
        self.some("planned", task.planned.as_ref().map(when::date));
        self.some("defer", task.defer.as_ref().map(when::date));
        self.some("expires", task.expires.as_ref().map(when::date));
        self.some("follow up", task.follow_up.as_ref().map(when::date));
        self.some("repeats", task.repeats.clone());
        self.some("remind", Some(task.reminders.join(", ")).filter(|reminders| !reminders.is_empty()));
        self.some("estimate", task.estimate_minutes.map(when::minutes));
        self.some("lead", task.lead_days.map(|days| format!("{days} d")));
        self.some("project", task.project.as_ref().map(tasks::node_name));
        self.some(
            "part of",
            task.parent.as_ref().map(|parent| format!("{}  {}", parent.short, parent.title)),
        );
        self.some("tags", Some(tasks::tags(task)).filter(|tags| !tags.is_empty()));
        self.nodes("after", &task.depends_on);
        self.some("score", task.score.map(|score| format!("{score:.1}")));
        for field in &task.fields {
            self.add(field.label.as_ref().unwrap_or(&field.name), &field.value);
        }
        self.times(&task.id, &task.created, &task.modified);
        self.some("started", task.started.as_deref().map(when::instant));
        self.some("closed", task.closed.as_deref().map(when::instant));
    }

    fn project(&mut self, project: &ProjectSummary) {
        let sequential = if project.sequential { ", one task after the other" } else { "" };
        let stuck = if project.stuck { ", without a next action" } else { "" };
        self.add("status", format!("{}{sequential}{stuck}", project.status));
        self.some("outcome", project.outcome.clone());
        self.some("area", project.area.as_ref().map(tasks::node_name));
        self.nodes("next", project.next.as_slice());
        self.some("review", review(project));
        self.some("weight", project.weight.map(|points| points.to_string()));
    }

    fn page(&mut self, page: &Page) {
        if page.trashed {
            self.add("status", "in the trash");
        }
        self.some("tags", Some(page.tags.join(" ")).filter(|tags| !tags.is_empty()));
        self.some("aliases", Some(page.aliases.join(", ")).filter(|aliases| !aliases.is_empty()));
        self.times(&page.id, &page.created, &page.modified);
    }

    fn times(&mut self, id: &str, created: &str, modified: &str) {
        if !created.is_empty() {
            self.add("created", when::instant(created));
            self.add("modified", when::instant(modified));
        }
        self.add("id", id);
    }

    fn print(&self, out: &mut Output) -> Outcome {
        let layout = out.layout(COLUMNS, &self.0);
        out.rows(&layout, &self.0)
    }
}
