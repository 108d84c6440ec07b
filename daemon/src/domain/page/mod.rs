//! Pages: titles, journals, texts, and what is said in them.

mod attachment;
mod boxes;
mod facts;
mod journal;
pub mod markdown;
mod naming;
mod place;
mod revision;
mod template;
mod title;
mod typed_link;

pub use attachment::{Attachment, BadFileName, BlobHash, check_file_name, embed, file_key, numbered};
pub use boxes::{
    ListBox, TASK_ANCHOR, is_task_anchor, marker_length, status_of, task_anchor, task_anchors, task_statuses,
    ticked, token_of, unticked, with_tokens,
};
pub use facts::{Fact, FactChanges, FactDelta, FactKind, text_facts, title_facts};
pub use journal::{Journal, journal_genesis};
pub use naming::{
    LinkSource, Meaning, TitleHit, TypedPath, id_names, id_of_name, link_name, linkable, meaning, name_keys,
    name_path, name_title, strip_extension,
};
pub use place::{MissingPlace, anchor_has, heading_has, heading_in_link, last_heading};
pub use revision::{BadRevision, RevisionRef, RevisionToken};
pub use template::{FOLDER as TEMPLATES, TemplateTime, render_template};
pub use title::{
    BadTitle, MAX_TITLE, check_folder, check_title, folder_key, is_home, join_path, page_key, split_path,
    title_key,
};
pub use typed_link::{TypedLink, WantedPages, shortest_target, shown_in_link, task_target};
