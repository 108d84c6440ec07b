//! What an editor is told of a text that is being written.

use serde::{Deserialize, Serialize};

use super::{LinkState, NodeRef};

/// What a candidate of a link is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CandidateKind {
    /// A page of any kind, by its title.
    #[default]
    Page,
    /// A page, by another title it answers to.
    Alias,
    /// A heading of a page.
    Heading,
    /// A block anchor of a page.
    Anchor,
    /// A task.
    Task,
    /// The journal of a date word.
    Date,
}

/// Something that can stand in a link.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct LinkCandidate {
    /// What takes the place of all that is typed between the brackets.
    pub insert: String,
    /// What to show: a title, an alias, a heading, the line of an anchor.
    pub label: String,
    /// What else tells it apart, in a few words.
    pub detail: String,
    /// What it is.
    pub kind: CandidateKind,
    /// Where it leads; absent for what is not in the store yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeRef>,
    /// The line of a heading or anchor, from 1; 0 for others.
    pub line: u32,
}

/// What a link names that its page has not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MissingPlace {
    /// A heading.
    #[default]
    Heading,
    /// A block anchor.
    Anchor,
}

/// What a link means.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ResolvedLink {
    /// What it names; empty for the page itself.
    pub target: String,
    /// The heading, or `^anchor`, behind the `#`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fragment: Option<String>,
    /// What it means now.
    pub state: LinkState,
    /// The node it leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<NodeRef>,
    /// The nodes an ambiguous one may lead to; at most 20.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<NodeRef>,
    /// What `page.open` takes to open it: an id, or a date whose journal nobody wrote yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opens: Option<String>,
    /// The line of the heading or anchor it names, from 1; 0 for none.
    pub line: u32,
    /// What it names that is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<MissingPlace>,
    /// Whether it shows a file of the page it stands in; no page answers to it then.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub attachment: bool,
    /// The first lines of what it leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<String>,
}

/// A heading.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// Its text without markup.
    pub text: String,
    /// Its line, from 1.
    pub line: u32,
    /// The last line before the next heading of its level or above.
    pub end_line: u32,
}

/// A block anchor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct NamedAnchor {
    /// Its name without the `^`.
    pub name: String,
    /// The line it stands in, from 1.
    pub line: u32,
}

/// A file that belongs to a page or task.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Attachment {
    /// Its name, unique in its page.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// The BLAKE3 hash of its bytes, as hex.
    pub hash: String,
    /// When it was attached.
    pub added: String,
}
