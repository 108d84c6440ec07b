//! Tasks, pages and references as the wire has them.

use std::collections::HashMap;

use heph_protocol::types::{
    Field, Flag, NodeKind as WireKind, NodeRef, Page, Status as WireStatus, Task as WireTask,
    When as WireWhen,
};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::domain::date::{Now, When};
use crate::domain::id::NodeId;
use crate::domain::node::{Node, NodeKind, register};
use crate::domain::short_id::ShortIds;
use crate::domain::task::open_tasks::{OpenTasks, View};
use crate::domain::task::own::OwnField;
use crate::domain::task::{Status, Task};
use crate::domain::value::Value;

/// Shows what the domain holds.
#[derive(Debug)]
pub struct Renderer<'a> {
    /// When and where.
    pub now: &'a Now,
    /// The open tasks.
    pub open: &'a OpenTasks,
    /// All short ids.
    pub short_ids: &'a ShortIds,
    /// Nodes that are not open tasks, for titles.
    pub others: &'a HashMap<NodeId, Node>,
    /// The open tasks as of this moment.
    view: View<'a>,
    today: Date,
}

impl<'a> Renderer<'a> {
    /// Works out what holds for all that is shown.
    pub fn new(
        now: &'a Now,
        open: &'a OpenTasks,
        short_ids: &'a ShortIds,
        others: &'a HashMap<NodeId, Node>,
    ) -> Self {
        Self { now, open, short_ids, others, view: open.view(now, &[]), today: now.today() }
    }

    /// Names a node; one nobody knows has no title.
    pub fn node_ref(&self, id: NodeId) -> NodeRef {
        let mut reference =
            NodeRef { id: id.to_string(), short: self.short_ids.show(id), ..NodeRef::default() };
        if let Some(node) = self.others.get(&id) {
            if node.kind() == NodeKind::Settings {
                reference.short.clear();
            }
            reference.title = node.title().to_owned();
            reference.kind = kind(node.kind());
            reference.folder = Some(node.folder().to_owned()).filter(|folder| !folder.is_empty());
            reference.closed = node.kind() == NodeKind::Task && !node.status().0.is_open();
        } else if let Some(task) = self.open.get(id) {
            reference.title = task.title.to_string();
            reference.kind = WireKind::Task;
        } else if let Some(project) = self.open.project(id) {
            reference.title = project.title.to_string();
            reference.kind = WireKind::Project;
            reference.folder = project
                .path
                .strip_suffix(&*project.title)
                .map(|folder| folder.trim_end_matches('/').to_owned());
            reference.folder = reference.folder.filter(|folder| !folder.is_empty());
        }
        reference
    }

    /// Names several nodes.
    pub fn node_refs(&self, ids: &[NodeId]) -> Vec<NodeRef> {
        ids.iter().map(|&id| self.node_ref(id)).collect()
    }

    /// Shows a task.
    pub fn task(&self, task: &Task) -> WireTask {
        let facts = self.view.facts(task);
        let flags = [
            (facts.available, Flag::Available),
            (facts.overdue, Flag::Overdue),
            (facts.due_today, Flag::DueToday),
            (facts.blocked, Flag::Blocked),
            (facts.blocking, Flag::Blocking),
            (facts.deferred, Flag::Deferred),
            (facts.expired, Flag::Expired),
            (facts.parent, Flag::Parent),
            (facts.on_hold, Flag::OnHold),
            (facts.stale, Flag::Stale),
        ];
        let shown = |date: &Option<When>| date.as_ref().map(when);
        WireTask {
            id: task.id.to_string(),
            short: self.short_ids.show(task.id),
            title: task.title.to_string(),
            status: status(task.status),
            waiting_on: task.waiting_on.as_deref().map(Into::into),
            priority: task.priority,
            due: shown(&task.due),
            due_in_days: facts.due_in_days,
            planned: shown(&task.planned),
            defer: shown(&task.defer),
            expires: shown(&task.expires),
            follow_up: shown(&task.follow_up),
            estimate_minutes: task.estimate_minutes,
            lead_days: task.lead_days,
            project: task.project.map(|id| self.node_ref(id)),
            parent: task.parent.map(|id| self.node_ref(id)),
            tags: task.tags.iter().map(|tag| tag.to_string()).collect(),
            repeats: task.repeats.as_ref().map(|repeats| repeats.recurrence.words()),
            depends_on: self.node_refs(&task.depends_on),
            reminders: task.reminders.iter().map(|reminder| reminder.describe(self.now)).collect(),
            has_body: task.has_body,
            pinned: task.pinned_on == Some(self.today),
            trashed: task.trashed,
            created: time(task.created),
            modified: time(task.modified),
            started: (task.status == Status::Doing).then(|| time(task.status_at)),
            closed: (!task.status.is_open()).then(|| time(task.status_at)),
            flags: flags.into_iter().filter_map(|(is_so, flag)| is_so.then_some(flag)).collect(),
            score: facts.score_milli.map(|milli| milli as f64 / 1000.0),
            fields: self
                .open
                .settings()
                .vocabulary
                .fields
                .iter()
                .filter_map(|field| own(field, task))
                .collect(),
        }
    }

