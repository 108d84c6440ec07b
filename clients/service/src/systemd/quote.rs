//! systemd's quoting of words in `ExecStart=` and `Environment=`, both ways (systemd.service(5), "Command lines";
//! systemd.syntax(7), "Quoting").

use crate::flags::Word;

/// What stands for a specifier, as far as it can be told without the manager.
#[derive(Debug, Clone, Copy)]
pub(super) struct Specifiers<'a> {
    pub(super) home: &'a str,
    pub(super) user: &'a str,
    pub(super) uid: u32,
}

/// A word as `ExecStart=` has it.
pub(super) fn word(word: &Word) -> String {
    match word {
        Word::Plain(text) => quoted(text, true),
        Word::Raw(raw) => raw.clone(),
    }
}

/// A text as one word. Where variables are put in, `$` stands twice.
pub(super) fn quoted(text: &str, has_variables: bool) -> String {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "/._-:=,@+".contains(c);
    if !text.is_empty() && text.chars().all(is_safe) {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '%' => out.push_str("%%"),
            '$' if has_variables => out.push_str("$$"),
            c if c.is_ascii_control() => out.push_str(&format!("\\x{:02x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The words of a value, each as it is written and as it reads without quotes; `None` when a quote is left open.
pub(super) fn split(value: &str) -> Option<Vec<(&str, Option<String>)>> {
    let mut words = Vec::new();
    let mut rest = value.trim_start();
    while !rest.is_empty() {
        let (length, text) = first(rest)?;
        words.push((&rest[..length], text));
        rest = rest[length..].trim_start();
    }
    Some(words)
}

/// The first word: its length and its text, `None` for a text with an escape that systemd refuses.
fn first(value: &str) -> Option<(usize, Option<String>)> {
    let mut bytes: Vec<u8> = Vec::new();
    let mut is_valid = true;
    let mut open = None;
    let mut chars = value.char_indices();
    while let Some((at, c)) = chars.next() {
        match (c, open) {
            (c, None) if c.is_ascii_whitespace() => return Some((at, text(bytes, is_valid))),
            ('"' | '\'', None) => open = Some(c),
            (c, Some(quote)) if c == quote => open = None,
            ('\\', _) => match escape(&value[at + 1..]) {
                Some((length, escaped)) => {
                    bytes.extend(escaped);
                    chars = skip(value, at + 1 + length);
                }
                None => is_valid = false,
            },
            (c, _) => bytes.extend(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    open.is_none().then(|| (value.len(), text(bytes, is_valid)))
}

fn text(bytes: Vec<u8>, is_valid: bool) -> Option<String> {
    String::from_utf8(bytes).ok().filter(|_| is_valid)
}

fn skip(value: &str, to: usize) -> std::str::CharIndices<'_> {
    let mut chars = value.char_indices();
    while chars.offset() < to {
        if chars.next().is_none() {
            break;
        }
    }
    chars
}

/// What stands behind a backslash: how long it is, and the bytes it means.
fn escape(behind: &str) -> Option<(usize, Vec<u8>)> {
    let kind = behind.chars().next()?;
    let number = |digits: usize, radix: u32| {
        let skipped = usize::from(radix == 16);
        let text = behind.get(skipped..skipped + digits)?;
        let is_number = text.chars().all(|c| c.is_digit(radix));
        let value = u32::from_str_radix(text, radix).ok().filter(|value| is_number && *value != 0)?;
        Some((skipped + digits, value))
    };
    let byte = |c: u8| Some((1, vec![c]));
    match kind {
        'a' => byte(7),
        'b' => byte(8),
        'f' => byte(12),
        'n' => byte(b'\n'),
        'r' => byte(b'\r'),
        't' => byte(b'\t'),
        'v' => byte(11),
        's' => byte(b' '),
        '\\' | '"' | '\'' => byte(kind as u8),
        'x' => number(2, 16).map(|(length, value)| (length, vec![value as u8])),
        '0'..='7' => number(3, 8).and_then(|(length, value)| Some((length, vec![u8::try_from(value).ok()?]))),
        'u' | 'U' => {
            let (length, value) = number(if kind == 'u' { 4 } else { 8 }, 16)?;
            Some((length, char::from_u32(value)?.to_string().into_bytes()))
        }
        _ => None,
    }
}

/// Puts specifiers (`%h`) in; `None` when there is one that only the manager knows.
pub(super) fn with_specifiers(text: &str, specifiers: Specifiers<'_>) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('%') | None => out.push('%'),
            Some('h') => out.push_str(specifiers.home),
            Some('u') => out.push_str(specifiers.user),
            Some('U') => out.push_str(&specifiers.uid.to_string()),
            Some(_) => return None,
        }
    }
    Some(out)
}

/// Takes the doubled `$` away; `None` when a variable is named.
pub(super) fn without_variables(text: &str) -> Option<String> {
    let begins_name = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        out.push(c);
        if c != '$' {
            continue;
        }
        match chars.peek().copied() {
            Some('$') => drop(chars.next()),
            Some('{') => return None,
            // Without braces a variable is a word of its own.
            next if out.len() == 1 && begins_name(next) => return None,
            _ => {}
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Vec<Option<String>> {
        split(value).unwrap().into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn words_are_split_as_systemd_does() {
        let some = |texts: &[&str]| texts.iter().map(|text| Some((*text).to_owned())).collect::<Vec<_>>();
        assert_eq!(
            read(r#"/bin/x  a "b c" 'd "e"' f"g h"i"#),
            some(&["/bin/x", "a", "b c", "d \"e\"", "fg hi"])
        );
        assert_eq!(
            read(r#"a\sb \x41\102 \u00e9\U0001f600 "q\"\\\t""#),
            some(&["a b", "AB", "é😀", "q\"\\\t"])
        );
        assert_eq!(read(r#"\xc3\xa9 '' x"#), some(&["é", "", "x"]));
        assert_eq!(read(r"a\q b"), [None, Some("b".to_owned())]);
        assert_eq!(read(r"\xff \x00 \8"), [None, None, None]);
        assert_eq!(split("\"open"), None);
        assert_eq!(read(""), Vec::<Option<String>>::new());
        assert_eq!(split("a \"b c\"").unwrap()[1].0, "\"b c\"");
    }

    #[test]
    fn specifiers_and_variables_are_told_apart_from_text() {
        let specifiers = Specifiers { home: "/home/x", user: "x", uid: 7 };
        let with = |text| with_specifiers(text, specifiers);
        assert_eq!(with("%h/a %% %u %U").as_deref(), Some("/home/x/a % x 7"));
        assert_eq!(with("%t/a"), None);
        assert_eq!(without_variables("a$$b$c $5").as_deref(), Some("a$b$c $5"));
        for variable in ["${X}", "a${X}", "$X", "$_x"] {
            assert_eq!(without_variables(variable), None, "{variable}");
        }
    }
}
