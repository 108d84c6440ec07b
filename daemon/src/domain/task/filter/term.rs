//! One term of a filter: `+tag`, `p1`, `key:value`, a text or an expression.

use std::ops::Range;

use super::FilterError;
use super::expression::{Expression, NumberField, Relation, Statuses, Test, Word};
use super::grammar::{Parser, Unbound};
use super::key::{Key, Modifier};
use super::own::OwnKey;
use super::text::TextTerm;
use super::token::{Token, TokenKind};
use crate::domain::suggest::nearest;
use crate::domain::task::tag::parse_tag;

/// A key, how it is asked, and where.
pub(super) struct Question {
    pub(super) key: Key,
    pub(super) modifier: Modifier,
    /// Bytes of key and modifier.
    pub(super) place: Range<usize>,
}

impl Parser<'_> {
    /// Reads the term a token begins; the parser stands behind that token.
    pub(super) fn term(&mut self, token: &Token) -> Result<Unbound, FilterError> {
        let bytes = token.bytes.clone();
        match token.kind {
            TokenKind::Expression => self.expression_anywhere(bytes),
            TokenKind::Word => self.word(bytes),
            TokenKind::Quoted | TokenKind::Open | TokenKind::Close => self.text_anywhere(bytes),
        }
    }

    fn word(&mut self, bytes: Range<usize>) -> Result<Unbound, FilterError> {
        let word = &self.text[bytes.clone()];
        if let Some(rest) = word.strip_prefix(['+', '-']) {
            let is_wanted = word.starts_with('+');
            let inside = bytes.start + 1..bytes.end;
            let test = if !is_wanted && is_pair(rest) {
                self.pair(inside)?
            } else if let Some(tag) = parse_tag(rest) {
                Expression::Test(Test::Tag { tag: tag.into(), subtree: true })
            } else if rest.chars().any(char::is_alphabetic) {
                return Err(self.error(
                    inside,
                    format!("`{rest}` is no tag"),
                    "write a text in quotes to look for it",
                ));
            } else {
                return self.text_anywhere(bytes);
            };
            return Ok(if is_wanted { test } else { Expression::Not(Box::new(test)) });
        }
        match word {
            "p1" | "p2" | "p3" | "p4" => {
                let value = f64::from(word.as_bytes()[1] - b'0');
                Ok(number(NumberField::Priority, Relation::Equal, value))
            }
            "trashed" => Ok(Expression::Test(Test::Is(Word::Trashed))),
            _ if is_pair(word) || self.is_spaced_pair(word) => self.pair(bytes),
            _ => self.text_anywhere(bytes),
        }
    }

    /// Whether a key stands alone: with an operator behind it (`due < fri`), or as `due.none`.
    fn is_spaced_pair(&self, word: &str) -> bool {
        let (name, modifier) = match word.split_once('.') {
            Some((name, modifier)) => (name, Modifier::from_name(&modifier.to_lowercase())),
            None => (word, None),
        };
        let is_whole = matches!(modifier, Some(Modifier::None | Modifier::Any));
        let has_known_modifier = modifier.is_some() || !word.contains('.');
        self.is_key(name) && has_known_modifier && (is_whole || self.operator_ahead().is_some())
    }

    /// The next token, if it begins with an operator.
    fn operator_ahead(&self) -> Option<Range<usize>> {
        let token = self.tokens.get(self.at).filter(|token| token.kind == TokenKind::Word)?;
        let text = &self.text[token.bytes.clone()];
        (!text.starts_with(':') && Modifier::from_operator(text).is_some()).then(|| token.bytes.clone())
    }

    /// Reads `key:value`, `key.modifier:value`, `key<value`, `key < value`, `key.none`.
    fn pair(&mut self, bytes: Range<usize>) -> Result<Unbound, FilterError> {
        let word = &self.text[bytes.clone()];
        let mark = bytes.start + word.find([':', '<', '>', '=', '!']).unwrap_or(word.len());
        let place = bytes.start..mark;
        if let Some((key, named)) = self.own_key(place.clone())? {
            let (modifier, value) = self.modifier_and_value(&place, named, mark..bytes.end)?;
            return match key {
                OwnKey::Field(field) => self.own_answer(&field, modifier, place, value),
                OwnKey::View => self.views(modifier, place, value),
            };
        }
        let (key, named) = self.key(place.clone())?;
        let (modifier, value) = self.modifier_and_value(&place, named, mark..bytes.end)?;
        if !key.takes(modifier) {
            let message = format!("`{}` cannot be asked like that", &self.text[place.clone()]);
            let hint = "ask it as `key:value`, or look the modifiers up in the reference of filters";
            return Err(self.error(place, message, hint));
        }
        self.answer(&Question { key, modifier, place }, value)
    }

    /// How a key is asked, by the modifier behind it or the operator, and the value.
    fn modifier_and_value(
        &mut self,
        place: &Range<usize>,
        named: Option<Modifier>,
        behind: Range<usize>,
    ) -> Result<(Modifier, Range<usize>), FilterError> {
        let (operator, value) = self.operator_and_value(behind);
        match (named, operator) {
            (None, operator) => Ok((operator, value)),
            (Some(named), Modifier::Usual) => Ok((named, value)),
            (Some(_), _) => {
                let hint = "write `key.before:value` or `key<value`, not both";
                Err(self.error(place.clone(), "a modifier and an operator do not go together", hint))
            }
        }
    }

    /// Reads what is behind a key. Operator and value may be tokens of their own, but a `:` has its value with it:
    /// `due: fri` asks for tasks without a date.
    fn operator_and_value(&mut self, behind: Range<usize>) -> (Modifier, Range<usize>) {
        let behind = match self.operator_ahead() {
            Some(ahead) if behind.is_empty() => {
                self.at += 1;
                ahead
            }
            _ => behind,
        };
        let Some((operator, length)) = Modifier::from_operator(&self.text[behind.clone()]) else {
            return (Modifier::Usual, behind);
        };
        let value = behind.start + length..behind.end;
        let next =
            self.tokens.get(self.at).filter(|next| matches!(next.kind, TokenKind::Word | TokenKind::Quoted));
        match next {
            Some(next) if value.is_empty() && operator != Modifier::Usual => {
                let value = next.bytes.clone();
                self.at += 1;
                (operator, value)
            }
            _ => (operator, value),
        }
    }

    fn key(&self, bytes: Range<usize>) -> Result<(Key, Option<Modifier>), FilterError> {
        let typed = self.text[bytes.clone()].to_lowercase();
        let (name, modifier) = match typed.split_once('.') {
            Some((name, modifier)) => (name, Some(modifier)),
            None => (typed.as_str(), None),
        };
        let Some(key) = Key::from_name(name) else {
            let mut names: Vec<&str> = Key::names().chain(["view"]).collect();
            names.extend(self.vocabulary.fields.names());
            let hint = nearest(name, names).map_or_else(
                || "to look for a text, write it in quotes".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            return Err(self.error(bytes, format!("unknown key `{name}`"), hint));
        };
        let modifier = modifier.map(|word| self.modifier(word, bytes)).transpose()?;
        Ok((key, modifier))
    }

    /// Reads the modifier of a key that stands at a place.
    pub(super) fn modifier(&self, word: &str, bytes: Range<usize>) -> Result<Modifier, FilterError> {
        Modifier::from_name(word).ok_or_else(|| {
            let hint = nearest(word, Modifier::names()).map_or_else(
                || format!("write one of {}", Modifier::names().collect::<Vec<_>>().join(", ")),
                |near| format!("did you mean `.{near}`?"),
            );
            self.error(bytes, format!("unknown modifier `.{word}`"), hint)
        })
    }

    fn answer(&mut self, question: &Question, value: Range<usize>) -> Result<Unbound, FilterError> {
        if self.text[value.clone()].trim().is_empty() {
            return self.without_value(question, value.end);
        }
        if matches!(question.key, Key::Repeats | Key::Reminders) {
            let name = &self.text[question.place.clone()];
            let hint = format!("{name}.any: asks whether it is set, {name}: whether it is not");
            return Err(self.error(value, "there is a value too much", hint));
        }
        match question.modifier {
            Modifier::None | Modifier::Any => {
                let hint = "write `key.none:` or `key.any:`, with nothing behind it";
                Err(self.error(value, "there is a value too much", hint))
            }
            Modifier::Not => {
                let usual =
                    Question { modifier: Modifier::Usual, place: question.place.clone(), ..*question };
                Ok(Expression::Not(Box::new(self.values(&usual, value)?)))
            }
            _ => self.values(question, value),
        }
    }

    /// `due:` and `due.none:` ask whether a field is unset, `due.not:` and `due.any:` whether it is set.
    fn without_value(&self, question: &Question, end: usize) -> Result<Unbound, FilterError> {
        let has = question.key.field().map(|field| Expression::Test(Test::Has(field)));
        match (question.modifier, has) {
            (Modifier::Any, None) => Ok(Expression::Test(Test::Status(Statuses::ALL))),
            (Modifier::Any | Modifier::Not, Some(has)) => Ok(has),
            (Modifier::None | Modifier::Usual | Modifier::Is, Some(has)) => {
                Ok(Expression::Not(Box::new(has)))
            }
            _ => {
                let place = question.place.start..end;
                Err(self.error(place, "a value is missing", "write it behind the key, without a space"))
            }
        }
    }

    /// Looks for a text in title and body.
    fn text_anywhere(&mut self, bytes: Range<usize>) -> Result<Unbound, FilterError> {
        let term = self.contains(bytes)?;
        Ok(self.in_bodies(term, true))
    }

    fn expression_anywhere(&mut self, bytes: Range<usize>) -> Result<Unbound, FilterError> {
        let term = self.matches(bytes)?;
        Ok(self.in_bodies(term, true))
    }

    /// Makes a term that bodies are asked for, too.
    pub(super) fn in_bodies(&mut self, term: TextTerm, title: bool) -> Unbound {
        self.terms.push(term);
        Expression::Test(Test::Text { term: self.terms.len() - 1, title })
    }

    pub(super) fn contains(&self, bytes: Range<usize>) -> Result<TextTerm, FilterError> {
        TextTerm::contains(&self.text[bytes.clone()])
            .map_err(|_| self.error(bytes, "the text is too long to look for", "make it shorter"))
    }

    pub(super) fn matches(&self, bytes: Range<usize>) -> Result<TextTerm, FilterError> {
        TextTerm::expression(&self.text[bytes.clone()]).map_err(|error| {
            let message = match error {
                regex::Error::CompiledTooBig(_) => "the expression is too large".to_owned(),
                error => {
                    // The last line says what is wrong; those before draw the place.
                    let text = error.to_string();
                    let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
                    format!("the expression has an error: {reason}")
                }
            };
            self.error(bytes, message, "to look for a text as it stands, write it in quotes")
        })
    }
}

pub(super) fn number(field: NumberField, relation: Relation, value: f64) -> Unbound {
    Expression::Test(Test::Number { field, relation, value })
}

/// Whether a word is a key with something behind it, rather than a text such as `10:30` or `http://example.org`.
fn is_pair(word: &str) -> bool {
    let Some(mark) = word.find([':', '<', '>', '=']) else { return false };
    let (key, value) = word.split_at(mark);
    let key = key.strip_suffix('!').unwrap_or(key);
    let is_name = key.starts_with(|c: char| c.is_alphabetic())
        && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-'));
    is_name && !value.starts_with("://")
}
