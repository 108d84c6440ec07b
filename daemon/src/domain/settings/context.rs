//! Contexts: a filter that lists stay within, and what a new task gets there.

use crate::domain::task::filter::tokens_of_conjunction;
use crate::domain::value::Value;

/// A context as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedContext {
    /// The filter.
    pub filter: Box<str>,
    /// Quick-add tokens of a new task; `None` where nobody said, an empty text for none.
    pub new_task: Option<Box<str>>,
}

impl SavedContext {
    /// What its register holds.
    pub fn to_value(&self) -> Value {
        Value::List(vec![(&*self.filter).into(), self.new_task.as_deref().into()])
    }

    /// Reads its register; a later version may add more behind.
    pub fn from_value(value: &Value) -> Option<Self> {
        let [filter, new_task, ..] = value.as_list() else { return None };
        Some(Self { filter: filter.as_text()?.into(), new_task: new_task.as_text().map(Into::into) })
    }

    /// The tokens a new task gets: as they were given, or else those that make the filter, if it is nothing but tags and
    /// a project.
    pub fn defaults(&self) -> String {
        match &self.new_task {
            Some(tokens) => tokens.to_string(),
            None => tokens_of_conjunction(&self.filter).unwrap_or_default(),
        }
    }

    /// In the words of the command that makes it.
    pub fn words(&self) -> String {
        match &self.new_task {
            Some(tokens) => format!("{} --new '{tokens}'", self.filter),
            None => self.filter.to_string(),
        }
    }
}
