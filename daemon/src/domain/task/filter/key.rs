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
    Parent,
    DependsOn,
    Under,
    Id,
    Title,
    Body,
    Waiting,
    /// Known, but not answered in this version.
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

const KEYS: [(&str, Key); 30] = [
    ("due", Key::Date(DateField::Due)),
    ("planned", Key::Date(DateField::Planned)),
    ("plan", Key::Date(DateField::Planned)),
    ("defer", Key::Date(DateField::Defer)),
    ("expires", Key::Date(DateField::Expires)),
    ("follow_up", Key::Date(DateField::FollowUp)),
    ("follow-up", Key::Date(DateField::FollowUp)),
    ("created", Key::Date(DateField::Created)),
    ("modified", Key::Date(DateField::Modified)),
    ("closed", Key::Date(DateField::Closed)),
    ("priority", Key::Number(NumberField::Priority)),
    ("p", Key::Number(NumberField::Priority)),
    ("lead", Key::Number(NumberField::Lead)),
    ("est", Key::Number(NumberField::Estimate)),
    ("estimate", Key::Number(NumberField::Estimate)),
    ("score", Key::Number(NumberField::Score)),
    ("status", Key::Status),
    ("is", Key::Is),
    ("tag", Key::Tag),
    ("tags", Key::Tag),
    ("proj", Key::Project),
    ("project", Key::Project),
    ("parent", Key::Parent),
    ("dep", Key::DependsOn),
    ("under", Key::Under),
    ("id", Key::Id),
    ("title", Key::Title),
    ("body", Key::Body),
    ("waiting", Key::Waiting),
    ("links", Key::Links),
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
        KEYS.iter().find(|(known, _)| *known == name).map(|&(_, key)| key)
    }

    /// Every name, for suggestions.
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        KEYS.iter().map(|&(name, _)| name)
    }

    /// The field `none` and `any` ask about, if it can be unset.
    pub(super) const fn field(self) -> Option<Field> {
        match self {
            Self::Date(field) => Some(Field::Date(field)),
            Self::Number(field) => Some(Field::Number(field)),
            Self::Tag => Some(Field::Tags),
            Self::Project => Some(Field::Project),
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
                matches!(self, Self::Tag | Self::Project | Self::Title | Self::Body | Self::Waiting)
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
