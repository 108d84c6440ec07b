//! From a request to the command it asks for.

use std::collections::BTreeMap;

use heph_protocol::request::{
    BulkAction, Children as WireChildren, Request, Scope as WireScope, TaskBulk, Transition as WireTransition,
};
use heph_protocol::types::{ImportProblem, KeptField};
use heph_protocol::{ErrorCode, WireError};

use super::error::filter_error;
use crate::domain::date::Now;
use crate::domain::id::{GroupId, MutationId, NodeId};
use crate::domain::import::{obsidian, taskwarrior};
use crate::domain::page::RevisionRef;
use crate::domain::short_id::ShortIds;
use crate::domain::task::filter::{BoundFilter, Grouping, Sort, Vocabulary, parse};
use crate::domain::task::own::OwnFields;
use crate::domain::task::saved_view::SavedView;
use crate::domain::verbs::{
    Children, Command, ImportItem, Place, Scope, SeenLine, SettingChange, TimeChange, Transition,
};

/// The most items of one import batch.
const MAX_ITEMS: usize = 1_000;

/// The most nodes one request names.
const MAX_REFERENCES: usize = 10_000;

/// A mutation, understood.
#[derive(Debug)]
pub struct Asked {
    /// The command.
    pub command: Command,
    /// Only tell what would happen.
    pub dry_run: bool,
}

impl From<Command> for Asked {
    fn from(command: Command) -> Self {
        Self { command, dry_run: false }
    }
}

/// The command of a mutation; `None` for a request that is none.
///
/// `task.modify` with a filter and `import.batch` need more than the request and are made where that is at hand.
///
/// # Errors
/// `invalid` for ids and tokens that are none.
pub fn command(request: Request) -> Result<Option<Asked>, WireError> {
    Ok(Some(match request {
        Request::TaskAdd(add) => Asked {
            command: Command::AddTask { line: add.line, literal: add.literal, body: add.body, context: None },
            dry_run: add.dry_run,
        },
        Request::TaskTransition(asked) => Command::Transition {
            references: some(asked.references)?,
            to: transition(asked.to),
            children: children(asked.children),
        }
        .into(),
        Request::TaskModify(asked) => Asked {
            command: Command::Modify {
                references: some(asked.references)?,
                changes: asked.changes,
                scope: scope(asked.scope),
            },
            dry_run: asked.dry_run,
        },
        Request::TaskDefer(asked) => {
            Command::Defer { references: some(asked.references)?, until: asked.until }.into()
        }
        Request::TaskPin(asked) => {
            Command::Pin { references: some(asked.references)?, pinned: asked.pinned }.into()
        }
        Request::TaskLog(asked) => Command::Log { reference: asked.reference, text: asked.text }.into(),
        Request::TimeAdd(asked) => {
            Command::AddTime { reference: asked.reference, length: asked.length, from: asked.from }.into()
        }
        Request::TimeEdit(asked) => Command::EditTime {
            reference: asked.reference,
            interval: asked.interval,
            change: TimeChange { from: asked.from, to: asked.to, length: asked.length },
        }
        .into(),
        Request::TimeDelete(asked) => {
            Command::DeleteTime { reference: asked.reference, interval: asked.interval }.into()
        }
        Request::TaskWait(asked) => Command::Wait {
            references: some(asked.references)?,
            whom: asked.whom,
            follow_up: asked.follow_up,
        }
        .into(),
        Request::ReviewMark(asked) => Command::Reviewed { references: some(asked.references)? }.into(),
        Request::TaskSub(asked) => Command::Sub { reference: asked.reference, lines: asked.lines }.into(),
        Request::TaskDuplicate(asked) => Command::Duplicate { reference: asked.reference }.into(),
        Request::TaskMove(asked) => {
            Command::Move { to: place(asked.before, asked.after, asked.first)?, reference: asked.reference }
                .into()
        }
        Request::TaskFormSave(asked) => {
            Command::SaveForm { id: node_id(&asked.id)?, base: asked.base, text: asked.text }.into()
        }
        Request::NodeDelete(asked) => {
            Command::Trash { references: some(asked.references)?, trashed: true }.into()
        }
        Request::AttachmentDelete(asked) => {
            Command::Detach { reference: asked.reference, name: asked.name }.into()
        }
        Request::NodeRestore(asked) => {
            Command::Trash { references: some(asked.references)?, trashed: false }.into()
        }
        Request::PageNew(asked) => Asked {
            command: Command::NewPage { path: asked.title, text: asked.text, template: asked.template },
            dry_run: asked.dry_run,
        },
        Request::PageRename(asked) => Asked {
            command: Command::Rename { reference: asked.reference, to: asked.to },
            dry_run: asked.dry_run,
        },
        Request::PageRevert(asked) => {
            let rev = revision(&asked.rev)?;
            Command::Revert { reference: asked.reference, rev }.into()
        }
        Request::ItemPromote(asked) => Command::Promote(SeenLine {
            reference: asked.reference,
            base: asked.base_rev.parse().map_err(|error| invalid("base_rev", &error))?,
            number: asked.line,
            text: asked.text,
        })
        .into(),
        Request::PageSave(asked) => Command::SavePage {
            id: node_id(&asked.id)?,
            key: asked.key,
            base: asked.base_rev.parse().map_err(|error| invalid("base_rev", &error))?,
            after: asked.after.iter().map(|id| mutation_id(id)).collect::<Result<_, _>>()?,
            text: asked.text,
        }
        .into(),
        Request::JournalCapture(asked) => Command::Capture { line: asked.line, date: asked.date }.into(),
        Request::SettingsSet(asked) => {
            Command::Settings(SettingChange::Set { key: asked.key, value: asked.value }).into()
        }
        Request::ContextSet(asked) => Command::Settings(SettingChange::Context {
            name: asked.name,
            filter: asked.filter,
            new_task: asked.new_task,
        })
        .into(),
        Request::ContextDelete(asked) => {
            Command::Settings(SettingChange::NoContext { name: asked.name }).into()
        }
        Request::ViewSave(asked) => Command::Settings(SettingChange::View {
            name: asked.name,
            view: SavedView {
                filter: asked.filter.trim().into(),
                sort: asked.sort.map(Into::into),
                columns: asked.columns.map(Into::into),
                group: asked.group.map(Into::into),
            },
        })
        .into(),
        Request::ViewDelete(asked) => Command::Settings(SettingChange::NoView { name: asked.name }).into(),
        Request::FieldAdd(asked) => Command::Settings(SettingChange::Field {
            name: asked.name,
            kind: asked.kind,
            choices: asked.choices,
            label: asked.label,
        })
        .into(),
        Request::FieldDelete(asked) => Command::Settings(SettingChange::NoField { name: asked.name }).into(),
        Request::SettingsUnset(asked) => Command::Settings(SettingChange::Unset { key: asked.key }).into(),
        Request::Undo(asked) => {
            let group =
                asked.group.map(|group| group.parse::<GroupId>().map_err(|error| invalid("group", &error)));
            Command::Undo { group: group.transpose()? }.into()
        }
        Request::Redo(_) => Command::Redo.into(),
        _ => return Ok(None),
    }))
}

