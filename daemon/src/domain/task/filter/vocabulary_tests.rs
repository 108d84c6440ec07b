//! Filters and sorts that speak of what the user added to the language.

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::domain::date::Now;
use crate::domain::id::NodeId;
use crate::domain::task::Task;
use crate::domain::task::open_tasks::OpenTasks;
use crate::domain::task::own::{FieldKind, FieldValue, OwnField, OwnFields};
use crate::domain::task::saved_view::SavedView;

fn now() -> Now {
    Now::new("2026-11-23T09:00:00Z".parse().unwrap(), TimeZone::get("Europe/Berlin").unwrap())
}

fn fields() -> OwnFields {
    let mut fields = OwnFields::default();
    let sizes = ["small", "medium", "large"].map(Into::into).to_vec();
    for (name, kind) in [
        ("effort", FieldKind::Number),
        ("size", FieldKind::Choice(sizes)),
        ("client", FieldKind::Text),
        ("signed", FieldKind::Date),
        ("travel", FieldKind::Duration),
        // The language has this key: its own meaning holds.
        ("due", FieldKind::Number),
    ] {
        fields.insert(OwnField { name: name.into(), kind, label: None });
    }
    fields
}

fn views(views: &[(&str, &str)]) -> Vocabulary {
    let view = |filter: &str| SavedView { filter: filter.into(), ..SavedView::default() };
    let views = views.iter().map(|(name, filter)| ((*name).into(), view(filter))).collect();
    Vocabulary { fields: fields(), views }
}

fn task() -> Task {
    let mut task = Task::new(NodeId::from_bytes([1; 16]), "Paint the fence");
    let value = |text: &str, field: &str| fields().get(field).unwrap().read(text, &now()).unwrap();
    task.fields = [
        ("client", "ACME Corp"),
        ("effort", "2.5"),
        ("signed", "2026-11-25"),
        ("size", "medium"),
        ("travel", "90m"),
    ]
    .map(|(name, text)| (name.into(), value(text, name)))
    .to_vec();
    task.tags = vec!["shop".into()];
    task.has_body = true;
    task
}

fn matches(text: &str, task: &Task, vocabulary: &Vocabulary) -> bool {
    let now = now();
    let filter = parse(text, vocabulary).and_then(|filter| filter.bind(&now, &|_| None));
    let filter = filter.unwrap_or_else(|error| panic!("{text}: {error:?}"));
    let bodies = filter
        .text_terms()
        .iter()
        .map(|term| if term.is_in("needle") { [task.id].into() } else { std::collections::HashSet::new() });
    let bodies: Vec<_> = bodies.collect();
    let open = OpenTasks::default();
    filter.matches(task, &open.view(&now, &bodies))
}

#[test]
fn fields_are_asked_as_those_of_the_language() {
    let (task, bare) = (task(), Task::new(NodeId::from_bytes([2; 16]), "Bare"));
    let vocabulary = views(&[]);
    for text in [
        "effort:2.5",
        "effort>2",
        "effort >= 2.5",
        "effort.before:3",
        "effort != 3",
        "effort:1,2.5",
        "-effort:3",
        "effort.any:",
        "effort.not:",
        "Effort:2.5",
        "size:medium",
        "size:SMALL,Medium",
        "size>small",
        "size<large",
        "size.not:small",
        "client:acme",
        "client.is:\"acme corp\"",
        "client.word:corp",
        "client:/^A.ME/",
        "client:\"me Co\"",
        "signed:wed",
        "signed<next fri",
        "signed.after:today",
        "travel:1h30m",
        "travel>1h",
        "travel<=90m",
        "size.none: or effort>2",
        "(effort>2 size:medium) or p1",
    ] {
        assert!(matches(text, &task, &vocabulary), "{text}");
    }
    for text in ["effort.none:", "effort:", "size:", "client.none:", "not effort.any:"] {
        assert!(matches(text, &bare, &vocabulary), "{text}");
        assert!(!matches(text, &task, &vocabulary), "{text}");
    }
    for text in
        ["effort>2", "effort<9", "size:medium", "client:acme", "signed<fri", "travel<9h", "effort:2.5"]
    {
        assert!(!matches(text, &bare, &vocabulary), "{text}");
    }
    assert!(matches("due.none:", &task, &vocabulary), "`due` is the language's own");
}

