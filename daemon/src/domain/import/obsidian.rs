//! Files of an Obsidian vault, or any folder of Markdown: a path and a text become a page.

use serde_json::Value;
use unicode_normalization::UnicodeNormalization as _;

use super::ImportProblem;
use crate::domain::change::MAX_TEXT;
use crate::domain::page::{check_folder, check_title, join_path, strip_extension};

/// A file as a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedPage {
    /// The file's path in its vault, NFC, without its extension: the source's own id of it.
    pub path: String,
    /// The same as the file system has it, whatever its normal form: which file it was.
    pub file: String,
    /// Its folder, empty at the top.
    pub folder: String,
    /// Its title.
    pub title: String,
    /// Its text, byte for byte.
    pub text: String,
    /// When the file was made, in Unix milliseconds, if that is known.
    pub created: Option<i64>,
}

/// Reads an item: `{"path", "text", "created"?}`, the path with `/` between its levels.
///
/// # Errors
/// [`ImportProblem`] for a file heph cannot keep as it is.
pub fn map(item: &str) -> Result<ImportedPage, ImportProblem> {
    let unreadable = |message: &str| ImportProblem { item: String::new(), message: message.to_owned() };
    let item: Value =
        serde_json::from_str(item).map_err(|error| unreadable(&format!("not JSON: {error}")))?;
    let path =
        item.get("path").and_then(Value::as_str).ok_or_else(|| unreadable("an item without a path"))?;
    let problem = |message: String| ImportProblem { item: path.to_owned(), message };
    let text = item
        .get("text")
        .and_then(Value::as_str)
        .ok_or_else(|| problem("an item without a text".to_owned()))?;
    if text.len() > MAX_TEXT {
        return Err(problem(format!("a page can have 4 MiB at most, this file has {} bytes", text.len())));
    }
    let stem = strip_extension(path).ok_or_else(|| problem("not a Markdown file".to_owned()))?;
    let file = stem.to_owned();
    let stem: String = stem.nfc().collect();
    if stem.split('/').any(|level| matches!(level, "" | "." | "..")) {
        return Err(problem("its path leads out of the vault".to_owned()));
    }
    let (folder, title) = stem.rsplit_once('/').unwrap_or(("", &stem));
    let (raw_folder, raw_title) = (folder, title);
    let title = check_title(title, true).map_err(|error| problem(error.to_string()))?;
    let folder = check_folder(folder).map_err(|error| problem(format!("its folder: {error}")))?;
    if title != raw_title || folder != raw_folder {
        return Err(problem("its name or folder begins or ends with a blank".to_owned()));
    }
    let created =
        item.get("created").and_then(Value::as_str).and_then(|at| at.parse::<jiff::Timestamp>().ok());
    Ok(ImportedPage {
        path: join_path(&folder, &title),
        file,
        folder,
        title,
        text: text.to_owned(),
        created: created.map(jiff::Timestamp::as_millisecond),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str) -> Result<(String, String), String> {
        let item = serde_json::json!({"path": path, "text": "x\r\n", "created": "2026-01-02T03:04:05Z"});
        map(&item.to_string()).map(|page| (page.folder, page.title)).map_err(|problem| problem.message)
    }

    #[test]
    fn a_path_becomes_folder_and_title() {
        let page = |folder: &str, title: &str| Ok((folder.to_owned(), title.to_owned()));
        assert_eq!(read("Home.md"), page("", "Home"));
        assert_eq!(read("Work/Big Co/Plan.MD"), page("Work/Big Co", "Plan"));
        assert_eq!(read("Cafe\u{301}.md"), page("", "Café"));
        assert_eq!(read("a.b.md"), page("", "a.b"));
        for (path, problem) in [
            ("../x.md", "its path leads out of the vault"),
            ("a//x.md", "its path leads out of the vault"),
            ("/etc/x.md", "its path leads out of the vault"),
            (" x.md", "its name or folder begins or ends with a blank"),
            ("a /x.md", "its name or folder begins or ends with a blank"),
            ("x.txt", "not a Markdown file"),
            ("C#.md", "a page title cannot contain \"#\", which links use"),
            ("a|b/x.md", "its folder: a page title cannot contain \"|\", which links use"),
        ] {
            assert_eq!(read(path), Err(problem.to_owned()), "{path}");
        }
        for item in ["", "{}", "[]", r#"{"path":"a.md"}"#, r#"{"path":3,"text":""}"#] {
            assert!(map(item).is_err(), "{item}");
        }
        let created = map(r#"{"path":"a.md","text":"","created":"2026-01-02T03:04:05Z"}"#).unwrap().created;
        assert_eq!(created, Some(1_767_323_045_000));
    }
}