/// What is done to the tasks that a filter matches.
pub fn bulk_command(asked: &TaskBulk, references: Vec<String>) -> Command {
    let to = match asked.action {
        BulkAction::Done => WireTransition::Done,
        BulkAction::Start => WireTransition::Start,
        BulkAction::Stop => WireTransition::Stop,
        BulkAction::Cancel => WireTransition::Cancel,
        BulkAction::Reopen => WireTransition::Reopen,
        BulkAction::Skip => WireTransition::Skip,
        BulkAction::Defer => return Command::Defer { references, until: asked.until.clone() },
        BulkAction::Pin => return Command::Pin { references, pinned: true },
        BulkAction::Unpin => return Command::Pin { references, pinned: false },
        BulkAction::Delete => return Command::Trash { references, trashed: true },
        BulkAction::Restore => return Command::Trash { references, trashed: false },
    };
    Command::Transition { references, to: transition(to), children: children(asked.children) }
}

/// An import batch, read.
#[derive(Debug)]
pub struct ImportBatch {
    /// What takes its items in.
    pub command: Command,
    /// What had no counterpart.
    pub kept: Vec<KeptField>,
    /// What could not be read.
    pub problems: Vec<ImportProblem>,
}

/// Reads an import batch.
///
/// # Errors
/// `unsupported` for a source nobody knows, `invalid` for too many items.
pub fn import_batch(
    source: &str,
    items: &[String],
    now: &Now,
    fields: &OwnFields,
) -> Result<ImportBatch, WireError> {
    if items.len() > MAX_ITEMS {
        return Err(WireError::new(ErrorCode::Invalid, format!("a batch has {MAX_ITEMS} items at most")));
    }
    match source {
        "taskwarrior" => Ok(taskwarrior_batch(source, items, now, fields)),
        "obsidian" => Ok(obsidian_batch(items)),
        _ => Err(WireError::new(ErrorCode::Unsupported, format!("there is no import from “{source}”"))
            .hint("taskwarrior, obsidian")),
    }
}

fn obsidian_batch(items: &[String]) -> ImportBatch {
    let (mut pages, mut problems) = (Vec::new(), Vec::new());
    for item in items {
        match obsidian::map(item) {
            Ok(page) => pages.push(page),
            Err(problem) => problems.push(ImportProblem { item: problem.item, message: problem.message }),
        }
    }
    ImportBatch { command: Command::ImportPages { pages }, kept: Vec::new(), problems }
}

