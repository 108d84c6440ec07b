//! Block anchors: ` ^name` at the end of a block's line, or alone on the line behind it.

use std::ops::Range;

use crate::domain::page::title_key;

/// A block anchor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// Its name without the `^`.
    pub name: String,
    /// First byte of the line it stands in.
    pub line_start: usize,
}

/// The anchors of a text, but for what stands in `code`, which is in order.
pub(super) fn anchors(text: &str, code: &[Range<usize>]) -> Vec<Anchor> {
    let mut anchors = Vec::new();
    let mut code = code.iter().peekable();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let line_start = start;
        start += line.len();
        while code.next_if(|range| range.end <= line_start).is_some() {}
        if code.peek().is_some_and(|range| range.contains(&line_start)) {
            continue;
        }
        anchors.extend(anchor_of(line).map(|name| Anchor { name: name.to_owned(), line_start }));
    }
    anchors
}

/// The anchor at the end of a line, without its `^`.
pub(in crate::domain) fn anchor_of(line: &str) -> Option<&str> {
    let (before, name) = line.trim_end().rsplit_once('^')?;
    let is_apart = before.is_empty() || before.ends_with(char::is_whitespace);
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (is_apart && is_name).then_some(name)
}

/// Folds a heading to what a link's `#Heading` is compared by: as titles are, without what links cannot have.
pub fn heading_key(heading: &str) -> String {
    let plain: String = heading
        .chars()
        .map(|c| {
            if matches!(c, '#' | '^' | '|' | '[' | ']' | '\\' | ':' | '%' | '`' | '*' | '~') {
                ' '
            } else {
                c
            }
        })
        .collect();
    title_key(&plain)
}
