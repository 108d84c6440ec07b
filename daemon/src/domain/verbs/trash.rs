//! `heph delete`, `restore`

use super::refusal::Stop;
use super::{Context, Decision, Edit, Outcome};
use crate::domain::node::{Node, register};
use crate::domain::value::Value;

/// Puts nodes into the trash, or takes them out.
pub(super) fn trash(context: &Context<'_>, references: &[String], trashed: bool) -> Result<Decision, Stop> {
    let ids = context.find(references)?;
    let nodes: Vec<&Node> = context.view.nodes(&ids)?.into_iter().flatten().collect();
    let (change, unchanged): (Vec<&Node>, Vec<&Node>) =
        nodes.into_iter().partition(|node| node.is_trashed() != trashed);
    let value = if trashed { Value::Bool(true) } else { Value::Nil };
    let edits = change.iter().map(|node| Edit::set(node.id, register::TRASHED, value.clone())).collect();
    let verb = if trashed { "delete" } else { "restore" };
    let label = match &change[..] {
        [node] => format!("{verb} “{}”", node.title()),
        several => format!("{verb} {} nodes", several.len()),
    };
    let outcome = Outcome {
        unchanged: unchanged.iter().map(|node| node.id).collect(),
        ..Outcome::changed(change.iter().map(|node| node.id).collect())
    };
    Ok(Decision::verb(label, edits, outcome))
}
