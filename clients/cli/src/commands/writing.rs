//! A page's text from the editor or from standard input to the daemon, so that nothing typed is lost.

use heph_protocol::request::PageSave;
use heph_protocol::response::PageSaved;
use heph_protocol::types::OpenPage;
use heph_terminal::editor::Draft;

use crate::output::{Outcome, changes};
use crate::session::Session;

/// Where a new text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The user's editor.
    Editor,
    /// Standard input.
    Input,
}

impl Source {
    /// The source that `--stdin` decides.
    pub(crate) fn of(stdin: bool) -> Self {
        if stdin { Self::Input } else { Self::Editor }
    }
}

/// Lets a text be written over the open one, saves it and says so.
pub(crate) fn write(session: &mut Session, open: &OpenPage, source: Source) -> Outcome {
    let (draft, text) = match source {
        Source::Input => (None, session.read_input()?),
        Source::Editor => {
            let (draft, text) = Draft::new(&open.text, &open.text)?.edit(&session.editor()?)?;
            (Some(draft), text)
        }
    };
    if text == open.text {
        session.out.note("no change");
        return Ok(());
    }
    let saved = save(session, open, text).map_err(|failure| match draft {
        Some(draft) => failure.keeping(draft),
        None => failure,
    })?;
    changes::page_saved(&mut session.out, "saved", &saved)
}

fn save(session: &mut Session, open: &OpenPage, text: String) -> Outcome<PageSaved> {
    session.call(&PageSave {
        id: open.page.id.clone(),
        key: open.key.clone(),
        base_rev: open.rev.clone(),
        after: Vec::new(),
        text,
    })
}
