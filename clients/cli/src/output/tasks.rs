//! Tasks as rows and lines.

use heph_protocol::types::{Flag, NodeRef, Task};
pub(crate) use heph_terminal::node::{is, node_name, page_name, status, tags};
use heph_terminal::node::{is_closed, mark};

use super::style::{DIM, HEADING, ID, OVERDUE, PLAIN, TODAY};
use super::table::{Cell, Column, Fit};
use super::{Line, when};

/// A column of a list of tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum TaskColumn {
    /// A sign for what is special: pinned, begun, closed, blocked …
    Mark,
    /// Short id
    Id,
    /// p1 to p4
    Priority,
    /// When it has to be finished; `!` when that is past
    Due,
    /// Title
    Title,
    /// Project
    Project,
    /// Tags
    Tags,
    /// Status in a word
    Status,
    /// Points of `next`
    Score,
    /// When one means to do it
    Planned,
    /// Not before
    Defer,
    /// Out of `next` from then on
    Expires,
    /// When to ask again
    FollowUp,
    /// Estimated work
    Estimate,
    /// The task it is part of
    Parent,
    /// When it was made
    Created,
    /// When it was last changed
    Modified,
    /// When it was closed
    Closed,
    /// How it repeats
    Repeats,
    /// Days before due from which it shows
    Lead,
    /// For whom or what it waits
    Waiting,
    /// What has to be finished first
    DependsOn,
    /// When one wants to be told of it
    Reminders,
    /// When work on it began
    Started,
    /// What else is true of it: overdue, blocked, …
    Flags,
    /// Whole id
    FullId,
}

/// What `next` and `list` show unless asked otherwise.
pub(crate) const DEFAULT: &[TaskColumn] = &[
    TaskColumn::Mark,
    TaskColumn::Id,
    TaskColumn::Priority,
    TaskColumn::Due,
    TaskColumn::Title,
    TaskColumn::Project,
    TaskColumn::Tags,
    TaskColumn::Repeats,
];

impl TaskColumn {
    /// The column of a table.
    pub(crate) fn column(self) -> Column {
        let (heading, fit) = match self {
            Self::Mark => ("", Fit::Fixed),
            Self::Id => ("ID", Fit::Fixed),
            Self::Priority => ("PRI", Fit::Fixed),
            Self::Due => ("DUE", Fit::Fixed),
            Self::Title => ("TITLE", Fit::Shrinks { soft: 24, hard: 14 }),
            Self::Project => ("PROJECT", Fit::Shrinks { soft: 10, hard: 0 }),
            Self::Tags => ("TAGS", Fit::Shrinks { soft: 10, hard: 0 }),
            Self::Status => ("STATUS", Fit::Fixed),
            Self::Score => ("SCORE", Fit::Fixed),
            Self::Planned => ("PLANNED", Fit::Fixed),
            Self::Defer => ("DEFER", Fit::Fixed),
            Self::Expires => ("EXPIRES", Fit::Fixed),
            Self::FollowUp => ("FOLLOW UP", Fit::Fixed),
            Self::Estimate => ("EST", Fit::Fixed),
            Self::Parent => ("PARENT", Fit::Shrinks { soft: 10, hard: 0 }),
            Self::Created => ("CREATED", Fit::Fixed),
            Self::Modified => ("MODIFIED", Fit::Fixed),
            Self::Closed => ("CLOSED", Fit::Fixed),
            Self::Repeats => ("REPEATS", Fit::Shrinks { soft: 12, hard: 0 }),
            Self::Lead => ("LEAD", Fit::Fixed),
            Self::Waiting => ("WAITING ON", Fit::Shrinks { soft: 10, hard: 0 }),
            Self::DependsOn => ("DEPENDS ON", Fit::Shrinks { soft: 10, hard: 0 }),
            Self::Reminders => ("REMINDERS", Fit::Shrinks { soft: 12, hard: 0 }),
            Self::Started => ("STARTED", Fit::Fixed),
            Self::Flags => ("FLAGS", Fit::Shrinks { soft: 12, hard: 0 }),
            Self::FullId => ("WHOLE ID", Fit::Fixed),
        };
        Column { heading, fit, right: matches!(self, Self::Score | Self::Estimate | Self::Lead) }
    }

