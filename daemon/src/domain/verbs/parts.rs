//! `heph sub`, `move`, `duplicate`: parts of a task, their order, and copies.

use std::collections::HashMap;

use super::add::checked_text;
use super::fields::{Fields, parse_refusal};
use super::modify::label;
use super::refusal::{Refusal, Stop};
use super::{Context, Decision, Edit, Outcome, Scope};
use crate::domain::id::NodeId;
use crate::domain::node::{Node, NodeKind, dependency, register};
use crate::domain::page::check_title;
use crate::domain::task::order::{by_place, place_between};
use crate::domain::task::{Task, quick_add};
use crate::domain::value::Value;

/// The most parts that are added, or copied, at once.
const MOST_PARTS: usize = 1_000;

/// Where among its likes a task is put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Before all.
    First,
    /// Behind all.
    Last,
    /// Just before another.
    Before(String),
    /// Just behind another.
    After(String),
}

/// Registers that a copy of a task has too, beside its tags, dependencies, reminders and own fields.
const COPIED: [&str; 12] = [
    register::KIND,
    register::TITLE,
    register::PRIORITY,
    register::DUE,
    register::PLANNED,
    register::DEFER,
    register::EXPIRES,
    register::LEAD,
    register::ESTIMATE,
    register::PROJECT,
    register::PARENT,
    register::RECURRENCE,
];

/// Beginnings of registers that a copy has too.
const COPIED_PREFIXES: [&str; 3] = [register::TAG, register::REMIND, register::FIELD];

/// Adds parts to a task, each from a quick-add line, behind those it has. They belong to its project.
pub(super) fn sub(context: &Context<'_>, reference: &str, lines: &[String]) -> Result<Decision, Stop> {
    if lines.is_empty() || lines.len() > MOST_PARTS {
        let message = format!("between 1 and {MOST_PARTS} parts are added at once");
        return Err(Refusal::invalid("", message)
            .hint("heph sub <id> \"first part\" \"second part\"")
            .into());
    }
    let parent = one(context, reference)?;
    let project = parent.registers.value(register::PROJECT).clone();
    let siblings = context.open.parts(parent.id);
    let (mut edits, mut last) = ranked(context, &siblings)?;
    let (mut added, mut notes) = (Vec::new(), Vec::new());
    for (line, n) in lines.iter().zip(2..) {
        let id = context.fresh.nth(n);
        let parsed = quick_add::parse(line, false, context.now, context.own())
            .map_err(|error| parse_refusal(line, error))?;
        let title =
            check_title(&parsed.title, false).map_err(|error| Refusal::invalid(line, error.to_string()))?;
        let mut fields = Fields { notes: parsed.notes, ..Fields::default() };
        fields.set(register::KIND, NodeKind::Task.word());
        fields.set(register::TITLE, title);
        fields.set(register::CREATED, context.now.ms());
        fields.set(register::PROJECT, project.clone());
        fields.change(context, &Node::new(id), &parsed.changes, Scope::Usual)?;
        fields.set(register::PARENT, parent.id);
        fields.warn_of_dates(context, |_| None);
        let place = place_between(last.as_deref(), None, random(context, id)).ok_or_else(full)?;
        fields.set(register::RANK, place.as_str());
        last = Some(place);
        notes.extend(fields.notes);
        edits.extend(fields.before);
        edits.push(Edit::Set { node: id, registers: fields.registers });
        added.push(id);
    }
    notes.dedup();
    let what = if added.len() == 1 { "a part".to_owned() } else { format!("{} parts", added.len()) };
    let label = format!("add {what} to “{}”", parent.title());
    Ok(Decision::verb(label, edits, Outcome { notes, ..Outcome::changed(added) }))
}

/// Puts a task elsewhere among its likes: the parts of the same task, or else the tasks of the same project.
pub(super) fn put(context: &Context<'_>, reference: &str, to: &Place) -> Result<Decision, Stop> {
    let moved = one(context, reference)?;
    let Some(task) = moved.task().filter(Task::is_open) else {
        return Err(Refusal::refused(format!("“{}” is closed", moved.title())).into());
    };
    let likes = likes(context, &task);
    let find = |reference: &str| -> Result<usize, Stop> {
        let other = one(context, reference)?;
        likes.iter().position(|like| like.id == other.id).ok_or_else(|| {
            let message = format!("“{}” and “{}” stand in no list together", moved.title(), other.title());
            Refusal::refused(message).hint("they need the same parent, or the same project and none").into()
        })
    };
    let at = match to {
        Place::First => 0,
        Place::Last => likes.len(),
        Place::Before(other) => find(other)?,
        Place::After(other) => find(other)? + 1,
    };
    // What stands before it needs a place; what stands behind without one stays behind all that have one.
    let (mut edits, before) = ranked(context, &likes[..at])?;
    let after = likes.get(at).and_then(|task| task.rank.as_deref());
    let place = place_between(before.as_deref(), after, random(context, task.id)).ok_or_else(full)?;
    edits.push(Edit::set(task.id, register::RANK, place.as_str()));
    Ok(Decision::verb(label("move", &[moved], &[task.id]), edits, Outcome::changed(vec![task.id])))
}

