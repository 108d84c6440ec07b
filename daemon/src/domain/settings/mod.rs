//! What the user set for all machines: one synced entity, a register for each key.
//!
//! A setting that was never set has its default. What a later version wrote and this one cannot read counts as unset;
//! it stays in the register.

mod context;
mod key;
mod name;
mod show;

pub use context::SavedContext;
pub use key::{Key, SettingError};
pub use name::{fold_name, parse_name};
pub use show::{SettingRow, rows, show};

use std::collections::BTreeMap;

use jiff::civil::Weekday;

use super::change::Registers;
use super::task::filter::Vocabulary;
use super::task::own::OwnField;
use super::task::rank::Weights;
use super::task::saved_view::SavedView;

/// Names of registers of the settings, beside those of [`Key`].
pub mod register {
    /// Begins a context's; the rest is its name, the value `[filter, tokens of a new task or nothing]`.
    pub const CONTEXT: &str = "context:";
    /// Begins a saved view's; the rest is its name, the value `[filter, sort, columns, group]`.
    pub const VIEW: &str = "view:";
    /// Begins the declaration of a field; the rest is its name, the value `[kind, label, [choices]]`.
    pub const FIELD: &str = "field:";
}

/// The settings in force.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// What the terms of a score weigh.
    pub weights: Weights,
    /// First day of the week.
    pub week_start: Weekday,
    /// Contexts by name.
    pub contexts: BTreeMap<Box<str>, SavedContext>,
    /// Fields and views, which filters speak of.
    pub vocabulary: Vocabulary,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            weights: Weights::default(),
            week_start: Weekday::Monday,
            contexts: BTreeMap::new(),
            vocabulary: Vocabulary::NONE,
        }
    }
}

impl Settings {
    /// The settings that the registers of the entity say.
    pub fn of(registers: &Registers) -> Self {
        let mut settings = Self::default();
        for (name, value) in registers.iter() {
            if let Some(name) = name.strip_prefix(register::CONTEXT) {
                settings
                    .contexts
                    .extend(SavedContext::from_value(value).map(|context| (name.into(), context)));
            } else if let Some(name) = name.strip_prefix(register::VIEW) {
                let view = SavedView::from_value(value).map(|view| (name.into(), view));
                settings.vocabulary.views.extend(view);
            } else if let Some(name) = name.strip_prefix(register::FIELD) {
                OwnField::from_value(name, value)
                    .into_iter()
                    .for_each(|field| settings.vocabulary.fields.insert(field));
            } else if let Ok(key) = Key::parse(name) {
                key.apply(value, &mut settings);
            }
        }
        settings
    }
}

#[cfg(test)]
mod tests;
