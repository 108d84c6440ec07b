//! Places of a text that links name, and what stands there.

use std::ops::Range;

use super::markdown::{Document, heading_key};
use super::{marker_length, title_key};

/// What a link names that its page has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingPlace {
    /// A heading.
    Heading,
    /// A block anchor.
    Anchor,
}

impl Document {
    /// First byte of the heading or anchored line that a link names behind its `#`.
    ///
    /// # Errors
    /// What is not there. Of `#A#B` only the last heading counts.
    pub fn place(&self, fragment: &str) -> Result<usize, MissingPlace> {
        if let Some(name) = fragment.strip_prefix('^') {
            let anchor = self.anchors.iter().find(|anchor| anchor.name == name);
            return anchor.map(|anchor| anchor.line_start).ok_or(MissingPlace::Anchor);
        }
        let key = heading_key(last_heading(fragment));
        let heading = self.headings.iter().find(|heading| heading_key(&heading.text) == key);
        heading.map(|heading| heading.start).ok_or(MissingPlace::Heading)
    }

    /// Where the section of each heading ends: at the next heading of its level or above, or with the text.
    pub fn section_ends(&self, text: &str) -> Vec<usize> {
        let end = |(place, heading): (usize, &super::markdown::Heading)| {
            let next = self.headings[place + 1..].iter().find(|next| next.level <= heading.level);
            next.map_or(text.len(), |next| line_start(text, next.start))
        };
        self.headings.iter().enumerate().map(end).collect()
    }

    /// The first lines of the text, or of what stands at a place of it: a heading's section, an anchor's block.
    pub fn excerpt(&self, text: &str, place: Option<usize>, lines: usize) -> String {
        let piece = match place {
            None => self.beginning(text)..text.len(),
            Some(at) => match self.headings.iter().position(|heading| heading.start == at) {
                Some(place) => line_start(text, at)..self.section_ends(text)[place],
                None => block(text, at),
            },
        };
        let mut excerpt = String::new();
        for line in text[piece].lines().skip_while(|line| line.trim().is_empty()).take(lines) {
            excerpt.push_str(line);
            excerpt.push('\n');
        }
        excerpt.truncate(excerpt.trim_end().len());
        excerpt
    }

    /// Where the text begins behind its frontmatter.
    fn beginning(&self, text: &str) -> usize {
        let frontmatter = self.code.first().filter(|code| code.start == 0 && text.starts_with("---"));
        frontmatter.map_or(0, |frontmatter| frontmatter.end)
    }
}

/// The heading that counts of the `#A#B` behind a link's target.
pub fn last_heading(fragment: &str) -> &str {
    fragment.rsplit('#').next().unwrap_or(fragment)
}

/// A heading as a link names it: without what no link can have.
pub fn heading_in_link(heading: &str) -> String {
    let is_barred = |c: char| matches!(c, '#' | '^' | '|' | '[' | ']') || c.is_control();
    heading.split(|c: char| c.is_whitespace() || is_barred(c)).filter(|word| !word.is_empty()).fold(
        String::new(),
        |mut named, word| {
            if !named.is_empty() {
                named.push(' ');
            }
            named.push_str(word);
            named
        },
    )
}

/// Whether a heading has what is typed in it.
pub fn heading_has(heading: &str, typed: &str) -> bool {
    heading_key(heading).contains(&heading_key(typed))
}

/// Whether a line with an anchor has what is typed in its name, or in its text.
pub fn anchor_has(name: &str, line: &str, typed: &str) -> bool {
    let typed = title_key(typed);
    name.to_lowercase().contains(&typed) || title_key(line).contains(&typed)
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

/// The block that an anchor at the end of a line is of: a list item's line, or the paragraph up to there.
fn block(text: &str, line_at: usize) -> Range<usize> {
    let end = text[line_at..].find('\n').map_or(text.len(), |end| line_at + end);
    let is_item = |line: &str| marker_length(line.trim_start()).is_some();
    let mut start = line_start(text, line_at);
    while start > 0 && !is_item(&text[start..end]) {
        let before = line_start(text, start - 1);
        if text[before..start].trim().is_empty() {
            break;
        }
        start = before;
    }
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::page::markdown::parse;

    const TEXT: &str =
        "---\ntags: x\n---\n\nTop\n\n# Plan *A*: now\none\ntwo ^p\n\n## Why\n- a ^i\n- b\n\n# End\nlast";

    #[test]
    fn places_are_found_by_what_links_name() {
        let document = parse(TEXT);
        let at = |fragment| document.place(fragment).map(|at| TEXT[at..].lines().next().unwrap_or_default());
        assert_eq!(at("plan a now"), Ok("# Plan *A*: now"));
        assert_eq!(at("Plan A#why"), Ok("## Why"));
        assert_eq!(at("^p"), Ok("two ^p"));
        assert_eq!(at("^i"), Ok("- a ^i"));
        assert_eq!(at("^x"), Err(MissingPlace::Anchor));
        assert_eq!(at("wh"), Err(MissingPlace::Heading));
        for heading in &document.headings {
            assert_eq!(document.place(&heading_in_link(&heading.text)), Ok(heading.start));
        }
    }

    #[test]
    fn an_excerpt_is_the_section_or_block_that_is_named() {
        let document = parse(TEXT);
        let excerpt = |fragment: &str, lines| {
            let place = (!fragment.is_empty()).then(|| document.place(fragment).unwrap());
            document.excerpt(TEXT, place, lines)
        };
        assert_eq!(excerpt("", 2), "Top");
        assert_eq!(excerpt("", 3), "Top\n\n# Plan *A*: now");
        assert_eq!(excerpt("plan a now", 99), "# Plan *A*: now\none\ntwo ^p\n\n## Why\n- a ^i\n- b");
        assert_eq!(excerpt("why", 2), "## Why\n- a ^i");
        assert_eq!(excerpt("end", 9), "# End\nlast");
        assert_eq!(excerpt("^p", 9), "# Plan *A*: now\none\ntwo ^p");
        assert_eq!(excerpt("^i", 9), "- a ^i");
        assert_eq!(parse("").excerpt("", None, 5), "");
    }

    #[test]
    fn a_heading_is_named_without_what_links_cannot_have() {
        assert_eq!(heading_in_link("A [[B|c]] #x ^y"), "A B c x y");
        assert!(heading_has("Road *map*", "d MAP") && !heading_has("Road map", "x"));
        assert!(anchor_has("t-7k3", "- [ ] Call Bob", "bob") && anchor_has("Ab", "", "aB"));
    }
}
