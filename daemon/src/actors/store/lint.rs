//! `page.lint`: what is doubtful in links, anchors and titles.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use heph_protocol::WireError;
use heph_protocol::envelope::to_map;
use heph_protocol::request;
use heph_protocol::response::PageLint;
use heph_protocol::types::Finding;

use super::answer::Answering;
use super::links::Meant;
use super::list::{node_place, rows};
use super::pages::Promoted;
use super::resolving::{Read, place, shows_file};
use crate::domain::date::Now;
use crate::domain::id::NodeId;
use crate::domain::node::Node;
use crate::domain::page::markdown::{Anchor, Document, LinkKind, parse};
use crate::domain::page::{Meaning, MissingPlace, folder_key, is_task_anchor, last_heading};
use crate::rpc::{line_of, store_error};

/// Pages looked at together.
const STEP: u32 = 64;

/// Pages looked at for one reply, which may then hold nothing but the token to go on: the caller does not wait long.
const MOST_PAGES: u32 = 2_048;

/// A finding before its node is named.
struct Doubt {
    line: u32,
    /// The bytes of the text it is about; none for one about the page as a whole.
    span: Range<usize>,
    /// What a link names.
    target: Option<String>,
    code: &'static str,
    message: String,
    hint: Option<String>,
}

impl Answering {
    /// Findings of one page, or of all, page by page.
    pub(super) async fn lint(&self, asked: &request::PageLint, now: &Now) -> Result<Vec<u8>, WireError> {
        if let Some(reference) = &asked.reference {
            let (node, text) = match &asked.text {
                Some(text) => (self.find_or_new(reference, now).await?, Some(text.clone())),
                None => (self.find(reference, now).await?, None),
            };
            let texts = text.into_iter().map(|text| (node.id, text)).collect();
            let findings = self.lint_pages(vec![node], texts, now).await?;
            return Ok(to_map(&PageLint { findings, next_page: None }));
        }
        let limit = rows(asked.limit, 50);
        let mut after = asked.page.as_deref().map(node_place).transpose()?;
        let (mut findings, mut looked_at) = (Vec::new(), 0);
        loop {
            let pages = self.db.pages_by_id(after, STEP).await.map_err(|error| store_error(&error))?;
            let is_done = pages.len() < STEP as usize;
            after = pages.last().map(|page| page.id).or(after);
            findings.extend(self.lint_pages(pages, HashMap::new(), now).await?);
            looked_at += STEP;
            if is_done || findings.len() >= limit || looked_at >= MOST_PAGES {
                let next_page = after.filter(|_| !is_done).map(|id| id.to_string());
                return Ok(to_map(&PageLint { findings, next_page }));
            }
        }
    }

    /// Findings of pages; texts that are not at hand are read.
    async fn lint_pages(
        &self,
        pages: Vec<Node>,
        mut texts: HashMap<NodeId, String>,
        now: &Now,
    ) -> Result<Vec<Finding>, WireError> {
        let ids: Vec<NodeId> = pages.iter().map(|page| page.id).collect();
        let unread: Vec<NodeId> = ids.iter().copied().filter(|id| !texts.contains_key(id)).collect();
        texts.extend(self.db.texts(&unread).await.map_err(|error| store_error(&error))?);
        let text = |id: &NodeId| texts.get(id).map_or("", String::as_str);
        let mut documents: Vec<Document> = ids.iter().map(|id| parse(text(id))).collect();
        let links = documents.iter_mut().map(|document| std::mem::take(&mut document.links));
        let meant = self.meanings(pages.iter().zip(links).collect()).await?;
        let targets = self.targets(&meant).await?;
        let twins = self.twins(&pages).await?;
        let texts: Vec<(NodeId, &str)> = ids.iter().map(|id| (*id, text(id))).collect();
        let promoted = self.promoted(&texts).await?;
        let mut doubts: Vec<(NodeId, Vec<Doubt>)> = Vec::new();
        for (((page, (_, text)), meant), document) in pages.iter().zip(&texts).zip(&meant).zip(&documents) {
            let mut of_page = link_doubts(page, text, meant, document, &targets);
            of_page.extend(anchor_doubts(page, text, document, &promoted));
            of_page.extend(twins.contains(&page.id).then(|| Doubt {
                line: 0,
                span: 0..0,
                target: None,
                code: "same-path",
                message: format!("another page is “{}” too", page.path()),
                hint: Some("rename one of them, or put their texts together".to_owned()),
            }));
            of_page.sort_by_key(|doubt| doubt.line);
            doubts.push((page.id, of_page));
        }
        let others: HashMap<NodeId, Node> = pages.into_iter().map(|page| (page.id, page)).collect();
        Ok(self.rendered(now, &others, |renderer| {
            let shown = doubts.into_iter().flat_map(|(id, doubts)| {
                doubts.into_iter().map(move |doubt| Finding {
                    node: renderer.node_ref(id),
                    line: doubt.line,
                    code: doubt.code.to_owned(),
                    message: doubt.message,
                    hint: doubt.hint,
                    start: doubt.span.start as u32,
                    end: doubt.span.end as u32,
                    target: doubt.target,
                })
            });
            shown.collect()
        }))
    }

