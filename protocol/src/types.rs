//! What requests and replies speak of: tasks, pages, dates.
//!
//! Ids and revisions are strings (Neovim aborts on integers from 2^53), times RFC 3339 strings in UTC, dates
//! `YYYY-MM-DD`. An absent field means "none".

mod hub;
mod link;
mod plan;
mod settings;
mod sync;
mod update;
mod writing;

use serde::{Deserialize, Serialize};

pub use self::hub::{HubAccount, HubDevice};
pub use self::plan::{AgendaDay, AgendaEntry, Occasion, ReviewSection, ReviewStep, TimeInterval, TimeRow};
pub use self::settings::{AppliedContext, Context, OwnField, SavedView, SyncedSetting};
pub use self::sync::{CheckStep, Conflict, ParkedChange, SyncDevice, SyncState};
pub use self::update::FailedRelease;

pub use self::writing::{
    Attachment, CandidateKind, Heading, LinkCandidate, MissingPlace, NamedAnchor, ResolvedLink,
};

pub use self::link::{
    Backlink, Finding, Link, LinkKind, LinkState, RewrittenPage, TextRevision, UnresolvedTarget,
};

/// What a node is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    /// A wiki page.
    #[default]
    Page,
    /// The page of a day or week.
    Journal,
    /// A task.
    Task,
    /// A page with a project's status.
    Project,
    /// A page for a field of life.
    Area,
    /// What is set for all machines; conflicts and undo speak of it, no list has it.
    Settings,
}

/// A node, named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct NodeRef {
    /// The node's id.
    pub id: String,
    /// Shortest unique prefix of its short id, at least 3 characters.
    pub short: String,
    /// Its title.
    pub title: String,
    /// What it is.
    pub kind: NodeKind,
    /// Its folder, for pages in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// Whether a task among them is closed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
}

/// A civil date, or a local time in a zone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct When {
    /// The local date, `YYYY-MM-DD`.
    pub date: String,
    /// The local time, `HH:MM` or `HH:MM:SS`; absent for a whole day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// The IANA zone of `time`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// The instant of `time`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// A task's status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Open, not begun.
    #[default]
    Todo,
    /// Begun.
    Doing,
    /// Open, waits for somebody.
    Waiting,
    /// Perhaps one day.
    Someday,
    /// Closed, finished.
    Done,
    /// Closed, given up.
    Cancelled,
}

/// A task, with what is derived from now, the zone and the other tasks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Task {
    /// The task's id.
    pub id: String,
    /// Shortest unique prefix of its short id.
    pub short: String,
    /// Its title.
    pub title: String,
    /// Its status.
    pub status: Status,
    /// For whom or what a waiting task waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting_on: Option<String>,
    /// 1 (highest) to 4.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<u8>,
    /// When it has to be finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<When>,
    /// Days from today to `due`; negative when past.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_in_days: Option<i32>,
    /// When one means to do it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planned: Option<When>,
    /// Not before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub defer: Option<When>,
    /// Out of `next` from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<When>,
    /// When to ask again about a waiting task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follow_up: Option<When>,
    /// Estimated work, in minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimate_minutes: Option<u32>,
    /// Days before `due` from which it shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead_days: Option<u32>,
    /// Its project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<NodeRef>,
    /// The task it is part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<NodeRef>,
    /// Its tags, sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// How it repeats, in words that `every` takes again; its dates are those of the occurrence that is next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeats: Option<String>,
    /// What has to be finished first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<NodeRef>,
    /// When somebody wants to be told of it, in words (`1h before due`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reminders: Vec<String>,
    /// Whether it has a body.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub has_body: bool,
    /// Whether it is pinned for today.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub pinned: bool,
    /// Whether it is in the trash.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub trashed: bool,
    /// When it was made.
    pub created: String,
    /// When it was last changed.
    pub modified: String,
    /// When work on it began, for one that is being done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<String>,
    /// When it was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<String>,
    /// What else is true of it now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<Flag>,
    /// Points of `next`; open tasks only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// Fields kept from an import and fields the user defined.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
}

/// Tasks of a page that stand in one group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct TaskGroup {
    /// Its heading: a project, `+tag`, `overdue`, `no project`.
    pub name: String,
    /// How many of the page's tasks stand in it: a group may go on over pages.
    pub tasks: u64,
    /// How many tasks stand in it in all.
    pub count: u64,
}

/// An occurrence of a recurring task that was dealt with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Occurrence {
    /// The date its rule gave it, `YYYY-MM-DD`.
    pub date: String,
    /// The date it was moved to, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved: Option<When>,
    /// Whether it was skipped, not done.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub skipped: bool,
    /// When that was recorded.
    pub at: String,
}

/// A derived truth about a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// Nothing keeps it out of `next`.
    Available,
    /// Its due day or time has passed.
    Overdue,
    /// Due today.
    DueToday,
    /// An open task has to be finished first.
    Blocked,
    /// An open task waits for it.
    Blocking,
    /// Deferred, or before its lead time.
    Deferred,
    /// Past `expires`.
    Expired,
    /// Has open children.
    Parent,
    /// Its project is on hold, someday, done or archived.
    OnHold,
    /// Untouched for 90 days.
    Stale,
}

