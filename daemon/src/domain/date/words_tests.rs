//! The word table, word by word.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;

fn at(instant: &str, zone: &str) -> Now {
    Now::new(instant.parse().unwrap(), TimeZone::get(zone).unwrap())
}

/// Monday 2026-11-23, 10:00 in Berlin.
fn monday() -> Now {
    at("2026-11-23T09:00:00Z", "Europe/Berlin")
}

fn own(name: &str) -> Option<When> {
    match name {
        "due" => "2026-11-27".parse().ok(),
        "planned" => "2026-11-25T08:00:00[Europe/Berlin]".parse().ok(),
        _ => None,
    }
}

fn read_at(now: &Now, text: &str) -> String {
    match parse_date(text, now, &own) {
        Ok(DateWord::When(When::Time { at, zone })) if &*zone == now.zone_name() => {
            let text = at.to_string();
            text.strip_suffix(":00").unwrap_or(&text).to_owned()
        }
        Ok(DateWord::When(when)) => when.to_string(),
        Ok(DateWord::Someday) => "someday".to_owned(),
        Ok(DateWord::None) => "none".to_owned(),
        Err(error) => format!("error: {error}"),
    }
}

fn check_at(now: &Now, table: &[(&str, &str)]) {
    for (text, expected) in table {
        assert_eq!(read_at(now, text), *expected, "{text}");
    }
}

fn check(table: &[(&str, &str)]) {
    check_at(&monday(), table);
}

#[test]
fn days_and_weekdays() {
    check(&[
        ("", "none"),
        ("  ", "none"),
        ("someday", "someday"),
        ("now", "2026-11-23T10:00"),
        ("today", "2026-11-23"),
        ("tod", "2026-11-23"),
        ("TODAY", "2026-11-23"),
        ("tomorrow", "2026-11-24"),
        ("tom", "2026-11-24"),
        ("yesterday", "2026-11-22"),
        ("mon", "2026-11-30"),
        ("tue", "2026-11-24"),
        ("wednesday", "2026-11-25"),
        ("thu", "2026-11-26"),
        ("Fri", "2026-11-27"),
        ("sat", "2026-11-28"),
        ("sunday", "2026-11-29"),
        ("next mon", "2026-11-30"),
        ("next fri", "2026-12-04"),
        ("next sunday", "2026-12-06"),
        ("next week", "2026-11-30"),
        ("next month", "2026-12-01"),
        ("next quarter", "2027-01-01"),
        ("next year", "2027-01-01"),
    ]);
}

#[test]
fn ordinals_months_and_both() {
    check(&[
        ("1st", "2026-12-01"),
        ("22nd", "2026-12-22"),
        ("23rd", "2026-12-23"),
        ("24th", "2026-11-24"),
        ("30th", "2026-11-30"),
        ("31st", "2026-12-31"),
        ("11th", "2026-12-11"),
        ("dec", "2026-12-01"),
        ("november", "2027-11-01"),
        ("nov", "2027-11-01"),
        ("may", "2027-05-01"),
        ("sept", "2027-09-01"),
        ("27 nov", "2026-11-27"),
        ("nov 27", "2026-11-27"),
        ("23 nov", "2026-11-23"),
        ("22 nov", "2027-11-22"),
        ("27th november", "2026-11-27"),
        ("nov 27 2031", "2031-11-27"),
        ("29 feb", "2028-02-29"),
        ("31 feb", "error: there is no date `31 feb`"),
        ("29 feb 2027", "error: there is no date `29 feb 2027`"),
        ("1th", "error: unknown date `1th`"),
        ("32nd", "error: unknown date `32nd`"),
        ("11st", "error: unknown date `11st`"),
    ]);
    check_at(
        &at("2027-01-31T12:00:00Z", "UTC"),
        &[("31st", "2027-03-31"), ("30th", "2027-03-30"), ("29th", "2027-03-29")],
    );
}

