//! Nodes: everything a person keeps is one, and each is the fold of its operations.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::change::{Body, Operation, Registers, Stamp, TextHash, Tick, text_hash};
use super::date::When;
use super::id::{NodeId, OpId};
use super::page::{
    Attachment, Fact, FactKind, TitleHit, file_key, folder_key, join_path, journal_genesis, text_facts,
    title_facts, title_key,
};
use super::task::own::FieldValue;
use super::task::recurrence::{
    Moved, Occurrence, OccurrenceState, Occurrences, Recurrence, Repeats, ShownDates, TaskDate,
};
use super::task::{Status, Task};
use super::value::Value;

/// Names of registers.
pub mod register {
    /// What the node is ([`super::NodeKind::word`]).
    pub const KIND: &str = "kind";
    /// Its title.
    pub const TITLE: &str = "title";
    /// Its folder, `/` between levels.
    pub const FOLDER: &str = "folder";
    /// The key its id was derived from.
    pub const KEY: &str = "key";
    /// When it was made, Unix milliseconds.
    pub const CREATED: &str = "created";
    /// `true` while it is in the trash.
    pub const TRASHED: &str = "trashed";
    /// `[word, at in Unix milliseconds, waiting on]`.
    pub const STATUS: &str = "status";
    /// 1 to 4.
    pub const PRIORITY: &str = "priority";
    /// When it has to be finished.
    pub const DUE: &str = "due";
    /// When one means to do it.
    pub const PLANNED: &str = "planned";
    /// Not before.
    pub const DEFER: &str = "defer";
    /// Out of `next` from then on.
    pub const EXPIRES: &str = "expires";
    /// When to ask again.
    pub const FOLLOW_UP: &str = "follow_up";
    /// Days before due.
    pub const LEAD: &str = "lead";
    /// Minutes.
    pub const ESTIMATE: &str = "estimate";
    /// Id of its project.
    pub const PROJECT: &str = "project";
    /// Id of the task it is part of.
    pub const PARENT: &str = "parent";
    /// What a project is to come to.
    pub const OUTCOME: &str = "outcome";
    /// Days after which a project is to be looked at again.
    pub const REVIEW: &str = "review";
    /// The day somebody last looked at it in a review.
    pub const REVIEWED: &str = "reviewed";
    /// `true` for a project of which only the first open task is available.
    pub const SEQUENTIAL: &str = "sequential";
    /// Id of the area a project belongs to.
    pub const AREA: &str = "area";
    /// What a project adds to the score of its tasks, in points.
    pub const WEIGHT: &str = "weight";
    /// Where a task was promoted from: `[page, anchor]`.
    pub const SOURCE: &str = "source";
    /// Fractional index.
    pub const RANK: &str = "rank";
    /// The day it was pinned on.
    pub const PINNED_ON: &str = "pinned_on";
    /// Begins a tag's register; the rest is the tag.
    pub const TAG: &str = "tag:";
    /// Begins a dependency's register; the rest is the other task's id.
    pub const DEPENDS_ON: &str = "dep:";
    /// Begins an alias's register; the rest is its title key, the value its title.
    pub const ALIAS: &str = "alias:";
    /// Begins a log line's register; the rest is its id, the value `[at in Unix milliseconds, line]`.
    pub const LOG: &str = "log:";
    /// Begins a reminder's register; the rest is the reminder.
    pub const REMIND: &str = "remind:";
    /// Begins a clock interval's register; the rest is its id, the value `[start, end or nothing]` in Unix milliseconds.
    pub const TIME: &str = "time:";
    /// Begins the register of a field kept from elsewhere or defined by the user.
    pub const FIELD: &str = "field:";
    /// How it repeats ([`crate::domain::task::recurrence::Recurrence`]).
    pub const RECURRENCE: &str = "recurrence";
    /// Begins the register of an occurrence; the rest is its nominal date, the value
    /// `[done or skipped, at in Unix milliseconds, the day that was where the user was]`.
    pub const OCCURRENCE: &str = "occ:";
    /// Begins the register of a date an occurrence was moved to; the rest is its nominal date, and for another date than
    /// the one it repeats by a `:` and that one's name. An empty text says that it has none.
    pub const MOVED: &str = "moved:";
    /// Begins an attachment's register; the rest is its name, folded, the value
    /// ([`crate::domain::page::Attachment::value`]).
    pub const ATTACHMENT: &str = "attach:";
}

/// What a node is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
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
    /// What the user set for all machines; there is one, [`NodeId::SETTINGS`], and no list has it.
    Settings,
}

