//! What a filter means: tests joined by and, or, not. `D` is a date and `N` a node: as typed after parsing, found and
//! resolved after binding.

use std::cmp::Ordering;

use super::own::OwnTest;
use super::text::{TextTerm, fold, is_folded};
use crate::domain::task::Status;

/// Tests joined by and, or, not.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression<D, N> {
    /// Every one holds; true when there are none.
    All(Vec<Self>),
    /// At least one holds.
    Any(Vec<Self>),
    Not(Box<Self>),
    /// What a word behind `is:`, or a saved view, stands for.
    Named(Name, Box<Self>),
    Test(Test<D, N>),
}

/// How an expression is named: `is:today`, `view:errands`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// `is` or `view`.
    pub(super) key: &'static str,
    pub(super) word: Box<str>,
}

/// One question about a task.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Test<D, N> {
    /// The field is set.
    Has(Field),
    /// A tag is this one, or with `subtree` stands below it.
    Tag {
        tag: Box<str>,
        subtree: bool,
    },
    /// A tag has the (folded) text in it.
    TagHas(Box<str>),
    Project(ProjectTest),
    /// The area of its project.
    Area(ProjectTest),
    Status(Statuses),
    Is(Word),
    Date {
        field: DateField,
        relation: Relation,
        date: D,
    },
    Number {
        field: NumberField,
        relation: Relation,
        value: f64,
    },
    /// Title or body has the text term of that index; with `title` false only the body is asked.
    Text {
        term: usize,
        title: bool,
    },
    Title(TextTerm),
    Waiting(TextTerm),
    /// Title or body links to the target of that index.
    Links(usize),
    /// The short id begins so, or the whole id is so.
    Id(Box<str>),
    Under(N),
    Parent(N),
    DependsOn(N),
    /// A field of the user's.
    Own(Box<OwnTest<D>>),
}

/// A field that may be unset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Date(DateField),
    Number(NumberField),
    Project,
    Area,
    Parent,
    DependsOn,
    Tags,
    Body,
    Waiting,
    Repeats,
    Reminders,
}

/// A date of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DateField {
    Due,
    Planned,
    Defer,
    Expires,
    FollowUp,
    Created,
    Modified,
    Closed,
    /// When work on it began, while it is being done.
    Started,
    /// The day of its last review.
    Reviewed,
}

/// A number of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumberField {
    Priority,
    /// In days.
    Lead,
    /// In minutes.
    Estimate,
    Score,
    /// In local days since it was made.
    Age,
}

/// How a value stands to the one in the filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Before,
    UpTo,
    Equal,
    From,
    After,
}

/// What is derived about a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Overdue,
    Available,
    Blocked,
    Blocking,
    Deferred,
    /// Has open children.
    Parent,
    Pinned,
    /// Repeats.
    Recurring,
    Trashed,
    /// Captured, and not sorted in yet.
    Inbox,
    /// Its project rests.
    OnHold,
    /// Its time is over.
    Expired,
}

/// A set of statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Statuses(u8);

/// Which projects a filter means; public so that an index of projects can be asked once rather than every task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectTest {
    pub(super) typed: Box<str>,
    pub(super) folded: Box<str>,
    pub(super) reach: Reach,
}

/// How far a project test reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// The project of that path, or of that title in any folder.
    Named,
    /// The project of that path and everything below it.
    Subtree,
    /// Every project whose path has the text in it.
    Has,
}

impl ProjectTest {
    pub(super) fn new(text: &str, reach: Reach) -> Self {
        Self { typed: text.into(), folded: fold(text).into(), reach }
    }

    /// Whether a project's path (`Home/Kitchen`) is meant.
    pub fn is_met_by(&self, path: &str) -> bool {
        match self.reach {
            Reach::Named => {
                let title = path.rsplit_once('/').map_or(path, |(_, title)| title);
                is_folded(path, &self.folded) || is_folded(title, &self.folded)
            }
            Reach::Subtree => path
                .match_indices('/')
                .map(|(slash, _)| slash)
                .chain([path.len()])
                .any(|end| is_folded(&path[..end], &self.folded)),
            Reach::Has => fold(path).contains(&*self.folded),
        }
    }
}