#[test]
fn periods() {
    check(&[
        ("sod", "2026-11-23"),
        ("eod", "2026-11-23"),
        ("sond", "2026-11-24"),
        ("eopd", "2026-11-22"),
        ("sow", "2026-11-23"),
        ("eow", "2026-11-29"),
        ("sonw", "2026-11-30"),
        ("sown", "2026-11-30"),
        ("eopw", "2026-11-22"),
        ("soww", "2026-11-23"),
        ("eoww", "2026-11-27"),
        ("sonww", "2026-11-30"),
        ("eonww", "2026-12-04"),
        ("som", "2026-11-01"),
        ("eom", "2026-11-30"),
        ("eonm", "2026-12-31"),
        ("eopm", "2026-10-31"),
        ("soq", "2026-10-01"),
        ("eoq", "2026-12-31"),
        ("sonq", "2027-01-01"),
        ("eopq", "2026-09-30"),
        ("soy", "2026-01-01"),
        ("eoy", "2026-12-31"),
        ("sony", "2027-01-01"),
        ("eopy", "2025-12-31"),
        ("eox", "error: unknown date `eox`"),
        ("sonnw", "error: unknown date `sonnw`"),
    ]);
}

#[test]
fn a_week_may_start_on_sunday() {
    let mut now = monday();
    now.week_start = Weekday::Sunday;
    check_at(
        &now,
        &[
            ("sow", "2026-11-22"),
            ("eow", "2026-11-28"),
            ("soww", "2026-11-23"),
            ("eoww", "2026-11-27"),
            ("next sun", "2026-11-29"),
            ("next mon", "2026-11-30"),
            ("next fri", "2026-12-04"),
            ("sun", "2026-11-29"),
            ("2026-W48", "2026-11-23"),
        ],
    );
    let mut sunday = at("2026-11-22T12:00:00Z", "UTC");
    check_at(
        &sunday,
        &[("sow", "2026-11-16"), ("next sun", "2026-11-29"), ("sun", "2026-11-29"), ("eoww", "2026-11-20")],
    );
    sunday.week_start = Weekday::Sunday;
    check_at(
        &sunday,
        &[
            ("sow", "2026-11-22"),
            ("next sun", "2026-11-29"),
            ("next sat", "2026-12-05"),
            ("eoww", "2026-11-27"),
        ],
    );
}

#[test]
fn steps() {
    check(&[
        ("3d", "2026-11-26"),
        ("2w", "2026-12-07"),
        ("1mo", "2026-12-23"),
        ("1q", "2027-02-23"),
        ("1y", "2027-11-23"),
        ("1w2d", "2026-12-02"),
        ("5h", "2026-11-23T15:00"),
        ("90min", "2026-11-23T11:30"),
        ("1d2h", "2026-11-24T12:00"),
        ("in 3 days", "2026-11-26"),
        ("in 3d", "2026-11-26"),
        ("in a week", "2026-11-30"),
        ("in an hour", "2026-11-23T11:00"),
        ("2 weeks", "2026-12-07"),
        ("3 days ago", "2026-11-20"),
        ("+3d", "2026-11-26"),
        ("-3d", "2026-11-20"),
        ("in 3 days 17:00", "2026-11-26T17:00"),
        ("3m", "error: `3m` may mean months or minutes"),
        ("due+3m", "error: `3m` may mean months or minutes"),
        ("3x", "error: unknown date `3x`"),
        ("in three days", "error: unknown date `three`"),
    ]);
}

#[test]
fn arithmetic() {
    check(&[
        ("due", "2026-11-27"),
        ("due-3d", "2026-11-24"),
        ("due - 3d", "2026-11-24"),
        ("due+1mo", "2026-12-27"),
        ("planned+2h", "2026-11-25T10:00"),
        ("plan+1d", "2026-11-26T08:00"),
        ("tomorrow+2d", "2026-11-26"),
        ("eom-1w+1d", "2026-11-24"),
        ("2026-11-27-3d", "2026-11-24"),
        ("fri 17:00+3h", "2026-11-27T20:00"),
        ("2026-11-27T17:00+1d", "2026-11-28T17:00"),
        ("31 jan+1mo", "2027-02-28"),
        ("2028-01-31+1mo", "2028-02-29"),
        ("2028-02-29+1y", "2029-02-28"),
        ("now-1h", "2026-11-23T09:00"),
        ("fri+3h", "error: `fri+3h` adds hours to a day without a time"),
        ("defer+1d", "error: defer is not set, so nothing can be counted from it"),
        ("foo-3d", "error: unknown date `foo`"),
        ("due-fri", "error: unknown date `due-fri`"),
    ]);
}

