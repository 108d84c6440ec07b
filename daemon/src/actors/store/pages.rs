//! `page.open`, `journal.open`, `home.open`, `page.list`, and texts as they are shown.

use std::collections::HashMap;

use heph_protocol::WireError;
use heph_protocol::envelope::to_map;
use heph_protocol::request;
use heph_protocol::response::{PageList, PageOpened};
use heph_protocol::types::{NodeKind as WireKind, OpenPage, Page};

use super::answer::Answering;
use super::list::{bad_page, cut, rows};
use crate::domain::change::text_hash;
use crate::domain::date::Now;
use crate::domain::id::NodeId;
use crate::domain::node::Node;
use crate::domain::page::{Journal, RevisionToken, TypedPath, task_anchors, with_tokens};
use crate::domain::verbs::capture::journal_of;
use crate::domain::verbs::{anchored, home_page, journal_template, journal_text, source_of};
use crate::rpc::{refusal_error, store_error};
use crate::store::{PagePlace, PageQuery, StoreError};

/// Tasks by the page and anchor they were promoted from.
pub(super) type Promoted = HashMap<(NodeId, String), Node>;

/// A page that may not be there yet.
struct Virtual {
    id: NodeId,
    key: String,
    kind: WireKind,
    title: String,
    text: String,
}

impl Answering {
    /// A node's text with the base of a save. A journal nobody wrote yet is opened as it will begin.
    pub(super) async fn open_page(&self, reference: &str, now: &Now) -> Result<Vec<u8>, WireError> {
        let title = reference.trim().trim_start_matches("[[").trim_end_matches("]]");
        if let Some(journal) = Journal::from_title(title) {
            return self.opened_journal(journal, now).await;
        }
        let node = self.find(reference, now).await?;
        self.opened(&node, None, now).await
    }

    /// The journal of a date word.
    pub(super) async fn open_journal(&self, date: &str, now: &Now) -> Result<Vec<u8>, WireError> {
        let journal = journal_of(date, now).map_err(|refusal| refusal_error(refusal, Vec::new()))?;
        self.opened_journal(journal, now).await
    }

    async fn opened_journal(&self, journal: Journal, now: &Now) -> Result<Vec<u8>, WireError> {
        if let Some(node) = self.existing(journal.id()).await? {
            return self.opened(&node, Some(journal.key()), now).await;
        }
        let template = self.page_at(&journal_template(journal)).await?;
        let template = match &template {
            Some(template) => Some(self.text(template).await?),
            None => None,
        };
        let text = journal_text(journal, template.as_deref());
        let (id, key, title) = (journal.id(), journal.key(), journal.title());
        Ok(not_there_yet(Virtual { id, key, kind: WireKind::Journal, title, text }))
    }

    /// The page everything begins at; one that only has its title serves until there is one.
    pub(super) async fn open_home(&self, now: &Now) -> Result<Vec<u8>, WireError> {
        let (key, title, text) = home_page();
        if let Some(node) = self.existing(NodeId::home()).await? {
            return self.opened(&node, Some(key.to_owned()), now).await;
        }
        if let Some(node) = self.page_at(title).await? {
            return self.opened(&node, None, now).await;
        }
        let (key, title) = (key.to_owned(), title.to_owned());
        Ok(not_there_yet(Virtual { id: NodeId::home(), key, kind: WireKind::Page, title, text }))
    }

    async fn opened(&self, node: &Node, key: Option<String>, now: &Now) -> Result<Vec<u8>, WireError> {
        let text = self.shown_text(node).await?;
        let mut pages = [self.rendered(now, &HashMap::new(), |renderer| renderer.page(node))];
        self.add_said_tags(&mut pages).await?;
        let [page] = pages;
        let rev = RevisionToken::new(node.text.rev, text_hash(&text)).to_string();
        Ok(to_map(&PageOpened { open: OpenPage { page, key, text, rev, exists: true } }))
    }

    async fn existing(&self, id: NodeId) -> Result<Option<Node>, WireError> {
        let mut nodes = self.db.nodes(&[id]).await.map_err(|error| store_error(&error))?;
        Ok(nodes.remove(&id).filter(Node::exists))
    }

    /// The page of exactly this folder and title.
    async fn page_at(&self, path: &str) -> Result<Option<Node>, WireError> {
        let keys: Vec<String> = TypedPath::new(path).title_keys().map(str::to_owned).collect();
        let hits = self.db.by_title(&keys).await.map_err(|error| store_error(&error))?;
        match hits.iter().find(|hit| hit.is_at(path)) {
            Some(hit) => self.existing(hit.id).await,
            None => Ok(None),
        }
    }

