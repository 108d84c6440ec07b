use heph_protocol::types::Task;
use proptest::prelude::*;

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
    list.toggle_all_marks();
    assert_eq!(list.marks.len(), 2);
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
