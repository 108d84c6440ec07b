//! What of a node is indexed.

use super::facet::facets;
use super::words::{cjk_shadow, spelled_plainly};
use crate::domain::id::NodeId;
use crate::domain::node::{Node, NodeKind};
use crate::domain::page::{FactKind, text_facts};

/// A node as the index has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchDocument {
    /// The node.
    pub node: NodeId,
    /// Its title, with its CJK runs once more.
    pub title: String,
    /// Its aliases.
    pub aliases: String,
    /// Its text.
    pub body: String,
    /// CJK runs of title, aliases and text.
    pub cjk: String,
    /// What it is found by without words.
    pub facet: String,
}

impl SearchDocument {
    /// Makes the document of a node with its text; none for one in the trash.
    pub fn of(node: &Node, text: String) -> Option<Self> {
        if !node.exists() || node.is_trashed() || node.kind() == NodeKind::Settings {
            return None;
        }
        let said = text_facts(&text);
        let of_kind =
            |wanted| said.iter().filter(move |(kind, _)| *kind == wanted).map(|(_, name)| name.as_str());
        let aliases: Vec<&str> = node.aliases().chain(of_kind(FactKind::Alias)).collect();
        let aliases = aliases.join("\n");
        let plain = |text: &str| spelled_plainly(text).into_owned();
        let cjk = [node.title(), &aliases, &text].map(cjk_shadow).join(" ");
        let shadow = cjk_shadow(&format!("{} {aliases}", node.title()));
        Some(Self {
            node: node.id,
            title: if shadow.is_empty() {
                plain(node.title())
            } else {
                format!("{} {shadow}", plain(node.title()))
            },
            facet: facets(node, node.tags().chain(of_kind(FactKind::Tag))),
            aliases: plain(&aliases),
            cjk: cjk.trim().to_owned(),
            body: plain(&text),
        })
    }
}
