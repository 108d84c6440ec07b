use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;

fn now() -> Now {
    Now::new("2026-11-23T09:00:00Z".parse().unwrap(), TimeZone::get("Europe/Berlin").unwrap())
}

fn field(kind: FieldKind) -> OwnField {
    OwnField { name: "effort".into(), kind, label: None }
}

fn sizes() -> FieldKind {
    FieldKind::Choice(vec!["small".into(), "Medium".into(), "large".into()])
}

fn values() -> impl Strategy<Value = FieldValue> {
    prop_oneof![
        ".{0,20}".prop_map(|text| FieldValue::Text(text.into())),
        (-1_000_000_000_000_i64..1_000_000_000_000).prop_map(FieldValue::Number),
        any::<u32>().prop_map(FieldValue::Minutes),
        (1900_i16..2100, 1_i8..=12, 1_i8..=28)
            .prop_map(|(y, m, d)| FieldValue::Date(When::Day(jiff::civil::date(y, m, d)))),
    ]
}

use crate::domain::date::When;

proptest! {
    /// What one machine writes another reads as it was, whatever the field is declared as there.
    #[test]
    fn every_value_comes_back(value in values()) {
        prop_assert_eq!(FieldValue::from_value(&value.to_value()), Some(value));
    }

    /// A value as it is shown is read as the same value again.
    #[test]
    fn what_is_shown_is_read_again(milli in -1_000_000_i64..1_000_000, minutes in 0_u32..100_000, place in 0_usize..3) {
        let number = FieldValue::Number(milli);
        prop_assert_eq!(field(FieldKind::Number).read(&number.text(), &now()), Ok(number));
        let duration = FieldValue::Minutes(minutes);
        prop_assert_eq!(field(FieldKind::Duration).read(&duration.text(), &now()), Ok(duration));
        let FieldKind::Choice(choices) = sizes() else { unreachable!() };
        let choice = FieldValue::Text(choices[place].clone());
        prop_assert_eq!(field(sizes()).read(&choice.text().to_uppercase(), &now()), Ok(choice));
    }

    #[test]
    fn no_text_and_no_register_panics(text in ".{0,40}", float in any::<f64>(), int in any::<i64>()) {
        for kind in [FieldKind::Text, FieldKind::Number, FieldKind::Date, FieldKind::Duration, sizes()] {
            let _ = field(kind).read(&text, &now());
        }
        for value in [Value::Float(float), Value::Int(int), Value::List(vec!["date".into(), text.as_str().into()])] {
            if let Some(value) = FieldValue::from_value(&value) {
                let _ = value.text();
            }
        }
    }
}

#[test]
fn a_declaration_comes_back() {
    for kind in [FieldKind::Text, FieldKind::Number, FieldKind::Date, FieldKind::Duration, sizes()] {
        for label in [None, Some("How much work".into())] {
            let declared = OwnField { label, ..field(kind.clone()) };
            assert_eq!(OwnField::from_value("effort", &declared.to_value()), Some(declared));
        }
    }
    assert_eq!(
        OwnField::from_value("effort", &Value::List(vec!["colour".into(), Value::Nil, Value::Nil])),
        None
    );
    assert_eq!(OwnField::from_value("effort", &Value::from("number")), None);
}

#[test]
fn values_are_read_and_refused_with_what_to_write() {
    let read = |kind: FieldKind, text: &str| field(kind).read(text, &now()).map(|value| value.text());
    assert_eq!(read(FieldKind::Number, " 2.50 ").as_deref(), Ok("2.5"));
    assert_eq!(read(FieldKind::Duration, "90m").as_deref(), Ok("1h30m"));
    assert_eq!(read(FieldKind::Date, "fri").as_deref(), Ok("2026-11-27"));
    assert_eq!(read(FieldKind::Date, "fri 17:00").as_deref(), Ok("2026-11-27 17:00"));
    assert_eq!(read(sizes(), "MEDIUM").as_deref(), Ok("Medium"));
    for (kind, text, message, hint) in [
        (
            FieldKind::Number,
            "many",
            "`many` is no value of effort",
            "write a number, as `effort:3` or `effort:2.5`",
        ),
        (FieldKind::Duration, "3", "`3` is no value of effort", "write `effort:30m` or `effort:1h30m`"),
        (FieldKind::Date, "flyday", "unknown date `flyday`", "did you mean `friday`?"),
        (FieldKind::Date, "someday", "`someday` is no value of effort", "write a date, as `effort:fri`"),
        (sizes(), "smal", "`smal` is no value of effort", "did you mean `small`?"),
        (sizes(), "huge", "`huge` is no value of effort", "write one of small, Medium, large"),
        (FieldKind::Text, "a\nb", "`a\nb` is no value of effort", "one line of 4,096 bytes at most"),
    ] {
        let error = field(kind).read(text, &now()).unwrap_err();
        assert_eq!((error.message.as_str(), error.hint.as_str()), (message, hint));
    }
}

#[test]
fn a_value_of_another_declaration_fits_or_does_not() {
    let number = FieldValue::Number(3_000);
    let text = |text: &str| FieldValue::Text(text.into());
    assert_eq!(field(FieldKind::Number).fit(&number), Some(number.clone()));
    assert_eq!(field(FieldKind::Text).fit(&number), Some(text("3")));
    assert_eq!(field(FieldKind::Duration).fit(&number), None);
    assert_eq!(field(FieldKind::Number).fit(&text("3")), None);
    assert_eq!(field(sizes()).fit(&text("small")), Some(text("small")));
    assert_eq!(field(sizes()).fit(&text("huge")), None);
}