/// A named value outside the fixed fields.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Field {
    /// Its name; imported ones carry their source (`taskwarrior.estimate`).
    pub name: String,
    /// Its value as text.
    pub value: String,
    /// What people see instead of the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// A page without its text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Page {
    /// The page's id.
    pub id: String,
    /// Shortest unique prefix of its short id.
    pub short: String,
    /// What kind of page.
    pub kind: NodeKind,
    /// Its title; a journal's is its date or week.
    pub title: String,
    /// Its folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// Other titles it answers to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Its tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// When it was made; empty for a journal not written yet.
    pub created: String,
    /// When it was last changed.
    pub modified: String,
    /// Whether it is in the trash.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub trashed: bool,
}

/// A page with its text, as an editor opens it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct OpenPage {
    /// The page.
    pub page: Page,
    /// For a journal: the key `page.save` needs if the page is not there yet (`journal:2026-11-23`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Its Markdown text.
    pub text: String,
    /// Revision token of the text, the base of a save.
    pub rev: String,
    /// Whether the page is in the store already.
    pub exists: bool,
}

/// A piece of a quick-add line that was understood.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Recognised {
    /// First Unicode scalar of the piece in the line, from 0.
    pub start: u32,
    /// One past its last Unicode scalar.
    pub end: u32,
    /// The piece as typed.
    pub text: String,
    /// The field it sets (`due`, `tag`, …).
    pub field: String,
    /// What it was understood as (`Fri 2026-11-27`).
    pub meaning: String,
}

/// One line of a task's log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct LogEntry {
    /// When it was written.
    pub at: String,
    /// The line.
    pub text: String,
}

/// One term of a task's score.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ScoreTerm {
    /// Name of the term (`due`, `priority`, …).
    pub name: String,
    /// Its input, in words (`due in 3 days`).
    pub input: String,
    /// Its points.
    pub points: f64,
    /// What it weighs by the settings, in words (`9 today, from 14 days ahead`).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub weight: String,
}

/// A reason that keeps a task out of `next`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct GateReason {
    /// Name of the gate (`deferred`, `blocked`, …).
    pub name: String,
    /// The reason in words (`deferred until Mon 2026-11-30`).
    pub detail: String,
}

/// One change in a node's history.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct HistoryEntry {
    /// The local revision that made it.
    pub rev: String,
    /// When, by the clock of the device that made it.
    pub at: String,
    /// The group `undo` takes; absent for saves and imports, which are no undo steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Whether the change is an undo or a redo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undoes: Option<String>,
    /// What changed.
    pub changes: Vec<FieldChange>,
}

/// A field's value before and after.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct FieldChange {
    /// The field; `text` for the body.
    pub field: String,
    /// Its value before, as text; absent when unset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Its value after; for `text` a summary (`+3 -1 lines`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// Something `undo` or `redo` left as it was, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Skipped {
    /// The node.
    pub node: NodeRef,
    /// The field; `text` for the body.
    pub field: String,
    /// Why it was left.
    pub reason: String,
}

/// A setting in force and where it came from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// Its value; secrets are never among them.
    pub value: String,
    /// `flag`, `environment`, `file` or `default`.
    pub origin: String,
}

/// Something an import could not map, or had to change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ImportProblem {
    /// The source's own id of the item, or its place in the batch.
    pub item: String,
    /// What is wrong, and what was done.
    pub message: String,
}

/// A source field that was kept as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct KeptField {
    /// Its name at the source.
    pub name: String,
    /// How many items had it.
    pub count: u64,
}

/// How often and how fast a method was answered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct MethodStats {
    /// The method.
    pub method: String,
    /// Calls since the start.
    pub calls: u64,
    /// Median, in microseconds.
    pub p50_us: u64,
    /// 99th percentile, in microseconds.
    pub p99_us: u64,
}

/// A page with its text, as an export writes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ExportedPage {
    /// The page.
    pub page: Page,
    /// Its text.
    pub text: String,
    /// The files that belong to it, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
}

/// A tag and what has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct TagCount {
    /// The tag, without its sign.
    pub tag: String,
    /// Open tasks that have it.
    pub tasks: u64,
    /// Pages and journals that have it.
    pub pages: u64,
}

/// A project or area in a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ProjectSummary {
    /// Its page.
    pub node: NodeRef,
    /// `active`, `on-hold`, `someday`, `done` or `archived`.
    pub status: String,
    /// Its open tasks.
    pub open: u64,
    /// Those of them that are available now.
    pub available: u64,
    /// Those of them that are overdue.
    pub overdue: u64,
    /// What it is to come to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// Its area.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area: Option<NodeRef>,
    /// Whether only the first of its open tasks is available.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sequential: bool,
    /// The available task that ranks first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<NodeRef>,
    /// Whether it is an active project without an available task, so that it does not move.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub stuck: bool,
    /// Days after which it is to be looked at again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_days: Option<u32>,
    /// The day somebody last looked at it in a review, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewed: Option<String>,
    /// Whether it is to be looked at by now.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub review_due: bool,
    /// Points it adds to the score of its tasks; absent for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<i32>,
}

/// Unicode scalars from `start` up to `end` of a text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Mark {
    /// First scalar.
    pub start: u32,
    /// One past the last.
    pub end: u32,
}

/// A node that a search found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct SearchHit {
    /// The node.
    pub node: NodeRef,
    /// Where the title matches.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub title_marks: Vec<Mark>,
    /// The line of the text, from 1, of the first match; 0 when only the title matches.
    pub line: u32,
    /// A piece of the text around the first match, on one line.
    pub snippet: String,
    /// Where the snippet matches.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
}
