//! Undo. A text that was saved is no step of it, and that is said before anything else is undone instead.

use heph_protocol::request::{Complete, Completion, Undo};

use super::commands::change;
use super::{Effect, Model, Purpose, Target};
use crate::call::{Problem, Reply};

impl Model {
    /// Undoes the last step; after a text was saved it is first asked which step that is.
    pub(super) fn undo(&mut self) -> Vec<Effect> {
        if self.saved.is_none() {
            return vec![change("undone", Undo { group: None })];
        }
        let steps = Complete { what: Completion::Undo, prefix: String::new(), limit: Some(1) };
        vec![Effect::Call(Purpose::UndoSteps, Box::new(steps.into()))]
    }

    /// Says which step undo would undo. The next time it does.
    pub(super) fn undo_steps_arrived(&mut self, answer: Result<Reply, Problem>) {
        let steps = match answer {
            Ok(Reply::Complete(found)) => found.candidates,
            Ok(_) => return,
            Err(problem) => return self.complain(&problem),
        };
        let Some(Target { title, short, .. }) = self.saved.take() else { return };
        let key = self.keymap.key_of(crate::keymap::Command::Undo).unwrap_or_default();
        let mut said = format!(
            "what was saved of “{title}” is not undone by {key}: `:page history {short}` and `:page revert` do it"
        );
        match steps.first() {
            Some(step) => said.push_str(&format!("; {key} again undoes: {}", step.label)),
            None => said.push_str("; there is nothing else to undo"),
        }
        self.tell(said);
    }

    /// Notes whether the last thing done here is something that undo undoes.
    pub(super) fn note_step(&mut self, reply: &Reply) {
        match reply {
            Reply::PageSave(saved) if saved.group.is_none() => self.saved = Some(Target::from(&saved.page)),
            Reply::PageSave(_)
            | Reply::PageNew(_)
            | Reply::NodeDelete(_)
            | Reply::TaskAdd(_)
            | Reply::TaskFormSave(_)
            | Reply::TaskModify(_)
            | Reply::TaskTransition(_)
            | Reply::Undo(_)
            | Reply::Redo(_) => self.saved = None,
            _ => {}
        }
    }
}
