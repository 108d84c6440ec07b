//! The language, term by term, asked about one task.

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::domain::date::Now;
use crate::domain::id::NodeId;
use crate::domain::short_id::{Code, parse_prefix};
use crate::domain::task::own::OwnFields;
use crate::domain::task::{Status, Task};

/// Monday 2026-11-23, 10:00 in Berlin.
fn now() -> Now {
    Now::new("2026-11-23T09:00:00Z".parse().unwrap(), TimeZone::get("Europe/Berlin").unwrap())
}

const PARENT: NodeId = NodeId::from_bytes([4; 16]);
const PROJECT: NodeId = NodeId::from_bytes([9; 16]);

/// What a tag `so-blocked` and the like say; every body reads "Ask for Straße 7".
struct Said {
    now: Now,
    terms: Vec<TextTerm>,
}

impl Said {
    fn says(task: &Task, what: &str) -> bool {
        task.tags.iter().any(|tag| tag.strip_prefix("so-") == Some(what))
    }
}

impl Facts for Said {
    fn now(&self) -> &Now {
        &self.now
    }

    fn project_path(&self, project: NodeId) -> Option<&str> {
        (project == PROJECT).then_some("Home/Kitchen")
    }

    fn is_blocked(&self, task: &Task) -> bool {
        Self::says(task, "blocked")
    }

    fn is_blocking(&self, task: &Task) -> bool {
        Self::says(task, "blocking")
    }

    fn is_available(&self, task: &Task) -> bool {
        Self::says(task, "available")
    }

    fn is_deferred(&self, task: &Task) -> bool {
        Self::says(task, "deferred")
    }

    fn has_open_children(&self, task: &Task) -> bool {
        Self::says(task, "parent")
    }

    fn is_under(&self, task: &Task, ancestor: NodeId) -> bool {
        task.parent == Some(ancestor)
    }

    fn short_id_matches(&self, task: &Task, prefix: &str) -> bool {
        parse_prefix(prefix).is_some_and(|codes| codes.contains(&Code::of(task.id)))
    }

    fn score(&self, task: &Task) -> Option<f64> {
        task.is_open().then_some(8.5)
    }

    fn body_matches(&self, term: usize, _: &Task) -> bool {
        self.terms[term].is_in("Ask for Straße 7")
    }
}

