//! Values of keys, read into changes.

use std::ops::Range;

use super::key::{DateKey, Key, Purpose};
use super::line::{Line, WordKind};
use super::{Change, ParseError};
use crate::domain::date::{DateWord, Now, When, describe, parse_date};
use crate::domain::task::amount::{describe_minutes, parse_days, parse_minutes};
use crate::domain::task::own::OwnFields;
use crate::domain::task::reminder::Reminder;
use crate::domain::task::{Status, Task};

/// Most words behind a date's first one that may belong to it: `due:27 nov 2027 at 17:00`.
pub(super) const MOST_FOLLOWING: usize = 4;

/// A value that was read.
#[derive(Debug)]
pub(super) struct ReadValue {
    pub(super) changes: Vec<Change>,
    /// What it was understood as.
    pub(super) meaning: String,
    /// The word behind the last one that belongs to it.
    pub(super) end: usize,
    /// The field that was set, if it is not the key's own: a `due:someday` sets the status.
    pub(super) field: Option<&'static str>,
}

/// What reading a value needs to know.
pub(super) struct Context<'a> {
    pub(super) line: &'a Line,
    pub(super) now: &'a Now,
    pub(super) purpose: Purpose,
    /// The task as it is.
    pub(super) current: Option<&'a Task>,
    /// Fields the user declared.
    pub(super) own: &'a OwnFields,
}

