//! Lines as people type them.

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::domain::date::{Now, When};
use crate::domain::id::NodeId;
use crate::domain::task::own::{FieldKind, OwnField, OwnFields};
use crate::domain::task::{Status as TaskStatus, Task};

/// Monday 2026-11-23, 10:00 in Berlin.
fn now() -> Now {
    Now::new("2026-11-23T09:00:00Z".parse().unwrap(), TimeZone::get("Europe/Berlin").unwrap())
}

fn when(text: &str) -> Option<When> {
    Some(text.parse().unwrap())
}

fn friday_17() -> Option<When> {
    when("2026-11-27T17:00:00[Europe/Berlin]")
}

fn read(line: &str) -> QuickAdd {
    parse(line, false, &now(), &OwnFields::NONE).unwrap_or_else(|error| panic!("{line}: {error:?}"))
}

fn check(line: &str, title: &str, changes: &[Change]) {
    let read = read(line);
    assert_eq!(read.title, title, "{line}");
    assert_eq!(read.changes, changes, "{line}");
}

/// The line's title is the line, and nothing is recognised.
fn check_plain(lines: &[&str]) {
    for line in lines {
        check(line, line, &[]);
    }
}

fn error(line: &str) -> (String, usize, usize) {
    let error = parse(line, false, &now(), &OwnFields::NONE).unwrap_err();
    assert!(error.hint.is_some(), "{line}");
    (error.message, error.start, error.end)
}

