//! Questions about the fields that the user declared: `effort>2`, `size:large`, `effort.none:`.

use std::cmp::Ordering;
use std::ops::Range;

use super::FilterError;
use super::bound::Moment;
use super::expression::{Expression, Relation, Test};
use super::grammar::{Parser, Typed, Unbound};
use super::key::{Key, Modifier};
use super::text::TextTerm;
use super::value::{any_moment, read_date, relation, typed};
use crate::domain::date::{Now, describe};
use crate::domain::decimal::show_decimal;
use crate::domain::settings::fold_name;
use crate::domain::task::Task;
use crate::domain::task::own::{FieldKind, FieldValue, OwnField};

/// A question about one of the user's fields. `D` is a date: as typed, or resolved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct OwnTest<D> {
    field: OwnField,
    pub(super) asks: Asks<D>,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Asks<D> {
    /// It has a value that fits.
    IsSet,
    /// How its number, minutes or place among the choices stands to this one; shown as typed.
    Amount {
        relation: Relation,
        value: i64,
        shown: Box<str>,
    },
    Date {
        relation: Relation,
        date: D,
    },
    Text(TextTerm),
}

/// What stands before a `:` that the user added to the language.
pub(super) enum OwnKey {
    Field(OwnField),
    /// A saved view is named behind it.
    View,
}

impl Parser<'_> {
    /// Whether a word is a key, of the language or of the user.
    pub(super) fn is_key(&self, name: &str) -> bool {
        let name = fold_name(name);
        Key::from_name(&name).is_some() || self.vocabulary.fields.get(&name).is_some()
    }

    /// Reads a key that the user added; keys of the language come first.
    pub(super) fn own_key(
        &self,
        bytes: Range<usize>,
    ) -> Result<Option<(OwnKey, Option<Modifier>)>, FilterError> {
        let typed = fold_name(&self.text[bytes.clone()]);
        let (name, modifier) = match typed.split_once('.') {
            Some((name, modifier)) => (name, Some(modifier)),
            None => (typed.as_str(), None),
        };
        let key = match self.vocabulary.fields.get(name) {
            _ if Key::from_name(name).is_some() => return Ok(None),
            _ if name == "view" => OwnKey::View,
            Some(field) => OwnKey::Field(field.clone()),
            None => return Ok(None),
        };
        Ok(Some((key, modifier.map(|word| self.modifier(word, bytes)).transpose()?)))
    }

    /// Reads what is asked of a field of the user's.
    pub(super) fn own_answer(
        &mut self,
        field: &OwnField,
        modifier: Modifier,
        place: Range<usize>,
        value: Range<usize>,
    ) -> Result<Unbound, FilterError> {
        if !takes(&field.kind, modifier) {
            let message = format!("`{}` cannot be asked like that", &self.text[place.clone()]);
            let hint = format!("{} is a {}: heph field list", field.name, field.kind.word());
            return Err(self.error(place, message, hint));
        }
        let is_set = Expression::Test(own(field, Asks::IsSet));
        let not = |expression| Expression::Not(Box::new(expression));
        match (self.text[value.clone()].trim().is_empty(), modifier) {
            (true, Modifier::Any | Modifier::Not) => Ok(is_set),
            (true, Modifier::None | Modifier::Usual | Modifier::Is) => Ok(not(is_set)),
            (true, _) => {
                let place = place.start..value.end;
                Err(self.error(place, "a value is missing", "write it behind the key, without a space"))
            }
            (false, Modifier::None | Modifier::Any) => {
                let hint = "write `key.none:` or `key.any:`, with nothing behind it";
                Err(self.error(value, "there is a value too much", hint))
            }
            (false, Modifier::Not) => Ok(not(self.own_values(field, Modifier::Usual, value)?)),
            (false, modifier) => self.own_values(field, modifier, value),
        }
    }

    /// Reads a value, or several with commas between them of which one has to hold.
    fn own_values(
        &mut self,
        field: &OwnField,
        modifier: Modifier,
        value: Range<usize>,
    ) -> Result<Unbound, FilterError> {
        let text = &self.text[value.clone()];
        let is_text = field.kind == FieldKind::Text;
        if is_text && text.len() > 2 && text.starts_with('/') && text.ends_with('/') {
            let term = self.matches(value.start + 1..value.end - 1)?;
            return Ok(Expression::Test(own(field, Asks::Text(term))));
        }
        let value = if field.kind == FieldKind::Date { self.whole_date(value) } else { value };
        self.any_of(value, |parser, bytes| parser.own_value(field, modifier, bytes))
    }

    /// Reads values with commas between them, of which one has to hold.
    pub(super) fn any_of(
        &mut self,
        values: Range<usize>,
        mut read: impl FnMut(&mut Self, Range<usize>) -> Result<Unbound, FilterError>,
    ) -> Result<Unbound, FilterError> {
        let text = self.text;
        let mut parts = Vec::new();
        for part in super::token::values(&text[values.clone()]) {
            let bytes = values.start + part.start..values.start + part.end;
            let part = &text[bytes.clone()];
            if part.trim().is_empty() {
                return Err(self.error(bytes, "a value is missing beside the comma", "write `key:a,b`"));
            }
            let is_quoted = part.len() > 1 && part.starts_with('"') && part.ends_with('"');
            parts.push(read(self, if is_quoted { bytes.start + 1..bytes.end - 1 } else { bytes })?);
        }
        Ok(if parts.len() == 1 { parts.swap_remove(0) } else { Expression::Any(parts) })
    }

    fn own_value(
        &self,
        field: &OwnField,
        modifier: Modifier,
        bytes: Range<usize>,
    ) -> Result<Unbound, FilterError> {
        let text = self.text[bytes.clone()].trim();
        let relation = relation(modifier);
        if field.kind == FieldKind::Date {
            read_date(text, &any_moment())
                .map_err(|(message, hint)| self.error(bytes.clone(), message, hint))?;
            return Ok(Expression::Test(own(field, Asks::Date { relation, date: typed(text, &bytes) })));
        }
        if field.kind == FieldKind::Text {
            let term = match modifier {
                Modifier::Word => TextTerm::word(text),
                Modifier::Is => TextTerm::whole(text),
                _ => self.contains(bytes)?,
            };
            return Ok(Expression::Test(own(field, Asks::Text(term))));
        }
        let value = field.read(text, &any_moment());
        let value = value.map_err(|error| self.error(bytes.clone(), error.message, error.hint))?;
        let shown = value.text().into();
        let Some(value) = amount(field, &value) else {
            return Err(self.error(
                bytes,
                format!("`{text}` is no value of {}", field.name),
                "heph field list",
            ));
        };
        Ok(Expression::Test(own(field, Asks::Amount { relation, value, shown })))
    }
}

