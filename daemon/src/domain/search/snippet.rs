//! The piece of a text that is shown of a hit, and what of it matches.

use std::ops::Range;

use super::query::{Phrase, Query};
use super::words::{Word, words};

/// Bytes of a text that are looked through for the first match.
const LOOKED_THROUGH: usize = 256 << 10;

/// Characters shown before the match.
const BEFORE: usize = 40;

/// Characters shown in all.
const LENGTH: usize = 160;

/// The most marks.
const MAX_MARKS: usize = 16;

/// A piece of a text on one line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snippet {
    /// The line of the text the first match stands in, from 1; 0 when nothing in the text matches.
    pub line: u32,
    /// The piece.
    pub text: String,
    /// What matches, in Unicode scalars of the piece.
    pub marks: Vec<Range<usize>>,
}

/// Where a query matches in a short text, in Unicode scalars.
pub fn marks_of(query: &Query, text: &str) -> Vec<Range<usize>> {
    matches(&query.phrases(), &words(text))
}

/// The piece of a text around what matches first.
pub fn snippet(query: &Query, text: &str) -> Snippet {
    let mut end = text.len().min(LOOKED_THROUGH);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = &text[..end];
    let found = matches(&query.phrases(), &words(text));
    let characters: Vec<char> = text.chars().collect();
    let Some(first) = found.first() else {
        return Snippet { line: 0, ..piece(&characters, 0, &[]) };
    };
    let line = characters[..first.start].iter().filter(|c| **c == '\n').count() as u32 + 1;
    let mut start = first.start.saturating_sub(BEFORE);
    // Begin with a whole word, or at the line of the match if that begins nearer.
    if start > 0 {
        let window = &characters[start..first.start];
        let at =
            window.iter().rposition(|c| *c == '\n').or_else(|| window.iter().position(|c| c.is_whitespace()));
        start += at.map_or(0, |at| at + 1);
    }
    Snippet { line, ..piece(&characters, start, &found) }
}

/// The characters from a place on, white space put together, with the marks moved along.
fn piece(characters: &[char], start: usize, found: &[Range<usize>]) -> Snippet {
    let mut snippet = Snippet::default();
    let (mut length, mut place) = (0, start);
    if start > 0 {
        snippet.text.push('…');
        length += 1;
    }
    let mut open: Option<usize> = None;
    let mut marks = found.iter().skip_while(|mark| mark.start < start).peekable();
    while let Some(&c) = characters.get(place) {
        if length >= LENGTH && (c.is_whitespace() || length >= LENGTH + BEFORE) {
            snippet.text.push('…');
            break;
        }
        if open.is_none() && marks.peek().is_some_and(|mark| mark.start == place) {
            open = Some(length);
        }
        let is_space = c.is_whitespace() || c.is_control();
        if !(is_space && (snippet.text.is_empty() || snippet.text.ends_with([' ', '…']))) {
            snippet.text.push(if is_space { ' ' } else { c });
            length += 1;
        }
        place += 1;
        if marks.peek().is_some_and(|mark| mark.end == place) {
            snippet.marks.extend(open.take().map(|from| from..length));
            marks.next();
        }
    }
    let trimmed = snippet.text.trim_end().len();
    snippet.text.truncate(trimmed);
    snippet.marks.truncate(MAX_MARKS);
    snippet
}

/// Where phrases stand among words, in order and apart.
fn matches(phrases: &[Phrase], words: &[Word]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() && found.len() < 4 * MAX_MARKS {
        match phrases
            .iter()
            .filter(|phrase| stands(phrase, &words[at..]))
            .map(|phrase| phrase.words.len())
            .max()
        {
            Some(length) => {
                found.push(words[at].start..words[at + length - 1].end);
                at += length;
            }
            None => at += 1,
        }
    }
    found
}

fn stands(phrase: &Phrase, words: &[Word]) -> bool {
    let Some(last) = phrase.words.len().checked_sub(1) else { return false };
    words.len() > last
        && phrase.words.iter().zip(words).enumerate().all(|(place, (wanted, word))| {
            if place == last && phrase.is_prefix {
                word.folded.starts_with(wanted.as_str())
            } else {
                word.folded == *wanted
            }
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(query: &str, text: &str) -> (u32, String) {
        let Snippet { line, text, marks } = snippet(&Query::parse(query).unwrap(), text);
        let characters: Vec<char> = text.chars().collect();
        let mut out = String::new();
        for (place, c) in characters.iter().enumerate() {
            if marks.iter().any(|mark| mark.start == place) {
                out.push('<');
            }
            out.push(*c);
            if marks.iter().any(|mark| mark.end == place + 1) {
                out.push('>');
            }
        }
        (line, out)
    }

    #[test]
    fn the_first_match_is_shown_with_what_is_around_it() {
        let text = "# Café\n\nOne  two\nthree tree.\n";
        assert_eq!(shown("cafe", text), (1, "# <Café> One two three tree.".to_owned()));
        assert_eq!(shown("TWO tr*", text), (3, "# Café One <two> three <tree>.".to_owned()));
        assert_eq!(shown("\"two three\"", text), (3, "# Café One <two three> tree.".to_owned()));
        assert_eq!(shown("none", text), (0, "# Café One two three tree.".to_owned()));
        assert_eq!(shown("日本", "これは日本語です"), (1, "これは<日本>語です".to_owned()));
        let long = format!("{} needle {}", "hay ".repeat(100), "straw ".repeat(100));
        let (_, snippet) = shown("needle", &long);
        assert!(
            snippet.starts_with("…hay") && snippet.contains("<needle>") && snippet.ends_with('…'),
            "{snippet}"
        );
        assert!(snippet.chars().count() < LENGTH + BEFORE + 6);
        assert_eq!(marks_of(&Query::parse("plan").unwrap(), "The Plän"), vec![Range { start: 4, end: 8 }]);
    }

    proptest! {
        #[test]
        fn marks_lie_in_the_snippet(text in "[a-c é日本\n\u{301}\u{0}😀]{0,80}", query in "[a-cé日* ]{1,6}") {
            let Ok(query) = Query::parse(&query) else { return Ok(()) };
            let Snippet { text, marks, .. } = snippet(&query, &text);
            let length = text.chars().count();
            let mut end = 0;
            for mark in marks {
                prop_assert!(end <= mark.start && mark.start < mark.end && mark.end <= length);
                end = mark.end;
            }
            let broken = text.contains(['\n', '\u{0}']);
            prop_assert!(!broken);
        }
    }
}
