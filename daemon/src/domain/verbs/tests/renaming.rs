use proptest::prelude::*;

use super::store::Store;
use crate::domain::id::NodeId;
use crate::domain::page::markdown::{LinkKind, parse};
use crate::domain::page::{Meaning, folder_key, link_name, meaning};
use crate::domain::verbs::{Command, Outcome, Refusal, RefusalKind};

fn page(store: &mut Store, path: &str, text: &str) -> NodeId {
    store.run(Command::NewPage { path: path.into(), text: text.into(), template: None }).unwrap().changed[0]
}

fn rename(store: &mut Store, reference: &str, to: &str) -> Result<Outcome, Refusal> {
    store.run(Command::Rename { reference: reference.into(), to: to.into() })
}

#[test]
fn links_are_rewritten_and_nothing_else() {
    let mut store = Store::default();
    let rome = page(&mut store, "Travel/Rome", "I am [[#Top]] of [[Rome]] and [[rome|me]]\n");
    let text = "[[Rome]] `[[Rome]]` ![[Travel/Rome#^a|b]] [t](Rome.md#x) [t](heph:Rome) [[Romeo]] Rome\n\n```\n[[Rome]]\n```\n\
                \n| [[Rome\\|here]] |\n|-|\n";
    let plan = page(&mut store, "Plan", text);
    let task = store.add("Book [[Rome]] soon");
    let outcome = rename(&mut store, "[[Rome]]", "Città eterna").unwrap();
    assert_eq!(store.node(rome).path(), "Travel/Città eterna");
    assert_eq!(store.node(rome).aliases().collect::<Vec<_>>(), ["Rome"]);
    assert_eq!(
        store.text(plan),
        "[[Città eterna]] `[[Rome]]` ![[Travel/Città eterna#^a|b]] [t](Città%20eterna.md#x) \
         [t](heph:Città%20eterna) [[Romeo]] Rome\n\n```\n[[Rome]]\n```\n\n| [[Città eterna\\|here]] |\n|-|\n"
    );
    assert_eq!(store.text(rome), "I am [[#Top]] of [[Città eterna]] and [[Città eterna|me]]\n");
    assert_eq!(store.node(task).title(), "Book [[Città eterna]] soon");
    assert_eq!((outcome.count, outcome.links), (1, 8));
    let mut rewritten = vec![(rome, 2), (plan, 5), (task, 1)];
    rewritten.sort_unstable();
    assert_eq!(outcome.rewritten, rewritten);
    store.check_fold();

    store.run(Command::Undo { group: None }).unwrap();
    assert_eq!(store.text(plan), text);
    assert_eq!(store.node(rome).path(), "Travel/Rome");
    assert_eq!(store.node(rome).aliases().count(), 0);
    assert_eq!(store.node(task).title(), "Book [[Rome]] soon");
    rename(&mut store, "Rome", "Roma").unwrap();
    rename(&mut store, "Roma", "Rome").unwrap();
    assert_eq!(store.node(rome).aliases().collect::<Vec<_>>(), ["Roma"], "its own title is no alias");
    store.check_fold();
}

#[test]
fn every_link_means_afterwards_what_it_meant() {
    let mut store = Store::default();
    let work = page(&mut store, "Work/Plan", "");
    let home = page(&mut store, "Home/Plan", "see [[Budget]]");
    let budget = page(&mut store, "Home/Budget", "");
    page(&mut store, "Work/Budget", "");
    let beside = page(&mut store, "Work/Beside", "[[Plan]] [[Budget]]");
    // Work/Plan goes away: what stands beside it has to name its folder now.
    rename(&mut store, "Work/Plan", "Archive/").unwrap();
    assert_eq!(store.text(beside), "[[Archive/Plan]] [[Budget]]");
    // Home/Plan goes away: its own link meant the budget beside it.
    rename(&mut store, "Home/Plan", "/House plan").unwrap();
    assert_eq!(store.node(home).path(), "House plan");
    assert_eq!(store.text(home), "see [[Home/Budget]]");
    // Now the title is there once; a bare link is enough, and stays what it was.
    rename(&mut store, "Archive/Plan", "Work/Plan").unwrap();
    assert_eq!(store.text(beside), "[[Work/Plan]] [[Budget]]");
    // A title that is taken elsewhere: the bare links to the other page have to name its folder.
    let far = page(&mut store, "Far", "[[House plan]] [[Plan]]");
    rename(&mut store, "House plan", "Home/Plan").unwrap();
    assert_eq!(store.text(far), "[[Home/Plan]] [[Work/Plan]]");
    assert_eq!(store.node(work).path(), "Work/Plan");
    assert_eq!(store.node(budget).path(), "Home/Budget");
    store.check_fold();
}

