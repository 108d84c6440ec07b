//! Rows of lists: what stands in them, and what can be done with it.

use heph_protocol::response;
use heph_protocol::types::{
    AgendaEntry, Backlink, Conflict, Link, LinkState, NodeKind, NodeRef, Page, SearchHit, Status, Task,
};
use heph_terminal::node::{is_closed, node_name, page_name};
use heph_terminal::when;

/// What an action is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The node's id.
    pub id: String,
    /// Its short id.
    pub short: String,
    /// Its title.
    pub title: String,
    /// What it is.
    pub kind: NodeKind,
    /// For a task: whether it is done or given up.
    pub closed: bool,
    /// For a task: whether it is being done.
    pub doing: bool,
}

impl From<&Task> for Target {
    fn from(task: &Task) -> Self {
        Self {
            id: task.id.clone(),
            short: task.short.clone(),
            title: task.title.clone(),
            kind: NodeKind::Task,
            closed: is_closed(task),
            doing: task.status == Status::Doing,
        }
    }
}

impl From<&NodeRef> for Target {
    fn from(node: &NodeRef) -> Self {
        Self {
            id: node.id.clone(),
            short: node.short.clone(),
            title: node_name(node),
            kind: node.kind,
            closed: node.closed,
            doing: false,
        }
    }
}

impl From<&Page> for Target {
    fn from(page: &Page) -> Self {
        Self {
            id: page.id.clone(),
            short: page.short.clone(),
            title: page_name(page),
            kind: page.kind,
            closed: false,
            doing: false,
        }
    }
}

/// What stands in a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A heading.
    Heading(String),
    /// A line that only tells something.
    Note(String),
    /// A task.
    Task(Box<Task>),
    /// A task on a day of the agenda.
    Entry(Box<AgendaEntry>, Dated),
    /// A page.
    Page(Box<Page>),
    /// Today's journal while nothing is written.
    Unwritten(String),
    /// What a search found.
    Hit(Box<SearchHit>),
    /// A link, and the node it leads to.
    Link(Box<Link>),
    /// A link that leads out of heph.
    Url(String),
    /// A link to the node.
    Backlink(Box<Backlink>),
    /// A value that was overwritten unseen.
    Conflict(Box<Conflict>),
}

/// Whether an entry of the agenda needs its date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dated {
    /// It stands under its day.
    No,
    /// It stands in a section of several days.
    Yes,
}

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Names it, so that it stays selected when the rows around it change.
    pub key: String,
    /// What an action on it is for; none for rows that cannot be selected.
    pub target: Option<Target>,
    /// What stands in it.
    pub content: Content,
}

impl Row {
    /// A heading.
    pub fn heading(text: impl Into<String>) -> Self {
        Self { key: String::new(), target: None, content: Content::Heading(text.into()) }
    }

    /// A line that only tells something.
    pub fn note(text: impl Into<String>) -> Self {
        Self { key: String::new(), target: None, content: Content::Note(text.into()) }
    }

    /// A task.
    pub fn task(task: Task) -> Self {
        Self { key: task.id.clone(), target: Some((&task).into()), content: Content::Task(Box::new(task)) }
    }

    /// A page.
    pub fn page(page: Page) -> Self {
        Self { key: page.id.clone(), target: Some((&page).into()), content: Content::Page(Box::new(page)) }
    }

    fn entry(entry: AgendaEntry, dated: Dated) -> Self {
        let key = format!("{} {:?} {}", entry.task.id, entry.occasion, entry.date);
        Self { key, target: Some((&entry.task).into()), content: Content::Entry(Box::new(entry), dated) }
    }

    /// Today's journal, of which nothing is written.
    pub fn unwritten(page: &Page) -> Self {
        Self {
            key: page.id.clone(),
            target: Some(page.into()),
            content: Content::Unwritten(page.title.clone()),
        }
    }

