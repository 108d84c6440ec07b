//! `heph page links|backlinks|unresolved|orphans|lint`: what stands how to what.

use clap::Command;
use heph_protocol::request::{PageBacklinks, PageLinks, PageLint, PageOrphans, PageUnresolved};
use heph_protocol::types::{Backlink, Finding, Link, LinkKind, LinkState, Page, UnresolvedTarget};

use super::page::{COLUMNS as PAGES, row as page_row};
use super::paging;
use crate::args;
use crate::output::stream::Stream;
use crate::output::style::{DIM, ID, WARNING};
use crate::output::table::{Cell, Column, Fit};
use crate::output::{Document, Outcome, tasks};
use crate::session::Session;

const TEXT: Fit = Fit::Shrinks { soft: 20, hard: 8 };

const LINKS: &[Column] = &[
    Column { heading: "LINE", fit: Fit::Fixed, right: true },
    Column { heading: "LINK", fit: TEXT, right: false },
    Column { heading: "ID", fit: Fit::Fixed, right: false },
    Column { heading: "LEADS TO", fit: TEXT, right: false },
];

const BACKLINKS: &[Column] = &[
    Column { heading: "ID", fit: Fit::Fixed, right: false },
    Column { heading: "FROM", fit: TEXT, right: false },
    Column { heading: "LINE", fit: Fit::Fixed, right: true },
    Column { heading: "CONTEXT", fit: TEXT, right: false },
];

const UNRESOLVED: &[Column] = &[
    Column { heading: "LINKS", fit: Fit::Fixed, right: true },
    Column { heading: "TARGET", fit: TEXT, right: false },
    Column { heading: "IN", fit: TEXT, right: false },
];

const FINDINGS: &[Column] = &[
    Column { heading: "ID", fit: Fit::Fixed, right: false },
    Column { heading: "PAGE", fit: TEXT, right: false },
    Column { heading: "LINE", fit: Fit::Fixed, right: true },
    Column { heading: "FINDING", fit: Fit::Shrinks { soft: 40, hard: 20 }, right: false },
];

/// A page or task.
#[derive(Debug, clap::Args)]
pub(crate) struct Named {
    /// The page or task
    #[arg(value_name = "REF")]
    reference: String,
}

/// No arguments of its own.
#[derive(Debug, clap::Args)]
pub(crate) struct Nothing {}

/// A page, or all.
#[derive(Debug, clap::Args)]
pub(crate) struct Lint {
    /// The page; all if none is named
    #[arg(value_name = "REF")]
    reference: Option<String>,
}

/// The command lines of these verbs.
pub(crate) fn commands() -> Vec<Command> {
    vec![
        args::command::<Named>(
            "links",
            "List the links of a page or task, and what they lead to",
            "  heph page links \"[[Trip to Rome]]\"\n  heph page links 7k3 --json",
        ),
        args::command::<Named>(
            "backlinks",
            "List what links to a page or task",
            "  heph page backlinks \"[[Trip to Rome]]\"\n  heph page backlinks 7k3 -n 5",
        ),
        args::command::<Nothing>(
            "unresolved",
            "List targets of links that no page answers to",
            "  heph page unresolved\n  heph page unresolved --json",
        ),
        args::command::<Nothing>(
            "orphans",
            "List pages that nothing links to",
            "  heph page orphans\n  heph page orphans --quiet",
        ),
        args::command::<Lint>(
            "lint",
            "Name what is doubtful in links, anchors and titles",
            "  heph page lint\n  heph page lint \"[[Trip to Rome]]\"",
        ),
    ]
}

/// Lists the links of a node.
pub(crate) fn links(session: &mut Session, named: Named) -> Outcome {
    let links = session.call(&PageLinks { reference: named.reference, text: None })?;
    session.out.page();
    if session.out.is_json() {
        return session.out.document(&Document::new("links", &links.links).with("node", &links.node));
    }
    let target = |link: &Link| link.to.as_ref().map(|to| to.short.clone()).unwrap_or_default();
    if session.out.look.quiet {
        let found = links.links.iter().map(target).filter(|id| !id.is_empty());
        return found.collect::<Vec<_>>().iter().try_for_each(|id| session.out.line(id));
    }
    let rows: Vec<Vec<Cell>> = links.links.iter().map(link_row).collect();
    let layout = session.out.layout(LINKS, &rows);
    if rows.is_empty() {
        session.out.note("no links");
        return Ok(());
    }
    session.out.headings(&layout)?;
    session.out.rows(&layout, &rows)
}

/// A link as it is written, but for its brackets.
fn written(link: &Link) -> String {
    let fragment = link.fragment.as_ref().map(|fragment| format!("#{fragment}")).unwrap_or_default();
    let sign = if link.kind == LinkKind::Embed { "!" } else { "" };
    format!("{sign}{}{fragment}", link.target)
}

