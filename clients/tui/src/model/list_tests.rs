use heph_protocol::types::Task;
use proptest::prelude::*;

use super::marking::MOST_GATHERED;
use super::*;

/// A list of so many tasks, as a daemon would give it out.
struct Source {
    ids: Vec<usize>,
}

impl Source {
    /// A chunk behind a token, with the token of the next. A token names the row before it.
    fn chunk(&self, asked: &Asked) -> (Vec<Row>, Option<String>) {
        let after: Option<usize> = asked.token.as_ref().map(|token| token.parse().unwrap());
        let behind: Vec<usize> =
            self.ids.iter().copied().filter(|id| after.is_none_or(|after| *id > after)).collect();
        let limit = asked.limit as usize;
        let rows = behind.iter().take(limit).map(|id| row(*id)).collect();
        let next = (behind.len() > limit).then(|| behind[limit - 1].to_string());
        (rows, next)
    }
}

fn row(id: usize) -> Row {
    Row::task(Task { id: id.to_string(), title: format!("Task {id}"), ..Task::default() })
}

/// Answers all that is asked, on a screen of so many rows.
fn settle(list: &mut List, source: &Source) {
    for _ in 0..2_000 {
        list.settle(20);
        let Some(asked) = list.ask(20) else { return };
        let (rows, next) = source.chunk(&asked);
        list.take(asked.want, rows, next);
    }
    panic!("it asks for ever");
}

fn filled(count: usize) -> (List, Source) {
    let (mut list, source) = (List::default(), Source { ids: (0..count).collect() });
    settle(&mut list, &source);
    (list, source)
}

fn selected(list: &List) -> Option<usize> {
    list.selected().map(|row| row.key.parse().unwrap())
}

#[test]
fn only_a_window_is_kept_however_far_it_goes() {
    let (mut list, source) = filled(100_000);
    for _ in 0..400 {
        list.step(10);
        settle(&mut list, &source);
        assert!(list.rows().len() <= WINDOW + MOST as usize, "{}", list.rows().len());
    }
    assert_eq!((selected(&list), list.numbers().0), (Some(4_000), 4_001));
    for _ in 0..400 {
        list.step(-10);
        settle(&mut list, &source);
    }
    assert_eq!((selected(&list), list.rows_before()), (Some(0), 0));
    list.go_bottom();
    settle(&mut list, &source);
    assert_eq!((selected(&list), list.numbers()), (Some(99_999), (100_000, 100_000)));
    list.go_top();
    settle(&mut list, &source);
    assert_eq!(selected(&list), Some(0));
}

#[test]
fn the_selection_stays_when_rows_come_and_go() {
    let (mut list, mut source) = filled(2_000);
    for _ in 0..150 {
        list.step(10);
        settle(&mut list, &source);
    }
    assert_eq!(selected(&list), Some(1_500));
    source.ids.retain(|id| id % 3 == 0);
    list.expire();
    settle(&mut list, &source);
    assert_eq!(selected(&list), Some(1_500));
    source.ids.retain(|id| *id != 1_500);
    list.expire();
    settle(&mut list, &source);
    assert_eq!(selected(&list), Some(1_503), "the one behind it");
    source.ids.clear();
    list.expire();
    settle(&mut list, &source);
    assert!(list.is_empty());
    source.ids = vec![7];
    list.expire();
    settle(&mut list, &source);
    assert_eq!(selected(&list), Some(7));
}

#[test]
fn old_rows_are_shown_until_all_new_ones_are_there() {
    let (mut list, mut source) = filled(500);
    list.go_bottom();
    settle(&mut list, &source);
    source.ids = (1_000..1_500).collect();
    list.expire();
    let asked = list.ask(20).unwrap();
    assert_eq!(asked.want, Want::Again);
    let (rows, next) = source.chunk(&asked);
    list.take(asked.want, rows, next);
    assert_eq!(selected(&list), Some(499), "half a list is not shown");
}

#[test]
fn a_failure_is_not_asked_about_again_until_something_changes() {
    let mut list = List::default();
    assert_eq!(list.ask(20).unwrap().want, Want::First);
    assert_eq!(list.ask(20), None, "one at a time");
    list.fail(Problem::new("away"));
    assert_eq!(list.ask(20), None);
    list.expire();
    assert!(list.ask(20).is_some());
}

#[test]
fn headings_are_stepped_over() {
    let mut list = List::default();
    list.ask(20);
    list.take(
        Want::First,
        vec![Row::heading("a"), row(1), Row::heading("b"), row(2), Row::note("end")],
        None,
    );
    assert_eq!(selected(&list), Some(1));
    list.step(1);
    assert_eq!(selected(&list), Some(2));
    list.step(1);
    assert_eq!(selected(&list), Some(2));
    list.step(-1);
    assert_eq!((selected(&list), list.top()), (Some(1), 0));
    assert_eq!((list.select_at(0), list.select_at(3)), (None, Some(false)));
    list.begin_marking();
    assert_eq!((list.finish_marking(), list.marks.len()), (Some((2, false)), 2));
}

