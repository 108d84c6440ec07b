//! What is to be done to the files so that they are as the pages are.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::name::{END, path_with};
use super::{Content, Page, QUIET_MS, Seen, Tracked, is_short_of, place_key, plain_path};
use crate::domain::id::NodeId;

/// One thing to do to the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Errand {
    /// Make the file of a page, where none is.
    Make {
        /// The page.
        id: NodeId,
        /// Where.
        path: String,
    },
    /// Write the text of a page over what was known to stand in its file.
    Write {
        /// The page.
        id: NodeId,
        /// Where it stands.
        path: String,
    },
    /// Move the file of a page.
    Move {
        /// The page.
        id: NodeId,
        /// From where.
        from: String,
        /// To where, where none is.
        to: String,
    },
    /// Remove the file of a page that is gone.
    Remove {
        /// The page.
        id: NodeId,
        /// Where it stands.
        path: String,
    },
    /// Forget the file of a page that is gone, as is its file.
    Forget {
        /// The page.
        id: NodeId,
    },
}

/// All there is to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Errands {
    /// In this order.
    pub now: Vec<Errand>,
    /// Files that wait until nobody is at them.
    pub later: usize,
    /// When the first of them is ready, Unix milliseconds.
    pub look_at: Option<i64>,
}

/// Compares the pages with their files. What stands in a file and was not taken in is never written over, and a file that
/// is missing is left to [`vanished`](super::vanished).
pub fn errands(
    pages: &BTreeMap<NodeId, Page>,
    tracked: &BTreeMap<NodeId, Tracked>,
    seen: &BTreeMap<String, Seen>,
    now_ms: i64,
    is_blind: bool,
) -> Errands {
    let mut errands = Errands::default();
    let there = || tracked.iter().filter(|(_, file)| file.is_there());
    let of_pages: HashSet<String> = there().map(|(_, file)| place_key(&file.path)).collect();
    let exact: HashSet<&str> = there().map(|(_, file)| file.path.as_str()).collect();
    let is_other = |path: &&String| match is_blind {
        true => !of_pages.contains(&place_key(path)),
        false => !exact.contains(path.as_str()),
    };
    let others: HashSet<String> = seen.keys().filter(is_other).map(|path| place_key(path)).collect();
    for (id, file) in there().filter(|(id, _)| !pages.contains_key(id)) {
        match found(seen, file, is_blind) {
            None => errands.now.push(Errand::Forget { id: *id }),
            Some((path, seen)) if errands.may(seen, file, now_ms) => {
                errands.now.push(Errand::Remove { id: *id, path: path.to_owned() });
            }
            Some(_) => {}
        }
    }
    let paths = names(pages, tracked, &others);
    let mut moves = Vec::new();
    for (id, page) in pages {
        let to = &paths[id];
        let Some(file) = tracked.get(id).filter(|file| file.is_there()) else {
            if !of_pages.contains(&place_key(to)) {
                errands.now.push(Errand::Make { id: *id, path: to.clone() });
            }
            continue;
        };
        let Some((path, seen)) = found(seen, file, is_blind) else { continue };
        let is_elsewhere = path != to && !(is_blind && is_same_but_folder_case(path, to));
        if (!is_elsewhere && file.disk == page.text) || !errands.may(seen, file, now_ms) {
            continue;
        }
        if is_elsewhere {
            moves.push((*id, path.to_owned(), to.clone()));
        }
        if file.disk != page.text {
            errands.now.push(Errand::Write { id: *id, path: path.to_owned() });
        }
    }
    errands.now.extend(in_order(moves, of_pages, pages));
    errands
}

impl Errands {
    /// Whether a file may be touched: what stands in it is known, and nobody is at it.
    fn may(&mut self, seen: &Seen, file: &Tracked, now_ms: i64) -> bool {
        if seen.content.hash() != Some(file.disk) {
            return false;
        }
        let ready = seen.changed_ms.saturating_add(QUIET_MS);
        // A clock that was put back must not hold anybody up for long.
        if now_ms < ready && seen.changed_ms <= now_ms {
            self.later += 1;
            self.look_at = Some(self.look_at.map_or(ready, |other| other.min(ready)));
            return false;
        }
        true
    }
}

