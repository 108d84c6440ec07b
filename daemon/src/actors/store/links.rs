//! `page.links`, `page.backlinks`, `page.unresolved`, `page.orphans`: what links mean at the moment they are asked for.

use std::collections::{BTreeMap, HashMap, HashSet};

use heph_protocol::WireError;
use heph_protocol::envelope::to_map;
use heph_protocol::request;
use heph_protocol::response::{PageBacklinks, PageLinks, PageUnresolved};
use heph_protocol::types::{Backlink, Link as WireLink, UnresolvedTarget};

use super::answer::Answering;
use super::list::{cut, rows};
use super::pages::{page_place, page_token};
use super::resolving::{Read, shows_file};
use crate::domain::date::Now;
use crate::domain::id::NodeId;
use crate::domain::node::{Node, NodeKind};
use crate::domain::page::markdown::{Link, parse};
use crate::domain::page::{
    LinkSource, Meaning, TitleHit, folder_key, id_names, id_of_name, link_name, meaning, name_keys,
    name_path, name_title,
};
use crate::domain::short_id::ShortIds;
use crate::rpc::{context_line, line_of, link_kind, store_error};
use crate::store::{LinkQuery, PagePlace, PageQuery};

/// The most links a node is shown with.
const MAX_LINKS: usize = 1_000;

/// The most candidates of an ambiguous link.
pub(super) const MAX_CANDIDATES: usize = 20;

/// The most links shown of one page that links to another.
const MAX_OF_ONE: usize = 20;

/// Names looked through at a time.
const STEP: u32 = 500;

/// Links of a text, each with what it means.
pub(super) type Meant = Vec<(Link, Meaning)>;

impl Answering {
    /// What the first links of some nodes mean; all pages that may be meant are read at once.
    pub(super) async fn meanings(&self, mut said: Vec<(&Node, Vec<Link>)>) -> Result<Vec<Meant>, WireError> {
        said.iter_mut().for_each(|(_, links)| links.truncate(MAX_LINKS));
        let links = said.iter().flat_map(|(_, links)| links);
        let names: HashSet<String> = links.map(|link| link_name(&link.target)).collect();
        let hits = self.hits(names).await?;
        let model = self.model.borrow();
        let of_node = |(node, links): (&Node, Vec<Link>)| {
            let folder = folder_key(node.folder());
            let meant = |link: Link| {
                let name = link_name(&link.target);
                let meaning = match name.is_empty() {
                    true => Meaning::One(node.id),
                    false => hits.meaning(&name, &folder, &model.short_ids),
                };
                (link, meaning)
            };
            links.into_iter().map(meant).collect()
        };
        Ok(said.into_iter().map(of_node).collect())
    }

    pub(super) async fn hits(&self, names: impl IntoIterator<Item = String>) -> Result<Hits, WireError> {
        let names: Vec<String> = names.into_iter().filter(|name| id_of_name(name).is_none()).collect();
        let found = self.db.pages_named(&names).await.map_err(|error| store_error(&error))?;
        let mut hits = Hits::default();
        for hit in found {
            hits.0.entry(hit.title_key.clone()).or_default().push(hit);
        }
        Ok(hits)
    }

    /// The links of a node as the wire has them; those of a task's title come first, at line 0.
    pub(super) async fn wire_links(
        &self,
        node: &Node,
        text: &str,
        now: &Now,
    ) -> Result<Vec<WireLink>, WireError> {
        let title = if node.kind() == NodeKind::Task { node.title() } else { "" };
        let mut meant = self.meanings(vec![(node, parse(title).links), (node, parse(text).links)]).await?;
        let (in_text, in_title) = (meant.pop().unwrap_or_default(), meant.pop().unwrap_or_default());
        let ids: Vec<NodeId> =
            in_title.iter().chain(&in_text).flat_map(|(_, meaning)| named(meaning)).collect();
        let mut others = HashMap::new();
        self.know(&mut others, ids, now).await?;
        let mut lines = line_of(text);
        Ok(self.rendered(now, &others, |renderer| {
            let mut links: Vec<WireLink> =
                in_title.iter().map(|(link, meaning)| renderer.link(link, meaning, 0)).collect();
            links.extend(in_text.iter().map(|(link, meaning)| {
                let line = lines(link.span.start);
                let attachment = *meaning == Meaning::Nothing && shows_file(link, node);
                WireLink { attachment, ..renderer.link(link, meaning, line) }
            }));
            links
        }))
    }