impl Relation {
    pub(super) fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Before => ordering.is_lt(),
            Self::UpTo => ordering.is_le(),
            Self::Equal => ordering.is_eq(),
            Self::From => ordering.is_ge(),
            Self::After => ordering.is_gt(),
        }
    }

    pub(super) const fn sign(self) -> &'static str {
        match self {
            Self::Before => "<",
            Self::UpTo => "<=",
            Self::Equal => "=",
            Self::From => ">=",
            Self::After => ">",
        }
    }
}

impl Statuses {
    pub(super) const OPEN: Self = Self::of(&[Status::Todo, Status::Doing, Status::Waiting, Status::Someday]);
    pub(super) const CLOSED: Self = Self::of(&[Status::Done, Status::Cancelled]);
    pub(super) const ALL: Self = Self(Self::OPEN.0 | Self::CLOSED.0);

    pub(super) const fn of(statuses: &[Status]) -> Self {
        let mut bits = 0;
        let mut place = 0;
        while place < statuses.len() {
            bits |= 1 << statuses[place] as u8;
            place += 1;
        }
        Self(bits)
    }

    pub(super) const fn has(self, status: Status) -> bool {
        self.0 & 1 << status as u8 != 0
    }

    pub(super) const fn complement(self) -> Self {
        Self(Self::ALL.0 & !self.0)
    }

    pub(super) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl DateField {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Planned => "planned",
            Self::Defer => "defer",
            Self::Expires => "expires",
            Self::FollowUp => "follow_up",
            Self::Created => "created",
            Self::Modified => "modified",
            Self::Closed => "closed",
            Self::Started => "started",
            Self::Reviewed => "reviewed",
        }
    }
}

impl NumberField {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Priority => "priority",
            Self::Lead => "lead",
            Self::Estimate => "est",
            Self::Score => "score",
            Self::Age => "age",
        }
    }
}

impl Field {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Date(field) => field.name(),
            Self::Number(field) => field.name(),
            Self::Project => "proj",
            Self::Area => "area",
            Self::Parent => "parent",
            Self::DependsOn => "dep",
            Self::Tags => "tag",
            Self::Body => "body",
            Self::Waiting => "waiting",
            Self::Repeats => "every",
            Self::Reminders => "remind",
        }
    }
}

impl Word {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::Available => "available",
            Self::Blocked => "blocked",
            Self::Blocking => "blocking",
            Self::Deferred => "deferred",
            Self::Parent => "parent",
            Self::Pinned => "pinned",
            Self::Recurring => "recurring",
            Self::Trashed => "trashed",
            Self::Inbox => "inbox",
            Self::OnHold => "on-hold",
            Self::Expired => "expired",
        }
    }
}

impl<D, N> Expression<D, N> {
    /// Moves the texts it looks for in bodies, and its links, behind so many others.
    pub(super) fn move_lookups(&mut self, terms: usize, links: usize) {
        match self {
            Self::All(parts) | Self::Any(parts) => {
                parts.iter_mut().for_each(|part| part.move_lookups(terms, links));
            }
            Self::Not(part) | Self::Named(_, part) => part.move_lookups(terms, links),
            Self::Test(Test::Text { term, .. }) => *term += terms,
            Self::Test(Test::Links(target)) => *target += links,
            Self::Test(_) => {}
        }
    }

    /// The tests that must all hold: the expression itself, or what its outermost `and` joins.
    pub(super) fn conjuncts(&self) -> Vec<&Test<D, N>> {
        match self {
            Self::Test(test) => vec![test],
            Self::Named(_, part) => part.conjuncts(),
            Self::All(parts) => parts.iter().flat_map(Self::conjuncts).collect(),
            Self::Any(parts) if parts.len() == 1 => parts.iter().flat_map(Self::conjuncts).collect(),
            Self::Any(_) | Self::Not(_) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projects_are_named_by_path_title_or_subtree() {
        let met = |text, reach, path| ProjectTest::new(text, reach).is_met_by(path);
        assert!(met("home/kitchen", Reach::Named, "Home/Kitchen"));
        assert!(met("Kitchen", Reach::Named, "Home/Kitchen"));
        assert!(!met("Home", Reach::Named, "Home/Kitchen"));
        assert!(met("Home", Reach::Subtree, "home/kitchen/sink"));
        assert!(met("Home", Reach::Subtree, "Home"));
        assert!(!met("Home", Reach::Subtree, "Homework/Maths"));
        assert!(met("itch", Reach::Has, "Home/Kitchen"));
        assert!(met("Straße", Reach::Subtree, "STRASSE/Nord"));
    }
}