impl NodeKind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Page, Self::Journal, Self::Task, Self::Project, Self::Area, Self::Settings];

    /// Its word, in registers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Journal => "journal",
            Self::Task => "task",
            Self::Project => "project",
            Self::Area => "area",
            Self::Settings => "settings",
        }
    }

    /// Whether it is a page of some kind, which has a title that links and people find it by.
    pub const fn is_page(self) -> bool {
        !matches!(self, Self::Task | Self::Settings)
    }

    /// The kind of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// What is known of a node's text without holding it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TextState {
    /// Local revision that made it, 0 for the genesis text.
    pub rev: u64,
    /// How many text operations it has.
    pub revisions: u64,
    /// Its hash.
    pub hash: TextHash,
    /// Whether it is empty.
    pub is_empty: bool,
}

/// A node: registers, and what is known of its text.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Its id.
    pub id: NodeId,
    /// Its registers.
    pub registers: Registers,
    /// Unix milliseconds of its newest operation.
    pub modified: u64,
    /// Whether somebody edited it on another device, and whoever threw it away had not seen that: it is not in the
    /// trash then.
    pub is_rescued: bool,
    /// Its text.
    pub text: TextState,
}

impl Node {
    /// A node no operation has touched yet.
    pub fn new(id: NodeId) -> Self {
        Self {
            id,
            registers: Registers::default(),
            modified: 0,
            is_rescued: false,
            text: TextState { hash: text_hash(""), is_empty: true, ..TextState::default() },
        }
    }

    /// Folds in the registers of an operation made here; texts are folded by whoever holds them ([`Node::set_text`]).
    pub fn apply(&mut self, operation: &Operation) {
        self.apply_received(operation, None);
        // What is made here has seen all that is here, and nobody elsewhere has seen it.
        self.is_rescued = match self.registers.register(register::TRASHED) {
            Some(trashed) if trashed.value.is_true() && trashed.stamp.op != operation.id => {
                self.is_rescued || (trashed.stamp.device != operation.device && operation.is_edit())
            }
            _ => false,
        };
    }

    /// Folds in the registers of an operation that the hub took at an instant in Unix milliseconds, or has yet to take.
    /// Whether the node is rescued from the trash is for whoever knows the log.
    pub fn apply_received(&mut self, operation: &Operation, at_ms: Option<u64>) {
        self.modified = self.modified.max(made_at(operation.id, at_ms));
        let Body::Set { tick, registers } = &operation.body else { return };
        let stamp = Stamp { tick: tick.received(at_ms), device: operation.device, op: operation.id };
        for (name, value) in registers {
            self.registers.write(name, value.clone(), stamp);
        }
    }

    /// Notes the text an operation made at a local revision.
    pub fn set_text(&mut self, text: &str, rev: u64) {
        self.text = TextState {
            rev,
            revisions: self.text.revisions + 1,
            hash: text_hash(text),
            is_empty: text.is_empty(),
        };
    }

    /// Whether any operation made it.
    pub fn exists(&self) -> bool {
        !self.registers.is_empty()
    }

    /// What it is. The settings are known by their id alone, so that no register has to say it and undo takes none away.
    pub fn kind(&self) -> NodeKind {
        if self.id == NodeId::SETTINGS {
            return NodeKind::Settings;
        }
        let said = self.text_of(register::KIND).and_then(NodeKind::from_word);
        said.filter(|kind| *kind != NodeKind::Settings).unwrap_or_default()
    }

    /// Its title.
    pub fn title(&self) -> &str {
        if self.kind() == NodeKind::Settings {
            return NodeKind::Settings.word();
        }
        self.text_of(register::TITLE).unwrap_or_default()
    }

    /// Its folder, empty for none.
    pub fn folder(&self) -> &str {
        self.text_of(register::FOLDER).unwrap_or_default()
    }

    /// Folder and title, `/` between.
    pub fn path(&self) -> String {
        join_path(self.folder(), self.title())
    }

    /// Folded title, by which links and references find it.
    pub fn title_key(&self) -> String {
        title_key(self.title())
    }

    /// Whether it is in the trash.
    pub fn is_trashed(&self) -> bool {
        self.registers.value(register::TRASHED).is_true()
            && !self.is_rescued
            && self.kind() != NodeKind::Settings
    }

    /// When it was made, Unix milliseconds.
    pub fn created(&self) -> i64 {
        self.registers.value(register::CREATED).as_int().unwrap_or_default()
    }

    /// The text at revision 0.
    pub fn genesis(&self) -> String {
        self.text_of(register::KEY).and_then(journal_genesis).unwrap_or_default()
    }

