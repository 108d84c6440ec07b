//! A node to read: what is known of it, its text, its log. And why a task stands where it stands.

use heph_protocol::response::{NodeShown, TaskWhy};
use heph_protocol::types::{Flag, NodeRef, Page, ProjectSummary, Task};
use heph_terminal::node::{is, node_name, status, tags};
use heph_terminal::{markdown, when};

use crate::frame::{Line, Role};
use crate::text::{column, wrap};

/// A text is not made wider than is good to read.
const WIDEST_TEXT: usize = 100;

/// Columns of a field's name.
const NAME: usize = 13;

/// The lines of a node.
pub(super) fn node(shown: &NodeShown, columns: usize) -> Vec<Line> {
    let columns = columns.saturating_sub(2).min(WIDEST_TEXT);
    let mut fields = Fields { lines: Vec::new(), columns };
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
    let mut linking: Vec<NodeRef> = shown.backlinks.iter().map(|link| link.from.clone()).collect();
    linking.dedup();
    fields.nodes("linked from", &linking);
    let mut lines = fields.lines;
    if !shown.text.trim().is_empty() {
        lines.push(Line::new());
        lines.extend(markdown::render(&shown.text, &shown.links, columns).iter().map(rendered));
    }
    if !shown.occurrences.is_empty() {
        lines.extend([Line::new(), Line::new().with(Role::Heading, "occurrences")]);
        for occurrence in &shown.occurrences {
            let state = if occurrence.skipped { "skipped" } else { "done   " };
            lines.push(Line::new().plain(format!("  {}  {state}", occurrence.date)));
        }
    }
    if !shown.log.is_empty() {
        lines.extend([Line::new(), Line::new().with(Role::Heading, "log")]);
        for entry in &shown.log {
            let at = Line::new().plain("  ").with(Role::Dim, when::instant(&entry.at)).plain("  ");
            lines.push(at.plain(&entry.text));
        }
    }
    lines
}

/// A line of Markdown, its effects kept.
fn rendered(line: &heph_terminal::line::Line) -> Line {
    let mut shown = Line::new();
    for (style, text) in line.pieces() {
        shown.push_with(Role::Plain, style.get_effects(), text);
    }
    shown
}

/// The lines of a plain text.
pub(super) fn text(text: &str, columns: usize) -> Vec<Line> {
    let columns = columns.saturating_sub(2);
    text.lines()
        .flat_map(|line| wrap(&crate::text::fit_to_show(&line.replace('\t', "    ")), columns))
        .map(|line| Line::new().plain(line))
        .collect()
}

/// The lines that say why a task stands where it stands.
pub(super) fn why(why: &TaskWhy, columns: usize) -> Vec<Line> {
    let task = &why.task;
    let mut lines = vec![
        Line::new().with(Role::Id, &task.short).plain("  ").with(Role::Heading, &task.title),
        Line::new(),
    ];
    match (why.gate.is_empty(), why.place) {
        (true, Some(place)) => {
            lines.push(Line::new().plain(format!("It is number {place} of what can be done.")))
        }
        (true, None) => lines.push(Line::new().plain("It can be done.")),
        (false, _) => {
            lines.push(Line::new().plain("It cannot be done now:"));
            for reason in &why.gate {
                lines.push(
                    Line::new()
                        .plain("  ")
                        .with(Role::Warning, column(&reason.name, NAME))
                        .plain(&reason.detail),
                );
            }
        }
    }
    if !why.terms.is_empty() {
        lines.extend([Line::new(), Line::new().with(Role::Heading, "points")]);
    }
    for term in &why.terms {
        let points = format!("{:>7.1}  ", term.points);
        lines.push(Line::new().plain(points).plain(column(&term.name, NAME)).with(Role::Dim, &term.input));
    }
    lines.push(Line::new().with(Role::Heading, format!("{:>7.1}  in all", why.score)));
    if let Some(changes) = &why.changes {
        lines.extend([
            Line::new(),
            Line::new().with(Role::Dim, format!("This changes by itself {}.", when::instant(changes))),
        ]);
    }
    for line in &mut lines {
        line.cut(columns.saturating_sub(2));
    }
    lines
}

