//! The keys of the language and how they can be asked.

use super::expression::{DateField, Field, NumberField};

/// What stands before a `:` or an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Date(DateField),
    Number(NumberField),
    Status,
    Is,
    Tag,
    Project,
    Area,
    Parent,
    DependsOn,
    Under,
    Id,
    Title,
    Body,
    Waiting,
    Repeats,
    Reminders,
    Links,
}

/// How a key is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Modifier {
    /// `key:value`: what one most often means.
    Usual,
    Before,
    By,
    From,
    After,
    Is,
    Not,
    Has,
    Word,
    None,
    Any,
}

/// Every name, what it means, and for the one that is offered of several, what it asks.
const KEYS: [(&str, Key, &str); 39] = [
    ("due", Key::Date(DateField::Due), "when it has to be finished"),
    ("planned", Key::Date(DateField::Planned), "when one means to do it"),
    ("plan", Key::Date(DateField::Planned), ""),
    ("defer", Key::Date(DateField::Defer), "not before"),
    ("expires", Key::Date(DateField::Expires), "out of next from then on"),
    ("follow_up", Key::Date(DateField::FollowUp), "when to ask again"),
    ("follow-up", Key::Date(DateField::FollowUp), ""),
    ("created", Key::Date(DateField::Created), "when it was made"),
    ("modified", Key::Date(DateField::Modified), "when it was last changed"),
    ("closed", Key::Date(DateField::Closed), "when it was finished or given up"),
    ("started", Key::Date(DateField::Started), "when work on it began"),
    ("reviewed", Key::Date(DateField::Reviewed), "the day of its last review"),
    ("priority", Key::Number(NumberField::Priority), "p1 to p4"),
    ("p", Key::Number(NumberField::Priority), ""),
    ("lead", Key::Number(NumberField::Lead), "days before due from which it shows"),
    ("est", Key::Number(NumberField::Estimate), "estimated work"),
    ("estimate", Key::Number(NumberField::Estimate), ""),
    ("score", Key::Number(NumberField::Score), "points of next"),
    ("age", Key::Number(NumberField::Age), "days since it was made"),
    ("status", Key::Status, "todo, doing, waiting, someday, done, cancelled"),
    ("is", Key::Is, "what is true of it"),
    ("tag", Key::Tag, "a tag or one below it"),
    ("tags", Key::Tag, ""),
    ("proj", Key::Project, "its project; with / behind it, those below too"),
    ("project", Key::Project, ""),
    ("area", Key::Area, "the area of its project"),
    ("parent", Key::Parent, "the task it is part of"),
    ("dep", Key::DependsOn, "what has to be finished first"),
    ("under", Key::Under, "a task it is part of, directly or not"),
    ("id", Key::Id, "its id"),
    ("title", Key::Title, "its title"),
    ("body", Key::Body, "its text"),
    ("waiting", Key::Waiting, "for whom or what it waits"),
    ("waiting_on", Key::Waiting, ""),
    ("every", Key::Repeats, "whether it repeats: every.any: or every:"),
    ("repeats", Key::Repeats, ""),
    ("remind", Key::Reminders, "whether it has reminders: remind.any: or remind:"),
    ("reminders", Key::Reminders, ""),
    ("links", Key::Links, "what it links to: links:[[Page]]"),
];

/// The modifiers behind a `.`; the operators mean some of them too.
const MODIFIERS: [(&str, Modifier); 9] = [
    ("before", Modifier::Before),
    ("after", Modifier::After),
    ("by", Modifier::By),
    ("is", Modifier::Is),
    ("not", Modifier::Not),
    ("has", Modifier::Has),
    ("word", Modifier::Word),
    ("none", Modifier::None),
    ("any", Modifier::Any),
];

/// Whether the language has a key of this name, so that no field of the user's can.
pub(crate) fn is_key(name: &str) -> bool {
    Key::from_name(name).is_some()
}

impl Key {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        KEYS.iter().find(|(known, ..)| *known == name).map(|&(_, key, _)| key)
    }

    /// Every name, for suggestions.
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        KEYS.iter().map(|&(name, ..)| name)
    }

    /// The names that are offered, each with what it asks.
    pub(super) fn offered() -> impl Iterator<Item = (&'static str, &'static str)> {
        KEYS.iter().filter(|(.., about)| !about.is_empty()).map(|&(name, _, about)| (name, about))
    }

    /// The field `none` and `any` ask about, if it can be unset.
    pub(super) const fn field(self) -> Option<Field> {
        match self {
            Self::Date(field) => Some(Field::Date(field)),
            Self::Number(field) => Some(Field::Number(field)),
            Self::Tag => Some(Field::Tags),
            Self::Project => Some(Field::Project),
            Self::Area => Some(Field::Area),
            Self::Repeats => Some(Field::Repeats),
            Self::Reminders => Some(Field::Reminders),
            Self::Parent => Some(Field::Parent),
            Self::DependsOn => Some(Field::DependsOn),
            Self::Body => Some(Field::Body),
            Self::Waiting => Some(Field::Waiting),
            Self::Status | Self::Is | Self::Under | Self::Id | Self::Title | Self::Links => None,
        }
    }

    /// Whether a modifier means something with the key.
    pub(super) const fn takes(self, modifier: Modifier) -> bool {
        match modifier {
            Modifier::Usual | Modifier::Is | Modifier::Not => true,
            Modifier::Before | Modifier::By | Modifier::From | Modifier::After => {
                matches!(self, Self::Date(_) | Self::Number(_))
            }
            Modifier::Has => {
                matches!(
                    self,
                    Self::Tag | Self::Project | Self::Area | Self::Title | Self::Body | Self::Waiting
                )
            }
            Modifier::Word => matches!(self, Self::Title | Self::Body | Self::Waiting),
            Modifier::None => self.field().is_some(),
            Modifier::Any => self.field().is_some() || matches!(self, Self::Status),
        }
    }
}

impl Modifier {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        MODIFIERS.iter().find(|(known, _)| *known == name).map(|&(_, modifier)| modifier)
    }

    /// Every name, for suggestions.
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        MODIFIERS.iter().map(|&(name, _)| name)
    }

    /// Reads the operator a text begins with; `None` when it begins with none. Gives its length too.
    pub(super) fn from_operator(text: &str) -> Option<(Self, usize)> {
        const OPERATORS: [(&str, Modifier); 8] = [
            ("<=", Modifier::By),
            (">=", Modifier::From),
            ("!=", Modifier::Not),
            ("==", Modifier::Is),
            ("<", Modifier::Before),
            (">", Modifier::After),
            ("=", Modifier::Is),
            (":", Modifier::Usual),
        ];
        OPERATORS
            .iter()
            .find(|(sign, _)| text.starts_with(sign))
            .map(|&(sign, modifier)| (modifier, sign.len()))
    }
}
