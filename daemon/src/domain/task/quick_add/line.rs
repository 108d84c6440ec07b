//! A line cut into words: at spaces, but not inside quotes and braces.

use std::ops::Range;

use super::key::begins_with_text_key;
use crate::domain::task::own::OwnFields;

/// A line and its words.
#[derive(Debug)]
pub(super) struct Line {
    text: String,
    words: Vec<(Range<usize>, WordKind)>,
}

/// How a word stands in the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WordKind {
    Plain,
    /// In double quotes: nothing in it is recognised.
    Quoted,
    /// In braces: a date anywhere in the line.
    Braced,
}

impl Line {
    /// Cuts one line.
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), words: cut(text, 0) }
    }

    /// Joins arguments by spaces; one that is `proj:Big House` stays whole.
    pub(super) fn of_arguments(arguments: &[String], own: &OwnFields) -> Self {
        let mut line = Self { text: String::new(), words: Vec::new() };
        for argument in
            arguments.iter().map(|argument| argument.trim()).filter(|argument| !argument.is_empty())
        {
            if !line.text.is_empty() {
                line.text.push(' ');
            }
            let start = line.text.len();
            line.text.push_str(argument);
            if begins_with_text_key(argument, own) {
                line.words.push((start..line.text.len(), WordKind::Plain));
            } else {
                line.words.extend(cut(argument, start));
            }
        }
        line
    }

    /// The whole line.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// How many words it has.
    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    pub(super) fn word(&self, word: usize) -> &str {
        &self.text[self.bytes(word)]
    }

    pub(super) fn bytes(&self, word: usize) -> Range<usize> {
        self.words[word].0.clone()
    }

    pub(super) fn kind(&self, word: usize) -> WordKind {
        self.words[word].1
    }
}

fn cut(text: &str, offset: usize) -> Vec<(Range<usize>, WordKind)> {
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(|c: char| !c.is_whitespace()).map(|skip| at + skip) {
        let (length, kind) = first_word(&text[start..]);
        at = start + length;
        words.push((offset + start..offset + at, kind));
    }
    words
}

/// Bytes and kind of the word a text begins with; at least one character, so that cutting comes to an end.
fn first_word(text: &str) -> (usize, WordKind) {
    if let Some(length) = enclosed(text, '"', '"') {
        return (
            length + text[length..].find(char::is_whitespace).unwrap_or(text.len() - length),
            WordKind::Quoted,
        );
    }
    if let Some(length) = enclosed(text, '{', '}') {
        return (length, WordKind::Braced);
    }
    let plain = text.find(char::is_whitespace).unwrap_or(text.len());
    // `proj:"Big House"`: the quotes belong to the word when they begin its value.
    let value = text[..plain].find(':').map(|colon| colon + 1);
    match value.and_then(|value| enclosed(&text[value..], '"', '"').map(|length| value + length)) {
        Some(length) if length >= plain => (
            length + text[length..].find(char::is_whitespace).unwrap_or(text.len() - length),
            WordKind::Plain,
        ),
        _ => (plain, WordKind::Plain),
    }
}

/// Bytes up to and with the closing mark of a text that begins with the opening one.
fn enclosed(text: &str, open: char, close: char) -> Option<usize> {
    let inner = text.strip_prefix(open)?;
    inner.find(close).map(|end| open.len_utf8() + end + close.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_braces_hold_words_together() {
        let line = Line::new(r#"a  "b c", {d e}f proj:"Big House" "open x:"y"#);
        let words: Vec<_> = (0..line.len()).map(|word| (line.word(word), line.kind(word))).collect();
        use WordKind::{Braced, Plain, Quoted};
        assert_eq!(
            words,
            [
                ("a", Plain),
                (r#""b c","#, Quoted),
                ("{d e}", Braced),
                ("f", Plain),
                (r#"proj:"Big House""#, Plain),
                (r#""open x:"y"#, Quoted),
            ]
        );
    }

    #[test]
    fn arguments_of_text_keys_stay_whole() {
        let arguments = ["proj:Big House", "p1 +home", ""].map(str::to_owned);
        let line = Line::of_arguments(&arguments, &OwnFields::NONE);
        assert_eq!(line.text(), "proj:Big House p1 +home");
        assert_eq!(
            (0..line.len()).map(|word| line.word(word)).collect::<Vec<_>>(),
            ["proj:Big House", "p1", "+home"]
        );
    }
}
