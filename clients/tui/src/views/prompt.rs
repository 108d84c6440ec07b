//! The line that is typed in, and what is understood of it.

use crate::frame::{Line, Role};
use crate::model::{Prompt, PromptKind};
use crate::text::{fit_to_show, take, width};

/// Columns that are kept for what is typed, however long the label is.
const LEAST_FIELD: usize = 24;

/// The line, and the column of the cursor.
pub(super) fn line(prompt: &Prompt, columns: usize) -> (Line, usize) {
    let label = fit_to_show(&prompt.label());
    let mark = if matches!(prompt.kind, PromptKind::Fuzzy | PromptKind::Command) { "" } else { "> " };
    let label = crate::text::cut(&label, columns.saturating_sub(LEAST_FIELD));
    let mut line = Line::new().plain(" ").with(Role::Heading, label).plain(mark);
    if prompt.is_key() {
        let column = line.width();
        return (line, column);
    }
    let begin = line.width();
    let room = columns.saturating_sub(begin + 1).max(1);
    let (before, _) = prompt.field.halves();
    // What stands far left of the cursor makes room.
    let hidden = width(&fit_to_show(before)).saturating_sub(room.saturating_sub(1));
    let mut skip = hidden;
    for (text, role) in pieces(prompt) {
        let text = fit_to_show(&text);
        let wide = width(&text);
        if skip >= wide {
            skip -= wide;
            continue;
        }
        let gone = take(&text, skip).len();
        line.push(role, &text[gone..]);
        skip = 0;
    }
    let column = begin + width(&fit_to_show(before)) - hidden;
    if prompt.pending {
        line.push(Role::Dim, "  …");
    }
    (line, column)
}

/// The text in pieces: those that are understood, and the rest.
fn pieces(prompt: &Prompt) -> Vec<(String, Role)> {
    let text = prompt.field.text();
    let lead = text.chars().take_while(|c| c.is_whitespace()).count();
    // What is understood is about the text that was asked about; of another one the places are not known.
    let is_about_this = prompt.answered.as_deref() == Some(text);
    let understood = if is_about_this { prompt.echo.pieces.as_slice() } else { &[] };
    let characters: Vec<char> = text.chars().collect();
    let mut pieces = Vec::new();
    let mut at = 0;
    for piece in understood {
        let (start, end) = (piece.start as usize + lead, piece.end as usize + lead);
        if start < at || end < start || end > characters.len() {
            continue;
        }
        pieces.push((characters[at..start].iter().collect(), Role::Plain));
        pieces.push((characters[start..end].iter().collect(), Role::Understood));
        at = end;
    }
    pieces.push((characters[at..].iter().collect(), Role::Plain));
    pieces
}

/// What is understood, or why it was refused.
pub(super) fn echo(prompt: &Prompt) -> Line {
    let line = Line::new().plain(" ");
    if let Some(refused) = &prompt.refused {
        return line.with(Role::Error, "error: ").plain(refused);
    }
    // What is understood of another text says nothing about this one.
    let is_about_this = prompt.answered.as_deref() == Some(prompt.field.text());
    if !is_about_this && !prompt.field.text().trim().is_empty() {
        return line;
    }
    match (&prompt.echo.words, prompt.echo.is_problem) {
        (words, _) if words.is_empty() => line.with(Role::Dim, usage(&prompt.kind)),
        (words, true) => line.with(Role::Warning, words),
        (words, false) => line.with(Role::Understood, words),
    }
}

/// What can be typed.
fn usage(kind: &PromptKind) -> &'static str {
    match kind {
        PromptKind::Add => {
            "a title, and anywhere in it: fri 10:00  p1  +tag  proj:Home  plan:tomorrow  every week  est:30m"
        }
        PromptKind::Filter => {
            "+tag -tag proj: due<fri is:overdue status:done words and or not ( ); empty for all"
        }
        PromptKind::Date => "today, +1, fri, 2026-11-23; empty for today",
        PromptKind::Search => "words, \"a phrase\", begin*, -not, title: tag: path: journal: task:",
        PromptKind::Fuzzy => "letters in order; enter keeps the filter, esc shows all again",
        PromptKind::Command => {
            "a verb of heph: done, mod p1, defer fri, why are for the selected or marked; help lists them"
        }
        PromptKind::Schedule(_) => {
            "a date word defers (fri, 2w); or due:fri plan:tomorrow; none takes the deferral away"
        }
        PromptKind::Project(_) => "a project; empty takes it away; tab completes",
        PromptKind::Tags(_) => "home -work: adds home, takes work away",
        PromptKind::NewPage => "Folder/Title; your editor opens on it",
        PromptKind::Priority(_) | PromptKind::Confirm(_) => "esc leaves all as it is",
    }
}
