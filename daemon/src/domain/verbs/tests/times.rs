use super::store::{Store, refs};
use crate::domain::id::NodeId;
use crate::domain::task::time::{Interval, intervals, sum, worked};
use crate::domain::verbs::{Children, Command, RefusalKind, TimeChange, Transition};

fn to(store: &mut Store, id: NodeId, to: Transition) {
    store.run(Command::Transition { references: refs(&[id]), to, children: Children::Refuse }).unwrap();
}

fn pass(store: &mut Store, minutes: i64) {
    store.now.instant += jiff::SignedDuration::from_mins(minutes);
}

fn minutes(store: &Store, id: NodeId) -> i64 {
    sum(&worked(store.node(id), i64::MIN, i64::MAX, store.now.ms())) / 60_000
}

fn of(store: &Store, id: NodeId) -> Vec<Interval> {
    intervals(store.node(id))
}

#[test]
fn the_clock_runs_while_a_task_is_being_done() {
    let mut store = Store::default();
    let id = store.add("x");
    to(&mut store, id, Transition::Start);
    pass(&mut store, 20);
    assert_eq!(minutes(&store, id), 20);
    to(&mut store, id, Transition::Stop);
    pass(&mut store, 5);
    to(&mut store, id, Transition::Start);
    pass(&mut store, 10);
    let wait = Command::Wait { references: refs(&[id]), whom: "Ada".into(), follow_up: Some("fri".into()) };
    store.run(wait).unwrap();
    pass(&mut store, 60);
    assert_eq!(minutes(&store, id), 30);
    to(&mut store, id, Transition::Start);
    pass(&mut store, 1);
    to(&mut store, id, Transition::Done);
    assert_eq!((minutes(&store, id), of(&store, id).len()), (31, 3));
    // Undo of a start takes its interval away again.
    to(&mut store, id, Transition::Reopen);
    to(&mut store, id, Transition::Start);
    assert_eq!(of(&store, id).len(), 4);
    store.run(Command::Undo { group: None }).unwrap();
    assert_eq!(of(&store, id).len(), 3);
    store.check_fold();
}

#[test]
fn time_is_corrected() {
    let mut store = Store::default();
    let id = store.add("x");
    let add = |store: &mut Store, length: &str, from: Option<&str>| {
        let from = from.map(str::to_owned);
        store.run(Command::AddTime { reference: id.to_string(), length: length.into(), from })
    };
    add(&mut store, "30m", None).unwrap();
    add(&mut store, "1h", Some("yesterday 14:00")).unwrap();
    assert_eq!(minutes(&store, id), 90);
    let code = of(&store, id)[0].code();
    let edit = |store: &mut Store, from: Option<&str>, to: Option<&str>, length: Option<&str>| {
        let change =
            TimeChange { from: from.map(Into::into), to: to.map(Into::into), length: length.map(Into::into) };
        store.run(Command::EditTime { reference: id.to_string(), interval: code.clone(), change })
    };
    edit(&mut store, None, Some("yesterday 14:10"), None).unwrap();
    assert_eq!(minutes(&store, id), 40);
    edit(&mut store, Some("yesterday 13:00"), None, None).unwrap();
    assert_eq!(minutes(&store, id), 100);
    edit(&mut store, None, None, Some("5m")).unwrap();
    assert_eq!(minutes(&store, id), 35);
    for (from, to, length) in [
        (None, None, None),
        (None, Some("yesterday 12:00"), None),
        (None, Some("tomorrow 12:00"), None),
        (None, Some("yesterday"), None),
        (None, None, Some("often")),
        (None, Some("yesterday 14:00"), Some("5m")),
    ] {
        edit(&mut store, from, to, length).unwrap_err();
    }
    for (length, from) in [("0m", None), ("soon", None), ("2h", Some("9:30")), ("1h", Some("fri"))] {
        add(&mut store, length, from).unwrap_err();
    }
    store.run(Command::DeleteTime { reference: id.to_string(), interval: code.clone() }).unwrap();
    assert_eq!(minutes(&store, id), 30);
    let gone = Command::DeleteTime { reference: id.to_string(), interval: code };
    assert_eq!(store.run(gone).unwrap_err().kind, RefusalKind::NotFound);
    store.check_fold();
}
