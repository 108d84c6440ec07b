//! `heph page rename`: another title or folder for a page, or another name for a folder, with the links rewritten.
//!
//! Every link means afterwards what it meant before. Only the target of a link is rewritten, by its place in the text;
//! a link that means the same as it stands is left alone. The old title stays as an alias.

use std::collections::{BTreeMap, HashMap};

use super::refusal::{Need, Refusal, Stop};
use super::{Context, Decision, Edit, Outcome};
use crate::domain::id::NodeId;
use crate::domain::node::{Node, NodeKind, register};
use crate::domain::page::markdown::parse;
use crate::domain::page::{
    BadTitle, FactDelta, Journal, Meaning, TitleHit, check_folder, check_title, folder_key, join_path,
    link_name, linkable, meaning, name_path, name_title, split_path, title_key,
};
use crate::domain::value::Value;

/// A page that gets another path.
#[derive(Debug, Clone)]
struct Move<'a> {
    node: &'a Node,
    title: String,
    folder: String,
}

impl Move<'_> {
    fn path(&self) -> String {
        join_path(&self.folder, &self.title)
    }

    /// Whether links by the title have to be spelled anew.
    fn is_retitled(&self) -> bool {
        self.title != self.node.title()
    }
}

/// Renames a page, or a folder if both names end in `/`.
pub(super) fn rename(context: &Context<'_>, reference: &str, to: &str) -> Result<Decision, Stop> {
    let moves = match reference.trim().strip_suffix('/') {
        Some(folder) if !reference.trim_start().starts_with("[[") => folder_moves(context, folder, to)?,
        _ => vec![page_move(context, reference, to)?],
    };
    let label = format!("rename “{}” to “{}”", reference.trim(), to.trim());
    let is_moved = |moved: &&Move<'_>| moved.is_retitled() || moved.folder != moved.node.folder();
    let (moves, same): (Vec<_>, Vec<_>) = moves.into_iter().partition(|moved| is_moved(&moved));
    if moves.is_empty() {
        let unchanged = same.iter().map(|moved| moved.node.id).collect();
        return Ok(Decision::verb(label, Vec::new(), Outcome { unchanged, ..Outcome::default() }));
    }
    let renaming =
        Renaming { context, moves: moves.into_iter().map(|moved| (moved.node.id, moved)).collect() };
    renaming.refuse_taken()?;
    let rewrites = renaming.rewrites()?;
    let mut outcome = Outcome::changed(renaming.moves.keys().copied().collect());
    let mut edits: Vec<Edit> = renaming.moves.values().map(registers).collect();
    let sources: Vec<NodeId> = rewrites.keys().copied().collect();
    context.view.require_texts(&sources)?;
    for (node, paths) in &rewrites {
        let links = renaming.rewrite(*node, paths, &mut edits)?;
        outcome.links += u64::from(links);
        outcome.rewritten.extend((links > 0).then_some((*node, links)));
    }
    Ok(Decision::verb(label, edits, outcome))
}

/// The registers of a moved page. What it was called before stays as an alias, and so does what it is called now: where
/// another machine gives it another name meanwhile, links by the one that loses still find it.
fn registers(moved: &Move<'_>) -> Edit {
    let mut registers: Vec<(Box<str>, Value)> = Vec::new();
    if moved.is_retitled() {
        registers.push((register::TITLE.into(), moved.title.as_str().into()));
        let (old, new) = (moved.node.title_key(), title_key(&moved.title));
        if old != new {
            registers.push((format!("{}{new}", register::ALIAS).into(), moved.title.as_str().into()));
            registers.push((format!("{}{old}", register::ALIAS).into(), moved.node.title().into()));
        }
    }
    if moved.folder != moved.node.folder() {
        let folder = Some(moved.folder.as_str()).filter(|folder| !folder.is_empty());
        registers.push((register::FOLDER.into(), folder.map_or(Value::Nil, Value::from)));
    }
    Edit::Set { node: moved.node.id, registers }
}

