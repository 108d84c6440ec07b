//! Cuts a query into what a person sees: words, phrases, keys, signs.

use std::ops::Range;

/// What stands in a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sign {
    Open,
    Close,
    Or,
    Not,
    /// A word or phrase, perhaps behind a key.
    Term {
        key: Option<String>,
        text: String,
        is_phrase: bool,
        is_prefix: bool,
    },
}

/// A sign and where it stands, in Unicode scalars.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lexeme {
    pub(super) sign: Sign,
    pub(super) place: Range<usize>,
}

/// Keys that narrow a search; anything else before a colon is text.
const KEYS: [&str; 6] = ["title", "tag", "path", "journal", "task", "page"];

/// Cuts a query. A quote that is not closed runs to the end.
pub(super) fn lex(query: &str) -> Vec<Lexeme> {
    let characters: Vec<char> = query.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut lexemes = Vec::new();
    let mut at = 0;
    while let Some(&c) = characters.get(at) {
        let start = at;
        let behind = characters.get(at + 1).copied();
        let sign = match c {
            c if c.is_whitespace() => {
                at += 1;
                continue;
            }
            '(' => one(&mut at, Sign::Open),
            ')' => one(&mut at, Sign::Close),
            '-' if behind.is_some_and(|next| !next.is_whitespace() && next != '-') => one(&mut at, Sign::Not),
            _ => term(&characters, &mut at),
        };
        lexemes.push(Lexeme { sign, place: start..at });
    }
    lexemes
}

fn one(at: &mut usize, sign: Sign) -> Sign {
    *at += 1;
    sign
}

fn term(characters: &[char], at: &mut usize) -> Sign {
    let key = key(characters, at);
    if characters.get(*at) == Some(&'"') {
        let start = *at + 1;
        let end =
            characters[start..].iter().position(|c| *c == '"').map_or(characters.len(), |end| start + end);
        *at = (end + 1).min(characters.len());
        let is_prefix = characters.get(*at) == Some(&'*');
        *at += usize::from(is_prefix);
        return Sign::Term { key, text: characters[start..end].iter().collect(), is_phrase: true, is_prefix };
    }
    let start = *at;
    while characters.get(*at).is_some_and(|c| !c.is_whitespace() && !matches!(c, '(' | ')' | '"')) {
        *at += 1;
    }
    let mut text: String = characters[start..*at].iter().collect();
    match text.as_str() {
        "OR" if key.is_none() => return Sign::Or,
        "NOT" if key.is_none() => return Sign::Not,
        _ => {}
    }
    let is_prefix = text.len() > 1 && text.ends_with('*');
    if is_prefix {
        text.truncate(text.trim_end_matches('*').len());
    }
    Sign::Term { key, text, is_phrase: false, is_prefix }
}

/// Reads a key and its colon, if one stands there.
fn key(characters: &[char], at: &mut usize) -> Option<String> {
    let length = characters[*at..].iter().position(|c| *c == ':').filter(|length| *length <= 8)?;
    let word: String = characters[*at..*at + length].iter().collect::<String>().to_ascii_lowercase();
    KEYS.contains(&word.as_str()).then(|| {
        *at += length + 1;
        word
    })
}