    /// The links of a page or task, with the lines they lead to.
    pub(super) async fn links(&self, asked: &request::PageLinks, now: &Now) -> Result<Vec<u8>, WireError> {
        let (node, text) = self.text_at_hand(&asked.reference, asked.text.as_deref(), now).await?;
        let mut links = self.wire_links(&node, &text, now).await?;
        let with_place =
            |link: &&mut WireLink| link.fragment.as_deref().is_some_and(|place| !place.is_empty());
        let leads_to = |link: &WireLink| link.to.as_ref()?.id.parse::<NodeId>().ok();
        let wanted = links.iter_mut().filter(with_place).filter_map(|link| leads_to(link)).collect();
        let mut read = self.read_texts(wanted).await?;
        read.insert(node.id, Read::new(text));
        for link in links.iter_mut().filter(with_place) {
            let target = leads_to(link).and_then(|id| read.get(&id));
            let line =
                target.zip(link.fragment.as_deref()).and_then(|(target, place)| target.line(place).ok());
            link.to_line = line.unwrap_or_default();
        }
        Ok(to_map(&PageLinks { node: self.named(node, now), links }))
    }

    /// Who links to a node.
    pub(super) async fn linking(
        &self,
        node: &Node,
        text: &str,
    ) -> Result<(Vec<LinkSource>, Hits), WireError> {
        let mut query = LinkQuery { names: id_names(node.id), ..LinkQuery::default() };
        if node.kind() != NodeKind::Task {
            for hit in node.title_hits(text) {
                match hit.is_alias {
                    // An alias may have a `/` in it; links are stored with their levels turned round.
                    true => query.names.push(link_name(&hit.title_key)),
                    false => query.titles.push(hit.title_key),
                }
            }
        }
        let sources = self.db.link_sources(&query).await.map_err(|error| store_error(&error))?;
        let hits =
            self.hits(sources.iter().map(|source| source.name.clone()).collect::<HashSet<_>>()).await?;
        let model = self.model.borrow();
        let leads_here = |source: &LinkSource| {
            hits.meaning(&source.name, &source.folder_key, &model.short_ids) == Meaning::One(node.id)
        };
        let mut sources: Vec<LinkSource> = sources.into_iter().filter(leads_here).collect();
        sources.sort_by(|a, b| (&a.title_key, a.node).cmp(&(&b.title_key, b.node)));
        drop(model);
        Ok((sources, hits))
    }

    /// The links to a node after a place, at most of so many nodes; and whether there are more.
    pub(super) async fn backlinks_of(
        &self,
        node: &Node,
        text: &str,
        after: Option<&PagePlace>,
        limit: usize,
        now: &Now,
    ) -> Result<(Vec<Backlink>, Option<PagePlace>), WireError> {
        let (mut sources, hits) = self.linking(node, text).await?;
        sources.dedup_by_key(|source| source.node);
        if let Some(place) = after {
            sources.retain(|source| (&source.title_key, source.node) > (&place.key, place.id));
        }
        let place =
            cut(&mut sources, limit).map(|last| PagePlace { key: last.title_key.clone(), id: last.node });
        let ids: Vec<NodeId> = sources.iter().map(|source| source.node).collect();
        let nodes = self.db.nodes(&ids).await.map_err(|error| store_error(&error))?;
        let texts = self.db.texts(&ids).await.map_err(|error| store_error(&error))?;
        let mut others = nodes.clone();
        self.know(&mut others, ids.clone(), now).await?;
        let found: Vec<Occurrence> = {
            let model = self.model.borrow();
            let target = Target { id: node.id, hits: &hits, short_ids: &model.short_ids };
            let of_source = |id: &NodeId| {
                let text = texts.get(id).map_or("", String::as_str);
                nodes.get(id).map(|from| target.occurrences(from, text)).unwrap_or_default()
            };
            ids.iter().flat_map(of_source).collect()
        };
        let backlinks = self.rendered(now, &others, |renderer| {
            let shown = found.into_iter().map(|Occurrence { from, line, column, link, context }| Backlink {
                from: renderer.node_ref(from),
                line,
                context,
                column: column as u32,
                length: link.span.len() as u32,
                kind: link_kind(link.kind),
                fragment: link.fragment,
            });
            shown.collect()
        });
        Ok((backlinks, place))
    }

