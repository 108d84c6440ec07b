//! `heph review`: a walk through what has to be looked at.

mod keys;
mod step;

use clap::{ArgMatches, Command};
use heph_protocol::request::{ReviewList, Undo};
use heph_protocol::response::ReviewList as List;
use heph_protocol::types::{ReviewSection, ReviewStep};

use self::keys::{Key, key};
use self::step::{Done, act, keys_of, show};
use crate::args;
use crate::output::style::HEADING;
use crate::output::{Document, Line, Outcome, can_ask, stdout_is_terminal, tasks};
use crate::session::Session;

const EXAMPLES: &str = "  heph review
  heph review --json
  heph review | less

  One thing after the other: what came in, what is overdue, what waits for an answer, what nobody touched, what is kept for
  some day, and projects that are to be looked at or have no next action. One key decides. Stop at any time: what was
  looked at today is not shown again today, on any machine.";

#[derive(Debug, clap::Args)]
struct Arguments {}

/// Its command line.
pub(crate) fn command() -> Command {
    args::command::<Arguments>("review", "Go through what has to be looked at", EXAMPLES)
}

/// Walks on a terminal, lists elsewhere.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let Arguments {} = args::read(matches)?;
    let request = ReviewList { limit: session.global.limit, context: session.context() };
    let list = session.call(&request)?;
    if session.out.is_json() {
        let document = Document::new("steps", &list.steps).with("total", &list.total);
        return session.out.document(&document.with_some("context", list.context.as_ref()));
    }
    if list.steps.is_empty() {
        session.out.note("nothing to look at: everything is in order");
        session.tell_context(list.context.as_ref());
        return Ok(());
    }
    if can_ask() && stdout_is_terminal() && !session.out.look.quiet {
        return walk(session, list);
    }
    print(session, &list)
}

/// The list with what to do about it.
fn print(session: &mut Session, list: &List) -> Outcome {
    let mut section = None;
    for step in &list.steps {
        if section != Some(step.section) {
            if section.is_some() {
                session.out.line("")?;
            }
            session.out.line(Line::new().styled(HEADING, heading(step.section)))?;
            section = Some(step.section);
        }
        match (&step.task, &step.project) {
            (Some(task), _) => session.out.line(tasks::line(" ", task))?,
            (None, Some(project)) => session.out.line(tasks::node_line(" ", &project.node))?,
            (None, None) => {}
        }
    }
    let more = list.total.saturating_sub(list.steps.len() as u64);
    if more > 0 {
        session.out.note(&format!("… and {more} more: -n {} shows all", list.total));
    }
    session.out.note(
        "heph done, defer, wait, mod, cancel and delete deal with them; on a terminal heph review asks",
    );
    session.tell_context(list.context.as_ref());
    Ok(())
}

/// Shows one thing after the other and does what the keys say.
fn walk(session: &mut Session, list: List) -> Outcome {
    let mut steps = list.steps;
    let mut at = 0;
    let mut last = None;
    while let Some(step) = steps.get(at) {
        let is_new = at == 0 || steps[at - 1].section != step.section;
        show(session, step, is_new.then(|| heading(step.section)), at + 1, list.total)?;
        match ask(session, step)? {
            Done::Next(group) => {
                last = group.map(|group| (at, group));
                at += 1;
            }
            Done::Changed(step) => steps[at] = *step,
            Done::Again => {}
            Done::Back => match last.take() {
                Some((step, group)) => {
                    session.call(&Undo { group: Some(group) })?;
                    session.out.note("taken back");
                    at = step;
                }
                None => session.out.note("nothing to take back here"),
            },
            Done::Quit => {
                let left = list.total.saturating_sub(at as u64);
                session.out.note(&format!("{left} left: heph review goes on there"));
                return Ok(());
            }
        }
    }
    session.out.note("done: everything was looked at");
    Ok(())
}

/// Waits for a key that means something and does it. What is refused is said, and asked again.
fn ask(session: &mut Session, step: &ReviewStep) -> Outcome<Done> {
    session.out.flush()?;
    session.out.ask(&format!("  {} >", keys_of(step)));
    let key = key()?;
    session.out.note("");
    let key = match key {
        Key::End => return Ok(Done::Quit),
        Key::Other => return Ok(Done::Again),
        Key::Char(key) => key,
    };
    match act(session, step, key) {
        Ok(done) => Ok(done),
        Err(crate::error::Failure::Problem(problem)) => {
            session.out.report(&problem);
            Ok(Done::Again)
        }
        Err(failure) => Err(failure),
    }
}

fn heading(section: ReviewSection) -> &'static str {
    match section {
        ReviewSection::Inbox => "Inbox: captured, not sorted in yet",
        ReviewSection::Overdue => "Overdue",
        ReviewSection::FollowUp => "Waiting: time to ask again",
        ReviewSection::Expired => "Expired: its time is over",
        ReviewSection::Stale => "Stale: untouched for 90 days",
        ReviewSection::Someday => "Some day: still true?",
        ReviewSection::ProjectDue => "Projects to look at again",
        ReviewSection::ProjectStuck => "Projects without a next action",
    }
}
