use proptest::prelude::*;

use super::*;
use crate::domain::change::{Stamp, Tick};
use crate::domain::id::{DeviceId, OpId};
use crate::domain::value::Value;

fn registers(values: &[(&str, Value)]) -> Registers {
    let mut registers = Registers::default();
    for (place, (name, value)) in values.iter().enumerate() {
        let stamp = Stamp {
            tick: Tick { ms: place as u64 + 1, counter: 0 },
            device: DeviceId::from_bytes([1; 16]),
            op: OpId::from_bytes([place as u8; 16]),
        };
        registers.write(name, value.clone(), stamp);
    }
    registers
}

#[test]
fn every_key_has_its_default_and_takes_it() {
    for key in Key::fixed() {
        assert_eq!(Key::parse(&key.name()), Ok(key.clone()));
        let text = key.default_value();
        let value = key.read(&text).unwrap();
        let mut settings = Settings::default();
        key.apply(&value, &mut settings);
        assert_eq!(settings, Settings::default(), "{}", key.name());
    }
    assert_eq!(Settings::of(&Registers::default()), Settings::default());
}

#[test]
fn registers_say_what_holds() {
    let set = registers(&[
        ("weight:due", "12.5".into()),
        ("weight:p2", "-3".into()),
        ("weight:horizon", "30".into()),
        ("weight:tag:home", "2.25".into()),
        ("week_start", "sunday".into()),
        // Of a later version, or damaged: as if it were not there.
        ("weight:age", "enormous".into()),
        ("weight:pin", Value::Int(3)),
        ("weight:doing", "1000".into()),
        ("colour:red", "x".into()),
    ]);
    let settings = Settings::of(&set);
    assert_eq!((settings.weights.due, settings.weights.priority[1]), (12_500, -3_000));
    assert_eq!((settings.weights.due_horizon_days, settings.week_start), (30, Weekday::Sunday));
    assert_eq!(settings.weights.tag_points("home"), 2_250);
    let usual = Weights::default();
    assert_eq!((settings.weights.age, settings.weights.pin), (usual.age, usual.pin));
    assert_eq!(settings.weights.doing, usual.doing);
}

#[test]
fn values_are_checked() {
    let read = |key: &str, value: &str| Key::parse(key).and_then(|key| key.read(value));
    for (key, value, stored) in [
        ("weight:due", "100", "100"),
        ("weight:due", " -0.5 ", "-0.5"),
        ("weight:unblocks-most", "6", "6"),
        ("weight:horizon", "30d", "30"),
        ("weight:horizon", "0", "0"),
        ("weight:tag:Home/Kitchen", "10", "10"),
        ("week_start", "Sun", "sunday"),
        ("week-start", "monday", "monday"),
    ] {
        assert_eq!(read(key, value), Ok(stored.into()), "{key} {value}");
    }
    for (key, value, message, hint) in [
        (
            "weight:due",
            "100.001",
            "`100.001` is no value of weight:due",
            "a number from -100 to 100, with three decimal places at most",
        ),
        (
            "weight:due",
            "1.2345",
            "`1.2345` is no value of weight:due",
            "a number from -100 to 100, with three decimal places at most",
        ),
        (
            "weight:tag:home",
            "11",
            "`11` is no value of weight:tag:home",
            "a number from -10 to 10, with three decimal places at most",
        ),
        ("weight:age-days", "0", "`0` is no value of weight:age_days", "whole days, from 1 to 3650"),
        (
            "week_start",
            "moonday",
            "`moonday` is no value of week_start",
            "a weekday, such as monday or sunday",
        ),
        ("weight:deu", "1", "there is no setting `weight:deu`", "did you mean `weight:due`?"),
        ("due", "1", "there is no setting `due`", "did you mean `weight:due`?"),
        ("weekstart", "1", "there is no setting `weekstart`", "did you mean `week_start`?"),
        ("weight:tag:a b", "1", "`a b` is no tag", "write `weight:tag:home`"),
        ("context:x", "+a", "`context:x` is set by a verb of its own", "heph context set --help"),
        (
            "colour",
            "red",
            "there is no setting `colour`",
            "heph config show lists the settings; a tag weighs by `weight:tag:home`",
        ),
    ] {
        let error = read(key, value).unwrap_err();
        assert_eq!((error.message.as_str(), error.hint.as_str()), (message, hint));
    }
}

#[test]
fn rows_tell_what_is_set_and_what_is_not() {
    let rows = rows(&registers(&[
        ("weight:due", "12".into()),
        ("weight:tag:home", "2".into()),
        ("week_start", Value::Nil),
    ]));
    let row = |key: &str| rows.iter().find(|row| row.key == key).unwrap();
    assert_eq!((row("weight:due").value.as_str(), row("weight:due").default.as_str()), ("12", "9"));
    assert!(row("weight:due").set.is_some());
    assert_eq!((row("week_start").value.as_str(), row("week_start").set), ("monday", None));
    assert_eq!((row("weight:tag:home").value.as_str(), row("weight:tag:home").default.as_str()), ("2", ""));
    assert_eq!(rows.len(), Key::fixed().count() + 1);
}

proptest! {
    /// What one machine stores every machine reads alike, and writes again as it stands.
    #[test]
    fn a_stored_value_is_read_as_it_was_meant(key in 0_usize..15, text in "-?[0-9]{1,3}(\\.[0-9]{1,3})?") {
        let key = Key::fixed().nth(key).unwrap();
        if let Ok(value) = key.read(&text) {
            let mut settings = Settings::default();
            key.apply(&value, &mut settings);
            prop_assert_eq!(Value::from(key.value_in(&settings)), value);
        }
    }

    #[test]
    fn no_key_and_no_value_panics(key in ".{0,30}", value in ".{0,30}") {
        if let Ok(key) = Key::parse(&key) {
            let _ = key.read(&value);
        }
        let _ = Settings::of(&registers(&[(&key, value.as_str().into())]));
    }

    /// Whatever the weights are, a score is a sum of bounded terms: nothing overflows.
    #[test]
    fn no_weights_overflow(due in -100_i32..=100, overdue in -100_i32..=100, horizon in 0..=3_650_i32, days in any::<i32>()) {
        let set = registers(&[
            ("weight:due", due.to_string().into()),
            ("weight:overdue", overdue.to_string().into()),
            ("weight:horizon", horizon.to_string().into()),
        ]);
        let points = Settings::of(&set).weights.due_points(days);
        prop_assert!(points.abs() <= 200_000, "{}", points);
    }
}