#[test]
fn a_title_with_markup_keeps_its_links_or_is_refused() {
    let mut store = Store::default();
    page(&mut store, "P", "");
    let source = page(&mut store, "S", "[[P]] [t](P.md) [h](heph:P) `code`");
    rename(&mut store, "P", "Note: x").unwrap();
    assert_eq!(store.text(source), "[[Note: x]] [t](Note%3A%20x.md) [h](heph:Note%3A%20x) `code`");
    rename(&mut store, "Note: x", "a](b)").unwrap_err();
    let refused = rename(&mut store, "Note: x", "tick ` tock").unwrap_err();
    assert_eq!(refused.message, "links to “tick ` tock” would break");
    for title in ["t:7k3", ".", "..", "123e4567-e89b-12d3-a456-426614174000"] {
        rename(&mut store, "Note: x", title).unwrap_err();
    }
    rename(&mut store, "Note: x", "P").unwrap();
    assert_eq!(store.text(source), "[[P]] [t](P.md) [h](heph:P) `code`");
}

#[test]
fn a_link_by_an_alias_of_two_pages_keeps_its_meaning() {
    let mut store = Store::default();
    let alias = "---\naliases: [Twice]\n---\n";
    page(&mut store, "a/P6", alias);
    page(&mut store, "b/P7", alias);
    let source = page(&mut store, "b/L", "[[Twice]]");
    rename(&mut store, "b/", "d/").unwrap();
    assert_eq!(store.text(source), "[[Twice]]", "both moved together");
    rename(&mut store, "P7", "c/P7").unwrap();
    assert_eq!(store.text(source), "[[P7]]");
    store.run(Command::Undo { group: None }).unwrap();
    assert_eq!(store.text(source), "[[Twice]]");
    store.check_fold();
}

#[test]
fn a_folder_moves_with_all_that_is_in_it() {
    let mut store = Store::default();
    let deep = page(&mut store, "Work/Big Co/Plan", "[[Notes]] [[Work/Notes]]");
    let notes = page(&mut store, "Work/Notes", "[[Big Co/Plan]]");
    let other = page(&mut store, "Workshop/Notes", "[[../Work/Notes]] [[Work/Big Co/Plan]] [[Plan]]");
    let outcome = rename(&mut store, "work/", "Archive/2026/").unwrap();
    assert_eq!(outcome.count, 2);
    assert_eq!(store.node(deep).path(), "Archive/2026/Big Co/Plan");
    assert_eq!(store.node(notes).path(), "Archive/2026/Notes");
    assert_eq!(store.text(deep), "[[Notes]] [[Archive/2026/Notes]]");
    assert_eq!(store.text(notes), "[[Big Co/Plan]]", "the end of its path is still that");
    assert_eq!(store.text(other), "[[Archive/2026/Notes]] [[Archive/2026/Big Co/Plan]] [[Plan]]");
    assert!(store.node(deep).aliases().next().is_none());
    rename(&mut store, "Archive/2026/", "/").unwrap();
    assert_eq!(store.node(deep).path(), "Big Co/Plan");
    assert_eq!(store.text(other), "[[Notes]] [[Big Co/Plan]] [[Plan]]");
    store.run(Command::Undo { group: None }).unwrap();
    store.run(Command::Undo { group: None }).unwrap();
    assert_eq!(store.node(deep).path(), "Work/Big Co/Plan");
    store.check_fold();
}

#[test]
fn what_cannot_be_renamed_is_refused() {
    let mut store = Store::default();
    page(&mut store, "One", "");
    page(&mut store, "A/Two", "");
    let task = store.add("Task");
    store.run(Command::Capture { line: "x".into(), date: "2026-11-23".into() }).unwrap();
    let message =
        |store: &mut Store, reference: &str, to: &str| rename(store, reference, to).unwrap_err().message;
    assert_eq!(message(&mut store, "One", "a/TWO"), "there is a page “a/TWO” already");
    assert_eq!(message(&mut store, "One", "2026-11-24"), "“2026-11-24” is the title of a journal");
    assert_eq!(message(&mut store, "One", "a|b"), "a page title cannot contain \"|\", which links use");
    assert_eq!(
        message(&mut store, "2026-11-23", "x"),
        "a journal is called by its date and cannot be renamed"
    );
    assert_eq!(message(&mut store, &task.to_string(), "x"), "“Task” is a task");
    assert_eq!(message(&mut store, "A/", "B"), "a folder can only become a folder");
    assert_eq!(rename(&mut store, "C/", "B/").unwrap_err().kind, RefusalKind::NotFound);
    assert_eq!(rename(&mut store, "One", "One").unwrap().count, 0);
    let outcome = rename(&mut store, "One", "ONE").unwrap();
    assert_eq!(outcome.count, 1);
    store.check_fold();
}