    /// Shows a task with its further fields.
    pub fn task_of(&self, node: &Node) -> Option<WireTask> {
        let mut task = self.task(&node.task()?);
        let kept = node.registers.with_prefix(register::FIELD).filter(|(name, _)| name.contains('.'));
        let kept = kept.map(|(name, value)| Field {
            name: name.to_owned(),
            value: shown_value(value),
            ..Field::default()
        });
        task.fields.extend(kept);
        Some(task)
    }

    /// Shows a page.
    pub fn page(&self, node: &Node) -> Page {
        Page {
            id: node.id.to_string(),
            short: self.short_ids.show(node.id),
            kind: kind(node.kind()),
            title: node.title().to_owned(),
            folder: Some(node.folder().to_owned()).filter(|folder| !folder.is_empty()),
            aliases: node.aliases().map(Into::into).collect(),
            tags: node.tags().map(Into::into).collect(),
            created: time(node.created()),
            modified: time(i64::try_from(node.modified).unwrap_or(i64::MAX)),
            trashed: node.is_trashed(),
        }
    }

    /// Nodes that tasks name and nobody here knows.
    pub fn unknown<'t>(&self, tasks: impl Iterator<Item = &'t Task>) -> Vec<NodeId> {
        let mut ids: Vec<NodeId> = tasks
            .flat_map(|task| task.depends_on.iter().copied().chain(task.parent).chain(task.project))
            .filter(|id| !self.knows(*id))
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Whether a node can be named without asking the store.
    pub fn knows(&self, id: NodeId) -> bool {
        self.others.contains_key(&id) || self.open.get(id).is_some() || self.open.project(id).is_some()
    }
}

/// A task's value of a field of the user's; one that does not fit the field is shown all the same.
fn own(field: &OwnField, task: &Task) -> Option<Field> {
    let value = task.field(&field.name)?;
    Some(Field {
        name: field.name.to_string(),
        value: value.text(),
        label: field.label.as_deref().map(Into::into),
    })
}

/// A register's value as text.
pub(super) fn shown_value(value: &Value) -> String {
    match value {
        Value::Nil => String::new(),
        Value::Bool(value) => value.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Bytes(bytes) => NodeId::from_slice(bytes).map_or_else(|_| String::new(), |id| id.to_string()),
        Value::List(values) => values.iter().map(shown_value).collect::<Vec<_>>().join(" "),
    }
}

/// Unix milliseconds as RFC 3339, to the second; empty for 0.
pub fn time(ms: i64) -> String {
    if ms == 0 {
        return String::new();
    }
    Timestamp::from_second(ms.div_euclid(1000)).map_or_else(|_| String::new(), |at| at.to_string())
}

/// A date as the wire has it.
pub fn when(when: &When) -> WireWhen {
    match when {
        When::Day(date) => WireWhen { date: date.to_string(), ..WireWhen::default() },
        When::Time { at, zone } => WireWhen {
            date: at.date().to_string(),
            time: Some(at.time().strftime(if at.second() == 0 { "%H:%M" } else { "%H:%M:%S" }).to_string()),
            zone: Some(zone.to_string()),
            at: Some(when.instant().to_string()),
        },
    }
}

fn kind(kind: NodeKind) -> WireKind {
    match kind {
        NodeKind::Page => WireKind::Page,
        NodeKind::Journal => WireKind::Journal,
        NodeKind::Task => WireKind::Task,
        NodeKind::Project => WireKind::Project,
        NodeKind::Area => WireKind::Area,
        NodeKind::Settings => WireKind::Settings,
    }
}

fn status(status: Status) -> WireStatus {
    match status {
        Status::Todo => WireStatus::Todo,
        Status::Doing => WireStatus::Doing,
        Status::Waiting => WireStatus::Waiting,
        Status::Someday => WireStatus::Someday,
        Status::Done => WireStatus::Done,
        Status::Cancelled => WireStatus::Cancelled,
    }
}
