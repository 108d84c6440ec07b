//! Replies about a text that is being written.

use serde::{Deserialize, Serialize};

use crate::types::{Heading, LinkCandidate, NamedAnchor, NodeRef, ResolvedLink};

replies! {
    /// What can stand in a link, best first.
    LinkCandidates {
        /// The candidates.
        candidates: Vec<LinkCandidate>,
        /// Whether there are more of them.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        more: bool,
    }

    /// What links mean, in the order they were asked for.
    LinksResolved {
        /// The links.
        links: Vec<ResolvedLink>,
    }

    /// What a text is made of.
    PageOutline {
        /// The page or task.
        node: NodeRef,
        /// Its headings, in order.
        headings: Vec<Heading>,
        /// Its anchors, in order.
        anchors: Vec<NamedAnchor>,
        /// Its tags, sorted.
        tags: Vec<String>,
    }
}
