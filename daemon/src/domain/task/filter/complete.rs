//! Where a half-typed term of a filter goes on.

use super::expression::NumberField;
use super::key::{Key, Modifier};
use super::words::IS_WORDS;
use crate::domain::task::complete::{Of, PRIORITIES, Typed};
use crate::domain::task::own::FieldKind;

/// The words behind `is:`, each with what it says.
pub fn is_words() -> impl Iterator<Item = (&'static str, &'static str)> {
    IS_WORDS.into_iter()
}

/// The keys that are offered, each with what it asks.
pub fn keys() -> impl Iterator<Item = (&'static str, &'static str)> {
    Key::offered()
}

/// The modifiers a key takes.
pub fn modifiers(key: &str) -> Vec<&'static str> {
    let Some(key) = Key::from_name(key) else { return Vec::new() };
    Modifier::names().filter(|name| Modifier::from_name(name).is_some_and(|one| key.takes(one))).collect()
}

/// The modifiers that a field of the user's takes.
pub fn own_modifiers(kind: &FieldKind) -> Vec<&'static str> {
    let takes = |name: &&str| Modifier::from_name(name).is_some_and(|one| super::own::takes(kind, one));
    Modifier::names().filter(takes).collect()
}

/// Cuts a term where it goes on.
pub fn typed(word: &str) -> Typed<'_> {
    if let Some(tag) = word.strip_prefix('+') {
        return Typed::Value("+", Of::Tags, tag);
    }
    let sign = usize::from(word.starts_with('-'));
    let Some(mark) = word.find([':', '<', '>', '=']) else {
        return match word[sign..].split_once('.') {
            Some((key, modifier)) if Key::from_name(&key.to_lowercase()).is_some() => {
                let (before, _) = word.split_at(word.len() - modifier.len());
                Typed::Modifier(before, modifier)
            }
            // A tag that is not wanted, or a key: whoever offers one offers the other as well.
            _ if sign > 0 => Typed::Value("-", Of::Tags, &word[sign..]),
            _ => Typed::Key("", word),
        };
    };
    let value = mark + Modifier::from_operator(&word[mark..]).map_or(1, |(_, length)| length);
    let name = word[sign..mark].trim_end_matches('!').split('.').next().unwrap_or_default();
    let of = Key::from_name(&name.to_lowercase()).map_or(Of::Nothing, of_key);
    cut(word, value, of)
}

/// Cuts a value before its last part, without the quotes or brackets that part begins with.
pub(in crate::domain::task) fn cut(word: &str, value: usize, of: Of) -> Typed<'_> {
    let begun = super::token::values(&word[value..]).last().map_or(0, |part| part.start);
    let (before, part) = word.split_at(value + begun);
    let part = part.strip_prefix('"').or_else(|| part.strip_prefix("[[")).unwrap_or(part);
    Typed::Value(before, of, part)
}

fn of_key(key: Key) -> Of {
    match key {
        Key::Date(_) => Of::Dates,
        Key::Number(NumberField::Priority) => Of::Words(PRIORITIES),
        Key::Status => Of::Statuses,
        Key::Is => Of::IsWords,
        Key::Tag => Of::Tags,
        Key::Project => Of::Projects,
        Key::Area => Of::Areas,
        Key::Parent | Key::DependsOn | Key::Under | Key::Id => Of::Tasks,
        Key::Links => Of::Pages,
        Key::Number(_) | Key::Title | Key::Body | Key::Waiting | Key::Repeats | Key::Reminders => Of::Nothing,
    }
}
