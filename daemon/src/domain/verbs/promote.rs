//! `heph promote`: a line of a page becomes a task, and carries its anchor from then on.

use super::add::recognised;
use super::boxes::source_value;
use super::fields::{Fields, parse_refusal};
use super::refusal::{Refusal, RefusalKind, Stop};
use super::{Context, Decision, Edit, Outcome, Scope};
use crate::domain::change::text_hash;
use crate::domain::id::NodeId;
use crate::domain::node::{Node, NodeKind, register, status_value};
use crate::domain::page::markdown::{is_structure, parse};
use crate::domain::page::{
    ListBox, RevisionToken, check_title, marker_length, status_of, task_anchor, task_anchors,
};
use crate::domain::task::{Status, quick_add};
use crate::domain::value::Value;

/// A line as it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenLine {
    /// The page.
    pub reference: String,
    /// The text in which it was seen.
    pub base: RevisionToken,
    /// Its number, from 1.
    pub number: u32,
    /// Its text.
    pub text: String,
}

/// Promotes a line.
pub(super) fn promote(context: &Context<'_>, seen: &SeenLine) -> Result<Decision, Stop> {
    let page = context.find_one(&seen.reference)?;
    if page.kind() == NodeKind::Task {
        return Err(Refusal::refused(format!("“{}” is a task already", page.title())).into());
    }
    let text = context.view.text(page.id)?;
    let shown = context.shown_text(page.id, text)?;
    let line = find_line(page, &shown, seen)?;
    let document = parse(text);
    let boxes = document.boxes;
    // The tokens that are shown have the length of those that are stored, in characters; lines are counted alike.
    let place = line_place(text, line);
    if document.code.iter().any(|code| code.contains(&place.start)) {
        return Err(cannot_be_a_task().into());
    }
    let item = boxes.iter().find(|item| item.line.start == place.start);
    if let Some(anchor) = item.and_then(|item| item.task_anchor(text)) {
        let tasks = context.tasks_at(page.id, &[anchor.to_owned()])?;
        if let Some(task) = tasks.get(anchor) {
            return Ok(promoted_before(task, page, text[place].to_owned()));
        }
    }
    if item.is_none() && is_structure(text, &place) {
        return Err(cannot_be_a_task().into());
    }
    let item = Item::read(text, place, item)?;
    make_task(context, page, text, &boxes, &item)
}

/// A line that is a task already: from the trash it comes back.
fn promoted_before(task: &Node, page: &Node, line: String) -> Decision {
    if task.is_trashed() {
        let edits = vec![Edit::set(task.id, register::TRASHED, Value::Nil)];
        let outcome = Outcome { summary: line, ..Outcome::changed(vec![task.id, page.id]) };
        return Decision::verb(format!("promote “{}”", task.title()), edits, outcome);
    }
    let outcome = Outcome { unchanged: vec![task.id, page.id], summary: line, ..Outcome::default() };
    Decision::verb("promote", Vec::new(), outcome)
}

/// The line that was seen, from 0.
fn find_line(page: &Node, shown: &str, seen: &SeenLine) -> Result<usize, Refusal> {
    let wanted = seen.text.trim_end();
    let current = RevisionToken::new(page.text.rev, text_hash(shown));
    let lines: Vec<&str> = shown.lines().map(str::trim_end).collect();
    let at = (seen.number as usize).wrapping_sub(1);
    if lines.get(at).is_some_and(|line| *line == wanted)
        && (current == seen.base || alike(&lines, wanted) == 1)
    {
        return Ok(at);
    }
    match alike(&lines, wanted) {
        1 => Ok(lines.iter().position(|line| *line == wanted).unwrap_or_default()),
        0 => {
            Err(Refusal::new(RefusalKind::Conflict, format!("“{}” has no such line any more", page.title()))
                .hint("open the page again"))
        }
        many => {
            let message = format!("“{}” has changed, and {many} of its lines read so", page.title());
            Err(Refusal::new(RefusalKind::Ambiguous(Vec::new()), message).hint("open the page again"))
        }
    }
}

fn alike(lines: &[&str], wanted: &str) -> usize {
    lines.iter().filter(|line| **line == wanted).count()
}

/// The bytes of a line, from 0, without its end.
fn line_place(text: &str, line: usize) -> std::ops::Range<usize> {
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let end = text[start..].find('\n').map_or(text.len(), |end| start + end);
    start..end - usize::from(text[start..end].ends_with('\r'))
}

/// A line that can become a task.
struct Item<'a> {
    /// What the task is about.
    text: &'a str,
    status: Status,
    /// Where the line's new text goes, and what it is without the anchor.
    place: std::ops::Range<usize>,
    line: String,
}

