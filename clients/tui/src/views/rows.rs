//! Rows of lists as lines. Only those that are seen are made.

use heph_protocol::types::{
    AgendaEntry, Backlink, Conflict, Flag, Link, LinkState, Mark, NodeKind, NodeRef, Occasion, Page,
    SearchHit, Task,
};
use heph_terminal::node::{is, is_closed, mark, node_name, page_name, tags};
use heph_terminal::when;

use crate::frame::{Line, Role};
use crate::model::{Content, Dated, List, Row};
use crate::text::{column, cut, fit_to_show, width};

/// Widths that the column of dates takes: the smallest that holds what is seen, so that it seldom moves.
const DUE_WIDTHS: [usize; 3] = [0, 10, 17];

/// Columns that a title keeps when there is not room for all.
const LEAST_TITLE: usize = 24;

/// Widths that rows on one screen share.
#[derive(Debug, Clone, Copy, Default)]
struct Widths {
    id: usize,
    due: usize,
    priority: bool,
    at: usize,
    occasion: usize,
}

/// The lines of what is seen of a list.
pub(super) fn lines(list: &List, columns: usize, height: usize) -> Vec<Line> {
    let seen: Vec<&Row> = (list.top()..list.top() + height).map_while(|place| list.row(place)).collect();
    let widths = Widths::of(&seen);
    seen.iter()
        .enumerate()
        .map(|(at, row)| {
            let is_selected = list.top() + at == list.cursor() && !row.key.is_empty();
            let is_marked = row.target.as_ref().is_some_and(|target| list.marks.contains_key(&target.id));
            line(row, widths, columns, is_selected, is_marked)
        })
        .collect()
}

impl Widths {
    fn of(rows: &[&Row]) -> Self {
        let mut widths = Self::default();
        let mut due = 0;
        for row in rows {
            if let Some(target) = &row.target {
                widths.id = widths.id.max(width(&target.short));
            }
            match &row.content {
                Content::Task(task) => {
                    due = due.max(width(&due_text(task)));
                    widths.priority |= task.priority.is_some();
                }
                Content::Entry(entry, dated) => {
                    widths.at = widths.at.max(width(&at_text(entry, *dated)));
                    widths.occasion = widths.occasion.max(width(&occasion(entry).1));
                }
                _ => {}
            }
        }
        widths.due = DUE_WIDTHS.into_iter().find(|wide| *wide >= due).unwrap_or(DUE_WIDTHS[2]);
        widths
    }
}

fn line(row: &Row, widths: Widths, columns: usize, is_selected: bool, is_marked: bool) -> Line {
    let mut line = Line::new();
    match &row.content {
        Content::Heading(text) => return line.plain(" ").with(Role::Heading, text),
        Content::Note(text) => return line.plain(" ").plain(text),
        _ => {}
    }
    line.push(Role::Plain, if is_selected { "▌" } else { " " });
    line.push(Role::Marked, if is_marked { "+" } else { " " });
    match &row.content {
        Content::Task(of) => task(&mut line, of, widths, columns),
        Content::Entry(of, dated) => entry(&mut line, of, *dated, widths, columns),
        Content::Page(of) => page(&mut line, of, widths, columns),
        Content::Unwritten(day) => {
            line.push(Role::Id, &" ".repeat(widths.id + 1));
            line.push(Role::Plain, &when::day(day));
            line.push(Role::Dim, "  today, not written yet");
        }
        Content::Hit(of) => hit(&mut line, of, widths, columns),
        Content::Link(of) => link(&mut line, of),
        Content::Url(url) => line.push(Role::Plain, url),
        Content::Backlink(of) => backlink(&mut line, of, widths),
        Content::Conflict(of) => conflict(&mut line, of, widths),
        Content::Heading(_) | Content::Note(_) => {}
    }
    line.cut(columns);
    line.whole = match (is_selected, is_marked) {
        (true, _) => Some(Role::Selected),
        (false, true) => Some(Role::Marked),
        (false, false) => None,
    };
    line
}

fn due_text(task: &Task) -> String {
    let Some(due) = &task.due else { return String::new() };
    let sign = if is(task, Flag::Overdue) && !is_closed(task) { "!" } else { "" };
    format!("{sign}{}", when::due(due, task.due_in_days))
}

