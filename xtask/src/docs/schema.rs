//! What a JSON schema says, as Markdown.

use std::fmt::Write as _;

use serde_json::Value;

/// Writes a struct's fields as a table; `requests` tells which must be given.
pub(crate) fn fields(schema: &Value, with_required: bool) -> String {
    let Some(properties) = schema.get("properties").and_then(Value::as_object).filter(|all| !all.is_empty())
    else {
        return "No fields.\n".into();
    };
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mut table = String::from(if with_required {
        "| field | type | required | meaning |\n|---|---|---|---|\n"
    } else {
        "| field | type | meaning |\n|---|---|---|\n"
    });
    for (name, field) in properties {
        let (kind, meaning) = (kind(field), cell(description(field)));
        let required = match (with_required, required.contains(&name.as_str())) {
            (false, _) => "",
            (true, true) => " yes |",
            (true, false) => " |",
        };
        let _ = writeln!(table, "| `{name}` | {kind} |{required} {meaning} |");
    }
    table
}

/// Writes an enum's values as a table; `None` for what is no enum of names.
pub(crate) fn values(schema: &Value) -> Option<String> {
    let mut table = String::from("| value | meaning |\n|---|---|\n");
    for variant in schema.get("oneOf")?.as_array()? {
        // Values without a description of their own stand together.
        let names = variant
            .get("const")
            .into_iter()
            .chain(variant.get("enum").and_then(Value::as_array).into_iter().flatten());
        for name in names {
            let _ = writeln!(table, "| `{}` | {} |", name.as_str()?, cell(description(variant)));
        }
    }
    Some(table)
}

/// A schema's description.
pub(crate) fn description(schema: &Value) -> &str {
    schema.get("description").and_then(Value::as_str).unwrap_or_default()
}

/// The type of a field, named types as links into the page.
fn kind(schema: &Value) -> String {
    if let Some(name) = reference(schema) {
        return format!("[{name}](#{})", name.to_lowercase());
    }
    if let Some(items) = schema.get("items") {
        if items.get("format").and_then(Value::as_str) == Some("uint8") {
            return "bytes".into();
        }
        return format!("array of {}", kind(items));
    }
    // An optional field: its other form is null.
    if let Some(form) = schema.get("anyOf").and_then(Value::as_array).and_then(|forms| forms.first()) {
        return kind(form);
    }
    let name = match schema.get("type") {
        Some(Value::Array(types)) => types.first().and_then(Value::as_str),
        Some(Value::String(name)) => Some(name.as_str()),
        _ => None,
    };
    match (name, schema.get("format").and_then(Value::as_str)) {
        (Some("number"), _) => "float".into(),
        (Some("integer"), Some(format)) => format.into(),
        (Some(name), _) => name.into(),
        (None, _) => "any".into(),
    }
}

/// The named type a schema refers to.
fn reference(schema: &Value) -> Option<&str> {
    // A reference with a description of its own is wrapped.
    let own = schema.get("$ref").or_else(|| schema.pointer("/allOf/0/$ref"));
    own?.as_str()?.rsplit('/').next()
}

/// Text for one cell of a table.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_become_rows() {
        let schema = json!({"properties": {
            "id": {"type": "string", "description": "The\nid | name."},
            "limit": {"type": ["integer", "null"], "format": "uint32", "description": "At most."},
            "task": {"anyOf": [{"$ref": "#/$defs/Task"}, {"type": "null"}], "description": "It."},
            "all": {"type": "array", "items": {"$ref": "#/$defs/NodeRef"}},
            "raw": {"type": "array", "items": {"type": "integer", "format": "uint8"}},
        }, "required": ["id"]});
        assert_eq!(
            fields(&schema, true),
            "| field | type | required | meaning |\n|---|---|---|---|\n\
             | `id` | string | yes | The id \\| name. |\n\
             | `limit` | uint32 | | At most. |\n\
             | `task` | [Task](#task) | | It. |\n\
             | `all` | array of [NodeRef](#noderef) | |  |\n\
             | `raw` | bytes | |  |\n"
        );
        assert_eq!(fields(&json!({"properties": {}}), true), "No fields.\n");
    }

    #[test]
    fn names_of_an_enum_become_rows() {
        let schema = json!({"oneOf": [
            {"const": "todo", "description": "Open."},
            {"type": "string", "enum": ["done", "cancelled"]},
        ]});
        let table = values(&schema).unwrap();
        assert!(table.ends_with("| `todo` | Open. |\n| `done` |  |\n| `cancelled` |  |\n"), "{table}");
        assert_eq!(values(&json!({"properties": {}})), None);
    }
}
