//! Tokens by their shape: `+tag`, `-tag`, `p1`, `key:value`.

use std::ops::Range;

use super::Change;
use super::line::{Line, WordKind};
use super::own::OwnPair;
use crate::domain::date::When;
use crate::domain::settings::fold_name;
use crate::domain::suggest::nearest;
use crate::domain::task::own::{FieldKind, OwnFields};
use crate::domain::task::reminder::Reminder;
use crate::domain::task::tag::parse_tag;

/// What a line is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A new task: what is not recognised is its title.
    Add,
    /// Changes of a task: tags can be taken away, values unset.
    Modify,
}

/// A field that is set by `key:value`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Date(DateKey),
    Lead,
    Estimate,
    Project,
    Parent,
    DependsOn,
    Priority,
    Title,
    Status,
}

/// A date that is set by `key:value`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DateKey {
    Due,
    Planned,
    Defer,
    Expires,
    FollowUp,
    Remind,
}

/// The names of keys, and whether they mean something in a new task too.
const KEYS: [(&str, Key, Purpose); 20] = [
    ("due", Key::Date(DateKey::Due), Purpose::Add),
    ("plan", Key::Date(DateKey::Planned), Purpose::Add),
    ("planned", Key::Date(DateKey::Planned), Purpose::Add),
    ("defer", Key::Date(DateKey::Defer), Purpose::Add),
    ("expires", Key::Date(DateKey::Expires), Purpose::Add),
    ("follow-up", Key::Date(DateKey::FollowUp), Purpose::Add),
    ("follow_up", Key::Date(DateKey::FollowUp), Purpose::Add),
    ("remind", Key::Date(DateKey::Remind), Purpose::Add),
    ("lead", Key::Lead, Purpose::Add),
    ("est", Key::Estimate, Purpose::Add),
    ("estimate", Key::Estimate, Purpose::Add),
    ("proj", Key::Project, Purpose::Add),
    ("project", Key::Project, Purpose::Add),
    ("parent", Key::Parent, Purpose::Add),
    ("dep", Key::DependsOn, Purpose::Add),
    ("depends", Key::DependsOn, Purpose::Add),
    ("priority", Key::Priority, Purpose::Add),
    ("p", Key::Priority, Purpose::Modify),
    ("title", Key::Title, Purpose::Modify),
    ("status", Key::Status, Purpose::Modify),
];

/// Whether the language has a key of this name, so that no field of the user's can.
pub(crate) fn is_key(name: &str) -> bool {
    KEYS.iter().any(|(known, ..)| *known == name)
}

impl Key {
    /// The key of a name.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        KEYS.iter().find(|(known, ..)| *known == name).map(|&(_, key, _)| key)
    }

    /// Its name in what is recognised, and in arithmetic.
    pub(super) const fn field(self) -> &'static str {
        match self {
            Self::Date(key) => key.field(),
            Self::Lead => "lead",
            Self::Estimate => "estimate",
            Self::Project => "project",
            Self::Parent => "parent",
            Self::DependsOn => "depends_on",
            Self::Priority => "priority",
            Self::Title => "title",
            Self::Status => "status",
        }
    }

    /// Whether its value is free text, so that an argument of several words is all of it.
    pub(super) const fn is_text(self) -> bool {
        matches!(self, Self::Project | Self::Parent | Self::DependsOn | Self::Title)
    }
}

impl DateKey {
    /// Its name in what is recognised, and in arithmetic.
    pub(super) const fn field(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Planned => "planned",
            Self::Defer => "defer",
            Self::Expires => "expires",
            Self::FollowUp => "follow_up",
            Self::Remind => "remind",
        }
    }

    /// The changes that set it, or take it away; a reminder is one of several.
    pub(super) fn changes(self, when: Option<When>) -> Vec<Change> {
        vec![match self {
            Self::Due => Change::Due(when),
            Self::Planned => Change::Planned(when),
            Self::Defer => Change::Defer(when),
            Self::Expires => Change::Expires(when),
            Self::FollowUp => Change::FollowUp(when),
            Self::Remind => return when.map(|when| Change::Remind(Reminder::At(when))).into_iter().collect(),
        }]
    }
}