fn page_move<'a>(context: &'a Context<'_>, reference: &str, to: &str) -> Result<Move<'a>, Stop> {
    let node = context.find_one(reference)?;
    check_kind(context, node)?;
    let to = to.trim();
    let invalid = |error: BadTitle| Refusal::invalid(to, error.to_string());
    let (folder, title) = match to.rsplit_once('/') {
        Some((folder, title)) if title.trim().is_empty() => (check_folder(folder), node.title()),
        Some(_) => {
            let (folder, title) = split_path(to);
            (check_folder(folder), title)
        }
        None => (Ok(node.folder().to_owned()), to),
    };
    let (folder, title) = (folder.map_err(invalid)?, check_title(title, true).map_err(invalid)?);
    if Journal::from_title(&title).is_some() {
        return Err(Refusal::refused(format!("“{title}” is the title of a journal"))
            .hint("name the page otherwise")
            .into());
    }
    Ok(Move { node, title, folder })
}

fn check_kind(context: &Context<'_>, node: &Node) -> Result<(), Refusal> {
    let id = context.short_ids.show(node.id);
    if node.is_trashed() {
        return Err(Refusal::refused(format!("“{}” is in the trash", node.title()))
            .hint(format!("heph restore {id}")));
    }
    match node.kind() {
        NodeKind::Page | NodeKind::Project | NodeKind::Area => Ok(()),
        NodeKind::Settings => Err(Refusal::not_found(node.title())),
        NodeKind::Journal => Err(Refusal::refused("a journal is called by its date and cannot be renamed")),
        NodeKind::Task => Err(Refusal::refused(format!("“{}” is a task", node.title()))
            .hint(format!("heph mod {id} title:\"…\""))),
    }
}

fn folder_moves<'a>(context: &'a Context<'_>, from: &str, to: &str) -> Result<Vec<Move<'a>>, Stop> {
    let Some(to) = to.trim().strip_suffix('/') else {
        return Err(Refusal::invalid(to, "a folder can only become a folder")
            .hint(format!("write {to}/ for the folder"))
            .into());
    };
    let to = check_folder(to).map_err(|error| Refusal::invalid(to, error.to_string()))?;
    let from_key = folder_key(from);
    if from_key.is_empty() {
        return Err(Refusal::invalid(from, "no folder is named").hint("heph page rename Old/ New/").into());
    }
    let ids = context.view.pages_in(&from_key)?;
    if ids.is_empty() {
        return Err(Refusal::not_found(&format!("{from}/")).into());
    }
    let depth = from_key.split('/').count();
    let nodes = context.view.nodes(ids)?;
    // Journals may stand in a folder they were imported from; they are found by their dates all the same.
    let moved = nodes.into_iter().flatten().map(|node| {
        let below: Vec<&str> =
            node.folder().split('/').filter(|level| !level.trim().is_empty()).skip(depth).collect();
        let levels = Some(to.as_str()).filter(|to| !to.is_empty()).into_iter().chain(below);
        let folder = levels.collect::<Vec<_>>().join("/");
        Move { node, title: node.title().to_owned(), folder }
    });
    Ok(moved.collect())
}

/// A renaming under way.
struct Renaming<'a, 'b> {
    context: &'a Context<'b>,
    moves: BTreeMap<NodeId, Move<'a>>,
}

/// By the name of a link: the path to write in its place.
type Paths = HashMap<String, String>;

impl Renaming<'_, '_> {
    /// Refuses a path that another page has.
    fn refuse_taken(&self) -> Result<(), Stop> {
        let paths: Vec<String> = self.moves.values().map(Move::path).collect();
        let Some((path, taken)) = self.context.taken(&paths, |page| self.moves.contains_key(&page))? else {
            return Ok(());
        };
        let id = self.context.short_ids.show(taken);
        Err(Refusal::refused(format!("there is a page “{path}” already"))
            .hint(format!("heph page show {id}"))
            .into())
    }

