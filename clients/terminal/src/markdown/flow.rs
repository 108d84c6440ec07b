//! Running text in pieces of different styles, wrapped between words.

use anstyle::Style;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::style::DIM;
use crate::text::width;

/// Pieces of one line.
pub(super) type Pieces = Vec<(Style, String)>;

/// Running text.
#[derive(Debug, Clone, Default)]
pub(super) struct Flow(Vec<Piece>);

#[derive(Debug, Clone)]
enum Piece {
    Text(Style, String),
    Break,
}

impl Flow {
    /// Adds text.
    pub(super) fn push(&mut self, style: Style, text: &str) {
        match self.0.last_mut() {
            Some(Piece::Text(last, piece)) if *last == style => piece.push_str(text),
            _ => self.0.push(Piece::Text(style, text.to_owned())),
        }
    }

    /// Ends the line.
    pub(super) fn hard_break(&mut self) {
        self.0.push(Piece::Break);
    }

    /// Whether it is the first line of a callout so far.
    pub(super) fn begins_callout(&self) -> bool {
        let is_one_line = !self.0.iter().any(|piece| matches!(piece, Piece::Break));
        is_one_line && matches!(self.0.first(), Some(Piece::Text(_, text)) if text.starts_with("[!"))
    }

    /// Whether there is nothing to see.
    pub(super) fn is_blank(&self) -> bool {
        self.0.iter().all(|piece| matches!(piece, Piece::Text(_, text) if text.trim().is_empty()))
    }

    /// The text with its block anchor, ` ^name` at the end, less important.
    pub(super) fn with_anchor_dimmed(mut self) -> Self {
        let Some(Piece::Text(_, text)) = self.0.last_mut() else { return self };
        let is_name =
            |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let at = text.rfind('^').filter(|at| {
            (*at == 0 || text[..*at].ends_with(char::is_whitespace)) && is_name(text[at + 1..].trim_end())
        });
        if let Some(at) = at {
            let anchor = text.split_off(at);
            self.0.push(Piece::Text(DIM, anchor));
        }
        self
    }

    /// Columns of the text on one line.
    pub(super) fn width(&self) -> usize {
        let lines = self.clone().wrap(usize::MAX);
        lines.iter().map(|line| line.iter().map(|(_, text)| width(text)).sum()).max().unwrap_or(0)
    }

    /// Lines of at most so many columns. A word that is wider is cut.
    pub(super) fn wrap(self, columns: usize) -> Vec<Pieces> {
        let mut wrap =
            Wrap { columns: columns.max(1), lines: Vec::new(), line: Vec::new(), used: 0, space: None };
        let mut word: Pieces = Vec::new();
        for piece in self.0 {
            let Piece::Text(style, text) = piece else {
                wrap.word(std::mem::take(&mut word));
                wrap.end_line();
                continue;
            };
            for part in text.split_inclusive(char::is_whitespace) {
                let bare = part.trim_end_matches(char::is_whitespace);
                if !bare.is_empty() {
                    word.push((style, bare.to_owned()));
                }
                if bare.len() < part.len() {
                    wrap.word(std::mem::take(&mut word));
                    wrap.space = wrap.space.or(Some(style));
                }
            }
        }
        wrap.word(word);
        wrap.end_line();
        wrap.lines
    }
}

struct Wrap {
    columns: usize,
    lines: Vec<Pieces>,
    line: Pieces,
    used: usize,
    /// The style of the space before the next word.
    space: Option<Style>,
}

impl Wrap {
    fn word(&mut self, word: Pieces) {
        if word.is_empty() {
            return;
        }
        let wide: usize = word.iter().map(|(_, text)| width(text)).sum();
        let space = usize::from(self.space.is_some() && self.used > 0);
        if self.used > 0 && self.used.saturating_add(space + wide) > self.columns {
            self.end_line();
        }
        if let Some(style) = self.space.take()
            && self.used > 0
        {
            self.put(style, " ");
        }
        for (style, text) in word {
            if self.used.saturating_add(width(&text)) <= self.columns {
                self.put(style, &text);
                continue;
            }
            for grapheme in text.graphemes(true) {
                if self.used > 0 && self.used.saturating_add(width(grapheme)) > self.columns {
                    self.end_line();
                }
                self.put(style, grapheme);
            }
        }
    }

    fn put(&mut self, style: Style, text: &str) {
        self.used += width(text);
        match self.line.last_mut() {
            Some((last, piece)) if *last == style => piece.push_str(text),
            _ => self.line.push((style, text.to_owned())),
        }
    }

    fn end_line(&mut self) {
        self.space = None;
        self.used = 0;
        if !self.line.is_empty() {
            self.lines.push(std::mem::take(&mut self.line));
        }
    }
}
