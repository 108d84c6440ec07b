//! Saved views: a filter that has a name, and how its tasks are shown.

use crate::domain::value::Value;

/// A view as it is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SavedView {
    /// The filter; empty for all open tasks.
    pub filter: Box<str>,
    /// Sort keys, comma-separated.
    pub sort: Option<Box<str>>,
    /// Columns, comma-separated, as clients call them.
    pub columns: Option<Box<str>>,
    /// What the tasks are grouped by.
    pub group: Option<Box<str>>,
}

impl SavedView {
    /// What its register holds.
    pub fn to_value(&self) -> Value {
        let optional = |text: &Option<Box<str>>| Value::from(text.as_deref());
        Value::List(vec![
            (&*self.filter).into(),
            optional(&self.sort),
            optional(&self.columns),
            optional(&self.group),
        ])
    }

    /// Reads its register; a later version may add more behind.
    pub fn from_value(value: &Value) -> Option<Self> {
        let [filter, sort, columns, group, ..] = value.as_list() else { return None };
        let optional = |value: &Value| value.as_text().map(Into::into);
        Some(Self {
            filter: filter.as_text()?.into(),
            sort: optional(sort),
            columns: optional(columns),
            group: optional(group),
        })
    }

    /// In the words of the command that makes it.
    pub fn words(&self) -> String {
        let flags = [("--sort", &self.sort), ("--columns", &self.columns), ("--group", &self.group)];
        let flags = flags.into_iter().filter_map(|(flag, value)| Some(format!("{flag} {}", value.as_ref()?)));
        let filter = Some(self.filter.to_string()).filter(|filter| !filter.is_empty());
        filter.into_iter().chain(flags).collect::<Vec<_>>().join(" ")
    }
}
