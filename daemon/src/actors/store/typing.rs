//! `link.complete`: what can stand in a link that is being typed.

use std::collections::{HashMap, HashSet};

use heph_protocol::WireError;
use heph_protocol::envelope::to_map;
use heph_protocol::request::LinkComplete;
use heph_protocol::response::LinkCandidates;
use heph_protocol::types::{CandidateKind, LinkCandidate, NodeRef};

use super::answer::Answering;
use super::list::rows;
use crate::domain::date::Now;
use crate::domain::id::NodeId;
use crate::domain::node::{Node, NodeKind};
use crate::domain::page::markdown::{Document, heading_key, parse};
use crate::domain::page::{
    Meaning, TypedLink, WantedPages, anchor_has, folder_key, heading_has, heading_in_link, link_name,
    linkable, shortest_target, shown_in_link, task_target, title_key,
};
use crate::domain::verbs::capture::journal_of;
use crate::rpc::{line_of, store_error};
use crate::store::TitleCandidate;

/// The most characters of a line that is shown.
const SHOWN: usize = 120;

/// A word shorter than that is no date word: `fr` begins too many titles.
const SHORTEST_DATE: usize = 3;

impl Answering {
    /// Candidates for a link, as far as it is typed.
    pub(super) async fn complete_link(&self, asked: &LinkComplete, now: &Now) -> Result<Vec<u8>, WireError> {
        let limit = rows(asked.limit, 50);
        let from = self.written(asked.from.as_deref(), now).await?;
        let mut candidates = match TypedLink::read(&asked.typed) {
            TypedLink::Page(typed) => self.linkable_pages(typed, &from, limit, now).await?,
            TypedLink::Task(typed) => self.linkable_tasks(typed, limit, now),
            TypedLink::Heading { target, typed } => {
                let Some((id, text)) = self.place_text(target, &from, asked.text.as_deref()).await? else {
                    return Ok(to_map(&LinkCandidates::default()));
                };
                let node = self.shown_node(id, now).await?;
                headings(&text, &parse(&text), target, typed, node.as_ref())
            }
            TypedLink::Anchor { target, typed } => {
                let Some((id, text)) = self.place_text(target, &from, asked.text.as_deref()).await? else {
                    return Ok(to_map(&LinkCandidates::default()));
                };
                let node = self.shown_node(id, now).await?;
                anchors(&text, &parse(&text), target, typed, node.as_ref())
            }
        };
        let more = candidates.len() > limit;
        candidates.truncate(limit);
        Ok(to_map(&LinkCandidates { candidates, more }))
    }

    /// The page a link is written in; one that is not in the store yet has no folder.
    pub(super) async fn written(&self, from: Option<&str>, now: &Now) -> Result<Node, WireError> {
        match from {
            Some(from) => self.find_or_new(from, now).await,
            None => Ok(Node::new(NodeId::from_bytes([0; 16]))),
        }
    }

    /// The node a reference means; an id that is not in the store yet is of a page to be.
    pub(super) async fn find_or_new(&self, reference: &str, now: &Now) -> Result<Node, WireError> {
        match reference.trim().parse::<NodeId>() {
            Ok(id) => {
                let mut nodes = self.db.nodes(&[id]).await.map_err(|error| store_error(&error))?;
                Ok(nodes.remove(&id).unwrap_or_else(|| Node::new(id)))
            }
            Err(_) => self.find(reference, now).await,
        }
    }

    /// A node that is in the store, named.
    async fn shown_node(&self, id: NodeId, now: &Now) -> Result<Option<NodeRef>, WireError> {
        let others = self.db.nodes(&[id]).await.map_err(|error| store_error(&error))?;
        let is_there = others.contains_key(&id);
        Ok(self.rendered(now, &others, |renderer| is_there.then(|| renderer.node_ref(id))))
    }