fn due_role(task: &Task) -> Role {
    if is_closed(task) {
        Role::Dim
    } else if is(task, Flag::Overdue) {
        Role::Overdue
    } else if is(task, Flag::DueToday) || task.due_in_days == Some(0) {
        Role::Today
    } else {
        Role::Plain
    }
}

fn id(line: &mut Line, short: &str, widths: Widths) {
    line.push(Role::Id, &column(short, widths.id));
    line.push(Role::Plain, " ");
}

fn task(line: &mut Line, task: &Task, widths: Widths, columns: usize) {
    line.push(Role::Heading, &column(mark(task), 2));
    id(line, &task.short, widths);
    priority(line, task, widths.priority);
    if widths.due > 0 {
        line.push(due_role(task), &column(&due_text(task), widths.due));
        line.push(Role::Plain, " ");
    }
    title_and_more(line, task, columns, true);
}

fn priority(line: &mut Line, task: &Task, shown: bool) {
    if shown {
        let text = task.priority.map(|priority| format!("p{priority}")).unwrap_or_default();
        let role = if task.priority == Some(1) && !is_closed(task) { Role::Overdue } else { Role::Plain };
        line.push(role, &column(&text, 3));
    }
}

/// The title, and what else there is to say in as much room as it leaves.
fn title_and_more(line: &mut Line, task: &Task, columns: usize, with_tags: bool) {
    let room = columns.saturating_sub(line.width());
    let mut more = Vec::new();
    more.extend(task.project.as_ref().map(|project| fit_to_show(&project.title)));
    if with_tags && !task.tags.is_empty() {
        more.push(fit_to_show(&tags(task)));
    }
    more.extend(task.repeats.as_ref().map(|repeats| fit_to_show(repeats)));
    if is(task, Flag::Parent) {
        more.push("has parts".to_owned());
    }
    let more = more.join("  ");
    let title = fit_to_show(&task.title);
    let for_title = width(&title).min(LEAST_TITLE.max(room * 2 / 3)).min(room);
    let for_more = room.saturating_sub(width(&title).min(room) + 3).max(room.saturating_sub(for_title + 3));
    let more = if for_more >= 6 { cut(&more, for_more) } else { String::new() };
    let for_title = if more.is_empty() { room } else { room.saturating_sub(width(&more) + 3) };
    line.push(if is_closed(task) { Role::Dim } else { Role::Plain }, &cut(&title, for_title));
    if !more.is_empty() {
        line.end_with(Line::new().with(Role::Dim, format!("{more} ")), columns);
    }
}

fn at_text(entry: &AgendaEntry, dated: Dated) -> String {
    let day = if dated == Dated::Yes { when::day(&entry.date) } else { String::new() };
    let time = entry.time.clone().unwrap_or_default();
    [day, time].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
}

fn occasion(entry: &AgendaEntry) -> (Role, String) {
    let is_overdue = is(&entry.task, Flag::Overdue);
    match entry.occasion {
        Occasion::Due if is_overdue => (Role::Overdue, "!due".into()),
        Occasion::Due => (Role::Today, "due".into()),
        Occasion::Planned => (Role::Plain, "planned".into()),
        Occasion::FollowUp => {
            let whom =
                entry.task.waiting_on.as_ref().map(|whom| format!(" {}", cut(whom, 12))).unwrap_or_default();
            (Role::Plain, format!("ask{whom}"))
        }
        Occasion::Begins => (Role::Dim, "begins".into()),
        Occasion::Expires => (Role::Dim, "expires".into()),
    }
}

fn entry(line: &mut Line, entry: &AgendaEntry, dated: Dated, widths: Widths, columns: usize) {
    line.push(Role::Heading, &column(mark(&entry.task), 2));
    if widths.at > 0 {
        line.push(Role::Plain, &column(&at_text(entry, dated), widths.at + 1));
    }
    let (role, text) = occasion(entry);
    line.push(role, &column(&text, widths.occasion + 1));
    id(line, &entry.task.short, widths);
    title_and_more(line, &entry.task, columns, false);
}

