//! Requests of an editor about the text that is being written, and about the files that belong to it.

/// The table of methods given, with those about a text that is being written behind them.
macro_rules! with_writing {
    ([$($others:tt)*]) => {
        methods! {
            $($others)*

            /// What can stand in a link that is being typed: pages by title, alias or path, headings and anchors of a page,
            /// tasks.
            "link.complete" Read LinkComplete -> LinkCandidates {
                /// What stands between `[[` and the cursor: `Pla`, `Work/Pla`, `Plan#Go`, `Plan#^ab`, `#Go`, `t:7k`.
                #[serde(default)] typed: String,
                /// Id of the page it is typed in, which may not be in the store yet.
                #[serde(default, skip_serializing_if = "Option::is_none")] from: Option<String>,
                /// The text of that page as it stands in the editor, for its own headings and anchors.
                #[serde(default, skip_serializing_if = "Option::is_none")] text: Option<String>,
                /// At most so many; 50 if absent, 1,000 at most.
                #[serde(default, skip_serializing_if = "Option::is_none")] limit: Option<u32>,
            }

            /// What links mean, and where in their pages they lead.
            "link.resolve" Read LinkResolve -> LinksResolved {
                /// The links as they are written, or what stands between their brackets; at most 500.
                links: Vec<String>,
                /// Id of the page they stand in, which may not be in the store yet.
                #[serde(default, skip_serializing_if = "Option::is_none")] from: Option<String>,
                /// The text of that page as it stands in the editor, for links to places of its own.
                #[serde(default, skip_serializing_if = "Option::is_none")] text: Option<String>,
                /// So many lines of what each leads to come along; at most 100.
                #[serde(default, skip_serializing_if = "Option::is_none")] excerpt: Option<u32>,
            }

            /// The headings of a page or task with the lines below each, its anchors and its tags.
            "page.outline" Read PageOutline -> PageOutline {
                /// The page or task; with `text` it may be an id that is not in the store yet.
                reference: String,
                /// The text as it stands in the editor; the saved one if absent.
                #[serde(default, skip_serializing_if = "Option::is_none")] text: Option<String>,
            }

            /// Opens a place to send a file to that is to be attached to a page or task.
            "attachment.begin" Bulk AttachmentBegin -> AttachmentReady {
                /// The page or task; with `key` the id of one that is not in the store yet.
                reference: String,
                /// Key of a journal or of home, which is made then.
                #[serde(default, skip_serializing_if = "Option::is_none")] key: Option<String>,
                /// The name the file is to have there, without folders.
                name: String,
                /// How many bytes will come.
                bytes: u64,
            }

            /// Sends a piece of it.
            "attachment.write" Bulk AttachmentWrite -> Done {
                /// The place's handle.
                id: String,
                /// Where the piece begins; pieces come in order.
                offset: u64,
                /// The bytes, at most 1 MiB.
                #[serde(with = "serde_bytes")] #[cfg_attr(feature = "schema", schemars(with = "Vec<u8>"))] bytes: Vec<u8>,
            }

            /// Attaches what was sent; an undo step. Another file of the same name leaves it a number behind its name.
            "attachment.commit" Mutation AttachmentCommit -> Attached {
                /// The place's handle.
                id: String,
                /// Whether to show the file at the end of the page's text; otherwise `link` of the reply is for the editor.
                #[serde(default, skip_serializing_if = "std::ops::Not::not")] insert: bool,
            }

            /// The files of a page or task, by name.
            "attachment.list" Read AttachmentList -> AttachmentList {
                /// The page or task.
                reference: String,
            }

            /// Reads a piece of a file, at most 1 MiB; the piece behind its end is empty.
            "attachment.read" Read AttachmentRead -> AttachmentPart {
                /// The page or task.
                reference: String,
                /// The file's name.
                name: String,
                /// Where the piece begins, in bytes.
                #[serde(default)] offset: u64,
            }

            /// Takes a file away from a page or task; an undo step.
            "attachment.delete" Mutation AttachmentDelete -> NodesChanged {
                /// The page or task.
                reference: String,
                /// The file's name.
                name: String,
            }
        }
    };
}

pub(super) use with_writing;
