use super::store::{Store, due, refs};
use crate::domain::change::text_hash;
use crate::domain::id::{MutationId, NodeId};
use crate::domain::merge::merge3;
use crate::domain::node::NodeKind;
use crate::domain::page::{Journal, RevisionToken};
use crate::domain::task::own::OwnFields;
use crate::domain::verbs::{Children, Command, RefusalKind, Scope, Transition, render_form};

fn save(store: &mut Store, id: NodeId, base: RevisionToken, text: &str) -> Result<(), RefusalKind> {
    let command = Command::SavePage { id, key: None, base, after: vec![], text: text.into() };
    store.run(command).map(drop).map_err(|refusal| refusal.kind)
}

fn token(store: &Store, id: NodeId) -> RevisionToken {
    RevisionToken::new(store.node(id).text.rev, text_hash(store.text(id)))
}

#[test]
fn a_stale_save_is_merged_and_loses_nothing() {
    let mut store = Store::default();
    let page = store
        .run(Command::NewPage { path: "P".into(), text: "one\n".into(), template: None })
        .unwrap()
        .changed[0];
    let base = token(&store, page);
    save(&mut store, page, base, "one\ntwo\n").unwrap();
    save(&mut store, page, base, "one\ntwo\n").expect("the same text is none");
    let stale = Command::SavePage { id: page, key: None, base, after: vec![], text: "one\nthree\n".into() };
    let outcome = store.run(stale).unwrap();
    assert_eq!(store.text(page), "one\ntwo\nthree\n");
    assert_eq!(outcome.summary, store.text(page), "the client is told what stands now");
    let newest = token(&store, page);
    save(&mut store, page, newest, "one\nthree\n").unwrap();
    assert_eq!(store.text(page), "one\nthree\n", "who has seen a line may delete it");
    for unknown in
        [RevisionToken::new(base.rev, text_hash("never")), RevisionToken::new(99, text_hash("one\n"))]
    {
        assert_eq!(save(&mut store, page, unknown, "x"), Err(RefusalKind::Conflict));
    }
    store.check_fold();
}

#[test]
fn a_save_behind_an_unanswered_one_has_that_as_its_base() {
    let mut store = Store::default();
    let page = store
        .run(Command::NewPage { path: "P".into(), text: "one\n".into(), template: None })
        .unwrap()
        .changed[0];
    let base = token(&store, page);
    save(&mut store, page, base, "one\ntwo\n").unwrap();
    let mut mutation = [0; 16];
    mutation[15] = store.node(page).text.rev as u8;
    let after = vec![MutationId::from_bytes(mutation)];
    let command = Command::SavePage { id: page, key: None, base, after, text: "one\ntwo\nthree\n".into() };
    store.run(command).unwrap();
    assert_eq!(store.text(page), "one\ntwo\nthree\n");
}

#[test]
fn journals_begin_with_their_first_save() {
    let mut store = Store::default();
    let journal = Journal::from_title("2026-11-23").unwrap();
    let base = RevisionToken::new(0, text_hash(&journal.genesis()));
    let command = |key: &str| Command::SavePage {
        id: journal.id(),
        key: Some(key.into()),
        base,
        after: vec![],
        text: "# 2026-11-23\nrain\n".into(),
    };
    assert_eq!(store.run(command("journal:2026-11-24")).unwrap_err().kind, RefusalKind::NotFound);
    store.run(command(&journal.key())).unwrap();
    assert_eq!(store.node(journal.id()).kind(), NodeKind::Journal);
    store.run(Command::Capture { line: "sun\nlater".into(), date: String::new() }).unwrap();
    assert_eq!(store.text(journal.id()), "# 2026-11-23\nrain\n- sun\n  later\n");
    let tomorrow = store.run(Command::Capture { line: "x".into(), date: "+1".into() }).unwrap().changed[0];
    assert_eq!(store.node(tomorrow).title(), "2026-11-24");
    store.check_fold();
}

#[test]
fn a_journal_that_was_opened_with_its_template_is_merged_with_what_came_meanwhile() {
    let mut store = Store::default();
    let template = Command::NewPage {
        path: "Templates/Journal".into(),
        text: "## Plan\n\n## Log\n".into(),
        template: None,
    };
    store.run(template).unwrap();
    let journal = Journal::from_title("2026-11-23").unwrap();
    let begun = crate::domain::verbs::journal_text(journal, Some("## Plan\n\n## Log\n"));
    store.run(Command::Capture { line: "rain".into(), date: String::new() }).unwrap();
    let save = Command::SavePage {
        id: journal.id(),
        key: Some(journal.key()),
        base: RevisionToken::new(0, text_hash(&begun)),
        after: vec![],
        text: begun.replace("## Plan\n", "## Plan\nsleep\n"),
    };
    store.run(save).unwrap();
    let text = store.text(journal.id());
    assert!(
        text.contains("sleep") && text.contains("rain") && text.matches("## Plan").count() == 1,
        "{text}"
    );
}

