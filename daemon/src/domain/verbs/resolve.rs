//! What a reference means: a short id, a full id, `@last`, a title, `[[a page]]`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::refusal::{Need, Refusal, Stop};
use super::view::View;
use super::{Context, Decision};
use crate::domain::id::NodeId;
use crate::domain::node::{Node, NodeKind};
use crate::domain::page::{Journal, Meaning, TitleHit, id_of_name, link_name, meaning, title_key};
use crate::domain::short_id::ShortIds;
use crate::domain::task::open_tasks::OpenTasks;

/// The most candidates an ambiguous reference lists.
pub(super) const MAX_CANDIDATES: usize = 20;

/// What a reference was found to mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// This node, if it is there.
    Id(NodeId),
    /// Any of these.
    Several(Vec<NodeId>),
    /// Nothing.
    Nothing,
}

/// Finds what a reference means.
///
/// A unique short id goes before a title without capital letters; a title goes before an ambiguous short id.
///
/// # Errors
/// [`Need::Titles`] when titles have to be read.
pub fn resolve(
    reference: &str,
    last: Option<NodeId>,
    view: &View,
    open: &OpenTasks,
    short_ids: &ShortIds,
) -> Result<Found, Need> {
    let reference = reference.trim();
    if reference == "@last" {
        return Ok(last.map_or(Found::Nothing, Found::Id));
    }
    if let Some(page) = reference.strip_prefix("[[").and_then(|inner| inner.strip_suffix("]]")) {
        return by_title(page, view, open, short_ids);
    }
    if let Ok(id) = reference.parse() {
        return Ok(Found::Id(id));
    }
    // Short ids are shown in small letters: who writes `Tea` means a title, whatever id begins with `tea`.
    if reference.contains(char::is_uppercase)
        && let found @ (Found::Id(_) | Found::Several(_)) = by_title(reference, view, open, short_ids)?
    {
        return Ok(found);
    }
    let by_code = short_ids.matches(reference, MAX_CANDIDATES);
    if let [id] = by_code[..] {
        return Ok(Found::Id(id));
    }
    Ok(match by_title(reference, view, open, short_ids)? {
        Found::Nothing if !by_code.is_empty() => Found::Several(by_code),
        found => found,
    })
}

fn by_title(title: &str, view: &View, open: &OpenTasks, short_ids: &ShortIds) -> Result<Found, Need> {
    let name = link_name(title);
    if let Some(prefix) = id_of_name(&name) {
        return Ok(match short_ids.matches(prefix, MAX_CANDIDATES)[..] {
            [] => title.trim().trim_start_matches("t:").parse().map_or(Found::Nothing, Found::Id),
            [id] => Found::Id(id),
            ref several => Found::Several(several.to_vec()),
        });
    }
    if let Some(journal) = Journal::from_title(title.trim()) {
        return Ok(Found::Id(journal.id()));
    }
    let mut ids = match meaning(&name, "", &view.pages_named(&name)?) {
        Meaning::Nothing => Vec::new(),
        Meaning::One(id) => vec![id],
        Meaning::Several(ids) => ids,
    };
    ids.extend(tasks_titled(&title_key(title), open));
    ids.sort_unstable();
    ids.dedup();
    ids.truncate(MAX_CANDIDATES);
    Ok(match ids[..] {
        [] => Found::Nothing,
        [id] => Found::Id(id),
        _ => Found::Several(ids),
    })
}

/// Open tasks of a title. Titles are folded only where the first letter may fit: all of them are looked at.
fn tasks_titled<'a>(key: &'a str, open: &'a OpenTasks) -> impl Iterator<Item = NodeId> + 'a {
    let first = key.chars().next();
    let may_be = move |title: &str| {
        let letter = title.trim_start().chars().next();
        letter.is_some_and(|letter| !letter.is_ascii() || Some(letter.to_ascii_lowercase()) == first)
    };
    open.iter().filter(move |task| may_be(&task.title) && title_key(&task.title) == key).map(|task| task.id)
}

/// Of the pages a typed path may name: those in exactly that folder, if there are any.
pub(super) fn best_pages(typed: &str, hits: Vec<TitleHit>) -> Vec<TitleHit> {
    let exact: Vec<_> = hits.iter().filter(|hit| hit.is_at(typed)).cloned().collect();
    if exact.is_empty() { hits } else { exact }
}