/// Copies a task with its body and its open parts; the copy is open, and new.
pub(super) fn duplicate(context: &Context<'_>, reference: &str) -> Result<Decision, Stop> {
    let original = one(context, reference)?;
    let mut originals = vec![original.id];
    let mut copies = HashMap::from([(original.id, context.fresh.nth(2))]);
    let mut at = 0;
    while let Some(&id) = originals.get(at) {
        at += 1;
        for part in context.open.parts(id) {
            let n = u16::try_from(originals.len() + 2).unwrap_or(u16::MAX);
            if originals.len() < MOST_PARTS && !copies.contains_key(&part.id) {
                copies.insert(part.id, context.fresh.nth(n));
                originals.push(part.id);
            }
        }
    }
    let nodes = context.view.nodes(&originals)?;
    context.view.require_texts(&originals)?;
    let mut edits = Vec::new();
    for node in nodes.into_iter().flatten() {
        let Some(&copy) = copies.get(&node.id) else { continue };
        let mut registers = copied(node, &copies);
        registers.push((register::CREATED.into(), context.now.ms().into()));
        if node.id != original.id {
            registers.push((register::RANK.into(), node.registers.value(register::RANK).clone()));
        }
        edits.push(Edit::Set { node: copy, registers });
        let body = context.view.text(node.id)?;
        if !body.is_empty() {
            edits.push(Edit::Text { node: copy, text: checked_text(body)? });
        }
    }
    let changed = originals.iter().filter_map(|id| copies.get(id).copied()).collect();
    Ok(Decision::verb(format!("duplicate “{}”", original.title()), edits, Outcome::changed(changed)))
}

fn copied(node: &Node, copies: &HashMap<NodeId, NodeId>) -> Vec<(Box<str>, Value)> {
    let mut registers: Vec<(Box<str>, Value)> = Vec::new();
    for (name, value) in node.registers.iter() {
        if COPIED.contains(&name) || COPIED_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
            registers.push((name.into(), value.clone()));
        }
    }
    let Some(task) = node.task() else { return registers };
    for on in &task.depends_on {
        let on = copies.get(on).unwrap_or(on);
        registers.push((dependency(*on).into(), true.into()));
    }
    if let Some(parent) = task.parent.and_then(|parent| copies.get(&parent)) {
        registers.retain(|(name, _)| &**name != register::PARENT);
        registers.push((register::PARENT.into(), (*parent).into()));
    }
    registers
}

fn one<'a>(context: &'a Context<'_>, reference: &str) -> Result<&'a Node, Stop> {
    let tasks = context.find_tasks(&[reference.to_owned()])?;
    tasks.into_iter().next().ok_or_else(|| Refusal::not_found(reference).into())
}

/// The open tasks among which a task has its place, without itself, in their order.
fn likes<'a>(context: &'a Context<'_>, task: &Task) -> Vec<&'a Task> {
    let mut likes = match (task.parent, task.project) {
        (Some(parent), _) => context.open.parts(parent),
        (None, Some(project)) => context.open.project_parts(project),
        (None, None) => {
            let mut all: Vec<&Task> = context.open.iter().filter(|other| other.project.is_none()).collect();
            all.sort_by(|one, other| by_place(one, other));
            all
        }
    };
    likes.retain(|other| other.id != task.id && other.parent == task.parent);
    likes
}

/// Edits that give each of these a place, where one has none, and the place of the last.
fn ranked(context: &Context<'_>, tasks: &[&Task]) -> Result<(Vec<Edit>, Option<String>), Stop> {
    let (mut edits, mut last) = (Vec::new(), None::<String>);
    for task in tasks {
        match &task.rank {
            Some(rank) => last = Some(rank.to_string()),
            None => {
                let place =
                    place_between(last.as_deref(), None, random(context, task.id)).ok_or_else(full)?;
                edits.push(Edit::set(task.id, register::RANK, place.as_str()));
                last = Some(place);
            }
        }
    }
    Ok((edits, last))
}

/// Random digits for the place of a task.
fn random(context: &Context<'_>, task: NodeId) -> [u8; 2] {
    let [one, other] = [context.fresh.seed[0], context.fresh.seed[1]];
    let id = task.as_bytes();
    [one ^ id[14], other ^ id[15]]
}

fn full() -> Stop {
    Refusal::refused("there is no room left between these two").hint("move it elsewhere first").into()
}
