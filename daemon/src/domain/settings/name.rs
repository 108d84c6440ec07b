//! Names that the user gives: of contexts, views and fields.

use unicode_normalization::UnicodeNormalization as _;

use super::SettingError;

/// Most characters of a name.
const LONGEST: usize = 40;

/// Reads a name and folds it to lower case: a letter, then letters, digits, `-` and `_`.
///
/// # Errors
/// [`SettingError`] for what cannot be one; `what` is the thing that gets it.
pub fn parse_name(what: &str, text: &str) -> Result<String, SettingError> {
    let name: String = text.trim().nfc().flat_map(char::to_lowercase).nfc().collect();
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
