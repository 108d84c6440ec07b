//! A query, understood, and as the index is asked. Nothing of what was typed reaches the index unquoted.

use unicode_normalization::UnicodeNormalization as _;

use super::facet;
use super::lexer::{Lexeme, Sign, lex};
use super::words::{is_cjk, is_word, pairs, spelled_plainly, words};
use crate::domain::node::NodeKind;
use crate::domain::page::title_key;

/// The most characters of a query.
const MAX_QUERY: usize = 4_096;

/// The most terms of a query.
const MAX_TERMS: usize = 64;

/// The deepest nesting of parentheses.
const MAX_DEPTH: usize = 32;

/// A query cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    /// What is wrong.
    pub message: String,
    /// First Unicode scalar of the place.
    pub start: usize,
    /// One past its last.
    pub end: usize,
    /// What to write instead.
    pub hint: Option<String>,
}

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Expression {
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Not(Box<Expression>),
    Term(Term),
    Facet(String),
}

/// Words that stand one behind the other.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    text: String,
    is_prefix: bool,
    in_title: bool,
}

/// A query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query(Expression);

/// A phrase to be marked in what is shown: folded words, the last of them perhaps only begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Phrase {
    pub(super) words: Vec<String>,
    pub(super) is_prefix: bool,
}

impl Query {
    /// Reads a query.
    ///
    /// # Errors
    /// [`QueryError`], with the place.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let length = text.chars().count();
        if length > MAX_QUERY {
            let message = format!("a query can have {MAX_QUERY} characters at most");
            return Err(QueryError { message, start: MAX_QUERY, end: length, hint: None });
        }
        let lexemes = lex(text);
        if lexemes.iter().filter(|lexeme| matches!(lexeme.sign, Sign::Term { .. })).count() > MAX_TERMS {
            let message = format!("a query can have {MAX_TERMS} words at most");
            return Err(QueryError { message, start: 0, end: length, hint: None });
        }
        let mut parser = Parser { lexemes: &lexemes, at: 0, length };
        let expression = parser.any(0)?;
        match parser.peek() {
            Some(lexeme) => Err(error("this parenthesis closes nothing", lexeme.place.clone(), None)),
            None if matches!(&expression, Expression::All(all) if all.is_empty()) => Err(QueryError {
                message: "there is nothing to search for".to_owned(),
                start: 0,
                end: length,
                hint: Some(
                    "words, \"a phrase\", begin*, -not, tag:home, path:Work, journal:2026-11".to_owned(),
                ),
            }),
            None => Ok(Self(expression)),
        }
    }

    /// The expression the index is asked.
    pub fn to_match(&self) -> String {
        self.0.to_match(false)
    }

    /// The expression for those that have all words in the title or an alias.
    pub fn to_title_match(&self) -> String {
        self.0.to_match(true)
    }

    /// What is looked for, as a title is folded: a page of exactly that title comes first.
    pub fn as_title_key(&self) -> String {
        let mut typed = Vec::new();
        self.0.positive(&mut |term| typed.push(term.text.clone()));
        title_key(&typed.join(" "))
    }

    /// What to mark in a text.
    pub(super) fn phrases(&self) -> Vec<Phrase> {
        let mut phrases = Vec::new();
        self.0.positive(&mut |term| {
            let words: Vec<String> = words(&term.text).into_iter().map(|word| word.folded).collect();
            if !words.is_empty() {
                phrases.push(Phrase { words, is_prefix: term.is_prefix });
            }
        });
        phrases
    }
}

impl Expression {
    fn positive(&self, each: &mut dyn FnMut(&Term)) {
        match self {
            Self::All(all) | Self::Any(all) => all.iter().for_each(|part| part.positive(each)),
            Self::Term(term) => each(term),
            Self::Not(_) | Self::Facet(_) => {}
        }
    }

    fn to_match(&self, in_title: bool) -> String {
        match self {
            Self::All(parts) => {
                let (not, with): (Vec<_>, Vec<_>) =
                    parts.iter().partition(|part| matches!(part, Self::Not(_)));
                let with: Vec<String> = with.iter().map(|part| part.to_match(in_title)).collect();
                let mut whole = if with.is_empty() { named(facet::ALL) } else { with.join(" AND ") };
                for part in not {
                    let Self::Not(inner) = part else { continue };
                    // What is excluded is excluded wherever it stands.
                    whole = format!("({whole}) NOT {}", inner.to_match(false));
                }
                format!("({whole})")
            }
            Self::Any(parts) => {
                let parts: Vec<String> = parts.iter().map(|part| part.to_match(in_title)).collect();
                format!("({})", parts.join(" OR "))
            }
            Self::Not(inner) => format!("({} NOT {})", named(facet::ALL), inner.to_match(false)),
            Self::Term(term) => term.to_match(in_title || term.in_title),
            Self::Facet(facet) => named(facet),
        }
    }
}

