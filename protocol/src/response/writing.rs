//! Replies about a text that is being written.

use serde::{Deserialize, Serialize};

use crate::types::{Attachment, Heading, LinkCandidate, NamedAnchor, NodeRef, Page, ResolvedLink};

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

    /// A place for a file to attach.
    AttachmentReady {
        /// Its handle.
        id: String,
        /// The most bytes of a piece.
        part: u32,
    }

    /// A file that was attached.
    Attached {
        /// The file.
        attachment: Attachment,
        /// What shows it in the page's text.
        link: String,
        /// The page; absent for a task.
        #[serde(skip_serializing_if = "Option::is_none")]
        page: Option<Page>,
        /// Revision token of the text that now stands.
        rev: String,
        /// The group that `undo` takes; absent when nothing changed.
        #[serde(skip_serializing_if = "Option::is_none")]
        group: Option<String>,
    }

    /// The files of a page or task.
    AttachmentList {
        /// The page or task.
        node: NodeRef,
        /// Its files, by name.
        attachments: Vec<Attachment>,
    }

    /// A piece of a file.
    AttachmentPart {
        /// The bytes; empty at the end.
        #[serde(with = "serde_bytes")] #[cfg_attr(feature = "schema", schemars(with = "Vec<u8>"))]
        bytes: Vec<u8>,
        /// The size of the whole file.
        total: u64,
    }
}
