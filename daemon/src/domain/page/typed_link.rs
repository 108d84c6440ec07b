//! A link that is being typed: what is asked for, and the shortest way to name a page.

use super::naming::BY_ID;
use super::{Meaning, TitleHit, folder_key, link_name, linkable, meaning, split_path, title_key};
use crate::domain::id::NodeId;
use crate::domain::short_id::Code;

/// Characters of a task's short id in a link that is offered: enough that no other will have them.
const TASK_CODE: usize = 8;

/// What somebody who has typed so much of a link asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypedLink<'a> {
    /// Pages whose title, alias or path has this.
    Page(&'a str),
    /// Headings that have `typed`, of a page; an empty target is the page itself.
    Heading {
        /// What names the page.
        target: &'a str,
        /// What is typed of the heading.
        typed: &'a str,
    },
    /// Anchors that have `typed`, of a page.
    Anchor {
        /// What names the page.
        target: &'a str,
        /// What is typed of the anchor.
        typed: &'a str,
    },
    /// Tasks by short id or title.
    Task(&'a str),
}

impl<'a> TypedLink<'a> {
    /// Reads what stands between `[[` and the cursor.
    pub fn read(typed: &'a str) -> Self {
        let Some((target, place)) = typed.split_once('#') else {
            return typed.strip_prefix(BY_ID).map_or(Self::Page(typed), Self::Task);
        };
        match place.strip_prefix('^') {
            Some(typed) => Self::Anchor { target, typed },
            None => Self::Heading { target, typed: super::last_heading(place) },
        }
    }
}

/// What is looked for in titles and aliases, and in paths where a folder is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedPages {
    /// The title, or what is typed of it, folded.
    pub title: String,
    /// The folder typed before it, folded.
    pub folder: Option<String>,
}

impl WantedPages {
    /// Folds what is typed.
    pub fn new(typed: &str) -> Self {
        let (folder, title) = typed.rsplit_once('/').unwrap_or(("", typed));
        let folder = Some(folder_key(folder)).filter(|folder| !folder.is_empty());
        Self { title: title_key(title), folder }
    }
}

/// What to write in a link of a page in the folder `from`, so that it leads to a page: its title, or its path, or its
/// id where neither does. `bearers` are the pages that may be meant by either.
pub fn shortest_target(id: NodeId, path: &str, from: &str, bearers: &[TitleHit]) -> String {
    let (_, title) = split_path(path);
    let leads_there = |target: &String| {
        let name = link_name(target);
        let named: Vec<TitleHit> = bearers
            .iter()
            .filter(|bearer| super::name_keys(&name).any(|key| key == bearer.title_key))
            .cloned()
            .collect();
        meaning(&name, from, &named) == Meaning::One(id)
    };
    let ways = [linkable(title.to_owned()), linkable(path.to_owned())];
    ways.into_iter().find(leads_there).unwrap_or_else(|| task_target(id))
}

/// What to write in a link to a task, which no title leads to.
pub fn task_target(id: NodeId) -> String {
    format!("{BY_ID}{}", Code::of(id).prefix(TASK_CODE))
}

/// A text as it can stand behind the `|` of a link.
pub fn shown_in_link(text: &str) -> String {
    let barred = |c: char| matches!(c, '[' | ']' | '|') || c.is_control();
    text.split(barred).map(str::trim).filter(|piece| !piece.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::node::NodeKind;

    #[test]
    fn what_is_typed_tells_what_is_asked_for() {
        use TypedLink::{Anchor, Heading, Page, Task};
        for (typed, expected) in [
            ("", Page("")),
            ("Work/pl", Page("Work/pl")),
            ("t:7k", Task("7k")),
            ("Plan#", Heading { target: "Plan", typed: "" }),
            ("Plan#A#b", Heading { target: "Plan", typed: "b" }),
            ("#^x", Anchor { target: "", typed: "x" }),
            ("A/B#^", Anchor { target: "A/B", typed: "" }),
        ] {
            assert_eq!(TypedLink::read(typed), expected, "{typed}");
        }
        let wanted = |typed| {
            let WantedPages { title, folder } = WantedPages::new(typed);
            (title, folder.unwrap_or_default())
        };
        assert_eq!(wanted(" Big  pl"), ("big pl".into(), String::new()));
        assert_eq!(wanted("/Pl"), ("pl".into(), String::new()));
        assert_eq!(wanted("Work/ Old/PL"), ("pl".into(), "work/old".into()));
        assert_eq!(wanted("Work/"), (String::new(), "work".into()));
    }

    #[test]
    fn a_page_is_named_as_shortly_as_it_can_be() {
        let id = |n| NodeId::from_bytes([n; 16]);
        let bearer = |n, title: &str, folder: &str| TitleHit {
            id: id(n),
            kind: NodeKind::Page,
            title_key: title_key(title),
            folder_key: folder_key(folder),
            is_alias: false,
        };
        let bearers = [
            bearer(1, "Rome", "Travel"),
            bearer(2, "Plan", "Work"),
            bearer(3, "Plan", "Home"),
            bearer(4, "a.md", ""),
        ];
        let named = |n, path: &str, from| shortest_target(id(n), path, from, &bearers);
        assert_eq!(named(1, "Travel/Rome", ""), "Rome");
        assert_eq!(named(2, "Work/Plan", ""), "Work/Plan");
        assert_eq!(named(2, "Work/Plan", "work"), "Plan");
        assert_eq!(named(4, "a.md", ""), "a.md.md");
        let twins = [bearer(1, "Plan", "Work"), bearer(2, "Plan", "Work")];
        let by_id = shortest_target(id(1), "Work/Plan", "", &twins);
        assert!(by_id.starts_with("t:") && by_id.len() == 10, "{by_id}");
    }

    #[test]
    fn a_text_behind_the_bar_has_no_brackets() {
        assert_eq!(shown_in_link("Call [[Bob]] | now"), "Call Bob now");
    }
}