fn taskwarrior_batch(source: &str, items: &[String], now: &Now, fields: &OwnFields) -> ImportBatch {
    let mut tasks = Vec::new();
    let mut batch = ImportBatch {
        command: Command::Import { items: Vec::new() },
        kept: Vec::new(),
        problems: Vec::new(),
    };
    let mut kept = BTreeMap::<String, u64>::new();
    for item in items {
        match taskwarrior::map(item, now) {
            Ok(mut task) => {
                taskwarrior::take_own_fields(&mut task, fields, now);
                for (name, _) in &task.ext {
                    *kept.entry(name.clone()).or_default() += 1;
                }
                let key = task.key.clone();
                batch.problems.extend(
                    task.notes.iter().map(|note| ImportProblem { item: key.clone(), message: note.clone() }),
                );
                tasks.push(ImportItem::new(source, item, task));
            }
            Err(problem) => {
                batch.problems.push(ImportProblem { item: problem.item, message: problem.message })
            }
        }
    }
    batch.kept = kept.into_iter().map(|(name, count)| KeptField { name, count }).collect();
    batch.command = Command::Import { items: tasks };
    batch
}

/// Parses and binds a filter.
///
/// # Errors
/// `invalid`, with the place.
pub fn filter_of(
    text: &str,
    now: &Now,
    short_ids: &ShortIds,
    vocabulary: &Vocabulary,
) -> Result<BoundFilter, WireError> {
    let node = |reference: &str| match short_ids.matches(reference, 2)[..] {
        [id] => Some(id),
        _ => reference.parse().ok(),
    };
    parse(text, vocabulary)
        .and_then(|filter| filter.bind(now, &node))
        .map_err(|error| filter_error(text, error))
}

/// A filter as heph writes it.
///
/// # Errors
/// `invalid`, with the place.
pub fn canonical_filter(text: &str, vocabulary: &Vocabulary) -> Result<String, WireError> {
    parse(text, vocabulary).map(|filter| filter.canonical()).map_err(|error| filter_error(text, error))
}

/// Parses a sort order and what is grouped by; nothing of both is the usual order of a list.
///
/// # Errors
/// `invalid`, with the place.
pub fn sort_of(
    keys: Option<&str>,
    group: Option<&str>,
    fields: &OwnFields,
) -> Result<Option<Sort>, WireError> {
    let read = |keys| Sort::parse(keys, fields).map_err(|error| filter_error(keys, error));
    let sort = keys.map(read).transpose()?;
    let group =
        group.map(|group| Grouping::parse(group).map_err(|error| filter_error(group, error))).transpose()?;
    Ok(match group.flatten() {
        None => sort,
        Some(group) => Some(sort.unwrap_or_else(Sort::usual).grouped(group)),
    })
}

fn some(references: Vec<String>) -> Result<Vec<String>, WireError> {
    if references.is_empty() {
        return Err(WireError::new(ErrorCode::Invalid, "no task is named").hint("heph list shows their ids"));
    }
    if references.len() > MAX_REFERENCES {
        let message = format!("{} tasks are too many to name at once", references.len());
        return Err(WireError::new(ErrorCode::Refused, message).hint(format!(
            "name {MAX_REFERENCES} at most, or change what a filter matches: heph mod --where"
        )));
    }
    Ok(references)
}

fn node_id(text: &str) -> Result<NodeId, WireError> {
    text.parse().map_err(|error| invalid("id", &error))
}

/// Reads a mutation id.
fn mutation_id(text: &str) -> Result<MutationId, WireError> {
    MutationId::from_hex(text).map_err(|error| invalid("after", &error))
}

/// Reads a revision: a token, or its number.
pub(crate) fn revision(text: &str) -> Result<RevisionRef, WireError> {
    text.trim().parse().map_err(|_| {
        WireError::new(ErrorCode::Invalid, format!("“{}” is no revision", text.trim()))
            .hint("heph page history shows them")
    })
}

fn invalid(field: &str, error: &dyn std::fmt::Display) -> WireError {
    WireError::new(ErrorCode::Invalid, format!("`{field}`: {error}"))
}

/// Where a task is put; behind all unless something is said.
fn place(before: Option<String>, after: Option<String>, first: bool) -> Result<Place, WireError> {
    match (before, after, first) {
        (Some(before), None, false) => Ok(Place::Before(before)),
        (None, Some(after), false) => Ok(Place::After(after)),
        (None, None, true) => Ok(Place::First),
        (None, None, false) => Ok(Place::Last),
        _ => {
            Err(WireError::new(ErrorCode::Invalid, "only one of `before`, `after` and `first` can be meant"))
        }
    }
}

fn transition(to: WireTransition) -> Transition {
    match to {
        WireTransition::Done => Transition::Done,
        WireTransition::Start => Transition::Start,
        WireTransition::Stop => Transition::Stop,
        WireTransition::Cancel => Transition::Cancel,
        WireTransition::Reopen => Transition::Reopen,
        WireTransition::Skip => Transition::Skip,
    }
}

/// Which occurrences a change is for.
pub(crate) fn scope(scope: WireScope) -> Scope {
    match scope {
        WireScope::Usual => Scope::Usual,
        WireScope::This => Scope::This,
        WireScope::Series => Scope::Series,
    }
}

fn children(children: WireChildren) -> Children {
    match children {
        WireChildren::Refuse => Children::Refuse,
        WireChildren::Close => Children::Close,
        WireChildren::Leave => Children::Leave,
    }
}
