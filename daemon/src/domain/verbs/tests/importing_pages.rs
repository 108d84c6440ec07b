use super::store::Store;
use crate::domain::id::NodeId;
use crate::domain::import::obsidian;
use crate::domain::page::Journal;
use crate::domain::verbs::{Command, Outcome};

/// Imports files in one batch.
fn import(store: &mut Store, files: &[(&str, &str)]) -> Outcome {
    let item = |(path, text): &(&str, &str)| serde_json::json!({"path": path, "text": text}).to_string();
    let pages = files.iter().map(|file| obsidian::map(&item(file)).unwrap()).collect();
    store.run(Command::ImportPages { pages }).unwrap()
}

fn page(path: &str) -> NodeId {
    NodeId::derived(&format!("import:obsidian:{path}"))
}

#[test]
fn two_files_never_become_one_page() {
    let journal = Journal::from_title("2026-05-01").unwrap().id();
    for batches in [
        &[&[("Daily/2026-05-01.md", "one"), ("Old/2026-05-01.md", "two")][..]][..],
        &[&[("Daily/2026-05-01.md", "one")], &[("Old/2026-05-01.md", "two")]],
    ] {
        let mut store = Store::default();
        let outcomes: Vec<Outcome> = batches.iter().map(|batch| import(&mut store, batch)).collect();
        assert_eq!(outcomes.iter().map(|outcome| outcome.imported[0]).sum::<u64>(), 1);
        assert_eq!(outcomes.iter().map(|outcome| outcome.notes.len()).sum::<usize>(), 1);
        for _ in 0..2 {
            assert_eq!(import(&mut store, &[("Old/2026-05-01.md", "three")]).imported, [0, 0, 0]);
            assert_eq!(store.text(journal), "one");
        }
        assert_eq!(import(&mut store, &[("Daily/2026-05-01.md", "one, later")]).imported, [0, 1, 0]);
        assert_eq!(store.node(journal).folder(), "Daily");
        store.check_fold();
    }
    let mut store = Store::default();
    for _ in 0..2 {
        // One name in two normal forms.
        let outcome = import(&mut store, &[("Caf\u{e9}.md", "composed"), ("Cafe\u{301}.md", "decomposed")]);
        assert_eq!(outcome.notes.len(), 1);
        assert_eq!(store.text(page("Café")), "composed");
    }
    let mut store = Store::default();
    import(&mut store, &[("Home.md", "one"), ("A/Plan.md", "a")]);
    assert_eq!(
        import(&mut store, &[("home.md", "two"), ("A/PLAN.md", "b"), ("A/Plan.md", "a, later")]).imported,
        [0, 1, 0]
    );
    assert_eq!(store.text(NodeId::home()), "one");
    assert_eq!(store.text(page("A/Plan")), "a, later");
}

#[test]
fn a_page_that_took_a_text_is_known_again() {
    let mut store = Store::default();
    let new =
        |path: &str, text: &str| Command::NewPage { path: path.into(), text: text.into(), template: None };
    let empty = store.run(new("Empty", "")).unwrap().changed[0];
    let same = store.run(new("Same", "same")).unwrap().changed[0];
    let other = store.run(new("Other", "mine")).unwrap().changed[0];
    let files = [("Empty.md", "theirs"), ("Same.md", "same"), ("Other.md", "theirs")];
    let outcome = import(&mut store, &files);
    assert_eq!((outcome.imported, outcome.notes.len()), ([0, 1, 1], 1));
    assert_eq!((store.text(empty), store.text(other)), ("theirs", "mine"));
    assert_eq!(import(&mut store, &files).imported, [0, 0, 2]);
    let outcome = import(&mut store, &[("Empty.md", "theirs, later"), ("Same.md", "same, later")]);
    assert_eq!(outcome.imported, [0, 2, 0]);
    // Both made the same change: the next one of the vault comes in.
    let base = crate::domain::page::RevisionToken::new(
        store.node(same).text.rev,
        crate::domain::change::text_hash("same, later"),
    );
    let save = Command::SavePage { id: same, key: None, base, after: vec![], text: "both".into() };
    store.run(save).unwrap();
    assert_eq!(import(&mut store, &[("Same.md", "both")]).imported, [0, 0, 1]);
    assert_eq!(import(&mut store, &[("Same.md", "vault again")]).imported, [0, 1, 0]);
    store.check_fold();
}
