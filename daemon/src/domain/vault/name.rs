//! How the file of a page is called, and which page a file is.
//!
//! The same names as `heph export markdown` gives, so that a folder that was exported can be adopted.

use unicode_normalization::UnicodeNormalization as _;
use unicode_segmentation::UnicodeSegmentation as _;

use super::Page;
use crate::domain::page::{check_folder, check_title, strip_extension};

/// Bytes a file name can have on the file systems in use.
pub(super) const MAX_NAME: usize = 255;

/// Where journals stand that are in no folder.
pub(super) const JOURNALS: &str = "Journal";

/// Ends the name of a page's file.
pub(super) const END: &str = ".md";

/// A file cannot be a page, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPath {
    /// Its name is none a page can have.
    #[error("{0}; give it another name")]
    Name(String),
    /// It begins or ends with a blank, which a title cannot keep.
    #[error("its name or folder begins or ends with a blank; give it another name")]
    Blank,
}

/// Folder and title of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The folder, empty at the top.
    pub folder: String,
    /// The title.
    pub title: String,
}

/// Whether a file of this name is one the mirror looks at: Markdown, and nobody's swap, backup or temporary file.
pub fn is_ours(name: &str) -> bool {
    let is_temporary = name.starts_with(['.', '~', '#']);
    !is_temporary && strip_extension(name).is_some_and(|stem| !stem.is_empty())
}

/// What tells paths apart on a file system that knows neither case nor normal forms.
pub fn place_key(path: &str) -> String {
    path.nfc().collect::<String>().to_lowercase()
}

/// Where the file of a page goes if nothing else is called so.
pub fn plain_path(page: &Page) -> String {
    let title = file_name(&page.title, MAX_NAME - END.len());
    join(&folder_of(page), &format!("{title}{END}"))
}

/// The same with something behind the title that tells it from its namesakes.
pub(super) fn path_with(page: &Page, id: &str) -> String {
    let end = format!(" ({id}){END}");
    join(&folder_of(page), &format!("{}{end}", file_name(&page.title, MAX_NAME - end.len())))
}

fn folder_of(page: &Page) -> String {
    if page.folder.is_empty() {
        return if page.is_journal { JOURNALS.to_owned() } else { String::new() };
    }
    page.folder.split('/').map(|level| file_name(level, MAX_NAME)).collect::<Vec<_>>().join("/")
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// A title or level of a folder as a file name: it cannot lead elsewhere, and is none of those that are passed over.
fn file_name(title: &str, most: usize) -> String {
    let name: String = title.replace('/', "∕").replace('\0', "").nfc().collect();
    let name = match name.as_str() {
        "" | "." | ".." => name.replace('.', "․") + "_",
        _ if name.starts_with('.') => name.replacen('.', "․", 1),
        _ if name.starts_with(['~', '#']) => format!("_{name}"),
        _ => name,
    };
    cut(&name, most).to_owned()
}

/// The beginning of a text, cut between graphemes.
fn cut(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    let ends = text.grapheme_indices(true).map(|(at, piece)| at + piece.len());
    &text[..ends.take_while(|end| *end <= bytes).last().unwrap_or(0)]
}

/// The page a file is by its path.
///
/// # Errors
/// [`BadPath`]
pub fn page_of(path: &str) -> Result<Place, BadPath> {
    let stem = strip_extension(path).unwrap_or(path);
    let (raw_folder, raw_title) = stem.rsplit_once('/').unwrap_or(("", stem));
    let title = check_title(raw_title, true).map_err(|error| BadPath::Name(error.to_string()))?;
    let folder = check_folder(raw_folder).map_err(|error| BadPath::Name(format!("its folder: {error}")))?;
    if title != raw_title || folder != raw_folder {
        return Err(BadPath::Blank);
    }
    let is_of_journals = folder == JOURNALS && crate::domain::page::Journal::from_title(&title).is_some();
    Ok(Place { folder: if is_of_journals { String::new() } else { folder }, title })
}
