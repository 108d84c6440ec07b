//! `link.resolve`, `page.outline`: what the links and headings of a text are, also of one that is not saved yet.

use std::collections::{BTreeSet, HashMap};

use heph_protocol::envelope::to_map;
use heph_protocol::request::{LinkResolve, PageOutline as OutlineAsked};
use heph_protocol::response::{LinksResolved, PageOutline};
use heph_protocol::types::{Heading, LinkState, MissingPlace as WireMissing, NamedAnchor, ResolvedLink};
use heph_protocol::{ErrorCode, WireError};

use super::answer::Answering;
use super::links::{MAX_CANDIDATES, named};
use crate::domain::date::Now;
use crate::domain::id::NodeId;
use crate::domain::node::Node;
use crate::domain::page::markdown::{self as page, Document, Link, LinkKind, parse};
use crate::domain::page::{Journal, Meaning, MissingPlace, folder_key};
use crate::rpc::{line_of, store_error};

/// The most links of one request.
const MAX_LINKS: usize = 500;

/// The most lines of an excerpt.
const MAX_EXCERPT: u32 = 100;

/// A text and what is in it.
pub(super) struct Read {
    text: String,
    /// What it says.
    pub(super) document: Document,
}

impl Read {
    /// Reads a text.
    pub(super) fn new(text: String) -> Self {
        Self { document: parse(&text), text }
    }

    /// The line, from 1, of the place a link names.
    pub(super) fn line(&self, fragment: &str) -> Result<u32, MissingPlace> {
        self.document.place(fragment).map(|at| line_of(&self.text)(at))
    }
}

impl Answering {
    /// What links mean, in a page that may not be saved yet.
    pub(super) async fn resolve_links(&self, asked: &LinkResolve, now: &Now) -> Result<Vec<u8>, WireError> {
        if asked.links.len() > MAX_LINKS {
            let message = format!("{} links at once are more than {MAX_LINKS}", asked.links.len());
            return Err(WireError::new(ErrorCode::Refused, message).hint("ask for some of them"));
        }
        let from = self.written(asked.from.as_deref(), now).await?;
        let links: Vec<Link> = asked.links.iter().map(|link| as_link(link)).collect();
        let mut meant = self.meanings(vec![(&from, links)]).await?;
        let meant = meant.pop().unwrap_or_default();
        let excerpt = asked.excerpt.unwrap_or_default().min(MAX_EXCERPT) as usize;
        let wants_text = |link: &Link| excerpt > 0 || place(link).is_some();
        let wanted = meant.iter().filter_map(|(link, meaning)| match meaning {
            Meaning::One(id) if wants_text(link) => Some(*id),
            _ => None,
        });
        let mut read = self.read_texts(wanted.collect()).await?;
        if let Some(text) = &asked.text {
            read.insert(from.id, Read::new(text.clone()));
        }
        let mut others = HashMap::new();
        let named = meant.iter().flat_map(|(_, meaning)| named(meaning)).collect();
        self.know(&mut others, named, now).await?;
        let links = self.rendered(now, &others, |renderer| {
            let resolved = |(link, meaning): &(Link, Meaning)| {
                let mut resolved = ResolvedLink {
                    target: link.target.clone(),
                    fragment: link.fragment.clone(),
                    ..ResolvedLink::default()
                };
                match meaning {
                    Meaning::One(id) => {
                        let is_there = renderer.knows(*id) || others.contains_key(id);
                        resolved.state = if is_there || *id == from.id {
                            LinkState::Resolved
                        } else {
                            LinkState::Unresolved
                        };
                        resolved.to = is_there.then(|| renderer.node_ref(*id));
                        resolved.opens = is_there.then(|| id.to_string());
                        find_place(&mut resolved, link, read.get(id), excerpt);
                    }
                    Meaning::Several(ids) => {
                        resolved.state = LinkState::Ambiguous;
                        resolved.candidates = renderer.node_refs(&ids[..ids.len().min(MAX_CANDIDATES)]);
                    }
                    Meaning::Nothing => {
                        resolved.state = LinkState::Unresolved;
                        // A day has its journal once somebody writes it.
                        resolved.attachment = shows_file(link, &from);
                        resolved.opens = Journal::from_title(&link.target).map(|journal| journal.title());
                    }
                }
                resolved
            };
            meant.iter().map(resolved).collect()
        });
        Ok(to_map(&LinksResolved { links }))
    }