fn bind(text: &str) -> BoundFilter {
    let node = |reference: &str| (reference == "4444").then_some(PARENT);
    parse(text, &Vocabulary::NONE)
        .and_then(|filter| filter.bind(&now(), &node))
        .unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

fn matches(text: &str, task: &Task) -> bool {
    let filter = bind(text);
    let said = Said { now: now(), terms: filter.text_terms().to_vec() };
    filter.matches(task, &said)
}

fn ms(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

/// An open task with everything set.
fn task() -> Task {
    let mut task = Task::new(NodeId::from_bytes([1; 16]), "Call the Bank about 10:30");
    task.tags = ["home/kitchen", "phone", "so-available", "so-blocking"].map(Into::into).to_vec();
    task.priority = Some(2);
    task.due = Some("2026-11-27T17:00:00[Europe/Berlin]".parse().unwrap());
    task.planned = Some("2026-11-23".parse().unwrap());
    task.estimate_minutes = Some(45);
    task.lead_days = Some(3);
    task.project = Some(PROJECT);
    task.parent = Some(PARENT);
    task.depends_on = vec![PARENT];
    task.waiting_on = Some("Bob Smith".into());
    task.created = ms("2026-11-20T23:30:00Z");
    task.modified = ms("2026-11-23T08:00:00Z");
    task.has_body = true;
    task
}

/// An open task with nothing set.
fn bare() -> Task {
    let mut task = Task::new(NodeId::from_bytes([2; 16]), "Bare");
    task.created = ms("2026-01-01T00:00:00Z");
    task.modified = task.created;
    task
}

fn closed(status: Status) -> Task {
    Task { status, status_at: ms("2026-11-22T12:00:00Z"), ..task() }
}

fn check(task: &Task, yes: &[&str], no: &[&str]) {
    for text in yes {
        assert!(matches(text, task), "{text}");
        assert!(text.is_empty() || !matches(&format!("not ({text})"), task), "not {text}");
    }
    for text in no {
        assert!(!matches(text, task), "{text}");
        assert!(matches(&format!("-({text})"), task), "not {text}");
    }
}

#[test]
fn tags_projects_and_relations() {
    check(
        &task(),
        &[
            "",
            "+home",
            "+Home/Kitchen",
            "+phone +home",
            "tag:home",
            "tag:garden,phone",
            "tag.is:phone",
            "tag.has:KITCH",
            "tags.any:",
            "-work",
            "tag.not:work",
            "proj:kitchen",
            "proj:home/kitchen",
            "proj:Home/",
            "project:\"Home/Kitchen\"",
            "proj.has:ome/k",
            "proj.any:",
            "proj!=Garden",
            "parent:4444",
            "under:4444",
            "dep:4444",
            "parent.any:",
            "dep.any",
        ],
        &[
            "+hom",
            "+home/kitchen/sink",
            "-home",
            "tag.is:home",
            "tag:",
            "proj:Home",
            "proj:hom/",
            "proj:",
            "-proj:Home/",
            "parent:",
            "dep:",
            "dep.none:",
        ],
    );
    check(
        &bare(),
        &["tag:", "tag.none:", "proj:", "parent:", "dep:", "-home"],
        &["tag.any:", "proj:Home/", "under:4444"],
    );
}

#[test]
fn dates() {
    check(
        &task(),
        &[
            "due:fri",
            "due:2026-11-27",
            "due:thu,fri",
            "due<sat",
            "due<=fri",
            "due.by:fri",
            "due>thu",
            "due>=fri",
            "due.after:thu",
            "due.before:next fri",
            "due < next fri 17:00 +phone",
            "due:fri 17:00",
            "due<=fri 17:00",
            "due.before:\"fri 17:01\"",
            "due.any:",
            "due.not:sat",
            "planned:today",
            "plan=tod",
            "defer:",
            "defer.none",
            "created:sat-1w",
            "created.after:fri-1w",
            "modified:today",
            "modified>now-3h",
            "is:today",
            "is:week",
        ],
        &[
            "due<fri",
            "due:",
            "due.none:",
            "due>fri",
            "due:fri 17:01",
            "due<fri 17:00",
            "due.not:fri",
            "defer<eoy",
            "defer>2020-01-01",
            "created:fri-1w",
            "modified<today",
            "is:overdue",
            "is:stale",
        ],
    );
    let mut past = task();
    past.due = Some("2026-11-22".parse().unwrap());
    check(&past, &["is:overdue", "due<today", "due:yesterday"], &["due:today"]);
    past.due = Some("2026-11-23".parse().unwrap());
    check(&past, &["is:today", "due:today", "due.by:eod", "due>now"], &["is:overdue", "due<now"]);
    check(
        &bare(),
        &["due:", "is:stale", "modified<\"-90d\"", "created<2026-02-01"],
        &["due.any:", "is:week", "due<eoy", "is:today"],
    );
    let mut fresh = bare();
    fresh.modified = ms("2026-08-25T21:59:00Z");
    check(&fresh, &["is:stale"], &[]);
    fresh.modified = ms("2026-08-25T22:00:00Z");
    check(&fresh, &[], &["is:stale"]);
}

#[test]
fn numbers() {
    check(
        &task(),
        &[
            "p2",
            "p1 or p2",
            "priority:2",
            "priority:p2",
            "priority:1,2",
            "priority<3",
            "priority>p1",
            "p<=2",
            "est>30m",
            "est:45m",
            "est<1h",
            "lead:3d",
            "lead<1w",
            "score>8",
            "score < 8.6",
            "priority.any:",
        ],
        &[
            "p1",
            "priority:",
            "priority>2",
            "est>45m",
            "est:",
            "lead>3d",
            "score>8.5",
            "score>=9",
            "lead.none:",
        ],
    );
    check(
        &bare(),
        &["priority:", "priority>3", "est:", "priority.none:"],
        &["p4", "est<1h", "lead<1w", "priority<4"],
    );
}

#[test]
fn texts() {
    check(
        &task(),
        &[
            "bank",
            "BANK call",
            "\"the bank\"",
            "10:30",
            "/b.nk/",
            "/(the|a) bank/",
            "straße",
            "STRASSE",
            "/for .* \\d$/",
            "title:bank",
            "title:/^call/",
            "title.word:bank",
            "title.is:\"call the bank about 10:30\"",
            "body:ask",
            "body.any:",
            "waiting:bob",
            "waiting.word:smith",
            "waiting.any:",
            "id:01010101-0101-0101-0101-010101010101",
        ],
        &[
            "banks",
            "\"bank the\"",
            "/^bank/",
            "title:straße",
            "title.word:ban",
            "title.is:bank",
            "body:bank",
            "body.none:",
            "waiting:",
            "waiting.is:bob",
            "id:zzz",
        ],
    );
    check(&bare(), &["waiting:", "body:"], &["ask", "body.any:"]);
    let short = Code::of(task().id).prefix(4);
    check(&task(), &[&format!("id:{short}"), &format!("id:zzz,{short}")], &[]);
}

#[test]
fn words_behind_is() {
    check(
        &task(),
        &[
            "is:open",
            "is:todo",
            "is:available",
            "is:blocking",
            "is:project",
            "is:doing,todo",
            "is.not:done",
            "-is:waiting",
        ],
        &[
            "is:doing",
            "is:started",
            "is:waiting",
            "is:someday",
            "is:blocked",
            "is:deferred",
            "is:parent",
            "is:pinned",
            "is:inbox",
        ],
    );
    let mut pinned = bare();
    pinned.pinned_on = Some("2026-11-23".parse().unwrap());
    check(&pinned, &["is:pinned", "is:today", "is:inbox", "status:todo", "status:open"], &["is:blocking"]);
    pinned.pinned_on = Some("2026-11-22".parse().unwrap());
    check(&pinned, &[], &["is:pinned", "is:today"]);
}

#[test]
fn and_or_not_and_parentheses() {
    check(
        &task(),
        &[
            "+home and +phone",
            "+work or +phone",
            "+work +x or +phone",
            "+phone (+work or +home)",
            "not +work",
            "NOT not +home",
            "not +work +home",
            "((+home))",
            "-(+work or +x)",
        ],
        &["+home +work", "+phone and (+work or +x)", "not (+home or +work)", "+work or +x"],
    );
}

#[test]
fn closed_tasks_and_the_trash_are_found_only_when_asked_for() {
    let done = closed(Status::Done);
    let scope = |text: &str| {
        let Scope { open, closed, trashed } = bind(text).scope();
        [(open, 'o'), (closed, 'c'), (trashed, 't')]
            .iter()
            .filter(|(is, _)| *is)
            .map(|&(_, c)| c)
            .collect::<String>()
    };
    for (text, expected) in [
        ("", "o"),
        ("+home", "o"),
        ("not is:done", "o"),
        ("status.not:done", "o"),
        ("is:open", "o"),
        ("status:done", "c"),
        ("is:closed", "c"),
        ("not is:open", "c"),
        ("status:todo,done", "oc"),
        ("status.any:", "oc"),
        ("closed.after:sow", "c"),
        ("closed:", "o"),
        ("closed.any:", "c"),
        ("+home or is:done", "oc"),
        ("trashed", "t"),
        ("is:trashed +home", "t"),
        ("not trashed", "o"),
        ("is:done or trashed", "ct"),
        ("is:done trashed", "t"),
        ("is:open is:done", ""),
    ] {
        assert_eq!(scope(text), expected, "{text}");
        assert_eq!(parse(text, &Vocabulary::NONE).unwrap().scope(), bind(text).scope());
    }
    for text in [
        "status:done",
        "is:closed",
        "not is:open",
        "closed.after:sat-1w",
        "closed:yesterday",
        "is:done +phone",
        "status.any: closed>=sat-1w",
    ] {
        assert!(matches(text, &done), "{text}");
    }
    for text in ["", "+home", "not is:doing", "bank", "is:cancelled", "closed:today", "is:overdue"] {
        assert!(!matches(text, &done), "{text}");
    }
    let trashed = Task { trashed: true, ..task() };
    assert!(matches("trashed", &trashed) && matches("is:trashed +home", &trashed));
    assert!(!matches("+home", &trashed) && !matches("not trashed", &trashed));
    assert!(matches("trashed is:done", &Task { trashed: true, ..done }));
}

#[test]
fn an_index_can_be_asked_first() {
    let tag = |text: &str| bind(text).required_tag().map(str::to_owned);
    let project = |text: &str| bind(text).required_project().map(|test| test.is_met_by("Home/Kitchen"));
    assert_eq!(tag("due:fri +Home p1"), Some("home".into()));
    assert_eq!(tag("(+home +x) p1"), Some("home".into()));
    assert_eq!(tag("tag.is:home"), Some("home".into()));
    assert_eq!(tag("-home"), None);
    assert_eq!(tag("+home or +x"), None);
    assert_eq!(tag("not +home"), None);
    assert_eq!(project("proj:Home/ p1"), Some(true));
    assert_eq!(project("proj:Garden"), Some(false));
    assert_eq!(project("proj:Home/ or p1"), None);
    let terms: Vec<String> = bind("bank /x y/ title:no \"a b\"")
        .text_terms()
        .iter()
        .map(|term| term.source().to_owned())
        .collect();
    assert_eq!(terms, ["bank", "x y", "a b"]);
}

#[test]
fn explained_with_dates() {
    let explained = |text: &str| bind(text).explain(&now());
    for (text, expected) in [
        ("", "everything"),
        ("+home due<fri", "tag home or below and due < Fri 2026-11-27"),
        ("(+a or p1) and not bank", "(tag a or below or priority = 1) and not title or body has \"bank\""),
        ("due.by:fri 17:00", "due <= Fri 2026-11-27 17:00"),
        ("due:", "not due is set"),
        ("is:today", "due = Mon 2026-11-23 or planned = Mon 2026-11-23 or is pinned"),
        ("proj:Home/ est>1h", "project \"home\" or below and est > 60 min"),
        ("/a|b/ title.word:x", "title or body matches /a|b/ and title has the word \"x\""),
        ("status:todo,done under:4444", "(status todo or status done) and under 4444"),
        ("not is:open", "not status todo or doing or waiting or someday"),
    ] {
        assert_eq!(explained(text), expected, "{text}");
    }
}

fn error(text: &str) -> (String, String) {
    let node = |_: &str| None;
    let error = parse(text, &Vocabulary::NONE).and_then(|filter| filter.bind(&now(), &node)).unwrap_err();
    let caret = " ".repeat(error.start) + &"^".repeat((error.end - error.start).max(1));
    (error.message, format!("{caret} {}", error.hint.unwrap()))
}

#[test]
fn errors_have_a_place_and_a_hint() {
    for (text, message, caret) in [
        ("+home deu:fri", "unknown key `deu`", "      ^^^ did you mean `due`?"),
        ("ä foo:x", "unknown key `foo`", "  ^^^ to look for a text, write it in quotes"),
        ("due.befor:fri", "unknown modifier `.befor`", "^^^^^^^^^ did you mean `.before`?"),
        ("due:frii", "unknown date `frii`", "    ^^^^ did you mean `fri`?"),
        ("due:fri,frii", "unknown date `frii`", "        ^^^^ did you mean `fri`?"),
        ("due<someday", "`someday` is a status, not a date", "    ^^^^^^^ write `is:someday`"),
        ("is:opne", "unknown word `opne` behind `is:`", "   ^^^^ did you mean `open`?"),
        ("status:dnoe", "unknown status `dnoe`", "       ^^^^ did you mean `done`?"),
        (
            "links:[[Big Page]]",
            "`links:` comes with page links",
            "^^^^^ to look for the link's text, write \"[[Page]]\" in quotes",
        ),
        ("priority:9", "`9` is no value of priority", "         ^ write p1, p2, p3 or p4"),
        ("score>x", "`x` is no value of score", "      ^ write a number"),
        ("score>nan", "`nan` is no value of score", "      ^^^ write a number"),
        ("+a,b", "`a,b` is no tag", " ^^^ write a text in quotes to look for it"),
        ("tag:a,,b", "a value is missing beside the comma", "      ^ write `key:a,b`"),
        ("(+a or +b", "this `(` is not closed", "^ add a `)`"),
        ("+a)", "there is no `(` to this `)`", "  ^ leave it out or open it"),
        ("+a or", "the filter ends where a term should stand", "     ^ add a term as `+tag` or `due:today`"),
        ("or +a", "a term is missing before `or`", "^^ add a term as `+tag` or `due:today`"),
        ("()", "a term is missing before `)`", " ^ add a term as `+tag` or `due:today`"),
        ("+a and or", "a term is missing before `or`", "       ^^ add a term as `+tag` or `due:today`"),
        ("\"abc", "the quotes are not closed", "^^^^ add a `\"` at the end"),
        (
            "title<x",
            "`title` cannot be asked like that",
            "^^^^^ ask it as `key:value`, or look the modifiers up in the reference of filters",
        ),
        ("title:", "a value is missing", "^^^^^^ write it behind the key, without a space"),
        ("due<", "a value is missing", "^^^^ write it behind the key, without a space"),
        (
            "due.none:fri",
            "there is a value too much",
            "         ^^^ write `key.none:` or `key.any:`, with nothing behind it",
        ),
        (
            "due.before<fri",
            "a modifier and an operator do not go together",
            "^^^^^^^^^^ write `key.before:value` or `key<value`, not both",
        ),
        ("under:zzz", "`zzz` means no task, or several", "      ^^^ write more of its id"),
        ("id:u!", "`u!` is no id", "   ^^ an id is what lists show in their first column"),
        (
            "planned<due-3d",
            "`due-3d` counts from a task's own date, which differs from task to task",
            "        ^^^^^^ write a date as `fri` or `2026-11-27`",
        ),
    ] {
        assert_eq!(error(text), (message.into(), caret.into()), "{text}");
    }
    assert!(error("/(/").0.starts_with("the expression has an error: "));
    assert_eq!(error("/(a{1000}){1000}/").0, "the expression is too large");
    assert_eq!(error(&"(".repeat(60)).0, "more than 50 levels");
    assert_eq!(error(&"not ".repeat(60)).0, "more than 50 levels");
    assert_eq!(error(&"x ".repeat(3000)).0, "the filter is longer than 4096 characters");
    assert_eq!(error("due<9999-12-31+1d").0, "`9999-12-31+1d` is beyond the calendar");
}

#[test]
fn sorts() {
    let mut tasks = [task(), bare(), closed(Status::Done)];
    tasks[1].id = NodeId::from_bytes([0; 16]);
    tasks[2].id = NodeId::from_bytes([3; 16]);
    tasks[2].due = Some("2026-11-27".parse().unwrap());
    let said = Said { now: now(), terms: Vec::new() };
    let sorted = |keys: &str| {
        let sort = Sort::parse(keys, &OwnFields::NONE).unwrap();
        let mut order: Vec<usize> = vec![0, 1, 2];
        order.sort_by(|&one, &other| sort.compare(&tasks[one], &tasks[other], &said));
        order
    };
    // A time comes before the whole day; what is unset comes last in both directions.
    assert_eq!(sorted("due"), [0, 2, 1]);
    assert_eq!(sorted("due-"), [2, 0, 1]);
    assert_eq!(sorted("title"), [1, 0, 2]);
    assert_eq!(sorted("title-"), [0, 2, 1]);
    assert_eq!(sorted("proj,status-"), [2, 0, 1]);
    assert_eq!(sorted("score,title"), [1, 0, 2]);
    assert_eq!(sorted("closed,created"), [2, 1, 0]);
    assert_eq!(sorted("modified"), [0, 2, 1]);
    assert_eq!(sorted("priority,planned,rank,defer"), [0, 2, 1]);
    let error = Sort::parse("due,scroe-", &OwnFields::NONE).unwrap_err();
    assert_eq!((error.message.as_str(), error.start, error.end), ("unknown sort key `scroe`", 4, 10));
    assert_eq!(error.hint.unwrap(), "did you mean `score`?");
    assert!(Sort::parse("", &OwnFields::NONE).is_err());
}

/// Terms, some of them broken.
const TERMS: [&str; 40] = [
    "+home",
    "-home",
    "+work",
    "p2",
    "p1",
    "due:",
    "due<sat",
    "due:fri",
    "due.any:",
    "is:open",
    "is:done",
    "is:closed",
    "is:waiting",
    "trashed",
    "is:trashed",
    "status:done,todo",
    "status.not:done",
    "closed:",
    "closed.any:",
    "closed>sow",
    "proj:Home/",
    "bank",
    "/b.nk/",
    "\"the bank\"",
    "est>30m",
    "score>8",
    "is:overdue",
    "is:stale",
    "is:inbox",
    "body:ask",
    "due:frii",
    "foo:x",
    "\"",
    "/",
    "due<",
    "title:/x",
    "🎉",
    "links:[[x",
    "parent:",
    "under:4444",
];

fn filters(terms: &'static [&'static str]) -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(terms).prop_map(str::to_owned);
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3).prop_map(|parts| format!("({})", parts.join(" "))),
            prop::collection::vec(inner.clone(), 1..3).prop_map(|parts| format!("({})", parts.join(" or "))),
            inner.prop_map(|part| format!("not {part}")),
        ]
    })
}