#[test]
fn a_page_that_is_saved_in_the_trash_comes_back_and_that_is_said() {
    let mut store = Store::default();
    let new = Command::NewPage { path: "Beta".into(), text: "one\n".into(), template: None };
    let id = store.run(new).unwrap().changed[0];
    let base = token(&store, id);
    store.run(Command::Trash { references: refs(&[id]), trashed: true }).unwrap();
    let save = Command::SavePage { id, key: None, base, after: vec![], text: "two\n".into() };
    let saved = store.run(save).unwrap();
    assert_eq!(saved.notes, ["it was in the trash, and is back"]);
    assert_eq!((store.node(id).is_trashed(), store.text(id)), (false, "two\n"));
}

#[test]
fn a_deleted_journal_comes_back_with_its_next_line() {
    let mut store = Store::default();
    let id = store.run(Command::Capture { line: "one".into(), date: String::new() }).unwrap().changed[0];
    store.run(Command::Trash { references: refs(&[id]), trashed: true }).unwrap();
    store.run(Command::Capture { line: "two".into(), date: String::new() }).unwrap();
    assert!(!store.node(id).is_trashed());
    assert_eq!(store.text(id), "# 2026-11-23\n- one\n- two\n");
}

#[test]
fn a_page_is_not_restored_onto_another() {
    let mut store = Store::default();
    let new = |path: &str| Command::NewPage { path: path.into(), text: String::new(), template: None };
    let trash = |ids: &[NodeId], trashed| Command::Trash { references: refs(ids), trashed };
    let first = store.run(new("Work/Ideas")).unwrap().changed[0];
    store.run(trash(&[first], true)).unwrap();
    let second = store.run(new("work/IDEAS")).unwrap().changed[0];
    let refusal = store.run(trash(&[first], false)).unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Refused);
    assert!(refusal.hint.is_some_and(|hint| hint.contains("page rename")), "it says what to do");
    assert!(store.node(first).is_trashed());
    store.run(trash(&[second], true)).unwrap();
    assert_eq!(store.run(trash(&[first, second], false)).unwrap_err().kind, RefusalKind::Refused);
    store.run(trash(&[first], false)).unwrap();
    assert!(!store.node(first).is_trashed());
}

#[test]
fn pages_have_one_place_each() {
    let mut store = Store::default();
    let new = |path: &str| Command::NewPage { path: path.into(), text: String::new(), template: None };
    store.run(new("Ideas")).unwrap();
    assert_eq!(store.run(new("ideas ")).unwrap_err().kind, RefusalKind::Refused);
    store.run(new("Work/Ideas")).unwrap();
    assert_eq!(store.run(new("work/IDEAS")).unwrap_err().kind, RefusalKind::Refused);
    assert!(store.run(new("2026-11-23")).is_err());
    assert!(store.run(new("a|b")).is_err());
    assert!(store.run(new("")).is_err());
}

#[test]
fn a_form_changes_only_what_was_edited() {
    let mut store = Store::default();
    let id = store.add("Call the bank due:fri p1 +phone proj:Home");
    let base = render_form(store.node(id), &OwnFields::NONE, "Home", "", &[], "");
    store
        .run(Command::Modify {
            references: refs(&[id]),
            changes: vec!["due:sat".into()],
            scope: Scope::Usual,
        })
        .unwrap();
    let edited = base.replace("p1", "p2").replace("tags: phone", "tags: phone desk").replace("Call", "Ring");
    store.run(Command::SaveForm { id, base: base.clone(), text: format!("{edited}a body\n") }).unwrap();
    let task = store.node(id).task().unwrap();
    assert_eq!((&*task.title, task.priority, task.tags.len()), ("Ring the bank", Some(2), 2));
    assert_eq!(due(store.node(id)), Some("2026-11-28"), "the due date was not touched in the form");
    assert_eq!(store.text(id), "a body\n");
    let stale = Command::SaveForm { id, base: base.clone(), text: format!("{base}another body\n") };
    assert_eq!(store.run(stale).unwrap().notes, ["the text was merged with what was written meanwhile"]);
    let text = store.text(id);
    assert!(text.contains("a body\n") && text.contains("another body\n"), "{text}");
    let done =
        Command::SaveForm { id, base: base.clone(), text: base.replace("status: todo", "status: done") };
    store.run(done).unwrap();
    assert!(!store.node(id).status().0.is_open());
    let bad =
        Command::SaveForm { id, base: base.clone(), text: base.replace("due: 2026-11-27", "due: flyday") };
    let place = RefusalKind::Invalid { text: "due: flyday".into(), start: 5, end: 11 };
    assert_eq!(store.run(bad).unwrap_err().kind, place);
    let quoted = base.replace("planned: ", "planned: next flyday");
    let bad = Command::SaveForm { id, base: base.clone(), text: quoted };
    let RefusalKind::Invalid { text, start, end } = store.run(bad).unwrap_err().kind else {
        panic!("a place")
    };
    assert_eq!((&*text, end), ("planned: next flyday", 20));
    assert!((9..15).contains(&start), "{start}");
}