    /// Texts of nodes, read.
    pub(super) async fn read_texts(&self, ids: BTreeSet<NodeId>) -> Result<HashMap<NodeId, Read>, WireError> {
        let ids: Vec<NodeId> = ids.into_iter().collect();
        let texts = self.db.texts(&ids).await.map_err(|error| store_error(&error))?;
        Ok(texts.into_iter().map(|(id, text)| (id, Read::new(text))).collect())
    }

    /// What a name means in a page.
    pub(super) async fn meaning_of(&self, name: &str, from: &Node) -> Result<Meaning, WireError> {
        let hits = self.hits([name.to_owned()]).await?;
        let model = self.model.borrow();
        Ok(hits.meaning(name, &folder_key(from.folder()), &model.short_ids))
    }

    /// Headings, anchors and tags of a text.
    pub(super) async fn outline(&self, asked: &OutlineAsked, now: &Now) -> Result<Vec<u8>, WireError> {
        let (node, text) = self.text_at_hand(&asked.reference, asked.text.as_deref(), now).await?;
        let document = parse(&text);
        let starts: Vec<usize> =
            std::iter::once(0).chain(text.match_indices('\n').map(|(end, _)| end + 1)).collect();
        let line = |at: usize| starts.partition_point(|start| *start <= at) as u32;
        let last = text.lines().count() as u32;
        let heading = |(heading, end): (&page::Heading, usize)| Heading {
            level: heading.level,
            text: heading.text.clone(),
            line: line(heading.start),
            end_line: if end == text.len() { last } else { line(end) - 1 },
        };
        let headings = document.headings.iter().zip(document.section_ends(&text)).map(heading).collect();
        let anchor =
            |anchor: &page::Anchor| NamedAnchor { name: anchor.name.clone(), line: line(anchor.line_start) };
        let anchors = document.anchors.iter().map(anchor).collect();
        let tags: BTreeSet<String> = document.tags.iter().cloned().collect();
        let node = self.named(node, now);
        Ok(to_map(&PageOutline { node, headings, anchors, tags: tags.into_iter().collect() }))
    }

    /// A node with the text an editor has of it, or with the saved one.
    pub(super) async fn text_at_hand(
        &self,
        reference: &str,
        text: Option<&str>,
        now: &Now,
    ) -> Result<(Node, String), WireError> {
        match text {
            Some(text) => Ok((self.find_or_new(reference, now).await?, text.to_owned())),
            None => {
                let node = self.find(reference, now).await?;
                let text = self.text(&node).await?;
                Ok((node, text))
            }
        }
    }
}

/// A link as it is written, or what stands between its brackets; what is none names nothing.
fn as_link(written: &str) -> Link {
    let written = written.trim();
    let is_whole = written.starts_with('[') || written.starts_with("![");
    let whole = if is_whole { written.to_owned() } else { format!("[[{written}]]") };
    let mut links = parse(&whole).links.into_iter();
    links.next().unwrap_or_else(|| Link {
        kind: LinkKind::Wiki,
        span: 0..0,
        target_span: 0..0,
        target: written.to_owned(),
        fragment: None,
        text: None,
    })
}

/// Whether a link that no page answers to shows a file of the page it stands in.
pub(super) fn shows_file(link: &Link, page: &Node) -> bool {
    link.kind == LinkKind::Embed && page.attachment(&link.target).is_some()
}

/// What a link names behind its `#`.
pub(super) fn place(link: &Link) -> Option<&str> {
    link.fragment.as_deref().filter(|fragment| !fragment.is_empty())
}

/// Where in its target a link leads, and what stands there.
fn find_place(resolved: &mut ResolvedLink, link: &Link, target: Option<&Read>, excerpt: usize) {
    let found = place(link).map(|fragment| match target {
        Some(target) => target.document.place(fragment),
        None => Document::default().place(fragment),
    });
    match found {
        Some(Ok(at)) => resolved.line = target.map_or(0, |target| line_of(&target.text)(at)),
        Some(Err(MissingPlace::Heading)) => resolved.missing = Some(WireMissing::Heading),
        Some(Err(MissingPlace::Anchor)) => resolved.missing = Some(WireMissing::Anchor),
        None => {}
    }
    if let (Some(target), true) = (target, excerpt > 0) {
        let at = found.and_then(Result::ok);
        resolved.excerpt = Some(target.document.excerpt(&target.text, at, excerpt));
    }
}
