//! `heph add`

use super::fields::{Fields, parse_refusal};
use super::refusal::{Refusal, Stop};
use super::{Context, ContextDefaults, Decision, Edit, Outcome, Scope};
use crate::domain::change::MAX_TEXT;
use crate::domain::node::{Node, NodeKind, register};
use crate::domain::page::check_title;
use crate::domain::task::quick_add::{self, QuickAdd};

/// Adds a task from a quick-add line.
pub(super) fn add(
    context: &Context<'_>,
    line: &str,
    literal: bool,
    body: Option<&str>,
    within: Option<&ContextDefaults>,
) -> Result<Decision, Stop> {
    let mut parsed = quick_add::parse(line, literal, context.now, context.own())
        .map_err(|error| parse_refusal(line, error))?;
    if let Some(within) = within {
        add_defaults(context, &mut parsed, within);
    }
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

/// Gives a new task what its context gives, as far as the line does not say otherwise, and tells.
fn add_defaults(context: &Context<'_>, parsed: &mut QuickAdd, within: &ContextDefaults) {
    let defaults = match quick_add::parse_defaults(&within.tokens, context.now, context.own()) {
        Ok(defaults) => defaults,
        // What was typed is not refused for it.
        Err(error) => {
            let name = &within.name;
            parsed.notes.push(format!(
                "context “{name}” adds nothing: {}; heph context set {name} … --new '…' mends it",
                error.message
            ));
            return;
        }
    };
    let said = parsed.changes.clone();
    let is_said =
        |field: &str| said.iter().any(|change| !change.is_one_of_several() && change.field() == field);
    let given =
        defaults.changes.into_iter().filter(|change| !said.contains(change) && !is_said(change.field()));
    parsed.changes.extend(given);
    let pieces = defaults.recognised.into_iter().filter(|piece| !is_said(&piece.field));
    let pieces: Vec<String> = pieces.map(|piece| piece.text).collect();
    if !pieces.is_empty() {
        parsed.notes.push(format!("context {} adds {}", within.name, pieces.join(" ")));
    }
}

/// What was understood of a line, as an outcome keeps it.
pub(super) fn recognised(pieces: Vec<quick_add::Recognised>) -> Vec<(u32, u32, String, String, String)> {
    pieces
        .into_iter()
        .map(|piece| {
            (piece.start as u32, piece.end as u32, piece.text, piece.field.into_owned(), piece.meaning)
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