#[test]
fn a_value_that_does_not_fit_counts_as_none() {
    let mut task = task();
    task.fields = vec![
        ("effort".into(), FieldValue::Text("huge".into())),
        ("size".into(), FieldValue::Text("tiny".into())),
    ];
    let vocabulary = views(&[]);
    for text in ["effort.none:", "size:", "not effort>0", "not size<large"] {
        assert!(matches(text, &task, &vocabulary), "{text}");
    }
}

#[test]
fn mistakes_are_named_with_their_place() {
    let vocabulary = views(&[
        ("errands", "+shop or +phone"),
        ("a", "view:b"),
        ("b", "p1 view:c"),
        ("c", "view:a"),
        ("broken", "due<flyday"),
        ("outer", "view:broken"),
    ]);
    let table = [
        ("efort:3", "unknown key `efort`", "did you mean `effort`?", (0, 5)),
        (
            "+a effort:many",
            "`many` is no value of effort",
            "write a number, as `effort:3` or `effort:2.5`",
            (10, 14),
        ),
        ("size:smal", "`smal` is no value of size", "did you mean `small`?", (5, 9)),
        ("client>a", "`client` cannot be asked like that", "client is a string: heph field list", (0, 6)),
        (
            "effort.has:2",
            "`effort.has` cannot be asked like that",
            "effort is a number: heph field list",
            (0, 10),
        ),
        ("effort.befor:", "unknown modifier `.befor`", "did you mean `.before`?", (0, 12)),
        (
            "effort.none:3",
            "there is a value too much",
            "write `key.none:` or `key.any:`, with nothing behind it",
            (12, 13),
        ),
        ("effort.before:", "a value is missing", "write it behind the key, without a space", (0, 14)),
        ("signed<flyday", "unknown date `flyday`", "did you mean `friday`?", (7, 13)),
        ("+x view:erands", "there is no view `erands`", "did you mean `errands`?", (8, 14)),
        ("view.none:x", "a view cannot be asked like that", "write `view:errands`", (0, 9)),
        (
            "view:a",
            "view a cannot be used: view b cannot be used: view c cannot be used: the view takes itself in: a → b → c → a",
            "heph view save gives one of them another filter",
            (5, 6),
        ),
        (
            "view:outer",
            "view outer cannot be used: view broken cannot be used: unknown date `flyday`",
            "did you mean `friday`? (heph view save broken … mends it)",
            (5, 10),
        ),
    ];
    for (text, message, hint, place) in table {
        let error = parse(text, &vocabulary).unwrap_err();
        assert_eq!((error.message.as_str(), error.hint.as_deref()), (message, Some(hint)), "{text}");
        assert_eq!((error.start, error.end), place, "{text}");
    }
}

#[test]
fn a_view_is_its_filter_in_another() {
    let vocabulary = views(&[
        ("errands", "+shop or +phone"),
        ("hay", "needle"),
        ("under", "under:zzz"),
        ("late", "signed<today"),
        ("both", "view:errands view:hay"),
        ("all", ""),
        ("done", "status:done"),
    ]);
    let task = task();
    for text in [
        "view:errands",
        "VIEW:Errands effort>2",
        "-(view:late)",
        "view.not:late",
        "-view:late",
        "view:late,errands",
        "view:hay",
        "view:both",
        "nothing or view:hay",
        "view:all",
        "view:both \"fence\"",
    ] {
        assert!(matches(text, &task, &vocabulary), "{text}");
    }
    assert!(!matches("view:late", &task, &vocabulary));
    let scope = parse("view:done", &vocabulary).unwrap().scope();
    assert_eq!((scope.open, scope.closed), (false, true));
    // What is found only when it is used stands where the view was named.
    let error = parse("+shop view:under", &vocabulary).unwrap().bind(&now(), &|_| None).unwrap_err();
    assert_eq!((error.start, error.end), (11, 16), "{error:?}");
    let explained = parse("view:errands p1", &vocabulary).unwrap().bind(&now(), &|_| None).unwrap();
    assert_eq!(explained.explain(&now()), "(tag shop or below or tag phone or below) and priority = 1");
    let own = parse("size>small effort<3", &vocabulary).unwrap().bind(&now(), &|_| None).unwrap();
    assert_eq!(own.explain(&now()), "size > small and effort < 3");
}