    /// The links to a node, page by page.
    pub(super) async fn backlinks(
        &self,
        asked: &request::PageBacklinks,
        now: &Now,
    ) -> Result<Vec<u8>, WireError> {
        let node = self.find(&asked.reference, now).await?;
        let text = self.text(&node).await?;
        let after = asked.page.as_deref().map(page_place).transpose()?;
        let limit = rows(asked.limit, 50);
        let (backlinks, place) = self.backlinks_of(&node, &text, after.as_ref(), limit, now).await?;
        let next_page = place.as_ref().map(page_token);
        Ok(to_map(&PageBacklinks { node: self.named(node, now), backlinks, next_page }))
    }

    /// Targets no page answers to.
    pub(super) async fn unresolved(
        &self,
        asked: &request::PageUnresolved,
        now: &Now,
    ) -> Result<Vec<u8>, WireError> {
        let limit = rows(asked.limit, 50);
        let mut after = asked.page.clone().unwrap_or_default();
        let (mut names, mut is_done) = (Vec::new(), false);
        while names.len() <= limit && !is_done {
            let step = self.db.doubtful_names(&after, STEP).await.map_err(|error| store_error(&error))?;
            is_done = step.len() < STEP as usize;
            after = step.last().cloned().unwrap_or(after);
            let hits = self.hits(step.iter().cloned()).await?;
            let model = self.model.borrow();
            names.extend(step.into_iter().filter(|name| hits.is_nothing(name, &model.short_ids)));
        }
        let next_page = cut(&mut names, limit).cloned();
        let mut found = self.db.name_uses(&names).await.map_err(|error| store_error(&error))?;
        let ids: Vec<NodeId> = found.iter().flat_map(|(_, _, from)| from.iter().copied()).collect();
        let mut others = self.db.nodes(&ids).await.map_err(|error| store_error(&error))?;
        // What shows a file in all that say it waits for no page.
        let has_file =
            |id: &NodeId, name: &str| others.get(id).is_some_and(|node| node.attachment(name).is_some());
        found.retain(|(name, count, from)| {
            *count > from.len() as u64 || !from.iter().all(|id| has_file(id, name))
        });
        self.know(&mut others, Vec::new(), now).await?;
        let spelled = self.spelled(&found).await?;
        let targets = self.rendered(now, &others, |renderer| {
            let shown = found.iter().map(|(name, count, from)| UnresolvedTarget {
                target: spelled.get(name).cloned().unwrap_or_else(|| name_path(name)),
                count: *count,
                from: renderer.node_refs(from),
            });
            shown.collect()
        });
        Ok(to_map(&PageUnresolved { targets, next_page }))
    }

    /// Names as they are written in the first node that has each.
    async fn spelled(
        &self,
        found: &[(String, u64, Vec<NodeId>)],
    ) -> Result<HashMap<String, String>, WireError> {
        let first: Vec<NodeId> = found.iter().filter_map(|(_, _, from)| from.first().copied()).collect();
        let texts = self.db.texts(&first).await.map_err(|error| store_error(&error))?;
        let nodes = self.db.nodes(&first).await.map_err(|error| store_error(&error))?;
        let mut spelled = HashMap::new();
        for id in first.iter().collect::<HashSet<_>>() {
            let text = texts.get(id).map_or("", String::as_str);
            let title = nodes.get(id).map_or("", Node::title);
            for link in parse(title).links.into_iter().chain(parse(text).links) {
                spelled.entry(link_name(&link.target)).or_insert(link.target);
            }
        }
        Ok(spelled)
    }

    /// Pages that no other page or task leads to.
    pub(super) async fn orphans(
        &self,
        asked: &request::PageOrphans,
        now: &Now,
    ) -> Result<Vec<u8>, WireError> {
        let limit = rows(asked.limit, 50);
        let mut after = asked.page.as_deref().map(page_place).transpose()?;
        let (mut found, mut is_done) = (Vec::new(), false);
        while found.len() <= limit && !is_done {
            let query = PageQuery { after: after.clone(), limit: STEP, ..PageQuery::default() };
            let pages = self.db.pages(query).await.map_err(|error| store_error(&error))?;
            is_done = pages.len() < STEP as usize;
            after = pages.last().map(PagePlace::of).or(after);
            found.extend(self.unlinked(pages).await?);
        }
        let next_page = cut(&mut found, limit).map(|page| page_token(&PagePlace::of(page)));
        self.listed(&found, next_page, now).await
    }

