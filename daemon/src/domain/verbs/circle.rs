//! `heph conflicts restore|dismiss` of dependencies and parents that close a circle.

use super::refusal::{Refusal, Stop};
use super::{Context, Decision, Edit, Outcome};
use crate::domain::change::Stamp;
use crate::domain::id::NodeId;
use crate::domain::node::{dependency, register};
use crate::domain::task::open_tasks::{Edge, Link, way};
use crate::domain::value::Value;

/// Takes links away that do not count, or, to keep them, the newest others of their circles.
pub(super) fn settle(context: &Context<'_>, edges: &[Edge], keep: bool) -> Result<Decision, Stop> {
    let (mut dropped, mut changed) = (Vec::new(), Vec::new());
    for &edge in edges {
        if !context.open.ignored_links().any(|ignored| ignored == edge) {
            let what = word(edge.link);
            return Err(Refusal::refused(format!("this {what} closes no circle any more"))
                .hint("heph conflicts lists those that do")
                .into());
        }
        changed.push(edge.from);
        if keep {
            open_circles(context, edge, &mut dropped)?;
        } else {
            dropped.push(edge);
        }
    }
    let edits = dropped.iter().map(|edge| Edit::set(edge.from, register_of(*edge), Value::Nil)).collect();
    changed.extend(dropped.iter().map(|edge| edge.from));
    let mut seen = std::collections::HashSet::new();
    changed.retain(|id| seen.insert(*id));
    let what = edges.first().map_or("dependency", |edge| word(edge.link));
    let label =
        if keep { format!("keep a {what} of a circle") } else { format!("take a {what} of a circle away") };
    Ok(Decision::verb(label, edits, Outcome::changed(changed)))
}

const fn word(link: Link) -> &'static str {
    match link {
        Link::WaitsFor => "dependency",
        Link::PartOf => "parent",
    }
}

/// The register that holds a link.
pub(crate) fn register_of(edge: Edge) -> String {
    match edge.link {
        Link::WaitsFor => dependency(edge.to),
        Link::PartOf => register::PARENT.to_owned(),
    }
}

/// Drops the newest link of each way that leads from the one end of a link back to the other.
fn open_circles(context: &Context<'_>, kept: Edge, dropped: &mut Vec<Edge>) -> Result<(), Stop> {
    let edge = |from, to| Edge { link: kept.link, from, to };
    loop {
        let next = |id: NodeId| {
            let mut next = match kept.link {
                Link::WaitsFor => context.open.blockers(id),
                Link::PartOf => context.open.parent(id).into_iter().collect(),
            };
            next.retain(|to| !dropped.contains(&edge(id, *to)));
            next
        };
        let Some(circle) = way(kept.to, kept.from, next) else { return Ok(()) };
        let nodes = context.view.nodes(&circle)?;
        let stamp = |edge: Edge| {
            let node = nodes.iter().flatten().find(|node| node.id == edge.from)?;
            node.registers.register(&register_of(edge)).map(|register| register.stamp)
        };
        let edges = circle.windows(2).map(|pair| edge(pair[0], pair[1]));
        let Some(newest) = edges.max_by_key(|&edge| (stamp(edge).unwrap_or(Stamp::LEAST), edge)) else {
            return Ok(());
        };
        dropped.push(newest);
    }
}
