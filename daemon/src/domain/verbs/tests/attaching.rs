use super::store::Store;
use crate::domain::id::NodeId;
use crate::domain::page::{BlobHash, Journal};
use crate::domain::verbs::{Command, NewAttachment, Outcome, Refusal, RefusalKind};

fn file(node: NodeId, name: &str, content: u8, insert: bool) -> NewAttachment {
    let hash = BlobHash::from_bytes([content; 32]);
    NewAttachment { node, key: None, name: name.into(), hash, bytes: 3, insert }
}

fn attach(store: &mut Store, new: NewAttachment) -> Result<Outcome, Refusal> {
    store.run(Command::Attach(new))
}

fn names(store: &Store, id: NodeId) -> Vec<String> {
    store.node(id).attachments().map(|attachment| attachment.name).collect()
}

fn page(store: &mut Store, text: &str) -> NodeId {
    let page = Command::NewPage { path: "P".into(), text: text.into(), template: None };
    store.run(page).unwrap().changed[0]
}

#[test]
fn a_file_is_recorded_and_shown_at_the_end_of_the_text() {
    let mut store = Store::default();
    let page = page(&mut store, "one");
    let outcome = attach(&mut store, file(page, "a.png", 1, true)).unwrap();
    assert_eq!(outcome.summary, "a.png");
    assert_eq!(store.text(page), "one\n![[a.png]]\n");
    attach(&mut store, file(page, "b.png", 2, false)).unwrap();
    assert_eq!(store.text(page), "one\n![[a.png]]\n");
    assert_eq!(names(&store, page), ["a.png", "b.png"]);

    store.run(Command::Detach { reference: page.to_string(), name: "A.PNG".into() }).unwrap();
    assert_eq!(names(&store, page), ["b.png"]);
    for _ in 0..3 {
        store.run(Command::Undo { group: None }).unwrap();
    }
    assert_eq!((store.text(page), names(&store, page).len()), ("one", 0));
    store.check_fold();
}

#[test]
fn names_are_unique_in_a_page_and_the_same_file_is_attached_once() {
    let mut store = Store::default();
    let page = page(&mut store, "");
    for (name, content, expected) in
        [("a.png", 1, "a.png"), ("A.png", 2, "A 2.png"), ("a.png", 2, "A 2.png"), ("a.png", 3, "a 3.png")]
    {
        assert_eq!(attach(&mut store, file(page, name, content, true)).unwrap().summary, expected);
    }
    let again = attach(&mut store, file(page, "a.png", 1, true)).unwrap();
    assert_eq!((again.unchanged, again.count), (vec![page], 0));
    assert_eq!(names(&store, page), ["A 2.png", "a 3.png", "a.png"]);
    assert_eq!(store.text(page), "![[a.png]]\n![[A 2.png]]\n![[a 3.png]]\n");
}

#[test]
fn a_journal_nobody_wrote_is_made_for_its_file() {
    let mut store = Store::default();
    let journal = Journal::from_title("2026-11-25").unwrap();
    let new = NewAttachment { key: Some(journal.key()), ..file(journal.id(), "a.png", 1, false) };
    attach(&mut store, new.clone()).unwrap();
    assert!(store.node(journal.id()).exists());
    attach(&mut store, NewAttachment { insert: true, ..new }).unwrap();
    assert_eq!(store.text(journal.id()), format!("{}![[a.png]]\n", journal.genesis()));
}

#[test]
fn what_cannot_be_attached_is_refused() {
    let mut store = Store::default();
    let page = page(&mut store, "");
    let refused = |store: &mut Store, new| attach(store, new).unwrap_err().kind;
    assert!(matches!(refused(&mut store, file(page, "a/b", 1, true)), RefusalKind::Invalid { .. }));
    let nowhere = NodeId::from_bytes([9; 16]);
    assert_eq!(refused(&mut store, file(nowhere, "a", 1, true)), RefusalKind::NotFound);
    let detach = Command::Detach { reference: page.to_string(), name: "x".into() };
    assert_eq!(store.run(detach).unwrap_err().kind, RefusalKind::NotFound);
}
