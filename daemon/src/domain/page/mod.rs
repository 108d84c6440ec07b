//! Pages: titles, journals, texts.

mod journal;
mod revision;
mod title;

pub use journal::{Journal, journal_genesis};
pub use revision::{BadRevision, RevisionToken};
pub use title::{
    BadTitle, MAX_TITLE, check_folder, check_title, folder_key, page_key, split_path, title_key,
};
