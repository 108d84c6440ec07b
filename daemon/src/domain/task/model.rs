//! A task as the rules see it: typed, and small, since a hundred thousand of them stand in memory.

use jiff::civil::Date;

use super::Status;
use super::own::FieldValue;
use super::recurrence::Repeats;
use super::reminder::Reminder;
use crate::domain::date::{Now, When};
use crate::domain::id::NodeId;

/// A task's own fields. What is derived from others (blocked, available, score) is not here.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// Its id.
    pub id: NodeId,
    /// Its title.
    pub title: Box<str>,
    /// Its status.
    pub status: Status,
    /// When the status was set, in Unix milliseconds: the start of `doing`, the closing of `done`.
    pub status_at: i64,
    /// For whom or what it waits.
    pub waiting_on: Option<Box<str>>,
    /// 1 (highest) to 4.
    pub priority: Option<u8>,
    /// When it has to be finished.
    pub due: Option<When>,
    /// When one means to do it.
    pub planned: Option<When>,
    /// Not before.
    pub defer: Option<When>,
    /// Out of `next` from then on.
    pub expires: Option<When>,
    /// When to ask again about a waiting task.
    pub follow_up: Option<When>,
    /// Days before `due` from which it shows.
    pub lead_days: Option<u32>,
    /// Estimated work, in minutes.
    pub estimate_minutes: Option<u32>,
    /// Its project, a page.
    pub project: Option<NodeId>,
    /// The task it is part of.
    pub parent: Option<NodeId>,
    /// Its tags, folded and sorted.
    pub tags: Vec<Box<str>>,
    /// What has to be finished first.
    pub depends_on: Vec<NodeId>,
    /// Which occurrence of a recurring one of them has to be: the last nominal date that counts.
    pub awaited: Vec<(NodeId, Date)>,
    /// How it repeats, and its next nominal date. The dates above are those of that occurrence.
    pub repeats: Option<Box<Repeats>>,
    /// When somebody wants to be told of it.
    pub reminders: Vec<Reminder>,
    /// Values of fields the user declared or once declared, by name.
    pub fields: Vec<(Box<str>, FieldValue)>,
    /// Place among its likes, a fractional index.
    pub rank: Option<Box<str>>,
    /// The day it was pinned on; it counts on that day only.
    pub pinned_on: Option<Date>,
    /// The day somebody last looked at it in a review.
    pub reviewed: Option<Date>,
    /// When it was made, in Unix milliseconds.
    pub created: i64,
    /// When it was last changed, in Unix milliseconds.
    pub modified: i64,
    /// Whether it is in the trash.
    pub trashed: bool,
    /// Whether it has a body.
    pub has_body: bool,
}

impl Task {
    /// An empty task, for building one field by field.
    pub fn new(id: NodeId, title: &str) -> Self {
        Self {
            id,
            title: title.into(),
            status: Status::Todo,
            status_at: 0,
            waiting_on: None,
            priority: None,
            due: None,
            planned: None,
            defer: None,
            expires: None,
            follow_up: None,
            lead_days: None,
            estimate_minutes: None,
            project: None,
            parent: None,
            tags: Vec::new(),
            depends_on: Vec::new(),
            awaited: Vec::new(),
            repeats: None,
            reminders: Vec::new(),
            fields: Vec::new(),
            rank: None,
            pinned_on: None,
            reviewed: None,
            created: 0,
            modified: 0,
            trashed: false,
            has_body: false,
        }
    }

    /// Whether it waits for another open task: for one that recurs, until the occurrence it waits for is dealt with.
    pub fn waits_for(&self, blocker: &Self) -> bool {
        match &blocker.repeats {
            None => true,
            Some(repeats) => {
                repeats.current.is_some_and(|current| self.waits_for_occurrence(blocker, current))
            }
        }
    }

    /// Whether it waits for a recurring task whose current occurrence is this one.
    ///
    /// A task that recurs itself waits for all occurrences up to its own date; another one for that which was current
    /// when the dependency was made, or the first of the series if it is older.
    pub fn waits_for_occurrence(&self, blocker: &Self, current: Date) -> bool {
        let awaited = match &self.repeats {
            Some(own) => own.current,
            None => {
                let named = self.awaited.iter().find(|(id, _)| *id == blocker.id).map(|(_, date)| *date);
                named.or_else(|| Some(blocker.repeats.as_ref()?.recurrence.anchor))
            }
        };
        awaited.is_some_and(|awaited| current <= awaited)
    }

    /// Its value of a field, whatever that is declared as now.
    pub fn field(&self, name: &str) -> Option<&FieldValue> {
        self.fields.iter().find(|(own, _)| **own == *name).map(|(_, value)| value)
    }

    /// The day from which its defer date and its lead let it show, if they say one.
    pub fn shows_from(&self, now: &Now) -> Option<Date> {
        let defer = self.defer.as_ref().map(|defer| defer.local_date(now));
        let lead = self.due.as_ref().zip(self.lead_days).and_then(|(due, lead)| {
            due.local_date(now).checked_sub(jiff::Span::new().try_days(lead).ok()?).ok()
        });
        defer.max(lead)
    }

    /// Whether it was captured and not sorted in yet: not begun, and nothing says where or when it belongs.
    pub fn is_in_inbox(&self) -> bool {
        self.status == Status::Todo
            && self.project.is_none()
            && self.parent.is_none()
            && [&self.due, &self.planned, &self.defer].iter().all(|date| date.is_none())
    }

    /// Whether it stands in the open lists: not closed, not in the trash.
    pub fn is_open(&self) -> bool {
        self.status.is_open() && !self.trashed
    }
}
