//! `heph conflicts restore`

use super::refusal::{Refusal, Stop};
use super::{Context, Decision, Edit, Outcome};
use crate::domain::id::NodeId;
use crate::domain::node::{Node, NodeKind, register};
use crate::domain::page::join_path;
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
    if node.is_trashed() && name != register::TRASHED {
        return Err(Refusal::refused(format!("“{}” is in the trash", node.title()))
            .hint(format!("heph restore {}", context.short_ids.show(id)))
            .into());
    }
    if let Some(path) = path_of(node, name, value) {
        // The links go along, and no second page gets the title.
        let reference = id.to_string();
        return super::rename::rename(context, &reference, &path);
    }
    if let Some(change) = change_of(name, value) {
        return super::modify::modify(context, &[id.to_string()], &[change], super::Scope::default());
    }
    let label = format!("restore a value of “{}”", node.title());
    let edits = vec![Edit::set(id, name, value.clone())];
    Ok(Decision::verb(label, edits, Outcome::changed(vec![id])))
}

/// The path that a page gets back with its title or folder.
fn path_of(node: &Node, name: &str, value: &Value) -> Option<String> {
    let text = value.as_text().unwrap_or_default();
    match (node.kind(), name) {
        (NodeKind::Task | NodeKind::Journal | NodeKind::Settings, _) => None,
        (_, register::TITLE) => Some(join_path(node.folder(), text)),
        (_, register::FOLDER) => Some(format!("{text}/{}", node.title())),
        _ => None,
    }
}

/// What a person would type to get a value back that rules stand over: no task is part of itself, or waits for itself.
fn change_of(name: &str, value: &Value) -> Option<String> {
    let node = || NodeId::from_slice(value.as_bytes()?).ok();
    match name {
        register::PARENT => node().map(|parent| format!("parent:{parent}")),
        _ => {
            let other = name.strip_prefix(register::DEPENDS_ON).filter(|_| value.is_true())?;
            Some(format!("dep:{other}"))
        }
    }
}
