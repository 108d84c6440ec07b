//! Taskwarrior's dotted projects as paths of pages.

use crate::domain::page::{BadTitle, check_title};

/// What stands in place of what no page title may have.
const INSTEAD: &str = "-";

/// A project as a path.
pub(super) struct Project {
    /// Folders and title, joined by `/`; `None` when nothing is left.
    pub(super) path: Option<String>,
    /// Whether the dotted name cannot be told from the path.
    pub(super) is_altered: bool,
}

/// Turns `Home.Kitchen` into `Home/Kitchen`.
pub(super) fn path(name: &str) -> Project {
    let parts: Vec<String> = name.split(['.', '/']).filter_map(page_title).collect();
    let path = parts.join("/");
    let is_altered = path.replace('/', ".") != name;
    Project { path: (!path.is_empty()).then_some(path), is_altered }
}

/// The nearest title a page may have; `None` when nothing is left or it is too long.
fn page_title(part: &str) -> Option<String> {
    let mut title = part.replace(char::is_control, " ");
    loop {
        match check_title(&title, true) {
            Ok(title) => return Some(title),
            Err(BadTitle::LinkSyntax(syntax)) => title = title.replace(syntax, INSTEAD),
            Err(BadTitle::LinkEdge) => title = format!("({})", title.trim().trim_matches(['[', ']', '\\'])),
            Err(BadTitle::Reserved(reserved)) => title = format!("({reserved})"),
            Err(BadTitle::Empty | BadTitle::TooLong | BadTitle::Control) => return None,
        }
    }
}