/// Titles and folders that get into each other's way.
fn path() -> impl Strategy<Value = String> {
    let title =
        prop::sample::select(vec!["Plan", "plan", "Rome", "É ü", "日本", "a (1)", "x.md", "[b] c", "100%"]);
    let folder = prop::sample::select(vec!["", "", "A/", "B/", "A/B/", "ä/"]);
    (folder, title).prop_map(|(folder, title)| format!("{folder}{title}"))
}

fn text() -> impl Strategy<Value = String> {
    let link = (path(), 0..7u8).prop_map(|(path, form)| {
        let title = path.rsplit_once('/').map_or(path.as_str(), |(_, title)| title);
        match form {
            0 => format!("[[{path}]]"),
            1 => format!("[[{title}|é]]"),
            2 => format!("![[{title}#H]]"),
            3 => format!("[x](<{path}.md>)"),
            4 => format!("`[[{path}]]`"),
            5 => format!("[[../{path}]]"),
            _ => format!("[[{title}]]"),
        }
    });
    let piece = prop_oneof![
        3 => link,
        1 => prop::sample::select(vec![" ", "\n", "\n\n", "😀", "- [ ] ", "# ", "[[", "]]", "|", "\\", "    ", "```\n", "\r\n"])
            .prop_map(str::to_owned),
        1 => "[a-z é\u{301}]{0,4}".prop_map(|text| text),
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

/// What each link of each page means, by page.
fn meanings(store: &Store, pages: &[NodeId]) -> Vec<Vec<Meaning>> {
    let hits: Vec<_> =
        pages.iter().flat_map(|id| store.node(*id).title_hits("").collect::<Vec<_>>()).collect();
    let of = |id: &NodeId| {
        let folder = folder_key(store.node(*id).folder());
        let links = parse(store.text(*id)).links;
        links.iter().map(|link| meaning(&link_name(&link.target), &folder, &hits)).collect()
    };
    pages.iter().map(of).collect()
}

/// The text with every target cut out.
fn outside_targets(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut copied = 0;
    for link in parse(text).links {
        pieces.push(text[copied..link.target_span.start].to_owned());
        copied = link.target_span.end;
    }
    pieces.push(text[copied..].to_owned());
    pieces
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn a_rename_touches_targets_only_and_keeps_every_meaning(
        vault in prop::collection::vec((path(), text()), 1..7),
        renames in prop::collection::vec((any::<prop::sample::Index>(), path(), 0..4u8), 1..4),
    ) {
        let mut store = Store::default();
        let mut pages = Vec::new();
        for (path, text) in &vault {
            let made = store.run(Command::NewPage { path: path.clone(), text: text.clone(), template: None });
            pages.extend(made.ok().map(|outcome| outcome.changed[0]));
        }
        prop_assume!(!pages.is_empty());
        for (which, to, form) in renames {
            let id = pages[which.index(pages.len())];
            let texts: Vec<String> = pages.iter().map(|id| store.text(*id).to_owned()).collect();
            let before = meanings(&store, &pages);
            let state = store.state();
            let (reference, to) = match form {
                0 if !store.node(id).folder().is_empty() => (format!("{}/", store.node(id).folder()), "C/ü/".to_owned()),
                _ => (id.to_string(), to),
            };
            let Ok(outcome) = rename(&mut store, &reference, &to) else { continue };
            let after = meanings(&store, &pages);
            for (place, text) in texts.iter().enumerate() {
                prop_assert_eq!(outside_targets(store.text(pages[place])), outside_targets(text));
                for (was, is) in before[place].iter().zip(&after[place]) {
                    if let Meaning::One(_) = was {
                        prop_assert_eq!(was, is, "in {:?}, now {:?}", text, store.text(pages[place]));
                    }
                }
            }
            store.check_fold();
            if outcome.group.is_some() {
                store.run(Command::Undo { group: None }).unwrap();
                prop_assert_eq!(store.state(), state);
                store.run(Command::Redo).unwrap();
            }
        }
        // Embeds and Markdown links are among what was rewritten, or this proves little.
        let kinds = [LinkKind::Wiki, LinkKind::Embed, LinkKind::Markdown, LinkKind::Heph];
        prop_assert!(pages.iter().flat_map(|id| parse(store.text(*id)).links).all(|link| kinds.contains(&link.kind)));
    }
}
