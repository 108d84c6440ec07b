//! What a link's target means: names as they are stored, and the order in which pages answer to them.
//!
//! A link is stored by its *name*: the folded levels of its target from the last to the first, `embed files/how to` for
//! `[[How to/Embed files]]`. So all links that may mean a page stand together, whatever folder they name, and what a
//! link means is found when it is asked for: a page that is made, renamed or put into the trash changes no row.

use std::borrow::Cow;

use super::{Journal, folder_key, split_path, title_key};
use crate::domain::id::NodeId;
use crate::domain::node::NodeKind;
use crate::domain::short_id::{Code, LENGTH, SHORTEST, parse_prefix};

/// Ends the name of a file that is a page.
pub(super) const EXTENSION: &str = ".md";

/// Begins the name of a link to a node by its id.
pub(super) const BY_ID: &str = "t:";

/// The name of a target.
pub fn link_name(target: &str) -> String {
    let target = target.trim();
    if let Some(name) = id_name(target) {
        return name;
    }
    let target = without_extension(target);
    let mut levels: Vec<String> =
        target.split('/').map(title_key).filter(|level| !level.is_empty() && level != ".").collect();
    levels.reverse();
    levels.join("/")
}

/// The path to write in a link for a page: the extension of a title that has one is no longer taken for a file's.
pub fn linkable(path: String) -> String {
    if without_extension(&path) == path { path } else { path + EXTENSION }
}

fn without_extension(target: &str) -> &str {
    strip_extension(target).filter(|stem| !stem.is_empty()).unwrap_or(target)
}

/// A path without its `.md`; none if it has not that.
pub fn strip_extension(path: &str) -> Option<&str> {
    let (stem, end) = path.split_at_checked(path.len().checked_sub(EXTENSION.len())?)?;
    end.eq_ignore_ascii_case(EXTENSION).then_some(stem)
}

/// The name of a target that is an id: `t:` and an id or short id, or a whole id alone.
fn id_name(target: &str) -> Option<String> {
    let named = target.strip_prefix(BY_ID);
    if let Ok(id) = named.unwrap_or(target).trim().parse::<NodeId>() {
        return Some(format!("{BY_ID}{}", Code::of(id).prefix(LENGTH)));
    }
    let typed = named?.trim();
    let length = typed.len();
    let first = *parse_prefix(typed)?.start();
    (length >= SHORTEST).then(|| format!("{BY_ID}{}", first.prefix(length)))
}

/// Whether a link to this target names a node by its id.
pub(super) fn is_id(target: &str) -> bool {
    id_name(target).is_some()
}

/// The short id, or its prefix, of a name that is an id.
pub fn id_of_name(name: &str) -> Option<&str> {
    name.strip_prefix(BY_ID)
}

/// The names by which links reach a node whatever its title: its short id, as far as somebody wrote it.
pub fn id_names(node: NodeId) -> Vec<String> {
    let code = Code::of(node);
    (SHORTEST..=LENGTH).map(|length| format!("{BY_ID}{}", code.prefix(length))).collect()
}

/// The title key a name looks for: its last level.
pub fn name_title(name: &str) -> &str {
    name.split('/').next().unwrap_or(name)
}

/// The whole name in reading order, by which an alias with a `/` in it is found.
pub fn name_path(name: &str) -> String {
    let mut levels: Vec<&str> = name.split('/').collect();
    levels.reverse();
    levels.join("/")
}

/// The title keys of all pages a name may mean: its last level, and it whole as an alias.
pub fn name_keys(name: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let whole = name.contains('/').then(|| Cow::Owned(name_path(name)));
    std::iter::once(Cow::Borrowed(name_title(name))).chain(whole)
}

/// A page that bears a title or alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TitleHit {
    /// The page.
    pub id: NodeId,
    /// What it is.
    pub kind: NodeKind,
    /// The folded title or alias.
    pub title_key: String,
    /// Its folder, folded.
    pub folder_key: String,
    /// Whether it is an alias.
    pub is_alias: bool,
}

impl TitleHit {
    /// Whether it stands in exactly the folder and under the title that a path names.
    pub fn is_at(&self, path: &str) -> bool {
        let (folder, title) = split_path(path);
        !self.is_alias && self.title_key == title_key(title) && self.folder_key == folder_key(folder)
    }
}

/// What was typed to name a page, folded: a title or alias, or folder and title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedPath {
    whole: String,
    in_folder: Option<(String, String)>,
}