    /// Headings and anchors of the pages that links name a place of.
    async fn targets(&self, meant: &[Meant]) -> Result<HashMap<NodeId, Read>, WireError> {
        let with_place = |(link, meaning): &(_, Meaning)| match meaning {
            Meaning::One(id) if place(link).is_some() => Some(*id),
            _ => None,
        };
        self.read_texts(meant.iter().flatten().filter_map(with_place).collect()).await
    }

    /// Pages whose folder and title another page has as well.
    async fn twins(&self, pages: &[Node]) -> Result<HashSet<NodeId>, WireError> {
        let keys: Vec<String> = pages.iter().map(Node::title_key).collect();
        let hits = self.db.by_title(&keys).await.map_err(|error| store_error(&error))?;
        let mut by_path = BTreeMap::<(String, String), Vec<NodeId>>::new();
        for hit in hits.into_iter().filter(|hit| !hit.is_alias) {
            by_path.entry((hit.folder_key, hit.title_key)).or_default().push(hit.id);
        }
        let shared = |page: &&Node| {
            by_path.get(&(folder_key(page.folder()), page.title_key())).is_some_and(|ids| ids.len() > 1)
        };
        Ok(pages.iter().filter(shared).map(|page| page.id).collect())
    }
}

/// Anchors that stand twice, or are of no task of this page.
fn anchor_doubts(page: &Node, text: &str, document: &Document, promoted: &Promoted) -> Vec<Doubt> {
    let mut seen = HashSet::new();
    let (mut doubts, mut lines) = (Vec::new(), line_of(text));
    for anchor in &document.anchors {
        let line = lines(anchor.line_start);
        let name = &anchor.name;
        let span = anchor_span(text, anchor);
        if !seen.insert(name.as_str()) {
            let message = format!("^{name} stands here a second time; the first one counts");
            let hint = Some("take one of them out".to_owned());
            doubts.push(Doubt { line, span, target: None, code: "repeated-anchor", message, hint });
        } else if is_task_anchor(name) && !promoted.contains_key(&(page.id, name.clone())) {
            let message = format!("^{name} is no task of this page");
            let hint = Some(
                "heph promote makes a task of a line; without its task an anchor means nothing".to_owned(),
            );
            doubts.push(Doubt { line, span, target: None, code: "foreign-task", message, hint });
        }
    }
    doubts
}

/// Where an anchor stands at the end of its line, with its `^`.
fn anchor_span(text: &str, anchor: &Anchor) -> Range<usize> {
    let line = text[anchor.line_start..].lines().next().unwrap_or_default();
    let end = anchor.line_start + line.trim_end().len();
    end - anchor.name.len() - 1..end
}

fn link_doubts(
    page: &Node,
    text: &str,
    meant: &Meant,
    document: &Document,
    targets: &HashMap<NodeId, Read>,
) -> Vec<Doubt> {
    let mut lines = line_of(text);
    let mut doubts = Vec::new();
    for (link, meaning) in meant {
        let line = lines(link.span.start);
        let target = &link.target;
        let span = link.span.clone();
        let named = || Some(target.clone());
        match meaning {
            Meaning::Nothing if shows_file(link, page) => {}
            Meaning::Nothing if link.kind == LinkKind::Embed && target.contains('.') => doubts.push(Doubt {
                line,
                span,
                target: named(),
                code: "missing-file",
                message: format!("no file “{target}” is attached to this page"),
                hint: Some("heph attach attaches it".to_owned()),
            }),
            Meaning::Nothing => doubts.push(Doubt {
                line,
                span,
                target: named(),
                code: "unresolved-link",
                message: format!("no page answers to “{target}”"),
                hint: Some("heph page new makes it, and the link leads there".to_owned()),
            }),
            Meaning::Several(ids) => doubts.push(Doubt {
                line,
                span,
                target: named(),
                code: "ambiguous-link",
                message: format!("“{target}” may mean {} pages", ids.len()),
                hint: Some(
                    "name the folder as well: [[Folder/Title]]; heph page links shows them".to_owned(),
                ),
            }),
            Meaning::One(id) => {
                let read = || targets.get(id).map(|read| &read.document);
                let found = if *id == page.id { Some(document) } else { read() };
                let missing = place(link).and_then(|place| missing_place(place, target, found));
                doubts.extend(missing.map(|(code, message)| Doubt {
                    line,
                    span,
                    target: named(),
                    code,
                    message,
                    hint: None,
                }));
            }
        }
    }
    doubts
}

/// What is missing when a link names a place that its page has not.
fn missing_place(fragment: &str, target: &str, page: Option<&Document>) -> Option<(&'static str, String)> {
    let of = if target.is_empty() { "this page".to_owned() } else { format!("“{target}”") };
    let nothing = Document::default();
    match page.unwrap_or(&nothing).place(fragment).err()? {
        MissingPlace::Anchor => Some(("missing-anchor", format!("{of} has no line {fragment}"))),
        MissingPlace::Heading => {
            Some(("missing-heading", format!("{of} has no heading “{}”", last_heading(fragment))))
        }
    }
}
