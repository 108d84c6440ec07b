//! Changes of registers in words.

use heph_protocol::types::FieldChange;

use super::render::shown_value;
use crate::domain::change::Body;
use crate::domain::id::NodeId;
use crate::domain::node::register;
use crate::domain::task::Status;
use crate::domain::task::own::FieldValue;
use crate::domain::task::recurrence::Recurrence;
use crate::domain::value::Value;
use crate::store::OpRecord;

/// What an operation changed, field by field; ids of other nodes by their names.
pub fn changed_fields(
    registers: &[(Box<str>, Value)],
    before: &[(Box<str>, Value)],
    name: &dyn Fn(NodeId) -> String,
) -> Vec<FieldChange> {
    let mut changes = Vec::with_capacity(registers.len());
    for (register, after) in registers {
        if matches!(&**register, register::KEY | register::CREATED | "import") {
            continue;
        }
        let was = before.iter().find(|(other, _)| other == register).map_or(&Value::Nil, |(_, value)| value);
        changes.push(FieldChange {
            field: field(register, name),
            before: value(register, was, name),
            after: value(register, after, name),
        });
    }
    changes
}

/// Nodes that an operation names.
pub fn named_in(op: &OpRecord) -> Vec<NodeId> {
    let Body::Set { registers, .. } = &op.operation.body else { return Vec::new() };
    let ids = |(name, value): &(Box<str>, Value)| {
        let by_name = name.strip_prefix(register::DEPENDS_ON).and_then(|id| id.parse().ok());
        by_name.or_else(|| value.as_bytes().and_then(|bytes| NodeId::from_slice(bytes).ok()))
    };
    registers.iter().chain(&op.before).filter_map(ids).collect()
}

/// What a register is called.
fn field(name: &str, name_of: &dyn Fn(NodeId) -> String) -> String {
    for (prefix, word) in [
        (register::TAG, "tag"),
        (register::ALIAS, "alias"),
        (register::LOG, "log"),
        (register::TIME, "time"),
        (register::REMIND, "reminder"),
        (register::ATTACHMENT, "file"),
        (register::FIELD, ""),
    ] {
        match name.strip_prefix(prefix) {
            Some(_) if prefix == register::LOG || prefix == register::TIME => return word.to_owned(),
            Some(rest) => return format!("{word} {rest}").trim().to_owned(),
            None => {}
        }
    }
    if let Some(date) = name.strip_prefix(register::OCCURRENCE) {
        return format!("occurrence of {date}");
    }
    if let Some(moved) = name.strip_prefix(register::MOVED) {
        let (date, what) = moved.split_once(':').unwrap_or((moved, ""));
        return if what.is_empty() { format!("date of {date}") } else { format!("{what} of {date}") };
    }
    match name.strip_prefix(register::DEPENDS_ON).and_then(|id| id.parse().ok()) {
        Some(id) => format!("depends on “{}”", name_of(id)),
        None => name.replace('_', " "),
    }
}

/// A register's value in words; `None` when unset.
fn value(name: &str, value: &Value, name_of: &dyn Fn(NodeId) -> String) -> Option<String> {
    match value {
        Value::Nil if name == register::STATUS => Some(Status::default().word().to_owned()),
        Value::Nil => None,
        Value::Bool(true) => Some("yes".to_owned()),
        Value::Bytes(bytes) => NodeId::from_slice(bytes).ok().map(name_of),
        Value::List(_) if name == register::RECURRENCE => {
            Some(Recurrence::from_value(value).map_or_else(|| shown_value(value), |rule| rule.words()))
        }
        Value::List(list) if name.starts_with(register::ATTACHMENT) => list.first().map(shown_value),
        Value::List(list) if name.starts_with(register::OCCURRENCE) => list.first().map(shown_value),
        Value::Text(text) if name.starts_with(register::MOVED) && text.is_empty() => Some("none".to_owned()),
        Value::List(list) if name == register::STATUS => list.first().map(shown_value),
        Value::List(list) if name.starts_with(register::LOG) => list.get(1).map(shown_value),
        Value::List(list) if name.starts_with(register::TIME) => {
            let at = |at: Option<&Value>| at.and_then(Value::as_int).map(super::time);
            Some(format!("{} – {}", at(list.first())?, at(list.get(1)).unwrap_or_default()))
        }
        other if name.starts_with(register::FIELD) => {
            Some(FieldValue::from_value(other).map_or_else(|| shown_value(other), |own| own.text()))
        }
        other => Some(shown_value(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_are_told_in_words() {
        let other = NodeId::home();
        let registers: Vec<(Box<str>, Value)> = vec![
            ("status".into(), Value::List(vec!["done".into(), Value::Int(5)])),
            (format!("dep:{other}").into(), Value::Bool(true)),
            ("tag:home".into(), Value::Nil),
            ("key".into(), "x".into()),
        ];
        let before = vec![("tag:home".into(), Value::Bool(true))];
        let changes = changed_fields(&registers, &before, &|_| "Home".into());
        let told: Vec<_> =
            changes.iter().map(|c| (c.field.as_str(), c.before.as_deref(), c.after.as_deref())).collect();
        assert_eq!(
            told,
            [
                ("status", Some("todo"), Some("done")),
                ("depends on “Home”", None, Some("yes")),
                ("tag home", Some("yes"), None),
            ]
        );
    }
}
