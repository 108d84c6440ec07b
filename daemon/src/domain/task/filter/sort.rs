//! Orders of lists.

use std::cmp::{Ordering, Reverse};

use jiff::civil::Date;

use super::text::fold;
use super::{Facts, FilterError};
use crate::domain::date::{Now, When};
use crate::domain::id::NodeId;
use crate::domain::suggest::nearest;
use crate::domain::task::Task;
use crate::domain::task::own::{FieldValue, OwnField, OwnFields};

/// Sort keys, the weightiest first. The id breaks the last tie, so the order is total.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    keys: Vec<(By, Direction)>,
}

/// What a key of a sort is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum By {
    Key(SortKey),
    /// A field of the user's.
    Own(OwnField),
}

/// Where a task stands in a [`Sort`]'s order: its keys, then its id. Comparable with others of the same sort.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortPlace {
    values: Vec<Value>,
    id: NodeId,
}

/// What a list can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortKey {
    /// When it has to be finished.
    Due,
    /// When one means to do it.
    Planned,
    /// Not before.
    Defer,
    /// When it was made.
    Created,
    /// When it was last changed.
    Modified,
    /// When it was finished or given up.
    Closed,
    /// 1 to 4; unset counts as 4.
    Priority,
    /// Its title, case folded.
    Title,
    /// Path of its project, case folded.
    Project,
    /// What `next` ranks by.
    Score,
    /// todo, doing, waiting, someday, done, cancelled.
    Status,
    /// Its place by hand.
    Rank,
}

/// Which end comes first. What is not set comes last either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Smallest, earliest, first in the alphabet first.
    Ascending,
    /// The other way round.
    Descending,
}

impl SortKey {
    /// Every key.
    pub const ALL: [Self; 12] = [
        Self::Due,
        Self::Planned,
        Self::Defer,
        Self::Created,
        Self::Modified,
        Self::Closed,
        Self::Priority,
        Self::Title,
        Self::Project,
        Self::Score,
        Self::Status,
        Self::Rank,
    ];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Planned => "planned",
            Self::Defer => "defer",
            Self::Created => "created",
            Self::Modified => "modified",
            Self::Closed => "closed",
            Self::Priority => "priority",
            Self::Title => "title",
            Self::Project => "project",
            Self::Score => "score",
            Self::Status => "status",
            Self::Rank => "rank",
        }
    }

    /// The direction meant when none is given: best score and newest change first, everything else ascending.
    pub const fn usual(self) -> Direction {
        match self {
            Self::Score | Self::Modified | Self::Closed => Direction::Descending,
            _ => Direction::Ascending,
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        let word = if word == "proj" { "project" } else { word };
        Self::ALL.into_iter().find(|key| key.word() == word)
    }
}

impl Sort {
    /// Reads keys joined by commas; `+` or `-` behind one gives its direction (`due,score-`).
    ///
    /// # Errors
    /// [`FilterError`] with the place of a key that is none.
    pub fn parse(text: &str, fields: &OwnFields) -> Result<Self, FilterError> {
        let mut keys = Vec::new();
        let mut place = 0;
        for part in text.split(',') {
            let length = part.chars().count();
            let (word, direction) = match part.trim() {
                word if word.ends_with('-') => (word.trim_end_matches('-'), Some(Direction::Descending)),
                word if word.ends_with('+') => (word.trim_end_matches('+'), Some(Direction::Ascending)),
                word => (word, None),
            };
            let word = word.to_lowercase();
            let own = || fields.get(&word).cloned().map(|field| (By::Own(field), Direction::Ascending));
            let known = SortKey::from_word(&word).map(|key| (By::Key(key), key.usual())).or_else(own);
            let (key, usual) = known.ok_or_else(|| unknown_key(&word, fields, place, place + length))?;
            keys.push((key, direction.unwrap_or(usual)));
            place += length + 1;
        }
        Ok(Self { keys })
    }

    /// Its keys, those of the user's fields aside.
    pub fn keys(&self) -> impl Iterator<Item = SortKey> {
        self.keys.iter().filter_map(|(by, _)| if let By::Key(key) = by { Some(*key) } else { None })
    }

    /// The names of the user's fields it sorts by.
    pub fn own_fields(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().filter_map(|(by, _)| if let By::Own(field) = by { Some(&*field.name) } else { None })
    }

