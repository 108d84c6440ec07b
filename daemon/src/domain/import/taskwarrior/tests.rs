use std::path::PathBuf;

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::domain::date::When;

const UUID: &str = "0b11967d-9dae-4333-a137-c3b1e8a641d3";
const OTHER: &str = "6c4c9ee8-d6c4-4d64-a84d-bf9cb710684e";

fn now() -> Now {
    Now::new("2026-11-23T09:00:00Z".parse().unwrap(), TimeZone::get("Europe/Berlin").unwrap())
}

/// Maps a task with a uuid, a description, and the given attributes.
fn mapped(attributes: &str) -> ImportedTask {
    let comma = if attributes.is_empty() { "" } else { "," };
    map(&format!(r#"{{"uuid":"{UUID}","description":"Paint the fence"{comma}{attributes}}}"#), &now())
        .unwrap()
}

fn problem(json: &str) -> ImportProblem {
    map(json, &now()).unwrap_err()
}

fn ms(instant: &str) -> Option<i64> {
    Some(instant.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

fn when(text: &str) -> Option<When> {
    Some(text.parse().unwrap())
}

#[test]
fn the_smallest_task() {
    let task = mapped("");
    assert_eq!((task.key.as_str(), task.title.as_str()), (UUID, "Paint the fence"));
    assert_eq!((task.status, task.status_at, task.created, task.trashed), (Status::Todo, None, None, false));
    assert_eq!((task.ext, task.notes), (vec![], vec![]));
}

#[test]
fn a_whole_task() {
    let task = mapped(
        r#""id":7,"status":"pending","entry":"20261001T080000Z","modified":"20261101T080000Z","priority":"H",
        "due":"20261126T230000Z","scheduled":"20261124T160000Z","wait":"20261124T225959Z","until":"20261130T225959Z",
        "project":"Home.Kitchen","tags":["diy","weekend","diy"],"urgency":12.5"#,
    );
    assert_eq!((task.status, task.status_at), (Status::Todo, ms("2026-10-01T08:00:00Z")));
    assert_eq!(task.created, ms("2026-10-01T08:00:00Z"));
    assert_eq!(task.modified, ms("2026-11-01T08:00:00Z"));
    assert_eq!(task.priority, Some(1));
    // Midnight in Berlin is a whole day; the last second is the same day's end, or the next day's beginning.
    assert_eq!(task.due, when("2026-11-27"));
    assert_eq!(task.planned, when("2026-11-24T17:00:00[Europe/Berlin]"));
    assert_eq!(task.defer, when("2026-11-25"));
    assert_eq!(task.expires, when("2026-11-30"));
    assert_eq!(task.project.as_deref(), Some("Home/Kitchen"));
    assert_eq!(task.tags, ["diy", "weekend"]);
    assert_eq!((task.ext, task.notes), (vec![], vec![]));
}

#[test]
fn statuses() {
    let state = |attributes: &str| {
        let task = mapped(attributes);
        (task.status, task.status_at, task.trashed)
    };
    let (start, end) = (r#""start":"20261120T080000Z""#, r#""end":"20261122T080000Z""#);
    let (start_ms, end_ms) = (ms("2026-11-20T08:00:00Z"), ms("2026-11-22T08:00:00Z"));
    assert_eq!(state(&format!(r#""status":"pending",{start}"#)), (Status::Doing, start_ms, false));
    assert_eq!(state(r#""status":"waiting","wait":"20270101T000000Z""#), (Status::Todo, None, false));
    assert_eq!(state(&format!(r#""status":"completed",{start},{end}"#)), (Status::Done, end_ms, false));
    assert_eq!(
        state(r#""status":"completed","modified":"20261120T080000Z""#),
        (Status::Done, start_ms, false)
    );
    assert_eq!(state(&format!(r#""status":"deleted",{end}"#)), (Status::Todo, None, true));
    assert_eq!(state(&format!(r#""status":"deleted",{start},{end}"#)), (Status::Doing, start_ms, true));
}

#[test]
fn what_has_no_place_is_kept() {
    let task = mapped(
        r#""status":"completed","start":"20261120T080000Z","end":"20261122T080000Z","estimate":"30","issue":123,
        "mask":"-+","imask":2,"parent":"6c4c9ee8-d6c4-4d64-a84d-bf9cb710684e","recur":"weekly","rtype":"periodic""#,
    );
    let names: Vec<&str> = task.ext.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["start", "estimate", "issue", "mask", "imask", "parent", "recur", "rtype"]);
    assert_eq!(task.ext[2].1, Value::from(123));
    assert_eq!(task.notes, Vec::<String>::new());
}

#[test]
fn a_template_becomes_a_series_that_goes_on_behind_its_instances() {
    let task = mapped(
        r#""status":"recurring","recur":"3wks","due":"20261130T230000Z","scheduled":"20261128T230000Z","mask":"-+",
        "until":"20270601T220000Z","rtype":"periodic""#,
    );
    assert_eq!((task.status, task.expires), (Status::Todo, None));
    assert_eq!(task.due.unwrap().to_string(), "2027-01-12");
    assert_eq!(task.planned.unwrap().to_string(), "2027-01-10");
    let recurrence = task.recurrence.unwrap();
    assert_eq!(recurrence.words(), "every+ 3 weeks until 2027-06-02");
    assert_eq!(task.notes, ["is the template of recurring tasks; its series goes on with 2027-01-12"]);
    let kept: Vec<&str> = task.ext.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(kept, ["until", "status", "recur", "mask", "rtype"]);
}

#[test]
fn periods() {
    for (recur, words) in [
        ("daily", "every+ day"),
        ("weekdays", "every+ weekday"),
        ("weekly", "every+ week"),
        ("biweekly", "every+ 2 weeks"),
        ("monthly", "every+ month"),
        ("quarterly", "every+ 3 months"),
        ("semiannual", "every+ 6 months"),
        ("yearly", "every+ year"),
        ("biannual", "every+ 2 years"),
        ("P14D", "every+ 14 days"),
        ("P1M", "every+ month"),
        ("2 weeks", "every+ 2 weeks"),
        ("10days", "every+ 10 days"),
    ] {
        let task = mapped(&format!(r#""status":"recurring","recur":"{recur}","due":"20261130T230000Z""#));
        assert_eq!(task.recurrence.unwrap().words(), words, "{recur}");
    }
    let chained = mapped(r#""status":"recurring","recur":"2d","rtype":"chained","due":"20261130T230000Z""#);
    assert_eq!(chained.recurrence.unwrap().words(), "every! 2 days");
}

#[test]
fn a_template_that_makes_no_series_stays_out_of_next() {
    for odd in
        [r#""recur":"PT4H","due":"20261130T230000Z""#, r#""recur":"weekly""#, r#""due":"20261130T230000Z""#]
    {
        let task = mapped(&format!(r#""status":"recurring",{odd}"#));
        assert_eq!((task.status, task.recurrence), (Status::Someday, None), "{odd}");
    }
    let task = mapped(r#""status":"recurring","recur":"sometimes","due":"20261130T230000Z""#);
    assert_eq!(task.status, Status::Someday);
    assert_eq!(
        task.ext,
        [("status".to_owned(), Value::from("recurring")), ("recur".to_owned(), Value::from("sometimes"))]
    );
    assert_eq!(task.notes.len(), 1);
}

#[test]
fn priorities() {
    let priority = |letter: &str| mapped(&format!(r#""priority":"{letter}""#));
    assert_eq!(
        ["H", "M", "L", ""].map(|letter| priority(letter).priority),
        [Some(1), Some(2), Some(3), None]
    );
    assert_eq!(priority("").ext, []);
    let other = priority("A");
    assert_eq!(other.ext, [("priority".to_owned(), Value::from("A"))]);
    assert_eq!(other.notes, ["priority \"A\" is none of H, M, L; kept as it is"]);
}

#[test]
fn tags_follow_our_rules() {
    let task = mapped(r#""tags":["COLOR","color","2026","Home/Kitchen"]"#);
    assert_eq!(task.tags, ["color", "home/kitchen"]);
    assert_eq!(task.ext, [("tags".to_owned(), serde_json::json!(["2026"]))]);
    assert_eq!(task.notes, ["tags cannot be read: [\"2026\"]; kept as it is"]);
    assert_eq!(mapped(r#""tags":"one,two""#).tags, ["one", "two"]);
}

#[test]
fn dependencies_come_in_three_shapes() {
    for depends in [
        format!(r#"["{UUID}","{OTHER}"]"#),
        format!(r#""{UUID},{OTHER}""#),
        format!(r#""[\"{UUID}\",\"{}\"]""#, OTHER.to_uppercase()),
    ] {
        assert_eq!(mapped(&format!(r#""depends":{depends}"#)).depends_on, [UUID, OTHER], "{depends}");
    }
    let odd = mapped(r#""depends":"17""#);
    assert_eq!((odd.depends_on, odd.ext), (vec![], vec![("depends".to_owned(), Value::from("17"))]));
    assert_eq!(odd.notes, ["depends cannot be read: \"17\"; kept as it is"]);
}

#[test]
fn annotations_become_the_log() {
    let task = mapped(
        r#""entry":"20261001T080000Z","annotations":[
        {"entry":"20261101T080000Z","description":"one"},{"entry":"20261101T080000Z","description":"two\nlines"},
        {"entry":"20261101T080001Z","description":"three"},{"description":"undated"},{"entry":"20261101T080000Z"}]"#,
    );
    let log: Vec<_> = task.log.iter().map(|note| (note.at, note.text.as_str())).collect();
    let first = ms("2026-11-01T08:00:00Z").unwrap();
    assert_eq!(
        log,
        [
            (first, "one"),
            (first + 1_000, "two\nlines"),
            (first + 2_000, "three"),
            (ms("2026-10-01T08:00:00Z").unwrap(), "undated"),
        ]
    );
    assert_eq!(task.ext.len(), 1);
    assert_eq!(task.notes.len(), 2);
}

#[test]
fn a_title_is_one_line() {
    let task =
        map(&format!(r#"{{"uuid":"{UUID}","description":" Paint\r\nthe\tfence\n"}}"#), &now()).unwrap();
    assert_eq!(task.title, "Paint the fence");
    assert_eq!(task.notes.len(), 1);
}

#[test]
fn a_title_too_long_is_cut_and_kept_in_the_log() {
    let description = "paint ".repeat(1_000);
    let json = format!(r#"{{"uuid":"{UUID}","entry":"20261001T080000Z","description":"{description}"}}"#);
    let task = map(&json, &now()).unwrap();
    assert_eq!(task.title, description[..MAX_TITLE].trim());
    assert_eq!(task.log, [LogNote { at: ms("2026-10-01T08:00:00Z").unwrap(), text: description }]);
    assert_eq!(task.notes.len(), 1);
}

#[test]
fn projects_that_no_page_can_be_called() {
    let project = |name: &str| {
        let task = mapped(&format!(r#""project":"{name}""#));
        (task.project.unwrap_or_default(), task.ext.len(), task.notes.len())
    };
    assert_eq!(project("Home"), ("Home".to_owned(), 0, 0));
    assert_eq!(project("Home.Kitchen.Sink"), ("Home/Kitchen/Sink".to_owned(), 0, 0));
    assert_eq!(project("C#"), ("C-".to_owned(), 1, 1));
    assert_eq!(project("Home..Kitchen."), ("Home/Kitchen".to_owned(), 1, 1));
    assert_eq!(project("..."), (String::new(), 1, 1));
}

#[test]
fn unreadable_dates_are_kept_and_told() {
    let task = mapped(r#""due":"someday soon","wait":5,"entry":"20261332T080000Z""#);
    assert_eq!((task.due, task.defer, task.created), (None, None, None));
    let names: Vec<&str> = task.ext.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["entry", "due", "wait"]);
    assert_eq!(task.notes.len(), 3);
}

#[test]
fn other_forms_of_dates() {
    assert_eq!(mapped(r#""due":"2026-11-24T16:00:00Z""#).due, when("2026-11-24T17:00:00[Europe/Berlin]"));
    assert_eq!(mapped(r#""due":"20261124T160000""#).due, when("2026-11-24T16:00:00[Europe/Berlin]"));
    let offset = Now::new(now().instant, TimeZone::fixed(jiff::tz::offset(2)));
    let json = format!(
        r#"{{"uuid":"{UUID}","description":"x","due":"20261124T160000Z","wait":"20261123T220000Z"}}"#
    );
    let task = map(&json, &offset).unwrap();
    assert_eq!((task.due, task.defer), (when("2026-11-24T16:00:00[UTC]"), when("2026-11-24")));
}

#[test]
fn a_task_without_uuid_is_the_same_twice() {
    let json = r#"{"description":"Paint the fence","entry":"20261001T080000Z"}"#;
    let task = map(json, &now()).unwrap();
    assert_eq!(task, map(json, &now()).unwrap());
    assert_eq!(task.notes.len(), 1);
    assert_eq!(task.key.len(), UUID.len());
    let other = map(r#"{"description":"Paint the fence","entry":"20261001T080001Z"}"#, &now()).unwrap();
    assert_ne!(task.key, other.key);
}

#[test]
fn invalid_items_are_named() {
    let with = |attributes: &str| problem(&format!(r#"{{"uuid":"{UUID}",{attributes}}}"#));
    assert_eq!(
        with(r#""status":"pending""#).to_string(),
        format!("{UUID}: has no description; give it one in Taskwarrior")
    );
    assert_eq!(with(r#""description":" \n ""#).item, UUID);
    let status = with(r#""description":"x","status":"lost""#);
    assert_eq!(status.item, UUID);
    assert!(status.message.starts_with("has the unknown status \"lost\"; expected"), "{status}");
    assert_eq!(problem(r#"{"uuid":"17","description":"x"}"#).item, "17");
    assert_eq!(problem("[]").message, "is no JSON object");
    assert!(problem("{").message.starts_with("is no valid JSON: "));
}

proptest! {
    #[test]
    fn no_json_panics(
        name in prop::sample::select(&[
            "uuid", "description", "status", "entry", "end", "due", "wait", "tags", "depends", "annotations", "project",
        ][..]),
        value in "\"[^\"\\\\]{0,40}\"|[0-9]{1,25}|null|true|\\[\\]|\\{\\}|\\[null\\]|\\[\\[1\\]\\]",
    ) {
        let _ = map(&format!(r#"{{"uuid":"{UUID}","description":"x","{name}":{value}}}"#), &now());
        let _ = map(&value, &now());
    }
}

/// Where sample exports are, if they are on this machine.
fn samples() -> Vec<PathBuf> {
    let folder = std::env::var_os("HEPH_SHARED_DATA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"), PathBuf::from);
    let files = std::fs::read_dir(folder.join("taskwarrior")).into_iter().flatten().flatten();
    files.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|ext| ext == "json")).collect()
}

#[test]
fn real_exports_map_without_a_problem() {
    let files = samples();
    if files.is_empty() {
        eprintln!(
            "no sample exports to read; set HEPH_SHARED_DATA to the folder that has taskwarrior/*.json"
        );
    }
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let items: Vec<Box<serde_json::value::RawValue>> = serde_json::from_str(&text).unwrap();
        assert!(!items.is_empty(), "{}", file.display());
        for item in items {
            let task = map(item.get(), &now()).unwrap();
            let source: serde_json::Map<String, Value> = serde_json::from_str(item.get()).unwrap();
            assert_eq!(source["uuid"], task.key.as_str());
            // Whatever is not ours is still there.
            for name in ["estimate", "issue", "person"] {
                let kept = task.ext.iter().find(|(own, _)| own == name).map(|(_, value)| value);
                assert_eq!(kept, source.get(name), "{}", task.key);
            }
            let annotations = source.get("annotations").and_then(Value::as_array).map_or(0, Vec::len);
            assert_eq!(task.log.len(), annotations);
        }
    }
}