#[test]
fn reminders_are_edited_in_the_form() {
    let mut store = Store::default();
    let id = store.add("Call Ada due:fri remind:due-1h remind:2026-11-26T10:00");
    let base = render_form(store.node(id), &OwnFields::NONE, "", "", &[], "");
    assert!(base.contains("\nremind: 2026-11-26 10:00, due-1h\n"), "{base}");
    let text = base.replace("due-1h", "due-1d12h, plan+30m");
    store.run(Command::SaveForm { id, base: base.clone(), text }).unwrap();
    let shown = |store: &Store| -> Vec<String> {
        let task = store.node(id).task().unwrap();
        task.reminders.iter().map(|reminder| reminder.describe(&store.now)).collect()
    };
    assert_eq!(shown(&store), ["Thu 2026-11-26 10:00", "1d12h before due", "30m after planned"]);
    let base = render_form(store.node(id), &OwnFields::NONE, "", "", &[], "");
    let bad = base.replace("due-1d12h", "due-flyday");
    assert!(store.run(Command::SaveForm { id, base: base.clone(), text: bad }).is_err());
    let text = base.replace("2026-11-26 10:00, due-1d12h, planned+30m", "");
    store.run(Command::SaveForm { id, base, text }).unwrap();
    assert_eq!(shown(&store), [""; 0]);
}

#[test]
fn deferring_takes_words_and_warns() {
    let mut store = Store::default();
    let id = store.add("x due:fri");
    let defer = |until: &str| Command::Defer { references: refs(&[id]), until: until.into() };
    assert_eq!(store.run(defer("2w")).unwrap().notes, ["deferred until after it is due"]);
    assert_eq!(store.node(id).task().unwrap().defer.unwrap().to_string(), "2026-12-07");
    store.run(defer("")).unwrap();
    assert_eq!(store.node(id).task().unwrap().defer, None);
    store.run(defer("someday")).unwrap();
    assert_eq!(store.node(id).status().0.word(), "someday");
    let refused = store.run(defer("flyday")).unwrap_err();
    assert_eq!(refused.message, "unknown date `flyday`");
    assert!(refused.hint.is_some());
}

#[test]
fn a_title_that_is_not_typed_out_is_suggested() {
    let mut store = Store::default();
    store.add("Buy milk and eggs");
    let hint = |store: &mut Store, title: &str| {
        let changes = vec!["p1".into()];
        let modify = Command::Modify { references: vec![title.into()], changes, scope: Scope::Usual };
        let refusal = store.run(modify).unwrap_err();
        assert_eq!(refusal.kind, RefusalKind::NotFound);
        refusal.hint.unwrap()
    };
    let suggested = hint(&mut store, "Buy milk");
    assert!(
        suggested.starts_with("did you mean ") && suggested.ends_with("“Buy milk and eggs”?"),
        "{suggested}"
    );
    assert!(hint(&mut store, "Buy bread").starts_with("a closed task answers to its id only"));
    store.add("Buy milk again");
    assert!(!hint(&mut store, "Buy milk").starts_with("did you mean"), "two are no help");
}

#[test]
fn a_new_task_is_warned_of_once() {
    let mut store = Store::default();
    let add =
        Command::AddTask { line: "x due:fri defer:2w".into(), literal: false, body: None, context: None };
    assert_eq!(store.run(add).unwrap().notes, ["deferred until after it is due"]);
}

