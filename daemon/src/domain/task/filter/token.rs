//! A filter cut into parentheses, words, quoted texts and expressions.

use std::ops::Range;

use super::FilterError;
use super::key::Modifier;

/// A piece of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    /// Its bytes; of a quoted text or an expression without the marks.
    pub(super) bytes: Range<usize>,
}

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    Open,
    Close,
    /// Anything without spaces; behind a `:` or an operator also a quoted text or an expression.
    Word,
    Quoted,
    Expression,
}

/// Cuts a filter.
pub(super) fn cut(text: &str) -> Result<Vec<Token>, FilterError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(|c: char| !c.is_whitespace()).map(|skip| at + skip) {
        let token = match text.as_bytes()[start] {
            b'(' => Token { kind: TokenKind::Open, bytes: start..start + 1 },
            b')' => Token { kind: TokenKind::Close, bytes: start..start + 1 },
            b'"' => Token { kind: TokenKind::Quoted, bytes: quoted(text, start)? },
            b'/' => Token { kind: TokenKind::Expression, bytes: expression(text, start)? },
            b'-' if is_unwanted(text, start + 1) => Token { kind: TokenKind::Word, bytes: start..start + 1 },
            _ => Token { kind: TokenKind::Word, bytes: start..word_end(text, start)? },
        };
        at = token.bytes.end + usize::from(matches!(token.kind, TokenKind::Quoted | TokenKind::Expression));
        tokens.push(token);
    }
    Ok(tokens)
}

/// The inside of a text in quotes that begins at a byte.
fn quoted(text: &str, start: usize) -> Result<Range<usize>, FilterError> {
    match text[start + 1..].find('"') {
        Some(length) => Ok(start + 1..start + 1 + length),
        None => Err(FilterError::at(
            text,
            start..text.len(),
            "the quotes are not closed",
            "add a `\"` at the end",
        )),
    }
}

/// The inside of an expression between slashes that begins at a byte.
fn expression(text: &str, start: usize) -> Result<Range<usize>, FilterError> {
    closing_slash(text, start).map(|end| start + 1..end).ok_or_else(|| {
        let hint = "close it with a `/`, or write a text with slashes in quotes";
        FilterError::at(text, start..text.len(), "the expression is not closed", hint)
    })
}

/// The slash that closes an expression: not escaped, and with nothing behind it.
fn closing_slash(text: &str, start: usize) -> Option<usize> {
    let mut escaped = false;
    text[start + 1..].char_indices().map(|(at, c)| (start + 1 + at, c)).find_map(|(at, c)| {
        let closes = c == '/'
            && !escaped
            && text[at + 1..].chars().next().is_none_or(|next| next == ')' || next.is_whitespace());
        escaped = c == '\\' && !escaped;
        closes.then_some(at)
    })
}

/// Whether a text in quotes or an expression begins there, before which a `-` means not.
fn is_unwanted(text: &str, at: usize) -> bool {
    match text.as_bytes().get(at) {
        Some(b'"') => true,
        Some(b'/') => closing_slash(text, at).is_some(),
        _ => false,
    }
}

/// Where a word ends: at a space or a parenthesis, but not inside what begins behind its first `:` or operator.
fn word_end(text: &str, start: usize) -> Result<usize, FilterError> {
    let plain = |from: usize| {
        text[from..]
            .find(|c: char| c.is_whitespace() || matches!(c, '(' | ')'))
            .map_or(text.len(), |end| from + end)
    };
    let end = plain(start);
    let Some(mark) = text[start..end].find([':', '<', '>', '=']).map(|mark| start + mark) else {
        return Ok(end);
    };
    let value = mark + Modifier::from_operator(&text[mark..]).map_or(0, |(_, length)| length);
    if text[value..].starts_with('/')
        && let Some(slash) = closing_slash(text, value)
    {
        return Ok(slash + 1);
    }
    // Values with commas between them, of which some may have spaces inside.
    let mut at = value;
    loop {
        let behind = &text[at..];
        if behind.starts_with('"') {
            at = quoted(text, at)?.end + 1;
        } else if let Some(length) = link_length(behind) {
            at += length;
        } else {
            at = plain_value(text, at);
        }
        if !text[at..].starts_with(',') {
            return Ok(at);
        }
        at += 1;
    }
}

/// Where a value without quotes ends: at a space, a parenthesis or a comma.
fn plain_value(text: &str, from: usize) -> usize {
    text[from..]
        .find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ','))
        .map_or(text.len(), |end| from + end)
}

/// The bytes of the `[[link]]` a text begins with.
fn link_length(text: &str) -> Option<usize> {
    text.starts_with("[[").then(|| text.find("]]"))?.map(|end| end + 2)
}

/// The values of a text with commas between them: those inside quotes and `[[ ]]` part nothing.
pub(super) fn values(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(first) = text[at..].chars().next() {
        let is_begun = at > start;
        let closed = match first {
            '"' if !is_begun => text[at + 1..].find('"').map(|length| length + 2),
            '[' if !is_begun => link_length(&text[at..]),
            _ => None,
        };
        if first == ',' {
            found.push(start..at);
            start = at + 1;
        }
        at += closed.unwrap_or(first.len_utf8());
    }
    found.push(start..text.len());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<(TokenKind, &str)> {
        cut(text).unwrap().into_iter().map(|token| (token.kind, &text[token.bytes])).collect()
    }

    #[test]
    fn pieces_of_a_filter() {
        use TokenKind::{Close, Expression, Open, Quoted, Word};
        assert_eq!(
            pieces(r#"(+a or -b) "c d" /e (f|g)\/ h/ proj:"Big House" title:/x y/ links:[[A (b)]]"#),
            [
                (Open, "("),
                (Word, "+a"),
                (Word, "or"),
                (Word, "-b"),
                (Close, ")"),
                (Quoted, "c d"),
                (Expression, r"e (f|g)\/ h"),
                (Word, r#"proj:"Big House""#),
                (Word, "title:/x y/"),
                (Word, "links:[[A (b)]]"),
            ]
        );
        assert_eq!(
            pieces(r#"proj:"A b",C,"D, e" links:[[A, b]],[[C]] -"a b" -/c d/ -x title:="y z""#),
            [
                (Word, r#"proj:"A b",C,"D, e""#),
                (Word, "links:[[A, b]],[[C]]"),
                (Word, "-"),
                (Quoted, "a b"),
                (Word, "-"),
                (Expression, "c d"),
                (Word, "-x"),
                (Word, "title:=\"y"),
                (Word, "z\""),
            ]
        );
    }

    #[test]
    fn commas_part_values_but_not_inside_quotes_and_links() {
        let parted = |text| values(text).into_iter().map(|bytes| &text[bytes]).collect::<Vec<_>>();
        assert_eq!(parted("a,b"), ["a", "b"]);
        assert_eq!(parted(""), [""]);
        assert_eq!(parted("a,,"), ["a", "", ""]);
        assert_eq!(parted(r#""a, b",[[c, d]],e"f,g"#), [r#""a, b""#, "[[c, d]]", "e\"f", "g"]);
        assert_eq!(parted("ä,[[日, 本"), ["ä", "[[日", " 本"]);
    }

    #[test]
    fn what_is_not_closed_is_shown() {
        let error = cut("+a \"b c").unwrap_err();
        assert_eq!((error.message.as_str(), error.start, error.end), ("the quotes are not closed", 3, 7));
        let error = cut("ä /etc/hosts").unwrap_err();
        assert_eq!((error.message.as_str(), error.start, error.end), ("the expression is not closed", 2, 12));
        assert!(cut("proj:\"x").is_err());
    }
}