    /// The titles it answers to: its own, its aliases, and those its text gives it.
    pub fn title_hits(&self, text: &str) -> impl Iterator<Item = TitleHit> {
        let said = if text.starts_with("---") { text_facts(text) } else { BTreeSet::new() };
        let said =
            said.into_iter().filter(|(kind, _)| *kind == FactKind::Alias).map(|(_, alias)| (alias, true));
        let own = self.title_key();
        let aliases = self.registers.with_prefix(register::ALIAS).map(|(key, _)| (key.to_owned(), true));
        let aliases: Vec<_> = aliases.filter(|(key, _)| *key != own).collect();
        std::iter::once((own, false)).chain(aliases).chain(said).map(|(title_key, is_alias)| TitleHit {
            id: self.id,
            kind: self.kind(),
            title_key,
            folder_key: folder_key(self.folder()),
            is_alias,
        })
    }

    /// What it says of others and of itself, with its text.
    pub fn facts(&self, text: &str) -> BTreeSet<Fact> {
        let mut facts = text_facts(text);
        facts.extend(self.title_facts());
        facts
    }

    /// What its title says: only that of a task has links.
    pub fn title_facts(&self) -> BTreeSet<Fact> {
        if self.kind() == NodeKind::Task { title_facts(self.title()) } else { BTreeSet::new() }
    }

    /// Its tags, sorted.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.registers.with_prefix(register::TAG).map(|(tag, _)| tag)
    }

    /// Its aliases as typed; its own title, which a rename keeps among them, is none.
    pub fn aliases(&self) -> impl Iterator<Item = &str> {
        let own = self.title_key();
        let others = self.registers.with_prefix(register::ALIAS).filter(move |(key, _)| *key != own);
        others.filter_map(|(_, title)| title.as_text())
    }

    /// Files that belong to it, by name.
    pub fn attachments(&self) -> impl Iterator<Item = Attachment> {
        self.registers
            .with_prefix(register::ATTACHMENT)
            .filter_map(|(_, value)| Attachment::from_value(value))
    }

    /// The file of a name.
    pub fn attachment(&self, name: &str) -> Option<Attachment> {
        Attachment::from_value(self.registers.value(&attachment(name)))
    }

    /// Its log lines with their times in Unix milliseconds, oldest first.
    pub fn log(&self) -> Vec<(i64, &str)> {
        let mut lines: Vec<_> = self
            .registers
            .with_prefix(register::LOG)
            .filter_map(|(_, line)| match line.as_list() {
                [at, text] => Some((at.as_int()?, text.as_text()?)),
                _ => None,
            })
            .collect();
        lines.sort_by_key(|&(at, _)| at);
        lines
    }

    /// The status register: status, when it was set, for whom it waits.
    pub fn status(&self) -> (Status, i64, Option<&str>) {
        let register = self.registers.value(register::STATUS).as_list();
        let status =
            register.first().and_then(Value::as_text).and_then(Status::from_word).unwrap_or_default();
        let at = register.get(1).and_then(Value::as_int).unwrap_or_else(|| self.created());
        (status, at, register.get(2).and_then(Value::as_text))
    }

    /// How it repeats, if it does, and where it stands.
    pub fn repeats(&self) -> Option<Repeats> {
        let recurrence = Recurrence::from_value(self.registers.value(register::RECURRENCE))?;
        let current = recurrence.current(&self.occurrences());
        Some(Repeats { recurrence, current })
    }

    /// The occurrences that were recorded, by their nominal dates.
    pub fn occurrences(&self) -> Occurrences {
        let recorded = self.registers.with_prefix(register::OCCURRENCE);
        recorded.filter_map(|(date, value)| Some((date.parse().ok()?, occurrence(value)?))).collect()
    }

    /// What an occurrence was given instead of one of its dates.
    pub fn moved(&self, nominal: Date, date: TaskDate, basis: TaskDate) -> Option<Moved> {
        Moved::from_value(self.registers.value(&moved_name(nominal, date, basis)))
    }

    /// The dates as they are now: of a recurring task those of its current occurrence, or of the last one when there are
    /// no more.
    fn dates(&self, repeats: Option<&Repeats>) -> ShownDates {
        let template = |date: TaskDate| self.when(date.word());
        let Some(Repeats { recurrence, current }) = repeats else { return TaskDate::ALL.map(template) };
        let last = || self.occurrences().last_key_value().map(|(date, _)| *date);
        let nominal = current.or_else(last).unwrap_or(recurrence.anchor);
        recurrence.dates(nominal, template, |date| self.moved(nominal, date, recurrence.basis))
    }

    /// The date of an occurrence by which a task repeats.
    pub fn date_at(&self, recurrence: &Recurrence, nominal: Date) -> When {
        let moved = |date| self.moved(nominal, date, recurrence.basis);
        let dates = recurrence.dates(nominal, |date| self.when(date.word()), moved);
        dates.into_iter().nth(recurrence.basis as usize).flatten().unwrap_or(When::Day(nominal))
    }

    /// The typed task, for a node that is one.
    pub fn task(&self) -> Option<Task> {
        if self.kind() != NodeKind::Task {
            return None;
        }
        let repeats = self.repeats();
        let [due, planned, defer, expires] = self.dates(repeats.as_ref());
        let number = |name| self.registers.value(name).as_int();
        let id =
            |name| self.registers.value(name).as_bytes().and_then(|bytes| NodeId::from_slice(bytes).ok());
        let (status, status_at, waiting_on) = self.status();
        Some(Task {
            status,
            status_at,
            waiting_on: waiting_on.map(Into::into),
            priority: number(register::PRIORITY)
                .and_then(|n| u8::try_from(n).ok())
                .filter(|n| (1..=4).contains(n)),
            due,
            planned,
            defer,
            expires,
            repeats: repeats.map(Box::new),
            follow_up: self.when(register::FOLLOW_UP),
            lead_days: number(register::LEAD).and_then(|n| u32::try_from(n).ok()),
            estimate_minutes: number(register::ESTIMATE).and_then(|n| u32::try_from(n).ok()),
            project: id(register::PROJECT),
            parent: id(register::PARENT),
            tags: self.tags().map(Into::into).collect(),
            depends_on: self
                .registers
                .with_prefix(register::DEPENDS_ON)
                .filter_map(|(id, _)| id.parse().ok())
                .collect(),
            awaited: self
                .registers
                .with_prefix(register::DEPENDS_ON)
                .filter_map(|(id, on)| Some((id.parse().ok()?, on.as_text()?.parse().ok()?)))
                .collect(),
            reminders: self
                .registers
                .with_prefix(register::REMIND)
                .filter_map(|(reminder, _)| reminder.parse().ok())
                .collect(),
            fields: self.own_fields().collect(),
            rank: self.text_of(register::RANK).map(Into::into),
            pinned_on: self.text_of(register::PINNED_ON).and_then(|day| day.parse().ok()),
            reviewed: self.text_of(register::REVIEWED).and_then(|day| day.parse().ok()),
            created: self.created(),
            modified: i64::try_from(self.modified).unwrap_or(i64::MAX),
            trashed: self.is_trashed(),
            has_body: !self.text.is_empty,
            ..Task::new(self.id, self.title())
        })
    }

    /// Values of the user's own fields; those kept from elsewhere have their source before a `.` in the name.
    fn own_fields(&self) -> impl Iterator<Item = (Box<str>, FieldValue)> {
        let own = self.registers.with_prefix(register::FIELD).filter(|(name, _)| !name.contains('.'));
        own.filter_map(|(name, value)| Some((name.into(), FieldValue::from_value(value)?)))
    }

    fn text_of(&self, name: &str) -> Option<&str> {
        self.registers.value(name).as_text()
    }

    fn when(&self, name: &str) -> Option<When> {
        self.text_of(name).and_then(|text| text.parse().ok())
    }
}