#[test]
fn times() {
    check(&[
        ("17:00", "2026-11-23T17:00"),
        ("9:59", "2026-11-24T09:59"),
        ("10:00", "2026-11-24T10:00"),
        ("10:01", "2026-11-23T10:01"),
        ("5pm", "2026-11-23T17:00"),
        ("12am", "2026-11-24T00:00"),
        ("12:30pm", "2026-11-23T12:30"),
        ("fri 17:00", "2026-11-27T17:00"),
        ("fri at 17:00", "2026-11-27T17:00"),
        ("tomorrow 9:30", "2026-11-24T09:30"),
        ("next fri 8:05", "2026-12-04T08:05"),
        ("27 nov 17:00", "2026-11-27T17:00"),
        ("2026-11-27 17:00", "2026-11-27T17:00"),
        ("24:00", "error: unknown date `24:00`"),
        ("17:60", "error: unknown date `17:60`"),
        ("13pm", "error: unknown date `13pm`"),
        ("17", "error: unknown date `17`"),
        ("fri 17", "error: unknown date `fri 17`"),
        ("17:00 18:00", "error: `17:00` has a time already"),
    ]);
}

#[test]
fn iso_forms() {
    check(&[
        ("2026-11-27", "2026-11-27"),
        ("2026-11-27T17:00", "2026-11-27T17:00"),
        ("2026-11-27T17:00:30", "2026-11-27T17:00:30"),
        ("2026-11-27t17:00", "2026-11-27T17:00"),
        ("2026-11-27T17:00Z", "2026-11-27T18:00"),
        ("2026-11-27T17:00:00-05:00", "2026-11-27T23:00"),
        ("2026-11-27T17:00:00[Asia/Tokyo]", "2026-11-27T17:00:00[Asia/Tokyo]"),
        ("2026-11-27T17:00Z[Asia/Tokyo]", "2026-11-28T02:00:00[Asia/Tokyo]"),
        ("2026-11-27T17:00:00[No/Zone]", "error: there is no date `2026-11-27T17:00:00[No/Zone]`"),
        ("2026-W48", "2026-11-23"),
        ("2026-w48", "2026-11-23"),
        ("2026-W48-5", "2026-11-27"),
        ("2026-W53", "2026-12-28"),
        ("2027-W53", "error: there is no date `2027-W53`"),
        ("2026-02-30", "error: there is no date `2026-02-30`"),
        ("2026-13-01", "error: there is no date `2026-13-01`"),
        ("2026-11-27T25:00", "error: there is no date `2026-11-27T25:00`"),
        ("2026-11-27T9:00", "error: there is no date `2026-11-27T9:00`"),
        ("11/27", "error: unknown date `11/27`"),
        ("9/11", "error: unknown date `9/11`"),
        ("2026", "error: unknown date `2026`"),
    ]);
}

#[test]
fn unknown_words_are_named_and_never_guessed() {
    let hint = |text: &str| parse_date(text, &monday(), &own).unwrap_err().hint.unwrap();
    assert_eq!(hint("tomorow"), "did you mean `tomorrow`?");
    assert_eq!(hint("frday"), "did you mean `friday`?");
    assert_eq!(
        hint("fri noon"),
        "write a date as `fri`, `tomorrow 9:30`, `3d`, `eom`, `27 nov` or `2026-11-27`"
    );
    check(&[
        ("this weekend", "error: unknown date `this`"),
        ("every day", "error: unknown date `every`"),
        ("fri noon", "error: unknown date `noon`"),
        ("next foo", "error: unknown date `foo`"),
        ("jann", "error: unknown date `jann`"),
        ("frida", "error: unknown date `frida`"),
    ]);
}

