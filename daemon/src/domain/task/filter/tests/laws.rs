//! What holds for every filter.

use proptest::prelude::*;

use super::*;

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

/// Terms in every form a value can have.
const FORMS: [&str; 44] = [
    "+home",
    "-home/kitchen",
    "tag:a,b",
    "tag.is:a",
    "tag.has:\"a b\"",
    "p1",
    "-priority:2",
    "priority<=3",
    "due:fri",
    "due<next fri 17:00",
    "due.by:\"in 3 days\"",
    "planned=today,eow",
    "created>2026-11-01",
    "+3d",
    "-due:today",
    "due.none",
    "due.any:",
    "proj:Home/",
    "proj.has:it",
    "proj:\"Big House\",\"a, (b)\"",
    "area:Work",
    "est>1h30m",
    "lead:2w",
    "age>1y",
    "score<-0.5",
    "is:today",
    "-is:stale,inbox",
    "is.not:week",
    "is:open",
    "status:done,todo",
    "status.any:",
    "is:trashed",
    "bank",
    "\"17:00\"",
    "10:30",
    "a\"b",
    "-\"or\"",
    "/a b|c\\//",
    "-/x/",
    "title.word:\"(x)\"",
    "body:/x, y/",
    "waiting.is:\"Bob, too\"",
    "links:[[A (b), \"c\"]],7k3",
    "under:4444 id:zzz",
];

proptest! {
    /// What heph writes of a filter means the same, and is what heph writes of that.
    #[test]
    fn printed_and_read_again_a_filter_is_the_same(text in prop_oneof![
        8 => filters(&FORMS),
        2 => "[a-z+:.,<>=!()\\[\\]/\" -]{0,30}",
        1 => "\\PC{0,40}",
    ]) {
        let Ok(filter) = parse(&text, &Vocabulary::NONE) else { return Ok(()) };
        let canonical = filter.canonical();
        let again = parse(&canonical, &Vocabulary::NONE);
        prop_assert!(again.is_ok(), "{:?} became {:?}: {:?}", text, canonical, again);
        let again = again.unwrap();
        prop_assert!(filter.means_as(&again), "{:?} became {:?}", text, canonical);
        prop_assert_eq!(&again.canonical(), &canonical);
    }

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
