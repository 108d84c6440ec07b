//! Links, what is doubtful in them, and the revisions of the texts they stand in.

use serde::{Deserialize, Serialize};

use super::NodeRef;

/// How a link is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// `[[target]]`
    #[default]
    Wiki,
    /// `![[target]]`
    Embed,
    /// A Markdown link to a file, `target.md`.
    Markdown,
    /// A Markdown link to `heph:target`.
    Heph,
}

/// What a link means now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// One node.
    #[default]
    Resolved,
    /// One of several nodes.
    Ambiguous,
    /// Nothing; it will mean the page of that title once there is one.
    Unresolved,
}

/// A link of a text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Link {
    /// First byte of the whole link in the text.
    pub start: u32,
    /// One past its last byte.
    pub end: u32,
    /// The line it stands in, from 1; 0 for a link in a task's title, whose bytes are those of the title.
    pub line: u32,
    /// How it is written.
    pub kind: LinkKind,
    /// What it names: a title, folder and title, an id; empty for the page itself.
    pub target: String,
    /// The heading, or `^anchor`, behind the `#`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fragment: Option<String>,
    /// The text shown in its place, if it is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What it means now.
    pub state: LinkState,
    /// The node it leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<NodeRef>,
    /// The line there of the heading or anchor it names, from 1; 0 for none. Only `page.links` tells.
    pub to_line: u32,
    /// The nodes an ambiguous one may lead to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<NodeRef>,
    /// Whether it shows a file of the page it stands in; no page answers to it then.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub attachment: bool,
}

/// A link that leads to a node, seen from there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Backlink {
    /// What has the link.
    pub from: NodeRef,
    /// The line it stands in, from 1; 0 for a task's title.
    pub line: u32,
    /// That line, cut where it is long.
    pub context: String,
    /// First byte of the whole link in that line.
    pub column: u32,
    /// Its bytes.
    pub length: u32,
    /// How it is written.
    pub kind: LinkKind,
    /// The heading, or `^anchor`, behind the `#`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fragment: Option<String>,
}

/// A target no page answers to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct UnresolvedTarget {
    /// The target as it is written where it was found first.
    pub target: String,
    /// How many nodes name it.
    pub count: u64,
    /// Some of them, at most 5.
    pub from: Vec<NodeRef>,
}

/// A page or task in which links were rewritten.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct RewrittenPage {
    /// The page or task.
    pub node: NodeRef,
    /// How many of its links.
    pub links: u32,
}

/// A revision of a text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct TextRevision {
    /// Its token.
    pub rev: String,
    /// When it was made, by the clock of the device that made it.
    pub at: String,
    /// What made it, in words.
    pub label: String,
    /// Lines that came.
    pub added: u32,
    /// Lines that went.
    pub removed: u32,
    /// Whether a rule made it (a rewritten link, a ticked box) and nobody typed it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub derived: bool,
}

/// Something doubtful in a page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Finding {
    /// The page or task.
    pub node: NodeRef,
    /// The line, from 1; 0 for the page as a whole.
    pub line: u32,
    /// A word for its kind (`ambiguous-link`, `unresolved-link`, `missing-heading`, …).
    pub code: String,
    /// What is doubtful.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// First byte of the text that it is about.
    pub start: u32,
    /// One past its last byte; 0 for a finding about the page as a whole.
    pub end: u32,
    /// What the link that it is about names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}
