//! Facets: what a search is narrowed by, as words of the index that no text has.

use crate::domain::node::{Node, NodeKind};
use crate::domain::page::{Journal, folder_key, title_key};

/// Stands in every document: what a query of exclusions is taken from.
pub(super) const ALL: &str = "all";

/// Hexadecimal digits of a hashed facet.
const DIGITS: usize = 16;

/// The facet of a kind; areas are found as projects are.
pub(super) fn kind(kind: NodeKind) -> String {
    let kind = if kind == NodeKind::Area { NodeKind::Project } else { kind };
    format!("k{}", kind.word())
}

/// The facet of a tag, folded.
pub(super) fn tag(tag: &str) -> String {
    hashed('t', tag)
}

/// The facet of a folder, or of a page by its path; folded.
pub(super) fn path(path: &str) -> String {
    hashed('f', &folder_key(path))
}

/// The facet of a day, month, year or week, or its beginning; none for what is not one.
pub(super) fn date(prefix: &str) -> Option<String> {
    let is_date = prefix.bytes().next()?.is_ascii_digit()
        && prefix.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'W' | b'w'));
    let plain = prefix.replace('-', "").to_ascii_lowercase();
    (is_date && matches!(plain.len(), 4 | 6 | 7 | 8)).then(|| format!("d{plain}"))
}

fn hashed(sign: char, text: &str) -> String {
    let hash = blake3::hash(text.as_bytes()).to_hex();
    format!("{sign}{}", &hash.as_str()[..DIGITS])
}

/// All facets of a node.
pub(super) fn facets<'a>(node: &Node, tags: impl Iterator<Item = &'a str>) -> String {
    let mut facets = vec![ALL.to_owned(), kind(node.kind())];
    for level in ancestors(node.folder()) {
        facets.push(path(level));
    }
    if node.kind() != NodeKind::Task {
        facets.push(path(&node.path()));
    }
    for of_node in tags {
        facets.extend(ancestors(&title_key(of_node)).map(tag));
    }
    if let (NodeKind::Journal, Some(journal)) = (node.kind(), Journal::from_title(node.title())) {
        let title = journal.title();
        let prefixes = [4, 7, 10, 8].into_iter().filter_map(|length| title.get(..length));
        facets.extend(prefixes.filter_map(date));
    }
    facets.sort_unstable();
    facets.dedup();
    facets.join(" ")
}

/// A path and all that it lies in: `a/b/c`, `a/b`, `a`.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    let whole = Some(path.trim_matches('/')).filter(|path| !path.is_empty());
    std::iter::successors(whole, |path| path.rsplit_once('/').map(|(above, _)| above))
}
