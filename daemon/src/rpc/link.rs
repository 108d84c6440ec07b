//! Links as the wire has them, and where in a text they stand.

use std::ops::Range;

use heph_protocol::types::{Link as WireLink, LinkKind as WireKind, LinkState};

use super::render::Renderer;
use crate::domain::page::Meaning;
use crate::domain::page::markdown::{Link, LinkKind};

/// The most characters of a line that is shown around a link.
const CONTEXT: usize = 240;

impl Renderer<'_> {
    /// Shows a link that stands in a line, from 1; 0 for a task's title.
    pub fn link(&self, link: &Link, meaning: &Meaning, line: u32) -> WireLink {
        let (state, to, candidates) = match meaning {
            Meaning::One(id) => (LinkState::Resolved, Some(self.node_ref(*id)), Vec::new()),
            Meaning::Several(ids) => (LinkState::Ambiguous, None, self.node_refs(ids)),
            Meaning::Nothing => (LinkState::Unresolved, None, Vec::new()),
        };
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        WireLink {
            start: place(link.span.start),
            end: place(link.span.end),
            line,
            kind: link_kind(link.kind),
            target: link.target.clone(),
            fragment: link.fragment.clone(),
            text: link.text.clone(),
            state,
            to,
            to_line: 0,
            candidates,
            attachment: false,
        }
    }
}

/// How a link is written, on the wire.
pub fn link_kind(kind: LinkKind) -> WireKind {
    match kind {
        LinkKind::Wiki => WireKind::Wiki,
        LinkKind::Embed => WireKind::Embed,
        LinkKind::Markdown => WireKind::Markdown,
        LinkKind::Heph => WireKind::Heph,
    }
}

/// Tells the line, from 1, of places that are asked for in order.
pub fn line_of(text: &str) -> impl FnMut(usize) -> u32 + '_ {
    let (mut counted, mut line) = (0, 1);
    move |at| {
        line +=
            text.as_bytes()[counted..at.max(counted)].iter().filter(|byte| **byte == b'\n').count() as u32;
        counted = counted.max(at);
        line
    }
}

/// The line a place stands in, trimmed; of a long one the piece around the place.
pub fn context_line(text: &str, place: Range<usize>) -> String {
    let start = text[..place.start].rfind('\n').map_or(0, |end| end + 1);
    let end = text[place.start..].find('\n').map_or(text.len(), |end| place.start + end);
    let line = text[start..end].trim();
    if line.chars().count() <= CONTEXT {
        return line.to_owned();
    }
    let before: Vec<char> = text[start..place.start].chars().rev().take(CONTEXT / 3).collect();
    let behind = text[place.start..end].chars().take(CONTEXT - before.len());
    let cut =
        if place.start - start > before.iter().map(|c| c.len_utf8()).sum::<usize>() { "…" } else { "" };
    let piece: String = before.into_iter().rev().chain(behind).collect();
    format!("{cut}{}…", piece.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_once() {
        let text = "a\nb\r\n\nc";
        let mut line = line_of(text);
        assert_eq!([0, 2, 5, 6].map(&mut line), [1, 2, 3, 4]);
        assert_eq!(line(0), 4, "places are asked for in order");
    }

    #[test]
    fn a_long_line_is_cut_around_its_link() {
        assert_eq!(context_line("one\n  - two [[x]] é  \nthree", 10..15), "- two [[x]] é");
        let text = format!("{}[[x]]{}", "é ".repeat(200), " ü".repeat(200));
        let context = context_line(&text, 600..605);
        assert!(context.starts_with('…') && context.ends_with('…') && context.contains("[[x]]"), "{context}");
        assert!(context.chars().count() <= CONTEXT + 2);
    }
}
