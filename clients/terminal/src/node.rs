//! Tasks, pages and nodes in a word or a sign.

use heph_protocol::types::{Flag, NodeRef, Page, Recognised, Status, Task};

/// What was understood of a piece of a line: `due Fri 2026-11-27`, `every 2 weeks`.
pub fn understood(piece: &Recognised) -> String {
    match piece.field.as_str() {
        // Its meaning begins with the word.
        "every" => piece.meaning.clone(),
        field => format!("{} {}", field.replace('_', " "), piece.meaning),
    }
}

/// A node's title, with its folder.
pub fn node_name(node: &NodeRef) -> String {
    path(node.folder.as_deref(), &node.title)
}

/// A page with its folder.
pub fn page_name(page: &Page) -> String {
    path(page.folder.as_deref(), &page.title)
}

fn path(folder: Option<&str>, title: &str) -> String {
    folder.map_or_else(|| title.to_owned(), |folder| format!("{folder}/{title}"))
}

/// A status as a word.
pub fn status(status: Status) -> &'static str {
    match status {
        Status::Todo => "todo",
        Status::Doing => "doing",
        Status::Waiting => "waiting",
        Status::Someday => "someday",
        Status::Done => "done",
        Status::Cancelled => "cancelled",
    }
}

/// The tags as typed: `+home +phone`.
pub fn tags(task: &Task) -> String {
    task.tags.iter().map(|tag| format!("+{tag}")).collect::<Vec<_>>().join(" ")
}

/// Whether a derived truth holds.
pub fn is(task: &Task, flag: Flag) -> bool {
    task.flags.contains(&flag)
}

/// Whether a task is done or given up.
pub fn is_closed(task: &Task) -> bool {
    matches!(task.status, Status::Done | Status::Cancelled)
}

/// One sign for what is special about a task; the most telling one.
pub fn mark(task: &Task) -> &'static str {
    match task.status {
        _ if task.trashed => "t",
        Status::Done => "x",
        Status::Cancelled => "-",
        Status::Doing => ">",
        Status::Waiting => "w",
        Status::Someday => "?",
        Status::Todo if task.pinned => "*",
        Status::Todo if is(task, Flag::Blocked) => "b",
        Status::Todo if is(task, Flag::Deferred) => "z",
        Status::Todo => "",
    }
}