    async fn unlinked(&self, pages: Vec<Node>) -> Result<Vec<Node>, WireError> {
        let ids: Vec<NodeId> = pages.iter().map(|page| page.id).collect();
        let said = self.db.said_aliases(&ids).await.map_err(|error| store_error(&error))?;
        let mut query = LinkQuery::default();
        for page in &pages {
            query.names.extend(id_names(page.id));
            query.titles.push(page.title_key());
            query
                .names
                .extend(page.title_hits("").filter(|hit| hit.is_alias).map(|hit| link_name(&hit.title_key)));
        }
        query.names.extend(said.iter().map(|(_, alias)| link_name(alias)));
        let sources = self.db.link_sources(&query).await.map_err(|error| store_error(&error))?;
        let hits =
            self.hits(sources.iter().map(|source| source.name.clone()).collect::<HashSet<_>>()).await?;
        let model = self.model.borrow();
        let mut linked = HashSet::new();
        for source in &sources {
            match hits.meaning(&source.name, &source.folder_key, &model.short_ids) {
                Meaning::One(id) if id != source.node => drop(linked.insert(id)),
                _ => {}
            }
        }
        let is_orphan = |page: &Node| page.id != NodeId::home() && !linked.contains(&page.id);
        Ok(pages.into_iter().filter(is_orphan).collect())
    }
}

/// The nodes a link may lead to.
pub(super) fn named(meaning: &Meaning) -> Vec<NodeId> {
    match meaning {
        Meaning::One(id) => vec![*id],
        Meaning::Several(ids) => ids.iter().copied().take(MAX_CANDIDATES).collect(),
        Meaning::Nothing => Vec::new(),
    }
}

/// A link that leads to a node.
struct Occurrence {
    from: NodeId,
    /// The line, from 1; 0 for a task's title.
    line: u32,
    /// First byte of the link in that line.
    column: usize,
    link: Link,
    context: String,
}

/// A node that links may lead to.
struct Target<'a> {
    id: NodeId,
    hits: &'a Hits,
    short_ids: &'a ShortIds,
}

impl Target<'_> {
    /// The links of a node that lead here, the first few.
    fn occurrences(&self, from: &Node, text: &str) -> Vec<Occurrence> {
        let folder = folder_key(from.folder());
        let leads_here = |link: &Link| {
            let name = link_name(&link.target);
            !name.is_empty() && self.hits.meaning(&name, &folder, self.short_ids) == Meaning::One(self.id)
        };
        let found = |line, column, link, context| Occurrence { from: from.id, line, column, link, context };
        let title = if from.kind() == NodeKind::Task { from.title() } else { "" };
        let in_title = parse(title).links.into_iter().filter(leads_here);
        let in_title = in_title.map(|link| found(0, link.span.start, link, title.to_owned()));
        let mut lines = line_of(text);
        let in_text = parse(text).links.into_iter().filter(leads_here).map(|link| {
            let context = context_line(text, link.span.clone());
            let at = link.span.start;
            let column = at - text[..at].rfind('\n').map_or(0, |end| end + 1);
            found(lines(at), column, link, context)
        });
        in_title.chain(in_text).take(MAX_OF_ONE).collect()
    }
}

/// Pages by the title keys they bear.
#[derive(Debug, Default)]
pub(super) struct Hits(BTreeMap<String, Vec<TitleHit>>);

impl Hits {
    /// What a name means in a folder.
    pub(super) fn meaning(&self, name: &str, folder: &str, short_ids: &ShortIds) -> Meaning {
        if let Some(prefix) = id_of_name(name) {
            return match short_ids.matches(prefix, MAX_CANDIDATES)[..] {
                [] => Meaning::Nothing,
                [id] => Meaning::One(id),
                ref several => Meaning::Several(several.to_vec()),
            };
        }
        let hits: Vec<TitleHit> =
            name_keys(name).filter_map(|key| self.0.get(&*key)).flatten().cloned().collect();
        meaning(name, folder, &hits)
    }

    /// Whether nothing answers to a name, wherever the link stands.
    fn is_nothing(&self, name: &str, short_ids: &ShortIds) -> bool {
        // Where a link goes up the folders hangs on its page; by its title alone it may mean something.
        let name = if name.ends_with("..") { name_title(name) } else { name };
        self.meaning(name, "", short_ids) == Meaning::Nothing
    }
}
