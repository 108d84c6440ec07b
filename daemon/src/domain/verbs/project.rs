//! `heph mod` of projects and areas.

use super::fields::date_refusal;
use super::modify::label;
use super::refusal::{Refusal, Stop};
use super::resolve::best_pages;
use super::{Context, Decision, Edit, Outcome};
use crate::domain::date::{DateWord, parse_date};
use crate::domain::id::NodeId;
use crate::domain::node::{Node, NodeKind, register};
use crate::domain::suggest::nearest;
use crate::domain::task::amount::parse_review_days;
use crate::domain::task::{MOST_PROJECT_WEIGHT, ProjectStatus};
use crate::domain::value::Value;

/// The fields of a project.
const KEYS: [&str; 8] = ["status", "outcome", "review", "reviewed", "sequential", "area", "weight", "kind"];

/// The longest outcome, in bytes.
const MAX_OUTCOME: usize = 4 << 10;

/// Changes fields of projects and areas, `key:value` each; a page becomes a project by it.
pub(super) fn modify(context: &Context<'_>, nodes: &[&Node], changes: &[String]) -> Result<Decision, Stop> {
    if let Some(journal) = nodes.iter().find(|node| node.kind() == NodeKind::Journal) {
        let message = format!("“{}” is a journal and cannot be a project", journal.title());
        return Err(Refusal::refused(message).into());
    }
    let (mut edits, mut changed, mut unchanged) = (Vec::new(), Vec::new(), Vec::new());
    for node in nodes {
        if node.is_trashed() {
            let hint = format!("heph restore {}", context.short_ids.show(node.id));
            return Err(Refusal::refused(format!("“{}” is in the trash", node.title())).hint(hint).into());
        }
        let mut registers = Vec::new();
        if node.kind() == NodeKind::Page {
            registers.push((register::KIND.into(), Value::from(NodeKind::Project.word())));
        }
        for change in changes {
            read(context, node, change, &mut edits, &mut registers)?;
        }
        registers.retain(|(name, value): &(Box<str>, Value)| !is_so(node, name, value));
        if registers.is_empty() {
            unchanged.push(node.id);
            continue;
        }
        changed.push(node.id);
        edits.push(Edit::Set { node: node.id, registers });
    }
    let what = match changed[..] {
        [_] => label("mod", nodes, &changed),
        _ => format!("mod {} projects", changed.len()),
    };
    Ok(Decision::verb(what, edits, Outcome { unchanged, ..Outcome::changed(changed) }))
}

/// Whether a register says this already; when a status was set does not count.
fn is_so(node: &Node, name: &str, value: &Value) -> bool {
    let now = node.registers.value(name);
    match name {
        register::STATUS => now.as_list().first() == value.as_list().first(),
        _ => now == value,
    }
}

fn read(
    context: &Context<'_>,
    node: &Node,
    change: &str,
    before: &mut Vec<Edit>,
    registers: &mut Vec<(Box<str>, Value)>,
) -> Result<(), Stop> {
    let (key, value) = change.split_once(':').map_or((change, ""), |(key, value)| (key, value.trim()));
    let (key, value) = (key.trim().to_lowercase(), value.trim_matches('"'));
    if !change.contains(':') || !KEYS.contains(&key.as_str()) {
        return Err(unknown(change, &key).into());
    }
    let (name, written) = match key.as_str() {
        "status" => (register::STATUS, status(context, change, value)?),
        "outcome" => (register::OUTCOME, outcome(change, value)?),
        "review" => (register::REVIEW, review(change, value)?),
        "reviewed" => (register::REVIEWED, reviewed(context, value)?),
        "sequential" => (register::SEQUENTIAL, yes_or_no(change, value)?),
        "weight" => (register::WEIGHT, weight(change, value)?),
        "area" => (register::AREA, area(context, node, value, before)?),
        _ => (register::KIND, kind(change, value)?),
    };
    registers.retain(|(other, _)| &**other != name);
    registers.push((name.into(), written));
    Ok(())
}

fn unknown(change: &str, key: &str) -> Refusal {
    let hint = match (key, nearest(key, KEYS)) {
        ("title", _) => "heph page rename gives a project another title".to_owned(),
        (_, Some(key)) if change.contains(':') => format!("did you mean `{key}:`?"),
        _ => format!("a project has {}", KEYS.map(|key| format!("{key}:")).join(" ")),
    };
    Refusal::invalid(change, format!("`{change}` is no field of a project")).hint(hint)
}

