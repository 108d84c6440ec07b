//! Text terms: words or a regular expression looked for in titles and bodies, whatever their case.

use caseless::Caseless as _;
use regex::{Regex, RegexBuilder};
use unicode_normalization::UnicodeNormalization as _;

/// Most bytes a compiled expression and its lazy automaton may take each.
const REGEX_BYTES: usize = 1 << 20;

/// Deepest nesting of an expression.
const REGEX_NESTING: u32 = 50;

/// One text a filter looks for.
#[derive(Debug, Clone)]
pub struct TextTerm {
    source: Box<str>,
    matcher: Matcher,
}

#[derive(Debug, Clone)]
enum Matcher {
    /// `folded` stands anywhere; `ascii` is the same search for text that needs no folding.
    Contains {
        folded: Box<str>,
        ascii: Regex,
    },
    /// `folded` stands between two characters that are no letters or digits.
    Word {
        folded: Box<str>,
    },
    /// The whole text is `folded`.
    Whole {
        folded: Box<str>,
    },
    Expression(Regex),
}

/// How a text is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Contains,
    Word,
    Whole,
    Expression,
}

/// Two that look for the same in the same way.
impl PartialEq for TextTerm {
    fn eq(&self, other: &Self) -> bool {
        (&self.source, self.way()) == (&other.source, other.way())
    }
}

impl TextTerm {
    /// Looks for a text anywhere.
    ///
    /// # Errors
    /// A text too long to be searched for.
    pub(super) fn contains(text: &str) -> Result<Self, regex::Error> {
        let folded = fold(text);
        let ascii = compile(&regex::escape(&folded))?;
        Ok(Self { source: text.into(), matcher: Matcher::Contains { folded: folded.into(), ascii } })
    }

    /// Looks for a text that stands alone.
    pub(super) fn word(text: &str) -> Self {
        Self { source: text.into(), matcher: Matcher::Word { folded: fold(text).into() } }
    }

    /// Compares with the whole text.
    pub(super) fn whole(text: &str) -> Self {
        Self { source: text.into(), matcher: Matcher::Whole { folded: fold(text).into() } }
    }

    /// Looks for a regular expression.
    ///
    /// # Errors
    /// An expression with an error in it, or a too large one.
    pub(super) fn expression(source: &str) -> Result<Self, regex::Error> {
        Ok(Self { source: source.into(), matcher: Matcher::Expression(compile(source)?) })
    }

    /// The text or expression as typed.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether it is a regular expression.
    pub fn is_expression(&self) -> bool {
        matches!(self.matcher, Matcher::Expression(_))
    }

    /// The folded text every text it is in contains after [`fold`]; `None` for an expression.
    pub fn folded(&self) -> Option<&str> {
        match &self.matcher {
            Matcher::Contains { folded, .. } | Matcher::Word { folded } | Matcher::Whole { folded } => {
                Some(folded)
            }
            Matcher::Expression(_) => None,
        }
    }

    /// Whether a text has it. Case is folded as Unicode has it; accents count.
    pub fn is_in(&self, text: &str) -> bool {
        match &self.matcher {
            Matcher::Contains { ascii, .. } if text.is_ascii() => ascii.is_match(text),
            Matcher::Contains { folded, .. } => fold(text).contains(&**folded),
            Matcher::Word { folded } => has_word(&fold(text), folded),
            Matcher::Whole { folded } => is_folded(text, folded),
            Matcher::Expression(expression) => expression.is_match(text),
        }
    }

    /// How it looks.
    pub(super) fn way(&self) -> Way {
        match self.matcher {
            Matcher::Contains { .. } => Way::Contains,
            Matcher::Word { .. } => Way::Word,
            Matcher::Whole { .. } => Way::Whole,
            Matcher::Expression(_) => Way::Expression,
        }
    }

    pub(super) fn operator(&self) -> &'static str {
        match self.matcher {
            Matcher::Contains { .. } | Matcher::Expression(_) => "has",
            Matcher::Word { .. } => "has the word",
            Matcher::Whole { .. } => "is",
        }
    }
}

fn compile(source: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(source)
        .case_insensitive(true)
        .size_limit(REGEX_BYTES)
        .dfa_size_limit(REGEX_BYTES)
        .nest_limit(REGEX_NESTING)
        .build()
}

/// Folds a text for comparison: NFC, full case fold.
pub(super) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfc().default_case_fold().nfc().collect()
}

/// Whether a text is the same as a folded one, folded itself.
pub(super) fn is_folded(text: &str, folded: &str) -> bool {
    if text.is_ascii() { text.eq_ignore_ascii_case(folded) } else { fold(text) == folded }
}

fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(start, found)| {
        let before = text[..start].chars().next_back();
        let after = text[start + found.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_is_folded_and_accents_count() {
        let has = |term: &str, text: &str| TextTerm::contains(term).unwrap().is_in(text);
        assert!(has("bank", "Call the BANK"));
        assert!(has("STRASSE", "Schönhauser Straße"));
        assert!(has("cafe\u{301}", "CAFÉ"));
        assert!(has("мир", "МИР труд"));
        assert!(!has("cafe", "café"));
        assert!(has("a.c", "see A.C. there"));
        assert!(!has("a.c", "abc"));
    }

    #[test]
    fn a_word_stands_alone() {
        let has = |term: &str, text: &str| TextTerm::word(term).is_in(text);
        assert!(has("tax", "The TAX, again"));
        assert!(has("tax", "syntax tax"));
        assert!(!has("tax", "syntax taxes"));
        assert!(TextTerm::whole("Straße").is_in("STRASSE"));
        assert!(!TextTerm::whole("Straße").is_in("Strassen"));
    }

    #[test]
    fn expressions_are_bounded() {
        assert!(TextTerm::expression("^call .*bank$").unwrap().is_in("Call the Bank"));
        assert!(TextTerm::expression("(a{1000}){1000}").is_err());
        assert!(TextTerm::expression(&"(".repeat(300)).is_err());
        assert!(TextTerm::expression("(").is_err());
    }
}
