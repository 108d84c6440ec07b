//! What a change did, in lines or as a document.

use heph_protocol::response::{NodesChanged, PageSaved, TasksChanged, Undone};
use heph_protocol::types::NodeRef;

use super::style::ID;
use super::tasks::{line, node_line, node_name};
use super::{Document, Format, Line, Outcome, Output};

/// Prints what happened to tasks. `verb` says it of each (`done`), `already` of those that were so before.
pub(crate) fn tasks(out: &mut Output, verb: &str, already: &str, changed: &TasksChanged) -> Outcome {
    match out.look.format {
        Format::Json => {
            let document = Document::new("tasks", &changed.tasks)
                .with("nodes", &changed.nodes)
                .with("count", &changed.count)
                .with("unchanged", &changed.unchanged)
                .with("unblocked", &changed.unblocked)
                .with("notes", &changed.notes)
                .with_some("group", changed.group.as_ref());
            return out.document(&document);
        }
        Format::Ndjson => {
            changed.nodes.iter().try_for_each(|node| out.object(node))?;
            return changed.tasks.iter().try_for_each(|task| out.object(task));
        }
        Format::Text if out.look.quiet => {
            let shorts = changed.nodes.iter().map(|node| &node.short);
            let mut shorts = shorts.chain(changed.tasks.iter().map(|task| &task.short));
            return shorts.try_for_each(|short| out.line(short));
        }
        Format::Text => {
            changed.nodes.iter().try_for_each(|node| out.line(node_line(verb, node)))?;
            changed.tasks.iter().try_for_each(|task| out.line(line(verb, task)))?;
        }
    }
    let shown = changed.tasks.len() + changed.nodes.len();
    let more = changed.count.saturating_sub(shown as u64);
    if more > 0 {
        out.line(format!("… and {more} more"))?;
    }
    for node in &changed.unblocked {
        out.line(node_line("unblocked", node))?;
    }
    unchanged(out, already, &changed.unchanged);
    changed.notes.iter().for_each(|note| out.note(note));
    Ok(())
}

/// Prints what happened to nodes, as [`tasks`].
pub(crate) fn nodes(out: &mut Output, verb: &str, already: &str, changed: &NodesChanged) -> Outcome {
    match out.look.format {
        Format::Json => {
            let document = Document::new("nodes", &changed.nodes)
                .with("unchanged", &changed.unchanged)
                .with("unblocked", &changed.unblocked)
                .with_some("group", changed.group.as_ref());
            return out.document(&document);
        }
        Format::Ndjson => return changed.nodes.iter().try_for_each(|node| out.object(node)),
        Format::Text if out.look.quiet => {
            return changed.nodes.iter().try_for_each(|node| out.line(&node.short));
        }
        Format::Text => changed.nodes.iter().try_for_each(|node| out.line(node_line(verb, node)))?,
    }
    for node in &changed.unblocked {
        out.line(node_line("unblocked", node))?;
    }
    unchanged(out, already, &changed.unchanged);
    Ok(())
}

fn unchanged(out: &mut Output, already: &str, nodes: &[NodeRef]) {
    for node in nodes {
        out.note(&format!("{already}: {} {}", node.short, node_name(node)));
    }
}

/// Prints what would happen to nodes.
pub(crate) fn preview(out: &mut Output, would: &str, nodes: &[NodeRef]) -> Outcome {
    match out.look.format {
        Format::Json => out.document(&Document::new("nodes", &nodes).with("dry_run", &true)),
        Format::Ndjson => nodes.iter().try_for_each(|node| out.object(node)),
        Format::Text if out.look.quiet => nodes.iter().try_for_each(|node| out.line(&node.short)),
        Format::Text => {
            nodes.iter().try_for_each(|node| out.line(node_line(&format!("would {would}"), node)))
        }
    }
}

/// Prints that a page was saved.
pub(crate) fn page_saved(out: &mut Output, verb: &str, saved: &PageSaved) -> Outcome {
    let page = &saved.page;
    match out.look.format {
        Format::Json | Format::Ndjson => {
            let document = Document::new("page", page)
                .with("rev", &saved.rev)
                .with_some("text", saved.text.as_ref())
                .with("tasks", &saved.tasks)
                .with("notes", &saved.notes)
                .with_some("group", saved.group.as_ref());
            return out.document(&document);
        }
        Format::Text if out.look.quiet => return out.line(&page.short),
        Format::Text => {}
    }
    let name = super::tasks::page_name(page);
    out.line(Line::new().plain(verb).plain(" ").styled(ID, &page.short).plain("  ").plain(name))?;
    for task in &saved.tasks {
        out.line(line(super::tasks::status(task.status), task))?;
    }
    if saved.text.is_some() && verb == "saved" {
        let short = &page.short;
        out.note(&format!("merged with what was changed meanwhile: heph page diff {short} shows it"));
    }
    saved.notes.iter().for_each(|note| out.note(note));
    Ok(())
}

/// Prints what undo or redo did. What was left as it was is a warning: the user believes it is back.
pub(crate) fn undone(out: &mut Output, verb: &str, undone: &Undone) -> Outcome {
    if out.is_json() {
        let document = Document::new("group", &undone.group)
            .with("summary", &undone.summary)
            .with("nodes", &undone.nodes)
            .with("skipped", &undone.skipped);
        return out.document(&document);
    }
    // The settings have no id: what the group did says it.
    let mut named = undone.nodes.iter().filter(|node| !node.short.is_empty());
    if out.look.quiet {
        named.try_for_each(|node| out.line(&node.short))?;
    } else {
        out.line(format!("{verb}: {}", undone.summary))?;
        named.try_for_each(|node| out.line(node_line(" ", node)))?;
    }
    for skipped in &undone.skipped {
        let name = [&*skipped.node.short, &*node_name(&skipped.node)].join(" ");
        out.warn(&format!("{} of {} was left: {}", skipped.field, name.trim(), skipped.reason));
    }
    Ok(())
}