    /// A node's text as whoever opens it sees it: its boxes have the tokens of the statuses of their tasks.
    pub(super) async fn shown_text(&self, node: &Node) -> Result<String, WireError> {
        let text = self.text(node).await?;
        self.with_boxes(node.id, text).await
    }

    /// The stored text of a page with the tokens of the statuses.
    pub(super) async fn with_boxes(&self, page: NodeId, text: String) -> Result<String, WireError> {
        let promoted = self.promoted(&[(page, &text)]).await?;
        if promoted.is_empty() {
            return Ok(text);
        }
        let status = promoted.into_iter().map(|((_, anchor), task)| (anchor, task.status().0));
        Ok(with_tokens(&text, &status.collect()))
    }

    /// The tasks at the anchors of these texts of pages.
    pub(super) async fn promoted(&self, texts: &[(NodeId, &str)]) -> Result<Promoted, WireError> {
        let anchors = texts
            .iter()
            .flat_map(|(page, text)| task_anchors(text).into_iter().map(move |anchor| (*page, anchor)));
        let named: Vec<((NodeId, String), Vec<NodeId>)> = {
            let model = self.model.borrow();
            anchors
                .map(|place| {
                    let ids = anchored(&place.1, &model.short_ids);
                    (place, ids)
                })
                .collect()
        };
        let ids: Vec<NodeId> = named.iter().flat_map(|(_, ids)| ids).copied().collect();
        if ids.is_empty() {
            return Ok(Promoted::new());
        }
        let mut tasks = self.db.nodes(&ids).await.map_err(|error| store_error(&error))?;
        let of_page = named.into_iter().filter_map(|((page, anchor), ids)| {
            let is_here = |id: &NodeId| {
                tasks.get(id).is_some_and(|task| source_of(task) == Some((page, anchor.as_str())))
            };
            let task = ids.into_iter().find(is_here).and_then(|id| tasks.remove(&id))?;
            Some(((page, anchor), task))
        });
        Ok(of_page.collect())
    }

    /// Pages in title order, or journals, newest first.
    pub(super) async fn pages(&self, asked: &request::PageList, now: &Now) -> Result<Vec<u8>, WireError> {
        let limit = rows(asked.limit, 50);
        let after = asked.page.as_deref().map(page_place).transpose()?;
        let query = PageQuery {
            folder: asked.folder.clone(),
            text: asked.text.clone(),
            titles_only: false,
            journals: asked.journals,
            after,
            limit: limit as u32 + 1,
        };
        let mut pages = self.db.pages(query).await.map_err(|error| store_error(&error))?;
        let next_page = cut(&mut pages, limit).map(|page| page_token(&PagePlace::of(page)));
        self.listed(&pages, next_page, now).await
    }

    /// A list of pages with their tags.
    pub(super) async fn listed(
        &self,
        pages: &[Node],
        next_page: Option<String>,
        now: &Now,
    ) -> Result<Vec<u8>, WireError> {
        let mut pages: Vec<Page> = self.rendered(now, &HashMap::new(), |renderer| {
            pages.iter().map(|page| renderer.page(page)).collect()
        });
        self.add_said_tags(&mut pages).await?;
        Ok(to_map(&PageList { pages, next_page }))
    }

    /// Adds the tags that stand in the texts of pages.
    pub(super) async fn add_said_tags(&self, pages: &mut [Page]) -> Result<(), WireError> {
        let ids: Vec<NodeId> = pages.iter().filter_map(|page| page.id.parse().ok()).collect();
        let mut said: HashMap<String, Vec<String>> = HashMap::new();
        for (id, tag) in self.db.said_tags(&ids).await.map_err(|error: StoreError| store_error(&error))? {
            said.entry(id.to_string()).or_default().push(tag);
        }
        for page in pages {
            page.tags.extend(said.remove(&page.id).unwrap_or_default());
            page.tags.sort_unstable();
            page.tags.dedup();
        }
        Ok(())
    }
}

fn not_there_yet(page: Virtual) -> Vec<u8> {
    let rev = RevisionToken::new(0, text_hash(&page.text)).to_string();
    let shown = Page { id: page.id.to_string(), kind: page.kind, title: page.title, ..Page::default() };
    to_map(&PageOpened {
        open: OpenPage { page: shown, key: Some(page.key), text: page.text, rev, exists: false },
    })
}

/// Reads the token of a page of a list that is in order of a key and then of ids.
pub(super) fn page_place(page: &str) -> Result<PagePlace, WireError> {
    let read = || {
        let (id, key) = page.split_once('/')?;
        Some(PagePlace { key: key.to_owned(), id: id.parse().ok()? })
    };
    read().ok_or_else(bad_page)
}

/// The token that goes on after a place.
pub(super) fn page_token(place: &PagePlace) -> String {
    format!("{}/{}", place.id, place.key)
}
