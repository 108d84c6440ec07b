//! `heph import`: another program's tasks. Twice is once; what the source changed since comes in, the rest stays.

use std::collections::{HashMap, HashSet};

use super::fields::Fields;
use super::refusal::{Need, Stop};
use super::{Context, Decision, Edit, Outcome, Step};
use crate::domain::change::text_hash;
use crate::domain::date::When;
use crate::domain::id::NodeId;
use crate::domain::import::ImportedTask;
use crate::domain::node::{Node, NodeKind, register, status_value};
use crate::domain::page::title_key;
use crate::domain::task::recurrence::Recurrence;
use crate::domain::value::Value;

/// Register of an imported node: the hash of its source's item as it was taken in last, then the mark of each register
/// that came of it.
const TAKEN: &str = "import";

/// Bytes of the hash of an item.
const DIGEST: usize = 16;

/// Bytes of a mark: enough to tell the few dozen registers of one node apart.
const MARK: usize = 4;

/// Tells a value of a register from others.
type Mark = [u8; MARK];

/// One item to take in.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportItem {
    source: String,
    digest: [u8; DIGEST],
    id: NodeId,
    task: ImportedTask,
    /// The registers for which the store need not be looked at, and their marks.
    registers: Vec<(Box<str>, Value)>,
    marks: Vec<Mark>,
}

impl ImportItem {
    /// An item of a source, as written there and as understood.
    pub fn new(source: &str, written: &str, task: ImportedTask) -> Self {
        let id = NodeId::derived(&key(source, &task.key));
        // A field that was declared since makes another task of the same item.
        let own: Vec<&str> = task.own.iter().map(|(name, _)| name.as_str()).collect();
        let digest = match own.is_empty() {
            true => text_hash(written),
            false => text_hash(&format!("{written}\n{}", own.join(","))),
        };
        let mut item =
            Self { source: source.to_owned(), digest, id, task, registers: Vec::new(), marks: Vec::new() };
        item.registers = own_registers(&item);
        item.marks = item.registers.iter().map(|(name, value)| mark(name, value)).collect();
        item
    }

    fn key(&self, of: &str) -> String {
        key(&self.source, of)
    }

    fn id(&self) -> NodeId {
        self.id
    }
}

fn key(source: &str, of: &str) -> String {
    format!("import:{source}:{of}")
}

/// Takes tasks in; projects they name are found or made.
pub(super) fn import(context: &Context<'_>, items: &[ImportItem]) -> Result<Decision, Stop> {
    let ids: Vec<NodeId> = items.iter().map(ImportItem::id).collect();
    let nodes = context.view.nodes(&ids)?;
    let is_known = |place: usize| nodes[place].and_then(|node| taken(node).0) == Some(&items[place].digest);
    let fresh: Vec<usize> = (0..items.len()).filter(|&place| !is_known(place)).collect();
    let mut projects =
        Projects::find(context, fresh.iter().filter_map(|&place| items[place].task.project.as_deref()))?;
    let (mut tasks, mut outcome, mut seen) = (Vec::new(), Outcome::default(), HashSet::new());
    for &place in &fresh {
        let (item, id) = (&items[place], ids[place]);
        let mut fields = fields(item, context, nodes[place], projects.id(item.task.project.as_deref()));
        if let Some(node) = nodes[place] {
            leave_what_is_no_news(&mut fields, node);
        }
        tasks.push(Edit::Set { node: id, registers: fields.registers });
        let is_new = nodes[place].is_none() && seen.insert(id);
        outcome.imported[usize::from(!is_new)] += 1;
        outcome.changed.push(id);
    }
    outcome.imported[2] = (items.len() - fresh.len()) as u64;
    outcome.count = outcome.changed.len() as u64;
    outcome.notes = std::mem::take(&mut projects.notes);
    let mut edits = std::mem::take(&mut projects.edits);
    edits.extend(tasks);
    let label = format!("import {} tasks", outcome.count);
    Ok(Decision { edits, outcome, step: Step::None, label })
}

/// The projects a batch names, by title key of their path, the edits that make those that are new, and which cannot be.
#[derive(Default)]
struct Projects {
    ids: HashMap<String, NodeId>,
    edits: Vec<Edit>,
    notes: Vec<String>,
}

impl Projects {
    fn find<'a>(context: &Context<'_>, paths: impl Iterator<Item = &'a str>) -> Result<Self, Stop> {
        let mut distinct: HashMap<String, &str> = HashMap::new();
        for path in paths {
            distinct.entry(title_key(path)).or_insert(path);
        }
        let mut distinct: Vec<_> = distinct.into_iter().collect();
        distinct.sort_unstable();
        let unread = |path: &&str| context.view.pages_titled(path).is_err();
        let missing: Vec<String> =
            distinct.iter().map(|(_, path)| *path).filter(unread).map(str::to_owned).collect();
        if !missing.is_empty() {
            return Err(Need::Titles(missing).into());
        }
        let (mut found, mut missing) = (Self::default(), Vec::new());
        for (key, path) in distinct {
            match context.project_unasked(path) {
                Ok((id, edit)) => {
                    found.ids.insert(key, id);
                    found.edits.extend(edit);
                }
                Err(Stop::Need(Need::Nodes(more))) => missing.extend(more),
                Err(Stop::Refused(refusal)) => found.notes.push(format!("no project: {refusal}")),
                Err(stop) => return Err(stop),
            }
        }
        if missing.is_empty() { Ok(found) } else { Err(Need::Nodes(missing).into()) }
    }

    fn id(&self, path: Option<&str>) -> Option<NodeId> {
        self.ids.get(&title_key(path?)).copied()
    }
}