fn status(context: &Context<'_>, change: &str, value: &str) -> Result<Value, Refusal> {
    let word = value.to_lowercase().replace(['_', ' '], "-");
    let status = match word.as_str() {
        "hold" | "onhold" => Some(ProjectStatus::OnHold),
        word => ProjectStatus::from_word(word),
    };
    let status = status.ok_or_else(|| {
        let words = ProjectStatus::ALL.map(ProjectStatus::word).join(", ");
        Refusal::invalid(change, format!("`{value}` is no status of a project")).hint(words)
    })?;
    Ok(Value::List(vec![status.word().into(), context.now.ms().into()]))
}

fn outcome(change: &str, value: &str) -> Result<Value, Refusal> {
    if value.len() > MAX_OUTCOME || value.contains('\n') {
        return Err(Refusal::invalid(change, "an outcome is one line of 4,096 bytes at most"));
    }
    Ok(if value.is_empty() { Value::Nil } else { value.into() })
}

fn review(change: &str, value: &str) -> Result<Value, Refusal> {
    if value.is_empty() {
        return Ok(Value::Nil);
    }
    let days = parse_review_days(value).filter(|days| *days > 0).ok_or_else(|| {
        Refusal::invalid(change, format!("`{value}` is no interval"))
            .hint("write `review:2w` or `review:1mo`")
    })?;
    Ok(Value::Int(days.into()))
}

fn weight(change: &str, value: &str) -> Result<Value, Refusal> {
    if value.is_empty() {
        return Ok(Value::Nil);
    }
    let points: Option<i32> = value.parse().ok();
    match points.filter(|points| points.unsigned_abs() <= MOST_PROJECT_WEIGHT) {
        Some(points) => Ok(Value::Int(points.into())),
        None => Err(Refusal::invalid(change, format!("`{value}` is no weight of a project"))
            .hint("whole points from -10 to 10")),
    }
}

fn reviewed(context: &Context<'_>, value: &str) -> Result<Value, Refusal> {
    match parse_date(value, context.now, &|_| None).map_err(|error| date_refusal(value, error))? {
        DateWord::When(when) => Ok(when.local_date(context.now).to_string().into()),
        DateWord::None | DateWord::Someday => Ok(Value::Nil),
    }
}

fn yes_or_no(change: &str, value: &str) -> Result<Value, Refusal> {
    match value.to_lowercase().as_str() {
        "yes" | "true" | "on" => Ok(Value::Bool(true)),
        "no" | "false" | "off" | "" => Ok(Value::Nil),
        _ => Err(Refusal::invalid(change, format!("`{value}` is neither yes nor no"))),
    }
}

fn kind(change: &str, value: &str) -> Result<Value, Refusal> {
    match value {
        "project" | "area" | "page" => Ok(value.into()),
        _ => Err(Refusal::invalid(change, format!("`{value}` is no kind")).hint("project, area or page")),
    }
}

/// The area of a path; a page becomes one, and one that is not there is made.
fn area(context: &Context<'_>, node: &Node, path: &str, before: &mut Vec<Edit>) -> Result<Value, Stop> {
    if path.is_empty() {
        return Ok(Value::Nil);
    }
    let hits = best_pages(path, context.view.pages_titled(path)?);
    let id = match &hits[..] {
        [] => {
            let (id, edit) = context.new_page(path, NodeKind::Area, &[])?;
            before.push(edit);
            id
        }
        [hit] if hit.id == node.id => {
            return Err(Refusal::refused(format!("“{path}” cannot be its own area")).into());
        }
        [hit] => match hit.kind {
            NodeKind::Area => hit.id,
            NodeKind::Page => {
                before.push(Edit::set(hit.id, register::KIND, NodeKind::Area.word()));
                hit.id
            }
            kind => {
                let message = format!("“{path}” is a {} and no area", kind.word());
                let hint = match kind {
                    NodeKind::Project => format!("heph mod \"{path}\" kind:area makes it one"),
                    _ => "name the area otherwise".to_owned(),
                };
                return Err(Refusal::refused(message).hint(hint).into());
            }
        },
        several => {
            let candidates: Vec<NodeId> = several.iter().map(|hit| hit.id).collect();
            return Err(Refusal::ambiguous(path, candidates).into());
        }
    };
    Ok(id.into())
}
