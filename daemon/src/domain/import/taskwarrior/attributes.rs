//! The attributes of a task, taken out one by one; what is left belongs to the user.

use serde_json::{Map, Value};

use super::date::{self, Edge};
use crate::domain::date::{Now, When};
use crate::domain::import::ImportProblem;

/// Attributes not read yet, attributes to keep, and what there is to tell.
pub(super) struct Attributes<'a> {
    now: &'a Now,
    unread: Map<String, Value>,
    kept: Vec<(String, Value)>,
    notes: Vec<String>,
}

impl<'a> Attributes<'a> {
    pub(super) fn parse(item_json: &str, now: &'a Now) -> Result<Self, ImportProblem> {
        let problem = |message: String| ImportProblem { item: String::new(), message };
        match serde_json::from_str(item_json) {
            Ok(Value::Object(unread)) => Ok(Self { now, unread, kept: Vec::new(), notes: Vec::new() }),
            Ok(_) => Err(problem("is no JSON object".to_owned())),
            Err(error) => Err(problem(format!("is no valid JSON: {error}"))),
        }
    }

    /// Takes an attribute out; an empty one counts as absent, as in Taskwarrior.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.unread
            .shift_remove(name)
            .filter(|value| !value.is_null() && value.as_str().is_none_or(|text| !text.is_empty()))
    }

    /// Looks at a text without taking it out.
    pub(super) fn peek(&self, name: &str) -> Option<&str> {
        self.unread.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// Reads a date that is not taken out.
    pub(super) fn when_of(&self, text: &str, edge: Edge) -> Option<When> {
        Some(date::when(date::instant(text, self.now)?, edge, self.now))
    }

    /// Takes a value out and keeps it under its own name.
    pub(super) fn keep_taken(&mut self, name: &str) {
        if let Some(value) = self.take(name) {
            self.keep(name, value);
        }
    }

    /// Leaves an attribute out.
    pub(super) fn drop(&mut self, name: &str) {
        self.unread.shift_remove(name);
    }

    /// Takes a text out; another type is kept as it is.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        match self.take(name)? {
            Value::String(text) => Some(text),
            other => {
                self.keep_unread(name, other);
                None
            }
        }
    }

    /// Takes an instant out, in Unix milliseconds.
    pub(super) fn instant_of(&mut self, name: &str) -> Option<i64> {
        let text = self.text(name)?;
        self.instant(name, &text)
    }

    /// Reads an instant that was taken out, in Unix milliseconds; a malformed one is kept.
    pub(super) fn instant(&mut self, name: &str, text: &str) -> Option<i64> {
        let instant = date::instant(text, self.now);
        if instant.is_none() {
            self.keep_unread(name, Value::from(text));
        }
        instant.map(|instant| instant.as_millisecond())
    }

    /// Takes a date out.
    pub(super) fn when(&mut self, name: &str, edge: Edge) -> Option<When> {
        let text = self.text(name)?;
        match date::instant(&text, self.now) {
            Some(instant) => Some(date::when(instant, edge, self.now)),
            None => {
                self.keep_unread(name, Value::from(text));
                None
            }
        }
    }

    /// Keeps a value that cannot be read, and tells.
    pub(super) fn keep_unread(&mut self, name: &str, value: Value) {
        self.note(format!("{name} cannot be read: {value}; kept as it is"));
        self.keep(name, value);
    }

    /// Keeps a value under its own name.
    pub(super) fn keep(&mut self, name: &str, value: Value) {
        self.kept.push((name.to_owned(), value));
    }

    pub(super) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    pub(super) fn take_notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }

    /// What was kept and what nobody took.
    pub(super) fn into_rest(self) -> Vec<(String, Value)> {
        let unread = self.unread.into_iter().filter(|(_, value)| !value.is_null());
        self.kept.into_iter().chain(unread).collect()
    }
}
