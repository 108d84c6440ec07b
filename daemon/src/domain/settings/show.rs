//! Settings as people read them.

use super::{Key, SavedContext, Settings, register};
use crate::domain::change::{Registers, Stamp};
use crate::domain::task::own::OwnField;
use crate::domain::task::saved_view::SavedView;
use crate::domain::value::Value;

/// One setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingRow {
    /// Its key.
    pub key: String,
    /// Its value in words.
    pub value: String,
    /// What holds where nothing is set; empty for what is there only once it is set.
    pub default: String,
    /// What it is, in words.
    pub meaning: String,
    /// Who set it and when; `None` for a default.
    pub set: Option<Stamp>,
}

/// Every setting: those with a name of their own, then what was set beside them, in order.
pub fn rows(registers: &Registers) -> Vec<SettingRow> {
    let settings = Settings::of(registers);
    let stamp = |name: &str| {
        registers.register(name).filter(|register| !register.value.is_nil()).map(|register| register.stamp)
    };
    let row = |key: Key| SettingRow {
        value: key.value_in(&settings),
        default: key.default_value(),
        meaning: key.meaning(),
        set: stamp(&key.name()),
        key: key.name(),
    };
    let is_fixed = |name: &str| Key::fixed().any(|key| key.name() == name);
    let others = registers.iter().filter(|(name, _)| !is_fixed(name)).map(|(name, value)| SettingRow {
        key: name.to_owned(),
        value: show(name, value).unwrap_or_default(),
        default: String::new(),
        meaning: Key::parse(name).map(|key| key.meaning()).unwrap_or_default(),
        set: stamp(name),
    });
    Key::fixed().map(row).chain(others).collect()
}

/// The value of a register in words; `None` for one that is unset.
pub fn show(name: &str, value: &Value) -> Option<String> {
    let words = match value {
        Value::Nil => return None,
        Value::Text(text) => Some(text.clone()),
        _ if name.starts_with(register::CONTEXT) => {
            SavedContext::from_value(value).map(|context| context.words())
        }
        _ if name.starts_with(register::VIEW) => SavedView::from_value(value).map(|view| view.words()),
        _ => name
            .strip_prefix(register::FIELD)
            .and_then(|name| OwnField::from_value(name, value))
            .map(|field| field.words()),
    };
    Some(words.unwrap_or_else(|| "of a later version of heph".to_owned()))
}