impl<'a> Item<'a> {
    fn read(text: &'a str, place: std::ops::Range<usize>, item: Option<&ListBox>) -> Result<Self, Refusal> {
        let line = &text[place.clone()];
        if let Some(item) = item {
            if let Some(anchor) = &item.anchor {
                let name = &text[anchor.clone()];
                return Err(Refusal::refused(format!("the line has an anchor already, ^{name}"))
                    .hint("a line can have one; take it out first"));
            }
            return Ok(Self {
                text: &text[item.text.clone()],
                status: status_of(&text[item.token.clone()]).unwrap_or_default(),
                line: line.trim_end().to_owned(),
                place,
            });
        }
        let indent = line.len() - line.trim_start().len();
        let (before, rest) = line.split_at(indent);
        let rest = rest.trim_end();
        let item = marker_length(rest).map(|length| rest.split_at(length));
        let (marker, content) = match item {
            Some((marker, content)) if content.starts_with(' ') => (marker, content.trim_start()),
            _ => ("-", rest),
        };
        if content.is_empty() || content.starts_with(['#', '|', '>', '`', '~']) || content.starts_with("---")
        {
            return Err(cannot_be_a_task());
        }
        Ok(Self {
            text: content,
            status: Status::Todo,
            line: format!("{before}{marker} [ ] {content}"),
            place,
        })
    }
}

fn cannot_be_a_task() -> Refusal {
    Refusal::refused("this line cannot be a task")
        .hint("a list item can, with a box or without, and a line of text")
}

/// How many keys are looked at together for one that is free.
const KEYS: usize = 64;

/// The key and the id of the task a line becomes: replicas that promote the same line make the same task.
///
/// A task whose anchor was taken out of the text is had again if it is open as the line is. Where one is closed and the
/// other is not, or the anchor stands in the text, the line is about another task, and gets the next key.
fn free_key(
    context: &Context<'_>,
    page: &Node,
    text: &str,
    boxes: &[ListBox],
    item: &Item<'_>,
) -> Result<(String, NodeId), Stop> {
    let before =
        |other: &&ListBox| other.line.start < item.place.start && text[other.text.clone()] == *item.text;
    let mut first = boxes.iter().filter(before).count();
    let anchors = task_anchors(text);
    loop {
        let keys = (first..first + KEYS).map(|nth| format!("item:{}:{}:{nth}", page.id, item.text));
        let keys: Vec<(String, NodeId)> = keys.map(|key| (key.clone(), NodeId::derived(&key))).collect();
        let tasks = context.view.nodes(&keys.iter().map(|(_, id)| *id).collect::<Vec<_>>())?;
        let is_free = |id: NodeId, task: Option<&Node>| {
            let is_alike = |task: &Node| !task.exists() || task.status().0.is_open() == item.status.is_open();
            task.is_none_or(is_alike) && !anchors.contains(&task_anchor(id))
        };
        let free = keys.into_iter().zip(tasks).find(|((_, id), task)| is_free(*id, *task));
        if let Some((found, _)) = free {
            return Ok(found);
        }
        first += KEYS;
    }
}

fn make_task(
    context: &Context<'_>,
    page: &Node,
    text: &str,
    boxes: &[ListBox],
    item: &Item<'_>,
) -> Result<Decision, Stop> {
    let (key, id) = free_key(context, page, text, boxes, item)?;
    let anchor = task_anchor(id);
    let parsed = quick_add::parse(item.text, false, context.now, context.own())
        .map_err(|error| parse_refusal(item.text, error))?;
    let title =
        check_title(&parsed.title, false).map_err(|error| Refusal::invalid(item.text, error.to_string()))?;
    let known = context.view.node(id)?.filter(|node| node.exists());
    let mut fields = Fields { notes: parsed.notes.clone(), ..Fields::default() };
    fields.set(register::SOURCE, source_value(page.id, &anchor));
    if known.is_some() {
        // It was promoted before, and its anchor was taken out of the text: the same task has it again.
        fields.set(register::TRASHED, Value::Nil);
    } else {
        fields.set(register::KEY, key);
        fields.set(register::KIND, NodeKind::Task.word());
        fields.set(register::TITLE, title.clone());
        fields.set(register::CREATED, context.now.ms());
        if item.status != Status::Todo {
            fields.set(register::STATUS, status_value(item.status, context.now.ms(), None));
        }
        if matches!(page.kind(), NodeKind::Project | NodeKind::Area) {
            fields.set(register::PROJECT, page.id);
        }
        fields.change(context, &Node::new(id), &parsed.changes, Scope::Usual)?;
        fields.warn_of_dates(context, |_| None);
    }
    let line = format!("{} ^{anchor}", item.line);
    let mut written = String::with_capacity(text.len() + line.len());
    written.push_str(&text[..item.place.start]);
    written.push_str(&line);
    written.push_str(&text[item.place.end..]);
    let mut edits = fields.before;
    edits.push(Edit::Set { node: id, registers: fields.registers });
    edits.push(Edit::Text { node: page.id, text: written });
    let outcome = Outcome {
        recognised: recognised(parsed.recognised),
        notes: fields.notes,
        summary: line,
        ..Outcome::changed(vec![id, page.id])
    };
    Ok(Decision::verb(format!("promote “{title}”"), edits, outcome))
}
