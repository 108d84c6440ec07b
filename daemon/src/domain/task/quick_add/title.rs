//! What a title may be.

use super::ParseError;
use crate::domain::page::check_title;

/// Most characters of a line: a title and any number of tokens one would type.
const LONGEST_LINE: usize = 16_384;

/// Refuses a line that cannot hold a title.
pub(super) fn check_line(text: &str) -> Result<(), ParseError> {
    if let Some((at, c)) = text.char_indices().find(|&(_, c)| breaks_lines(c)) {
        let bytes = at..at + c.len_utf8();
        return Err(ParseError::at(
            text,
            bytes,
            "a title is one line",
            "put longer text into the task's body",
        ));
    }
    if let Some((at, c)) = text.char_indices().find(|(_, c)| c.is_control()) {
        let message = format!("the line has a control character (U+{:04X})", u32::from(c));
        return Err(ParseError::at(text, at..at + c.len_utf8(), message, "leave it out"));
    }
    if let Some((at, _)) = text.char_indices().nth(LONGEST_LINE) {
        let message = format!("the line is longer than {LONGEST_LINE} characters");
        return Err(ParseError::at(text, at..text.len(), message, "put longer text into the task's body"));
    }
    Ok(())
}

/// Checks a title and brings it to NFC; `text` is the line it came from.
pub(super) fn finish_title(title: &str, text: &str) -> Result<String, ParseError> {
    check_title(title, false)
        .map_err(|error| ParseError::at(text, 0..text.len(), error.to_string(), "shorten the line"))
}

fn breaks_lines(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}