impl Context<'_> {
    /// The first of these paths at which another page stands than those that do not count, and that page.
    pub(super) fn taken<'p>(
        &self,
        paths: &'p [String],
        does_not_count: impl Fn(NodeId) -> bool,
    ) -> Result<Option<(&'p str, NodeId)>, Need> {
        let mut unread = Vec::new();
        for path in paths {
            match self.view.pages_titled(path) {
                Ok(hits) => {
                    if let Some(hit) = hits.iter().find(|hit| hit.is_at(path) && !does_not_count(hit.id)) {
                        return Ok(Some((path, hit.id)));
                    }
                }
                Err(_) => unread.push(path.clone()),
            }
        }
        if unread.is_empty() { Ok(None) } else { Err(Need::Titles(unread)) }
    }

    /// Finds nodes that are there, each once, in order.
    pub(super) fn find(&self, references: &[String]) -> Result<Vec<NodeId>, Stop> {
        let mut found = Vec::with_capacity(references.len());
        let mut seen = HashMap::with_capacity(references.len());
        let mut titles = Vec::new();
        for reference in references {
            match resolve(reference, self.last, self.view, self.open, self.short_ids) {
                Ok(Found::Id(id)) => {
                    if let Entry::Vacant(place) = seen.entry(id) {
                        place.insert(reference);
                        found.push(id);
                    }
                }
                Ok(Found::Several(candidates)) => {
                    return Err(Refusal::ambiguous(reference, candidates).into());
                }
                Ok(Found::Nothing) => return Err(self.nothing_answers(reference).into()),
                Err(Need::Titles(more)) => titles.extend(more),
                Err(need) => return Err(need.into()),
            }
        }
        if !titles.is_empty() {
            return Err(Need::Titles(titles).into());
        }
        let nodes = self.view.nodes(&found)?;
        let is_missing = |node: &Option<&Node>| {
            node.is_none_or(|node| !node.exists() || node.kind() == NodeKind::Settings)
        };
        let missing = found.iter().zip(&nodes).find(|(_, node)| is_missing(node));
        match missing.and_then(|(id, _)| seen.get(id)) {
            Some(reference) => Err(Refusal::not_found(reference).into()),
            None => Ok(found),
        }
    }

    /// Says that nothing answers, and which open task has a title that begins so.
    fn nothing_answers(&self, reference: &str) -> Refusal {
        let key = title_key(reference);
        let mut begun = self.open.iter().filter(|task| title_key(&task.title).starts_with(&key));
        let refusal = Refusal::not_found(reference);
        match (begun.next().filter(|_| key.chars().count() > 2), begun.next()) {
            (Some(task), None) => {
                let short = self.short_ids.show(task.id);
                refusal.hint(format!("did you mean {short} “{}”?", task.title))
            }
            _ => refusal,
        }
    }

    /// Finds the one node of a reference.
    pub(super) fn find_one(&self, reference: &str) -> Result<&Node, Stop> {
        let ids = self.find(&[reference.to_owned()])?;
        let nodes = self.view.nodes(&ids)?;
        nodes.into_iter().flatten().next().ok_or_else(|| Refusal::not_found(reference).into())
    }

    /// Finds tasks that are there and not in the trash.
    pub(super) fn find_tasks(&self, references: &[String]) -> Result<Vec<&Node>, Stop> {
        let ids = self.find(references)?;
        let nodes: Vec<&Node> = self.view.nodes(&ids)?.into_iter().flatten().collect();
        for node in &nodes {
            if node.kind() != NodeKind::Task {
                let message = format!("“{}” is a {}, not a task", node.title(), node.kind().word());
                return Err(Refusal::refused(message).into());
            }
            if node.is_trashed() {
                let hint = format!("heph restore {}", self.short_ids.show(node.id));
                return Err(Refusal::refused(format!("“{}” is in the trash", node.title()))
                    .hint(hint)
                    .into());
            }
        }
        Ok(nodes)
    }
}

impl Decision {
    /// Whether anything is to be written.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }
}
