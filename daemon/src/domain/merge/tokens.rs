//! A line cut into what is never cut further: words, links, boxes, addresses, spaces, marks.

use unicode_segmentation::UnicodeSegmentation as _;

use crate::domain::page::markdown::anchor_of;
use crate::domain::page::marker_length;

/// Bytes of a link, and letters of the scheme of an address: what is longer is not looked through for each bracket.
const LONGEST_LINK: usize = 200;
const LONGEST_SCHEME: usize = 12;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    /// Letters and digits, with what Unicode counts to a word.
    Word,
    /// A character that is a word by itself, as in Chinese: those stand side by side without a space.
    Ideograph,
    /// `[[Page]]`
    Link,
    /// `[x]`
    Box,
    /// `https://…`
    Address,
    /// Spaces.
    Space,
    /// Anything else.
    Mark,
}

/// A piece of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Token<'a> {
    /// What it is.
    pub(super) kind: Kind,
    /// As it stands.
    pub(super) text: &'a str,
}

impl Token<'_> {
    /// Whether it would become something else when it touched another one.
    pub(super) fn is_solid(&self) -> bool {
        matches!(self.kind, Kind::Word | Kind::Address | Kind::Link | Kind::Box)
    }
}

/// The tokens of a line; together they are the line.
pub(super) fn tokens(line: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut plain = 0;
    let mut at = 0;
    let mut before = ' ';
    while at < line.len() {
        let rest = &line[at..];
        match atom(&line[..at], rest, before) {
            Some((kind, length)) => {
                cut(&line[plain..at], &mut tokens);
                tokens.push(Token { kind, text: &rest[..length] });
                at += length;
                plain = at;
                before = ']';
            }
            None => {
                before = rest.chars().next().unwrap_or(' ');
                at += before.len_utf8();
            }
        }
    }
    cut(&line[plain..], &mut tokens);
    tokens
}

/// What is never cut, at the beginning of `rest`: its kind and length.
fn atom(head: &str, rest: &str, before: char) -> Option<(Kind, usize)> {
    let first = *rest.as_bytes().first()?;
    if first == b'[' {
        let is_item = || marker_length(head.trim()) == Some(head.trim().len());
        return link(rest)
            .map(|length| (Kind::Link, length))
            .or_else(|| checkbox(rest).filter(|_| is_item()).map(|length| (Kind::Box, length)));
    }
    if before.is_alphanumeric() || !first.is_ascii_alphanumeric() {
        return None;
    }
    address(rest).map(|length| (Kind::Address, length)).or_else(|| Some((Kind::Word, code(rest)?)))
}

/// The length of a date, a time, a version or an id at the beginning: letters and digits, some of them digits, joined by
/// `-`, `:`, `.` or `/`. Merged by their parts they would be ones that nobody typed.
fn code(text: &str) -> Option<usize> {
    let joins = |c: u8| b"-:./".contains(&c);
    let bytes = head(text, LONGEST_LINK).as_bytes();
    let mut end = 0;
    let mut is_joined = false;
    while end < bytes.len() {
        if bytes[end].is_ascii_alphanumeric() {
            end += 1;
        } else if joins(bytes[end]) && bytes.get(end + 1).is_some_and(u8::is_ascii_alphanumeric) {
            is_joined = true;
            end += 1;
        } else {
            break;
        }
    }
    let is_word_further = text[end..].chars().next().is_some_and(char::is_alphanumeric);
    (is_joined && bytes[..end].iter().any(u8::is_ascii_digit) && !is_word_further).then_some(end)
}

/// A line and the name of its block anchor (` ^name` at its end), if it has one.
pub(super) fn split_anchor(line: &str) -> (&str, &str) {
    let Some(name) = anchor_of(line) else { return (line, "") };
    let text = &line[..line.trim_end().len() - name.len() - 1];
    // The space before it belongs to it.
    line.split_at(text.strip_suffix(char::is_whitespace).unwrap_or(text).len())
}

/// The words of a plain text (Unicode, UAX #29).
fn cut<'a>(text: &'a str, tokens: &mut Vec<Token<'a>>) {
    for piece in text.split_word_bounds() {
        let first = piece.chars().next().unwrap_or(' ');
        let kind = if first.is_whitespace() {
            Kind::Space
        } else if !piece.chars().any(char::is_alphanumeric) {
            Kind::Mark
        } else if is_ideograph(first) {
            Kind::Ideograph
        } else {
            Kind::Word
        };
        tokens.push(Token { kind, text: piece });
    }
}