/// The file that is known, as it was found.
fn found<'a>(
    seen: &'a BTreeMap<String, Seen>,
    file: &Tracked,
    is_blind: bool,
) -> Option<(&'a str, &'a Seen)> {
    let exact = seen.get_key_value(&file.path);
    let found = exact.or_else(|| {
        let key = is_blind.then(|| place_key(&file.path))?;
        seen.iter().find(|(path, _)| place_key(path) == key)
    });
    found
        .map(|(path, seen)| (path.as_str(), seen))
        .filter(|(_, seen)| matches!(seen.content, Content::Text { .. }))
}

/// Whether two paths differ in the case of their folders alone.
fn is_same_but_folder_case(one: &str, other: &str) -> bool {
    one.rsplit('/').next() == other.rsplit('/').next() && place_key(one) == place_key(other)
}

/// Moves in an order in which each finds its place free. Where they go round in a circle, one steps aside and goes on
/// next time.
fn in_order(
    mut moves: Vec<(NodeId, String, String)>,
    mut occupied: HashSet<String>,
    pages: &BTreeMap<NodeId, Page>,
) -> Vec<Errand> {
    let mut ordered = Vec::new();
    while !moves.is_empty() {
        let is_free = |(_, from, to): &(NodeId, String, String)| {
            !occupied.contains(&place_key(to)) || place_key(from) == place_key(to)
        };
        let at = moves.iter().position(is_free);
        let (id, from, mut to) = moves.swap_remove(at.unwrap_or(0));
        if at.is_none() {
            to = path_with(&pages[&id], &id.to_string());
            if occupied.contains(&place_key(&to)) {
                continue;
            }
        }
        occupied.remove(&place_key(&from));
        occupied.insert(place_key(&to));
        ordered.push(Errand::Move { id, from, to });
    }
    ordered
}

/// Gives every page a path of its own, on file systems too that do not tell case or normal forms apart. A page keeps the
/// one it has where that still tells it from its namesakes.
fn names(
    pages: &BTreeMap<NodeId, Page>,
    tracked: &BTreeMap<NodeId, Tracked>,
    others: &HashSet<String>,
) -> BTreeMap<NodeId, String> {
    let plain: BTreeMap<NodeId, String> = pages.iter().map(|(id, page)| (*id, plain_path(page))).collect();
    let mut namesakes = HashMap::<String, Vec<NodeId>>::new();
    for (id, path) in &plain {
        namesakes.entry(place_key(path)).or_default().push(*id);
    }
    let is_there =
        |id: &NodeId| tracked.get(id).is_some_and(|file| file.is_there() && file.path == plain[id]);
    let (mut paths, mut used) = (BTreeMap::new(), others.clone());
    let mut clashing = Vec::new();
    for (key, ids) in &namesakes {
        // A file of no page whose name differs in case alone takes nothing away from a file that is there.
        let first = ids.iter().find(|id| is_there(id)).or(ids.first().filter(|_| !others.contains(key)));
        for id in ids {
            if Some(id) == first {
                used.insert(key.clone());
                paths.insert(*id, plain[id].clone());
            } else {
                clashing.push(*id);
            }
        }
    }
    clashing.sort_unstable();
    for id in clashing {
        let page = &pages[&id];
        let kept = tracked.get(&id).filter(|file| file.is_there()).map(|file| file.path.clone());
        let kept = kept.filter(|path| is_named_apart(id, page, path));
        let candidates =
            kept.into_iter().chain([path_with(page, &page.short), path_with(page, &id.to_string())]);
        let path = candidates.into_iter().find(|path| used.insert(place_key(path)));
        paths.insert(id, path.unwrap_or_else(|| path_with(page, &id.to_string())));
    }
    paths
}

/// Whether a path is that of a page with the beginning of its short id behind the title.
fn is_named_apart(id: NodeId, page: &Page, path: &str) -> bool {
    let short = path.strip_suffix(&format!("){END}")).and_then(|rest| rest.rsplit_once(" ("));
    short.is_some_and(|(_, short)| is_short_of(id, short) && path_with(page, short) == path)
}
