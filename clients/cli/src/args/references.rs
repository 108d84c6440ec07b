//! Which leading words of a command name nodes.
//!
//! A word is taken for a reference by its shape alone: `@last`, `[[a title]]`, a whole id, or a short id's prefix
//! (3 to 12 characters of Crockford's alphabet: digits and letters without `i l o u`). The first word is one whatever
//! its shape, so a quoted title may stand there. The daemon then resolves them; one that names nothing is an error, so a
//! wrong guess changes nothing. Pure.

/// Letters and digits of short ids.
const CROCKFORD: &str = "0123456789abcdefghjkmnpqrstvwxyz";

/// Words in the shape of a short id that people use for dates. No short id ever equals one.
const DATE_WORDS: &[&str] = &[
    "next",
    "wed",
    "sat",
    "wednesday",
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "dec",
    "march",
    "september",
    "sep",
    "sept",
    "december",
    "day",
    "days",
    "week",
    "weeks",
    "year",
    "years",
    "yesterday",
];

/// Parts of a command line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Split {
    /// The references.
    pub(crate) references: Vec<String>,
    /// What stands behind them.
    pub(crate) rest: Vec<String>,
}

/// Whether a word has the shape of a reference.
pub(crate) fn looks_like_reference(word: &str) -> bool {
    word == "@last" || (word.starts_with("[[") && word.ends_with("]]")) || is_uuid(word) || is_short_id(word)
}

fn is_short_id(word: &str) -> bool {
    (3..=12).contains(&word.len())
        && word.chars().all(|character| CROCKFORD.contains(character.to_ascii_lowercase()))
}

fn is_uuid(word: &str) -> bool {
    word.len() == 36
        && word.char_indices().all(|(at, character)| match at {
            8 | 13 | 18 | 23 => character == '-',
            _ => character.is_ascii_hexdigit(),
        })
}

/// Whether a word is for certain a change: it has a `key:`, is a tag, or a priority.
fn is_change(word: &str) -> bool {
    let is_priority = matches!(word.as_bytes(), [b'p' | b'P', b'0'..=b'4']);
    let key = word.split_once(':').is_some_and(|(key, _)| {
        !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphabetic() || matches!(b, b'-' | b'_'))
    });
    is_priority || key || word.starts_with(['+', '-'])
}

fn is_date_word(word: &str) -> bool {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    // `10d`, `100d`, `21st`, `3days`: a number and a unit; a short id of that form is still taken in the first place.
    let unit = &word[digits..];
    let counted = digits > 0
        && matches!(unit, "d" | "w" | "m" | "q" | "y" | "h" | "st" | "nd" | "rd" | "th" | "days" | "wks");
    counted || DATE_WORDS.contains(&word.to_ascii_lowercase().as_str())
}

/// Splits `<ref…> <changes…>`. One quoted string is split at its spaces first, outside double quotes.
pub(crate) fn before_changes(words: Vec<String>) -> Split {
    let words = match <[String; 1]>::try_from(words) {
        Ok([only]) => unquoted(&only),
        Err(words) => words,
    };
    let named = |(at, word): (usize, &String)| !is_change(word) && (at == 0 || looks_like_reference(word));
    split_where(words, named)
}

/// Splits `<ref…> <date…>`; the last word always belongs to the date.
pub(crate) fn before_date(words: Vec<String>) -> Split {
    let last = words.len().saturating_sub(1);
    split_where(words, |(at, word)| {
        at < last && (at == 0 || (looks_like_reference(word) && !is_date_word(word)))
    })
}

/// The references of a command that takes nothing else. One quoted string of several is split; a quoted title stays,
/// and what has a capital letter is a title (`"Pay rent"` could be two short ids).
pub(crate) fn several(words: Vec<String>) -> Vec<String> {
    let are_references = |words: &str| {
        let has_capital = words.chars().any(char::is_uppercase);
        !has_capital && !words.trim().is_empty() && words.split_whitespace().all(looks_like_reference)
    };
    match words.as_slice() {
        [only] if are_references(only) => only.split_whitespace().map(str::to_owned).collect(),
        _ => words,
    }
}

/// Splits `<ref> <text…>`: one reference, the rest is text.
pub(crate) fn before_text(words: Vec<String>) -> Split {
    split_where(words, |(at, _)| at == 0)
}

fn split_where(mut words: Vec<String>, named: impl Fn((usize, &String)) -> bool) -> Split {
    let count = words.iter().enumerate().take_while(|(at, word)| named((*at, word))).count();
    let rest = words.split_off(count);
    Split { references: words, rest }
}

