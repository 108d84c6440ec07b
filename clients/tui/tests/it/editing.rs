//! Texts to the editor and back, so that nothing typed is lost.

use heph_protocol::request::{NodeShow, PageOpen, PageSave};
use heph_tui::call::Problem;
use heph_tui::model::{Action, Edit, Edited, Effect};

use crate::stage::Stage;

/// What the editor is opened on.
fn edit_of(stage: &mut Stage) -> Edit {
    match stage.done.pop() {
        Some(Effect::Edit(edit)) => edit,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_page_is_saved_over_its_base_and_merged_with_what_came_meanwhile() {
    let mut stage = Stage::new();
    let id = stage.page("Plan", "one\n\ntwo\n");
    stage.press("5 e");
    let edit = edit_of(&mut stage);
    assert_eq!((edit.text.as_str(), edit.form), ("one\n\ntwo\n", false));
    let open = stage.client.call(&PageOpen { reference: id.clone() }).unwrap().open;
    let other = PageSave {
        id: id.clone(),
        base_rev: open.rev,
        text: "one\n\ntwo, too\n".into(),
        ..PageSave::default()
    };
    stage.client.call(&other).unwrap();
    let file = stage.hephd.folder.path().join("draft");
    stage.act(Action::Edited(edit, Edited::Changed("one!\n\ntwo\n".into(), file.clone())));
    assert!(stage.told().contains("merged with what was written meanwhile"), "{}", stage.told());
    assert_eq!(stage.done, [Effect::Forget(file)]);
    let shown = stage.client.call(&NodeShow { reference: id }).unwrap();
    assert_eq!(shown.text, "one!\n\ntwo, too\n");
}

#[test]
fn a_task_is_a_form() {
    let mut stage = Stage::new();
    stage.add("Call the bank p1");
    stage.news();
    stage.press("e");
    let edit = edit_of(&mut stage);
    assert!(edit.form && edit.text.contains("Call the bank"), "{}", edit.text);
    let text = edit.text.replace("Call the bank", "Call the baker");
    stage.act(Action::Edited(edit, Edited::Changed(text, "/nowhere".into())));
    assert_eq!(stage.titles(), ["Call the baker"]);
}

#[test]
fn a_text_that_cannot_be_saved_is_kept_and_named() {
    let mut stage = Stage::new();
    stage.add("Call the bank");
    stage.news();
    stage.press("e");
    let edit = edit_of(&mut stage);
    let text = format!("nonsense: 1\n{}", edit.text);
    stage.act(Action::Edited(edit, Edited::Changed(text, "/a/draft.md".into())));
    assert!(stage.done.is_empty(), "the file stays: {:?}", stage.done);
    assert!(stage.seen().contains("your text of “Call the bank” is kept in /a/draft.md"), "{}", stage.seen());
    stage.press("e");
    let again = edit_of(&mut stage);
    assert_eq!(again.kept, Some("/a/draft.md".into()), "the same file is edited on");
    let text = again.text.replace("the bank", "the baker");
    stage.act(Action::Edited(again, Edited::Changed(text, "/a/draft.md".into())));
    assert_eq!(stage.done, [Effect::Forget("/a/draft.md".into())]);
    assert_eq!(
        (stage.titles(), stage.model(|model| model.layers.len())),
        (vec!["Call the baker".to_owned()], 0)
    );
}

#[test]
fn what_a_failed_editor_left_is_opened_again() {
    let mut stage = Stage::new();
    stage.page("Plan", "one\n");
    stage.press("5 e");
    let edit = edit_of(&mut stage);
    let problem = Problem::new("the editor `vi` failed with exit code 3");
    stage.act(Action::Edited(edit.clone(), Edited::Failed(problem.clone(), None)));
    assert_eq!(stage.model(|model| model.layers.len()), 0, "nothing was typed");
    stage.act(Action::Edited(edit, Edited::Failed(problem, Some("/a/draft.md".into()))));
    assert!(
        stage.seen().contains("Not saved: Plan") && stage.seen().contains("e opens it again"),
        "{}",
        stage.seen()
    );
    stage.press("e");
    let again = edit_of(&mut stage);
    assert_eq!((again.kept.as_deref(), again.text.as_str()), (Some("/a/draft.md".as_ref()), "one\n"));
}

#[test]
fn undo_says_first_that_a_saved_text_is_not_undone() {
    let mut stage = Stage::new();
    stage.add("Call the bank");
    stage.page("Plan", "one\n");
    stage.news();
    stage.press("3 d 5 e");
    let edit = edit_of(&mut stage);
    stage.act(Action::Edited(edit, Edited::Changed("two\n".into(), "/nowhere".into())));
    stage.press("u");
    let told = stage.told();
    assert!(told.starts_with("what was saved of “Plan” is not undone by u: "), "{told}");
    assert!(told.contains("u again undoes: ") && told.contains("Call the bank"), "{told}");
    stage.press("3");
    assert!(stage.titles().is_empty(), "nothing was undone yet");
    stage.press("u");
    assert_eq!((stage.titles().len(), stage.told().starts_with("undone: ")), (1, true));
    stage.press("5 e");
    let edit = edit_of(&mut stage);
    stage.act(Action::Edited(edit, Edited::Changed("three\n".into(), "/nowhere".into())));
    stage.press("3 d u");
    assert!(
        stage.told().starts_with("undone: "),
        "a step that came after is undone at once: {}",
        stage.told()
    );
}

#[test]
fn todays_journal_is_made_by_its_first_save() {
    let mut stage = Stage::new();
    stage.press("4");
    assert!(stage.seen().contains("Mon 2026-11-23  today, not written yet"), "{}", stage.seen());
    stage.press("e");
    let edit = edit_of(&mut stage);
    assert!(edit.key.is_some());
    stage.act(Action::Edited(edit, Edited::Changed("saw a bird\n".into(), "/nowhere".into())));
    assert!(stage.told().starts_with("saved "), "{}", stage.told());
    stage.press("enter");
    assert!(stage.seen().contains("saw a bird"), "{}", stage.seen());
}

#[test]
fn a_new_page_opens_in_the_editor() {
    let mut stage = Stage::new();
    stage.press("5 n");
    stage.type_text("Trips/Rome");
    stage.press("enter");
    let edit = edit_of(&mut stage);
    assert_eq!(edit.title, "Rome");
    stage.act(Action::Edited(edit, Edited::Unchanged));
    assert_eq!(stage.told(), "no change");
    stage.press("esc");
    assert_eq!(stage.titles(), ["Trips/Rome"]);
}
