//! What the user added to the language: fields of their own, and filters that have a name.

use std::collections::BTreeMap;

use crate::domain::task::own::OwnFields;
use crate::domain::task::saved_view::SavedView;

/// Fields and views that a filter may speak of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vocabulary {
    /// Fields the user declared.
    pub fields: OwnFields,
    /// Saved views by name.
    pub views: BTreeMap<Box<str>, SavedView>,
}

impl Vocabulary {
    /// The language without additions.
    pub const NONE: Self = Self { fields: OwnFields::NONE, views: BTreeMap::new() };
}
