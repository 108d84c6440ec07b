//! Changes of a task as they were typed.

use jiff::civil::{Date, Time};

use crate::domain::date::When;
use crate::domain::task::Status;
use crate::domain::task::own::FieldValue;
use crate::domain::task::recurrence::{Mode, Rule};
use crate::domain::task::reminder::Reminder;

/// One change of a task. `None` unsets; projects and tasks are named as typed and found elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Another title.
    Title(String),
    /// A tag more, folded.
    Tag(String),
    /// A tag less, folded.
    Untag(String),
    /// 1 (highest) to 4.
    Priority(Option<u8>),
    /// When it has to be finished.
    Due(Option<When>),
    /// When one means to do it.
    Planned(Option<When>),
    /// Not before.
    Defer(Option<When>),
    /// Out of `next` from then on.
    Expires(Option<When>),
    /// When to ask again about a waiting task.
    FollowUp(Option<When>),
    /// A reminder more.
    Remind(Reminder),
    /// A reminder less.
    NoReminder(Reminder),
    /// Days before `due` from which it shows.
    Lead(Option<u32>),
    /// Estimated work in minutes.
    Estimate(Option<u32>),
    /// A project's title or path.
    Project(Option<String>),
    /// A reference to the task it is part of.
    Parent(Option<String>),
    /// A reference to a task that has to be finished first.
    DependsOn(String),
    /// A reference to a task that no longer has to.
    NotDependsOn(String),
    /// Another status.
    Status(Status),
    /// How it repeats.
    Repeat(Option<Repeat>),
    /// A field of the user's, by name.
    Own(Box<str>, Option<FieldValue>),
}

impl Change {
    /// The field it sets, as [`super::Recognised::field`] names it.
    pub fn field(&self) -> &str {
        match self {
            Self::Title(_) => "title",
            Self::Tag(_) | Self::Untag(_) => "tag",
            Self::Priority(_) => "priority",
            Self::Due(_) => "due",
            Self::Planned(_) => "planned",
            Self::Defer(_) => "defer",
            Self::Expires(_) => "expires",
            Self::FollowUp(_) => "follow_up",
            Self::Remind(_) | Self::NoReminder(_) => "remind",
            Self::Lead(_) => "lead",
            Self::Estimate(_) => "estimate",
            Self::Project(_) => "project",
            Self::Parent(_) => "parent",
            Self::DependsOn(_) | Self::NotDependsOn(_) => "depends_on",
            Self::Status(_) => "status",
            Self::Repeat(_) => "every",
            Self::Own(name, _) => name,
        }
    }

    /// Whether a task can have several of its field.
    pub fn is_one_of_several(&self) -> bool {
        matches!(self.field(), "tag" | "remind" | "depends_on")
    }
}

/// A repetition as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeat {
    /// The rule.
    pub rule: Rule,
    /// How the next date is found.
    pub mode: Mode,
    /// The time of day, if one was named.
    pub at: Option<Time>,
    /// The day from which it begins, if one was named.
    pub from: Option<Date>,
}
