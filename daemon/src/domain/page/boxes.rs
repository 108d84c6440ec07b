//! Boxes: list items `- [ ] …`, and the anchors by which some of them are tasks.
//!
//! The token stored in a text has no authority over a task's status. Whoever opens the text sees the token of the
//! status; a save changes a status only where the token is another than the one that was shown.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::markdown::{anchor_of, parse};
use crate::domain::id::NodeId;
use crate::domain::short_id::Code;
use crate::domain::task::Status;

/// Begins the anchor of a line that is a task.
pub const TASK_ANCHOR: &str = "t-";

/// Characters of the task's short id in its anchor.
const ANCHOR_CODE: usize = 8;

/// A list item with a box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListBox {
    /// The character between the brackets.
    pub token: Range<usize>,
    /// What stands behind the box, without the anchor.
    pub text: Range<usize>,
    /// The block anchor at the end of the line, without its `^`.
    pub anchor: Option<Range<usize>>,
    /// The line, without its end.
    pub line: Range<usize>,
}

impl ListBox {
    /// The anchor, if it is one of a task.
    pub fn task_anchor<'a>(&self, text: &'a str) -> Option<&'a str> {
        let anchor = &text[self.anchor.clone()?];
        is_task_anchor(anchor).then_some(anchor)
    }
}

/// Whether an anchor is one of a task: `t-` and eight characters of a short id.
pub fn is_task_anchor(anchor: &str) -> bool {
    anchor.strip_prefix(TASK_ANCHOR).is_some_and(|code| {
        code.len() == ANCHOR_CODE
            && code.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase())
    })
}

/// The anchor of a task.
pub fn task_anchor(task: NodeId) -> String {
    format!("{TASK_ANCHOR}{}", Code::of(task).prefix(ANCHOR_CODE))
}

/// The box of the list item that begins at `start`: its marker, or the spaces before it.
pub(super) fn box_at(text: &str, start: usize) -> Option<ListBox> {
    let rest = text.get(start..)?.trim_start_matches([' ', '\t']);
    let start = text.len() - rest.len();
    let line = rest.split('\n').next()?;
    let line = line.strip_suffix('\r').unwrap_or(line);
    let marker = marker_length(line)?;
    let behind = line[marker..].trim_start_matches([' ', '\t']);
    let at = line.len() - behind.len();
    let mut characters = behind.strip_prefix('[')?.chars();
    let token = characters.next()?;
    let content = characters.as_str().strip_prefix(']')?;
    if at == marker || !(content.is_empty() || content.starts_with([' ', '\t'])) {
        return None;
    }
    let token_at = start + at + 1;
    let content_at = start + line.len() - content.len();
    let shown = content.trim_end();
    let anchor = anchor_of(content).map(|name| {
        let at = content_at + shown.len() - name.len();
        at..at + name.len()
    });
    let text_end = match &anchor {
        Some(anchor) => content_at + text[content_at..anchor.start - 1].trim_end().len(),
        None => content_at + shown.len(),
    };
    let text_start = (content_at + content.len() - content.trim_start().len()).min(text_end);
    Some(ListBox {
        token: token_at..token_at + token.len_utf8(),
        text: text_start..text_end,
        anchor,
        line: line_start(text, start)..start + line.len(),
    })
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

/// Bytes of the marker of a list item: `-`, `*`, `+`, `1.`, `1)`.
pub fn marker_length(line: &str) -> Option<usize> {
    if line.starts_with(['-', '*', '+']) {
        return Some(1);
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let is_marker = digits > 0 && line[digits..].starts_with(['.', ')']);
    is_marker.then_some(digits + 1)
}

/// The token a status is shown by.
pub fn token_of(status: Status) -> char {
    match status {
        Status::Todo | Status::Waiting | Status::Someday => ' ',
        Status::Doing => '/',
        Status::Done => 'x',
        Status::Cancelled => '-',
    }
}

/// The status a token ticks to; `None` for one nobody knows, which is kept.
pub fn status_of(token: &str) -> Option<Status> {
    match token {
        " " => Some(Status::Todo),
        "/" => Some(Status::Doing),
        "x" | "X" => Some(Status::Done),
        "-" => Some(Status::Cancelled),
        _ => None,
    }
}

/// Anchors of tasks in a text, as they first stand there, with their tokens.
fn task_tokens(text: &str) -> Vec<(String, Range<usize>)> {
    if !text.contains("^t-") {
        return Vec::new();
    }
    let mut seen = HashSet::new();
    let boxes = parse(text).boxes.into_iter();
    let anchored = boxes.filter_map(|item| Some((item.task_anchor(text)?, item.token.clone())));
    anchored
        .filter(|(anchor, _)| seen.insert(*anchor))
        .map(|(anchor, token)| (anchor.to_owned(), token))
        .collect()
}

/// The anchors of tasks a text has, each once.
pub fn task_anchors(text: &str) -> Vec<String> {
    task_tokens(text).into_iter().map(|(anchor, _)| anchor).collect()
}

/// The anchors of tasks a text has, each once, with the statuses that their tokens stand for, where they stand for one.
pub fn task_statuses(text: &str) -> Vec<(String, Status)> {
    let statuses = task_tokens(text).into_iter();
    statuses.filter_map(|(anchor, token)| Some((anchor, status_of(&text[token])?))).collect()
}

/// The text with the token of each task's status in its box. A token that stands for the status already stays as it
/// is written.
pub fn with_tokens(text: &str, status: &HashMap<String, Status>) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut copied = 0;
    for (anchor, token) in task_tokens(text) {
        let Some(&status) = status.get(&anchor) else { continue };
        if stands_for(&text[token.clone()], status) {
            continue;
        }
        shown.push_str(&text[copied..token.start]);
        shown.push(token_of(status));
        copied = token.end;
    }
    shown.push_str(&text[copied..]);
    shown
}

/// Whether a token stands for a status, so that it need not be written anew. One nobody knows stands for open.
fn stands_for(token: &str, status: Status) -> bool {
    token_of(status_of(token).unwrap_or(Status::Todo)) == token_of(status)
}

/// The text with every box empty that a status was ticked into, except those that are tasks. Tokens nobody knows stay.
pub fn unticked(text: &str) -> String {
    let mut empty = text.to_owned();
    let boxes = parse(text).boxes.into_iter().filter(|item| item.task_anchor(text).is_none());
    let mut ticked: Vec<Range<usize>> = boxes
        .map(|item| item.token)
        .filter(|token| status_of(&text[token.clone()]).is_some_and(|status| status != Status::Todo))
        .collect();
    ticked.sort_by_key(|token| token.start);
    // From the end, so that places before stay.
    for token in ticked.into_iter().rev() {
        empty.replace_range(token, " ");
    }
    empty
}

/// The boxes of tasks that a save ticks: the anchors whose token is another than in the text that was shown.
pub fn ticked(shown: &str, saved: &str) -> Vec<(String, Status)> {
    let before: HashMap<String, &str> =
        task_tokens(shown).into_iter().map(|(anchor, token)| (anchor, &shown[token])).collect();
    task_tokens(saved)
        .into_iter()
        .filter_map(|(anchor, token)| {
            let (was, is) = (*before.get(&anchor)?, &saved[token]);
            let status = status_of(is)?;
            (status_of(was).unwrap_or(Status::Todo) != status).then_some((anchor, status))
        })
        .collect()
}
