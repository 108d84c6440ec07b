//! What an editor asks while somebody writes: candidates for links, what they mean, findings of a text not saved yet.

use heph_client::{Client, Options};
use heph_protocol::ErrorCode;
use heph_protocol::request::{
    Complete, Completion, JournalOpen, LinkComplete, LinkResolve, PageBacklinks, PageLinks, PageLint,
    PageNew, PageOutline, TaskAdd,
};
use heph_protocol::types::{CandidateKind, LinkState, MissingPlace};
use hephd::config::Config;
use hephd::environment::Environment;
use hephd::system::Daemon;

/// A daemon of this process, and who writes with it.
struct Desk {
    _daemon: Daemon,
    client: Client,
    _folder: tempfile::TempDir,
}

impl Desk {
    /// One with pages: `Plan` in Work and in Home, `Rome` with an alias and headings, and one that links to it.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let environment = Environment::fixed("2026-11-23T09:00:00Z".parse().unwrap(), 1);
        let daemon = Daemon::start(Config::in_folder(folder.path()), environment).unwrap();
        let options = Options {
            socket: daemon.socket().to_owned(),
            client: "test".to_owned(),
            version: "0".to_owned(),
            zone: Some("UTC".to_owned()),
        };
        let mut desk = Self { _daemon: daemon, client: Client::new(options), _folder: folder };
        desk.page("Work/Plan", "# Goals\nwin\n\n# Goals\n## Why [[not]]?\nbecause ^b1\n");
        desk.page("Home/Plan", "#garden");
        desk.page(
            "Travel/Rome",
            "---\naliases: [Planned City]\n---\nSee\n# Sights\nForum\n# Food\n- pasta ^eat\n",
        );
        desk.page("Diary", "über [[Rome#Food]], and [[Rome]]\n- [[Planned City]]");
        desk
    }

    fn page(&mut self, title: &str, text: &str) -> String {
        let page = PageNew { title: title.into(), text: text.into(), ..PageNew::default() };
        self.client.call(&page).unwrap().page.id
    }

    fn id(&mut self, reference: &str) -> String {
        let links = PageLinks { reference: reference.to_owned(), text: None };
        self.client.call(&links).unwrap().node.id
    }

    /// What is offered for what is typed, one a line.
    fn offered(&mut self, typed: &str, from: &str) -> Vec<String> {
        let from = self.id(from);
        let asked = LinkComplete { typed: typed.into(), from: Some(from), ..LinkComplete::default() };
        let reply = self.client.call(&asked).unwrap();
        assert!(!reply.more);
        let shown = reply.candidates.into_iter();
        shown.map(|found| format!("{} <{}; {}>", found.insert, found.label, found.detail)).collect()
    }
}

#[test]
fn pages_are_offered_by_title_alias_and_path_under_their_shortest_names() {
    let mut desk = Desk::new();
    let of_diary = [
        "Work/Plan <Plan; Work>",
        "Home/Plan <Plan; Home>",
        "Rome|Planned City <Planned City; alias of Travel/Rome>",
    ];
    let mut offered = desk.offered("plan", "Diary");
    offered[..2].sort_by_key(|candidate| !candidate.starts_with("Work"));
    assert_eq!(offered, of_diary);
    assert_eq!(desk.offered("work/pl", "Home/Plan"), ["Work/Plan <Plan; Work>"]);
    assert_eq!(desk.offered("Work/", "Work/Plan"), ["Plan <Plan; Work>"]);
    assert_eq!(desk.offered("nothing", "Diary"), Vec::<String>::new());
    assert_eq!(desk.offered("", "Diary").len(), 4, "the newest pages when nothing is typed");
    assert_eq!(desk.offered("tomorrow", "Diary"), ["2026-11-24 <tomorrow: 2026-11-24; journal>"]);
    let few = LinkComplete { typed: "plan".into(), limit: Some(2), ..LinkComplete::default() };
    let reply = desk.client.call(&few).unwrap();
    assert_eq!((reply.candidates.len(), reply.more), (2, true));
}

