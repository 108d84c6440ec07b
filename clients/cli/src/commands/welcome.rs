//! `heph` alone: what to do next.

use heph_protocol::request::TaskNext;

use super::next;
use crate::error::Exit;
use crate::output::{Document, Outcome, Output};
use crate::session::Session;

/// Tasks that are shown.
const SHOWN: u32 = 5;

/// Shows the top of what is next, or how to begin.
pub(crate) fn run(session: &mut Session) -> Outcome {
    let limit = Some(session.global.limit.unwrap_or(SHOWN));
    let request = TaskNext { limit, context: session.context(), ..TaskNext::default() };
    let next = match session.call(&request) {
        Ok(next) => next,
        Err(failure) if failure.exit() == Some(Exit::Unreachable) && !session.out.is_json() => {
            how_to_begin(&mut session.out)?;
            return Err(failure);
        }
        Err(failure) => return Err(failure),
    };
    if session.out.is_json() {
        let document = Document::new("tasks", &next.tasks).with("available", &next.available);
        return session.out.document(&document.with_some("context", next.context.as_ref()));
    }
    let mut stream = next::stream();
    stream.push(&mut session.out, &next.tasks)?;
    if next.tasks.is_empty() {
        session.out.line("nothing to do next")?;
        session.out.note("heph add Call the bank due:fri p1 +phone    adds a task");
    } else if next.available > next.tasks.len() as u64 {
        session.out.note(&format!("{} of {}: heph next shows more", next.tasks.len(), next.available));
    }
    session.out.note("heph --help lists the verbs");
    session.tell_context(next.context.as_ref());
    Ok(())
}

fn how_to_begin(out: &mut Output) -> Outcome {
    for line in [
        "heph keeps your tasks, pages and journal on this machine, in a daemon called hephd.",
        "",
        "  heph daemon start                         start it, now and at every login",
        "  heph add Call the bank due:fri p1 +phone  add a task",
        "  heph next                                 see what to do next",
        "  heph --help                               see all verbs",
        "",
    ] {
        out.line(line)?;
    }
    out.flush()
}
