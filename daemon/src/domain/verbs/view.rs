//! What was read of the store, with the batch's own changes on top.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

use super::record::Recorded;
use super::refusal::Need;
use crate::domain::change::{Body, Operation, apply_splices};
use crate::domain::id::{GroupId, MutationId, NodeId, OpId};
use crate::domain::node::{Node, register};
use crate::domain::page::{
    Fact, FactChanges, FactDelta, LinkSource, TitleHit, TypedPath, name_keys, name_path, text_facts,
};
use crate::domain::value::Value;

/// One logged change of a group, for undo.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupTxn {
    /// The revision it made.
    pub rev: u64,
    /// The operations in order.
    pub operations: Vec<Recorded>,
}

/// What became of a mutation that was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedSave {
    /// The revision it made.
    pub rev: u64,
    /// What was typed, if that is not the text it made because it was merged.
    pub typed: Option<String>,
}

/// What a group did.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupLog {
    /// In words.
    pub label: String,
    /// Whether it took another group back, so that to take it back is to redo.
    pub is_undo: bool,
    /// Its transactions, oldest first.
    pub txns: Vec<GroupTxn>,
    /// Values of other machines that its operations won against without having seen them: the operation, its register,
    /// the value; the newest comes last.
    pub lost: Vec<(OpId, Box<str>, Value)>,
}

/// The part of the store that a batch of commands looks at and changes.
#[derive(Debug, Default)]
pub struct View {
    nodes: HashMap<NodeId, Option<Node>>,
    texts: HashMap<NodeId, String>,
    texts_at: HashMap<(NodeId, u64), Option<String>>,
    titles: HashMap<String, Vec<TitleHit>>,
    links_to: HashMap<String, Vec<LinkSource>>,
    pages_in: HashMap<String, Vec<NodeId>>,
    groups: HashMap<GroupId, Option<GroupLog>>,
    undoable: Option<Vec<GroupId>>,
    redoable: Option<Option<GroupId>>,
    applied: HashMap<MutationId, Option<AppliedSave>>,
    made_by_undo: HashMap<OpId, bool>,
    changed: HashSet<NodeId>,
    changed_texts: HashSet<NodeId>,
    changed_pages: Vec<NodeId>,
    /// Texts as they were before the batch, of those it changed.
    texts_before: HashMap<NodeId, String>,
    /// How the facts of changed texts changed, where whoever changed them knows without reading them again.
    known_deltas: HashMap<NodeId, FactDelta>,
    /// What titles said before the batch, of those it changed.
    titles_before: HashMap<NodeId, BTreeSet<Fact>>,
}

impl View {
    /// Nodes by id, in order; those that are not there are `None`.
    ///
    /// # Errors
    /// [`Need::Nodes`]
    pub fn nodes(&self, ids: &[NodeId]) -> Result<Vec<Option<&Node>>, Need> {
        let missing: Vec<_> = ids.iter().copied().filter(|id| !self.nodes.contains_key(id)).collect();
        if !missing.is_empty() {
            return Err(Need::Nodes(missing));
        }
        Ok(ids.iter().map(|id| self.nodes.get(id).and_then(Option::as_ref)).collect())
    }

    /// A node, if it is there.
    ///
    /// # Errors
    /// [`Need::Nodes`]
    pub fn node(&self, id: NodeId) -> Result<Option<&Node>, Need> {
        self.nodes.get(&id).map(Option::as_ref).ok_or_else(|| Need::Nodes(vec![id]))
    }

    /// The text of a node.
    ///
    /// # Errors
    /// [`Need::Texts`]
    pub fn text(&self, id: NodeId) -> Result<&str, Need> {
        self.texts.get(&id).map(String::as_str).ok_or_else(|| Need::Texts(vec![id]))
    }

    /// The text a node had at a local revision.
    ///
    /// # Errors
    /// [`Need::TextsAt`]
    pub fn text_at(&self, id: NodeId, rev: u64) -> Result<Option<&str>, Need> {
        self.texts_at.get(&(id, rev)).map(Option::as_deref).ok_or_else(|| Need::TextsAt(vec![(id, rev)]))
    }

