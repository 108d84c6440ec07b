//! `heph done`, `start`, `stop`, `cancel`, `reopen`

use std::collections::HashSet;

use super::modify::label;
use super::refusal::{Refusal, Stop};
use super::{Children, Context, Decision, Edit, Outcome, Transition};
use crate::domain::id::NodeId;
use crate::domain::node::{Node, register, status_value};
use crate::domain::task::Status;

/// Changes statuses, all or none.
pub(super) fn transition(
    context: &Context<'_>,
    references: &[String],
    to: Transition,
    children: Children,
) -> Result<Decision, Stop> {
    let mut nodes = context.find_tasks(references)?;
    let mut outcome = Outcome::default();
    if matches!(to, Transition::Done | Transition::Cancel) {
        nodes.extend(open_parts(context, &nodes, children)?);
    }
    let mut edits = Vec::new();
    for node in &nodes {
        let (from, _, _) = node.status();
        match target(from, to) {
            Target::Status(status) => {
                let value = status_value(status, context.now.ms(), None);
                edits.push(Edit::set(node.id, register::STATUS, value));
                outcome.changed.push(node.id);
            }
            Target::AsAsked => outcome.unchanged.push(node.id),
            Target::ReopenFirst => {
                let hint = format!("heph reopen {}", context.short_ids.show(node.id));
                let message = format!("“{}” is {}", node.title(), from.word());
                return Err(Refusal::refused(message).hint(hint).into());
            }
        }
    }
    outcome.count = outcome.changed.len() as u64;
    if matches!(to, Transition::Done | Transition::Cancel) {
        outcome.unblocked = unblocked_by(context, &outcome.changed);
        outcome.notes = blocked_notes(context, &nodes, &outcome.changed);
    }
    Ok(Decision::verb(label(word(to), &nodes, &outcome.changed), edits, outcome))
}

/// What a transition makes of a status.
enum Target {
    Status(Status),
    AsAsked,
    ReopenFirst,
}

fn target(from: Status, to: Transition) -> Target {
    let wanted = match to {
        Transition::Done => Status::Done,
        Transition::Cancel => Status::Cancelled,
        Transition::Start if !from.is_open() => return Target::ReopenFirst,
        Transition::Start => Status::Doing,
        Transition::Stop if from == Status::Doing => Status::Todo,
        Transition::Stop => return Target::AsAsked,
        Transition::Reopen if from == Status::Doing => return Target::AsAsked,
        Transition::Reopen => Status::Todo,
    };
    if wanted == from { Target::AsAsked } else { Target::Status(wanted) }
}

fn word(to: Transition) -> &'static str {
    match to {
        Transition::Done => "done",
        Transition::Start => "start",
        Transition::Stop => "stop",
        Transition::Cancel => "cancel",
        Transition::Reopen => "reopen",
    }
}

/// Open tasks below those that are closed, which are closed with them; refuses as asked.
fn open_parts<'a>(
    context: &'a Context<'_>,
    nodes: &[&Node],
    children: Children,
) -> Result<Vec<&'a Node>, Stop> {
    if children == Children::Leave {
        return Ok(Vec::new());
    }
    let closing: HashSet<NodeId> = nodes.iter().map(|node| node.id).collect();
    let mut parts: Vec<NodeId> = Vec::new();
    let mut seen = closing.clone();
    let mut below: Vec<NodeId> = closing.iter().copied().collect();
    while let Some(id) = below.pop() {
        for child in context.open.children(id) {
            if seen.insert(child) {
                parts.push(child);
                below.push(child);
            }
        }
    }
    parts.sort_unstable();
    if parts.is_empty() || children == Children::Close {
        return Ok(context.view.nodes(&parts)?.into_iter().flatten().collect());
    }
    let titles: Vec<_> = parts
        .iter()
        .take(3)
        .filter_map(|&id| context.open.get(id))
        .map(|task| format!("“{}”", task.title))
        .collect();
    let more = if parts.len() > 3 { format!(" and {} more", parts.len() - 3) } else { String::new() };
    Err(Refusal::refused(format!("it has open parts: {}{more}", titles.join(", ")))
        .hint("--with-children closes them too, --leave-children leaves them open")
        .into())
}

/// Refuses a task that cannot be closed while parts of it are open.
pub(super) fn refuse_open_parts(context: &Context<'_>, task: &Node) -> Result<(), Stop> {
    open_parts(context, &[task], Children::Refuse).map(drop)
}

/// Tasks whose last open blockers are all among those that are closed, or thrown away.
pub(super) fn unblocked_by(context: &Context<'_>, closed: &[NodeId]) -> Vec<NodeId> {
    let closing: HashSet<NodeId> = closed.iter().copied().collect();
    let mut unblocked: Vec<NodeId> = closed
        .iter()
        .flat_map(|&id| context.open.dependents(id))
        .filter(|id| !closing.contains(id))
        .filter(|&id| context.open.blockers(id).iter().all(|blocker| closing.contains(blocker)))
        .collect();
    unblocked.sort_unstable();
    unblocked.dedup();
    unblocked
}

/// Says which of the closed tasks still waited for others.
fn blocked_notes(context: &Context<'_>, nodes: &[&Node], closed: &[NodeId]) -> Vec<String> {
    let closing: HashSet<NodeId> = closed.iter().copied().collect();
    nodes
        .iter()
        .filter(|node| closing.contains(&node.id))
        .filter_map(|node| {
            let blocker = context.open.blockers(node.id).into_iter().find(|id| !closing.contains(id))?;
            let blocker = context.open.get(blocker)?;
            Some(format!("“{}” was still blocked by “{}”", node.title(), blocker.title))
        })
        .collect()
}
