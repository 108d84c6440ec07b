//! `heph wait`, and the mark that something was looked at in a review.

use super::fields::{Fields, date_refusal};
use super::modify::{each, label};
use super::refusal::{Refusal, Stop};
use super::{Context, Decision, Edit, Outcome};
use crate::domain::date::{DateWord, parse_date};
use crate::domain::node::{Node, NodeKind, register, status_value};
use crate::domain::task::Status;
use crate::domain::value::Value;

/// The longest name of whom a task waits for, in bytes.
const MAX_WHOM: usize = 1 << 10;

/// Makes tasks wait for somebody, until a date on which to ask again.
pub(super) fn wait(
    context: &Context<'_>,
    references: &[String],
    whom: &str,
    follow_up: Option<&str>,
) -> Result<Decision, Stop> {
    let whom = whom.trim();
    if whom.len() > MAX_WHOM || whom.contains('\n') {
        return Err(Refusal::invalid(whom, "whom it waits for is one line of 1,024 bytes at most").into());
    }
    let ask_again = follow_up.map(|word| day(context, word)).transpose()?;
    each(context, references, "wait", |node, fields: &mut Fields| {
        let (status, at, was_waiting_on) = node.status();
        if !status.is_open() {
            let hint = format!("heph reopen {}", context.short_ids.show(node.id));
            let message = format!("“{}” is {}", node.title(), status.word());
            return Err(Refusal::refused(message).hint(hint).into());
        }
        let whom = Some(whom).filter(|whom| !whom.is_empty());
        if status != Status::Waiting || (whom.is_some() && was_waiting_on != whom) {
            let at = if status == Status::Waiting { at } else { context.now.ms() };
            fields.set(register::STATUS, status_value(Status::Waiting, at, whom));
        }
        if let Some(day) = &ask_again {
            fields.set(register::FOLLOW_UP, day.clone());
        }
        Ok(())
    })
}

fn day(context: &Context<'_>, word: &str) -> Result<Value, Stop> {
    match parse_date(word, context.now, &|_| None).map_err(|error| date_refusal(word, error))? {
        DateWord::When(when) => Ok(when.to_string().into()),
        DateWord::None => Ok(Value::Nil),
        DateWord::Someday => {
            Err(Refusal::invalid(word, "`someday` is no date to ask again").hint("--follow-up fri").into())
        }
    }
}

/// Notes that tasks and projects were looked at today.
pub(super) fn reviewed(context: &Context<'_>, references: &[String]) -> Result<Decision, Stop> {
    let ids = context.find(references)?;
    let nodes: Vec<&Node> = context.view.nodes(&ids)?.into_iter().flatten().collect();
    let is_reviewable =
        |node: &&Node| matches!(node.kind(), NodeKind::Task | NodeKind::Project | NodeKind::Area);
    if let Some(node) = nodes.iter().find(|node| !is_reviewable(node)) {
        let message = format!("“{}” is a {} and is not reviewed", node.title(), node.kind().word());
        return Err(Refusal::refused(message).into());
    }
    let today = Value::from(context.now.today().to_string());
    let (old, new): (Vec<&Node>, Vec<&Node>) =
        nodes.iter().partition(|node| *node.registers.value(register::REVIEWED) == today);
    let edits = new.iter().map(|node| Edit::set(node.id, register::REVIEWED, today.clone())).collect();
    let changed: Vec<_> = new.iter().map(|node| node.id).collect();
    let unchanged = old.iter().map(|node| node.id).collect();
    let label = label("review", &nodes, &changed);
    Ok(Decision::verb(label, edits, Outcome { unchanged, ..Outcome::changed(changed) }))
}
