//! Titles and the keys they are found by.

use unicode_normalization::UnicodeNormalization as _;

use super::naming::is_id;

/// The longest title, in Unicode scalars.
pub const MAX_TITLE: usize = 4096;

/// A text cannot be a title.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTitle {
    /// Nothing but blanks.
    #[error("a title cannot be empty")]
    Empty,
    /// Over 4,096 characters.
    #[error("a title can have {MAX_TITLE} characters at most; put the rest into the body")]
    TooLong,
    /// A newline or another control character.
    #[error("a title cannot contain a line break or a control character")]
    Control,
    /// A page's title has what links are made of.
    #[error("a page title cannot contain {0:?}, which links use")]
    LinkSyntax(&'static str),
    /// A page's title begins or ends so that a link to it would end elsewhere.
    #[error("a page title cannot begin with `[` or end with `]` or `\\`, where links would break")]
    LinkEdge,
    /// A page's title is what links read as something else: an id, this folder, the folder above.
    #[error("{0:?} cannot be a page title: in a link it means something else")]
    Reserved(String),
}

/// What a page title may not contain.
const LINK_SYNTAX: [&str; 6] = ["[[", "]]", "|", "#", "^", "/"];

/// Folds a title to its key: NFC, full case folding, trimmed, runs of white space one space. Accents are kept.
///
/// Two titles with one key are the same title. Frozen by golden vectors: ids are derived from it.
pub fn title_key(title: &str) -> String {
    if title.is_ascii() {
        // The same, without the tables: every title of an import goes through here.
        let words: Vec<&str> = title.split_whitespace().collect();
        return words.join(" ").to_ascii_lowercase();
    }
    let folded = caseless::default_case_fold_str(&title.nfc().collect::<String>());
    let composed: String = folded.nfc().collect();
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Folds a folder to the key folders are compared by: each level as a title is, levels without a name left out.
pub fn folder_key(folder: &str) -> String {
    folder.split('/').map(title_key).filter(|level| !level.is_empty()).collect::<Vec<_>>().join("/")
}

/// The key from which the id of a page made by its title is derived.
pub fn page_key(folder: &str, title: &str) -> String {
    format!("page:{}/{}", folder_key(folder), title_key(title))
}

/// Whether a page of that folder and title is the one everything begins at.
pub fn is_home(folder: &str, title: &str) -> bool {
    page_key(folder, title) == "page:/home"
}

/// Splits what a person types for a page into folder and title at the last `/`.
pub fn split_path(path: &str) -> (&str, &str) {
    match path.rsplit_once('/') {
        Some((folder, title)) if !title.trim().is_empty() => (folder.trim_matches('/'), title),
        _ => ("", path),
    }
}

/// The path of a title in a folder, as [`split_path`] takes it apart.
pub fn join_path(folder: &str, title: &str) -> String {
    if folder.is_empty() { title.to_owned() } else { format!("{folder}/{title}") }
}

/// Normalises a title as typed to NFC and checks it; `is_page` also refuses what links are made of.
///
/// # Errors
/// [`BadTitle`]
pub fn check_title(title: &str, is_page: bool) -> Result<String, BadTitle> {
    let title = title.trim();
    let title: String = if title.is_ascii() { title.to_owned() } else { title.nfc().collect() };
    if title.is_empty() {
        return Err(BadTitle::Empty);
    }
    if title.chars().count() > MAX_TITLE {
        return Err(BadTitle::TooLong);
    }
    if title.chars().any(char::is_control) {
        return Err(BadTitle::Control);
    }
    if is_page && (title.starts_with('[') || title.ends_with([']', '\\'])) {
        return Err(BadTitle::LinkEdge);
    }
    if is_page && (matches!(title.as_str(), "." | "..") || is_id(&title)) {
        return Err(BadTitle::Reserved(title));
    }
    match LINK_SYNTAX.into_iter().find(|syntax| is_page && title.contains(syntax)) {
        Some(syntax) => Err(BadTitle::LinkSyntax(syntax)),
        None => Ok(title),
    }
}

/// Normalises a folder as typed: each level a title a page may have, levels without a name left out.
///
/// # Errors
/// [`BadTitle`] of the first level that is none.
pub fn check_folder(folder: &str) -> Result<String, BadTitle> {
    let levels = folder.split('/').filter(|level| !level.trim().is_empty());
    let levels = levels.map(|level| check_title(level, true)).collect::<Result<Vec<_>, _>>()?;
    Ok(levels.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_keys() {
        for (title, key) in [
            ("Home", "home"),
            ("  Big \t House ", "big house"),
            ("Straße", "strasse"),
            ("STRASSE", "strasse"),
            ("ΣΊΣΥΦΟΣ", "σίσυφοσ"),
            ("Cafe\u{301}", "café"),
            ("Café", "café"),
            ("Cafe", "cafe"),
            ("İstanbul", "i̇stanbul"),
            ("ﬁle", "file"),
            ("日本語 メモ", "日本語 メモ"),
            ("a\u{a0}b", "a b"),
            ("2026-11-23", "2026-11-23"),
        ] {
            assert_eq!(title_key(title), key, "{title}");
        }
    }

    #[test]
    fn page_keys_fold_every_level() {
        assert_eq!(page_key("", "Home"), "page:/home");
        assert_eq!(page_key("Work/Big Co", "Plan"), "page:work/big co/plan");
    }

    #[test]
    fn paths_split_at_the_last_slash() {
        for (path, parts) in [("Home", ("", "Home")), ("Work/Big Co/Plan", ("Work/Big Co", "Plan"))] {
            assert_eq!(split_path(path), parts);
            assert_eq!(join_path(parts.0, parts.1), path);
        }
        assert_eq!(split_path("Work/"), ("", "Work/"));
    }

    #[test]
    fn bad_titles() {
        assert_eq!(check_title("  ", false), Err(BadTitle::Empty));
        assert_eq!(check_title("a\nb", false), Err(BadTitle::Control));
        assert_eq!(check_title("a|b", true), Err(BadTitle::LinkSyntax("|")));
        assert_eq!(check_title("a/", true), Err(BadTitle::LinkSyntax("/")));
        for reserved in [".", "..", "t:7k3", "123e4567-e89b-12d3-a456-426614174000"] {
            assert_eq!(check_title(reserved, true), Err(BadTitle::Reserved(reserved.to_owned())));
            assert!(check_title(reserved, false).is_ok());
        }
        assert!(check_title("note: tea", true).is_ok());
        for title in ["[a", "a]", "a\\"] {
            assert_eq!(check_title(title, true), Err(BadTitle::LinkEdge), "{title}");
        }
        assert_eq!(check_title(" a|b ", false).as_deref(), Ok("a|b"));
        assert_eq!(check_title(&"x".repeat(5000), false), Err(BadTitle::TooLong));
    }

    proptest::proptest! {
        #[test]
        fn the_short_way_folds_alike(title in "[ -~\t\r\n\x0b\x0c]{0,30}") {
            // A combining accent keeps the rest of the title off the short way.
            let long_way = title_key(&format!("{title} e\u{301}"));
            let short_way = format!("{} é", title_key(&title));
            proptest::prop_assert_eq!(long_way, short_way.trim_start());
        }

        #[test]
        fn folding_twice_is_folding_once(title in ".{0,30}") {
            let key = title_key(&title);
            proptest::prop_assert_eq!(title_key(&key), key);
        }
    }
}
