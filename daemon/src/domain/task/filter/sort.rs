//! Orders of lists.

use std::cmp::Ordering;

use super::group::{Grouping, Groups};
use super::sort_place::{Key, SortPlace};
use super::text::fold;
use super::{Facts, FilterError};
use crate::domain::date::{Now, When};
use crate::domain::settings::fold_name;
use crate::domain::suggest::nearest;
use crate::domain::task::own::{FieldValue, OwnField, OwnFields};
use crate::domain::task::{Status, Task};

/// Sort keys, the weightiest first. The id breaks the last tie, so the order is total.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    /// What stands together, weightier than any key.
    group: Option<Grouping>,
    keys: Vec<(By, Direction)>,
}

/// What a key of a sort is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum By {
    Key(SortKey),
    /// A field of the user's.
    Own(OwnField),
}

/// What a list can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortKey {
    /// The order of `next`: available ones first, each kind by score.
    Next,
    /// When it has to be finished.
    Due,
    /// When one means to do it.
    Planned,
    /// Not before.
    Defer,
    /// Out of `next` from then on.
    Expires,
    /// When to ask again.
    FollowUp,
    /// When it was made.
    Created,
    /// The same, the oldest first.
    Age,
    /// When it was last changed.
    Modified,
    /// When work on it began.
    Started,
    /// When it was finished or given up.
    Closed,
    /// The day of its last review.
    Reviewed,
    /// 1 to 4; unset counts as 4.
    Priority,
    /// Estimated work.
    Estimate,
    /// Days before `due` from which it shows.
    Lead,
    /// Its title, case folded.
    Title,
    /// Path of its project, case folded.
    Project,
    /// Path of the area of its project, case folded.
    Area,
    /// Title of the open task it is part of, case folded.
    Parent,
    /// Its tags, in the order of the alphabet.
    Tags,
    /// For whom or what it waits, case folded.
    Waiting,
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
    pub const ALL: [Self; 24] = [
        Self::Next,
        Self::Due,
        Self::Planned,
        Self::Defer,
        Self::Expires,
        Self::FollowUp,
        Self::Created,
        Self::Age,
        Self::Modified,
        Self::Started,
        Self::Closed,
        Self::Reviewed,
        Self::Priority,
        Self::Estimate,
        Self::Lead,
        Self::Title,
        Self::Project,
        Self::Area,
        Self::Parent,
        Self::Tags,
        Self::Waiting,
        Self::Score,
        Self::Status,
        Self::Rank,
    ];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Due => "due",
            Self::Planned => "planned",
            Self::Defer => "defer",
            Self::Expires => "expires",
            Self::FollowUp => "follow_up",
            Self::Created => "created",
            Self::Age => "age",
            Self::Modified => "modified",
            Self::Started => "started",
            Self::Closed => "closed",
            Self::Reviewed => "reviewed",
            Self::Priority => "priority",
            Self::Estimate => "estimate",
            Self::Lead => "lead",
            Self::Title => "title",
            Self::Project => "project",
            Self::Area => "area",
            Self::Parent => "parent",
            Self::Tags => "tags",
            Self::Waiting => "waiting",
            Self::Score => "score",
            Self::Status => "status",
            Self::Rank => "rank",
        }
    }

    /// The direction meant when none is given: best score, newest change and highest age first, everything else
    /// ascending.
    pub const fn usual(self) -> Direction {
        match self {
            Self::Score | Self::Modified | Self::Closed | Self::Age => Direction::Descending,
            _ => Direction::Ascending,
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        let word = match word {
            "proj" => "project",
            "plan" => "planned",
            "est" => "estimate",
            "tag" => "tags",
            "follow-up" => "follow_up",
            word => word,
        };
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
            let signs = [('-', Direction::Descending), ('+', Direction::Ascending)];
            let part = part.trim();
            let signed = signs
                .iter()
                .find_map(|(sign, direction)| Some((part.strip_suffix(*sign)?, Some(*direction))));
            let (word, direction) = signed.unwrap_or((part, None));
            let word = fold_name(word);
            let own = || fields.get(&word).cloned().map(|field| (By::Own(field), Direction::Ascending));
            let known = SortKey::from_word(&word).map(|key| (By::Key(key), key.usual())).or_else(own);
            let (key, usual) = known.ok_or_else(|| unknown_key(&word, fields, place, place + length))?;
            keys.push((key, direction.unwrap_or(usual)));
            place += length + 1;
        }
        Ok(Self { group: None, keys })
    }

    /// The order of `next`, what is closed behind it, the newest first.
    pub fn usual() -> Self {
        let keys = [SortKey::Next, SortKey::Closed].map(|key| (By::Key(key), key.usual()));
        Self { group: None, keys: keys.to_vec() }
    }

    /// The same within groups.
    pub fn grouped(self, by: Grouping) -> Self {
        Self { group: Some(by), ..self }
    }

    /// How many keys it has.
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// What stands together.
    pub fn grouping(&self) -> Option<Grouping> {
        self.group
    }

    /// Places tasks in this order at a moment.
    pub fn placing(&self, now: &Now) -> Placing<'_> {
        Placing { sort: self, groups: self.group.map(|by| Groups::new(by, now)) }
    }

    /// Which of two tasks comes first; equal only for one and the same.
    pub fn compare(&self, one: &Task, other: &Task, facts: &dyn Facts) -> Ordering {
        let placing = self.placing(facts.now());
        placing.place(one, facts).cmp(&placing.place(other, facts))
    }
}