/// Scripts that are written without spaces.
fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// The length of `[[…]]` at the beginning.
fn link(text: &str) -> Option<usize> {
    let inside = text.strip_prefix("[[")?;
    let end = head(inside, LONGEST_LINK).find("]]")?;
    let is_one = end > 0 && !inside[..end].contains("[[");
    is_one.then_some(end + 4)
}

/// The length of a box at the beginning.
fn checkbox(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    (bytes.first() == Some(&b'[')
        && bytes.get(2) == Some(&b']')
        && bytes[1].is_ascii()
        && !b"[]".contains(&bytes[1]))
    .then_some(3)
}

/// The length of an address at the beginning.
fn address(text: &str) -> Option<usize> {
    if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let scheme = head(text, LONGEST_SCHEME + 3).find("://").filter(|length| *length > 1)?;
    let is_scheme = text[..scheme].chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    let end = text.find(|c: char| c.is_whitespace() || "<>\"`|()[]".contains(c)).unwrap_or(text.len());
    (is_scheme && end > scheme + 3).then_some(end)
}

/// The beginning of a text, of at most so many bytes.
fn head(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// How alike two lines are: twice the words they share by the words they have, 0 to 1 (Dice).
pub(super) fn likeness(one: &[&str], other: &[&str]) -> f64 {
    if one.is_empty() || other.is_empty() {
        return 0.0;
    }
    let (mut at_one, mut at_other, mut shared) = (0, 0, 0_usize);
    while at_one < one.len() && at_other < other.len() {
        match one[at_one].cmp(other[at_other]) {
            std::cmp::Ordering::Less => at_one += 1,
            std::cmp::Ordering::Greater => at_other += 1,
            std::cmp::Ordering::Equal => {
                shared += 1;
                (at_one, at_other) = (at_one + 1, at_other + 1);
            }
        }
    }
    2.0 * shared as f64 / (one.len() + other.len()) as f64
}

/// The words of a line, sorted, for [`likeness`].
pub(super) fn sorted_words(line: &str) -> Vec<&str> {
    // The number of a list item says where it stands, not what it is.
    let is_number = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    let is_marker = |word: &str| marker_length(word) == Some(word.len()) && is_number(word);
    let is_numbered = line.split_whitespace().next().is_some_and(is_marker);
    let tokens = tokens(line.trim_start());
    let is_word = |token: &Token<'_>| !matches!(token.kind, Kind::Space | Kind::Mark | Kind::Box);
    let mut words: Vec<&str> =
        tokens.into_iter().skip(usize::from(is_numbered)).filter(is_word).map(|token| token.text).collect();
    words.sort_unstable();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> String {
        tokens(line).iter().map(|token| token.text).collect::<Vec<_>>().join("¦")
    }

    #[test]
    fn links_boxes_and_addresses_are_whole() {
        assert_eq!(shown("- [x] see [[My Page|it]], ok"), "-¦ ¦[x]¦ ¦see¦ ¦[[My Page|it]]¦,¦ ¦ok");
        assert_eq!(shown("(https://a.example/b?c=d) x://"), "(¦https://a.example/b?c=d¦)¦ ¦x¦:¦/¦/");
        assert_eq!(shown("don't 3.14 日本 👨‍👩‍👧 [[ [[]]"), "don't¦ ¦3.14¦ ¦日¦本¦ ¦👨‍👩‍👧¦ ¦[¦[¦ ¦[¦[¦]¦]");
        assert_eq!(tokens("日")[0].kind, Kind::Ideograph);
    }

    #[test]
    fn dates_and_ids_are_whole_and_brackets_are_no_boxes() {
        assert_eq!(
            shown("due 2026-11-27 10:30, ABC-123 v1.2.3 a-b x/y"),
            "due¦ ¦2026-11-27¦ ¦10:30¦,¦ ¦ABC-123¦ ¦v1.2.3¦ ¦a¦-¦b¦ ¦x¦/¦y"
        );
        assert_eq!(shown("tags: [a] 1. [x]"), "tags¦:¦ ¦[¦a¦]¦ ¦1¦.¦ ¦[¦x¦]");
        assert_eq!(shown("1. [x] a"), "1¦.¦ ¦[x]¦ ¦a");
        assert_eq!(split_anchor("- [ ] a ^t-1a2b "), ("- [ ] a", " ^t-1a2b "));
        assert_eq!(split_anchor("x ^2 y"), ("x ^2 y", ""));
    }

    #[test]
    fn likeness_counts_shared_words() {
        let alike = |one, other| likeness(&sorted_words(one), &sorted_words(other));
        assert_eq!(alike("- [ ] call the bank", "- [x] call the bank"), 1.0);
        assert_eq!(alike("meet Monday", "meet Tuesday"), 0.5);
        assert_eq!(alike("---", "---"), 0.0);
    }
}
