//! Where a task stands in a sort's order.

use std::cmp::{Ordering, Reverse};

use jiff::civil::Date;

use super::group::Group;
use super::sort::{Direction, Sort};
use crate::domain::id::NodeId;
use crate::domain::value::Value;

/// Where a task stands in a [`Sort`]'s order: its group, its keys, then its id. Comparable with others of the same
/// sort.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortPlace {
    group: Option<Group>,
    keys: Vec<Directed>,
    id: NodeId,
}

/// One key of a task. The order of the variants puts what is unset last, whatever the direction.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Directed {
    Up(Key),
    Down(Reverse<Key>),
    Unset,
}

/// What a key compares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    Number(i64),
    /// The local date, then the millisecond of a time; a whole day comes after the times in it.
    Date(Date, i64),
    Text(Box<str>),
    /// One after the other; what is unset comes last.
    Several(Vec<Option<Key>>),
}

impl SortPlace {
    pub(super) fn new(
        group: Option<Group>,
        keys: impl Iterator<Item = (Option<Key>, Direction)>,
        id: NodeId,
    ) -> Self {
        let keys = keys.map(|(key, direction)| match (key, direction) {
            (Some(key), Direction::Ascending) => Directed::Up(key),
            (Some(key), Direction::Descending) => Directed::Down(Reverse(key)),
            (None, _) => Directed::Unset,
        });
        Self { group, keys: keys.collect(), id }
    }

    /// The task's id.
    pub fn id(&self) -> NodeId {
        self.id
    }

    /// The group it stands in, if there are groups.
    pub fn group(&self) -> Option<&Group> {
        self.group.as_ref()
    }

    /// Whether it may stand in the order of a sort: it has its groups and as many keys.
    pub fn is_of(&self, sort: &Sort) -> bool {
        self.group.is_some() == sort.grouping().is_some() && self.keys.len() == sort.len()
    }

    /// As a value, to be kept.
    pub fn to_value(&self) -> Value {
        let keys = self.keys.iter().map(|key| match key {
            Directed::Up(key) => key.to_value(),
            Directed::Down(Reverse(key)) => Value::List(vec![Value::Bool(true), key.to_value()]),
            Directed::Unset => Value::Nil,
        });
        let group = self.group.as_ref().map_or(Value::Nil, Group::to_value);
        Value::List(vec![self.id.into(), group, Value::List(keys.collect())])
    }

    /// What [`Self::to_value`] made; `None` for anything else.
    pub fn from_value(value: &Value) -> Option<Self> {
        let [id, group, Value::List(keys)] = value.as_list() else { return None };
        let group = if group.is_nil() { None } else { Some(Group::from_value(group)?) };
        let keys = keys.iter().map(|key| {
            Some(match key {
                Value::Nil => Directed::Unset,
                Value::List(parts) if let [Value::Bool(true), key] = &parts[..] => {
                    Directed::Down(Reverse(Key::from_value(key)?))
                }
                key => Directed::Up(Key::from_value(key)?),
            })
        });
        Some(Self { group, keys: keys.collect::<Option<_>>()?, id: NodeId::from_slice(id.as_bytes()?).ok()? })
    }
}

impl Key {
    fn to_value(&self) -> Value {
        match self {
            Self::Number(number) => (*number).into(),
            Self::Date(date, ms) => Value::List(vec![date.to_string().into(), (*ms).into()]),
            Self::Text(text) => (&**text).into(),
            Self::Several(keys) => Value::List(
                [Value::Bool(false)]
                    .into_iter()
                    .chain(keys.iter().map(|key| key.as_ref().map_or(Value::Nil, Self::to_value)))
                    .collect(),
            ),
        }
    }

    fn from_value(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Int(number) => Self::Number(*number),
            Value::Text(text) => Self::Text(text.as_str().into()),
            value => match value.as_list() {
                [Value::Text(date), Value::Int(ms)] => Self::Date(date.parse().ok()?, *ms),
                // One level is all there is.
                [Value::Bool(false), keys @ ..] => Self::Several(
                    keys.iter()
                        .map(|key| match key {
                            Value::Nil => Some(None),
                            Value::Int(number) => Some(Some(Self::Number(*number))),
                            Value::Text(text) => Some(Some(Self::Text(text.as_str().into()))),
                            _ => None,
                        })
                        .collect::<Option<_>>()?,
                ),
                _ => return None,
            },
        })
    }

    /// The kinds of keys in some order, for places of different sorts.
    const fn kind(&self) -> u8 {
        match self {
            Self::Number(_) => 0,
            Self::Date(..) => 1,
            Self::Text(_) => 2,
            Self::Several(_) => 3,
        }
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(mine), Self::Number(theirs)) => mine.cmp(theirs),
            (Self::Date(mine, ms), Self::Date(theirs, their_ms)) => (mine, ms).cmp(&(theirs, their_ms)),
            (Self::Text(mine), Self::Text(theirs)) => mine.cmp(theirs),
            (Self::Several(mine), Self::Several(theirs)) => {
                let set_first = |key: &Option<Self>| (key.is_none(), key.clone());
                mine.iter().map(set_first).cmp(theirs.iter().map(set_first))
            }
            (mine, theirs) => mine.kind().cmp(&theirs.kind()),
        }
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SortPlace {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.group.cmp(&other.group))
            .then_with(|| self.keys.cmp(&other.keys))
            .then_with(|| self.id.cmp(&other.id))
    }
}

impl PartialOrd for SortPlace {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