/// The registers of an item for which the store need not be looked at.
fn own_registers(item: &ImportItem) -> Vec<(Box<str>, Value)> {
    let task = &item.task;
    let mut fields = Fields::default();
    let text = |when: &Option<When>| when.as_ref().map(ToString::to_string);
    fields.set(register::KEY, item.key(&task.key));
    fields.set(register::KIND, NodeKind::Task.word());
    fields.set(register::TITLE, task.title.as_str());
    fields.set(register::TRASHED, task.trashed.then_some(true));
    fields.set(register::PRIORITY, task.priority.map(i64::from));
    fields.set(register::DUE, text(&task.due));
    fields.set(register::PLANNED, text(&task.planned));
    fields.set(register::DEFER, text(&task.defer));
    fields.set(register::EXPIRES, text(&task.expires));
    fields.set(register::RECURRENCE, task.recurrence.as_ref().map(Recurrence::to_value));
    for tag in &task.tags {
        fields.set(format!("{}{}", register::TAG, title_key(tag)), true);
    }
    for other in &task.depends_on {
        let other = NodeId::derived(&item.key(other));
        fields.set(format!("{}{other}", register::DEPENDS_ON), true);
    }
    for note in &task.log {
        let line = Value::List(vec![note.at.into(), note.text.as_str().into()]);
        fields.set(format!("{}{}", register::LOG, note.at), line);
    }
    for (name, value) in &task.ext {
        fields.set(field_name(item, name), kept(value));
    }
    for (name, value) in &task.own {
        fields.set(format!("{}{name}", register::FIELD), value.to_value());
    }
    fields.registers
}

/// All registers of an item, which is a node already or not yet.
fn fields(item: &ImportItem, context: &Context<'_>, known: Option<&Node>, project: Option<NodeId>) -> Fields {
    let task = &item.task;
    let created = task.created.unwrap_or_else(|| known.map_or(context.now.ms(), Node::created));
    let mut found = Fields::default();
    found.set(register::CREATED, created);
    found.set(register::STATUS, status_value(task.status, task.status_at.unwrap_or(created), None));
    found.set(register::PROJECT, project);
    if let (Some(path), None) = (&task.project, project) {
        found.set(field_name(item, "project"), path.as_str());
    }
    let marks = found.registers.iter().map(|(name, value)| mark(name, value));
    let marks: Vec<u8> = item.marks.iter().copied().chain(marks).flatten().collect();
    found.set(TAKEN, Value::Bytes([item.digest.as_slice(), &marks].concat()));
    found.registers.extend(item.registers.iter().cloned());
    found
}

/// Leaves alone what the source has as it had it last time, so that what was changed here since stays; what it had then
/// and has no more is unset. Log lines stay.
fn leave_what_is_no_news(fields: &mut Fields, node: &Node) {
    let had: HashSet<&Mark> = taken(node).1.iter().collect();
    // The marks tell what came of the source, so that what was typed here stays.
    let is_owned = |name: &str| {
        [register::TAG, register::DEPENDS_ON, register::FIELD].iter().any(|prefix| name.starts_with(prefix))
    };
    let stays = |name: &str| fields.registers.iter().any(|(set, _)| **set == *name);
    let gone: Vec<&str> = node
        .registers
        .iter()
        .filter(|(name, value)| is_owned(name) && !stays(name) && had.contains(&mark(name, value)))
        .map(|(name, _)| name)
        .collect();
    fields.registers.retain(|(name, value)| **name == *TAKEN || !had.contains(&mark(name, value)));
    for name in gone {
        fields.set(name, Value::Nil);
    }
}

/// The hash of the item a node was made of last, and the marks of the registers that came of it.
fn taken(node: &Node) -> (Option<&[u8; DIGEST]>, &[Mark]) {
    let bytes = node.registers.value(TAKEN).as_bytes().unwrap_or_default();
    match bytes.split_first_chunk() {
        Some((digest, marks)) => (Some(digest), marks.as_chunks().0),
        None => (None, &[]),
    }
}

fn mark(name: &str, value: &Value) -> Mark {
    let mut bytes = name.as_bytes().to_vec();
    bytes.push(0);
    value.encode(&mut bytes);
    let mut mark = Mark::default();
    mark.copy_from_slice(&blake3::hash(&bytes).as_bytes()[..MARK]);
    mark
}

fn field_name(item: &ImportItem, name: &str) -> String {
    format!("{}{}.{name}", register::FIELD, item.source)
}

/// A kept value; whole numbers stay whole, what is nested stays JSON.
fn kept(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) => {
            number.as_i64().map_or_else(|| number.as_f64().map_or(Value::Nil, Value::Float), Value::Int)
        }
        serde_json::Value::String(text) => Value::Text(text.clone()),
        nested => Value::Text(nested.to_string()),
    }
}
