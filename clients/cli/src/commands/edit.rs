//! `heph edit`: a task as a form, or a page's text, in the editor.

use clap::{ArgMatches, Command};
use heph_protocol::request::{NodeShow, PageOpen, TaskForm, TaskFormSave};
use heph_protocol::types::NodeKind;
use heph_terminal::editor::Draft;

use super::preview::preview;
use super::writing::{self, Source};
use crate::args::{self, DryRun};
use crate::error::{Exit, Failure};
use crate::output::{self, Outcome, changes};
use crate::session::Session;

const EXAMPLES: &str = "  heph edit 7k3
  heph edit \"[[Trip to Rome]]\"
  EDITOR='code --wait' heph edit @last";

#[derive(Debug, clap::Args)]
struct Arguments {
    /// The task or page
    #[arg(value_name = "REF")]
    reference: String,
    #[command(flatten)]
    dry: DryRun,
}

/// Its command line.
pub(crate) fn command() -> Command {
    args::command::<Arguments>("edit", "Edit a task as a form, or a page's text, in the editor", EXAMPLES)
}

/// Edits a node.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let arguments: Arguments = args::read(matches)?;
    if arguments.dry.dry_run {
        return preview(session, "edit", &[arguments.reference]);
    }
    edit(session, arguments.reference)
}

/// Edits a task as a form, a page as a text.
pub(crate) fn edit(session: &mut Session, reference: String) -> Outcome {
    let node = session.call(&NodeShow { reference })?.node;
    if node.kind == NodeKind::Task {
        return edit_form(session, node.id);
    }
    let open = session.call(&PageOpen { reference: node.id })?.open;
    writing::write(session, &open, Source::Editor)
}

/// Edits the form until it is accepted, or the user gives up; then the file with the text is named.
fn edit_form(session: &mut Session, id: String) -> Outcome {
    let form = session.call(&TaskForm { reference: id })?;
    let mut text = form.text.clone();
    let editor = session.editor()?;
    loop {
        let (draft, edited) = Draft::new(&text, &form.text)?.edit(&editor)?;
        if edited == form.text {
            session.out.note("no change");
            return Ok(());
        }
        let request = TaskFormSave { id: form.task.id.clone(), base: form.base.clone(), text: edited };
        match session.call(&request) {
            Ok(changed) => return changes::tasks(&mut session.out, "changed", "already so", &changed),
            Err(failure) if reopens(session, &failure) => text = request.text,
            Err(failure) => return Err(failure.keeping(draft)),
        }
    }
}

/// Whether the user wants to correct a form that cannot be understood.
fn reopens(session: &mut Session, failure: &Failure) -> bool {
    let Failure::Problem(problem) = failure else { return false };
    if problem.exit != Exit::Usage || !output::can_ask() || session.global.yes {
        return false;
    }
    session.out.report(problem);
    session.confirm("open the editor again").is_ok()
}
