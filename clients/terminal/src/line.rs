//! A line made of pieces, each cleaned and in its own style.

use anstyle::Style;

use super::style::{PLAIN, paint};
use super::text::clean;

/// A line of text for people.
#[derive(Debug, Clone, Default)]
pub struct Line(Vec<(Style, String)>);

impl Line {
    /// An empty line.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a piece without a style.
    #[must_use]
    pub fn plain(self, text: impl AsRef<str>) -> Self {
        self.styled(PLAIN, text)
    }

    /// Adds a piece in a style. Control characters are taken out.
    #[must_use]
    pub fn styled(mut self, style: Style, text: impl AsRef<str>) -> Self {
        self.0.push((style, clean(text.as_ref()).into_owned()));
        self
    }

    /// Its pieces, each with its style.
    pub fn pieces(&self) -> &[(Style, String)] {
        &self.0
    }

    /// The line as it is written, without its end.
    pub fn render(&self, colour: bool) -> String {
        self.0.iter().map(|(style, text)| paint(colour, *style, text)).collect()
    }
}

impl<T: AsRef<str>> From<T> for Line {
    fn from(text: T) -> Self {
        Self::new().plain(text)
    }
}
