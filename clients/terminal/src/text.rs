//! Text from the store made fit for a terminal: no control characters, a known width.
//!
//! A title may come from another machine or an import; it must not move the cursor, recolour the screen or turn the
//! line around. So everything that is printed as text passes through [`clean`] or [`clean_body`].

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// Stands at the end of a text that was cut.
const ELLIPSIS: &str = "…";

/// Whether a terminal may act on the character instead of showing it: C0, C1, and the marks that reorder a line.
pub fn is_control(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// One line without control characters; a line break or tab becomes a space.
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_control) {
        return Cow::Borrowed(text);
    }
    let shown = |c: char| match c {
        '\n' | '\r' | '\t' => Some(' '),
        c if is_control(c) => None,
        c => Some(c),
    };
    Cow::Owned(text.chars().filter_map(shown).collect())
}

/// One line in which a control character is seen and not obeyed: `␛`, `␊`, `‹U+202E›`.
pub fn shown(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_control) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match u32::from(character) {
            code @ 0..0x20 => out.extend(char::from_u32(0x2400 + code)),
            0x7f => out.push('\u{2421}'),
            code if is_control(character) => out.push_str(&format!("‹U+{code:04X}›")),
            _ => out.push(character),
        }
    }
    Cow::Owned(out)
}

/// Several lines without control characters; line breaks and tabs stay.
pub fn clean_body(text: &str) -> Cow<'_, str> {
    let kept = |c: char| c == '\n' || c == '\t' || !is_control(c);
    if text.chars().all(kept) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().filter(|c| kept(*c)).collect())
    }
}

/// The system's words for an error, without its number.
pub fn system_words(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_lowercase(),
        None => text,
    }
}

/// Columns the text takes in a terminal.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text cut to at most `limit` columns, with an ellipsis where it was cut; never within a grapheme.
pub fn truncate(text: &str, limit: usize) -> Cow<'_, str> {
    if width(text) <= limit {
        return Cow::Borrowed(text);
    }
    if limit == 0 {
        return Cow::Borrowed("");
    }
    let mut kept = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let columns = width(grapheme);
        if used + columns > limit - 1 {
            break;
        }
        used += columns;
        kept.push_str(grapheme);
    }
    kept.truncate(kept.trim_end().len());
    kept.push_str(ELLIPSIS);
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_title_cannot_drive_the_terminal() {
        assert_eq!(clean("\u{1b}[31mred\u{1b}[0m\u{7}"), "[31mred[0m");
        assert_eq!(clean("a\u{9b}2Jb"), "a2Jb");
        assert_eq!(clean("pay \u{202e}gnihton\u{2069}"), "pay gnihton");
        assert_eq!(clean("two\nlines\tthere"), "two lines there");
        assert!(matches!(clean("plain ä 漢字"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_control_character_can_be_seen() {
        assert_eq!(shown("\u{1b}[31mred\n\u{7f}"), "␛[31mred␊␡");
        assert_eq!(shown("pay \u{202e}gnihton\u{9b}"), "pay ‹U+202E›gnihton‹U+009B›");
        assert!(matches!(shown("שלום 漢字"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_body_keeps_its_lines() {
        assert_eq!(clean_body("a\n\tb\u{1b}]0;x\u{7}\r\n"), "a\n\tb]0;x\n");
    }

    #[test]
    fn cutting_counts_columns_not_characters() {
        assert_eq!(truncate("漢字漢字", 8), "漢字漢字");
        assert_eq!(truncate("漢字漢字", 6), "漢字…");
        assert_eq!(truncate("漢字漢字", 5), "漢字…");
        assert_eq!(truncate("hello there", 6), "hello…");
        assert_eq!(truncate("hello", 0), "");
        assert_eq!(truncate("e\u{301}e\u{301}e\u{301}", 2), "e\u{301}…");
    }

    proptest! {
        #[test]
        fn nothing_cut_is_wider_than_its_limit(text in "\\PC{0,40}", limit in 0usize..30) {
            prop_assert!(width(&truncate(&text, limit)) <= limit);
        }

        #[test]
        fn nothing_cleaned_holds_a_control(text in any::<String>()) {
            prop_assert!(!clean(&text).chars().any(is_control));
        }
    }
}