/// Names and values, one under the other.
struct Fields {
    lines: Vec<Line>,
    columns: usize,
}

impl Fields {
    fn add(&mut self, name: &str, role: Role, value: &str) {
        let value = crate::text::fit_to_show(value);
        for (at, part) in wrap(&value, self.columns.saturating_sub(NAME)).into_iter().enumerate() {
            let name = if at == 0 { name } else { "" };
            self.lines.push(Line::new().with(Role::Dim, column(name, NAME)).with(role, part));
        }
    }

    fn some(&mut self, name: &str, value: Option<String>) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.add(name, Role::Plain, &value);
        }
    }

    fn nodes(&mut self, name: &str, nodes: &[NodeRef]) {
        for (place, node) in nodes.iter().enumerate() {
            let closed = if node.closed { " (closed)" } else { "" };
            let name = if place == 0 { name } else { "" };
            self.add(name, Role::Plain, &format!("{}  {}{closed}", node.short, node_name(node)));
        }
    }

    fn task(&mut self, task: &Task) {
        let waits = task.waiting_on.as_ref().map(|whom| format!(" for {whom}")).unwrap_or_default();
        let pinned = if task.pinned { ", pinned" } else { "" };
        let trashed = if task.trashed { ", in the trash" } else { "" };
        self.add("id", Role::Id, &task.short);
        self.add("status", Role::Plain, &format!("{}{waits}{pinned}{trashed}", status(task.status)));
        self.some("priority", task.priority.map(|priority| format!("p{priority}")));
        if let Some(due) = &task.due {
            let near = task.due_in_days.map(when::away).unwrap_or_default();
            match is(task, Flag::Overdue) {
                true => self.add("due", Role::Overdue, &format!("{} (!{near})", when::date(due))),
                false => self.add("due", Role::Plain, &format!("{} ({near})", when::date(due))),
            }
        }
        self.some("planned", task.planned.as_ref().map(when::date));
        self.some("defer", task.defer.as_ref().map(when::date));
        self.some("expires", task.expires.as_ref().map(when::date));
        self.some("follow up", task.follow_up.as_ref().map(when::date));
        self.some("repeats", task.repeats.clone());
        self.some("remind", Some(task.reminders.join(", ")));
        self.some("estimate", task.estimate_minutes.map(when::minutes));
        self.some("project", task.project.as_ref().map(node_name));
        self.some(
            "part of",
            task.parent.as_ref().map(|parent| format!("{}  {}", parent.short, parent.title)),
        );
        self.some("tags", Some(tags(task)));
        self.nodes("after", &task.depends_on);
        for field in &task.fields {
            self.add(&field.name, Role::Plain, &field.value);
        }
        self.some("modified", Some(when::instant(&task.modified)));
    }

    fn project(&mut self, project: &ProjectSummary) {
        let sequential = if project.sequential { ", one task after the other" } else { "" };
        let stuck = if project.stuck { ", without a next action" } else { "" };
        let counts =
            format!("{} open, {} available, {} overdue", project.open, project.available, project.overdue);
        self.add("status", Role::Plain, &format!("{}{sequential}{stuck}; {counts}", project.status));
        self.some("outcome", project.outcome.clone());
        self.some("area", project.area.as_ref().map(node_name));
        self.nodes("next", project.next.as_slice());
    }

    fn page(&mut self, page: &Page) {
        if page.trashed {
            self.add("status", Role::Warning, "in the trash");
        }
        let tags = page.tags.iter().map(|tag| format!("#{tag}")).collect::<Vec<_>>().join(" ");
        self.some("tags", Some(tags));
        self.some("aliases", Some(page.aliases.join(", ")));
        self.some("modified", Some(when::instant(&page.modified)).filter(|at| !at.is_empty()));
    }
}
