//! What stands together in a list.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::text::fold;
use super::{Facts, FilterError};
use crate::domain::date::Now;
use crate::domain::suggest::nearest;
use crate::domain::task::agenda::Days;
use crate::domain::task::{Status, Task};
use crate::domain::value::Value;

/// What a list is grouped by. Each task stands in one group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    /// Path of its project.
    Project,
    /// Path of the area of its project.
    Area,
    /// The first of its tags in the alphabet.
    Tag,
    /// Overdue, today, tomorrow, this week, next week, later.
    Due,
    /// doing, todo, waiting, someday, done, cancelled.
    Status,
    /// p1 to p4.
    Priority,
}

/// A group, in the order they come in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Group {
    place: i64,
    folded: Box<str>,
    name: Box<str>,
}

/// The group of what has no value; it comes last.
const LAST: i64 = i64::MAX;

impl Grouping {
    /// Every one.
    pub const ALL: [Self; 6] =
        [Self::Project, Self::Area, Self::Tag, Self::Due, Self::Status, Self::Priority];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Area => "area",
            Self::Tag => "tag",
            Self::Due => "due",
            Self::Status => "status",
            Self::Priority => "priority",
        }
    }

    /// Reads a word; `none` is no grouping.
    ///
    /// # Errors
    /// [`FilterError`] for any other.
    pub fn parse(text: &str) -> Result<Option<Self>, FilterError> {
        let word = text.trim().to_lowercase();
        let word = match word.as_str() {
            "none" | "" => return Ok(None),
            "proj" => "project",
            "tags" => "tag",
            word => word,
        };
        let found = Self::ALL.into_iter().find(|grouping| grouping.word() == word);
        found.map(Some).ok_or_else(|| {
            let words = Self::ALL.map(Self::word).into_iter().chain(["none"]).collect::<Vec<_>>();
            let hint = nearest(word, words.iter().copied()).map_or_else(
                || format!("group by one of {}", words.join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            let message = format!("tasks cannot be grouped by `{word}`");
            FilterError { message, hint: Some(hint), start: 0, end: text.chars().count() }
        })
    }
}

impl Group {
    fn new(place: i64, name: &str) -> Self {
        Self { place, folded: fold(name).into(), name: name.into() }
    }

    /// Its heading.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn to_value(&self) -> Value {
        Value::List(vec![self.place.into(), (&*self.name).into()])
    }

    pub(super) fn from_value(value: &Value) -> Option<Self> {
        let [place, name] = value.as_list() else { return None };
        Some(Self::new(place.as_int()?, name.as_text()?))
    }
}

/// The groups of a moment.
#[derive(Debug)]
pub(super) struct Groups {
    by: Grouping,
    today: Date,
    /// The last day of this week, and of the next.
    weeks: [Date; 2],
}

impl Groups {
    pub(super) fn new(by: Grouping, now: &Now) -> Self {
        let today = now.today();
        let end = Days::week(today, now).to();
        Self { by, today, weeks: [end, end.saturating_add(7.days())] }
    }

    /// The group of a task.
    pub(super) fn of(&self, task: &Task, facts: &dyn Facts) -> Group {
        let or_last = |name: Option<&str>, last: &str| match name {
            Some(name) => Group::new(0, name),
            None => Group::new(LAST, last),
        };
        match self.by {
            Grouping::Project => or_last(task.project.and_then(|id| facts.project_path(id)), "no project"),
            Grouping::Area => or_last(task.project.and_then(|id| facts.area_path(id)), "no area"),
            Grouping::Tag => {
                let tag = task.tags.first().map(|tag| format!("+{tag}"));
                or_last(tag.as_deref(), "no tag")
            }
            Grouping::Due => self.of_due(task, facts.now()),
            Grouping::Status => {
                // What is being done comes first, as people look at it.
                let place = if task.status == Status::Doing { -1 } else { task.status as i64 };
                Group::new(place, task.status.word())
            }
            Grouping::Priority => match task.priority {
                Some(priority) => Group::new(priority.into(), &format!("p{priority}")),
                None => Group::new(LAST, "no priority"),
            },
        }
    }

    fn of_due(&self, task: &Task, now: &Now) -> Group {
        let Some(due) = &task.due else { return Group::new(LAST, "no due date") };
        let day = due.local_date(now);
        let (place, name) = if due.is_past(now) {
            (0, if task.status.is_open() { "overdue" } else { "past" })
        } else if day <= self.today {
            (1, "today")
        } else if self.today.tomorrow().is_ok_and(|tomorrow| tomorrow == day) {
            (2, "tomorrow")
        } else if day <= self.weeks[0] {
            (3, "this week")
        } else if day <= self.weeks[1] {
            (4, "next week")
        } else {
            (5, "later")
        };
        Group::new(place, name)
    }
}
