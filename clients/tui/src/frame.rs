//! What is to be painted: lines of pieces, each with the role it plays. Pure; the theme gives roles their looks.

use anstyle::Effects;

use crate::text::{cut, fit_to_show, width};

/// What a piece of text is, and so how it looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Plain text.
    #[default]
    Plain,
    /// Less important.
    Dim,
    /// A heading.
    Heading,
    /// An id.
    Id,
    /// Past its day.
    Overdue,
    /// Of today.
    Today,
    /// What is well.
    Good,
    /// To be heeded.
    Warning,
    /// An error.
    Error,
    /// A key.
    Key,
    /// A view that is not shown.
    Tab,
    /// The view that is shown.
    ActiveTab,
    /// The bar that says that no daemon answers.
    Bar,
    /// A piece of a line that was understood.
    Understood,
    /// A row that is marked.
    Marked,
    /// The row that is selected.
    Selected,
}

impl Role {
    /// All of them, with their names in the configuration file.
    pub const ALL: [(&'static str, Self); 16] = [
        ("plain", Self::Plain),
        ("dim", Self::Dim),
        ("heading", Self::Heading),
        ("id", Self::Id),
        ("overdue", Self::Overdue),
        ("today", Self::Today),
        ("good", Self::Good),
        ("warning", Self::Warning),
        ("error", Self::Error),
        ("key", Self::Key),
        ("tab", Self::Tab),
        ("active-tab", Self::ActiveTab),
        ("bar", Self::Bar),
        ("understood", Self::Understood),
        ("marked", Self::Marked),
        ("selected", Self::Selected),
    ];
}

/// A piece of text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Span {
    /// The text; nothing in it drives a terminal.
    pub text: String,
    /// What it is.
    pub role: Role,
    /// What Markdown adds: bold, italic …
    pub effects: Effects,
}

/// A line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// Its pieces.
    pub spans: Vec<Span>,
    /// How the whole of it looks, to the edge of the screen.
    pub whole: Option<Role>,
}

impl Line {
    /// An empty line.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a piece. Control characters become signs.
    #[must_use]
    pub fn with(mut self, role: Role, text: impl AsRef<str>) -> Self {
        self.push(role, text.as_ref());
        self
    }

    /// Adds a plain piece.
    #[must_use]
    pub fn plain(self, text: impl AsRef<str>) -> Self {
        self.with(Role::Plain, text)
    }

    /// Adds a piece.
    pub fn push(&mut self, role: Role, text: &str) {
        self.push_with(role, Effects::new(), text);
    }

    /// Adds a piece with effects.
    pub fn push_with(&mut self, role: Role, effects: Effects, text: &str) {
        if !text.is_empty() {
            self.spans.push(Span { text: fit_to_show(text), role, effects });
        }
    }

    /// Columns it takes.
    pub fn width(&self) -> usize {
        self.spans.iter().map(|span| width(&span.text)).sum()
    }

    /// Its text.
    pub fn text(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }

    /// Cuts it to so many columns.
    pub fn cut(&mut self, columns: usize) {
        if self.width() <= columns {
            return;
        }
        let mut left = columns;
        let mut kept = Vec::with_capacity(self.spans.len());
        for mut span in std::mem::take(&mut self.spans) {
            let wide = width(&span.text);
            if wide >= left {
                span.text = cut(&format!("{} ", span.text), left);
                kept.push(span);
                break;
            }
            left -= wide;
            kept.push(span);
        }
        self.spans = kept;
    }

    /// Lets another line end at the right edge, if there is room for both.
    pub fn end_with(&mut self, end: Line, columns: usize) {
        let used = self.width() + end.width();
        if used < columns {
            self.push(Role::Plain, &" ".repeat(columns - used));
            self.spans.extend(end.spans);
        }
    }
}

/// A screen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frame {
    /// Its lines, from the top.
    pub lines: Vec<Line>,
    /// Where the cursor is, column and line, while something is typed.
    pub cursor: Option<(usize, usize)>,
}

impl Frame {
    /// The screen as text, as a test sees it.
    pub fn text(&self) -> String {
        self.lines.iter().map(|line| line.text().trim_end().to_owned() + "\n").collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_at_its_last_column() {
        let mut line = Line::new().plain("漢字").with(Role::Dim, "abc");
        line.cut(6);
        assert_eq!(line.text(), "漢字a…");
        let mut line = Line::new().plain("abcdef").plain("g");
        line.cut(6);
        assert_eq!(line.text(), "abcde…");
        let mut line = Line::new().plain("ab").plain("cd");
        line.cut(4);
        assert_eq!(line.text(), "abcd");
    }

    #[test]
    fn an_end_stands_at_the_edge_or_not_at_all() {
        let mut line = Line::new().plain("ab");
        line.end_with(Line::new().plain("xy"), 6);
        assert_eq!(line.text(), "ab  xy");
        line.end_with(Line::new().plain("z"), 6);
        assert_eq!(line.text(), "ab  xy");
    }
}
