//! The shape of a filter: terms joined by and, `or`, `not` and parentheses.

use std::ops::Range;

use super::expression::Expression;
use super::text::TextTerm;
use super::token::{Token, TokenKind, cut};
use super::{FilterError, Vocabulary};

/// Most characters of a filter.
const LONGEST: usize = 4_096;

/// Deepest nesting of parentheses and `not`.
const DEEPEST: usize = 50;

/// A piece of the filter that gets its meaning when it is bound: a date or a node.
#[derive(Debug, Clone)]
pub(super) struct Typed {
    pub(super) text: Box<str>,
    pub(super) bytes: Range<usize>,
}

/// Where it stands is no part of what it means.
impl PartialEq for Typed {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// An expression as typed.
pub(super) type Unbound = Expression<Typed, Typed>;

/// A filter while it is read.
pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: Vec<Token>,
    pub(super) at: usize,
    /// The texts looked for in bodies, in the order of their indexes.
    pub(super) terms: Vec<TextTerm>,
    /// What the user added to the language.
    pub(super) vocabulary: &'a Vocabulary,
    /// The views this filter stands in, the outermost first.
    pub(super) within: Vec<Box<str>>,
    /// How many views were taken in so far.
    pub(super) views_taken: usize,
    /// What links are asked for, in the order of their indexes.
    pub(super) links: Vec<Typed>,
    depth: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, vocabulary: &'a Vocabulary) -> Result<Self, FilterError> {
        if let Some((at, _)) = text.char_indices().nth(LONGEST) {
            let message = format!("the filter is longer than {LONGEST} characters");
            return Err(FilterError::at(text, at..text.len(), message, "make it shorter"));
        }
        let tokens = cut(text)?;
        Ok(Self {
            text,
            tokens,
            at: 0,
            terms: Vec::new(),
            links: Vec::new(),
            vocabulary,
            within: Vec::new(),
            views_taken: 0,
            depth: 0,
        })
    }

    /// Reads the whole filter; an empty one means everything.
    pub(super) fn whole(&mut self) -> Result<Unbound, FilterError> {
        if self.tokens.is_empty() {
            return Ok(Expression::All(Vec::new()));
        }
        let expression = self.either()?;
        match self.tokens.get(self.at) {
            None => Ok(expression),
            Some(token) => {
                Err(self.error(token.bytes.clone(), "there is no `(` to this `)`", "leave it out or open it"))
            }
        }
    }

    fn either(&mut self) -> Result<Unbound, FilterError> {
        let mut parts = vec![self.both()?];
        while self.keyword("or") {
            parts.push(self.both()?);
        }
        Ok(one_or(parts, Expression::Any))
    }

    fn both(&mut self) -> Result<Unbound, FilterError> {
        let mut parts = vec![self.operand()?];
        loop {
            let joined = self.keyword("and");
            let ends = match self.tokens.get(self.at) {
                None => true,
                Some(token) => token.kind == TokenKind::Close || self.is_keyword("or"),
            };
            if ends && !joined {
                return Ok(one_or(parts, Expression::All));
            }
            parts.push(self.operand()?);
        }
    }

    fn operand(&mut self) -> Result<Unbound, FilterError> {
        let Some(token) = self.tokens.get(self.at).cloned() else {
            let end = self.text.trim_end().len();
            return Err(self.error(
                end..end,
                "the filter ends where a term should stand",
                "add a term as `+tag` or `due:today`",
            ));
        };
        if self.is_keyword("or") || self.is_keyword("and") || token.kind == TokenKind::Close {
            let message = format!("a term is missing before `{}`", &self.text[token.bytes.clone()]);
            return Err(self.error(token.bytes, message, "add a term as `+tag` or `due:today`"));
        }
        // `-(…)` is `not (…)`; so it is before a text in quotes and an expression.
        let is_minus = token.kind == TokenKind::Word
            && &self.text[token.bytes.clone()] == "-"
            && self
                .tokens
                .get(self.at + 1)
                .is_some_and(|next| next.kind != TokenKind::Word && begins(next) == token.bytes.end);
        if is_minus || self.is_keyword("not") {
            self.at += 1;
            return self.deeper(token.bytes, |parser| Ok(Expression::Not(Box::new(parser.operand()?))));
        }
        if token.kind != TokenKind::Open {
            self.at += 1;
            return self.term(&token);
        }
        self.at += 1;
        let inside = self.deeper(token.bytes.clone(), Self::either)?;
        match self.tokens.get(self.at) {
            Some(close) if close.kind == TokenKind::Close => {
                self.at += 1;
                Ok(inside)
            }
            _ => Err(self.error(token.bytes, "this `(` is not closed", "add a `)`")),
        }
    }

    fn deeper(
        &mut self,
        place: Range<usize>,
        read: impl FnOnce(&mut Self) -> Result<Unbound, FilterError>,
    ) -> Result<Unbound, FilterError> {
        if self.depth == DEEPEST {
            return Err(self.error(place, format!("more than {DEEPEST} levels"), "make the filter flatter"));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn keyword(&mut self, word: &str) -> bool {
        let is_here = self.is_keyword(word);
        self.at += usize::from(is_here);
        is_here
    }

    fn is_keyword(&self, word: &str) -> bool {
        self.tokens.get(self.at).is_some_and(|token| is_keyword(self.text, token, word))
    }

    pub(super) fn error(
        &self,
        bytes: Range<usize>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> FilterError {
        FilterError::at(self.text, bytes, message, hint)
    }
}

/// The byte a token begins at, its marks included.
fn begins(token: &Token) -> usize {
    match token.kind {
        TokenKind::Quoted | TokenKind::Expression => token.bytes.start - 1,
        TokenKind::Open | TokenKind::Close | TokenKind::Word => token.bytes.start,
    }
}

/// Whether a token is a word of the grammar.
pub(super) fn is_keyword(text: &str, token: &Token, word: &str) -> bool {
    token.kind == TokenKind::Word && text[token.bytes.clone()].eq_ignore_ascii_case(word)
}

fn one_or(mut parts: Vec<Unbound>, join: impl FnOnce(Vec<Unbound>) -> Unbound) -> Unbound {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            join(parts)
        }
        None => join(parts),
    }
}
