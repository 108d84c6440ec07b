//! `next` and `select` with filters, sorts and pages.

use super::*;
use crate::domain::task::filter::{self, BoundFilter, Sort, Vocabulary};
use crate::domain::task::own::OwnFields;

fn bound(text: &str, now: &Now) -> BoundFilter {
    filter::parse(text, &Vocabulary::NONE).unwrap().bind(now, &|_| None).unwrap()
}

/// A page without body texts.
fn page(
    model: &mut OpenTasks,
    filter: &str,
    sort: Option<&str>,
    after: Option<&Cursor>,
    limit: usize,
) -> Selection {
    let (now, sort) = (monday(), sort.map(|sort| Sort::parse(sort, &OwnFields::NONE).unwrap()));
    let filter = bound(filter, &now);
    model.select(&now, Matching { filter: &filter, found: &[] }, sort.as_ref(), after, limit)
}

fn all(model: &mut OpenTasks, filter: &str, sort: Option<&str>) -> Vec<NodeId> {
    let page = page(model, filter, sort, None, 1_000);
    assert_eq!(page.next, None);
    page.ids
}

/// Every page, its tokens handed over as text.
fn paged(model: &mut OpenTasks, filter: &str, sort: Option<&str>, limit: usize) -> Vec<NodeId> {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let page = page(model, filter, sort, after.as_ref(), limit);
        assert!(page.ids.len() <= limit);
        ids.extend(page.ids);
        match page.next {
            Some(next) => after = Some(next.to_string().parse().unwrap()),
            None => return ids,
        }
    }
}

const FILTERS: [&str; 9] = [
    "",
    "+t1",
    "-t1 +t2",
    "proj:Home/",
    "proj:\"Project 1\" +t0",
    "+t0 or +t1",
    "is:available",
    "is:blocked or is:deferred",
    "score>4",
];

const SORTS: [Option<&str>; 11] = [
    None,
    Some("due"),
    Some("score-,created"),
    Some("title-"),
    Some("project,priority,rank"),
    Some("status,planned-"),
    Some("next"),
    Some("parent,area,age"),
    Some("tags-,estimate,lead,waiting"),
    Some("expires,follow_up,started,reviewed,closed,modified"),
    Some("status,next-"),
];

proptest! {
    #[test]
    fn pages_are_the_list_and_the_list_is_the_book(
        steps in prop::collection::vec(steps(), 1..40),
        filter in prop::sample::select(&FILTERS[..]),
        sort in prop::sample::select(&SORTS[..]),
        limit in 1..5_usize,
    ) {
        let (mut kept, tasks, projects) = (OpenTasks::new(weights()), &mut Vec::new(), &mut Vec::new());
        for step in steps {
            // Reading between the writes keeps an order that has to be kept current.
            page(&mut kept, filter, sort, None, 1);
            take(step, &mut kept, tasks, projects);
        }
        let (now, mut fresh) = (monday(), OpenTasks::new(weights()));
        fresh.load(tasks.clone(), projects.clone());
        settle(&mut fresh);
        let (bound, view) = (bound(filter, &now), fresh.view(&now, &[]));
        let matches = |id: &NodeId| bound.matches(fresh.get(*id).unwrap(), &view);
        let mut expected: Vec<NodeId> =
            by_the_book(tasks, projects, &now).into_iter().map(|row| row.0).filter(matches).collect();
        let available = expected.iter().filter(|id| view.facts(fresh.get(**id).unwrap()).available).count();
        let next = kept.next(&now, Some(Matching { filter: &bound, found: &[] }), limit);
        prop_assert_eq!(next.available, available);
        prop_assert_eq!(&next.ids, &expected[..available.min(limit)]);
        if let Some(sort) = sort {
            let sort = Sort::parse(sort, &OwnFields::NONE).unwrap();
            expected.sort_by(|one, other| {
                sort.compare(fresh.get(*one).unwrap(), fresh.get(*other).unwrap(), &view)
            });
        }
        prop_assert_eq!(&all(&mut kept, filter, sort), &expected);
        prop_assert_eq!(paged(&mut kept, filter, sort, limit), expected);
    }

    #[test]
    fn no_text_panics_as_a_cursor(text in "[0-9a-f]{0,200}|.{0,40}", cut in 0..400_usize) {
        let _ = text.parse::<Cursor>();
        let mut model = model([task(1, |_| {}), task(2, |_| {})]);
        let cursor = page(&mut model, "", Some("title,due"), None, 1).next.unwrap().to_string();
        if cut < cursor.len() {
            prop_assert_eq!(cursor[..cut].parse::<Cursor>(), Err(NotACursor));
        }
    }
}