    /// The text a node had at a local revision; before any, the one it begins with.
    ///
    /// # Errors
    /// [`Need::TextsAt`] and [`Need::Nodes`]
    pub fn text_or_genesis_at(&self, id: NodeId, rev: u64) -> Result<String, Need> {
        Ok(match self.text_at(id, rev)? {
            Some(text) => text.to_owned(),
            None => self.node(id)?.map(Node::genesis).unwrap_or_default(),
        })
    }

    /// Texts of nodes at local revisions, all or a need that names all that are missing.
    ///
    /// # Errors
    /// [`Need::TextsAt`]
    pub fn require_texts_at(&self, places: &[(NodeId, u64)]) -> Result<(), Need> {
        let missing: Vec<_> =
            places.iter().copied().filter(|place| !self.texts_at.contains_key(place)).collect();
        if missing.is_empty() { Ok(()) } else { Err(Need::TextsAt(missing)) }
    }

    /// Pages whose title or alias is `typed`, or whose path is; pages made in this batch too.
    ///
    /// # Errors
    /// [`Need::Titles`]
    pub fn pages_titled(&self, typed: &str) -> Result<Vec<TitleHit>, Need> {
        let path = TypedPath::new(typed);
        let hits = self.hits(typed, path.title_keys().map(Cow::Borrowed))?;
        Ok(hits.into_iter().filter(|hit| path.names(hit)).collect())
    }

    /// All pages that a link of this name may mean, in any folder; see [`crate::domain::page::meaning`].
    ///
    /// # Errors
    /// [`Need::Titles`]
    pub fn pages_named(&self, name: &str) -> Result<Vec<TitleHit>, Need> {
        self.hits(&name_path(name), name_keys(name))
    }

    /// Who links by any of these title keys, whatever folder the links name, as of the last commit.
    ///
    /// # Errors
    /// [`Need::LinksTo`]
    pub fn links_to(&self, title_keys: &[String]) -> Result<Vec<&LinkSource>, Need> {
        let missing: Vec<_> =
            title_keys.iter().filter(|key| !self.links_to.contains_key(*key)).cloned().collect();
        if !missing.is_empty() {
            return Err(Need::LinksTo(missing));
        }
        Ok(title_keys.iter().filter_map(|key| self.links_to.get(key)).flatten().collect())
    }

    /// The pages in a folder and below it, as of the last commit.
    ///
    /// # Errors
    /// [`Need::PagesIn`]
    pub fn pages_in(&self, folder_key: &str) -> Result<&[NodeId], Need> {
        self.pages_in.get(folder_key).map(Vec::as_slice).ok_or_else(|| Need::PagesIn(folder_key.to_owned()))
    }

    /// Texts of nodes, all or a need that names all that are missing.
    ///
    /// # Errors
    /// [`Need::Texts`]
    pub fn require_texts(&self, ids: &[NodeId]) -> Result<(), Need> {
        let missing: Vec<_> = ids.iter().copied().filter(|id| !self.texts.contains_key(id)).collect();
        if missing.is_empty() { Ok(()) } else { Err(Need::Texts(missing)) }
    }

    /// Takes in what was read: who links by a title key.
    pub fn put_links_to(&mut self, title_key: &str, sources: Vec<LinkSource>) {
        self.links_to.insert(title_key.to_owned(), sources);
    }

    /// Takes in what was read: the pages in a folder and below it.
    pub fn put_pages_in(&mut self, folder_key: &str, pages: Vec<NodeId>) {
        self.pages_in.insert(folder_key.to_owned(), pages);
    }

    /// Whether what was read of a page holds after the changes of this batch. Titles and aliases of registers are taken
    /// from the changed node; what its text says holds until that is another.
    fn still_bears(&self, hit: &TitleHit) -> bool {
        if !self.changed_pages.contains(&hit.id) {
            return true;
        }
        let is_trashed = || self.changed_node(hit.id).is_some_and(Node::is_trashed);
        hit.is_alias && !self.changed_texts.contains(&hit.id) && !is_trashed()
    }

