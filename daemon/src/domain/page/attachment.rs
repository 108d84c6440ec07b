//! Attachments: files that belong to a page. The page records name, hash and size; the bytes are kept by their hash.

use std::fmt;
use std::str::FromStr;

use unicode_normalization::UnicodeNormalization as _;

use super::title_key;
use crate::domain::value::Value;

/// The most bytes a file name can have; file systems in use take 255, and a number may come behind it.
const MAX_NAME: usize = 240;

/// The BLAKE3 hash of a file's bytes, by which they are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlobHash([u8; 32]);

impl BlobHash {
    /// The hash of these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A text is no hash in 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a hash has 64 hexadecimal digits")]
pub struct NotAHash;

impl FromStr for BlobHash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let is_plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let hash = blake3::Hash::from_hex(text).map_err(|_| NotAHash)?;
        if is_plain { Ok(Self(*hash.as_bytes())) } else { Err(NotAHash) }
    }
}

impl fmt::Display for BlobHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A file that belongs to a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its name, as typed.
    pub name: String,
    /// What is in it.
    pub hash: BlobHash,
    /// Its size.
    pub bytes: u64,
    /// When it was attached, Unix milliseconds.
    pub added: i64,
}

impl Attachment {
    /// The value of its register.
    pub fn value(&self) -> Value {
        Value::List(vec![
            self.name.as_str().into(),
            Value::Bytes(self.hash.0.to_vec()),
            Value::Int(i64::try_from(self.bytes).unwrap_or(i64::MAX)),
            Value::Int(self.added),
        ])
    }

    /// Reads the value of a register; a later version may have put more behind.
    pub fn from_value(value: &Value) -> Option<Self> {
        let [name, hash, bytes, added, ..] = value.as_list() else { return None };
        Some(Self {
            // What comes from elsewhere is checked again: a name becomes a path where it is written out.
            name: check_file_name(name.as_text()?).ok()?,
            hash: BlobHash(hash.as_bytes()?.try_into().ok()?),
            bytes: u64::try_from(bytes.as_int()?).ok()?,
            added: added.as_int()?,
        })
    }
}

/// What is wrong with the name of a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadFileName {
    /// Nothing in it.
    #[error("a file needs a name")]
    Empty,
    /// Too long.
    #[error("the name of a file can have {MAX_NAME} bytes at most")]
    TooLong,
    /// It leads elsewhere, or hides.
    #[error("“{0}” is no name of a file to attach: it may not begin with a dot")]
    Hidden(String),
    /// Not to be had in a link or a path.
    #[error("the name of a file to attach cannot have {0:?}: no link could name it")]
    Barred(char),
}

/// The name of a file as it is kept: normal, and one that cannot lead out of a folder or break a link.
///
/// # Errors
/// [`BadFileName`]
pub fn check_file_name(name: &str) -> Result<String, BadFileName> {
    let name: String = name.trim().nfc().collect();
    let barred = |c: char| c.is_control() || matches!(c, '/' | '\\' | '[' | ']' | '|' | '#' | '^' | ':');
    match name.chars().find(|c| barred(*c)) {
        _ if name.is_empty() => Err(BadFileName::Empty),
        _ if name.len() > MAX_NAME => Err(BadFileName::TooLong),
        _ if name.starts_with('.') => Err(BadFileName::Hidden(name)),
        Some(c) => Err(BadFileName::Barred(c)),
        None => Ok(name),
    }
}

/// What two names of files are compared by: some file systems do not tell their cases apart.
pub fn file_key(name: &str) -> String {
    title_key(name)
}

/// The name with a number before its extension: `a 2.png`.
pub fn numbered(name: &str, number: u32) -> String {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => format!("{stem} {number}.{extension}"),
        _ => format!("{name} {number}"),
    }
}

/// What shows a file in the text of its page.
pub fn embed(name: &str) -> String {
    format!("![[{name}]]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let attachment = Attachment { name: "a b.png".into(), hash: BlobHash([7; 32]), bytes: 5, added: 9 };
        assert_eq!(Attachment::from_value(&attachment.value()), Some(attachment.clone()));
        assert_eq!(attachment.hash.to_string(), "07".repeat(32));
        let Value::List(mut list) = attachment.value() else { unreachable!("it is a list") };
        list.push(Value::Bool(true));
        assert_eq!(Attachment::from_value(&Value::List(list.clone())), Some(attachment));
        list[0] = "../../x".into();
        assert_eq!(Attachment::from_value(&Value::List(list)), None, "a path from elsewhere is no name");
        assert_eq!(Attachment::from_value(&Value::Nil), None);
    }

    #[test]
    fn names_that_lead_elsewhere_or_break_links_are_refused() {
        assert_eq!(check_file_name(" Cafe\u{301}.png "), Ok("Café.png".to_owned()));
        for (name, error) in [
            ("", BadFileName::Empty),
            ("..", BadFileName::Hidden("..".into())),
            (".profile", BadFileName::Hidden(".profile".into())),
            ("a/b", BadFileName::Barred('/')),
            ("a]].png", BadFileName::Barred(']')),
            ("a\n.png", BadFileName::Barred('\n')),
        ] {
            assert_eq!(check_file_name(name), Err(error), "{name:?}");
        }
        assert_eq!(check_file_name(&"é".repeat(121)), Err(BadFileName::TooLong));
    }

    #[test]
    fn a_number_stands_before_the_extension() {
        assert_eq!(numbered("a.tar.gz", 2), "a.tar 2.gz");
        assert_eq!(numbered("README", 3), "README 3");
    }
}