    /// What a search found.
    pub fn hit(hit: SearchHit) -> Self {
        Self {
            key: hit.node.id.clone(),
            target: Some((&hit.node).into()),
            content: Content::Hit(Box::new(hit)),
        }
    }

    /// A value that was overwritten.
    pub fn conflict(conflict: Conflict) -> Self {
        let target = Some((&conflict.node).into());
        Self { key: conflict.id.clone(), target, content: Content::Conflict(Box::new(conflict)) }
    }

    /// The rows of links: one each, and one each node an ambiguous one may mean.
    pub fn links(links: Vec<Link>) -> Vec<Self> {
        let mut rows = Vec::with_capacity(links.len());
        for link in links {
            if link.target.is_empty() {
                continue;
            }
            let nodes: Vec<NodeRef> = match link.state {
                LinkState::Resolved => link.to.iter().cloned().collect(),
                LinkState::Ambiguous => link.candidates.clone(),
                LinkState::Unresolved => Vec::new(),
            };
            let row = |target: Option<Target>, at: usize| Self {
                key: format!("{} {at}", link.start),
                target,
                content: Content::Link(Box::new(Link { to: nodes.get(at).cloned(), ..link.clone() })),
            };
            if nodes.is_empty() {
                rows.push(row(None, 0));
            }
            rows.extend(nodes.iter().enumerate().map(|(at, node)| row(Some(node.into()), at)));
        }
        rows
    }

    /// A link that leads out of heph.
    pub fn url(url: String) -> Self {
        Self { key: url.clone(), target: None, content: Content::Url(url) }
    }

    /// A link to the node.
    pub fn backlink(link: Backlink) -> Self {
        let key = format!("{} {}", link.from.id, link.line);
        Self { key, target: Some((&link.from).into()), content: Content::Backlink(Box::new(link)) }
    }

    /// The rows of an agenda: sections with headings.
    pub fn agenda(agenda: response::Agenda) -> Vec<Self> {
        let mut rows = Vec::new();
        let mut section = |title: String, entries: Vec<AgendaEntry>, dated: Dated| {
            if !entries.is_empty() {
                rows.push(Self::heading(title));
                rows.extend(entries.into_iter().map(|entry| Self::entry(entry, dated)));
            }
        };
        section("Overdue".into(), agenda.overdue, Dated::Yes);
        section("Planned before".into(), agenda.slipped, Dated::Yes);
        for day in agenda.days {
            let today = if day.date == agenda.today { ", today" } else { "" };
            let title = format!("{}{today}", when::day(&day.date));
            section(title, day.timed.into_iter().chain(day.all_day).collect(), Dated::No);
        }
        section("Coming up".into(), agenda.upcoming, Dated::Yes);
        if agenda.left_out > 0 {
            rows.push(Self::note(format!(
                "{} more do not fit; the view Tasks has them all",
                agenda.left_out
            )));
        }
        rows
    }

    /// What the fuzzy filter looks at.
    pub fn haystack(&self) -> Option<String> {
        let task = |task: &Task| {
            let project = task.project.as_ref().map_or("", |project| project.title.as_str());
            format!("{} {} {project} {}", task.short, task.title, task.tags.join(" "))
        };
        Some(match &self.content {
            Content::Heading(_) | Content::Note(_) => return None,
            Content::Task(of) => task(of),
            Content::Entry(entry, _) => task(&entry.task),
            Content::Page(page) => format!("{} {}", page_name(page), page.tags.join(" ")),
            Content::Unwritten(title) => title.clone(),
            Content::Hit(hit) => format!("{} {}", node_name(&hit.node), hit.snippet),
            Content::Link(link) => {
                format!("{} {}", link.target, link.to.as_ref().map(node_name).unwrap_or_default())
            }
            Content::Url(url) => url.clone(),
            Content::Backlink(link) => format!("{} {}", node_name(&link.from), link.context),
            Content::Conflict(conflict) => format!("{} {}", node_name(&conflict.node), conflict.field),
        })
    }
}