/// A token by its shape; its value is not looked at yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Tag(String),
    Untag(String),
    Priority(Option<u8>),
    Pair(Pair),
    /// Of a field the user declared.
    Own(OwnPair),
}

/// A `key:value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) key: Key,
    /// Bytes of the value in the line, without quotes.
    pub(super) value: Range<usize>,
    /// Whether it stood in quotes, so that nothing behind it belongs to it.
    pub(super) quoted: bool,
}

/// Why a `name:value` is no token, if it looks as if it was meant as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Miss {
    /// The name is nearly this key.
    Near { typed: String, key: String },
    /// The value is missing.
    Empty { key: String },
}

/// Reads a word as a token.
pub(super) fn token(
    line: &Line,
    word: usize,
    purpose: Purpose,
    own: &OwnFields,
) -> Result<Option<Token>, Miss> {
    if line.kind(word) != WordKind::Plain {
        return Ok(None);
    }
    let text = line.word(word);
    let mut chars = text.chars();
    match (chars.next(), purpose) {
        (Some('+'), _) => return Ok(parse_tag(chars.as_str()).map(Token::Tag)),
        (Some('-'), Purpose::Modify) => return Ok(parse_tag(chars.as_str()).map(Token::Untag)),
        _ => {}
    }
    match text {
        "p1" | "p2" | "p3" | "p4" => return Ok(Some(Token::Priority(Some(text.as_bytes()[1] - b'0')))),
        "p0" if purpose == Purpose::Modify => return Ok(Some(Token::Priority(None))),
        _ => {}
    }
    pair(line, word, purpose, own)
}

fn pair(line: &Line, word: usize, purpose: Purpose, own: &OwnFields) -> Result<Option<Token>, Miss> {
    let text = line.word(word);
    let Some((name, value)) = text.split_once(':') else { return Ok(None) };
    let name = fold_name(name);
    let known = KEYS
        .iter()
        .find(|(known, _, least)| *known == name && (*least == Purpose::Add || purpose == Purpose::Modify));
    let bytes = line.bytes(word);
    let start = bytes.end - value.len();
    let (place, quoted) = match value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) {
        Some(_) => (start + 1..bytes.end - 1, true),
        None => (start..bytes.end, false),
    };
    let is_missing = value.is_empty() && purpose == Purpose::Add;
    let Some(&(key_name, key, _)) = known else {
        if let Some(field) = own.get(&name) {
            return match is_missing {
                true => Err(Miss::Empty { key: name }),
                false => Ok(Some(Token::Own(OwnPair { field: field.clone(), value: place, quoted }))),
            };
        }
        let keys = KEYS.iter().filter(|(_, _, least)| *least == Purpose::Add).map(|&(name, ..)| name);
        let keys = keys.chain(own.names());
        // `http://…` and a name that ends a clause are no slips.
        return match nearest(&name, keys) {
            Some(key) if !value.is_empty() && !value.starts_with('/') => {
                Err(Miss::Near { key: key.to_owned(), typed: name })
            }
            _ => Ok(None),
        };
    };
    if is_missing {
        return Err(Miss::Empty { key: key_name.to_owned() });
    }
    Ok(Some(Token::Pair(Pair { key, value: place, quoted })))
}

/// Whether an argument begins with a key whose value is free text.
pub(super) fn begins_with_text_key(argument: &str, own: &OwnFields) -> bool {
    argument.split_once(':').is_some_and(|(name, value)| {
        let name = fold_name(name);
        let is_own = || own.get(&name).is_some_and(|field| field.kind == FieldKind::Text);
        let is_text = KEYS.iter().any(|(known, key, _)| *known == name && key.is_text()) || is_own();
        is_text && !value.starts_with('"')
    })
}
