//! What is known of a node, as names and values for one to stand below the other.

use heph_protocol::response::NodeShown;
use heph_protocol::types::{Flag, NodeRef, Page, ProjectSummary, Task};

use crate::node::{is, node_name, status, tags};
use crate::when;

/// A name and a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// What it is; empty where it belongs to the one above.
    pub name: String,
    /// Its value, as it came from whoever wrote it: not yet fit for a terminal.
    pub value: String,
    /// How it is to be seen.
    pub tone: Tone,
}

/// How a value is to be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Like any other.
    Plain,
    /// It should have been done by now.
    Overdue,
    /// It stands in the way of something.
    Warning,
}

/// All that is known of a node beside its text, its log and its occurrences.
pub fn fields(shown: &NodeShown) -> Vec<Field> {
    let mut fields = Fields(Vec::new());
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
    // What links more than once is named once.
    let mut linking: Vec<NodeRef> = shown.backlinks.iter().map(|link| link.from.clone()).collect();
    linking.dedup();
    fields.nodes("linked from", &linking);
    for (place, attachment) in shown.attachments.iter().enumerate() {
        let file = format!("{} ({})", attachment.name, when::bytes(attachment.bytes));
        fields.add(if place == 0 { "files" } else { "" }, file);
    }
    fields.0
}

struct Fields(Vec<Field>);

impl Fields {
    fn toned(&mut self, name: &str, value: impl Into<String>, tone: Tone) {
        self.0.push(Field { name: name.to_owned(), value: value.into(), tone });
    }

    fn add(&mut self, name: &str, value: impl Into<String>) {
        self.toned(name, value, Tone::Plain);
    }

    fn some(&mut self, name: &str, value: Option<String>) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.add(name, value);
        }
    }

    fn nodes(&mut self, name: &str, nodes: &[NodeRef]) {
        for (place, node) in nodes.iter().enumerate() {
            let closed = if node.closed { " (closed)" } else { "" };
            let name = if place == 0 { name } else { "" };
            self.add(name, format!("{}  {}{closed}", node.short, node_name(node)));
        }
    }

    fn task(&mut self, task: &Task) {
        let waits = task.waiting_on.as_ref().map(|whom| format!(" for {whom}")).unwrap_or_default();
        let pinned = if task.pinned { ", pinned" } else { "" };
        let trashed = if task.trashed { ", in the trash" } else { "" };
        self.add("status", format!("{}{waits}{pinned}{trashed}", status(task.status)));
        self.some("priority", task.priority.map(|priority| format!("p{priority}")));
        if let Some(due) = &task.due {
            let near = task.due_in_days.map(when::away).unwrap_or_default();
            match is(task, Flag::Overdue) {
                true => self.toned("due", format!("{} (!{near})", when::date(due)), Tone::Overdue),
                false => self.add("due", format!("{} ({near})", when::date(due))),
            }
        }
        self.some("planned", task.planned.as_ref().map(when::date));
        self.some("defer", task.defer.as_ref().map(when::date));
        self.some("expires", task.expires.as_ref().map(when::date));
        self.some("follow up", task.follow_up.as_ref().map(when::date));
        self.some("repeats", task.repeats.clone());
        self.some("remind", Some(task.reminders.join(", ")));
        self.some("estimate", task.estimate_minutes.map(when::minutes));
        self.some("lead", task.lead_days.map(|days| format!("{days} d")));
        self.some("project", task.project.as_ref().map(node_name));
        let parent = task.parent.as_ref().map(|parent| format!("{}  {}", parent.short, parent.title));
        self.some("part of", parent);
        self.some("tags", Some(tags(task)));
        self.nodes("after", &task.depends_on);
        self.some("score", task.score.map(|score| format!("{score:.1}")));
        for field in &task.fields {
            self.add(field.label.as_ref().unwrap_or(&field.name), field.value.clone());
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
        self.some("area", project.area.as_ref().map(node_name));
        self.nodes("next", project.next.as_slice());
        self.some("review", review(project));
        self.some("weight", project.weight.map(|points| points.to_string()));
    }

    fn page(&mut self, page: &Page) {
        if page.trashed {
            self.toned("status", "in the trash", Tone::Warning);
        }
        self.some("tags", Some(page.tags.join(" ")));
        self.some("aliases", Some(page.aliases.join(", ")));
        self.times(&page.id, &page.created, &page.modified);
    }

    fn times(&mut self, id: &str, created: &str, modified: &str) {
        if !created.is_empty() {
            self.add("created", when::instant(created));
            self.add("modified", when::instant(modified));
        }
        self.add("id", id);
    }
}

/// When a project is looked at.
fn review(project: &ProjectSummary) -> Option<String> {
    let days = project.review_days?;
    let every = if days == 1 { "every day".to_owned() } else { format!("every {days} d") };
    let last = project.reviewed.as_ref().map(|day| format!(", last {day}")).unwrap_or_default();
    Some(format!("{every}{last}{}", if project.review_due { ", due now" } else { "" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_that_links_twice_is_named_once_and_what_is_empty_is_left_out() {
        let from = NodeRef { short: "7k3".into(), title: "Plan".into(), ..NodeRef::default() };
        let link = || heph_protocol::types::Backlink { from: from.clone(), ..Default::default() };
        let shown = NodeShown { backlinks: vec![link(), link()], ..NodeShown::default() };
        let expected = Field { name: "linked from".into(), value: "7k3  Plan".into(), tone: Tone::Plain };
        assert_eq!(fields(&shown), [expected]);
    }

    #[test]
    fn a_task_in_the_trash_says_so_beside_its_status() {
        let task = Task { trashed: true, pinned: true, ..Task::default() };
        let shown = NodeShown { task: Some(task), ..NodeShown::default() };
        assert_eq!(fields(&shown)[0].value, "todo, pinned, in the trash");
    }
}