fn page(line: &mut Line, page: &Page, widths: Widths, columns: usize) {
    id(line, &page.short, widths);
    let title = if page.kind == NodeKind::Journal { when::day(&page.title) } else { page_name(page) };
    let modified = format!("{} ", when::instant(&page.modified));
    let room = columns.saturating_sub(line.width() + width(&modified) + 2);
    line.push(Role::Plain, &cut(&fit_to_show(&title), room));
    let tags = page.tags.iter().map(|tag| format!("#{tag}")).collect::<Vec<_>>().join(" ");
    let room = columns.saturating_sub(line.width() + width(&modified) + 3);
    if !tags.is_empty() && room > 4 {
        line.push(Role::Dim, &format!("  {}", cut(&fit_to_show(&tags), room)));
    }
    line.end_with(Line::new().with(Role::Dim, modified), columns);
}

fn kind(node: &NodeRef) -> &'static str {
    match (node.kind, node.closed) {
        (NodeKind::Page, _) => "",
        (NodeKind::Journal, _) => "journal",
        (NodeKind::Task, false) => "task",
        (NodeKind::Task, true) => "task, closed",
        (NodeKind::Project, _) => "project",
        (NodeKind::Area, _) => "area",
        (NodeKind::Settings, _) => "settings",
    }
}

fn hit(line: &mut Line, hit: &SearchHit, widths: Widths, columns: usize) {
    id(line, &hit.node.short, widths);
    if let Some(folder) = &hit.node.folder {
        line.push(Role::Dim, &format!("{folder}/"));
    }
    marked(line, &hit.node.title, &hit.title_marks, Role::Plain);
    let kind = kind(&hit.node);
    let room = columns.saturating_sub(line.width() + kind.len() + 4);
    if room > 8 && !hit.snippet.is_empty() {
        line.push(Role::Dim, "  ");
        marked(line, &hit.snippet, &hit.marks, Role::Dim);
        line.cut(columns.saturating_sub(kind.len() + 2));
    }
    line.end_with(Line::new().with(Role::Dim, format!("{kind} ")), columns);
}

/// Adds a text in which some places match.
fn marked(line: &mut Line, text: &str, marks: &[Mark], role: Role) {
    let mut rest: Vec<char> = text.chars().collect();
    let mut gone = 0;
    for mark in marks {
        let (start, end) = (mark.start as usize, mark.end as usize);
        if start < gone || end < start || end - gone > rest.len() {
            continue;
        }
        let found: Vec<char> = rest.drain(..end - gone).collect();
        line.push(role, &found[..start - gone].iter().collect::<String>());
        line.push(Role::Today, &found[start - gone..].iter().collect::<String>());
        gone = end;
    }
    line.push(role, &rest.into_iter().collect::<String>());
}

fn link(line: &mut Line, link: &Link) {
    let fragment = link.fragment.as_ref().map(|fragment| format!("#{fragment}")).unwrap_or_default();
    line.push(Role::Plain, &format!("{}{fragment}", link.target));
    let leads = match (&link.to, link.state) {
        (Some(to), state) => {
            let sure = if state == LinkState::Ambiguous { "perhaps " } else { "" };
            format!("  → {sure}{} {} {}", to.short, node_name(to), kind(to))
        }
        (None, _) => "  there is no such page yet".to_owned(),
    };
    line.push(Role::Dim, leads.trim_end());
}

fn backlink(line: &mut Line, link: &Backlink, widths: Widths) {
    id(line, &link.from.short, widths);
    line.push(Role::Plain, &node_name(&link.from));
    if link.line > 0 {
        line.push(Role::Dim, &format!("  {}: {}", link.line, link.context.trim()));
    }
}

fn conflict(line: &mut Line, conflict: &Conflict, widths: Widths) {
    id(line, &conflict.node.short, widths);
    line.push(Role::Plain, &node_name(&conflict.node));
    let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
    let whose = if conflict.is_own { "yours" } else { "theirs" };
    let said = format!(
        "  {}: {whose} was {}, now it is {}",
        conflict.field,
        cut(&value(&conflict.lost), 30),
        cut(&value(&conflict.kept), 30)
    );
    line.push(Role::Dim, &said);
}