#[test]
fn tokens_stand_anywhere() {
    use Change::*;
    check(
        "Call the bank due:fri p1 +phone proj:Home",
        "Call the bank",
        &[Due(when("2026-11-27")), Priority(Some(1)), Tag("phone".into()), Project(Some("Home".into()))],
    );
    check("+Home/Küche p4 Wash up", "Wash up", &[Tag("home/küche".into()), Priority(Some(4))]);
    check(r#"Paint proj:"Big House" wall"#, "Paint wall", &[Project(Some("Big House".into()))]);
    check("Paint project:Home/Kitchen", "Paint", &[Project(Some("Home/Kitchen".into()))]);
    check(
        "Write est:1h30m lead:2w dep:abc,def parent:7k3",
        "Write",
        &[
            Estimate(Some(90)),
            Lead(Some(14)),
            DependsOn("abc".into()),
            DependsOn("def".into()),
            Parent(Some("7k3".into())),
        ],
    );
    check(
        "Tax DUE:eom plan:tomorrow defer:2d expires:1y follow-up:fri",
        "Tax",
        &[
            Due(when("2026-11-30")),
            Planned(when("2026-11-24")),
            Defer(when("2026-11-25")),
            Expires(when("2027-11-23")),
            FollowUp(when("2026-11-27")),
        ],
    );
    check("Learn Rust due:someday", "Learn Rust", &[Status(TaskStatus::Someday)]);
}

#[test]
fn a_date_value_may_have_several_words() {
    use Change::*;
    check("Call due:fri 17:00 Bob", "Call Bob", &[Due(friday_17())]);
    check(r#"Call due:"fri 17:00" Bob"#, "Call Bob", &[Due(friday_17())]);
    check("Call due:27 nov at 17:00 Bob", "Call Bob", &[Due(friday_17())]);
    check("Call due:next fri", "Call", &[Due(when("2026-12-04"))]);
    check("Call due:in 3 days Bob +x", "Call Bob", &[Due(when("2026-11-26")), Tag("x".into())]);
    check(r#"Call due:"fri" 17 people"#, "Call 17 people", &[Due(when("2026-11-27"))]);
}

#[test]
fn dates_count_from_each_other_in_any_order() {
    use Change::*;
    let fri = || Due(when("2026-11-27"));
    check("Pay plan:due-2d due:fri", "Pay", &[fri(), Planned(when("2026-11-25"))]);
    check("Pay due:fri plan:due-2d", "Pay", &[fri(), Planned(when("2026-11-25"))]);
    check("Pay plan:due-2d on fri", "Pay", &[fri(), Planned(when("2026-11-25"))]);
    assert_eq!(error("Pay plan:due-2d").0, "due is not set, so nothing can be counted from it");
}

#[test]
fn plain_language_dates_end_the_line() {
    use Change::*;
    check("Call Bob tomorrow", "Call Bob", &[Due(when("2026-11-24"))]);
    check("Call Bob fri 17:00", "Call Bob", &[Due(friday_17())]);
    check("Call Bob fri at 5pm", "Call Bob", &[Due(friday_17())]);
    check("Call Bob in 3 days", "Call Bob", &[Due(when("2026-11-26"))]);
    check("Call Bob next fri", "Call Bob", &[Due(when("2026-12-04"))]);
    check("Call Bob by fri", "Call Bob", &[Due(when("2026-11-27"))]);
    check("Call Bob on 27 nov", "Call Bob", &[Due(when("2026-11-27"))]);
    check("Call Bob at 17:00", "Call Bob", &[Due(when("2026-11-23T17:00:00[Europe/Berlin]"))]);
    check("Call Bob 2026-11-27", "Call Bob", &[Due(when("2026-11-27"))]);
    check("Call Bob eom", "Call Bob", &[Due(when("2026-11-30"))]);
    check(
        "Call Bob tomorrow +phone p1",
        "Call Bob",
        &[Tag("phone".into()), Priority(Some(1)), Due(when("2026-11-24"))],
    );
    check("Learn the lute someday", "Learn the lute", &[Status(TaskStatus::Someday)]);
    check("Call {fri 17:00} Bob", "Call Bob", &[Due(friday_17())]);
    check("Tomorrow call Bob", "Tomorrow call Bob", &[]);
}

#[test]
fn words_that_look_like_dates_stay() {
    check_plain(&[
        "Create monthly report",
        "The 9/11 report",
        "The 9/11 Report",
        "Call Tom",
        "Buy soy",
        "Plan for may",
        "Learn Blender 3d",
        "Book a room for 3 days",
        "Watch the sun",
        "Ask what happened yesterday",
        "Print 3",
        "Read chapter 31",
        "Read the 1st",
        "Thank every guest",
        "tomorrow",
        "next fri",
        "on fri",
        "{tomorrow}",
        "\"tomorrow\"",
        "Read \"All quiet tomorrow\"",
        "Read \"due:fri +x\" aloud",
        "Fill in {name}",
        "Say {}",
        "Meet at 17",
    ]);
}

/// Title, and the repetition in words.
fn repeated(line: &str) -> (String, Vec<String>) {
    let read = read(line);
    let every = read.recognised.iter().filter(|piece| piece.field == "every");
    (read.title.clone(), every.map(|piece| piece.meaning.clone()).collect())
}

#[test]
fn phrases_of_repetition_are_found_wherever_they_stand() {
    for (line, title, words) in [
        ("Standup every mon", "Standup", "every mon"),
        ("Water plants every! 5 days +home", "Water plants", "every! 5 days"),
        ("Rent every+ month on the 31st p1", "Rent", "every+ month on the 31st"),
        ("Pay every:month", "Pay", "every month"),
        ("Pay every!:2w proj:Home", "Pay", "every! 2 weeks"),
        ("Pay every:\"2 weeks on mon,thu\" now", "Pay now", "every 2 weeks on mon, thu"),
        ("Every weekday 9:00 write three lines", "write three lines", "every weekday at 09:00"),
        ("Meet every mon, wed and fri about it", "Meet about it", "every mon, wed, fri"),
        ("Pay EVERY 3RD FRIDAY until 24 dec", "Pay", "every 3rd fri until 2026-12-24"),
        ("Take pills every day x10", "Take pills", "every day x10"),
        ("Call RRULE:FREQ=MONTHLY;BYDAY=-1FR;COUNT=3", "Call", "every last fri x3"),
        ("Back up every+ rrule:freq=yearly;byweekno=20", "Back up", "every+ RRULE:FREQ=YEARLY;BYWEEKNO=20"),
    ] {
        assert_eq!(repeated(line), (title.to_owned(), vec![words.to_owned()]), "{line}");
    }
    let read = read("Gym every 2 days tomorrow");
    assert_eq!(read.title, "Gym");
    assert!(matches!(read.changes[..], [Change::Repeat(Some(_)), Change::Due(Some(_))]));
}

#[test]
fn only_phrases_repeat() {
    for line in [
        "Create monthly report",
        "Thank every guest",
        "The daily grind",
        "Read every page of it",
        "Say \"every day\"",
        "every",
        "Every now and then",
        "Leave no stone unturned every",
    ] {
        assert_eq!((repeated(line), read(line).notes), ((line.to_owned(), vec![]), vec![]), "{line}");
    }
    for (line, note) in [
        ("Pay every 3 fridays", "`fridays` is no unit of repetition; `every 3 fridays` stays in the title"),
        ("Pay every:", "how often is missing behind `every:`; `every:` stays in the title"),
        ("Pay every feb 30", "there is no date `feb 30`; `every feb 30` stays in the title"),
    ] {
        assert_eq!((repeated(line), read(line).notes), ((line.to_owned(), vec![]), vec![note.to_owned()]));
    }
}

#[test]
fn a_marked_phrase_that_is_none_is_pointed_at() {
    for (line, message, place) in [
        ("Water every! 5 dayz", "`dayz` is no unit of repetition", "dayz"),
        ("Water every! now", "`now` is no unit of repetition", "now"),
        ("Pay every:2m p1", "`2m`: `m` may mean months or minutes: write `mo`", "2m"),
        ("Pay every:week,foo", "`foo` is not understood behind `every`", "foo"),
        ("Pay RRULE:FREQ=HOURLY", "FREQ=HOURLY: a task repeats by days or longer", "RRULE:FREQ=HOURLY"),
        ("Pay every+ day until yesterday", "it never falls on a day", "day until yesterday"),
    ] {
        let error = parse(line, false, &now(), &OwnFields::NONE).unwrap_err();
        let pointed: String = line.chars().skip(error.start).take(error.end - error.start).collect();
        assert_eq!(
            (error.message.trim_start_matches("`2m`: "), &*pointed),
            (message.trim_start_matches("`2m`: "), place),
            "{line}"
        );
    }
}

#[test]
fn hard_titles() {
    let long = "ä".repeat(4096);
    check_plain(&[
        "Grow by 5+3",
        "C++ and +",
        "Call +49 30 1234",
        "Mail @bob about #42",
        "Read http://example.org/a:b?due=fri",
        "Read https://example.org",
        "TODO: nothing",
        "Bob's \"idea",
        "🎉 Party 👩‍👩‍👧",
        "שלום עולם",
        "買い物",
        "- leading dash",
        "-x",
        "--literal",
        "p5 is no priority",
        "P1 incident",
        "a  b   c",
        "due:",
        "x due: y",
        &long,
    ]);
    assert_eq!(read(" \u{a0}  trimmed  ").title, "trimmed");
    assert_eq!(read("cafe\u{301}").title, "caf\u{e9}");
    assert_eq!(read("3,000 ta\u{308}sks p1").title, "3,000 täsks");
    assert_eq!(read(&format!("{} +x", "€".repeat(3400))).title.len(), 10_200);
}

#[test]
fn errors_have_a_place() {
    assert_eq!(error("Call due:frii Bob"), ("unknown date `frii`".into(), 9, 13));
    assert_eq!(error("Äh 🎉 due:frii"), ("unknown date `frii`".into(), 9, 13));
    assert_eq!(error("Call due:31 feb"), ("unknown date `31`".into(), 9, 11));
    assert_eq!(error("Call due:2026-02-30"), ("there is no date `2026-02-30`".into(), 9, 19));
    assert_eq!(error("Call due:fri due:sat"), ("due is given twice".into(), 13, 20));
    assert_eq!(error("Call p1 priority:2"), ("priority is given twice".into(), 8, 18));
    assert_eq!(error("Call priority:high"), ("`high` is no priority".into(), 14, 18));
    assert_eq!(error("Call remind:-15min").0, "`-15min` does not say what it is before");
    let own = ["größe", "GRO\u{308}ßE"].map(|typed| {
        let mut own = OwnFields::NONE;
        own.insert(OwnField { name: "größe".into(), kind: FieldKind::Text, label: None });
        parse(&format!("Paint {typed}:big"), false, &now(), &own).unwrap().changes
    });
    assert_eq!(own[0], own[1]);
    assert_eq!(error("Call est:2"), ("`2` is no amount of work".into(), 9, 10));
    assert_eq!(error("Call lead:3h"), ("`3h` is no number of days".into(), 10, 12));
    assert_eq!(error("Call dep:a,,b"), ("a task is missing between the commas".into(), 9, 13));
    assert_eq!(error("Call expires:someday"), ("`someday` is no date for expires".into(), 13, 20));
    assert_eq!(error("+home p1"), ("no word is left for the title".into(), 0, 8));
    assert_eq!(error(""), ("the task has no title".into(), 0, 0));
    assert_eq!(error("a\nb"), ("a title is one line".into(), 1, 2));
    assert_eq!(error("a\u{2028}b"), ("a title is one line".into(), 1, 2));
    assert_eq!(error("a\u{1b}[31mb"), ("the line has a control character (U+001B)".into(), 1, 2));
    assert_eq!(
        error(&"x".repeat(4097)),
        ("a title can have 4096 characters at most; put the rest into the body".into(), 0, 4097)
    );
    assert_eq!(error(&"x ".repeat(9000)).0, "the line is longer than 16384 characters");
}

#[test]
fn what_was_recognised_is_told() {
    let read = read("Café: pay +Bank tomorrow p2 est:90min due-ish");
    let told: Vec<_> = read
        .recognised
        .iter()
        .map(|piece| (piece.start, piece.end, &*piece.text, &*piece.field, &*piece.meaning))
        .collect();
    assert_eq!(
        told,
        [
            (10, 15, "+Bank", "tag", "bank"),
            (25, 27, "p2", "priority", "p2"),
            (28, 37, "est:90min", "estimate", "1h30m"),
        ]
    );
    assert_eq!(read.title, "Café: pay tomorrow due-ish");
    let told = parse("Call by fri 17:00", false, &now(), &OwnFields::NONE).unwrap().recognised;
    assert_eq!((told[0].text.as_str(), told[0].meaning.as_str()), ("by fri 17:00", "Fri 2026-11-27 17:00"));
}

#[test]
fn notes_tell_what_may_not_be_meant() {
    let notes = |line: &str| read(line).notes;
    assert_eq!(notes("Call deu:fri"), ["`deu:` stays in the title; did you mean `due:`?"]);
    assert_eq!(notes("Call due: tomorrow"), ["`due:` has no value and stays in the title"]);
    assert_eq!(notes("Call due:fri tomorrow"), ["due is set already; `tomorrow` stays in the title"]);
    assert_eq!(notes("Call {noon} Bob"), ["unknown date `noon`; `{noon}` stays in the title"]);
    check("Call due:fri tomorrow", "Call tomorrow", &[Change::Due(when("2026-11-27"))]);
}

#[test]
fn a_literal_line_is_the_title() {
    let line = "Call +phone p1 due:frii \"tomorrow\" {fri} fri";
    let read = parse(line, true, &now(), &OwnFields::NONE).unwrap();
    assert_eq!(read, QuickAdd { title: line.into(), changes: vec![], recognised: vec![], notes: vec![] });
    assert!(parse("a\nb", true, &now(), &OwnFields::NONE).is_err());
    assert!(parse("  ", true, &now(), &OwnFields::NONE).is_err());
}

fn task() -> Task {
    let mut task = Task::new(NodeId::from_bytes([7; 16]), "Call");
    task.due = when("2026-11-27");
    task.planned = when("2026-11-25T08:00:00[Europe/Berlin]");
    task.depends_on = vec![NodeId::from_bytes([1; 16])];
    task
}

fn modify(words: &[&str]) -> Result<Vec<Change>, ParseError> {
    let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
    parse_changes(&words, Some(&task()), &now(), &OwnFields::NONE)
}

#[test]
fn changes_of_a_task() {
    use Change::*;
    let check = |words: &[&str], changes: &[Change]| assert_eq!(modify(words).unwrap(), changes, "{words:?}");
    check(&["+Home", "-Phone", "p2"], &[Tag("home".into()), Untag("phone".into()), Priority(Some(2))]);
    check(&["+home -phone p2"], &[Tag("home".into()), Untag("phone".into()), Priority(Some(2))]);
    check(&["due:"], &[Due(None)]);
    check(
        &["due:", "plan:", "proj:", "parent:", "est:", "lead:"],
        &[Due(None), Planned(None), Project(None), Parent(None), Estimate(None), Lead(None)],
    );
    check(&["p0"], &[Priority(None)]);
    check(&["p:"], &[Priority(None)]);
    check(&["due:+3d"], &[Due(when("2026-11-30"))]);
    check(&["due:-1w"], &[Due(when("2026-11-20"))]);
    check(&["plan:+1h"], &[Planned(when("2026-11-25T09:00:00[Europe/Berlin]"))]);
    check(&["due:due-3d"], &[Due(when("2026-11-24"))]);
    check(&["due:3d"], &[Due(when("2026-11-26"))]);
    check(&["due:fri", "17:00"], &[Due(friday_17())]);
    check(&["due:fri 17:00"], &[Due(friday_17())]);
    check(&["due:mon", "plan:due-1d"], &[Due(when("2026-11-30")), Planned(when("2026-11-29"))]);
    check(&["proj:Big House", "+x"], &[Project(Some("Big House".into())), Tag("x".into())]);
    check(&["title:Call Bob"], &[Title("Call Bob".into())]);
    check(&["title:Call", "Bob"], &[Title("Call Bob".into())]);
    check(&["title:Call", "!"], &[Title("Call !".into())]);
    check(&["🎉"], &[Title("🎉".into())]);
    for slip in [&["+2026"][..], &["-5"], &["-"], &["!!"], &["+a.b", "-"]] {
        assert!(modify(slip).unwrap_err().message.ends_with("is no tag"), "{slip:?}");
    }
    check(&["title:due tomorrow +x"], &[Title("due tomorrow +x".into())]);
    check(&["Call", "Bob", "p1"], &[Priority(Some(1)), Title("Call Bob".into())]);
    check(&["status:waiting"], &[Status(TaskStatus::Waiting)]);
    check(&["due:someday"], &[Status(TaskStatus::Someday)]);
    check(&["dep:abc,-def"], &[DependsOn("abc".into()), NotDependsOn("def".into())]);
    check(&["dep:"], &[NotDependsOn("01010101-0101-0101-0101-010101010101".into())]);
    check(&[], &[]);
}

#[test]
fn changes_that_are_none() {
    let error = |words: &[&str]| {
        let error = modify(words).unwrap_err();
        (error.message, error.start, error.end)
    };
    assert_eq!(error(&["p1", "tomorrow"]), ("`tomorrow` is a date, but which one is not said".into(), 3, 11));
    assert_eq!(error(&["due:", "fri"]).0, "`fri` is a date, but which one is not said");
    assert_eq!(error(&["deu:fri"]), ("`deu:fri` is no change".into(), 0, 7));
    assert_eq!(error(&["status:done"]).0, "finishing a task is a verb of its own");
    assert_eq!(error(&["status:cancelled"]).0, "giving a task up is a verb of its own");
    assert_eq!(error(&["status:dnoe"]), ("unknown status `dnoe`".into(), 7, 11));
    assert_eq!(error(&["title:"]).0, "a task needs a title");
    assert_eq!(error(&["defer:+3d"]).0, "defer is not set, so nothing can be counted from it");
    assert_eq!(error(&["due:fri", "due:"]).0, "due is given twice");
    assert_eq!(error(&["a\nb"]).0, "a title is one line");
    assert_eq!(modify(&["status:done"]).unwrap_err().hint.unwrap(), "use `heph done`");
}

/// Tokens, near tokens and noise.
fn lines() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        prop::sample::select(vec![
            "+home",
            "-x",
            "+",
            "p1",
            "p0",
            "due:fri",
            "due:",
            "due:+3d",
            "plan:due-1d",
            "proj:\"Big",
            "House\"",
            "\"",
            "{fri}",
            "{",
            "}",
            "tomorrow",
            "in",
            "3",
            "days",
            "every!",
            "title:x",
            "dep:a,b",
            "est:1h",
            "17:00",
            "at",
            "by",
            "🎉",
            "e\u{301}",
            "status:todo",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,6}",
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec((word, " ?"), 0..9)
        .prop_map(|parts| parts.into_iter().map(|(word, gap)| word + &gap).collect())
}

fn span_is_inside(line: &str, start: usize, end: usize) -> bool {
    start <= end && end <= line.chars().count()
}

proptest! {
    #[test]
    fn any_line_is_read_or_refused_in_its_place(line in lines()) {
        match parse(&line, false, &now(), &OwnFields::NONE) {
            Ok(read) => {
                prop_assert!(!read.title.is_empty());
                for piece in read.recognised {
                    let text: String = line.chars().skip(piece.start).take(piece.end - piece.start).collect();
                    prop_assert_eq!(text, piece.text);
                }
            }
            Err(error) => prop_assert!(span_is_inside(&line, error.start, error.end), "{:?}", error),
        }
    }

    #[test]
    fn any_change_is_read_or_refused_in_its_place(words in prop::collection::vec(lines(), 0..4)) {
        if let Err(error) = parse_changes(&words, Some(&task()), &now(), &OwnFields::NONE) {
            prop_assert!(span_is_inside(&words.join(" "), error.start, error.end), "{:?}", error);
        }
    }

    #[test]
    fn a_literal_line_comes_back(line in lines()) {
        use unicode_normalization::UnicodeNormalization as _;
        if let Ok(read) = parse(&line, true, &now(), &OwnFields::NONE) {
            prop_assert_eq!(read.title, line.trim().nfc().collect::<String>());
        }
    }

    #[test]
    fn a_title_without_tokens_is_the_line(line in "[A-Z][a-z ]{0,20}[a-z]z") {
        prop_assert_eq!(parse(&line, false, &now(), &OwnFields::NONE).unwrap().title, line);
    }
}