fn tasks() -> impl Strategy<Value = Task> {
    (prop::sample::select(Status::ALL.to_vec()), any::<bool>(), any::<bool>()).prop_map(
        |(status, trashed, is_bare)| {
            let task = if is_bare { bare() } else { task() };
            Task { status, trashed, status_at: ms("2026-11-22T12:00:00Z"), ..task }
        },
    )
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_in_its_place(text in prop_oneof![
        filters(&TERMS),
        "\\PC{0,40}",
        "[a-z+:.<>=!()/\" -]{0,30}",
    ]) {
        match parse(&text, &Vocabulary::NONE) {
            Ok(filter) => {
                if let Ok(bound) = filter.bind(&now(), &|_| Some(PARENT)) {
                    prop_assert!(!bound.explain(&now()).is_empty());
                    let said = Said { now: now(), terms: bound.text_terms().to_vec() };
                    bound.matches(&task(), &said);
                }
            }
            Err(error) => prop_assert!(error.start <= error.end && error.end <= text.chars().count(), "{:?}", error),
        }
    }

    /// In a scope that holds everything, a filter or its opposite matches, so the scope leaves nothing out that
    /// could match.
    #[test]
    fn a_scope_is_wide_enough(filter in filters(&TERMS[..30]), task in tasks()) {
        let everything = "(status.any: or trashed)";
        let yes = matches(&format!("{everything} {filter}"), &task);
        let no = matches(&format!("{everything} not ({filter})"), &task);
        prop_assert!(yes != no, "{} {} {}", filter, yes, no);
    }

    #[test]
    fn what_an_index_is_asked_for_is_required(filter in filters(&TERMS[..30]), task in tasks()) {
        let bound = bind(&filter);
        if matches(&filter, &task) {
            prop_assert!(bound.scope().has(&task));
            if let Some(tag) = bound.required_tag() {
                prop_assert!(task.tags.iter().any(|own| own.starts_with(tag)));
            }
            if let Some(project) = bound.required_project() {
                prop_assert!(task.project.is_some() && project.is_met_by("Home/Kitchen"));
            }
        }
    }
}
