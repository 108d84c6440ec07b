//! Fields that the user declared: what they hold, and how their values are read, shown and compared.

mod value;

pub use value::{FieldValue, MAX_TEXT};

use crate::domain::date::{DateWord, Now, describe, parse_date};
use crate::domain::decimal::{parse_decimal, show_decimal};
use crate::domain::suggest::nearest;
use crate::domain::task::amount::parse_minutes;
use crate::domain::value::Value;

/// Most choices of a field.
pub const MAX_CHOICES: usize = 100;

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldKind {
    /// A text of one line.
    Text,
    /// A number of three decimal places at most.
    Number,
    /// A day, or a time in a zone.
    Date,
    /// An amount of work, in minutes.
    Duration,
    /// One of these words, in their order.
    Choice(Vec<Box<str>>),
}

impl FieldKind {
    /// The words kinds are declared by.
    pub const WORDS: [&str; 5] = ["string", "number", "date", "duration", "choice"];

    /// Its word.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Number => "number",
            Self::Date => "date",
            Self::Duration => "duration",
            Self::Choice(_) => "choice",
        }
    }
}

/// A field that the user declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnField {
    /// Its name, folded: what stands before the `:`.
    pub name: Box<str>,
    /// What it holds.
    pub kind: FieldKind,
    /// What people see instead of the name.
    pub label: Option<Box<str>>,
}

/// A value that is none of a field's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BadValue {
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: String,
}

impl OwnField {
    /// What its register in the settings holds.
    pub fn to_value(&self) -> Value {
        let choices = match &self.kind {
            FieldKind::Choice(choices) => choices.iter().map(|choice| Value::from(&**choice)).collect(),
            _ => Vec::new(),
        };
        Value::List(vec![self.kind.word().into(), self.label.as_deref().into(), Value::List(choices)])
    }

    /// Reads its register; a later version may add more behind, or know more kinds.
    pub fn from_value(name: &str, value: &Value) -> Option<Self> {
        let [kind, label, choices, ..] = value.as_list() else { return None };
        let kind = match kind.as_text()? {
            "string" => FieldKind::Text,
            "number" => FieldKind::Number,
            "date" => FieldKind::Date,
            "duration" => FieldKind::Duration,
            "choice" => FieldKind::Choice(
                choices.as_list().iter().filter_map(Value::as_text).map(Into::into).collect(),
            ),
            _ => return None,
        };
        Some(Self { name: name.into(), kind, label: label.as_text().map(Into::into) })
    }

    /// In the words of the command that declares it.
    pub fn words(&self) -> String {
        let choices = match &self.kind {
            FieldKind::Choice(choices) => format!(" {}", choices.join(",")),
            _ => String::new(),
        };
        let label = self.label.as_ref().map(|label| format!(" --label '{label}'")).unwrap_or_default();
        format!("{}{choices}{label}", self.kind.word())
    }

    /// Reads a value as typed.
    ///
    /// # Errors
    /// [`BadValue`] for what it does not take.
    pub fn read(&self, text: &str, now: &Now) -> Result<FieldValue, BadValue> {
        let text = text.trim();
        let name = &self.name;
        let (value, hint) = match &self.kind {
            FieldKind::Text => {
                let fits = text.len() <= MAX_TEXT && !text.contains(char::is_control);
                (fits.then(|| FieldValue::Text(text.into())), "one line of 4,096 bytes at most".to_owned())
            }
            FieldKind::Number => {
                let hint = format!("write a number, as `{name}:3` or `{name}:2.5`");
                (parse_decimal(text).map(FieldValue::Number), hint)
            }
            FieldKind::Duration => (
                parse_minutes(text).map(FieldValue::Minutes),
                format!("write `{name}:30m` or `{name}:1h30m`"),
            ),
            FieldKind::Choice(choices) => {
                let wanted = text.to_lowercase();
                let meant = choices.iter().find(|choice| choice.to_lowercase() == wanted);
                let hint = match nearest(&wanted, choices.iter().map(|choice| &**choice)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("write one of {}", choices.join(", ")),
                };
                (meant.map(|choice| FieldValue::Text(choice.clone())), hint)
            }
            FieldKind::Date => match parse_date(text, now, &|_| None) {
                Ok(DateWord::When(when)) => (Some(FieldValue::Date(when)), String::new()),
                Err(error) => {
                    let hint = error.hint.unwrap_or_else(|| format!("write `{name}:fri`"));
                    return Err(BadValue { message: error.message, hint });
                }
                Ok(DateWord::None | DateWord::Someday) => (None, format!("write a date, as `{name}:fri`")),
            },
        };
        value.ok_or_else(|| BadValue { message: format!("`{text}` is no value of {name}"), hint })
    }

    /// The value as one of this field; `None` where it was written under another declaration and does not fit.
    pub fn fit(&self, value: &FieldValue) -> Option<FieldValue> {
        match (&self.kind, value) {
            (FieldKind::Text, FieldValue::Text(_)) => Some(value.clone()),
            (FieldKind::Text, other) => Some(FieldValue::Text(other.text().into())),
            (FieldKind::Number, FieldValue::Number(_))
            | (FieldKind::Date, FieldValue::Date(_))
            | (FieldKind::Duration, FieldValue::Minutes(_)) => Some(value.clone()),
            (FieldKind::Choice(choices), FieldValue::Text(text)) => {
                choices.contains(text).then(|| value.clone())
            }
            _ => None,
        }
    }

    /// The place of a word among the choices.
    pub fn place_of(&self, word: &str) -> Option<usize> {
        match &self.kind {
            FieldKind::Choice(choices) => choices.iter().position(|choice| **choice == *word),
            _ => None,
        }
    }
}

/// What a value is shown as to a person who just typed it.
pub fn meaning(value: &FieldValue, now: &Now) -> String {
    match value {
        FieldValue::Date(when) => describe(when, now),
        FieldValue::Number(milli) => show_decimal(*milli),
        other => other.text(),
    }
}

/// The fields that are declared, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnFields(Vec<OwnField>);

impl OwnFields {
    /// None are.
    pub const NONE: Self = Self(Vec::new());

    /// Takes a declaration in, in the place of one of its name.
    pub fn insert(&mut self, field: OwnField) {
        match self.0.binary_search_by(|own| own.name.cmp(&field.name)) {
            Ok(place) => self.0[place] = field,
            Err(place) => self.0.insert(place, field),
        }
    }

    /// Takes a declaration out.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|field| *field.name != *name);
    }

    /// The field of a name, folded.
    pub fn get(&self, name: &str) -> Option<&OwnField> {
        self.0.binary_search_by(|own| (*own.name).cmp(name)).ok().map(|place| &self.0[place])
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &OwnField> {
        self.0.iter()
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|field| &*field.name)
    }
}

#[cfg(test)]
mod tests;