#[test]
fn places_of_a_page_are_offered() {
    let mut desk = Desk::new();
    let goals = ["Work/Plan#Goals <Goals; heading 1>"];
    assert_eq!(desk.offered("Work/Plan#goa", "Diary"), goals, "of two alike the first");
    assert_eq!(desk.offered("Plan#Goals#wh", "Work/Plan"), ["Plan#Why not? <Why not?; heading 2>"]);
    assert_eq!(desk.offered("Rome#^", "Diary"), ["Rome#^eat <- pasta; ^eat>"]);
    assert_eq!(desk.offered("Rome#^past", "Diary").len(), 1);
    assert_eq!(desk.offered("Plan#", "Diary"), Vec::<String>::new(), "which Plan?");
    let unsaved = LinkComplete {
        typed: "#he".into(),
        from: Some("01900000-0000-7000-8000-000000000001".into()),
        text: Some("# Here\n# There\n".into()),
        limit: None,
    };
    let candidates = desk.client.call(&unsaved).unwrap().candidates;
    let shown: Vec<_> = candidates.iter().map(|found| (found.insert.as_str(), found.line)).collect();
    assert_eq!(shown, [("#Here", 1), ("#There", 2)]);
    assert!(candidates.iter().all(|found| found.node.is_none() && found.kind == CandidateKind::Heading));
}

#[test]
fn tasks_are_offered_by_their_ids_with_their_titles() {
    let mut desk = Desk::new();
    let add = TaskAdd { line: "Call [[Bob]] | soon".into(), literal: true, ..TaskAdd::default() };
    let task = desk.client.call(&add).unwrap().task;
    let by_title = desk.offered("t:call", "Diary");
    assert_eq!(by_title, desk.offered(&format!("t:{}", task.short), "Diary"));
    assert!(by_title[0].ends_with(&format!("|Call Bob soon <Call [[Bob]] | soon; task {}>", task.short)));
    let target = by_title[0].split('|').next().unwrap().to_owned();
    let resolved = LinkResolve { links: vec![target], ..LinkResolve::default() };
    let to = desk.client.call(&resolved).unwrap().links.remove(0).to;
    assert_eq!(to.map(|to| to.id), Some(task.id));
}

#[test]
fn tags_are_offered_from_tasks_and_pages() {
    let mut desk = Desk::new();
    desk.client.call(&TaskAdd { line: "Dig +garden +home/garage".into(), ..TaskAdd::default() }).unwrap();
    let asked = Complete { what: Completion::Tags, prefix: "ga".into(), limit: None };
    let found = desk.client.call(&asked).unwrap().candidates.into_iter();
    let found: Vec<_> = found.map(|found| format!("{} {}", found.value, found.label)).collect();
    assert_eq!(found, ["garden 1 open, in pages", "home/garage 1 open"]);
}

