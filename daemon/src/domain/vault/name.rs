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

/// Which folder and title a page has once its file was moved. What did not change of the path does not change of the page:
/// not every title is a file name.
///
/// # Errors
/// [`BadPath`]
pub fn moved_place(page: &Page, from: &str, to: &str) -> Result<Place, BadPath> {
    let split = |path: &str| match path.rsplit_once('/') {
        Some((folder, name)) => (folder.to_owned(), name.to_owned()),
        None => (String::new(), path.to_owned()),
    };
    let ((old_folder, old_name), (new_folder, new_name)) = (split(from), split(to));
    let path = match (old_folder == new_folder, old_name == new_name) {
        (true, true) => return Ok(Place { folder: page.folder.clone(), title: page.title.clone() }),
        (true, false) => Place { folder: page.folder.clone(), title: page_of(&new_name)?.title },
        (false, true) => Place { folder: folder_named(page, &new_folder)?, title: page.title.clone() },
        (false, false) => {
            Place { folder: folder_named(page, &new_folder)?, title: page_of(&new_name)?.title }
        }
    };
    Ok(path)
}

fn folder_named(page: &Page, folder: &str) -> Result<String, BadPath> {
    if folder.is_empty() || (page.is_journal && folder == JOURNALS) {
        return Ok(String::new());
    }
    page_of(&format!("{folder}/x{END}")).map(|place| place.folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(folder: &str, title: &str) -> Page {
        Page {
            folder: folder.to_owned(),
            title: title.to_owned(),
            is_journal: crate::domain::page::Journal::from_title(title).is_some(),
            short: "7k3".to_owned(),
            text: [0; 16],
        }
    }

    #[test]
    fn names_stay_in_the_folder_and_are_none_that_are_passed_over() {
        for (folder, title, path) in [
            ("Work/Big Co", "Plan", "Work/Big Co/Plan.md"),
            ("", "a/b", "a∕b.md"),
            ("../..", "x", "․․_/․․_/x.md"),
            ("", "..", "․․_.md"),
            ("", ".git", "․git.md"),
            ("~x", "~y", "_~x/_~y.md"),
            ("", "Cafe\u{301}", "Café.md"),
            ("", "2026-11-23", "Journal/2026-11-23.md"),
            ("Daily", "2026-11-23", "Daily/2026-11-23.md"),
        ] {
            assert_eq!(plain_path(&page(folder, title)), path);
            assert!(path.split('/').all(|level| !level.starts_with('.')));
        }
        let long = plain_path(&page("", &"é".repeat(200)));
        assert!(long.len() <= MAX_NAME && long.ends_with("é.md"), "{long}");
        let long = path_with(&page("", &"é".repeat(200)), "7k3");
        assert!(long.len() <= MAX_NAME && long.ends_with("é (7k3).md"), "{long}");
    }

    #[test]
    fn a_path_is_a_page_or_says_why_not() {
        let place =
            |folder: &str, title: &str| Ok(Place { folder: folder.to_owned(), title: title.to_owned() });
        assert_eq!(page_of("Work/Plan.md"), place("Work", "Plan"));
        assert_eq!(page_of("Plan.MD"), place("", "Plan"));
        assert_eq!(page_of("Journal/2026-11-23.md"), place("", "2026-11-23"));
        assert_eq!(page_of("Journal/Notes.md"), place("Journal", "Notes"));
        assert_eq!(page_of(" x.md"), Err(BadPath::Blank));
        assert!(matches!(page_of("C#.md"), Err(BadPath::Name(_))));
        assert!(matches!(page_of("a|b/x.md"), Err(BadPath::Name(_))));
    }

    #[test]
    fn temporary_files_of_editors_are_none_of_ours() {
        for name in ["x.md", "X.MD", "a b.md", "4913.md"] {
            assert!(is_ours(name), "{name}");
        }
        for name in [
            ".x.md.swp",
            "x.md~",
            "4913",
            ".#x.md",
            "#x.md#",
            "~$x.md",
            ".md",
            "x.txt",
            ".heph-vault",
            "x.md.part",
        ] {
            assert!(!is_ours(name), "{name}");
        }
    }

    #[test]
    fn what_did_not_change_of_a_path_does_not_change_of_its_page() {
        let odd = page("C#", "a|b");
        let moved = |from, to| moved_place(&odd, from, to).map(|place| (place.folder, place.title));
        assert_eq!(moved("C#/a|b.md", "New/a|b.md"), Ok(("New".to_owned(), "a|b".to_owned())));
        assert_eq!(moved("C#/a|b.md", "C#/c.md"), Ok(("C#".to_owned(), "c".to_owned())));
        assert_eq!(moved("C#/a|b.md", "a|b.md"), Ok((String::new(), "a|b".to_owned())));
        assert!(moved("C#/a|b.md", "C#/d#.md").is_err());
    }
}
