//! What a title may be.

use unicode_normalization::UnicodeNormalization as _;

use super::ParseError;

/// Most characters of a title.
pub(super) const LONGEST_TITLE: usize = 4096;

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

/// Checks a title's length and brings it to NFC; `text` is the line it came from.
pub(super) fn finish_title(title: &str, text: &str) -> Result<String, ParseError> {
    let title: String = title.trim().nfc().collect();
    let length = title.chars().count();
    if length > LONGEST_TITLE {
        let message = format!("the title has {length} characters, more than {LONGEST_TITLE}");
        return Err(ParseError::at(text, 0..text.len(), message, "put longer text into the task's body"));
    }
    Ok(title)
}

fn breaks_lines(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}
