//! `heph conflicts restore|dismiss` of dependencies that close a circle.

use super::refusal::{Refusal, Stop};
use super::{Context, Decision, Edit, Outcome};
use crate::domain::change::Stamp;
use crate::domain::id::NodeId;
use crate::domain::node::dependency;
use crate::domain::task::open_tasks::way;
use crate::domain::value::Value;

/// Takes dependencies away that do not count, or, to keep them, the newest others of their circles.
pub(super) fn settle(
    context: &Context<'_>,
    edges: &[(NodeId, NodeId)],
    keep: bool,
) -> Result<Decision, Stop> {
    let (mut dropped, mut changed) = (Vec::new(), Vec::new());
    for &(waiting, on) in edges {
        if !context.open.ignored().any(|ignored| ignored == (waiting, on)) {
            return Err(Refusal::refused("this dependency closes no circle any more")
                .hint("heph conflicts lists those that do")
                .into());
        }
        changed.push(waiting);
        if keep {
            open_circles(context, waiting, on, &mut dropped)?;
        } else {
            dropped.push((waiting, on));
        }
    }
    let edits = dropped.iter().map(|&(waiting, on)| Edit::set(waiting, dependency(on), Value::Nil)).collect();
    changed.extend(dropped.iter().map(|edge| edge.0));
    let mut seen = std::collections::HashSet::new();
    changed.retain(|id| seen.insert(*id));
    let label = if keep { "keep a dependency" } else { "take a dependency away" };
    Ok(Decision::verb(format!("{label} of a circle"), edits, Outcome::changed(changed)))
}

/// Drops the newest dependency of each way that leads from `on` back to `waiting`.
fn open_circles(
    context: &Context<'_>,
    waiting: NodeId,
    on: NodeId,
    dropped: &mut Vec<(NodeId, NodeId)>,
) -> Result<(), Stop> {
    loop {
        let waits_for = |id: NodeId| {
            let mut blockers = context.open.blockers(id);
            blockers.retain(|blocker| !dropped.contains(&(id, *blocker)));
            blockers
        };
        let Some(circle) = way(on, waiting, waits_for) else { return Ok(()) };
        let nodes = context.view.nodes(&circle)?;
        let stamp = |(id, blocker): (NodeId, NodeId)| {
            let node = nodes.iter().flatten().find(|node| node.id == id)?;
            node.registers.register(&dependency(blocker)).map(|register| register.stamp)
        };
        let edges = circle.windows(2).map(|pair| (pair[0], pair[1]));
        let Some(newest) = edges.max_by_key(|&edge| (stamp(edge).unwrap_or(Stamp::LEAST), edge)) else {
            return Ok(());
        };
        dropped.push(newest);
    }
}
