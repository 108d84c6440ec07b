//! `heph page new`, and saves from any editor.

use super::add::checked_text;
use super::refusal::{Need, Refusal, RefusalKind, Stop};
use super::{Context, Decision, Edit, Outcome, Step};
use crate::domain::id::{MutationId, NodeId};
use crate::domain::node::{NodeKind, register};
use crate::domain::page::{Journal, RevisionToken};
use crate::domain::value::Value;

/// Makes a page.
pub(super) fn new(context: &Context<'_>, path: &str, text: &str) -> Result<Decision, Stop> {
    let text = checked_text(text)?;
    if let Some(hit) = context.view.pages_titled(path)?.iter().find(|hit| hit.is_at(path)) {
        let hint = format!("heph edit {}", context.short_ids.show(hit.id));
        return Err(Refusal::refused(format!("there is a page “{path}” already")).hint(hint).into());
    }
    let (id, edit) = context.new_page(path, NodeKind::Page, &[])?;
    let mut edits = vec![edit];
    if !text.is_empty() {
        edits.push(Edit::Text { node: id, text });
    }
    Ok(Decision::verb(format!("page new “{path}”"), edits, Outcome::changed(vec![id])))
}

/// Saves a text over its base; a base that is not the newest is a conflict. A save brings a node out of the trash:
/// what was typed is never hidden.
pub(super) fn save(
    context: &Context<'_>,
    id: NodeId,
    key: Option<&str>,
    base: RevisionToken,
    after: &[MutationId],
    text: &str,
) -> Result<Decision, Stop> {
    let text = checked_text(text)?;
    let mut edits = Vec::new();
    let node = context.view.node(id)?.filter(|node| node.exists());
    let title = match (node, key.and_then(Journal::from_key)) {
        (Some(node), _) => {
            let current =
                RevisionToken::new(node.text.rev, crate::domain::change::text_hash(context.view.text(id)?));
            if context.view.text(id)? != text && !is_base(context, &current, base, after)? {
                let message = format!("“{}” was changed since it was opened", node.title());
                return Err(Refusal::new(RefusalKind::Conflict, message)
                    .hint("open the page again and put your text in")
                    .into());
            }
            if node.is_trashed() {
                edits.push(Edit::set(id, register::TRASHED, Value::Nil));
            }
            node.title().to_owned()
        }
        (None, Some(journal)) if journal.id() == id => {
            edits.push(create_journal(context, journal));
            journal.title()
        }
        (None, _) => return Err(Refusal::not_found(&id.to_string()).into()),
    };
    edits.push(Edit::Text { node: id, text });
    Ok(Decision {
        edits,
        outcome: Outcome::changed(vec![id]),
        step: Step::None,
        label: format!("save “{title}”"),
    })
}

/// Whether the client's text was made from the one that stands now.
fn is_base(
    context: &Context<'_>,
    current: &RevisionToken,
    base: RevisionToken,
    after: &[MutationId],
) -> Result<bool, Need> {
    let newest = context.view.newest_applied(after)?;
    Ok(match newest {
        Some(rev) if rev > base.rev => current.rev == rev,
        _ => *current == base,
    })
}

/// The edit that makes a journal.
pub(super) fn create_journal(context: &Context<'_>, journal: Journal) -> Edit {
    let registers = [
        (register::KEY, Value::from(journal.key())),
        (register::KIND, NodeKind::Journal.word().into()),
        (register::TITLE, journal.title().into()),
        (register::CREATED, context.now.ms().into()),
    ];
    Edit::Set {
        node: journal.id(),
        registers: registers.into_iter().map(|(name, value)| (name.into(), value)).collect(),
    }
}
