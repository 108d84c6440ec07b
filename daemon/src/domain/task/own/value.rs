//! Values of the user's own fields: each says itself what it is, whatever the field is declared as.

use crate::domain::date::When;
use crate::domain::decimal::show_decimal;
use crate::domain::task::amount::describe_minutes;
use crate::domain::value::Value;

/// The longest text, in bytes.
pub const MAX_TEXT: usize = 4 << 10;

/// Begins the register value of a date.
const DATE: &str = "date";

/// Begins the register value of an amount of work.
const MINUTES: &str = "minutes";

/// Thousandths in one.
const MILLI: i64 = 1_000;

/// The largest number read from a register, in ones.
const MOST: f64 = 1e12;

/// A value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldValue {
    /// A text, or a choice.
    Text(Box<str>),
    /// A number, in thousandths.
    Number(i64),
    /// A date.
    Date(When),
    /// An amount of work.
    Minutes(u32),
}

impl FieldValue {
    /// What its register holds.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Text(text) => (&**text).into(),
            Self::Number(milli) if milli % MILLI == 0 => Value::Int(milli / MILLI),
            Self::Number(milli) => Value::Float(*milli as f64 / MILLI as f64),
            Self::Date(when) => Value::List(vec![DATE.into(), when.to_string().into()]),
            Self::Minutes(minutes) => Value::List(vec![MINUTES.into(), Value::Int((*minutes).into())]),
        }
    }

    /// Reads a register; `None` for what only a later version writes.
    pub fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Text(text) => Some(Self::Text(text.as_str().into())),
            Value::Int(number) => {
                let fits = (*number as f64).abs() <= MOST;
                fits.then(|| number.checked_mul(MILLI)).flatten().map(Self::Number)
            }
            Value::Float(number) if number.abs() <= MOST => {
                Some(Self::Number((number * MILLI as f64).round() as i64))
            }
            Value::List(list) => match list.as_slice() {
                [Value::Text(kind), Value::Text(when)] if kind == DATE => when.parse().ok().map(Self::Date),
                [Value::Text(kind), Value::Int(minutes)] if kind == MINUTES => {
                    u32::try_from(*minutes).ok().map(Self::Minutes)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// As a person types it.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.to_string(),
            Self::Number(milli) => show_decimal(*milli),
            Self::Date(When::Day(date)) => date.to_string(),
            Self::Date(When::Time { at, .. }) => {
                format!("{} {}", at.date(), at.time().strftime("%H:%M"))
            }
            Self::Minutes(minutes) => describe_minutes(*minutes).replace(' ', ""),
        }
    }
}