/// An order at a moment.
#[derive(Debug)]
pub struct Placing<'a> {
    sort: &'a Sort,
    groups: Option<Groups>,
}

impl Placing<'_> {
    /// The place of a task in the order, worth keeping when many are compared.
    pub fn place(&self, task: &Task, facts: &dyn Facts) -> SortPlace {
        let key_of = |by: &By| match by {
            By::Key(key) => key_of(*key, task, facts),
            By::Own(field) => own_key_of(field, task, facts.now()),
        };
        let keys = self.sort.keys.iter().map(|(by, direction)| (key_of(by), *direction));
        SortPlace::new(self.groups.as_ref().map(|groups| groups.of(task, facts)), keys, task.id)
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

fn key_of(key: SortKey, task: &Task, facts: &dyn Facts) -> Option<Key> {
    let now = facts.now();
    let date = |when: &Option<When>| when.as_ref().map(|when| date_key(when, now));
    let text = |text: &str| Key::Text(fold(text).into());
    match key {
        SortKey::Next => facts.next_place(task).map(|[gated, score, deadline]| {
            Key::Several(vec![
                Some(Key::Number(gated)),
                Some(Key::Number(score)),
                Some(Key::Number(deadline)),
                Some(Key::Number(i64::from(task.priority.unwrap_or(4)))),
                task.rank.clone().map(Key::Text),
                Some(Key::Number(task.created)),
            ])
        }),
        SortKey::Due => date(&task.due),
        SortKey::Planned => date(&task.planned),
        SortKey::Defer => date(&task.defer),
        SortKey::Expires => date(&task.expires),
        SortKey::FollowUp => date(&task.follow_up),
        SortKey::Created => Some(Key::Number(task.created)),
        SortKey::Age => Some(Key::Number(task.created.saturating_neg())),
        SortKey::Modified => Some(Key::Number(task.modified)),
        SortKey::Started => (task.status == Status::Doing).then_some(Key::Number(task.status_at)),
        SortKey::Closed => (!task.status.is_open()).then_some(Key::Number(task.status_at)),
        SortKey::Reviewed => task.reviewed.map(|day| Key::Date(day, i64::MAX)),
        SortKey::Priority => Some(Key::Number(i64::from(task.priority.unwrap_or(4)))),
        SortKey::Estimate => task.estimate_minutes.map(|minutes| Key::Number(minutes.into())),
        SortKey::Lead => task.lead_days.map(|days| Key::Number(days.into())),
        SortKey::Title => Some(text(&task.title)),
        SortKey::Project => task.project.and_then(|id| facts.project_path(id)).map(text),
        SortKey::Area => task.project.and_then(|id| facts.area_path(id)).map(text),
        SortKey::Parent => task.parent.and_then(|id| facts.title(id)).map(text),
        SortKey::Tags => (!task.tags.is_empty()).then(|| Key::Text(task.tags.join("\n").into())),
        SortKey::Waiting => task.waiting_on.as_deref().map(text),
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
