//! What a node says of others and of itself: the rows by which links, tags and aliases in texts are found.

use std::collections::BTreeSet;

use super::markdown::{Document, parse};
use super::{link_name, title_key};
use crate::domain::id::NodeId;

/// A kind of fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FactKind {
    /// The text has a link of this name.
    Link,
    /// The title of a task has a link of this name.
    TitleLink,
    /// The text has this tag, folded.
    Tag,
    /// The frontmatter gives the page this title, folded.
    Alias,
}

impl FactKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Link, Self::TitleLink, Self::Tag, Self::Alias];

    /// Its number, for storage.
    pub const fn number(self) -> i64 {
        match self {
            Self::Link => 0,
            Self::TitleLink => 1,
            Self::Tag => 2,
            Self::Alias => 3,
        }
    }

    /// The kind of a stored number.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }
}

/// A fact: its kind, and the name, tag or title it is about.
pub type Fact = (FactKind, String);

/// How the facts of one text or title change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FactDelta {
    /// Facts that no longer hold.
    pub gone: Vec<Fact>,
    /// Facts that hold now.
    pub come: Vec<Fact>,
}

impl FactDelta {
    /// What became other facts.
    pub fn between(before: &BTreeSet<Fact>, after: &BTreeSet<Fact>) -> Self {
        Self {
            gone: before.difference(after).cloned().collect(),
            come: after.difference(before).cloned().collect(),
        }
    }

    /// Of a text whose links got other names and that says nothing else anew: the names before and after.
    pub fn of_links(before: Vec<String>, after: Vec<String>) -> Self {
        let facts = |names: Vec<String>| {
            names.into_iter().filter(|name| !name.is_empty()).map(|name| (FactKind::Link, name)).collect()
        };
        Self::between(&facts(before), &facts(after))
    }
}

/// How the facts of nodes change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FactChanges {
    /// Facts that no longer hold.
    pub gone: Vec<(NodeId, Fact)>,
    /// Facts that hold now.
    pub come: Vec<(NodeId, Fact)>,
}

impl FactChanges {
    /// Adds what became other facts of a node.
    pub fn add(&mut self, node: NodeId, delta: FactDelta) {
        self.gone.extend(delta.gone.into_iter().map(|fact| (node, fact)));
        self.come.extend(delta.come.into_iter().map(|fact| (node, fact)));
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.gone.is_empty() && self.come.is_empty()
    }
}

/// The facts of a text.
pub fn text_facts(text: &str) -> BTreeSet<Fact> {
    if !text.contains(['[', '#']) && !text.starts_with("---") {
        return BTreeSet::new();
    }
    let Document { links, tags, aliases, .. } = parse(text);
    let links = links.iter().map(|link| link_name(&link.target)).filter(|name| !name.is_empty());
    let aliases = aliases.iter().map(|alias| title_key(alias)).filter(|alias| !alias.is_empty());
    links
        .map(|name| (FactKind::Link, name))
        .chain(tags.into_iter().map(|tag| (FactKind::Tag, tag)))
        .chain(aliases.map(|alias| (FactKind::Alias, alias)))
        .collect()
}

/// The facts of a task's title.
pub fn title_facts(title: &str) -> BTreeSet<Fact> {
    if !title.contains("[[") {
        return BTreeSet::new();
    }
    let names = parse(title).links.into_iter().map(|link| link_name(&link.target));
    names.filter(|name| !name.is_empty()).map(|name| (FactKind::TitleLink, name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_folded_and_each_stands_once() {
        let text =
            "---\naliases: [Doggo, doggo]\ntags: pet\n---\n[[A/B]] [[a/b#c]] #Pet #x [t](b.md) [[#self]]";
        let facts: Vec<_> = text_facts(text).into_iter().collect();
        let fact = |kind, name: &str| (kind, name.to_owned());
        assert_eq!(
            facts,
            [
                fact(FactKind::Link, "b"),
                fact(FactKind::Link, "b/a"),
                fact(FactKind::Tag, "pet"),
                fact(FactKind::Tag, "x"),
                fact(FactKind::Alias, "doggo"),
            ]
        );
        assert_eq!(
            title_facts("Ask [[Bob]] #x").into_iter().collect::<Vec<_>>(),
            [fact(FactKind::TitleLink, "bob")]
        );
        assert!(text_facts("plain text, no more").is_empty() && title_facts("Ask Bob").is_empty());
        for kind in FactKind::ALL {
            assert_eq!(FactKind::from_number(kind.number()), Some(kind));
        }
    }
}
