//! Requests of an editor about the text that is being written.

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
        }
    };
}

pub(super) use with_writing;