#[test]
fn the_calendar_has_an_end() {
    check(&[
        ("9999999y", "error: `9999999y` is beyond the calendar"),
        ("99999999999d", "error: unknown date `99999999999d`"),
        ("9999-12-31", "9999-12-31"),
        ("9999-12-31+1d", "error: `9999-12-31+1d` is beyond the calendar"),
        ("9999-12-31T23:00+2h", "error: `9999-12-31t23:00+2h` is beyond the calendar"),
        ("9999999h9999999h", "4308-06-26T17:00"),
    ]);
    let last = at("9999-12-30T22:00:00Z", "UTC");
    check_at(
        &last,
        &[
            ("tomorrow", "9999-12-31"),
            ("fri", "9999-12-31"),
            ("sat", "error: `sat` is beyond the calendar"),
            ("next fri", "error: `next fri` is beyond the calendar"),
            ("eoy", "9999-12-31"),
            ("eoq", "9999-12-31"),
            ("sony", "error: `sony` is beyond the calendar"),
            ("jan", "error: `jan` is beyond the calendar"),
            ("1st", "error: `1st` is beyond the calendar"),
            ("3 jan", "error: there is no date `3 jan`"),
        ],
    );
}

#[test]
fn days_of_23_and_25_hours() {
    // 2026-03-29: 02:00 does not exist; 2026-10-25: 02:00 to 03:00 comes twice.
    let spring = at("2026-03-28T12:00:00Z", "Europe/Berlin");
    check_at(
        &spring,
        &[
            ("tomorrow", "2026-03-29"),
            ("tomorrow 2:30", "2026-03-29T02:30"),
            ("tomorrow 1:00+2h", "2026-03-29T04:00"),
            ("1d", "2026-03-29"),
            ("now+1d", "2026-03-29T13:00"),
            ("24h", "2026-03-29T14:00"),
        ],
    );
    let autumn = at("2026-10-24T10:00:00Z", "Europe/Berlin");
    check_at(
        &autumn,
        &[
            ("24h", "2026-10-25T11:00"),
            ("now+1d", "2026-10-25T12:00"),
            ("tomorrow 2:30+1h", "2026-10-25T02:30"),
        ],
    );
}

#[test]
fn the_day_is_that_of_the_users_zone() {
    let text = "2026-11-23T23:30:00Z";
    check_at(&at(text, "Europe/Berlin"), &[("today", "2026-11-24"), ("tue", "2026-12-01")]);
    check_at(&at(text, "America/New_York"), &[("today", "2026-11-23"), ("tue", "2026-11-24")]);
}

/// Words of the table and noise between them.
fn phrases() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        prop::sample::select(vec![
            "today",
            "fri",
            "next",
            "in",
            "at",
            "ago",
            "17:00",
            "5pm",
            "nov",
            "27",
            "3d",
            "9999999y",
            "days",
            "+3d",
            "-2w",
            "due",
            "eonw",
            "31st",
            "2026-11-27",
            "2026-W48",
            "9999-12-31",
            "T17:00",
            "[Europe/Berlin]",
            "+",
            "-",
            "a",
            "0d",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,6}",
    ];
    prop::collection::vec((word, " ?"), 0..6)
        .prop_map(|parts| parts.into_iter().map(|(word, gap)| word + &gap).collect())
}

proptest! {
    #[test]
    fn nothing_panics(text in phrases(), ms in -400_000_000_000_000_i64..=253_402_207_200_000, sunday in any::<bool>()) {
        let instant = jiff::Timestamp::from_millisecond(ms.max(jiff::Timestamp::MIN.as_millisecond())).unwrap();
        let mut now = Now::new(instant, TimeZone::get("America/New_York").unwrap());
        if sunday {
            now.week_start = Weekday::Sunday;
        }
        if let Ok(DateWord::When(when)) = parse_date(&text, &now, &own) {
            // What is understood can be stored, read back and told.
            prop_assert_eq!(when.to_string().parse::<When>(), Ok(when.clone()));
            prop_assert!(!describe(&when, &now).is_empty());
        }
    }

    #[test]
    fn steps_and_their_opposite_meet(days in 0_i64..1_000_000) {
        let text = format!("{days}d-{days}d");
        prop_assert_eq!(read_at(&monday(), &text), "2026-11-23");
    }

    #[test]
    fn what_is_told_is_understood(ms in 0_i64..250_000_000_000_000) {
        let now = monday();
        let day = jiff::Timestamp::from_millisecond(ms).unwrap().to_zoned_datetime(TimeZone::UTC).date();
        prop_assert_eq!(read_at(&now, &day.to_string()), day.to_string());
    }
}
