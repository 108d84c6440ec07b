//! Attributes that the user declared as fields here.

use jiff::{Span, SpanRelativeTo, Unit};
use serde_json::Value;

use super::date::{Edge, instant, when};
use crate::domain::date::Now;
use crate::domain::import::ImportedTask;
use crate::domain::task::own::{FieldKind, FieldValue, OwnField, OwnFields};

/// Takes what the user declared as a field out of what has no place here; a value that does not fit stays there.
pub fn take_own_fields(task: &mut ImportedTask, fields: &OwnFields, now: &Now) {
    for (name, value) in std::mem::take(&mut task.ext) {
        let Some(field) = fields.get(&name.to_lowercase()) else {
            task.ext.push((name, value));
            continue;
        };
        match read(field, &value, now) {
            Some(read) => task.own.push((field.name.to_string(), read)),
            None => {
                task.notes.push(format!("{name}: {value} is no {}; kept as it is", field.kind.word()));
                task.ext.push((name, value));
            }
        }
    }
}

/// A value of an attribute as one of a field.
fn read(field: &OwnField, value: &Value, now: &Now) -> Option<FieldValue> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    match field.kind {
        FieldKind::Date => instant(&text, now).map(|at| FieldValue::Date(when(at, Edge::End, now))),
        FieldKind::Duration => {
            minutes(&text).map(FieldValue::Minutes).or_else(|| field.read(&text, now).ok())
        }
        _ => field.read(&text, now).ok(),
    }
}

/// Minutes of `PT1H30M` or `P1DT2H`.
fn minutes(text: &str) -> Option<u32> {
    let span: Span = text.starts_with('P').then(|| text.parse().ok()).flatten()?;
    let minutes = span.total((Unit::Minute, SpanRelativeTo::days_are_24_hours())).ok()?;
    (0.0..=f64::from(u32::MAX)).contains(&minutes).then_some(minutes as u32)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::domain::import::taskwarrior::map;

    fn taken(kind: FieldKind, value: &str) -> ImportedTask {
        let now = Now::new("2026-11-23T09:00:00Z".parse().unwrap(), TimeZone::UTC);
        let item = format!(
            r#"{{"uuid":"8e1f1f6d-82be-549f-ad67-43522eafddf4","status":"pending","entry":"20261101T000000Z",
            "description":"x","effort":{value}}}"#
        );
        let mut task = map(&item, &now).unwrap();
        let mut fields = OwnFields::default();
        fields.insert(OwnField { name: "effort".into(), kind, label: None });
        take_own_fields(&mut task, &fields, &now);
        task
    }

    #[test]
    fn attributes_become_what_they_are_declared_as() {
        let choice = || FieldKind::Choice(vec!["small".into(), "Large".into()]);
        let table = [
            (FieldKind::Number, "2.5", "2.5"),
            (FieldKind::Number, "\"3\"", "3"),
            (FieldKind::Text, "\"ACME\"", "ACME"),
            (FieldKind::Text, "7", "7"),
            (FieldKind::Duration, "\"PT1H30M\"", "1h30m"),
            (FieldKind::Duration, "\"P1DT1H\"", "25h"),
            (FieldKind::Duration, "\"45m\"", "45m"),
            (FieldKind::Date, "\"20261127T000000Z\"", "2026-11-27"),
            (FieldKind::Date, "\"20261127T093000Z\"", "2026-11-27 09:30"),
            (choice(), "\"large\"", "Large"),
        ];
        for (kind, value, text) in table {
            let ImportedTask { own, ext, .. } = taken(kind, value);
            assert_eq!(own.iter().map(|(_, value)| value.text()).collect::<Vec<_>>(), [text], "{value}");
            assert_eq!(ext, []);
        }
        for (kind, value) in [
            (FieldKind::Number, "\"many\""),
            (FieldKind::Duration, "\"P1Y\""),
            (FieldKind::Date, "\"soon\""),
            (choice(), "\"huge\""),
            (FieldKind::Text, "[1]"),
        ] {
            let ImportedTask { own, ext, .. } = taken(kind, value);
            assert_eq!((own, ext.len()), (vec![], 1), "{value} stays as it was");
        }
    }
}
