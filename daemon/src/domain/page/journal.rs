//! Journals: pages whose identity is their day or week.

use jiff::civil::{Date, ISOWeekDate, Weekday};

use crate::domain::id::NodeId;

/// A day or an ISO week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Journal {
    /// `2026-11-23`
    Day(Date),
    /// `2026-W48`
    Week {
        /// ISO year.
        year: i16,
        /// ISO week, from 1.
        week: i8,
    },
}

const PREFIX: &str = "journal:";

impl Journal {
    /// Reads a title; `None` for one that is neither a date nor a week.
    pub fn from_title(title: &str) -> Option<Self> {
        if let Some((year, week)) = title.split_once("-W") {
            let (year, week) = (year.parse().ok()?, week.parse().ok()?);
            ISOWeekDate::new(year, week, Weekday::Monday).ok()?;
            let journal = Self::Week { year, week };
            return (journal.title() == title).then_some(journal);
        }
        (title.len() == 10).then(|| title.parse().ok().map(Self::Day)).flatten()
    }

    /// Reads a key.
    pub fn from_key(key: &str) -> Option<Self> {
        key.strip_prefix(PREFIX).and_then(Self::from_title)
    }

    /// Its title.
    pub fn title(&self) -> String {
        match self {
            Self::Day(date) => date.to_string(),
            Self::Week { year, week } => format!("{year:04}-W{week:02}"),
        }
    }

    /// The key its id is derived from.
    pub fn key(&self) -> String {
        format!("{PREFIX}{}", self.title())
    }

    /// Its day, or the first day of its week.
    pub fn first_day(&self) -> Date {
        match *self {
            Self::Day(date) => date,
            Self::Week { year, week } => {
                ISOWeekDate::new(year, week, Weekday::Monday).map_or(Date::ZERO, ISOWeekDate::date)
            }
        }
    }

    /// Its id, alike on every machine.
    pub fn id(&self) -> NodeId {
        NodeId::derived(&self.key())
    }

    /// Its text at revision 0. Frozen: every machine must begin with the same.
    pub fn genesis(&self) -> String {
        format!("# {}\n", self.title())
    }
}

/// The text at revision 0 of a node with that key; `None` unless the key is a journal's.
pub fn journal_genesis(key: &str) -> Option<String> {
    Journal::from_key(key).map(|journal| journal.genesis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_that_are_journals() {
        for title in ["2026-11-23", "2026-W48", "2020-W53"] {
            assert_eq!(Journal::from_title(title).map(|journal| journal.title()).as_deref(), Some(title));
        }
        for title in
            ["2026-13-01", "2026-W54", "2021-W53", "2026-W8", "2026", "today", "2026-11-23T10:00", "-W1"]
        {
            assert_eq!(Journal::from_title(title), None, "{title}");
        }
    }

    #[test]
    fn genesis_is_frozen() {
        assert_eq!(journal_genesis("journal:2026-11-23").as_deref(), Some("# 2026-11-23\n"));
        assert_eq!(journal_genesis("page:/x"), None);
    }
}