#[test]
fn views_in_views_have_an_end() {
    let chain: Vec<(String, String)> = (0..20)
        .map(|n| (format!("v{n}"), format!("view:v{}", n + 1)))
        .chain([("v20".into(), "p1".into())])
        .collect();
    let chain: Vec<(&str, &str)> = chain.iter().map(|(name, filter)| (&**name, &**filter)).collect();
    let vocabulary = views(&chain);
    assert!(parse("view:v13", &vocabulary).is_ok(), "eight in each other");
    assert!(parse("view:v12", &vocabulary).unwrap_err().message.contains("more than 8 views in each other"));
    // Twice itself at each level would be 2^8 times the last.
    let wide: Vec<(String, String)> = (0..8)
        .map(|n| (format!("w{n}"), format!("view:w{0} view:w{0} view:w{0}", n + 1)))
        .chain([("w8".into(), "p1".into())])
        .collect();
    let wide: Vec<(&str, &str)> = wide.iter().map(|(name, filter)| (&**name, &**filter)).collect();
    assert!(parse("view:w2", &views(&wide)).unwrap_err().message.contains("or 100 in all"));
}

#[test]
fn lists_are_sorted_by_fields_too() {
    let mut tasks: Vec<Task> = (1..=4).map(|n| Task::new(NodeId::from_bytes([n; 16]), "")).collect();
    let text = |text: &str| FieldValue::Text(text.into());
    for (task, size) in tasks.iter_mut().zip(["large", "small", "medium"]) {
        task.fields = vec![("size".into(), text(size))];
    }
    tasks[3].fields = vec![("size".into(), text("tiny"))];
    let (now, open) = (now(), OpenTasks::default());
    let mut order = |keys: &str| {
        let sort = Sort::parse(keys, &fields()).unwrap();
        let view = open.view(&now, &[]);
        tasks.sort_by(|one, other| sort.compare(one, other, &view));
        tasks.iter().map(|task| task.id.as_bytes()[0]).collect::<Vec<_>>()
    };
    // Choices as they were declared; what does not fit comes last either way.
    assert_eq!(order("size"), [2, 3, 1, 4]);
    assert_eq!(order("size-"), [1, 3, 2, 4]);
    assert_eq!(order("effort,size-"), [1, 3, 2, 4]);
    let error = Sort::parse("efort", &fields()).unwrap_err();
    assert_eq!(error.hint.as_deref(), Some("did you mean `effort`?"));
}

proptest! {
    #[test]
    fn no_filter_with_fields_and_views_panics(text in "(view:|effort|size|client|signed|travel|[a-c:<>=.,\"/() ]){0,12}", inner in ".{0,30}") {
        let vocabulary = views(&[("a", &inner), ("b", "view:a view:c"), ("c", "view:b or signed<fri")]);
        if let Ok(filter) = parse(&text, &vocabulary) {
            let _ = filter.bind(&now(), &|_| None).map(|bound| bound.explain(&now()));
        }
    }
}

#[test]
fn what_the_user_added_is_written_back() {
    let vocabulary = views(&[("errands", "+shop due<=fri"), ("both", "view:errands or links:[[Plan]] bank")]);
    for (text, expected) in [
        ("effort>2 size:medium,large", "effort>2 size:medium,large"),
        ("size>=MEDIUM -client.none: signed.any:", "size>=medium not client.none: signed.any:"),
        (
            "client:\"ACME Corp\" client.word:acme client:/^a, b/",
            "client:\"ACME Corp\" client.word:acme client:/^a, b/",
        ),
        ("(signed<next fri) +3d", "signed<\"next fri\" and +3d"),
        ("travel.by:1h30m not effort:2.5", "travel<=1h30m -effort:2.5"),
        ("view:errands p1", "view:errands p1"),
        ("-view:errands,both links:[[A]]", "-view:errands,both links:[[A]]"),
    ] {
        let filter = parse(text, &vocabulary).unwrap();
        assert_eq!(filter.canonical(), expected, "{text}");
        assert!(parse(expected, &vocabulary).unwrap().means_as(&filter), "{text}");
    }
    // What is looked up keeps its place, whichever view it stands in.
    let bound = parse("bank view:both links:[[A]]", &vocabulary).unwrap().bind(&now(), &|_| None).unwrap();
    let targets: Vec<_> =
        bound.link_targets().iter().map(|target| (&*target.reference, target.start)).collect();
    assert_eq!(targets, [("[[Plan]]", 10), ("[[A]]", 21)]);
    assert_eq!(bound.text_terms().len(), 2);
    let other = parse("links:[[B]] pay", &vocabulary).unwrap().bind(&now(), &|_| None).unwrap();
    let both = bound.and(other);
    assert_eq!(both.link_targets().len(), 3);
    assert_eq!(both.link_targets()[2].reference, "[[B]]");
    assert!(
        both.explain(&now()).ends_with("links to [[B]] and title or body has \"pay\")"),
        "{}",
        both.explain(&now())
    );
}
