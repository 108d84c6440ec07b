//! Taskwarrior's dotted projects as paths of pages.

/// What no page title has, since links could not name it.
const NEVER_IN_TITLES: [char; 3] = ['|', '#', '^'];

/// What stands in its place.
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
    let parts: Vec<String> = name.split(['.', '/']).map(page_title).filter(|part| !part.is_empty()).collect();
    let path = parts.join("/");
    let is_altered = path.replace('/', ".") != name;
    Project { path: (!path.is_empty()).then_some(path), is_altered }
}

fn page_title(part: &str) -> String {
    part.replace("[[", INSTEAD)
        .replace("]]", INSTEAD)
        .replace(NEVER_IN_TITLES, INSTEAD)
        .replace(char::is_control, " ")
        .trim()
        .to_owned()
}