/// When an operation was made, Unix milliseconds; no clock counts for more than the hub's.
pub fn made_at(operation: OpId, received_at: Option<u64>) -> u64 {
    Tick { ms: operation.v7_ms(), counter: 0 }.received(received_at).ms
}

/// The name of the register of a file that belongs to a node.
pub fn attachment(name: &str) -> String {
    format!("{}{}", register::ATTACHMENT, file_key(name))
}

/// The name of the register of a dependency on a node.
pub fn dependency(on: NodeId) -> String {
    format!("{}{on}", register::DEPENDS_ON)
}

/// The register value of a status.
pub fn status_value(status: Status, at: i64, waiting_on: Option<&str>) -> Value {
    let mut register = vec![Value::from(status.word()), Value::Int(at)];
    register.extend(waiting_on.map(Value::from));
    Value::List(register)
}

/// The name of the register that moves a date of an occurrence.
pub fn moved_name(nominal: Date, date: TaskDate, basis: TaskDate) -> String {
    match date == basis {
        true => format!("{}{nominal}", register::MOVED),
        false => format!("{}{nominal}:{}", register::MOVED, date.word()),
    }
}

/// The register value of an occurrence.
pub fn occurrence_value(occurrence: Occurrence) -> Value {
    let Occurrence { state, at, on } = occurrence;
    Value::List(vec![state.word().into(), Value::Int(at), on.to_string().into()])
}

fn occurrence(value: &Value) -> Option<Occurrence> {
    let [state, at, on] = value.as_list() else { return None };
    Some(Occurrence {
        state: OccurrenceState::from_word(state.as_text()?)?,
        at: at.as_int()?,
        on: on.as_text()?.parse().ok()?,
    })
}
