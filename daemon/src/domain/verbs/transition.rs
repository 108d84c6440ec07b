//! `heph done`, `start`, `stop`, `cancel`, `reopen`, `skip`

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;

use super::modify::label;
use super::recurring::{current_of, does_not_repeat, last_unrecorded};
use super::refusal::{Refusal, Stop};
use super::{Children, Context, Decision, Edit, Outcome, Transition};
use crate::domain::id::NodeId;
use crate::domain::node::{Node, register, status_value};
use crate::domain::task::Status;
use crate::domain::task::recurrence::OccurrenceState;

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
    let mut work = Work::default();
    for node in &nodes {
        work.change(context, node, to, &mut outcome)?;
    }
    outcome.count = outcome.changed.len() as u64;
    if matches!(to, Transition::Done | Transition::Cancel | Transition::Skip) {
        outcome.unblocked = unblocked_by(context, &work.closed, &work.advanced);
        outcome.notes = blocked_notes(context, &nodes, &outcome.changed);
        outcome.notes.extend(work.notes);
    }
    Ok(Decision::verb(label(word(to), &nodes, &outcome.changed), work.edits, outcome))
}

/// What the tasks looked at so far come to.
#[derive(Default)]
struct Work {
    edits: Vec<Edit>,
    closed: HashSet<NodeId>,
    /// Recurring tasks with the nominal date that comes next.
    advanced: HashMap<NodeId, Date>,
    notes: Vec<String>,
}

impl Work {
    fn change(
        &mut self,
        context: &Context<'_>,
        node: &Node,
        to: Transition,
        outcome: &mut Outcome,
    ) -> Result<(), Stop> {
        let state = match to {
            Transition::Done => Some(OccurrenceState::Done),
            Transition::Skip => Some(OccurrenceState::Skipped),
            _ => None,
        };
        if let (Some(state), Some((repeats, current))) = (state, current_of(node)) {
            let completed = context.complete(node, (&repeats, current), state)?;
            match completed.next {
                Some(next) => drop(self.advanced.insert(node.id, next)),
                None => drop(self.closed.insert(node.id)),
            }
            self.edits.extend(completed.edits);
            self.notes.push(completed.note);
            outcome.changed.push(node.id);
            return Ok(());
        }
        let (from, _, _) = node.status();
        match target(from, to) {
            Target::Status(status) => {
                let mut registers =
                    vec![(register::STATUS.into(), status_value(status, context.now.ms(), None))];
                // A series that came to its end has its last occurrence to do again.
                registers.extend(last_unrecorded(node).filter(|_| from == Status::Done && status.is_open()));
                if !status.is_open() {
                    self.closed.insert(node.id);
                }
                self.edits.push(Edit::Set { node: node.id, registers });
                outcome.changed.push(node.id);
            }
            Target::AsAsked => outcome.unchanged.push(node.id),
            Target::ReopenFirst => {
                let hint = format!("heph reopen {}", context.short_ids.show(node.id));
                let message = format!("“{}” is {}", node.title(), from.word());
                return Err(Refusal::refused(message).hint(hint).into());
            }
            Target::DoesNotRepeat => return Err(does_not_repeat(node).into()),
        }
        Ok(())
    }
}

/// What a transition makes of a status.
enum Target {
    Status(Status),
    AsAsked,
    ReopenFirst,
    DoesNotRepeat,
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
        Transition::Skip if !from.is_open() => return Target::ReopenFirst,
        Transition::Skip => return Target::DoesNotRepeat,
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
        Transition::Skip => "skip",
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

/// Tasks whose last open blockers are all among those that are closed or thrown away, or whose awaited occurrence is
/// dealt with: `advanced` are recurring tasks with the nominal date that comes next.
pub(super) fn unblocked_by(
    context: &Context<'_>,
    closed: &HashSet<NodeId>,
    advanced: &HashMap<NodeId, Date>,
) -> Vec<NodeId> {
    let open = context.open;
    let is_settled = |dependent: NodeId, blocker: NodeId| {
        let waits = || {
            let (dependent, blocker) = open.get(dependent).zip(open.get(blocker))?;
            Some(dependent.waits_for_occurrence(blocker, *advanced.get(&blocker.id)?))
        };
        closed.contains(&blocker) || waits().is_some_and(|waits| !waits)
    };
    let mut unblocked: Vec<NodeId> = closed
        .iter()
        .chain(advanced.keys())
        .flat_map(|&id| open.dependents(id))
        .filter(|id| !closed.contains(id))
        .filter(|&id| open.blockers(id).iter().all(|&blocker| is_settled(id, blocker)))
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