    /// The links to rewrite, by node.
    fn rewrites(&self) -> Result<BTreeMap<NodeId, Paths>, Stop> {
        let mut titles: Vec<String> = self.moves.values().map(|moved| title_key(&moved.title)).collect();
        // A link by an alias that several pages have hangs on their folders too.
        self.context.view.require_texts(&self.moves.keys().copied().collect::<Vec<_>>())?;
        for moved in self.moves.values() {
            let hits = moved.node.title_hits(self.context.view.text(moved.node.id)?);
            titles.extend(hits.map(|hit| hit.title_key));
        }
        titles.sort_unstable();
        titles.dedup();
        let mut said: Vec<(NodeId, String, String)> = self
            .context
            .view
            .links_to(&titles)?
            .into_iter()
            .map(|source| (source.node, source.name.clone(), source.folder_key.clone()))
            .collect();
        said.extend(self.links_of_moved()?);
        self.require_titles(&said)?;
        let mut rewrites = BTreeMap::<NodeId, Paths>::new();
        let mut unread = Vec::new();
        for (node, name, folder) in said {
            match self.path_instead(node, &name, &folder) {
                Ok(Some(path)) => drop(rewrites.entry(node).or_default().insert(name, path)),
                Ok(None) => {}
                Err(Need::Nodes(more)) => unread.extend(more),
                Err(need) => return Err(need.into()),
            }
        }
        if unread.is_empty() { Ok(rewrites) } else { Err(Need::Nodes(unread).into()) }
    }

    /// What the pages that get another folder link to: a link by a title that several pages have hangs on the folder.
    fn links_of_moved(&self) -> Result<Vec<(NodeId, String, String)>, Need> {
        let moved: Vec<NodeId> = self
            .moves
            .values()
            .filter(|moved| folder_key(&moved.folder) != folder_key(moved.node.folder()))
            .map(|moved| moved.node.id)
            .collect();
        self.context.view.require_texts(&moved)?;
        let mut said = Vec::new();
        for id in moved {
            let folder = folder_key(self.moves[&id].node.folder());
            let links = parse(self.context.view.text(id)?).links;
            let names = links.iter().map(|link| link_name(&link.target)).filter(|name| !name.is_empty());
            said.extend(names.map(|name| (id, name, folder.clone())));
        }
        Ok(said)
    }

    /// Asks at once for all pages that may be meant, before and after.
    fn require_titles(&self, said: &[(NodeId, String, String)]) -> Result<(), Need> {
        let now = said.iter().map(|(_, name, _)| name.clone());
        let mut unread: Vec<String> = now
            .chain(
                self.moves
                    .values()
                    .flat_map(|moved| [moved.path(), moved.title.clone()])
                    .map(|path| link_name(&linkable(path))),
            )
            .filter(|name| self.context.view.pages_named(name).is_err())
            .map(|name| name_path(&name))
            .collect();
        unread.sort_unstable();
        unread.dedup();
        if unread.is_empty() { Ok(()) } else { Err(Need::Titles(unread)) }
    }

    /// The path to write for a link of this name, if it has to be another for the link to mean what it meant.
    fn path_instead(&self, node: NodeId, name: &str, folder: &str) -> Result<Option<String>, Need> {
        let Meaning::One(page) = meaning(name, folder, &self.context.view.pages_named(name)?) else {
            return Ok(None);
        };
        let moved = self.moves.get(&page);
        let folder_after =
            self.moves.get(&node).map_or_else(|| folder.to_owned(), |moved| folder_key(&moved.folder));
        let is_by_title = moved.is_some_and(|moved| name_title(name) == moved.node.title_key());
        let is_respelled = is_by_title && moved.is_some_and(Move::is_retitled);
        if !is_respelled && self.means_after(name, &folder_after, page)? {
            return Ok(None);
        }
        let (title, path) = match moved {
            Some(moved) => (linkable(moved.title.clone()), linkable(moved.path())),
            None => match self.context.view.node(page)? {
                Some(node) => (linkable(node.title().to_owned()), linkable(node.path())),
                None => return Ok(None),
            },
        };
        let is_bare = !name.contains('/');
        if is_bare && self.means_after(&link_name(&title), &folder_after, page)? {
            return Ok(Some(title));
        }
        Ok(Some(path))
    }