impl Context<'_> {
    pub(super) fn error(
        &self,
        bytes: &Range<usize>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> ParseError {
        ParseError::at(self.line.text(), bytes.clone(), message, hint)
    }

    /// Reads a value that is not a date.
    pub(super) fn read(&self, key: Key, bytes: &Range<usize>) -> Result<(Vec<Change>, String), ParseError> {
        let text = self.line.text()[bytes.clone()].trim();
        if text.is_empty() {
            return self.unset(key, bytes);
        }
        let read = match key {
            Key::Lead => {
                let days = parse_days(text).ok_or_else(|| {
                    self.error(
                        bytes,
                        format!("`{text}` is no number of days"),
                        "write `lead:3d` or `lead:2w`",
                    )
                })?;
                (vec![Change::Lead(Some(days))], format!("{days} {}", if days == 1 { "day" } else { "days" }))
            }
            Key::Estimate => {
                let minutes = parse_minutes(text).ok_or_else(|| {
                    self.error(
                        bytes,
                        format!("`{text}` is no amount of work"),
                        "write `est:30m` or `est:1h30m`",
                    )
                })?;
                (vec![Change::Estimate(Some(minutes))], describe_minutes(minutes))
            }
            Key::Priority => {
                let priority = match text.strip_prefix('p').unwrap_or(text) {
                    "1" => Some(1),
                    "2" => Some(2),
                    "3" => Some(3),
                    "4" => Some(4),
                    "0" | "none" if self.purpose == Purpose::Modify => None,
                    _ => {
                        return Err(self.error(
                            bytes,
                            format!("`{text}` is no priority"),
                            "write p1, p2, p3 or p4",
                        ));
                    }
                };
                (
                    vec![Change::Priority(priority)],
                    priority.map_or_else(|| "none".to_owned(), |priority| format!("p{priority}")),
                )
            }
            Key::Project => (vec![Change::Project(Some(text.to_owned()))], text.to_owned()),
            Key::Parent => (vec![Change::Parent(Some(text.to_owned()))], text.to_owned()),
            Key::DependsOn => (self.dependencies(text, bytes)?, text.to_owned()),
            Key::Status => (vec![Change::Status(self.status(text, bytes)?)], text.to_owned()),
            Key::Title => (vec![Change::Title(text.to_owned())], text.to_owned()),
            Key::Date(key) => {
                let read = self.read_date(key, bytes, 0..0, |_| false, &|_| None)?;
                (read.changes, read.meaning)
            }
        };
        Ok(read)
    }

    fn dependencies(&self, text: &str, bytes: &Range<usize>) -> Result<Vec<Change>, ParseError> {
        text.split(',')
            .map(|reference| match (reference.trim(), self.purpose) {
                ("" | "-", _) => {
                    Err(self.error(bytes, "a task is missing between the commas", "write `dep:abc,def`"))
                }
                (reference, Purpose::Modify) => Ok(match reference.strip_prefix('-') {
                    Some(reference) => Change::NotDependsOn(reference.to_owned()),
                    None => Change::DependsOn(reference.to_owned()),
                }),
                (reference, Purpose::Add) => Ok(Change::DependsOn(reference.to_owned())),
            })
            .collect()
    }

    fn status(&self, text: &str, bytes: &Range<usize>) -> Result<Status, ParseError> {
        match Status::from_word(&text.to_lowercase()) {
            Some(Status::Done) => {
                Err(self.error(bytes, "finishing a task is a verb of its own", "use `heph done`"))
            }
            Some(Status::Cancelled) => {
                Err(self.error(bytes, "giving a task up is a verb of its own", "use `heph cancel`"))
            }
            Some(status) => Ok(status),
            None => Err(self.error(
                bytes,
                format!("unknown status `{text}`"),
                "write todo, doing, waiting or someday",
            )),
        }
    }

    /// Reads an empty value: the field is unset.
    fn unset(&self, key: Key, bytes: &Range<usize>) -> Result<(Vec<Change>, String), ParseError> {
        let change = match key {
            Key::Date(DateKey::Remind) => {
                let reminders = self.current.map(|task| task.reminders.as_slice()).unwrap_or_default();
                let changes = reminders.iter().cloned().map(Change::NoReminder).collect();
                return Ok((changes, "none".to_owned()));
            }
            Key::Date(key) => return Ok((key.changes(None), "none".to_owned())),
            Key::Lead => Change::Lead(None),
            Key::Estimate => Change::Estimate(None),
            Key::Project => Change::Project(None),
            Key::Parent => Change::Parent(None),
            Key::Priority => Change::Priority(None),
            Key::DependsOn => {
                let edges = self.current.map(|task| task.depends_on.as_slice()).unwrap_or_default();
                let changes = edges.iter().map(|id| Change::NotDependsOn(id.to_string())).collect();
                return Ok((changes, "none".to_owned()));
            }
            Key::Title => {
                return Err(self.error(bytes, "a task needs a title", "write `title:` and the words"));
            }
            Key::Status => {
                return Err(self.error(
                    bytes,
                    "a status is missing",
                    "write todo, doing, waiting or someday",
                ));
            }
        };
        Ok((vec![change], "none".to_owned()))
    }

    /// Reads the date that begins with a value and goes on over as many free words as still make one:
    /// `due:fri 17:00`. `own` gives the dates known so far.
    pub(super) fn read_date(
        &self,
        key: DateKey,
        bytes: &Range<usize>,
        following: Range<usize>,
        is_free: impl Fn(usize) -> bool,
        own: &dyn Fn(&str) -> Option<When>,
    ) -> Result<ReadValue, ParseError> {
        if self.line.text()[bytes.clone()].trim().is_empty() {
            let (changes, meaning) = self.unset(Key::Date(key), bytes)?;
            return Ok(ReadValue { changes, meaning, end: following.start, field: None });
        }
        let text = &self.line.text()[bytes.clone()];
        if let Some(reminder) = Reminder::typed(text).filter(|_| key == DateKey::Remind) {
            let (end, meaning) = (following.start, reminder.describe(self.now));
            return Ok(ReadValue { changes: vec![Change::Remind(reminder)], meaning, end, field: None });
        }
        if let Some(length) = text.strip_prefix('-').filter(|_| key == DateKey::Remind) {
            let hint = format!("write `remind:due-{length}`, or `remind:plan-{length}`");
            return Err(self.error(bytes, format!("`{text}` does not say what it is before"), hint));
        }
        let free = following
            .clone()
            .take(MOST_FOLLOWING)
            .take_while(|&word| is_free(word) && self.line.kind(word) == WordKind::Plain)
            .count();
        let mut first_error = None;
        for count in (0..=free).rev() {
            let end = following.start + count;
            let last_byte = if count == 0 { bytes.end } else { self.line.bytes(end - 1).end };
            match parse_date(
                &self.counted_from_own(key, &self.line.text()[bytes.start..last_byte]),
                self.now,
                own,
            ) {
                Ok(DateWord::When(when)) => {
                    let meaning = describe(&when, self.now);
                    return Ok(ReadValue { changes: key.changes(Some(when)), meaning, end, field: None });
                }
                Ok(DateWord::Someday)
                    if !matches!(key, DateKey::Expires | DateKey::FollowUp | DateKey::Remind) =>
                {
                    let (changes, meaning) = (vec![Change::Status(Status::Someday)], "someday".to_owned());
                    return Ok(ReadValue { changes, meaning, end, field: Some("status") });
                }
                Ok(DateWord::Someday | DateWord::None) => {
                    let message = format!("`someday` is no date for {}", key.field());
                    first_error = Some(self.error(bytes, message, "write a date"));
                }
                // The shortest reading names the word at fault best.
                Err(error) => {
                    let hint = error.hint.unwrap_or_default();
                    first_error = Some(self.error(bytes, error.message, hint));
                }
            }
        }
        Err(first_error
            .unwrap_or_else(|| self.error(bytes, "a date is missing", "write a date as `due:fri`")))
    }

    /// In a change, `due:+3d` counts from the due date there is.
    fn counted_from_own(&self, key: DateKey, text: &str) -> String {
        if self.purpose == Purpose::Modify && text.starts_with(['+', '-']) {
            format!("{}{text}", key.field())
        } else {
            text.to_owned()
        }
    }
}