    /// The text of the page that a target names, from a page whose text may be at hand.
    async fn place_text(
        &self,
        target: &str,
        from: &Node,
        text: Option<&str>,
    ) -> Result<Option<(NodeId, String)>, WireError> {
        let name = link_name(target);
        let id = match name.is_empty() {
            true => from.id,
            false => match self.meaning_of(&name, from).await? {
                Meaning::One(id) => id,
                Meaning::Several(_) | Meaning::Nothing => return Ok(None),
            },
        };
        if let Some(text) = text.filter(|_| id == from.id) {
            return Ok(Some((id, text.to_owned())));
        }
        let mut nodes = self.db.nodes(&[id]).await.map_err(|error| store_error(&error))?;
        let Some(node) = nodes.remove(&id) else { return Ok(None) };
        Ok(Some((id, self.text(&node).await?)))
    }

    /// Pages by title, alias or path, and the journal of a date word.
    async fn linkable_pages(
        &self,
        typed: &str,
        from: &Node,
        limit: usize,
        now: &Now,
    ) -> Result<Vec<LinkCandidate>, WireError> {
        let wanted = WantedPages::new(typed);
        let found = self.db.title_candidates(&wanted, limit as u32 + 1).await;
        let found = found.map_err(|error| store_error(&error))?;
        let ids: Vec<NodeId> = found.iter().map(|candidate| candidate.id).collect();
        let nodes = self.db.nodes(&ids).await.map_err(|error| store_error(&error))?;
        let aliases = self.aliases_as_written(&found, &nodes).await?;
        let names: Vec<String> = nodes
            .values()
            .flat_map(|node| {
                [link_name(&linkable(node.title().to_owned())), link_name(&linkable(node.path()))]
            })
            .collect();
        let bearers = self.db.pages_named(&names).await.map_err(|error| store_error(&error))?;
        let folder = folder_key(from.folder());
        let mut candidates: Vec<LinkCandidate> = self.rendered(now, &nodes, |renderer| {
            let shown = |candidate: &TitleCandidate| {
                let node = nodes.get(&candidate.id)?;
                let path = node.path();
                let target = shortest_target(node.id, &path, &folder, &bearers);
                let node_ref = Some(renderer.node_ref(node.id));
                let Some(alias) = &candidate.alias else {
                    let by_id = target.starts_with("t:");
                    let shown =
                        if by_id { format!("|{}", shown_in_link(node.title())) } else { String::new() };
                    return Some(LinkCandidate {
                        insert: target + &shown,
                        label: node.title().to_owned(),
                        detail: page_detail(node),
                        kind: CandidateKind::Page,
                        node: node_ref,
                        line: 0,
                    });
                };
                let alias = aliases.get(&(node.id, alias.clone())).unwrap_or(alias);
                Some(LinkCandidate {
                    insert: format!("{target}|{}", shown_in_link(alias)),
                    label: alias.clone(),
                    detail: format!("alias of {path}"),
                    kind: CandidateKind::Alias,
                    node: node_ref,
                    line: 0,
                })
            };
            found.iter().filter_map(shown).collect()
        });
        if let Some(date) = self.linkable_date(typed, now).await? {
            let is_there = candidates.iter().any(|candidate| candidate.insert == date.insert);
            let exact = candidates.first().is_some_and(|first| title_key(&first.label) == wanted.title);
            if !is_there {
                candidates.insert(usize::from(exact), date);
            }
        }
        Ok(candidates)
    }

    /// The aliases by which pages were found, as somebody wrote them: in a register, or in the frontmatter.
    async fn aliases_as_written(
        &self,
        found: &[TitleCandidate],
        nodes: &HashMap<NodeId, Node>,
    ) -> Result<HashMap<(NodeId, String), String>, WireError> {
        let mut written = HashMap::new();
        let mut in_text = Vec::new();
        for TitleCandidate { id, alias } in found {
            let (Some(alias), Some(node)) = (alias, nodes.get(id)) else { continue };
            match node.aliases().find(|written| title_key(written) == *alias) {
                Some(as_written) => drop(written.insert((*id, alias.clone()), as_written.to_owned())),
                None => in_text.push(*id),
            }
        }
        let texts = self.db.texts(&in_text).await.map_err(|error| store_error(&error))?;
        for (id, text) in &texts {
            for alias in parse(frontmatter(text)).aliases {
                written.insert((*id, title_key(&alias)), alias);
            }
        }
        Ok(written)
    }