/// The line something stands in; nothing for what stands in no line of the text.
fn line_cell(line: u32) -> Cell {
    let line = if line == 0 { String::new() } else { line.to_string() };
    Cell::styled(DIM, &line)
}

fn link_row(link: &Link) -> Vec<Cell> {
    let (id, leads_to) = match (link.state, &link.to) {
        (LinkState::Resolved, Some(to)) => (Cell::styled(ID, &to.short), Cell::from(tasks::node_name(to))),
        (LinkState::Ambiguous, _) => {
            let candidates: Vec<_> = link
                .candidates
                .iter()
                .map(|node| format!("{} {}", node.short, tasks::node_name(node)))
                .collect();
            (
                Cell::styled(WARNING, "?"),
                Cell::styled(WARNING, &format!("ambiguous: {}", candidates.join(", "))),
            )
        }
        _ if link.attachment => (Cell::styled(DIM, "file"), Cell::from(link.target.clone())),
        _ => (Cell::styled(WARNING, "?"), Cell::styled(WARNING, "nothing yet")),
    };
    vec![line_cell(link.line), Cell::from(written(link)), id, leads_to]
}

/// Lists what links to a node.
pub(crate) fn backlinks(session: &mut Session, named: Named) -> Outcome {
    let row = |link: &Backlink| {
        vec![
            Cell::styled(ID, &link.from.short),
            Cell::from(tasks::node_name(&link.from)),
            line_cell(link.line),
            Cell::styled(DIM, &link.context),
        ]
    };
    let mut stream = Stream::new("backlinks", BACKLINKS.to_vec(), row, |link: &Backlink| &link.from.short);
    session.out.page();
    let mut node = serde_json::Value::Null;
    let more = paging::pages(
        session,
        |session, limit, page| {
            let request = PageBacklinks { reference: named.reference.clone(), limit: Some(limit), page };
            let links = session.call(&request)?;
            node = serde_json::json!(links.node);
            Ok((links.backlinks, links.next_page))
        },
        |session, links| stream.push(&mut session.out, links),
    )?;
    let shown = stream.count();
    stream.end(&mut session.out, &[("node", node)])?;
    if shown == 0 && !session.out.is_json() {
        session.out.note("nothing links there");
    }
    paging::tell_more(session, more, shown);
    Ok(())
}

/// Lists targets without a page.
pub(crate) fn unresolved(session: &mut Session) -> Outcome {
    let row = |target: &UnresolvedTarget| {
        let from: Vec<_> =
            target.from.iter().map(|node| format!("{} {}", node.short, tasks::node_name(node))).collect();
        vec![
            Cell::styled(DIM, &target.count.to_string()),
            Cell::from(&target.target),
            Cell::styled(DIM, &from.join(", ")),
        ]
    };
    let stream = Stream::new("targets", UNRESOLVED.to_vec(), row, |target: &UnresolvedTarget| &target.target);
    paging::list(session, stream, "every link leads somewhere", |session, limit, page| {
        let list = session.call(&PageUnresolved { limit: Some(limit), page })?;
        Ok((list.targets, list.next_page))
    })
}

/// Lists pages that nothing links to.
pub(crate) fn orphans(session: &mut Session) -> Outcome {
    let stream = Stream::new("pages", PAGES.to_vec(), page_row, |page: &Page| &page.short);
    paging::list(session, stream, "every page is linked to", |session, limit, page| {
        let list = session.call(&PageOrphans { limit: Some(limit), page })?;
        Ok((list.pages, list.next_page))
    })
}

/// Lists what is doubtful.
pub(crate) fn lint(session: &mut Session, lint: &Lint) -> Outcome {
    let row = |finding: &Finding| {
        vec![
            Cell::styled(ID, &finding.node.short),
            Cell::from(tasks::node_name(&finding.node)),
            line_cell(finding.line),
            Cell::styled(WARNING, &finding.message),
        ]
    };
    let mut stream = Stream::new("findings", FINDINGS.to_vec(), row, |finding: &Finding| &finding.node.short);
    session.out.page();
    let mut hints: Vec<String> = Vec::new();
    let more = paging::pages(
        session,
        |session, limit, page| {
            let request =
                PageLint { reference: lint.reference.clone(), limit: Some(limit), page, text: None };
            let found = session.call(&request)?;
            Ok((found.findings, found.next_page))
        },
        |session, findings| {
            for hint in findings.iter().filter_map(|finding| finding.hint.as_ref()) {
                if !hints.contains(hint) && hints.len() < 8 {
                    hints.push(hint.clone());
                }
            }
            stream.push(&mut session.out, findings)
        },
    )?;
    let shown = stream.count();
    stream.end(&mut session.out, &[])?;
    if !session.out.is_json() && !session.out.look.quiet {
        hints.iter().for_each(|hint| session.out.hint(hint));
        if shown == 0 {
            session.out.note("nothing is doubtful");
        }
    }
    paging::tell_more(session, more, shown);
    Ok(())
}
