//! Projects and areas, as far as tasks are concerned.

use jiff::civil::Date;

use crate::domain::date::Now;
use crate::domain::id::NodeId;
use crate::domain::node::{Node, NodeKind, register};
use crate::domain::value::Value;

/// Most points a project weighs, either way.
pub const MOST_WEIGHT: u32 = 10;

/// What a project is at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum ProjectStatus {
    /// Under way.
    #[default]
    Active,
    /// At rest for now.
    OnHold,
    /// Perhaps one day.
    Someday,
    /// Come to its outcome.
    Done,
    /// Put away.
    Archived,
}

impl ProjectStatus {
    /// Every status.
    pub const ALL: [Self; 5] = [Self::Active, Self::OnHold, Self::Someday, Self::Done, Self::Archived];

    /// Its word, in registers and on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::OnHold => "on-hold",
            Self::Someday => "someday",
            Self::Done => "done",
            Self::Archived => "archived",
        }
    }

    /// The status of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }

    /// Whether it is over.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Done | Self::Archived)
    }
}

/// A project or area, as far as tasks are concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its page.
    pub id: NodeId,
    /// Its folder and title, joined by `/`.
    pub path: Box<str>,
    /// Its title.
    pub title: Box<str>,
    /// Whether it is an area.
    pub is_area: bool,
    /// What it is at.
    pub status: ProjectStatus,
    /// Whether it rests: on hold, someday, done, archived, or in the trash.
    pub on_hold: bool,
    /// Whether it is in the trash.
    pub trashed: bool,
    /// Whether only the first of its open tasks is available.
    pub sequential: bool,
    /// What it is to come to.
    pub outcome: Option<Box<str>>,
    /// Its area.
    pub area: Option<NodeId>,
    /// Days after which it is to be looked at again.
    pub review_days: Option<u32>,
    /// The day somebody last looked at it in a review.
    pub reviewed: Option<Date>,
    /// When it was made, in Unix milliseconds.
    pub created: i64,
    /// Its weight in the score of its tasks, in points.
    pub weight: i32,
}

impl Project {
    /// An active project of a path.
    pub fn new(id: NodeId, path: &str) -> Self {
        Self {
            id,
            path: path.into(),
            title: path.rsplit('/').next().unwrap_or_default().into(),
            is_area: false,
            status: ProjectStatus::Active,
            on_hold: false,
            trashed: false,
            sequential: false,
            outcome: None,
            area: None,
            review_days: None,
            reviewed: None,
            created: 0,
            weight: 0,
        }
    }

    /// A node as a project or area.
    pub fn of(node: &Node) -> Self {
        let registers = &node.registers;
        let text = |name| registers.value(name).as_text();
        let status = registers.value(register::STATUS).as_list().first().and_then(Value::as_text);
        // A later version may know more; what is at no status known here rests.
        let known = status.map_or(Some(ProjectStatus::Active), ProjectStatus::from_word);
        let trashed = node.is_trashed();
        Self {
            id: node.id,
            path: node.path().into(),
            title: node.title().into(),
            is_area: node.kind() == NodeKind::Area,
            status: known.unwrap_or(ProjectStatus::OnHold),
            on_hold: trashed || known != Some(ProjectStatus::Active),
            trashed,
            sequential: registers.value(register::SEQUENTIAL).is_true(),
            outcome: text(register::OUTCOME).map(Into::into),
            area: registers.value(register::AREA).as_bytes().and_then(|bytes| NodeId::from_slice(bytes).ok()),
            review_days: registers.value(register::REVIEW).as_int().and_then(|days| u32::try_from(days).ok()),
            reviewed: text(register::REVIEWED).and_then(|day| day.parse().ok()),
            created: node.created(),
            weight: registers
                .value(register::WEIGHT)
                .as_int()
                .and_then(|points| i32::try_from(points).ok())
                .filter(|points| MOST_WEIGHT >= points.unsigned_abs())
                .unwrap_or(0),
        }
    }

    /// Whether it is to be looked at: its interval has passed since the last review, or since it was made.
    pub fn is_review_due(&self, now: &Now) -> bool {
        let Some(days) = self.review_days.filter(|_| !self.trashed && !self.status.is_closed()) else {
            return false;
        };
        let made = || {
            let made = jiff::Timestamp::from_millisecond(self.created).unwrap_or_default();
            made.to_zoned_datetime(now.zone.clone()).date()
        };
        let since = self.reviewed.unwrap_or_else(made);
        i64::from(since.until(now.today()).map_or(0, |span| span.get_days())) >= i64::from(days)
    }
}