fn aged(n: u8, priority: u8) -> Task {
    task(n, |task| task.priority = Some(priority))
}

#[test]
fn a_page_goes_on_where_the_last_one_ended_whatever_changed() {
    for sort in [None, Some("priority"), Some("score")] {
        let mut model = model([aged(1, 1), aged(2, 2), aged(3, 3), aged(4, 4)]);
        let first = page(&mut model, "", sort, None, 2);
        assert_eq!(first.ids, [id(1), id(2)], "{sort:?}");
        // The last task of the page goes to the end, a new one comes before it, another after it.
        model.put(aged(2, 4));
        model.put(aged(5, 1));
        model.put(aged(6, 3));
        assert_eq!(page(&mut model, "", sort, first.next.as_ref(), 9).ids, [3, 6, 2, 4].map(id), "{sort:?}");
        model.remove(id(2));
        assert_eq!(page(&mut model, "", sort, first.next.as_ref(), 9).ids, [3, 6, 4].map(id), "{sort:?}");
    }
}

#[test]
fn the_last_page_has_no_next() {
    let mut model = model([aged(1, 1), aged(2, 2)]);
    assert!(page(&mut model, "", None, None, 1).next.is_some());
    assert_eq!(page(&mut model, "", None, None, 2).next, None);
    assert_eq!(page(&mut model, "", None, None, 0), Selection { ids: vec![], next: None, groups: vec![] });
}

#[test]
fn gated_tasks_come_last_in_a_list() {
    let mut blocked = aged(1, 1);
    blocked.depends_on = vec![id(3)];
    let mut model = model([blocked, aged(2, 4), aged(3, 2)]);
    assert_eq!(all(&mut model, "", None), [3, 2, 1].map(id));
    assert_eq!(all(&mut model, "is:available", None), [3, 2].map(id));
    assert_eq!(all(&mut model, "is:blocked", None), [id(1)]);
    assert_eq!(all(&mut model, "is:blocking", None), [id(3)]);
}

#[test]
fn tags_below_a_tag_belong_to_it() {
    let tagged =
        |n: u8, tags: &[&str]| task(n, |task| task.tags = tags.iter().map(|&tag| tag.into()).collect());
    let mut model = model([
        tagged(1, &["home"]),
        tagged(2, &["home", "home/kitchen"]),
        tagged(3, &["home/garden"]),
        tagged(4, &["homework"]),
    ]);
    assert_eq!(all(&mut model, "+home", None), [1, 2, 3].map(id));
    assert_eq!(all(&mut model, "+home/kitchen", None), [id(2)]);
    assert_eq!(all(&mut model, "+hom", None), []);
}

#[test]
fn bodies_are_what_the_caller_found() {
    let with_body = |n: u8| task(n, |task| task.has_body = true);
    let mut model = model([with_body(1), with_body(2), task(3, |task| task.title = "Call the bank".into())]);
    let now = monday();
    let filter = bound("bank", &now);
    let bodies = [HashSet::from([id(2), id(9)])];
    let selection = model.select(&now, Matching { filter: &filter, found: &bodies }, None, None, 10);
    assert_eq!(selection.ids, [id(2), id(3)]);
}

#[test]
fn closed_tasks_are_not_in_the_model() {
    let mut model = model([task(1, |_| {}), task(2, |task| task.status = Status::Done)]);
    assert_eq!(all(&mut model, "status:done", None), []);
    assert_eq!(all(&mut model, "status:done or status:todo", None), [id(1)]);
}

#[test]
fn short_ids_and_ancestors_are_known() {
    let child = |n: u8, parent: u8| task(n, |task| task.parent = Some(id(parent)));
    let mut model = model([task(1, |_| {}), child(2, 1), child(3, 2), child(4, 5), child(5, 4)]);
    let now = monday();
    let view = model.view(&now, &[]);
    let under = |n: u8, ancestor: u8| filter::Facts::is_under(&view, model.get(id(n)).unwrap(), id(ancestor));
    assert!(under(2, 1) && under(3, 1) && under(3, 2) && under(4, 5));
    assert!(!under(1, 1) && !under(1, 2) && !under(4, 1) && !under(4, 4));
    let short = crate::domain::short_id::Code::of(id(3)).prefix(6);
    assert_eq!(all(&mut model, &format!("id:{short}"), None), [id(3)]);
}