    /// The journal of a date word.
    async fn linkable_date(&self, typed: &str, now: &Now) -> Result<Option<LinkCandidate>, WireError> {
        let typed = typed.trim();
        let is_word = typed.len() >= SHORTEST_DATE && !typed.starts_with(['+', '-']);
        let Some(journal) = is_word.then(|| journal_of(typed, now).ok()).flatten() else { return Ok(None) };
        let title = journal.title();
        Ok(Some(LinkCandidate {
            insert: title.clone(),
            label: if title_key(typed) == title_key(&title) { title } else { format!("{typed}: {title}") },
            detail: "journal".to_owned(),
            kind: CandidateKind::Date,
            node: self.shown_node(journal.id(), now).await?,
            line: 0,
        }))
    }

    /// Open tasks by short id, or by what is in their titles.
    fn linkable_tasks(&self, typed: &str, limit: usize, now: &Now) -> Vec<LinkCandidate> {
        let key = title_key(typed);
        self.rendered(now, &HashMap::new(), |renderer| {
            let shown = |id: NodeId, title: &str| {
                let node = renderer.node_ref(id);
                LinkCandidate {
                    insert: format!("{}|{}", task_target(id), shown_in_link(title)),
                    label: title.to_owned(),
                    detail: format!("task {}", node.short),
                    kind: CandidateKind::Task,
                    node: Some(node),
                    line: 0,
                }
            };
            let by_id = if typed.is_empty() { Vec::new() } else { renderer.short_ids.matches(typed, limit) };
            let by_id = by_id.iter().filter_map(|id| renderer.open.get(*id));
            let is_new = |id: NodeId| typed.is_empty() || !renderer.short_ids.show(id).starts_with(&key);
            let by_title = renderer.open.iter().filter(|task| title_key(&task.title).contains(&key));
            let by_title = by_title.filter(|task| is_new(task.id));
            by_id.chain(by_title).take(limit + 1).map(|task| shown(task.id, &task.title)).collect()
        })
    }
}

/// What tells a page apart: its folder, or what else it is.
fn page_detail(node: &Node) -> String {
    match (node.kind(), node.folder()) {
        (NodeKind::Page, folder) => folder.to_owned(),
        (kind, "") => kind.word().to_owned(),
        (kind, folder) => format!("{} in {folder}", kind.word()),
    }
}

/// The headings that have what is typed; of two alike the first, which is the one a link leads to.
fn headings(
    text: &str,
    document: &Document,
    target: &str,
    typed: &str,
    node: Option<&NodeRef>,
) -> Vec<LinkCandidate> {
    let mut lines = line_of(text);
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for heading in &document.headings {
        let line = lines(heading.start);
        let named = heading_in_link(&heading.text);
        if !named.is_empty() && seen.insert(heading_key(&named)) && heading_has(&heading.text, typed) {
            found.push(LinkCandidate {
                insert: format!("{target}#{named}"),
                label: heading.text.clone(),
                detail: format!("heading {}", heading.level),
                kind: CandidateKind::Heading,
                node: node.cloned(),
                line,
            });
        }
    }
    found
}

/// The anchors that have what is typed in their name or line.
fn anchors(
    text: &str,
    document: &Document,
    target: &str,
    typed: &str,
    node: Option<&NodeRef>,
) -> Vec<LinkCandidate> {
    let mut lines = line_of(text);
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for anchor in &document.anchors {
        let line = lines(anchor.line_start);
        // An anchor may stand alone on the line behind its block.
        let block = document.excerpt(text, Some(anchor.line_start), usize::MAX);
        let block = block.strip_suffix(&format!("^{}", anchor.name)).unwrap_or(&block);
        let words = block.trim_end().lines().last().unwrap_or_default().trim();
        if seen.insert(&anchor.name) && anchor_has(&anchor.name, words, typed) {
            found.push(LinkCandidate {
                insert: format!("{target}#^{}", anchor.name),
                label: words.chars().take(SHOWN).collect(),
                detail: format!("^{}", anchor.name),
                kind: CandidateKind::Anchor,
                node: node.cloned(),
                line,
            });
        }
    }
    found
}

/// The frontmatter of a text, with the lines that fence it in.
fn frontmatter(text: &str) -> &str {
    let mut end = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        end += line.len();
        if number > 0 && matches!(line.trim_end(), "---" | "...") {
            return &text[..end];
        }
    }
    ""
}
