//! A node to read: what is known of it, its text, its log. And why a task stands where it stands.

use heph_protocol::response::{NodeShown, TaskWhy};
use heph_terminal::fields::{Tone, fields};
use heph_terminal::{markdown, when};

use crate::frame::{Line, Role};
use crate::text::{column, wrap};

/// A text is not made wider than is good to read.
const WIDEST_TEXT: usize = 100;

/// Columns of a field's name.
const NAME: usize = 13;

/// What nobody opens a page for.
const UNREAD: [&str; 2] = ["created", "id"];

/// The lines of a node.
pub(super) fn node(shown: &NodeShown, columns: usize) -> Vec<Line> {
    let columns = columns.saturating_sub(2).min(WIDEST_TEXT);
    let mut lines = Vec::new();
    if let Some(task) = &shown.task {
        lines.extend(value_lines("task", Role::Id, &task.short, columns));
    }
    for field in fields(shown).into_iter().filter(|field| !UNREAD.contains(&field.name.as_str())) {
        let role = match field.tone {
            Tone::Plain => Role::Plain,
            Tone::Overdue => Role::Overdue,
            Tone::Warning => Role::Warning,
        };
        lines.extend(value_lines(&field.name, role, &field.value, columns));
    }
    if !shown.text.trim().is_empty() {
        lines.push(Line::new());
        lines.extend(markdown::render(&shown.text, &shown.links, columns).iter().map(rendered));
    }
    if !shown.occurrences.is_empty() {
        lines.extend([Line::new(), Line::new().with(Role::Heading, "occurrences")]);
        for occurrence in &shown.occurrences {
            let state = if occurrence.skipped { "skipped" } else { "done   " };
            lines.push(Line::new().plain(format!("  {}  {state}", occurrence.date)));
        }
    }
    if !shown.log.is_empty() {
        lines.extend([Line::new(), Line::new().with(Role::Heading, "log")]);
        for entry in &shown.log {
            let at = Line::new().plain("  ").with(Role::Dim, when::instant(&entry.at)).plain("  ");
            lines.push(at.plain(&entry.text));
        }
    }
    lines
}

/// A line of Markdown, its effects kept.
fn rendered(line: &heph_terminal::line::Line) -> Line {
    let mut shown = Line::new();
    for (style, text) in line.pieces() {
        shown.push_with(Role::Plain, style.get_effects(), text);
    }
    shown
}

/// The lines of a plain text.
pub(super) fn text(text: &str, columns: usize) -> Vec<Line> {
    let columns = columns.saturating_sub(2);
    text.lines()
        .flat_map(|line| wrap(&crate::text::fit_to_show(&line.replace('\t', "    ")), columns))
        .map(|line| Line::new().plain(line))
        .collect()
}

/// The lines that say why a task stands where it stands.
pub(super) fn why(why: &TaskWhy, columns: usize) -> Vec<Line> {
    let task = &why.task;
    let mut lines = vec![
        Line::new().with(Role::Id, &task.short).plain("  ").with(Role::Heading, &task.title),
        Line::new(),
    ];
    match (why.gate.is_empty(), why.place) {
        (true, Some(place)) => {
            lines.push(Line::new().plain(format!("It is number {place} of what can be done.")))
        }
        (true, None) => lines.push(Line::new().plain("It can be done.")),
        (false, _) => {
            lines.push(Line::new().plain("It cannot be done now:"));
            for reason in &why.gate {
                lines.push(
                    Line::new()
                        .plain("  ")
                        .with(Role::Warning, column(&reason.name, NAME))
                        .plain(&reason.detail),
                );
            }
        }
    }
    if !why.terms.is_empty() {
        lines.extend([Line::new(), Line::new().with(Role::Heading, "points")]);
    }
    for term in &why.terms {
        let points = format!("{:>7.1}  ", term.points);
        lines.push(Line::new().plain(points).plain(column(&term.name, NAME)).with(Role::Dim, &term.input));
    }
    lines.push(Line::new().with(Role::Heading, format!("{:>7.1}  in all", why.score)));
    if let Some(changes) = &why.changes {
        lines.extend([
            Line::new(),
            Line::new().with(Role::Dim, format!("This changes by itself {}.", when::instant(changes))),
        ]);
    }
    for line in &mut lines {
        line.cut(columns.saturating_sub(2));
    }
    lines
}

/// A value with its name before it, on as many lines as it takes.
fn value_lines(name: &str, role: Role, value: &str, columns: usize) -> Vec<Line> {
    let parts = wrap(&crate::text::fit_to_show(value), columns.saturating_sub(NAME));
    let named = parts.into_iter().enumerate().map(|(at, part)| {
        let name = if at == 0 { name } else { "" };
        Line::new().with(Role::Dim, column(name, NAME)).with(role, part)
    });
    named.collect()
}
