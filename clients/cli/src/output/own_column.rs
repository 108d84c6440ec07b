//! Columns of a list of tasks: those heph knows, and fields that the user declared.

use clap::ValueEnum as _;
use heph_protocol::types::Task;

use super::table::{Cell, Column, Fit};
use super::tasks::{self, TaskColumn};

/// A column of a list of tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ListColumn {
    /// One that heph knows.
    Known(TaskColumn),
    /// A field of the user's, by name.
    Own(String),
}

impl ListColumn {
    /// Reads a name; what heph does not know may be a field of the user's.
    pub(crate) fn parse(name: &str) -> Result<Self, String> {
        let name = name.trim().to_lowercase();
        if let Ok(known) = TaskColumn::from_str(&name, true) {
            return Ok(Self::Known(known));
        }
        let is_name = name.starts_with(char::is_alphabetic)
            && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
        if is_name { Ok(Self::Own(name)) } else { Err("it is no name of a column".to_owned()) }
    }

    /// Its name, as [`ListColumn::parse`] takes it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Known(column) => {
                column.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
            }
            Self::Own(name) => name.clone(),
        }
    }

    /// What `next` and `list` show unless asked otherwise.
    pub(crate) fn usual() -> Vec<Self> {
        tasks::DEFAULT.iter().copied().map(Self::Known).collect()
    }

    /// The column of a table.
    pub(crate) fn column(&self) -> Column {
        match self {
            Self::Known(column) => column.column(),
            // Headings last as long as the program, which ends with the list.
            Self::Own(name) => Column {
                heading: name.to_uppercase().leak(),
                fit: Fit::Shrinks { soft: 10, hard: 4 },
                right: false,
            },
        }
    }

    /// Its cell of a task.
    pub(crate) fn cell(&self, task: &Task) -> Cell {
        match self {
            Self::Known(column) => column.cell(task),
            Self::Own(name) => {
                let field = task.fields.iter().find(|field| field.name == *name);
                Cell::from(field.map_or("", |field| &field.value))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_heph_does_not_know_may_be_a_field() {
        assert_eq!(ListColumn::parse("Follow-Up"), Ok(ListColumn::Known(TaskColumn::FollowUp)));
        assert_eq!(ListColumn::parse("effort"), Ok(ListColumn::Own("effort".into())));
        assert!(ListColumn::parse("a b").is_err());
        for column in ListColumn::usual() {
            assert_eq!(ListColumn::parse(&column.name()), Ok(column));
        }
    }
}