    /// Its cell of a task.
    pub(crate) fn cell(self, task: &Task) -> Cell {
        let optional = |value: Option<String>| Cell::from(value.unwrap_or_default());
        match self {
            Self::Mark => Cell::styled(HEADING, mark(task)),
            Self::Id => Cell::styled(ID, &task.short),
            Self::Priority => match task.priority {
                Some(1) => Cell::styled(OVERDUE, "p1"),
                Some(priority) => Cell::from(format!("p{priority}")),
                None => Cell::default(),
            },
            Self::Due => due_cell(task),
            Self::Title if is_closed(task) => Cell::styled(DIM, &task.title),
            Self::Title => Cell::from(&task.title),
            Self::Project => Cell::styled(DIM, task.project.as_ref().map_or("", |project| &project.title)),
            Self::Tags => Cell::styled(DIM, &tags(task)),
            Self::Status => Cell::from(status(task.status)),
            Self::Score => optional(task.score.map(|score| format!("{score:.1}"))),
            Self::Planned => optional(task.planned.as_ref().map(when::short)),
            Self::Defer => optional(task.defer.as_ref().map(when::short)),
            Self::Expires => optional(task.expires.as_ref().map(when::short)),
            Self::FollowUp => optional(task.follow_up.as_ref().map(when::short)),
            Self::Estimate => optional(task.estimate_minutes.map(when::minutes)),
            Self::Parent => Cell::styled(DIM, task.parent.as_ref().map_or("", |parent| &parent.title)),
            Self::Created => Cell::from(when::instant(&task.created)),
            Self::Modified => Cell::from(when::instant(&task.modified)),
            Self::Closed => optional(task.closed.as_deref().map(when::instant)),
            Self::Repeats => Cell::styled(DIM, task.repeats.as_deref().unwrap_or_default()),
            Self::Lead => optional(task.lead_days.map(|days| format!("{days} d"))),
            Self::Waiting => optional(task.waiting_on.clone()),
            Self::DependsOn => {
                let titles = task.depends_on.iter().map(|node| node.title.as_str());
                Cell::styled(DIM, &titles.collect::<Vec<_>>().join(", "))
            }
            Self::Reminders => Cell::styled(DIM, &task.reminders.join(", ")),
            Self::Started => optional(task.started.as_deref().map(when::instant)),
            Self::Flags => Cell::styled(DIM, &flags(task)),
            Self::FullId => Cell::styled(ID, &task.id),
        }
    }
}

/// The columns of a table of tasks.
pub(crate) fn columns(columns: &[TaskColumn]) -> Vec<Column> {
    columns.iter().map(|column| column.column()).collect()
}

/// A task as a row of such a table.
pub(crate) fn row(columns: &[TaskColumn], task: &Task) -> Vec<Cell> {
    columns.iter().map(|column| column.cell(task)).collect()
}

/// A task in one line: what was done, the id, the title.
pub(crate) fn line(verb: &str, task: &Task) -> Line {
    Line::new().plain(verb).plain(" ").styled(ID, &task.short).plain("  ").plain(&task.title)
}

/// A node in one line, as [`line()`].
pub(crate) fn node_line(verb: &str, node: &NodeRef) -> Line {
    Line::new().plain(verb).plain(" ").styled(ID, &node.short).plain("  ").plain(node_name(node))
}

/// What else is true, in words.
fn flags(task: &Task) -> String {
    let words = task.flags.iter().map(|flag| serde_json::to_value(flag).unwrap_or_default());
    let words: Vec<String> = words.filter_map(|word| Some(word.as_str()?.replace('_', "-"))).collect();
    words.join(" ")
}

fn due_cell(task: &Task) -> Cell {
    let Some(due) = &task.due else { return Cell::default() };
    let said = when::due(due, task.due_in_days);
    // The sign stands beside the colour: not everybody sees red, and a pipe has none.
    if is_closed(task) {
        Cell::styled(DIM, &said)
    } else if is(task, Flag::Overdue) {
        Cell::styled(OVERDUE, &format!("!{said}"))
    } else if is(task, Flag::DueToday) || task.due_in_days == Some(0) {
        Cell::styled(TODAY, &said)
    } else {
        Cell::styled(PLAIN, &said)
    }
}

#[cfg(test)]
mod tests {
    use heph_protocol::types::{Status, When};

    use super::*;
    use crate::output::table::Layout;

    fn rendered(task: &Task) -> String {
        let columns = columns(DEFAULT);
        let rows = [row(DEFAULT, task)];
        Layout::new(&columns, &rows, None, false, false).row(&rows[0])
    }

    fn task() -> Task {
        Task { short: "7k3".into(), title: "Call".into(), ..Task::default() }
    }

    #[test]
    fn overdue_has_a_sign_as_well_as_a_colour() {
        let due = Some(When { date: "2026-11-20".into(), ..When::default() });
        let late = Task { due, due_in_days: Some(-3), flags: vec![Flag::Overdue], ..task() };
        assert_eq!(rendered(&late), "7k3  !3 d ago  Call");
        let closed = Task { status: Status::Done, ..late };
        assert_eq!(rendered(&closed), "x  7k3  3 d ago  Call");
    }

    #[test]
    fn a_row_says_what_is_special() {
        assert_eq!(rendered(&Task { pinned: true, ..task() }), "*  7k3  Call");
        assert_eq!(rendered(&Task { status: Status::Doing, pinned: true, ..task() }), ">  7k3  Call");
        assert_eq!(rendered(&Task { flags: vec![Flag::Blocked], ..task() }), "b  7k3  Call");
        let full = Task { priority: Some(1), tags: vec!["home".into(), "phone".into()], ..task() };
        assert_eq!(rendered(&full), "7k3  p1  Call  +home +phone");
    }
}
