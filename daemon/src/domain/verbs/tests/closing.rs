use super::store::{Store, refs};
use crate::domain::task::Status;
use crate::domain::verbs::{Children, Command, RefusalKind, Scope, Transition};

fn to(references: Vec<String>, to: Transition) -> Command {
    Command::Transition { references, to, children: Children::Refuse }
}

#[test]
fn statuses_go_where_they_may() {
    let mut store = Store::default();
    let id = store.add("x");
    let status = |store: &Store| store.node(id).status().0;
    for (transition, expected) in [
        (Transition::Start, Status::Doing),
        (Transition::Stop, Status::Todo),
        (Transition::Done, Status::Done),
        (Transition::Reopen, Status::Todo),
        (Transition::Cancel, Status::Cancelled),
    ] {
        assert_eq!(store.run(to(refs(&[id]), transition)).unwrap().changed, [id]);
        assert_eq!(status(&store), expected);
    }
    assert_eq!(store.run(to(refs(&[id]), Transition::Cancel)).unwrap().unchanged, [id]);
    assert_eq!(store.run(to(refs(&[id]), Transition::Start)).unwrap_err().kind, RefusalKind::Refused);
    assert_eq!(store.run(to(refs(&[id]), Transition::Stop)).unwrap().unchanged, [id]);
    store.check_fold();
}

#[test]
fn finishing_a_blocker_is_said() {
    let mut store = Store::default();
    let blocker = store.add("buy paint");
    let blocked = store.add(&format!("paint dep:{}", store.short(blocker)));
    let outcome = store.run(to(refs(&[blocked]), Transition::Done)).unwrap();
    assert_eq!(outcome.notes, ["“paint” was still blocked by “buy paint”"]);
    store.run(to(refs(&[blocked]), Transition::Reopen)).unwrap();
    assert_eq!(store.run(to(refs(&[blocker]), Transition::Done)).unwrap().unblocked, [blocked]);
}

#[test]
fn open_parts_are_not_closed_unasked() {
    let mut store = Store::default();
    let parent = store.add("move house");
    let part = store.add(&format!("pack parent:{}", store.short(parent)));
    let deeper = store.add(&format!("books parent:{}", store.short(part)));
    let done = |children| Command::Transition { references: refs(&[parent]), to: Transition::Done, children };
    let refused = store.run(done(Children::Refuse)).unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Refused);
    assert!(refused.message.contains("“pack”"), "{}", refused.message);
    assert_eq!(store.run(done(Children::Leave)).unwrap().changed, [parent]);
    store.run(to(refs(&[parent]), Transition::Reopen)).unwrap();
    assert_eq!(store.run(done(Children::Close)).unwrap().count, 3);
    assert!(!store.node(deeper).status().0.is_open());
    let own_part = Command::Modify {
        references: refs(&[parent]),
        changes: vec![format!("parent:{deeper}")],
        scope: Scope::Usual,
    };
    assert_eq!(store.run(own_part).unwrap_err().kind, RefusalKind::Refused);
}

#[test]
fn all_or_none() {
    let mut store = Store::default();
    let (a, b) = (store.add("a"), store.add("b"));
    store.run(Command::Trash { references: refs(&[b]), trashed: true }).unwrap();
    assert!(store.run(to(refs(&[a, b]), Transition::Done)).is_err());
    assert_eq!(store.node(a).status().0, Status::Todo);
    let page = store
        .run(Command::NewPage { path: "P".into(), text: String::new(), template: None })
        .unwrap()
        .changed[0];
    assert_eq!(store.run(to(refs(&[page]), Transition::Done)).unwrap_err().kind, RefusalKind::Refused);
}

#[test]
fn a_circle_is_refused_with_its_way() {
    let mut store = Store::default();
    let (paint, sand, buy) = (store.add("paint"), store.add("sand"), store.add("buy"));
    let after = |task, on: &str| Command::Modify {
        references: refs(&[task]),
        changes: vec![format!("dep:{on}")],
        scope: Scope::default(),
    };
    store.run(after(paint, &sand.to_string())).unwrap();
    store.run(after(sand, &buy.to_string())).unwrap();
    let refused = store.run(after(buy, &paint.to_string())).unwrap_err();
    let [p, s, b] = [paint, sand, buy].map(|id| store.short(id));
    assert_eq!(
        refused.message,
        format!("that closes a circle: “buy” ({b}) after “paint” ({p}) after “sand” ({s}) after “buy” ({b})")
    );
    assert_eq!(refused.hint, Some(format!("heph dep {s} after {b} --remove opens the circle")));
    let refused = store.run(after(buy, &buy.to_string())).unwrap_err();
    assert_eq!(refused.message, "a task cannot depend on itself");
}

#[test]
fn what_waits_no_more_is_said() {
    let mut store = Store::default();
    let (buy, sand) = (store.add("buy"), store.add("sand"));
    let paint = store.add(&format!("paint dep:{buy},{sand}"));
    let change = |change: String| Command::Modify {
        references: refs(&[paint]),
        changes: vec![change],
        scope: Scope::default(),
    };
    assert_eq!(store.run(change(format!("dep:-{buy}"))).unwrap().unblocked, []);
    assert_eq!(store.run(change(format!("dep:-{sand}"))).unwrap().unblocked, [paint]);
    store.run(change(format!("dep:{buy}"))).unwrap();
    let trash = Command::Trash { references: refs(&[buy]), trashed: true };
    assert_eq!(store.run(trash).unwrap().unblocked, [paint]);
}
