//! Filters that are nothing but tags and a project: what a new task needs to match them.

use super::token::{TokenKind, cut};
use crate::domain::task::tag::parse_tag;

/// The quick-add tokens a task needs to match a filter of tags and at most one project; `None` for any other filter.
pub fn tokens_of_conjunction(filter: &str) -> Option<String> {
    let mut tokens = Vec::new();
    let mut has_project = false;
    for token in cut(filter).ok()? {
        let word = &filter[token.bytes];
        if token.kind != TokenKind::Word {
            return None;
        }
        if word.eq_ignore_ascii_case("and") {
            continue;
        }
        let (key, value) = word.split_once(':').unwrap_or((word, ""));
        tokens.push(match key.to_lowercase().as_str() {
            _ if word.starts_with('+') => format!("+{}", parse_tag(&word[1..])?),
            "tag" | "tags" => format!("+{}", parse_tag(value)?),
            "proj" | "project" if !std::mem::replace(&mut has_project, true) => project(value)?,
            _ => return None,
        });
    }
    (!tokens.is_empty()).then(|| tokens.join(" "))
}

/// The token of a project, or of the one at the top of a subtree.
fn project(value: &str) -> Option<String> {
    let path = value.trim_matches('"').trim_end_matches('/');
    let is_one = !path.is_empty() && !path.contains([',', '"']);
    let is_quoted = path.contains(char::is_whitespace);
    is_one.then(|| if is_quoted { format!("proj:\"{path}\"") } else { format!("proj:{path}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_a_project_are_what_a_task_needs() {
        let table = [
            ("+work", Some("+work")),
            ("+Work proj:Work/", Some("+work proj:Work")),
            ("proj:\"Big House\" and tag:garden", Some("proj:\"Big House\" +garden")),
            ("project:Home/Kitchen", Some("proj:Home/Kitchen")),
            ("", None),
            ("+a or +b", None),
            ("-home", None),
            ("not +home", None),
            ("+work due<fri", None),
            ("proj:A proj:B", None),
            ("proj:A,B", None),
            ("tag:a,b", None),
            ("proj:", None),
            ("proj.has:x", None),
            ("(+work)", None),
            ("budget", None),
            ("\"+work\"", None),
            ("+a \"", None),
        ];
        for (filter, tokens) in table {
            assert_eq!(tokens_of_conjunction(filter).as_deref(), tokens, "{filter}");
        }
    }
}