fn named(facet: &str) -> String {
    format!("facet : \"{facet}\"")
}

impl Term {
    /// CJK runs and the rest apart: the former are phrases of pairs.
    fn to_match(&self, in_title: bool) -> String {
        let (columns, cjk_columns) =
            if in_title { ("{title aliases} : ", "title : ") } else { ("{title aliases body} : ", "cjk : ") };
        let mut parts = Vec::new();
        let text = spelled_plainly(&self.text);
        let mut rest = &*text;
        while let Some(first) = rest.chars().next() {
            let end = rest.find(|c| is_cjk(c) != is_cjk(first)).unwrap_or(rest.len());
            let (run, behind) = rest.split_at(end);
            rest = behind;
            if !run.chars().any(is_word) {
                continue;
            }
            if is_cjk(first) {
                parts.push(format!("{cjk_columns}\"{}\"", pairs(run).join(" ")));
            } else {
                let begun = if self.is_prefix && rest.is_empty() { " *" } else { "" };
                parts.push(format!("{columns}\"{}\"{begun}", run.replace('"', " ")));
            }
        }
        match parts.len() {
            0 => named(facet::ALL),
            1 => parts.remove(0),
            _ => format!("({})", parts.join(" AND ")),
        }
    }
}

struct Parser<'a> {
    lexemes: &'a [Lexeme],
    at: usize,
    length: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Lexeme> {
        self.lexemes.get(self.at)
    }

    fn any(&mut self, depth: usize) -> Result<Expression, QueryError> {
        let mut parts = vec![self.all(depth)?];
        while let Some(Lexeme { sign: Sign::Or, place }) = self.peek() {
            let place = place.clone();
            self.at += 1;
            let is_empty = |part: &Expression| matches!(part, Expression::All(all) if all.is_empty());
            let next = self.all(depth)?;
            if parts.last().is_some_and(is_empty) || is_empty(&next) {
                let hint = "write it in small letters, or in quotes, to search for the word";
                return Err(error("OR needs something on both sides", place, Some(hint)));
            }
            parts.push(next);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::Any(parts) })
    }

    fn all(&mut self, depth: usize) -> Result<Expression, QueryError> {
        let mut parts = Vec::new();
        while let Some(lexeme) = self.peek() {
            match lexeme.sign {
                Sign::Or | Sign::Close => break,
                _ => parts.extend(self.one(depth)?),
            }
        }
        Ok(Expression::All(parts))
    }

    fn one(&mut self, depth: usize) -> Result<Vec<Expression>, QueryError> {
        let Some(Lexeme { sign, place }) = self.peek().cloned() else {
            return Err(error("something is missing at the end", self.length..self.length, None));
        };
        self.at += 1;
        match sign {
            Sign::Not => {
                if matches!(self.peek().map(|lexeme| &lexeme.sign), None | Some(Sign::Or | Sign::Close)) {
                    return Err(error(
                        "what is to be left out?",
                        place,
                        Some("-word leaves out what has the word"),
                    ));
                }
                let inner = self.one(depth)?;
                Ok(vec![Expression::Not(Box::new(Expression::All(inner)))])
            }
            Sign::Open if depth >= MAX_DEPTH => Err(error("too many parentheses", place, None)),
            Sign::Open => {
                let inner = self.any(depth + 1)?;
                match self.peek().map(|lexeme| &lexeme.sign) {
                    Some(Sign::Close) => {
                        self.at += 1;
                        let is_empty = matches!(&inner, Expression::All(all) if all.is_empty());
                        Ok(if is_empty { Vec::new() } else { vec![inner] })
                    }
                    _ => Err(error("this parenthesis is not closed", place, Some("write a ) behind it"))),
                }
            }
            Sign::Term { key, text, is_phrase, is_prefix } => {
                Ok(term(key.as_deref(), &text, is_phrase, is_prefix))
            }
            Sign::Or | Sign::Close => Ok(Vec::new()),
        }
    }
}

fn term(key: Option<&str>, text: &str, is_phrase: bool, is_prefix: bool) -> Vec<Expression> {
    let word = |in_title| Expression::Term(Term { text: text.nfc().collect(), is_prefix, in_title });
    let is_blank = text.trim().is_empty();
    let narrowed = |kind| {
        let of_kind = Expression::Facet(facet::kind(kind));
        if is_blank { vec![of_kind] } else { vec![of_kind, word(false)] }
    };
    match key {
        Some("title") if !is_blank => vec![word(true)],
        Some("tag") if !is_blank => {
            vec![Expression::Facet(facet::tag(&title_key(text.trim_start_matches('#'))))]
        }
        Some("path") if !is_blank => vec![Expression::Facet(facet::path(text))],
        Some("journal") => match facet::date(text).filter(|_| !is_phrase) {
            Some(date) => vec![Expression::Facet(facet::kind(NodeKind::Journal)), Expression::Facet(date)],
            None => narrowed(NodeKind::Journal),
        },
        Some("task") => narrowed(NodeKind::Task),
        Some("page") => narrowed(NodeKind::Page),
        Some(_) => Vec::new(),
        None if text.chars().any(is_word) => vec![word(false)],
        None => Vec::new(),
    }
}