    /// The place of a task in this order, worth keeping when many are compared.
    pub fn place(&self, task: &Task, facts: &dyn Facts) -> SortPlace {
        let key_of = |by: &By| match by {
            By::Key(key) => key_of(*key, task, facts),
            By::Own(field) => own_key_of(field, task, facts.now()),
        };
        let values = self.keys.iter().map(|(by, direction)| match (key_of(by), direction) {
            (Some(key), Direction::Ascending) => Value::Up(key),
            (Some(key), Direction::Descending) => Value::Down(Reverse(key)),
            (None, _) => Value::Unset,
        });
        SortPlace { values: values.collect(), id: task.id }
    }

    /// Which of two tasks comes first; equal only for one and the same.
    pub fn compare(&self, one: &Task, other: &Task, facts: &dyn Facts) -> Ordering {
        self.place(one, facts).cmp(&self.place(other, facts))
    }
}

fn unknown_key(word: &str, fields: &OwnFields, start: usize, end: usize) -> FilterError {
    let near = nearest(word, SortKey::ALL.map(SortKey::word).into_iter().chain(fields.names()));
    let hint = near.map_or_else(
        || format!("sort by one of {}", SortKey::ALL.map(SortKey::word).join(", ")),
        |near| format!("did you mean `{near}`?"),
    );
    FilterError { message: format!("unknown sort key `{word}`"), hint: Some(hint), start, end }
}

impl SortPlace {
    /// The task's id.
    pub fn id(&self) -> NodeId {
        self.id
    }
}

impl Ord for SortPlace {
    fn cmp(&self, other: &Self) -> Ordering {
        self.values.cmp(&other.values).then_with(|| self.id.cmp(&other.id))
    }
}

impl PartialOrd for SortPlace {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// One key of a task. The order of the variants puts what is unset last, whatever the direction.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Up(Key),
    Down(Reverse<Key>),
    Unset,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Number(i64),
    /// The local date, then the millisecond of a time; a whole day comes after the times in it.
    Date(Date, i64),
    Text(Box<str>),
}

fn key_of(key: SortKey, task: &Task, facts: &dyn Facts) -> Option<Key> {
    let now = facts.now();
    let date = |when: &Option<When>| when.as_ref().map(|when| date_key(when, now));
    match key {
        SortKey::Due => date(&task.due),
        SortKey::Planned => date(&task.planned),
        SortKey::Defer => date(&task.defer),
        SortKey::Created => Some(Key::Number(task.created)),
        SortKey::Modified => Some(Key::Number(task.modified)),
        SortKey::Closed => (!task.status.is_open()).then_some(Key::Number(task.status_at)),
        SortKey::Priority => Some(Key::Number(i64::from(task.priority.unwrap_or(4)))),
        SortKey::Title => Some(Key::Text(fold(&task.title).into())),
        SortKey::Project => {
            task.project.and_then(|id| facts.project_path(id)).map(|path| Key::Text(fold(path).into()))
        }
        // Scores are whole thousandths, so nothing is lost.
        SortKey::Score => facts.score(task).map(|score| Key::Number((score * 1000.0).round() as i64)),
        SortKey::Status => Some(Key::Number(task.status as i64)),
        SortKey::Rank => task.rank.clone().map(Key::Text),
    }
}

fn date_key(when: &When, now: &Now) -> Key {
    match when {
        When::Day(date) => Key::Date(*date, i64::MAX),
        When::Time { .. } => Key::Date(when.local_date(now), when.instant().as_millisecond()),
    }
}

/// The key of a field of the user's; choices come in the order they were declared in. A value that does not fit is none.
fn own_key_of(field: &OwnField, task: &Task, now: &Now) -> Option<Key> {
    Some(match field.fit(task.field(&field.name)?)? {
        FieldValue::Number(milli) => Key::Number(milli),
        FieldValue::Minutes(minutes) => Key::Number(minutes.into()),
        FieldValue::Date(when) => date_key(&when, now),
        FieldValue::Text(text) => match field.place_of(&text) {
            Some(place) => Key::Number(i64::try_from(place).unwrap_or(i64::MAX)),
            None => Key::Text(fold(&text).into()),
        },
    })
}