#[test]
fn all_rows_are_read_before_all_are_marked() {
    let (mut list, source) = filled(5_059);
    list.go_bottom();
    settle(&mut list, &source);
    assert!(list.rows_before() > 0);
    list.begin_marking();
    assert_eq!(list.ask(20).map(|asked| asked.want), Some(Want::Before));
    assert_eq!(list.finish_marking(), None, "not while rows are on their way");
    list.asking = None;
    settle(&mut list, &source);
    assert_eq!((list.finish_marking(), list.marks.len()), (Some((5_059, false)), 5_059));
    assert!(list.rows().len() <= WINDOW + MOST as usize, "what nobody looks at goes again");
    assert_eq!(selected(&list), Some(5_058));
    list.begin_marking();
    settle(&mut list, &source);
    assert_eq!((list.finish_marking(), list.marks.len()), (Some((0, false)), 0), "all were marked");
}

#[test]
fn no_more_are_marked_than_the_daemon_takes() {
    let (mut list, source) = filled(30_000);
    list.begin_marking();
    settle(&mut list, &source);
    assert_eq!((list.finish_marking(), list.marks.len()), (Some((MOST_GATHERED, true)), MOST_GATHERED));
    let (mut list, source) = filled(2_000);
    list.begin_marking();
    list.ask(20);
    assert!(list.stop_marking());
    settle(&mut list, &source);
    assert!(list.marks.is_empty() && list.rows().len() < 2_000);
}

#[test]
fn a_fuzzy_filter_looks_through_all_rows_from_wherever_it_is_typed() {
    let (mut list, source) = filled(5_059);
    list.go_bottom();
    settle(&mut list, &source);
    list.set_fuzzy(Some("\'Task !1 !2 !3".into()));
    assert!(!list.is_whole());
    settle(&mut list, &source);
    assert!(list.is_whole());
    let expected = (0..5_059).filter(|id| !id.to_string().contains(['1', '2', '3'])).count();
    assert_eq!((list.len(), list.rows().len()), (expected, 5_059));
    list.set_fuzzy(None);
    assert!(list.rows().len() <= WINDOW + MOST as usize);
    let (mut list, source) = filled(30_000);
    list.set_fuzzy(Some("7".into()));
    settle(&mut list, &source);
    assert!((MOST_GATHERED..MOST_GATHERED + MOST as usize).contains(&list.rows().len()));
    assert_eq!((list.is_whole(), list.is_gathering()), (false, false), "there is a bound");
}

#[test]
fn what_a_fuzzy_filter_hides_is_not_acted_on() {
    let (mut list, _) = filled(30);
    list.begin_marking();
    list.finish_marking();
    list.set_fuzzy(Some("17".into()));
    assert_eq!((list.targets().len(), list.hidden_marks()), (1, 29));
    list.set_fuzzy(Some("nothing".into()));
    assert!(list.targets().is_empty());
    list.set_fuzzy(None);
    assert_eq!((list.targets().len(), list.hidden_marks()), (30, 0));
}

#[test]
fn what_is_gone_is_not_marked_any_more() {
    let (mut list, mut source) = filled(2_000);
    for id in [3, 5, 150] {
        list.marks.insert(id.to_string(), row(id).target.unwrap());
    }
    source.ids.retain(|id| *id != 5);
    list.expire();
    settle(&mut list, &source);
    assert_eq!(list.marks.keys().collect::<Vec<_>>(), ["150", "3"]);
    // So many come before that the last of the loaded ones are not loaded any more: they are still there.
    let last = list.rows().last().unwrap().key.clone();
    list.marks.insert(last.clone(), row(last.parse().unwrap()).target.unwrap());
    source.ids.retain(|id| *id > 3);
    list.expire();
    settle(&mut list, &source);
    assert_eq!(list.marks.keys().collect::<Vec<_>>(), ["150", &last]);
}

proptest! {
    /// Whatever is done, what is selected is a row, and what is asked for ends.
    #[test]
    fn the_selection_is_always_a_row(steps in proptest::collection::vec((0u8..7, -300isize..300), 1..60)) {
        let (mut list, mut source) = filled(1_300);
        for (what, by) in steps {
            match what {
                0 => list.go_bottom(),
                1 => list.go_top(),
                2 => { source.ids.retain(|id| (*id as isize + by) % 5 != 0); list.expire(); }
                3 => list.set_fuzzy(Some(by.unsigned_abs().to_string())),
                4 => list.set_fuzzy(None),
                _ => list.step(by),
            }
            settle(&mut list, &source);
            prop_assert_eq!(list.selected().is_some(), !list.is_empty());
            prop_assert!(list.top() <= list.cursor() && list.cursor() < list.top() + 20);
        }
    }
}
