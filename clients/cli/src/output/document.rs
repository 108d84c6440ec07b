//! JSON documents: `"schema":1` and what they hold under plain names.

use serde::Serialize;
use serde_json::{Map, Value};

use super::text::is_control;

/// Version of the documents' shape. Names may be added; any other change raises it.
pub(crate) const SCHEMA: u32 = 1;

/// A JSON document in the making.
#[derive(Debug)]
pub(crate) struct Document(Map<String, Value>);

impl Document {
    /// A document that holds one thing under a name.
    pub(crate) fn new(name: &str, value: &impl Serialize) -> Self {
        let mut map = Map::new();
        map.insert("schema".to_owned(), Value::from(SCHEMA));
        Self(map).with(name, value)
    }

    /// Adds another thing.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: &impl Serialize) -> Self {
        self.0.insert(name.to_owned(), to_value(value));
        self
    }

    /// Adds another thing, if there is one.
    #[must_use]
    pub(crate) fn with_some(self, name: &str, value: Option<&impl Serialize>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The document on one line.
    pub(crate) fn render(&self) -> String {
        json(&self.0)
    }
}

fn to_value(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("wire types have string keys and serialise to JSON")
}

/// A value as JSON on one line, without characters a terminal may act on.
pub(crate) fn json(value: &impl Serialize) -> String {
    let plain = serde_json::to_string(value).expect("wire types have string keys and serialise to JSON");
    if plain.is_ascii() && !plain.contains('\u{7f}') {
        return plain;
    }
    // JSON itself escapes only what is below U+0020; outside strings such characters cannot stand.
    let mut escaped = String::with_capacity(plain.len());
    for character in plain.chars() {
        if is_control(character) {
            escaped.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            escaped.push(character);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_carries_its_schema() {
        let document = Document::new("tasks", &["a"]).with("count", &1).with_some("group", None::<&String>);
        assert_eq!(document.render(), r#"{"schema":1,"tasks":["a"],"count":1}"#);
    }

    #[test]
    fn json_cannot_drive_the_terminal_and_means_the_same() {
        let text = "a\u{9b}2J \u{202e}ä\u{7f}";
        let rendered = json(&text);
        assert_eq!(rendered, r#""a\u009b2J \u202eä\u007f""#);
        assert_eq!(serde_json::from_str::<String>(&rendered).unwrap(), text);
    }
}