#[test]
fn links_are_resolved_with_the_line_they_lead_to() {
    let mut desk = Desk::new();
    let diary = desk.id("Diary");
    let links = [
        "Rome#food|x",
        "[[Rome#Nowhere]]",
        "![[Rome#^eat]]",
        "Plan",
        "Nowhere",
        "2026-11-30",
        "[a](https://x.y)",
    ];
    let asked = LinkResolve {
        links: links.map(Into::into).into(),
        from: Some(diary.clone()),
        text: None,
        excerpt: Some(2),
    };
    let links = desk.client.call(&asked).unwrap().links;
    let shown: Vec<_> =
        links.iter().map(|link| (link.state, link.line, link.missing, link.excerpt.as_deref())).collect();
    use LinkState::{Ambiguous, Resolved, Unresolved};
    assert_eq!(
        shown,
        [
            (Resolved, 7, None, Some("# Food\n- pasta ^eat")),
            (Resolved, 0, Some(MissingPlace::Heading), Some("See\n# Sights")),
            (Resolved, 8, None, Some("- pasta ^eat")),
            (Ambiguous, 0, None, None),
            (Unresolved, 0, None, None),
            (Unresolved, 0, None, None),
            (Unresolved, 0, None, None),
        ]
    );
    assert_eq!(links[0].opens, links[0].to.as_ref().map(|to| to.id.clone()));
    assert_eq!(links[3].candidates.len(), 2);
    assert_eq!(
        links[5].opens.as_deref(),
        Some("2026-11-30"),
        "a day has its journal once somebody writes it"
    );
    assert_eq!(links[4].opens, None);

    let own = LinkResolve {
        links: vec!["#Here".into()],
        from: Some(diary),
        text: Some("\n# Here".into()),
        excerpt: None,
    };
    assert_eq!(desk.client.call(&own).unwrap().links[0].line, 2, "in the text at hand");
    let many = LinkResolve { links: vec!["x".into(); 501], ..LinkResolve::default() };
    assert_eq!(desk.client.call(&many).unwrap_err().code(), Some(ErrorCode::Refused));
}

#[test]
fn a_text_that_is_not_saved_is_checked_and_read() {
    let mut desk = Desk::new();
    let journal = desk.client.call(&JournalOpen { date: "2026-11-25".into() }).unwrap().open;
    assert!(!journal.exists);
    let text = "ü [[Nowhere]] [[Plan|p]]\n[[Rome#No]]\n## A ^a\n# B\nx ^a\n#t/u #T/u";
    let lint =
        PageLint { reference: Some(journal.page.id.clone()), text: Some(text.into()), ..PageLint::default() };
    let findings = desk.client.call(&lint).unwrap().findings;
    let shown: Vec<_> = findings
        .iter()
        .map(|found| (found.line, found.code.as_str(), &text[found.start as usize..found.end as usize]))
        .collect();
    assert_eq!(
        shown,
        [
            (1, "unresolved-link", "[[Nowhere]]"),
            (1, "ambiguous-link", "[[Plan|p]]"),
            (2, "missing-heading", "[[Rome#No]]"),
            (5, "repeated-anchor", "^a"),
        ]
    );
    let targets: Vec<_> = findings.iter().map(|found| found.target.as_deref()).collect();
    assert_eq!(targets, [Some("Nowhere"), Some("Plan"), Some("Rome"), None]);

    let outline = PageOutline { reference: journal.page.id.clone(), text: Some(text.into()) };
    let outline = desk.client.call(&outline).unwrap();
    let headings: Vec<_> =
        outline.headings.iter().map(|heading| (heading.level, heading.line, heading.end_line)).collect();
    assert_eq!(headings, [(2, 3, 3), (1, 4, 6)]);
    assert_eq!(outline.anchors.iter().map(|anchor| anchor.line).collect::<Vec<_>>(), [3, 5]);
    assert_eq!(outline.tags, ["t/u"]);

    let links = PageLinks { reference: journal.page.id, text: Some("\n[[Rome#Food]] [[Rome]]".into()) };
    let links = desk.client.call(&links).unwrap().links;
    assert_eq!(links.iter().map(|link| (link.line, link.to_line)).collect::<Vec<_>>(), [(2, 7), (2, 0)]);
    let unknown = PageOutline { reference: "01900000-0000-7000-8000-000000000001".into(), text: None };
    assert_eq!(desk.client.call(&unknown).unwrap_err().code(), Some(ErrorCode::NotFound));
}

#[test]
fn links_to_a_page_say_where_in_their_lines_they_stand() {
    let mut desk = Desk::new();
    let asked = PageBacklinks { reference: "Rome".into(), limit: None, page: None };
    let links = desk.client.call(&asked).unwrap().backlinks;
    let shown: Vec<_> = links.iter().map(|link| (link.line, link.column, link.length)).collect();
    assert_eq!(shown, [(1, 6, 13), (1, 25, 8), (2, 2, 16)]);
}