    /// Whether a link of this name means the page once all is renamed.
    fn means_after(&self, name: &str, folder: &str, page: NodeId) -> Result<bool, Need> {
        let (title, whole) = (name_title(name), name_path(name));
        let mut hits = self.context.view.pages_named(name)?;
        hits.retain(|hit| hit.is_alias || !self.moves.contains_key(&hit.id));
        for hit in &mut hits {
            if let Some(moved) = self.moves.get(&hit.id) {
                hit.folder_key = folder_key(&moved.folder);
            }
        }
        for moved in self.moves.values() {
            let (old, new) = (moved.node.title_key(), title_key(&moved.title));
            let hit = |title_key: &str, is_alias| TitleHit {
                id: moved.node.id,
                kind: moved.node.kind(),
                title_key: title_key.to_owned(),
                folder_key: folder_key(&moved.folder),
                is_alias,
            };
            hits.extend((new == title).then(|| hit(&new, false)));
            hits.extend((old != new && (old == title || old == whole)).then(|| hit(&old, true)));
        }
        Ok(meaning(name, folder, &hits) == Meaning::One(page))
    }

    /// Rewrites the links of a node; answers how many.
    fn rewrite(&self, id: NodeId, paths: &Paths, edits: &mut Vec<Edit>) -> Result<u32, Stop> {
        let Some(node) = self.context.view.node(id)? else { return Ok(0) };
        let text = self.context.view.text(id)?;
        let mut count = 0;
        if let Some(Rewritten { text, links, facts }) = rewritten(text, paths)? {
            count += links;
            edits.push(Edit::Derived { node: id, text, facts });
        }
        if node.kind() == NodeKind::Task
            && let Some(Rewritten { text: title, links, .. }) = rewritten(node.title(), paths)?
        {
            count += links;
            edits.push(Edit::set(id, register::TITLE, title));
        }
        Ok(count)
    }
}

/// A text with other targets of its links.
struct Rewritten {
    text: String,
    /// How many links.
    links: u32,
    /// How its facts change, if nothing but the names of links can have.
    facts: Option<FactDelta>,
}

/// The text with other targets of its links; `None` when there is none to rewrite.
///
/// # Errors
/// When the links, once written, would not be links to what they are written for: a backtick in a title, say, finds
/// another one in the paragraph.
fn rewritten(text: &str, paths: &Paths) -> Result<Option<Rewritten>, Refusal> {
    let mut out = String::with_capacity(text.len() + 64);
    let (mut copied, mut links) = (0, 0);
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for link in parse(text).links {
        let name = link_name(&link.target);
        let Some(path) = paths.get(&name) else {
            after.push(name.clone());
            before.push(name);
            continue;
        };
        after.push(link_name(path));
        before.push(name);
        out.push_str(&text[copied..link.target_span.start]);
        out.push_str(&link.naming(path));
        copied = link.target_span.end;
        links += 1;
    }
    out.push_str(&text[copied..]);
    if links == 0 {
        return Ok(None);
    }
    let is_plain = |path: &String| path.chars().all(|c| c.is_alphanumeric() || " -_.,/".contains(c));
    if paths.values().all(is_plain) {
        let facts = Some(FactDelta::of_links(before, after));
        return Ok(Some(Rewritten { text: out, links, facts }));
    }
    if parse(&out).links.iter().map(|link| link_name(&link.target)).eq(after) {
        return Ok(Some(Rewritten { text: out, links, facts: None }));
    }
    let shown = paths.values().find(|path| !is_plain(path)).map_or("", String::as_str);
    Err(Refusal::refused(format!("links to “{shown}” would break"))
        .hint("give it another name, without markup"))
}
