//! Texts to the editor and back, so that nothing typed is lost.

use heph_protocol::request::{NodeShow, PageOpen, PageSave};
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
    assert!(again.text.starts_with("nonsense: 1\n"), "what was typed is typed on: {}", again.text);
    let text = again.text.replace("nonsense: 1\n", "");
    stage.act(Action::Edited(again, Edited::Changed(text, "/another".into())));
    assert_eq!(stage.done, [Effect::Forget("/another".into())]);
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