    fn hits<'k>(&self, typed: &str, keys: impl Iterator<Item = Cow<'k, str>>) -> Result<Vec<TitleHit>, Need> {
        let mut hits = Vec::new();
        for key in keys {
            let read = self.titles.get(&*key).ok_or_else(|| Need::Titles(vec![typed.to_owned()]))?;
            hits.extend(read.iter().filter(|hit| self.still_bears(hit)).cloned());
            for id in &self.changed_pages {
                let Some(Some(node)) =
                    self.nodes.get(id).filter(|node| node.as_ref().is_some_and(|n| !n.is_trashed()))
                else {
                    continue;
                };
                let text = self.texts.get(id).filter(|_| self.changed_texts.contains(id));
                hits.extend(
                    node.title_hits(text.map_or("", String::as_str)).filter(|hit| hit.title_key == key),
                );
            }
        }
        Ok(hits)
    }

    /// What a group did, if it is there.
    ///
    /// # Errors
    /// [`Need::Group`]
    pub fn group(&self, id: GroupId) -> Result<Option<&GroupLog>, Need> {
        self.groups.get(&id).map(Option::as_ref).ok_or(Need::Group(id))
    }

    /// The group undo would take, and the one before it.
    ///
    /// # Errors
    /// [`Need::Undoable`]
    pub fn undoable(&self) -> Result<&[GroupId], Need> {
        self.undoable.as_deref().ok_or(Need::Undoable)
    }

    /// The undo that redo would take back.
    ///
    /// # Errors
    /// [`Need::Redoable`]
    pub fn redoable(&self) -> Result<Option<GroupId>, Need> {
        self.redoable.ok_or(Need::Redoable)
    }

    /// Which of these mutations made the newest revision.
    ///
    /// # Errors
    /// [`Need::Applied`]
    pub fn newest_applied(&self, mutations: &[MutationId]) -> Result<Option<&AppliedSave>, Need> {
        let missing: Vec<_> = mutations.iter().copied().filter(|id| !self.applied.contains_key(id)).collect();
        if !missing.is_empty() {
            return Err(Need::Applied(missing));
        }
        let applied = mutations.iter().filter_map(|id| self.applied.get(id)?.as_ref());
        Ok(applied.max_by_key(|applied| applied.rev))
    }

    /// Whether an undo or redo of this device made an operation.
    ///
    /// # Errors
    /// [`Need::MadeByUndo`]
    pub fn made_by_undo(&self, operation: OpId) -> Result<bool, Need> {
        self.made_by_undo.get(&operation).copied().ok_or_else(|| Need::MadeByUndo(vec![operation]))
    }

    /// Takes in what was read: whether an undo or redo made an operation.
    pub fn put_made_by_undo(&mut self, operation: OpId, is_so: bool) {
        self.made_by_undo.insert(operation, is_so);
    }

    /// Takes in what was read: a node, or that there is none.
    pub fn put_node(&mut self, id: NodeId, node: Option<Node>) {
        self.nodes.entry(id).or_insert(node);
    }

    /// Takes in what was read: the text of a node, or that it still has its first one.
    pub fn put_text(&mut self, id: NodeId, text: Option<String>) {
        let genesis = || self.nodes.get(&id).and_then(Option::as_ref).map(Node::genesis).unwrap_or_default();
        let text = text.unwrap_or_else(genesis);
        self.texts.entry(id).or_insert(text);
    }

    /// Takes in what was read: the text at a revision.
    pub fn put_text_at(&mut self, id: NodeId, rev: u64, text: Option<String>) {
        self.texts_at.insert((id, rev), text);
    }

    /// Takes in what was read: the pages that bear a title key.
    pub fn put_titles(&mut self, key: &str, hits: Vec<TitleHit>) {
        self.titles.insert(key.to_owned(), hits);
    }

    /// Takes in what was read: what a group did.
    pub fn put_group(&mut self, id: GroupId, group: Option<GroupLog>) {
        self.groups.insert(id, group);
    }

    /// Takes in what was read: the group undo would take.
    pub fn put_undoable(&mut self, groups: Vec<GroupId>) {
        self.undoable = Some(groups);
    }

    /// Takes in what was read: the undo that redo would take back.
    pub fn put_redoable(&mut self, group: Option<GroupId>) {
        self.redoable = Some(group);
    }

    /// Takes in what was read: the revision a mutation made, if it was applied.
    pub fn put_applied(&mut self, mutation: MutationId, applied: Option<AppliedSave>) {
        self.applied.insert(mutation, applied);
    }

    /// Notes that a change of this batch took the place of what was read about groups.
    pub fn forget_undo(&mut self) {
        self.undoable = None;
        self.redoable = None;
    }

    /// Folds an operation in, so that later commands of the batch see it.
    pub fn apply(&mut self, operation: &Operation, rev: u64) {
        self.touch(operation.entity, writes_title(operation), |node| node.apply(operation));
        let text = match &operation.body {
            Body::TextFull { text, .. } => text.clone(),
            Body::Text { splices, .. } => {
                let base = self.texts.get(&operation.entity).map_or("", String::as_str);
                apply_splices(base, splices).expect("splices were made from this very text")
            }
            _ => return,
        };
        self.write_text(operation.entity, text, rev);
    }

    /// Changes a node, noting what has to be known of how it was.
    pub fn touch(&mut self, id: NodeId, is_retitled: bool, change: impl FnOnce(&mut Node)) {
        let node = self.nodes.entry(id).or_default().get_or_insert_with(|| Node::new(id));
        if is_retitled {
            self.titles_before.entry(id).or_insert_with(|| node.title_facts());
        }
        change(node);
        self.changed.insert(id);
        if node.kind().is_page() && !self.changed_pages.contains(&id) {
            self.changed_pages.push(id);
        }
    }

    /// Gives a node the text that an operation made of it at a revision.
    pub fn write_text(&mut self, id: NodeId, text: String, rev: u64) {
        if let Some(Some(node)) = self.nodes.get_mut(&id) {
            node.set_text(&text, rev);
        }
        let before = self.texts.insert(id, text).unwrap_or_default();
        self.texts_before.entry(id).or_insert(before);
        self.changed_texts.insert(id);
        self.known_deltas.remove(&id);
    }

    /// Folds in an operation on a text of which it is known how the facts change with it.
    pub fn apply_with_facts(&mut self, operation: &Operation, rev: u64, facts: FactDelta) {
        let is_first = !self.changed_texts.contains(&operation.entity);
        self.apply(operation, rev);
        if is_first {
            self.known_deltas.insert(operation.entity, facts);
        }
    }

    /// How the facts of the nodes change with this batch.
    pub fn changed_facts(&self) -> FactChanges {
        let mut changes = FactChanges::default();
        for (id, text) in self.changed_texts() {
            let read = || {
                let before = self.texts_before.get(&id).map(|text| text_facts(text)).unwrap_or_default();
                FactDelta::between(&before, &text_facts(text))
            };
            let known = self.known_deltas.get(&id);
            debug_assert!(known.is_none_or(|known| *known == read()), "facts of {id} are known wrongly");
            changes.add(id, known.cloned().unwrap_or_else(read));
        }
        for (id, before) in &self.titles_before {
            let after =
                self.nodes.get(id).and_then(Option::as_ref).map(Node::title_facts).unwrap_or_default();
            changes.add(*id, FactDelta::between(before, &after));
        }
        changes
    }

    /// A node as this batch left it, if it changed it.
    pub fn changed_node(&self, id: NodeId) -> Option<&Node> {
        self.changed.get(&id).and_then(|id| self.nodes.get(id)?.as_ref())
    }

    /// Nodes this batch changed, as they now are.
    pub fn changed_nodes(&self) -> impl Iterator<Item = &Node> {
        self.changed.iter().filter_map(|id| self.nodes.get(id).and_then(Option::as_ref))
    }

    /// Takes the nodes out that this batch changed; [`View::put_back`] brings them back.
    pub fn take_changed_nodes(&mut self) -> Vec<Node> {
        self.changed.iter().filter_map(|id| self.nodes.remove(id).flatten()).collect()
    }

    /// Brings back what was taken out.
    pub fn put_back(&mut self, nodes: Vec<Node>) {
        self.nodes.extend(nodes.into_iter().map(|node| (node.id, Some(node))));
    }

    /// Texts this batch changed, as they now are.
    pub fn changed_texts(&self) -> impl Iterator<Item = (NodeId, &str)> {
        self.changed_texts.iter().filter_map(|id| self.texts.get(id).map(|text| (*id, text.as_str())))
    }

    /// Whether the batch changed anything yet.
    pub fn is_changed(&self) -> bool {
        !self.changed.is_empty()
    }
}

/// Whether an operation may change what a title says.
pub fn writes_title(operation: &Operation) -> bool {
    let Body::Set { registers, .. } = &operation.body else { return false };
    registers.iter().any(|(name, _)| matches!(&**name, register::TITLE | register::KIND))
}