fn error(message: &str, place: std::ops::Range<usize>, hint: Option<&str>) -> QueryError {
    QueryError {
        message: message.to_owned(),
        start: place.start,
        end: place.end,
        hint: hint.map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn asked(query: &str) -> String {
        Query::parse(query).map_or_else(
            |error| format!("{} {}-{}", error.message, error.start, error.end),
            |query| query.to_match().replace("{title aliases body} : ", "").replace("facet : ", "@"),
        )
    }

    #[test]
    fn queries_are_translated() {
        let journal = facet::kind(NodeKind::Journal);
        let (tag, path) = (facet::tag("home/garden"), facet::path("Work/Big Co"));
        for (query, expected) in [
            ("one two", r#"("one" AND "two")"#.to_owned()),
            (r#""one two" x*"#, r#"("one two" AND "x" *)"#.to_owned()),
            ("one -two", r#"(("one") NOT ("two"))"#.to_owned()),
            ("-two", r#"((@"all") NOT ("two"))"#.to_owned()),
            ("a OR b c", r#"(("a") OR ("b" AND "c"))"#.to_owned()),
            ("a (b OR -c)", r#"("a" AND (("b") OR ((@"all") NOT ("c"))))"#.to_owned()),
            ("title:plan", r#"({title aliases} : "plan")"#.to_owned()),
            ("tag:Home/Garden", format!("(@\"{tag}\")")),
            ("path:\"work/BIG co\"", format!("(@\"{path}\")")),
            ("journal:", format!("(@\"{journal}\")")),
            ("journal:rain", format!("(@\"{journal}\" AND \"rain\")")),
            ("journal:2026-11", format!("(@\"{journal}\" AND @\"d202611\")")),
            ("task:bank", r#"(@"ktask" AND "bank")"#.to_owned()),
            ("https://a.b/c foo:bar", r#"("https://a.b/c" AND "foo:bar")"#.to_owned()),
            (
                "日本語 中 日本go",
                r#"(cjk : "日本 本語" AND cjk : "中" AND (cjk : "日本" AND "go"))"#.to_owned(),
            ),
            (
                "NEAR(a b) \"x\"\"y\" AND",
                r#"("NEAR" AND ("a" AND "b") AND "x" AND "y" AND "AND")"#.to_owned(),
            ),
            ("don't C++ --x", r#"("don't" AND "C++" AND "--x")"#.to_owned()),
            ("((a", "this parenthesis is not closed 1-2".to_owned()),
            ("a)", "this parenthesis closes nothing 1-2".to_owned()),
            ("a OR", "OR needs something on both sides 2-4".to_owned()),
            ("a -", r#"("a")"#.to_owned()),
            ("NOT", "what is to be left out? 0-3".to_owned()),
            ("  !! () ", "there is nothing to search for 0-8".to_owned()),
        ] {
            assert_eq!(asked(query), expected, "{query}");
        }
        assert!(asked(&"x".repeat(5_000)).starts_with("a query can have 4096 characters"));
        assert!(asked(&"x ".repeat(100)).starts_with("a query can have 64 words"));
        assert!(asked(&"(".repeat(100)).starts_with("too many parentheses"));
        let titles = Query::parse("plan 日本 -x tag:a").unwrap().to_title_match();
        assert!(
            titles.contains("{title aliases} : \"plan\"") && titles.contains("title : \"日本\""),
            "{titles}"
        );
    }

    proptest! {
        #[test]
        fn nothing_typed_stands_outside_quotes(query in "[a-z\"*():^+ORNT \\-\u{0}é日本{}]{0,60}") {
            let Ok(query) = Query::parse(&query) else { return Ok(()) };
            for asked in [query.to_match(), query.to_title_match()] {
                let outside: String = asked.split('"').step_by(2).collect();
                prop_assert_eq!(asked.matches('"').count() % 2, 0);
                let known = |word: &str| {
                    matches!(word, "AND" | "OR" | "NOT" | "*" | ":" | "facet" | "cjk" | "title" | "{title" | "aliases}" | "aliases" | "body}")
                };
                let words = outside.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')'));
                prop_assert!(words.filter(|word| !word.is_empty()).all(known), "{}", asked);
            }
        }
    }
}
