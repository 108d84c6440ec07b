//! What is said where there is nothing to show, and what to press.

use crate::frame::{Line, Role};
use crate::keymap::Command;
use crate::model::{Link, List, Model, ViewId};
use crate::text::wrap;

/// The sentence of an empty list.
pub(super) fn lines(model: &Model, list: &List, columns: usize) -> Vec<Line> {
    let mut lines = vec![Line::new()];
    if let Some(problem) = &list.problem {
        let mut said = problem.message.clone();
        if let Some(hint) = &problem.hint {
            said.push_str(&format!("\n{hint}"));
        }
        for part in said.lines() {
            lines.extend(wrapped(part, columns, Role::Error));
        }
        return lines;
    }
    if model.layer().is_some() {
        lines.extend(wrapped("Nothing leads here. A link is written [[Title]].", columns, Role::Plain));
        return lines;
    }
    if list.fuzzy.is_some() {
        let said = format!("Nothing here matches; {} shows all again.", key(model, Command::Back));
        lines.extend(wrapped(&said, columns, Role::Plain));
        return lines;
    }
    for said in sentences(model) {
        lines.extend(wrapped(&said, columns, Role::Plain));
        lines.push(Line::new());
    }
    lines
}

fn wrapped(text: &str, columns: usize, role: Role) -> Vec<Line> {
    wrap(text, columns.saturating_sub(4))
        .into_iter()
        .map(|line| Line::new().plain("  ").with(role, line))
        .collect()
}

fn key(model: &Model, command: Command) -> String {
    model.keymap.key_of(command).unwrap_or_else(|| "no key".into())
}

fn sentences(model: &Model) -> Vec<String> {
    let key = |command| key(model, command);
    let is_filtered = !model.filter(model.view).is_empty();
    match model.view {
        ViewId::Next if is_filtered => {
            vec![format!("Nothing to do matches. {} changes the filter.", key(Command::Filter))]
        }
        ViewId::Next => vec![
            "Nothing to do next.".into(),
            format!(
                "Press {} to add a task: “Call the bank fri 10:00 p1 +phone” is a title, a date, a priority and a tag.",
                key(Command::Add)
            ),
            format!(
                "{} shows what waits or is deferred, {} all keys.",
                key(Command::View(ViewId::Tasks)),
                key(Command::Help)
            ),
        ],
        ViewId::Agenda => vec![format!(
            "Nothing stands on these days. {} and {} go to others, {} shows a week, {} what can be done.",
            key(Command::Earlier),
            key(Command::Later),
            key(Command::Span),
            key(Command::View(ViewId::Next))
        )],
        ViewId::Tasks if is_filtered => {
            vec![format!("No task matches. {} changes the filter.", key(Command::Filter))]
        }
        ViewId::Tasks => vec![format!("There is no open task. Press {} to add one.", key(Command::Add))],
        ViewId::Journal => {
            vec![format!("No day was written about yet. Press {} for today's.", key(Command::Today))]
        }
        ViewId::Pages if is_filtered => {
            vec![format!("No title has this in it. {} changes it.", key(Command::Filter))]
        }
        ViewId::Pages => vec![format!("There is no page yet. Press {} to make one.", key(Command::NewPage))],
        ViewId::Search if is_filtered => {
            vec![format!("Nothing has this. {} searches for something else.", key(Command::Filter))]
        }
        ViewId::Search => vec![format!("Press {} and type what to look for.", key(Command::Filter))],
        ViewId::Sync if model.link == Link::Up => vec!["No hub, and nothing was overwritten.".into()],
        ViewId::Sync => Vec::new(),
    }
}