impl TypedPath {
    /// Folds what was typed.
    pub fn new(typed: &str) -> Self {
        let in_folder = typed.rsplit_once('/').map(|(folder, title)| (folder_key(folder), title_key(title)));
        Self { whole: title_key(typed), in_folder }
    }

    /// The title keys of all pages it may name.
    pub fn title_keys(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.whole.as_str()).chain(self.in_folder.as_ref().map(|(_, title)| title.as_str()))
    }

    /// Whether it names a page: by its title or alias alone, or by folder and title.
    pub fn names(&self, hit: &TitleHit) -> bool {
        hit.title_key == self.whole
            || self.in_folder.as_ref().is_some_and(|(folder, title)| {
                !hit.is_alias && hit.title_key == *title && hit.folder_key == *folder
            })
    }
}

/// A node that has links of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkSource {
    /// The node.
    pub node: NodeId,
    /// Whether its title has them, and not its text.
    pub in_title: bool,
    /// The name.
    pub name: String,
    /// The node's folder, folded.
    pub folder_key: String,
    /// Its title, folded; empty for a task.
    pub title_key: String,
}

/// What a name means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// This page.
    One(NodeId),
    /// Any of these.
    Several(Vec<NodeId>),
    /// Nothing yet.
    Nothing,
}

/// Finds what a name means in a page of the folder `from`, among pages that bear its title or it whole as an alias.
///
/// In this order: folder and title, a title nobody else has, a title in the folder of the link, the end of a path, an
/// alias. A date is its journal, wherever that stands.
pub fn meaning(name: &str, from: &str, bearers: &[TitleHit]) -> Meaning {
    let title = name_title(name);
    let folder = folder_named(name, from);
    let titled: Vec<&TitleHit> =
        bearers.iter().filter(|bearer| !bearer.is_alias && bearer.title_key == title).collect();
    let named = folder.as_deref().unwrap_or_default();
    if let Some(exact) = only(titled.iter().filter(|bearer| bearer.folder_key == named)) {
        return exact;
    }
    if folder.is_none() {
        if let Some(journal) = Journal::from_title(title)
            && titled.iter().any(|bearer| bearer.id == journal.id())
        {
            return Meaning::One(journal.id());
        }
        let here = || titled.iter().filter(|bearer| bearer.folder_key == from);
        if let Some(found) = if titled.len() == 1 { only(titled.iter()) } else { only(here()) } {
            return found;
        }
        if !titled.is_empty() {
            return several(titled.iter());
        }
    } else if !name.ends_with("..") {
        let below = |bearer: &&&TitleHit| {
            bearer.folder_key.strip_suffix(named).is_some_and(|before| before.ends_with('/'))
        };
        if let Some(found) = only(titled.iter().filter(below)) {
            return found;
        }
    }
    let whole = name_path(name);
    let aliased: Vec<&TitleHit> =
        bearers.iter().filter(|bearer| bearer.is_alias && bearer.title_key == whole).collect();
    let here = || aliased.iter().filter(|bearer| bearer.folder_key == from);
    only(aliased.iter())
        .map(|found| match found {
            Meaning::Several(_) => {
                only(here()).filter(|here| matches!(here, Meaning::One(_))).unwrap_or(found)
            }
            found => found,
        })
        .unwrap_or(Meaning::Nothing)
}

/// The folder a name gives, resolved where it goes up from `from`; none for a bare title.
fn folder_named(name: &str, from: &str) -> Option<String> {
    let (_, above) = name.split_once('/')?;
    let mut levels: Vec<&str> = above.split('/').collect();
    levels.reverse();
    if levels.first() != Some(&"..") {
        return Some(levels.join("/"));
    }
    let mut folder: Vec<&str> = from.split('/').filter(|level| !level.is_empty()).collect();
    for level in levels {
        if level == ".." {
            folder.pop();
        } else {
            folder.push(level);
        }
    }
    Some(folder.join("/"))
}

/// The page of these bearers, or the several they are; `None` for none.
fn only<'a, 'b: 'a>(bearers: impl Iterator<Item = &'a &'b TitleHit>) -> Option<Meaning> {
    match several(bearers) {
        Meaning::Nothing => None,
        found => Some(found),
    }
}