#[test]
fn a_slip_for_a_priority_is_no_title() {
    let mut store = Store::default();
    let id = store.add("x");
    let modify = |change: &str| Command::Modify {
        references: refs(&[id]),
        changes: vec![change.into()],
        scope: Scope::Usual,
    };
    assert_eq!(store.run(modify("p9")).unwrap_err().message, "`p9` is no priority");
    store.run(modify("title:p9")).unwrap();
    assert_eq!(store.node(id).title(), "p9");
}

#[test]
fn who_looks_for_a_closed_task_by_its_title_is_told_how() {
    let mut store = Store::default();
    store.add("Call the bank");
    let done = |reference: &str| Command::Transition {
        references: vec![reference.into()],
        to: Transition::Done,
        children: Children::Refuse,
    };
    store.run(done("Call the bank")).unwrap();
    let refused = store.run(done("Call the bank")).unwrap_err();
    assert_eq!(refused.kind, RefusalKind::NotFound);
    assert!(refused.hint.unwrap().contains("heph list status:done,cancelled"));
}

#[test]
fn log_lines_are_kept_in_order() {
    let mut store = Store::default();
    let id = store.add("x");
    for line in ["first", "second"] {
        store.run(Command::Log { reference: id.to_string(), text: line.into() }).unwrap();
        store.now.instant += jiff::SignedDuration::from_secs(60);
    }
    assert_eq!(store.node(id).log().iter().map(|(_, line)| *line).collect::<Vec<_>>(), ["first", "second"]);
    assert!(store.run(Command::Log { reference: id.to_string(), text: " ".into() }).is_err());
}

mod two_editors {
    use proptest::prelude::*;

    use super::*;

    /// What an editor does: opens the page anew, or saves over what it has.
    #[derive(Debug, Clone)]
    enum Act {
        Open(usize),
        Save(usize, String),
        Tick(Transition),
    }

    fn acts() -> impl Strategy<Value = Vec<Act>> {
        let act = prop_oneof![
            1 => (0..2usize).prop_map(Act::Open),
            3 => (0..2usize, "[a-z\n]{0,8}").prop_map(|(editor, text)| Act::Save(editor, text)),
            1 => prop::sample::select(vec![Transition::Done, Transition::Reopen, Transition::Start]).prop_map(Act::Tick),
        ];
        prop::collection::vec(act, 1..24)
    }

    proptest! {
        #[test]
        fn never_lose_a_base_revision(acts in acts()) {
            let mut store = Store::default();
            let new = Command::NewPage { path: "P".into(), text: "- [ ] one\n".into(), template: None };
            let page = store.run(new).unwrap().changed[0];
            let seen = crate::domain::verbs::SeenLine {
                reference: page.to_string(),
                base: token(&store, page),
                number: 1,
                text: "- [ ] one".into(),
            };
            let task = store.run(Command::Promote(seen)).unwrap().changed[0];
            let item = store.text(page).to_owned();
            let mut bases = [token(&store, page); 2];
            let mut texts = [item.clone(), item.clone()];
            for act in acts {
                match act {
                    Act::Open(editor) => {
                        bases[editor] = token(&store, page);
                        texts[editor] = store.text(page).to_owned();
                    }
                    Act::Tick(to) => drop(store.run(Command::Transition {
                        references: refs(&[task]),
                        to,
                        children: Children::Refuse,
                    })),
                    Act::Save(editor, text) => {
                        let (before, newest) = (store.text(page).to_owned(), token(&store, page));
                        let text = format!("{item}{text}");
                        save(&mut store, page, bases[editor], &text).unwrap();
                        let merged = match bases[editor] == newest || before == text {
                            true => text,
                            false => merge3(&texts[editor], &before, &text),
                        };
                        prop_assert_eq!(store.text(page), &merged, "saved over what it had not seen");
                        (bases[editor], texts[editor]) = (token(&store, page), merged);
                        // What was the base of a save is a revision that can be had again.
                        let rev = bases[editor].to_string().parse().unwrap();
                        let revert = Command::Revert { reference: page.to_string(), rev };
                        let now = store.text(page).to_owned();
                        prop_assert!(store.run(revert).is_ok());
                        if store.text(page) != now {
                            store.run(Command::Undo { group: None }).unwrap();
                            prop_assert_eq!(store.text(page), &now);
                            // The same text under a newer revision: nothing was typed in between.
                            bases = bases.map(|base| if base == newest { token(&store, page) } else { base });
                        }
                    }
                }
            }
            store.check_fold();
        }
    }
}