/// The words of a quoted string; double quotes hold words together and are dropped. A string without spaces, or one
/// that is a `[[title]]`, is one word.
fn unquoted(line: &str) -> Vec<String> {
    if line.starts_with("[[") && line.ends_with("]]") {
        return vec![line.to_owned()];
    }
    let mut words = Vec::new();
    let mut word = String::new();
    let mut in_quotes = false;
    for character in line.chars() {
        match character {
            '"' => in_quotes = !in_quotes,
            c if c.is_whitespace() && !in_quotes => {
                words.extend(Some(std::mem::take(&mut word)).filter(|w| !w.is_empty()))
            }
            c => word.push(c),
        }
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(split: Split) -> String {
        format!("{} | {}", split.references.join(","), split.rest.join(","))
    }

    fn words(line: &[&str]) -> Vec<String> {
        line.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn the_shape_of_references() {
        for yes in
            ["7k3", "7K3", "abcdefghjkmn", "@last", "[[My Page]]", "0190f3a2-6f1e-7c3a-8b1d-1234567890ab"]
        {
            assert!(looks_like_reference(yes), "{yes}");
        }
        for no in
            ["7k", "done", "abcdefghjkmnp", "due:fri", "+tag", "[[open", "über", "0190f3a2-6f1e-7c3a-8b1d"]
        {
            assert!(!looks_like_reference(no), "{no}");
        }
    }

    #[test]
    fn changes_begin_at_the_first_word_that_is_no_reference() {
        for (line, expected) in [
            (&["7k3", "9ab", "due:fri", "p1"][..], "7k3,9ab | due:fri,p1"),
            (&["7k3", "-home"], "7k3 | -home"),
            (&["7k3", "p1"], "7k3 | p1"),
            (&["@last", "[[Trip]]", "+a"], "@last,[[Trip]] | +a"),
            (&["Call the bank", "p1"], "Call the bank | p1"),
            (&["7k3", "Call", "the", "bank"], "7k3 | Call,the,bank"),
            (&["7k3", "New title here"], "7k3 | New title here"),
            (&["due:fri"], " | due:fri"),
            (&["follow-up:fri"], " | follow-up:fri"),
            (&["p0"], " | p0"),
            (&["p1", "+a"], " | p1,+a"),
            (&["7k3"], "7k3 | "),
            (&[], " | "),
        ] {
            assert_eq!(shown(before_changes(words(line))), expected, "{line:?}");
        }
    }

    #[test]
    fn one_quoted_string_equals_the_split_form() {
        assert_eq!(shown(before_changes(words(&["7k3 9ab due:fri +x"]))), "7k3,9ab | due:fri,+x");
        assert_eq!(shown(before_changes(words(&["7k3 title:\"Call Bob\""]))), "7k3 | title:Call Bob");
        assert_eq!(shown(before_changes(words(&["[[My Page]]"]))), "[[My Page]] | ");
        assert_eq!(shown(before_changes(words(&[""]))), " | ");
    }

    #[test]
    fn a_quoted_title_is_one_reference_and_quoted_ids_are_several() {
        assert_eq!(several(words(&["7k3 9ab"])), ["7k3", "9ab"]);
        assert_eq!(several(words(&["Call the bank"])), ["Call the bank"]);
        assert_eq!(several(words(&["Pay rent"])), ["Pay rent"]);
        assert_eq!(several(words(&["[[My Page]]"])), ["[[My Page]]"]);
        assert_eq!(several(words(&["7k3", "9ab cde"])), ["7k3", "9ab cde"]);
        assert_eq!(several(words(&[" "])), [" "]);
    }

    #[test]
    fn the_date_is_never_taken_for_a_reference() {
        for (line, expected) in [
            (&["7k3", "2w"][..], "7k3 | 2w"),
            (&["7k3", "9ab", "sat"], "7k3,9ab | sat"),
            (&["7k3", "next", "wed"], "7k3 | next,wed"),
            (&["7k3", "9ab", "in", "3", "days"], "7k3,9ab | in,3,days"),
            (&["7k3", "may", "3rd"], "7k3 | may,3rd"),
            (&["7k3", "100d", "9:00"], "7k3 | 100d,9:00"),
            (&["7k3"], " | 7k3"),
        ] {
            assert_eq!(shown(before_date(words(line))), expected, "{line:?}");
        }
    }

    #[test]
    fn a_log_line_is_all_but_the_first_word() {
        assert_eq!(shown(before_text(words(&["7k3", "9ab", "called", "Bob"]))), "7k3 | 9ab,called,Bob");
    }

    #[test]
    fn date_words_of_the_list_have_the_shape_of_a_reference() {
        for word in DATE_WORDS {
            assert!(looks_like_reference(word), "`{word}` need not be in the list");
        }
    }
}
