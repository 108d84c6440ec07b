//! `heph conflicts restore`

use super::refusal::{Refusal, Stop};
use super::{Context, Decision, Edit, Outcome};
use crate::domain::id::NodeId;
use crate::domain::value::Value;

/// Writes a value that was overwritten unseen.
pub(super) fn restore(
    context: &Context<'_>,
    id: NodeId,
    name: &str,
    value: &Value,
) -> Result<Decision, Stop> {
    let node = context.view.node(id)?.filter(|node| node.exists());
    let node = node.ok_or_else(|| Refusal::not_found(&id.to_string()))?;
    let label = format!("restore a value of “{}”", node.title());
    let edits = vec![Edit::set(id, name, value.clone())];
    Ok(Decision::verb(label, edits, Outcome::changed(vec![id])))
}
