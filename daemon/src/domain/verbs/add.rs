//! `heph add`

use super::fields::{Fields, parse_refusal};
use super::refusal::{Refusal, Stop};
use super::{Context, Decision, Edit, Outcome, Scope};
use crate::domain::change::MAX_TEXT;
use crate::domain::node::{Node, NodeKind, register};
use crate::domain::page::check_title;
use crate::domain::task::quick_add;

/// Adds a task from a quick-add line.
pub(super) fn add(
    context: &Context<'_>,
    line: &str,
    literal: bool,
    body: Option<&str>,
) -> Result<Decision, Stop> {
    let parsed = quick_add::parse(line, literal, context.now).map_err(|error| parse_refusal(line, error))?;
    let title =
        check_title(&parsed.title, false).map_err(|error| Refusal::invalid(line, error.to_string()))?;
    let id = context.fresh.nth(0);
    let mut fields = Fields { notes: parsed.notes, ..Fields::default() };
    fields.set(register::KIND, NodeKind::Task.word());
    fields.set(register::TITLE, title.clone());
    fields.set(register::CREATED, context.now.ms());
    fields.change(context, &Node::new(id), &parsed.changes, Scope::Usual)?;
    fields.warn_of_dates(context, |_| None);
    let mut edits = fields.before;
    edits.push(Edit::Set { node: id, registers: fields.registers });
    if let Some(body) = body.filter(|body| !body.is_empty()) {
        edits.push(Edit::Text { node: id, text: checked_text(body)? });
    }
    let outcome = Outcome {
        recognised: recognised(parsed.recognised),
        notes: fields.notes,
        ..Outcome::changed(vec![id])
    };
    Ok(Decision::verb(format!("add “{title}”"), edits, outcome))
}

/// What was understood of a line, as an outcome keeps it.
pub(super) fn recognised(pieces: Vec<quick_add::Recognised>) -> Vec<(u32, u32, String, String, String)> {
    pieces
        .into_iter()
        .map(|piece| {
            (piece.start as u32, piece.end as u32, piece.text, piece.field.to_owned(), piece.meaning)
        })
        .collect()
}

/// Refuses a text that is too long to keep.
pub(super) fn checked_text(text: &str) -> Result<String, Refusal> {
    if text.len() > MAX_TEXT {
        let message = format!("a text can have 4 MiB at most, this one has {} bytes", text.len());
        return Err(Refusal::invalid("", message).hint("split it into several pages"));
    }
    Ok(text.to_owned())
}
