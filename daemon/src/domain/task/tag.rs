//! Tags: Unicode, with `/` between the levels of their tree, not all digits, case folded.

use unicode_normalization::UnicodeNormalization as _;

/// Most characters of a tag.
const LONGEST: usize = 100;

/// Reads a tag without its sign and folds it: NFC, lower case. `None` when it cannot be one.
pub fn parse_tag(text: &str) -> Option<String> {
    let has_levels = text.split('/').all(|level| !level.is_empty());
    let has_name = text.chars().any(|c| !c.is_ascii_digit() && !matches!(c, '/' | '-'));
    let fits = has_levels && has_name && text.chars().count() <= LONGEST && text.chars().all(is_tag_char);
    fits.then(|| text.nfc().flat_map(char::to_lowercase).nfc().collect())
}

/// Whether a tag may have it: letters, digits, `_ - /`, and symbols outside ASCII such as emoji; no punctuation.
pub fn is_tag_char(c: char) -> bool {
    const ZERO_WIDTH_JOINER: char = '\u{200d}';
    let is_punctuation = matches!(c, '\u{80}'..='\u{bf}' | '\u{2000}'..='\u{206f}' | '\u{2e00}'..='\u{2e7f}' | '\u{3000}'..='\u{303f}');
    match c {
        '_' | '-' | '/' | ZERO_WIDTH_JOINER | 'ª' | 'º' => true,
        _ if c.is_ascii() => c.is_ascii_alphanumeric(),
        _ => !is_punctuation && !c.is_whitespace() && !c.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::parse_tag;

    #[test]
    fn tags_are_folded_and_checked() {
        let read = |text| parse_tag(text).unwrap_or_default();
        assert_eq!(read("Home/Kitchen"), "home/kitchen");
        assert_eq!(read("Straße"), "straße");
        assert_eq!(read("CAFE\u{301}"), "café");
        assert_eq!(read("дом"), "дом");
        assert_eq!(read("🏠"), "🏠");
        assert_eq!(read("2026q4"), "2026q4");
        for text in ["", "1", "49-30", "12/3", "a//b", "/a", "a/", "a,b", "a:b", "a b", "a…", "a.", "«a»"]
        {
            assert_eq!(parse_tag(text), None, "{text}");
        }
        assert_eq!(parse_tag(&"a".repeat(101)), None);
    }
}
