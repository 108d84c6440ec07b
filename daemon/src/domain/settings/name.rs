//! Names that the user gives: of contexts, views and fields.

use unicode_normalization::UnicodeNormalization as _;

use super::SettingError;

/// Most characters of a name.
const LONGEST: usize = 40;

/// A name as names are compared: in lower case, its accents composed.
pub fn fold_name(name: &str) -> String {
    name.nfc().flat_map(char::to_lowercase).nfc().collect()
}

/// Reads a name and folds it to lower case: a letter, then letters, digits, `-` and `_`.
///
/// # Errors
/// [`SettingError`] for what cannot be one; `what` is the thing that gets it.
pub fn parse_name(what: &str, text: &str) -> Result<String, SettingError> {
    let name = fold_name(text.trim());
    let is_plain = name.starts_with(char::is_alphabetic)
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
        && name.chars().count() <= LONGEST;
    if is_plain {
        return Ok(name);
    }
    let shown: String = text.chars().take(LONGEST).collect();
    let hint = format!("a letter, then letters, digits, - and _; {LONGEST} characters at most");
    Err(SettingError::new(format!("`{shown}` is no name for a {what}"), hint))
}