fn several<'a, 'b: 'a>(bearers: impl Iterator<Item = &'a &'b TitleHit>) -> Meaning {
    let mut ids: Vec<NodeId> = bearers.map(|bearer| bearer.id).collect();
    ids.sort_unstable();
    ids.dedup();
    match ids[..] {
        [] => Meaning::Nothing,
        [id] => Meaning::One(id),
        _ => Meaning::Several(ids),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> NodeId {
        NodeId::from_bytes([n; 16])
    }

    /// Pages by number: `1` Plan in Work, `2` Plan in Home, `3` Rome, `4` Plan at the top, `5` is also called "How to/Go".
    fn bearers() -> Vec<TitleHit> {
        let bearer = |n, title: &str, folder: &str, is_alias| TitleHit {
            id: id(n),
            kind: NodeKind::Page,
            title_key: title_key(title),
            folder_key: folder_key(folder),
            is_alias,
        };
        vec![
            bearer(1, "Plan", "Life/Work", false),
            bearer(2, "Plan", "Life/Home", false),
            bearer(3, "Rome", "Travel", false),
            bearer(5, "How to/Go", "", true),
            bearer(5, "Rome", "", true),
            bearer(6, "Twice", "a", true),
            bearer(7, "Twice", "b", true),
        ]
    }

    #[test]
    fn a_name_is_looked_for_by_its_title_and_whole() {
        let keys = |name| name_keys(name).map(Cow::into_owned).collect::<Vec<_>>();
        assert_eq!(keys("plan"), ["plan"]);
        assert_eq!(keys("plan/work"), ["plan", "work/plan"]);
        assert_eq!(
            keys("log/log"),
            ["log", "log/log"],
            "one that reads alike both ways has two all the same"
        );
    }

    #[test]
    fn names_are_folded_and_reversed() {
        for (target, name) in [
            ("Embed Files", "embed files"),
            (" How to / Embed  files ", "embed files/how to"),
            ("/a//b", "b/a"),
            ("./A", "a"),
            ("../B/A.md", "a/b/.."),
            (".md", ".md"),
            ("STRASSE", "strasse"),
            ("t:7K3", "t:7k3"),
            ("t:7ko", "t:7k0"),
            ("t:x", "t:x"),
            ("T: what", "t: what"),
            ("", ""),
        ] {
            assert_eq!(link_name(target), name, "{target}");
        }
        let whole = format!("t:{}", Code::of(id(1)).prefix(LENGTH));
        assert_eq!(link_name(&id(1).to_string()), whole);
        assert_eq!(link_name(&format!("t:{}", id(1))), whole);
        assert!(id_names(id(1)).contains(&whole));
        assert_eq!(name_path("embed files/how to"), "how to/embed files");
    }

    #[test]
    fn a_link_means_what_stands_first_in_the_order() {
        for (target, from, expected) in [
            ("Rome", "anywhere", Meaning::One(id(3))),
            ("rome.md", "", Meaning::One(id(3))),
            ("Travel/Rome", "", Meaning::One(id(3))),
            ("Plan", "life/work", Meaning::One(id(1))),
            ("Plan", "life", Meaning::Several(vec![id(1), id(2)])),
            ("Home/Plan", "", Meaning::One(id(2))),
            ("Life/Home/Plan", "", Meaning::One(id(2))),
            ("ome/Plan", "", Meaning::Nothing),
            ("../Home/Plan", "life/work", Meaning::One(id(2))),
            ("../Home/Plan", "elsewhere", Meaning::Nothing),
            ("How to/Go", "", Meaning::One(id(5))),
            ("Go", "", Meaning::Nothing),
            ("Twice", "", Meaning::Several(vec![id(6), id(7)])),
            ("Twice", "b", Meaning::One(id(7))),
            ("Pla", "", Meaning::Nothing),
        ] {
            assert_eq!(meaning(&link_name(target), from, &bearers()), expected, "{target} in {from}");
        }
        let top = TitleHit {
            id: id(4),
            kind: NodeKind::Page,
            title_key: "plan".into(),
            folder_key: String::new(),
            is_alias: false,
        };
        let with_top: Vec<_> = bearers().into_iter().chain([top]).collect();
        assert_eq!(meaning("plan", "life/work", &with_top), Meaning::One(id(4)), "its path is just that");
    }

    #[test]
    fn a_date_is_its_journal_wherever_it_stands() {
        let journal = Journal::from_title("2026-11-23").map(|journal| journal.id()).unwrap();
        let bearer = |id, folder: &str| TitleHit {
            id,
            kind: NodeKind::Page,
            title_key: "2026-11-23".into(),
            folder_key: folder.into(),
            is_alias: false,
        };
        let bearers = [bearer(id(1), "x"), bearer(journal, "daily")];
        assert_eq!(meaning("2026-11-23", "x", &bearers), Meaning::One(journal));
    }
}
