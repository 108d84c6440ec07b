//! `heph mod`, `defer`, `pin`, `log`

use super::fields::{Fields, date_refusal, parse_refusal};
use super::refusal::{Refusal, Stop};
use super::{Context, Decision, Edit, Outcome, Scope, project};
use crate::domain::date::{DateWord, When, parse_date};
use crate::domain::id::NodeId;
use crate::domain::node::{Node, NodeKind, dependency, register};
use crate::domain::task::quick_add::{Change, parse_changes};
use crate::domain::task::{Status, Task};
use crate::domain::value::Value;

/// The longest line of a task's log, in bytes.
const MAX_LOG_LINE: usize = 64 << 10;

/// Changes fields as typed.
pub(super) fn modify(
    context: &Context<'_>,
    references: &[String],
    changes: &[String],
    scope: Scope,
) -> Result<Decision, Stop> {
    let typed = changes.join(" ");
    if typed.trim().is_empty() {
        return Err(Refusal::invalid("", "nothing to change").hint("heph mod <id> due:fri +tag p1").into());
    }
    if let Some(pages) = pages(context, references)? {
        return project::modify(context, &pages, changes);
    }
    each(context, references, "mod", |node, fields| {
        let changes = parse_changes(changes, node.task().as_ref(), context.now, context.own())
            .map_err(|error| parse_refusal(&typed, error))?;
        fields.change(context, node, &changes, scope)?;
        fields.warn_of_dates(context, |name| date_field(node.task().as_ref()?, name));
        Ok(())
    })
}

/// The nodes that are meant, if all of them are pages of some kind.
fn pages<'a>(context: &'a Context<'_>, references: &[String]) -> Result<Option<Vec<&'a Node>>, Stop> {
    let ids = context.find(references)?;
    let nodes: Vec<&Node> = context.view.nodes(&ids)?.into_iter().flatten().collect();
    let is_page = |node: &&Node| node.kind() != NodeKind::Task;
    Ok((!nodes.is_empty() && nodes.iter().all(is_page)).then_some(nodes))
}

/// Hides tasks until a date; `someday` is a status.
pub(super) fn defer(context: &Context<'_>, references: &[String], until: &str) -> Result<Decision, Stop> {
    each(context, references, "defer", |node, fields| {
        let task = node.task();
        let base = |field: &str| task.as_ref().and_then(|task| date_field(task, field));
        let until = parse_date(until, context.now, &base).map_err(|error| date_refusal(until, error))?;
        let changes = match until {
            DateWord::When(when) => vec![Change::Defer(Some(when))],
            DateWord::None => vec![Change::Defer(None)],
            DateWord::Someday => vec![Change::Status(Status::Someday)],
        };
        fields.change(context, node, &changes, Scope::Usual)?;
        fields.warn_of_dates(context, |name| date_field(node.task().as_ref()?, name));
        Ok(())
    })
}

/// Pins tasks for today, or takes the pin away.
pub(super) fn pin(context: &Context<'_>, references: &[String], pinned: bool) -> Result<Decision, Stop> {
    let day = pinned.then(|| context.now.today().to_string());
    each(context, references, if pinned { "pin" } else { "unpin" }, |_, fields| {
        fields.set(register::PINNED_ON, day.clone());
        Ok(())
    })
}

/// Adds a line to a task's log.
pub(super) fn log(context: &Context<'_>, reference: &str, text: &str) -> Result<Decision, Stop> {
    let line = text.trim();
    if line.is_empty() || line.len() > MAX_LOG_LINE {
        return Err(Refusal::invalid(text, "a log line has between 1 and 65,536 bytes").into());
    }
    each(context, &[reference.to_owned()], "log", |_, fields| {
        let entry = Value::List(vec![context.now.ms().into(), line.into()]);
        fields.set(format!("{}{}", register::LOG, context.fresh.nth(0)), entry);
        Ok(())
    })
}

/// The date of a task that a word such as `due-3d` counts from.
fn date_field(task: &Task, name: &str) -> Option<When> {
    match name {
        "due" => task.due.clone(),
        "plan" | "planned" => task.planned.clone(),
        "defer" => task.defer.clone(),
        "expires" => task.expires.clone(),
        _ => None,
    }
}

/// Changes each task by registers that `change` names; tasks that are so already are listed as unchanged.
pub(super) fn each(
    context: &Context<'_>,
    references: &[String],
    verb: &str,
    mut change: impl FnMut(&Node, &mut Fields) -> Result<(), Stop>,
) -> Result<Decision, Stop> {
    let nodes = context.find_tasks(references)?;
    let (mut edits, mut changed, mut unchanged, mut notes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut unblocked = Vec::new();
    for node in &nodes {
        let mut fields = Fields::default();
        change(node, &mut fields)?;
        fields.registers.retain(|(name, value)| node.registers.value(name) != value);
        if fields.registers.is_empty() {
            unchanged.push(node.id);
            continue;
        }
        changed.push(node.id);
        unblocked.extend(Some(node.id).filter(|id| is_unblocked(context, *id, &fields.registers)));
        notes.extend(fields.notes);
        edits.extend(fields.before);
        edits.push(Edit::Set { node: node.id, registers: fields.registers });
    }
    notes.dedup();
    let label = label(verb, &nodes, &changed);
    Ok(Decision::verb(label, edits, Outcome { unchanged, unblocked, notes, ..Outcome::changed(changed) }))
}

/// Whether these registers take the last dependency away that a task waits for.
fn is_unblocked(context: &Context<'_>, id: NodeId, registers: &[(Box<str>, Value)]) -> bool {
    let written = |on: NodeId| registers.iter().find(|(name, _)| **name == *dependency(on));
    let blockers = context.open.blockers(id);
    let adds = |(name, value): &(Box<str>, Value)| name.starts_with(register::DEPENDS_ON) && !value.is_nil();
    !blockers.is_empty()
        && !registers.iter().any(adds)
        && blockers.into_iter().all(|on| written(on).is_some_and(|(_, value)| value.is_nil()))
}

/// What a verb did, in words.
pub(super) fn label(verb: &str, nodes: &[&Node], changed: &[NodeId]) -> String {
    match changed {
        [id] => {
            let title = nodes.iter().find(|node| node.id == *id).map_or("", |node| node.title());
            format!("{verb} “{title}”")
        }
        several => format!("{verb} {} tasks", several.len()),
    }
}
