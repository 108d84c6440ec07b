//! What stands behind a key.

use std::cell::Cell;
use std::ops::Range;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::FilterError;
use super::expression::{Expression, NumberField, ProjectTest, Reach, Relation, Statuses, Test};
use super::grammar::{Parser, Typed, Unbound, is_keyword};
use super::key::{Key, Modifier};
use super::term::{Question, number};
use super::text::{TextTerm, fold};
use super::token::TokenKind;
use crate::domain::date::{DateWord, Now, When, parse_date};
use crate::domain::id::NodeId;
use crate::domain::short_id::parse_prefix;
use crate::domain::suggest::nearest;
use crate::domain::task::Status;
use crate::domain::task::amount::{parse_days, parse_minutes, parse_review_days};
use crate::domain::task::tag::parse_tag;

/// Most words behind a date's first one: `due<27 nov 2027 at 17:00`.
const MOST_FOLLOWING: usize = 4;

impl Parser<'_> {
    /// Reads a value, or several with commas between them of which one has to hold.
    pub(super) fn values(
        &mut self,
        question: &Question,
        value: Range<usize>,
    ) -> Result<Unbound, FilterError> {
        let text = &self.text[value.clone()];
        let is_expression = text.len() > 2 && text.starts_with('/') && text.ends_with('/');
        if is_expression && matches!(question.key, Key::Title | Key::Body | Key::Waiting) {
            let term = self.matches(value.start + 1..value.end - 1)?;
            return Ok(self.text_test(question.key, term));
        }
        let value = if matches!(question.key, Key::Date(_)) { self.whole_date(value) } else { value };
        self.any_of(value, |parser, bytes| parser.value(question, bytes))
    }

    /// A date goes on over the words behind it that still make one: `due<next fri`.
    pub(super) fn whole_date(&mut self, value: Range<usize>) -> Range<usize> {
        let is_word = |at: usize| {
            self.tokens.get(at).is_some_and(|token| {
                token.kind == TokenKind::Word
                    && !["and", "or", "not"].iter().any(|word| is_keyword(self.text, token, word))
            })
        };
        let following = (0..MOST_FOLLOWING).take_while(|&count| is_word(self.at + count)).count();
        for count in (1..=following).rev() {
            let end = self.tokens[self.at + count - 1].bytes.end;
            if read_date(&self.text[value.start..end], &any_moment()).is_ok() {
                self.at += count;
                return value.start..end;
            }
        }
        value
    }

    fn value(&mut self, question: &Question, bytes: Range<usize>) -> Result<Unbound, FilterError> {
        let text = self.text[bytes.clone()].trim();
        let is_exact = question.modifier == Modifier::Is;
        let test = match question.key {
            Key::Date(field) => {
                // Checked now, so that a filter that is saved can be bound at any time.
                read_date(text, &any_moment())
                    .map_err(|(message, hint)| self.error(bytes.clone(), message, hint))?;
                Test::Date { field, relation: relation(question.modifier), date: typed(text, &bytes) }
            }
            Key::Number(field) => return self.number(field, question.modifier, text, &bytes),
            Key::Status => Test::Status(self.statuses(text, &bytes)?),
            Key::Is => return self.is_word(text, &bytes),
            Key::Tag if question.modifier == Modifier::Has => Test::TagHas(fold(text).into()),
            Key::Tag => {
                let tag = parse_tag(text.trim_end_matches('/')).ok_or_else(|| {
                    self.error(
                        bytes.clone(),
                        format!("`{text}` is no tag"),
                        "write `tag:home` or `tag.has:ome`",
                    )
                })?;
                Test::Tag { tag: tag.into(), subtree: !is_exact }
            }
            Key::Project | Key::Area => {
                let (text, reach) = match (text.strip_suffix('/'), question.modifier) {
                    (_, Modifier::Has) => (text, Reach::Has),
                    (Some(path), _) => (path, Reach::Subtree),
                    (None, _) => (text, Reach::Named),
                };
                let project = ProjectTest::new(text, reach);
                if question.key == Key::Area { Test::Area(project) } else { Test::Project(project) }
            }
            Key::Parent => Test::Parent(typed(text, &bytes)),
            Key::DependsOn => Test::DependsOn(typed(text, &bytes)),
            Key::Under => Test::Under(typed(text, &bytes)),
            Key::Id => {
                if parse_prefix(text).is_none() && text.parse::<NodeId>().is_err() {
                    let hint = "an id is what lists show in their first column";
                    return Err(self.error(bytes, format!("`{text}` is no id"), hint));
                }
                Test::Id(text.into())
            }
            Key::Links => return self.link(text, bytes),
            Key::Title | Key::Body | Key::Waiting | Key::Repeats | Key::Reminders => {
                let term = match question.modifier {
                    Modifier::Word => TextTerm::word(text),
                    Modifier::Is => TextTerm::whole(text),
                    _ => self.contains(bytes)?,
                };
                return Ok(self.text_test(question.key, term));
            }
        };
        Ok(Expression::Test(test))
    }

    /// Keeps what links are asked for, until somebody looks up what it means.
    fn link(&mut self, text: &str, bytes: Range<usize>) -> Result<Unbound, FilterError> {
        let inside = text.strip_prefix("[[").map(|text| text.strip_suffix("]]").unwrap_or_default());
        let is_whole = inside.is_none_or(|inside| {
            !inside.trim().is_empty() && !inside.contains("[[") && !inside.contains("]]")
        });
        if !is_whole {
            let message = format!("`{text}` is no link to one page");
            return Err(self.error(bytes, message, "write `links:[[Page]]`"));
        }
        self.links.push(typed(text, &bytes));
        Ok(Expression::Test(Test::Links(self.links.len() - 1)))
    }

    fn text_test(&mut self, key: Key, term: TextTerm) -> Unbound {
        match key {
            Key::Title => Expression::Test(Test::Title(term)),
            Key::Waiting => Expression::Test(Test::Waiting(term)),
            _ => self.in_bodies(term, false),
        }
    }

    fn number(
        &self,
        field: NumberField,
        modifier: Modifier,
        text: &str,
        bytes: &Range<usize>,
    ) -> Result<Unbound, FilterError> {
        let (value, hint) = match field {
            NumberField::Priority => {
                let digit = text.strip_prefix('p').unwrap_or(text).parse::<u8>().ok();
                (digit.filter(|digit| (1..=4).contains(digit)).map(f64::from), "write p1, p2, p3 or p4")
            }
            NumberField::Age => (parse_review_days(text).map(f64::from), "write `30d`, `6mo` or `1y`"),
            NumberField::Lead => (parse_days(text).map(f64::from), "write `3d` or `2w`"),
            NumberField::Estimate => (parse_minutes(text).map(f64::from), "write `30m` or `1h30m`"),
            NumberField::Score => {
                (text.parse().ok().filter(|score: &f64| score.is_finite()), "write a number")
            }
        };
        match value {
            Some(value) => Ok(number(field, relation(modifier), value)),
            None => Err(self.error(bytes.clone(), format!("`{text}` is no value of {}", field.name()), hint)),
        }
    }

    fn statuses(&self, text: &str, bytes: &Range<usize>) -> Result<Statuses, FilterError> {
        let word = text.to_lowercase();
        match word.as_str() {
            "open" => return Ok(Statuses::OPEN),
            "closed" => return Ok(Statuses::CLOSED),
            _ => {}
        }
        Status::from_word(&word).map(|status| Statuses::of(&[status])).ok_or_else(|| {
            let words = Status::ALL.map(Status::word);
            let hint = nearest(&word, words).map_or_else(
                || format!("write one of {}", words.join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            self.error(bytes.clone(), format!("unknown status `{text}`"), hint)
        })
    }
}

/// Reads a date of a filter. The error is a message and a hint.
pub(super) fn read_date(text: &str, now: &Now) -> Result<When, (String, String)> {
    let asked_for_own = Cell::new(false);
    let own = |_: &str| {
        asked_for_own.set(true);
        None
    };
    match parse_date(text, now, &own) {
        Ok(DateWord::When(when)) => Ok(when),
        Ok(DateWord::Someday) => {
            Err(("`someday` is a status, not a date".to_owned(), "write `is:someday`".to_owned()))
        }
        Ok(DateWord::None) => {
            Err(("a date is missing".to_owned(), "write a date as `fri` or `2026-11-27`".to_owned()))
        }
        Err(_) if asked_for_own.get() => {
            let message = format!("`{text}` counts from a task's own date, which differs from task to task");
            Err((message, "write a date as `fri` or `2026-11-27`".to_owned()))
        }
        Err(error) => Err((error.message, error.hint.unwrap_or_default())),
    }
}

/// A moment to try dates at before the real one is known.
pub(super) fn any_moment() -> Now {
    Now::new(Timestamp::UNIX_EPOCH, TimeZone::UTC)
}

pub(super) fn typed(text: &str, bytes: &Range<usize>) -> Typed {
    Typed { text: text.into(), bytes: bytes.clone() }
}

pub(super) const fn relation(modifier: Modifier) -> Relation {
    match modifier {
        Modifier::Before => Relation::Before,
        Modifier::By => Relation::UpTo,
        Modifier::From => Relation::From,
        Modifier::After => Relation::After,
        _ => Relation::Equal,
    }
}
