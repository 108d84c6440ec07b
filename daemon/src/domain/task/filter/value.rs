//! What stands behind a key.

use std::cell::Cell;
use std::ops::Range;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::FilterError;
use super::expression::{
    DateField, Expression, Field, NumberField, ProjectTest, Reach, Relation, Statuses, Test, Word,
};
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
use crate::domain::task::amount::{parse_days, parse_minutes};
use crate::domain::task::tag::parse_tag;

/// Most words behind a date's first one: `due<27 nov 2027 at 17:00`.
const MOST_FOLLOWING: usize = 4;

/// The words behind `is:`.
const IS_WORDS: [&str; 23] = [
    "open",
    "closed",
    "todo",
    "doing",
    "waiting",
    "someday",
    "done",
    "cancelled",
    "overdue",
    "today",
    "week",
    "available",
    "blocked",
    "blocking",
    "deferred",
    "recurring",
    "stale",
    "inbox",
    "project",
    "parent",
    "pinned",
    "trashed",
    "started",
];

impl Parser<'_> {
    /// Reads a value, or several with commas between them of which one has to hold.
    pub(super) fn values(
        &mut self,
        question: &Question,
        value: Range<usize>,
    ) -> Result<Unbound, FilterError> {
        let text = &self.text[value.clone()];
        if let Some(inside) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
            let start = value.start + 1;
            return self.value(question, start..start + inside.len());
        }
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
            Key::Project => {
                let (text, reach) = match (text.strip_suffix('/'), question.modifier) {
                    (_, Modifier::Has) => (text, Reach::Has),
                    (Some(path), _) => (path, Reach::Subtree),
                    (None, _) => (text, Reach::Named),
                };
                Test::Project(ProjectTest::new(text, reach))
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
            Key::Title | Key::Body | Key::Waiting | Key::Links => {
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

    fn is_word(&self, text: &str, bytes: &Range<usize>) -> Result<Unbound, FilterError> {
        let status = |set| Expression::Test(Test::Status(set));
        let is = |word| Expression::Test(Test::Is(word));
        let lacks = |field| Expression::Not(Box::new(Expression::Test(Test::Has(field))));
        let on = |field, relation, day: &str| {
            Expression::Test(Test::Date { field, relation, date: typed(day, bytes) })
        };
        let this_week =
            |field| Expression::All(vec![on(field, Relation::From, "sow"), on(field, Relation::UpTo, "eow")]);
        let word = text.to_lowercase();
        Ok(match word.as_str() {
            "open" => status(Statuses::OPEN),
            "closed" => status(Statuses::CLOSED),
            "started" => status(Statuses::of(&[Status::Doing])),
            "overdue" => is(Word::Overdue),
            "available" => is(Word::Available),
            "blocked" => is(Word::Blocked),
            "blocking" => is(Word::Blocking),
            "deferred" => is(Word::Deferred),
            "parent" => is(Word::Parent),
            "pinned" => is(Word::Pinned),
            "trashed" => is(Word::Trashed),
            "project" => Expression::Test(Test::Has(Field::Project)),
            "today" => Expression::Any(vec![
                on(DateField::Due, Relation::Equal, "today"),
                on(DateField::Planned, Relation::Equal, "today"),
                is(Word::Pinned),
            ]),
            "week" => Expression::Any(vec![this_week(DateField::Due), this_week(DateField::Planned)]),
            // Not begun, and untouched for 90 days.
            "stale" => Expression::All(vec![
                status(Statuses::of(&[Status::Todo])),
                on(DateField::Modified, Relation::UpTo, "today-90d"),
            ]),
            // Captured, and not sorted in yet.
            "inbox" => Expression::All(vec![
                status(Statuses::of(&[Status::Todo])),
                lacks(Field::Project),
                lacks(Field::Parent),
            ]),
            "recurring" => is(Word::Recurring),
            _ => match Status::from_word(&word) {
                Some(own) => status(Statuses::of(&[own])),
                None => {
                    let hint = nearest(&word, IS_WORDS).map_or_else(
                        || format!("write one of {}", IS_WORDS.join(", ")),
                        |near| format!("did you mean `{near}`?"),
                    );
                    return Err(self.error(
                        bytes.clone(),
                        format!("unknown word `{text}` behind `is:`"),
                        hint,
                    ));
                }
            },
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
