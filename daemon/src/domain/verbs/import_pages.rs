//! `heph import obsidian`: files become pages. Twice is once; what was changed here since stays.

use std::collections::HashSet;

use super::pages::{HOME_KEY, create};
use super::refusal::{Need, Stop};
use super::{Context, Decision, Edit, Outcome, Step};
use crate::domain::change::text_hash;
use crate::domain::id::NodeId;
use crate::domain::import::ImportedPage;
use crate::domain::node::{Node, NodeKind, register};
use crate::domain::page::{Journal, folder_key, is_home, title_key};
use crate::domain::value::Value;

/// Register of an imported page: the hash of the file's text as it was taken in last, and the path of the file.
const TAKEN: &str = "import";

/// The hash and path of the file a page was taken from.
fn taken_from(node: &Node) -> Option<(&[u8], &str)> {
    match node.registers.value(TAKEN).as_list() {
        [hash, path] => Some((hash.as_bytes()?, path.as_text()?)),
        _ => None,
    }
}

/// Where a file goes.
struct Place<'a> {
    page: &'a ImportedPage,
    id: NodeId,
    key: String,
    kind: NodeKind,
    /// The title of the page, which for a journal is that of its date.
    title: String,
}

impl<'a> Place<'a> {
    fn of(page: &'a ImportedPage) -> Self {
        if let Some(journal) = Journal::from_title(&page.title) {
            let (id, key, title) = (journal.id(), journal.key(), journal.title());
            return Self { page, id, key, kind: NodeKind::Journal, title };
        }
        let title = page.title.clone();
        if page.folder.is_empty() && is_home("", &title) {
            return Self { page, id: NodeId::home(), key: HOME_KEY.to_owned(), kind: NodeKind::Page, title };
        }
        let key = format!("import:obsidian:{}", page.path);
        Self { page, id: NodeId::derived(&key), key, kind: NodeKind::Page, title }
    }

    fn taken(&self) -> Value {
        let hash = Value::Bytes(text_hash(&self.page.text).to_vec());
        Value::List(vec![hash, self.page.file.as_str().into()])
    }

    /// Makes the page.
    fn make(&self, context: &Context<'_>, edits: &mut Vec<Edit>) {
        let mut edit = create(context, self.id, &self.key, self.kind, &self.title);
        if let Edit::Set { registers, .. } = &mut edit {
            if !self.page.folder.is_empty() {
                registers.push((register::FOLDER.into(), self.page.folder.as_str().into()));
            }
            if let Some(created) = self.page.created {
                registers.retain(|(name, _)| &**name != register::CREATED);
                registers.push((register::CREATED.into(), created.into()));
            }
            registers.push((TAKEN.into(), self.taken()));
        }
        edits.push(edit);
        edits.push(Edit::Text { node: self.id, text: self.page.text.clone() });
    }

    /// Gives a page that is there the text.
    fn write(&self, node: NodeId, edits: &mut Vec<Edit>) {
        edits.push(Edit::set(node, TAKEN, self.taken()));
        edits.push(Edit::Text { node, text: self.page.text.clone() });
    }
}

/// What becomes of a file.
enum Fate {
    Created,
    Updated(NodeId),
    /// Its text stands here already; that it was taken in is noted.
    Noted(NodeId),
    Unchanged,
    Left(&'static str),
}

/// Takes files in.
pub(super) fn import(context: &Context<'_>, pages: &[ImportedPage]) -> Result<Decision, Stop> {
    let places: Vec<Place<'_>> = pages.iter().map(Place::of).collect();
    let ids: Vec<NodeId> = places.iter().map(|place| place.id).collect();
    let nodes = context.view.nodes(&ids)?;
    require_titles(context, &places)?;
    let twins: Vec<Option<&Node>> =
        places.iter().map(|place| twin(context, place)).collect::<Result<_, Need>>()?;
    let there = nodes.iter().flatten().chain(twins.iter().flatten()).map(|node| node.id);
    context.view.require_texts(&there.collect::<Vec<_>>())?;
    let (mut edits, mut outcome) = (Vec::new(), Outcome::default());
    let (mut seen, mut pages_seen) = (HashSet::new(), HashSet::new());
    for ((place, node), twin) in places.iter().zip(&nodes).zip(twins) {
        let path = (folder_key(&place.page.folder), title_key(&place.title));
        let there = node.filter(|node| node.exists()).or(twin);
        let mut fate = match there {
            Some(node) => known(context, place, node)?,
            None => Fate::Created,
        };
        // Two files of one batch may lead to one page: only the first of them becomes it.
        let is_written = matches!(fate, Fate::Created | Fate::Updated(_) | Fate::Noted(_));
        let page = there.map_or(place.id, |node| node.id);
        if is_written && (!pages_seen.insert(page) || !seen.insert(path)) {
            fate = Fate::Left(TWIN);
        }
        match fate {
            Fate::Created => {
                place.make(context, &mut edits);
                outcome.imported[0] += 1;
                outcome.changed.push(place.id);
            }
            Fate::Updated(node) => {
                place.write(node, &mut edits);
                outcome.imported[1] += 1;
                outcome.changed.push(node);
            }
            Fate::Noted(node) => {
                edits.push(Edit::set(node, TAKEN, place.taken()));
                outcome.imported[2] += 1;
            }
            Fate::Unchanged => outcome.imported[2] += 1,
            Fate::Left(why) => outcome.notes.push(format!("{}\t{why}", place.page.path)),
        }
    }
    outcome.count = outcome.changed.len() as u64;
    let label = format!("import {} pages", outcome.count);
    Ok(Decision { edits, outcome, step: Step::None, label })
}

/// Asks for all pages that may stand where the files go, at once.
fn require_titles(context: &Context<'_>, places: &[Place<'_>]) -> Result<(), Need> {
    let unread = |place: &&Place<'_>| context.view.pages_titled(&place.page.path).is_err();
    let unread: Vec<String> = places.iter().filter(unread).map(|place| place.page.path.clone()).collect();
    if unread.is_empty() { Ok(()) } else { Err(Need::Titles(unread)) }
}

/// Another page that stands where the file goes.
fn twin<'a>(context: &'a Context<'_>, place: &Place<'_>) -> Result<Option<&'a Node>, Need> {
    let hits = context.view.pages_titled(&place.page.path)?;
    match hits.iter().find(|hit| hit.is_at(&place.page.path) && hit.id != place.id) {
        Some(hit) => context.view.node(hit.id),
        None => Ok(None),
    }
}

/// What becomes of a file whose page is there, or in whose place a page stands.
fn known(context: &Context<'_>, place: &Place<'_>, node: &Node) -> Result<Fate, Need> {
    let here = context.view.text(node.id)?;
    let is_same = here == place.page.text;
    Ok(match taken_from(node) {
        Some((_, file)) if file != place.page.file => Fate::Left(TWIN),
        Some((hash, _)) if hash == text_hash(&place.page.text) || node.is_trashed() => Fate::Unchanged,
        Some(_) if is_same => Fate::Noted(node.id),
        Some((hash, _)) if hash == text_hash(here) => Fate::Updated(node.id),
        Some(_) => Fate::Left("changed both here and in the vault; left as it is here"),
        None if node.is_trashed() => Fate::Left("a page of this name is in the trash; left as it is here"),
        None if is_same => Fate::Noted(node.id),
        None if here.trim().is_empty() || here == node.genesis() => Fate::Updated(node.id),
        None => Fate::Left("there is a page of this name already, with another text; left as it is here"),
    })
}

/// Why a file is left out whose page came of another file.
const TWIN: &str =
    "another file of the vault became this page: their names differ in case, accents or folder only";
