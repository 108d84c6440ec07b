//! `heph delete`, `restore`

use std::collections::{HashMap, HashSet};

use super::refusal::{Refusal, Stop};
use super::transition::unblocked_by;
use super::{Context, Decision, Edit, Outcome};
use crate::domain::id::NodeId;
use crate::domain::node::{Node, NodeKind, register};
use crate::domain::page::folder_key;
use crate::domain::value::Value;

/// Puts nodes into the trash, or takes them out.
pub(super) fn trash(context: &Context<'_>, references: &[String], trashed: bool) -> Result<Decision, Stop> {
    let ids = context.find(references)?;
    let nodes: Vec<&Node> = context.view.nodes(&ids)?.into_iter().flatten().collect();
    let (change, unchanged): (Vec<&Node>, Vec<&Node>) =
        nodes.into_iter().partition(|node| node.is_trashed() != trashed);
    if !trashed {
        refuse_taken(context, &change)?;
    }
    let value = if trashed { Value::Bool(true) } else { Value::Nil };
    let edits = change.iter().map(|node| Edit::set(node.id, register::TRASHED, value.clone())).collect();
    let verb = if trashed { "delete" } else { "restore" };
    let label = match &change[..] {
        [node] => format!("{verb} “{}”", node.title()),
        several => format!("{verb} {} nodes", several.len()),
    };
    let gone: HashSet<NodeId> = change.iter().filter(|_| trashed).map(|node| node.id).collect();
    let outcome = Outcome {
        unblocked: unblocked_by(context, &gone, &HashMap::new()),
        unchanged: unchanged.iter().map(|node| node.id).collect(),
        ..Outcome::changed(change.iter().map(|node| node.id).collect())
    };
    Ok(Decision::verb(label, edits, outcome))
}

/// Refuses to restore a page whose path another one has by now: no link could tell them apart.
fn refuse_taken(context: &Context<'_>, restored: &[&Node]) -> Result<(), Stop> {
    let mut paths = Vec::new();
    let mut places = HashSet::new();
    for node in restored.iter().filter(|node| node.kind() != NodeKind::Task) {
        let path = node.path();
        if !places.insert((folder_key(node.folder()), node.title_key())) {
            return Err(Refusal::refused(format!("several of them are called “{path}”"))
                .hint("restore one, give it another name, then the next")
                .into());
        }
        paths.push(path);
    }
    let Some((path, taken)) = context.taken(&paths, |page| restored.iter().any(|node| node.id == page))?
    else {
        return Ok(());
    };
    let id = context.short_ids.show(taken);
    Err(Refusal::refused(format!("there is another page “{path}” by now"))
        .hint(format!("give that one another name first: heph page rename {id} \"…\""))
        .into())
}
