//! Decimal numbers of at most three places, as whole thousandths: exact, and alike on every machine.

/// Thousandths in one.
const MILLI: i64 = 1_000;

/// The largest number, in ones.
const MOST: i64 = 1_000_000_000_000;

/// Reads `3`, `-2.5`, `0.125` as thousandths; `None` for anything else, more than three places, or more than 10^12.
pub fn parse_decimal(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (if text.starts_with('-') { -1 } else { 1 }, rest),
        None => (1, text),
    };
    let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let ends_well = !digits.ends_with('.') && !whole.is_empty() && places.len() <= 3;
    if !ends_well || !is_number(whole) || !is_number(places) {
        return None;
    }
    let whole: i64 = whole.parse().ok().filter(|whole| *whole <= MOST)?;
    let places: i64 = format!("{places:0<3}").parse().ok()?;
    Some(sign * (whole * MILLI + places))
}

/// Writes thousandths as a decimal number, without zeros at its end.
pub fn show_decimal(milli: i64) -> String {
    let sign = if milli < 0 { "-" } else { "" };
    let (whole, places) = (milli.unsigned_abs() / 1_000, milli.unsigned_abs() % 1_000);
    let text = format!("{sign}{whole}.{places:03}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_number_comes_back(milli in -1_000_000_000_i64..1_000_000_000) {
            prop_assert_eq!(parse_decimal(&show_decimal(milli)), Some(milli));
        }

        #[test]
        fn no_text_panics(text in ".{0,24}") {
            let _ = parse_decimal(&text);
        }
    }

    #[test]
    fn numbers_are_read_to_the_thousandth() {
        let table = [
            ("3", Some(3_000)),
            ("+3", Some(3_000)),
            ("-2.5", Some(-2_500)),
            ("0.125", Some(125)),
            ("007", Some(7_000)),
            ("1000000000000", Some(1_000_000_000_000_000)),
            ("1000000000001", None),
            ("0.1255", None),
            ("1.", None),
            (".5", None),
            ("1e3", None),
            ("--1", None),
            ("", None),
            ("-", None),
            ("99999999999999999999", None),
            ("NaN", None),
        ];
        for (text, milli) in table {
            assert_eq!(parse_decimal(text), milli, "{text}");
        }
        assert_eq!((show_decimal(-500), show_decimal(12_340)), ("-0.5".to_owned(), "12.34".to_owned()));
        assert_eq!((show_decimal(0), show_decimal(100_000)), ("0".to_owned(), "100".to_owned()));
    }
}