/// Whether a kind of field can be asked so.
pub(super) fn takes(kind: &FieldKind, modifier: Modifier) -> bool {
    match modifier {
        Modifier::Usual | Modifier::Is | Modifier::Not | Modifier::None | Modifier::Any => true,
        Modifier::Before | Modifier::By | Modifier::From | Modifier::After => *kind != FieldKind::Text,
        Modifier::Has | Modifier::Word => *kind == FieldKind::Text,
    }
}

fn own(field: &OwnField, asks: Asks<Typed>) -> Test<Typed, Typed> {
    Test::Own(Box::new(OwnTest { field: field.clone(), asks }))
}

/// What relations compare: thousandths, minutes, or the place among the choices.
fn amount(field: &OwnField, value: &FieldValue) -> Option<i64> {
    match value {
        FieldValue::Number(milli) => Some(*milli),
        FieldValue::Minutes(minutes) => Some(i64::from(*minutes)),
        FieldValue::Text(text) => field.place_of(text).and_then(|place| i64::try_from(place).ok()),
        FieldValue::Date(_) => None,
    }
}

impl<D> OwnTest<D> {
    /// The field's name.
    pub(super) fn name(&self) -> &str {
        &self.field.name
    }

    /// Whether it asks for any value.
    pub(super) fn asks_whether_set(&self) -> bool {
        matches!(self.asks, Asks::IsSet)
    }
}

impl OwnTest<Typed> {
    /// The same with its dates resolved.
    pub(super) fn bind<E>(
        &self,
        date: impl FnOnce(&Typed) -> Result<Moment, E>,
    ) -> Result<OwnTest<Moment>, E> {
        let asks = match &self.asks {
            Asks::IsSet => Asks::IsSet,
            Asks::Amount { relation, value, shown } => {
                Asks::Amount { relation: *relation, value: *value, shown: shown.clone() }
            }
            Asks::Text(term) => Asks::Text(term.clone()),
            Asks::Date { relation, date: typed } => Asks::Date { relation: *relation, date: date(typed)? },
        };
        Ok(OwnTest { field: self.field.clone(), asks })
    }
}

impl OwnTest<Moment> {
    /// Whether a task's value answers it. One that does not fit the field counts as none.
    pub(super) fn holds(&self, task: &Task, now: &Now) -> bool {
        let Some(value) = task.field(&self.field.name).and_then(|value| self.field.fit(value)) else {
            return false;
        };
        let place: Option<Ordering> = match (&self.asks, &value) {
            (Asks::IsSet, _) => return true,
            (Asks::Text(term), FieldValue::Text(text)) => return term.is_in(text),
            (Asks::Date { date, .. }, FieldValue::Date(own)) => Some(date.place_of_date(own, now)),
            (Asks::Amount { value: wanted, .. }, own) => amount(&self.field, own).map(|own| own.cmp(wanted)),
            _ => None,
        };
        match &self.asks {
            Asks::Amount { relation, .. } | Asks::Date { relation, .. } => {
                place.is_some_and(|place| relation.holds(place))
            }
            Asks::IsSet | Asks::Text(_) => false,
        }
    }

    /// Tells how it was understood.
    pub(super) fn explain(&self, now: &Now, text: impl FnOnce(&str, &TextTerm) -> String) -> String {
        let name = &*self.field.name;
        match &self.asks {
            Asks::IsSet => format!("{name} is set"),
            Asks::Amount { relation, value, .. } if self.field.kind == FieldKind::Number => {
                format!("{name} {} {}", relation.sign(), show_decimal(*value))
            }
            Asks::Amount { relation, shown, .. } => format!("{name} {} {shown}", relation.sign()),
            Asks::Date { relation, date } => {
                format!("{name} {} {}", relation.sign(), describe(&date.when, now))
            }
            Asks::Text(term) => text(name, term),
        }
    }
}
