//! docs/reference/protocol.md: every method, event, error and type of the wire, from `heph-protocol`.

use std::fmt::Write as _;

use heph_protocol::error::{ErrorCode, ErrorData, WireError};
use heph_protocol::event::{Changed, MAX_CHANGED, Progress, ShuttingDown};
use heph_protocol::frame::MAX_PAYLOAD;
use heph_protocol::request::{Kind, METHODS, MethodInfo};
use heph_protocol::version::PROTOCOL;
use heph_protocol::{Meta, error};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;

use super::page::Page;
use super::schema;

/// Builds the page.
pub(crate) fn page() -> Page {
    let mut generator = SchemaGenerator::default();
    let mut body = opening(&mut generator);
    body.push_str("## Methods\n\n");
    for method in METHODS {
        body.push_str(&section(method, &mut generator));
    }
    body.push_str(&events(&mut generator));
    body.push_str(&errors(&mut generator));
    body.push_str(&types(&mut generator));
    Page {
        path: "docs/reference/protocol.md",
        title: "The protocol".into(),
        tags: &["reference", "protocol"],
        body,
    }
}

fn opening(generator: &mut SchemaGenerator) -> String {
    let megabytes = MAX_PAYLOAD >> 20;
    let meta = definition::<Meta>(generator);
    format!(
        "What clients and `hephd` say to each other on the unix socket; protocol version {PROTOCOL}.\n\n\
         - A **frame** is a big-endian `u32` length and one MessagePack value of that many bytes, {megabytes} MiB at most.\n\
         - The value is `[0, id, method, params]` (request), `[1, id, error, result]` (reply) or \
         `[2, method, params]` (event). `params` and `result` are maps with named fields; an absent field means \"none\", \
         an unknown one is ignored.\n\
         - The first request of a connection is `hello`; others may follow before it is answered. Replies come in any \
         order.\n\
         - Ids and revisions are strings. Times are RFC 3339 in UTC, dates `YYYY-MM-DD`.\n\
         - Fields and methods may be added within a version; anything else raises it.\n\n\
         Any request may also carry, in `params`:\n\n{}\n",
        schema::fields(&meta, false)
    )
}

fn section(method: &MethodInfo, generator: &mut SchemaGenerator) -> String {
    let kind = match method.kind {
        Kind::Read => "Read: changes nothing, may be asked again. Deadline 5 s.",
        Kind::Mutation => "Mutation: carries a `mutation_id`. Deadline 10 s.",
        Kind::Bulk => "Bulk: `progress` events while it runs, no deadline.",
    };
    let params = resolved((method.params)(generator).to_value(), generator);
    let reply = resolved((method.reply)(generator).to_value(), generator);
    format!(
        "### `{}`\n\n{}\n\n{kind}\n\n{}\nReply: {}\n\n{}\n",
        method.name,
        paragraph(method.doc),
        schema::fields(&params, true),
        paragraph(schema::description(&reply)),
        schema::fields(&reply, false)
    )
}

fn events(generator: &mut SchemaGenerator) -> String {
    let mut text = format!(
        "## Events\n\nA session that subscribed has at most one `changed` waiting: newer ones merge into it, and it \
         names at most {MAX_CHANGED} nodes.\n\n"
    );
    let events = [
        ("changed", definition::<Changed>(generator)),
        ("progress", definition::<Progress>(generator)),
        ("shutting_down", definition::<ShuttingDown>(generator)),
    ];
    for (name, event) in events {
        let meaning = paragraph(schema::description(&event));
        let _ = write!(text, "### `{name}`\n\n{meaning}\n\n{}\n", schema::fields(&event, false));
    }
    text
}

fn errors(generator: &mut SchemaGenerator) -> String {
    let shape = definition::<WireError>(generator);
    let codes = definition::<ErrorCode>(generator);
    let data = definition::<ErrorData>(generator);
    let span = definition::<error::Span>(generator);
    format!(
        "## Errors\n\nThe third element of a reply that failed:\n\n{}\n### ErrorCode\n\n{}\n### ErrorData\n\n{}\n\
         ### Span\n\n{}\n",
        schema::fields(&shape, false),
        schema::values(&codes).unwrap_or_default(),
        schema::fields(&data, false),
        schema::fields(&span, false)
    )
}

/// The types that requests, replies and events name, beside those shown above.
fn types(generator: &mut SchemaGenerator) -> String {
    const SHOWN: &[&str] =
        &["Meta", "Changed", "Progress", "ShuttingDown", "WireError", "ErrorCode", "ErrorData", "Span"];
    let definitions = generator.definitions().clone();
    let mut names: Vec<&String> = definitions.keys().filter(|name| !SHOWN.contains(&name.as_str())).collect();
    names.retain(|name| is_named(name, &definitions));
    names.sort();
    let mut text = String::from("## Types\n\n");
    for name in names {
        let shape = &definitions[name];
        let table = schema::values(shape).unwrap_or_else(|| schema::fields(shape, false));
        let _ = write!(text, "### {name}\n\n{}\n\n{table}\n", paragraph(schema::description(shape)));
    }
    text
}

/// Whether another definition names a type; requests and replies of methods are named by none.
fn is_named(name: &str, definitions: &serde_json::Map<String, Value>) -> bool {
    let reference = format!("\"#/$defs/{name}\"");
    definitions.values().any(|shape| shape.to_string().contains(&reference))
}

fn definition<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    let schema = generator.subschema_for::<T>().to_value();
    resolved(schema, generator)
}

/// The definition behind a reference.
fn resolved(schema: Value, generator: &SchemaGenerator) -> Value {
    let name = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
    name.and_then(|name| generator.definitions().get(name).cloned()).unwrap_or(schema)
}

/// Text of a doc comment as one paragraph.
fn paragraph(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_and_type_is_described() {
        let body = page().body;
        for method in METHODS {
            assert!(body.contains(&format!("### `{}`\n", method.name)), "{}", method.name);
        }
        for text in ["### Task\n", "### Status\n", "| `todo` |", "| `not_found` |", "| `mutation_id` |"] {
            assert!(body.contains(text), "{text}");
        }
        assert!(!body.contains("| any |"), "every type has a name");
    }

    #[test]
    fn links_lead_somewhere() {
        let body = page().body.to_lowercase();
        for (at, _) in body.match_indices("](#") {
            let anchor = &body[at + 3..].split(')').next().unwrap_or_default();
            assert!(body.contains(&format!("### {anchor}\n")), "{anchor}");
        }
    }
}
