//! The few colours heph uses.
//!
//! Colour never carries a meaning alone: whatever it marks is also said by a sign or a word.

use anstyle::{AnsiColor, Style};

/// An id.
pub const ID: Style = AnsiColor::Cyan.on_default();
/// Past its due day.
pub const OVERDUE: Style = AnsiColor::Red.on_default().bold();
/// Due today.
pub const TODAY: Style = AnsiColor::Yellow.on_default();
/// A heading, a label.
pub const HEADING: Style = Style::new().bold();
/// Less important.
pub const DIM: Style = Style::new().dimmed();
/// An error's first word.
pub const ERROR: Style = AnsiColor::Red.on_default().bold();
/// A warning's first word.
pub const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// What is well.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// No colour.
pub const PLAIN: Style = Style::new();

/// The text in a style, or as it is.
pub fn paint(colour: bool, style: Style, text: &str) -> String {
    if colour && style != PLAIN && !text.is_empty() {
        format!("{style}{text}{style:#}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_has_no_escape() {
        assert_eq!(paint(false, OVERDUE, "late"), "late");
        assert_eq!(paint(true, PLAIN, "late"), "late");
        assert!(paint(true, OVERDUE, "late").starts_with("\u{1b}["));
    }
}
